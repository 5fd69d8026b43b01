import Kernel
import Scheduling
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Linked visits and series")
struct LinkedVisitTests {
    /// A procedure that asks for a draw half an hour to two hours before, on the same day at the same place.
    static let draw = VisitTypeDefinition(
        key: "draw-test", names: LocalizedText("Draw"), minutes: 15, serviceLine: "primary-care", leadMinutes: 60,
        horizonDays: 60, rules: VisitRules(fasting: true))
    static let procedure = ThingTests.procedure(
        VisitRules(linked: [
            LinkedVisit(
                visitType: "draw-test", order: .before, minGapMinutes: 30, maxGapMinutes: 120, sameDay: true,
                sameLocation: true)
        ]))

    static func visits(_ patient: ID<Patient>, draw: String, procedure: String) throws -> [WantedVisit] {
        [
            WantedVisit(try ThingTests.question("elena-alvarez", procedure), patient: patient),
            WantedVisit(try ThingTests.question("daniel-okafor", draw, type: "draw-test"), patient: patient),
        ]
    }

    static func with(_ engine: Engine, _ body: @escaping (BookingWorld) async throws -> Void) async throws {
        try await ThingTests.with(engine, [.visitType(draw), .visitType(procedure)], body)
    }

    @Test("linked visits are booked all or none, and cancelled together", arguments: TestStores.engines)
    func allOrNone(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let people = try await world.patients(2)
            let spine = world.world.spine
            let wrong = try await world.fault {
                _ = try await spine.perform(
                    BookLinkedVisits(try Self.visits(people[0], draw: "09:45", procedure: "10:00"), desk: world.desk),
                    as: world.agent)
            }
            #expect(wrong == "slot.link-broken")
            let answer = try await spine.perform(
                BookLinkedVisits(try Self.visits(people[0], draw: "09:00", procedure: "10:00"), desk: world.desk),
                as: world.agent)
            #expect(answer.booked.count == 2 && answer.missed.isEmpty)
            // The procedure's time is free, the draw's is not: nothing is booked.
            let half = try await world.fault {
                _ = try await spine.perform(
                    BookLinkedVisits(try Self.visits(people[1], draw: "09:00", procedure: "10:30"), desk: world.desk),
                    as: world.agent)
            }
            #expect(half == "slot.taken")
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 4)
            let gone = try await spine.perform(
                CancelLinkedVisits(ID(raw: answer.booked[1].id), reason: .patient, desk: world.desk), as: world.agent)
            #expect(gone.booked.map(\.status) == ["cancelled", "cancelled"])
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }

    @Test("a visit out of reach stays, and keeps nobody from cancelling the others", arguments: TestStores.engines)
    func outOfReach(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let people = try await world.patients(2)
            let spine = world.world.spine
            let wanted = [
                WantedVisit(try BookingWorld.question("09:00"), patient: people[0]),
                WantedVisit(try BookingWorld.question("10:00"), patient: people[1]),
            ]
            let booked = try await spine.perform(BookLinkedVisits(wanted, desk: world.desk), as: world.agent).booked
            _ = try await world.world.stores.main.write(world.world.tenant) { transaction in
                try transaction.execute(
                    "UPDATE patient_scope SET location = 5 WHERE tenant = \(.tenant) AND patient = \(people[1])")
            }
            let elsewhere = world.world.caller(ConversationsWorld.agentRights, locations: .only([ID(raw: 6)]))
            func cancel(_ index: Int) async throws -> VisitsAnswer {
                try await spine.perform(
                    CancelLinkedVisits(ID(raw: booked[index].id), reason: .patient, desk: world.desk), as: elsewhere)
            }
            let hidden = try await world.fault { _ = try await cancel(1) }
            #expect(hidden == "appointment.not-found")
            let gone = try await cancel(0)
            #expect(gone.booked.map(\.id) == [booked[0].id] && gone.booked.map(\.status) == ["cancelled"])
            #expect(try await world.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
        }
    }

    @Test(
        "a move that breaks a link is refused and says which, unless the caller goes on", arguments: TestStores.engines)
    func movesKeepLinks(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let patient = try await world.patient()
            let spine = world.world.spine
            let answer = try await spine.perform(
                BookLinkedVisits(try Self.visits(patient, draw: "09:00", procedure: "10:00"), desk: world.desk),
                as: world.agent)
            let procedure = ID<Appointment>(raw: answer.booked[0].id), draw = ID<Appointment>(raw: answer.booked[1].id)
            func move(_ id: ID<Appointment>, _ time: String, anyway: Bool = false) async throws -> String? {
                let question =
                    id == draw
                    ? try ThingTests.question("daniel-okafor", time, type: "draw-test")
                    : try ThingTests.question("elena-alvarez", time)
                return try await world.fault {
                    _ = try await spine.perform(
                        MoveAppointment(id, to: .slot(question), breakingLinks: anyway, desk: world.desk),
                        as: world.agent)
                }
            }
            // Too near, and too far: either end of the link.
            #expect(try await move(draw, "09:45") == "slot.link-broken")
            #expect(try await move(procedure, "11:30") == "slot.link-broken")
            #expect(try await world.count("SELECT COUNT(*) FROM appointment WHERE placement = 0") == 2)
            #expect(try await move(procedure, "10:30") == nil)
            #expect(try await move(draw, "11:15", anyway: true) == nil)
            do {
                _ = try await spine.perform(
                    MoveAppointment(
                        draw, to: .slot(try ThingTests.question("daniel-okafor", "10:15", type: "draw-test")),
                        desk: world.desk), as: world.agent)
                Issue.record("the link is broken still")
            } catch let fault as Fault {
                #expect(fault.message.contains("“Draw” belongs to “Procedure”: 30 minutes to 2 hours before"))
            }
        }
    }

    @Test(
        "a visit that is booked as belonging to another keeps to the link and joins it", arguments: TestStores.engines)
    func joining(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let people = try await world.patients(2)
            let spine = world.world.spine
            let anchor = try await spine.perform(
                BookAppointment(
                    .slot(try ThingTests.question("elena-alvarez", "10:00"), patient: people[0]), desk: world.desk),
                as: world.agent)
            func draw(_ time: String, _ patient: ID<Patient>) async throws -> String? {
                let question = try ThingTests.question("daniel-okafor", time, type: "draw-test")
                return try await world.fault {
                    _ = try await spine.perform(
                        BookAppointment(
                            .slot(question, patient: patient), joining: ID(raw: anchor.id), desk: world.desk),
                        as: world.agent)
                }
            }
            #expect(try await draw("09:45", people[0]) == "slot.link-broken")
            #expect(try await draw("09:00", people[1]) == "request.invalid")
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
            #expect(try await draw("09:00", people[0]) == nil)
            let gone = try await spine.perform(
                CancelLinkedVisits(ID(raw: anchor.id), reason: .patient, desk: world.desk), as: world.agent)
            #expect(gone.booked.count == 2)
        }
    }

    @Test("a trip is found that keeps to the links, and can be booked as it is", arguments: TestStores.engines)
    func trip(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let patient = try await world.patient()
            let day = try #require(CivilDate(iso: "2026-03-09"))
            let request = SlotRequest(visitType: Self.procedure.key, from: day, to: day, limit: 3)
            let trips = try await world.world.spine.ask(
                FindTrips(
                    [.init(patient: patient, visitType: Self.procedure.key)], request, together: nil,
                    now: world.world.clock.now(), desk: world.desk), as: world.agent
            ).trips
            #expect(trips.count == 3)
            let trip = try #require(trips.first)
            #expect(trip.map(\.visitType) == ["procedure-test", "draw-test"])
            let gap = (trip[0].span.start - trip[1].span.end) / 60_000_000
            #expect((30...120).contains(gap) && trip[0].location == trip[1].location)
            let wanted = trip.map { slot in
                WantedVisit(
                    .init(
                        visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
                        localStart: slot.localStart), patient: patient)
            }
            _ = try await world.world.spine.perform(
                BookLinkedVisits(wanted, desk: world.desk), as: world.agent)
        }
    }

    @Test("a family is seen side by side, or one after the other", arguments: TestStores.engines)
    func family(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let people = try await world.patients(2)
            let day = try #require(CivilDate(iso: "2026-03-09"))
            let request = SlotRequest(visitType: "annual-physical", from: day, to: day, limit: 1)
            let family = people.map { FindTrips.Person(patient: $0, visitType: "annual-physical") }
            func find(within minutes: Int, inTurn: Bool) async throws -> [[OpenSlot]] {
                try await world.world.spine.ask(
                    FindTrips(
                        family, request, together: TripTogether(withinMinutes: minutes, oneAfterAnother: inTurn),
                        now: world.world.clock.now(), desk: world.desk), as: world.agent
                ).trips
            }
            let beside = try #require(try await find(within: 60, inTurn: false).first)
            // Each with the draw that the type links, whose gap is kept.
            #expect(
                beside.map(\.visitType) == ["annual-physical", "fasting-labs", "annual-physical", "fasting-labs"])
            for (visit, draw) in [(beside[0], beside[1]), (beside[2], beside[3])] {
                let gap = (visit.span.start - draw.span.end) / 60_000_000
                #expect((1_200...20_160).contains(gap))
            }
            #expect(beside[0].practitioner != beside[2].practitioner && beside[0].location == beside[2].location)
            // Two visits of forty minutes do not fit into an hour one after the other.
            #expect(try await find(within: 60, inTurn: true).isEmpty)
            let inTurn = try #require(try await find(within: 120, inTurn: true).first)
            #expect(!inTurn[0].span.overlaps(inTurn[2].span))
        }
    }

    @Test("a family is booked all or none, each with what their visit links", arguments: TestStores.engines)
    func familyAllOrNone(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let people = try await world.patients(3)
            let spine = world.world.spine
            let family =
                try Self.visits(people[0], draw: "09:00", procedure: "10:00")
                + Self.visits(people[1], draw: "09:15", procedure: "10:30")
            let answer = try await spine.perform(BookLinkedVisits(family, desk: world.desk), as: world.agent)
            #expect(answer.booked.map(\.patient) == [people[0], people[0], people[1], people[1]].map(\.raw))
            #expect(try await world.count("SELECT COUNT(*) FROM visit_chain") == 4)
            // The second one's draw is too near; then a time that is taken: nothing is booked of anybody.
            let near =
                try Self.visits(people[1], draw: "08:00", procedure: "08:45")
                + Self.visits(people[2], draw: "11:15", procedure: "11:30")
            let taken =
                try Self.visits(people[2], draw: "08:00", procedure: "09:00")
                + Self.visits(people[0], draw: "09:30", procedure: "10:30")
            for (visits, code) in [(near, "slot.link-broken"), (taken, "slot.taken")] {
                let refused = try await world.fault {
                    _ = try await spine.perform(BookLinkedVisits(visits, desk: world.desk), as: world.agent)
                }
                #expect(refused == code)
            }
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 4)
            // Of several people a visit may come without what it links.
            let alone = [
                WantedVisit(try ThingTests.question("elena-alvarez", "08:00"), patient: people[2]),
                WantedVisit(try ThingTests.question("daniel-okafor", "08:00"), patient: people[1]),
            ]
            _ = try await spine.perform(BookLinkedVisits(alone, desk: world.desk), as: world.agent)
            let gone = try await spine.perform(
                CancelLinkedVisits(ID(raw: answer.booked[3].id), reason: .patient, desk: world.desk), as: world.agent)
            #expect(gone.booked.count == 4)
        }
    }

    @Test("a draw before a visit of a trip is early on the nearest day it can be")
    func fastingTrip() throws {
        let definitions = try PublishedDefinitions()
        let plan = try SchedulePlans(definitions: definitions, timeZones: try ScheduleWorld.database()).plan(
            of: ID(raw: 1))
        let finder = SlotFinder(plan)
        let day = try #require(CivilDate(iso: "2026-03-12"))
        let request = SlotRequest(visitType: "annual-physical", from: day, to: day, limit: 1)
        let now = Instant(microseconds: 1_772_463_600_000_000)  // Monday 2 March 2026, 8:00 in Denver
        let trip = try #require(
            finder.trips(finder.steps(of: "annual-physical"), request, .none, busy: [.none], now: now).trips.first)
        let draw = trip[1]
        let all = finder.slots(
            for: SlotRequest(
                visitType: "fasting-labs", from: draw.localStart.date, to: draw.localStart.date, limit: 200), .none,
            now: now)
        #expect(draw.localStart.time == all.first?.localStart.time)
        // The visit begins at seven or later; twenty hours before it the day before is still in reach.
        #expect(draw.localStart.date == CivilDate(iso: "2026-03-11"))
    }

    @Test("a series tells which times could not be had", arguments: TestStores.engines)
    func series(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let people = try await world.patients(2)
            let spine = world.world.spine
            _ = try await spine.perform(
                BookAppointment(
                    .slot(
                        try ThingTests.question("elena-alvarez", "09:00", day: "2026-03-16", type: "draw-test"),
                        patient: people[1]), desk: world.desk), as: world.agent)
            let first = try ThingTests.question("elena-alvarez", "09:00", type: "draw-test")
            let rhythm = try #require(SeriesRhythm(every: 1, .week, count: 3))
            let answer = try await spine.perform(
                BookSeries(first, patient: people[0], on: rhythm.dates(from: first.localStart.date), desk: world.desk),
                as: world.agent)
            #expect(answer.booked.map(\.localStart) == ["2026-03-09T09:00", "2026-03-23T09:00"])
            #expect(answer.missed.map(\.code) == ["slot.taken"])
            #expect(answer.missed.map(\.localStart) == ["2026-03-16T09:00"])
        }
    }

    @Test("the best times are those of the known practitioner, then the early ones; each says why")
    func ranking() throws {
        let database = try ScheduleWorld.database()
        let definitions = try PublishedDefinitions()
        definitions.publish(.visitType(Self.draw))
        let plan = try SchedulePlans(definitions: definitions, timeZones: database).plan(of: ID(raw: 1))
        let now = Instant(microseconds: 1_772_463_600_000_000)  // Monday 2 March 2026, 8:00 in Denver
        let day = try #require(CivilDate(iso: "2026-03-09"))
        var wish = SlotWish(visitType: "draw-test", from: day, to: day.adding(days: 7))
        wish.known = ["daniel-okafor"]
        wish.limit = 5
        let found = SlotFinder(plan).ranked(wish, .none, postcodes: Postcodes(file: nil), now: now)
        #expect(found.count == 5)
        #expect(found.allSatisfy { $0.slot.practitioner == "daniel-okafor" && $0.merits.contains(.continuity) })
        #expect(found.map(\.points) == found.map(\.points).sorted())
        #expect(found == SlotFinder(plan).ranked(wish, .none, postcodes: Postcodes(file: nil), now: now))
        wish.sex = .female
        let others = SlotFinder(plan).ranked(wish, .none, postcodes: Postcodes(file: nil), now: now)
        #expect(!others.isEmpty && !others.contains { $0.slot.practitioner == "daniel-okafor" })
        wish.near = GeoPoint(latitude: 39.75, longitude: -104.99)
        wish.radius = 10
        // Without a table of centres no place is near.
        #expect(SlotFinder(plan).ranked(wish, .none, postcodes: Postcodes(file: nil), now: now).isEmpty)
    }

    @Test("distances are along the earth")
    func distance() {
        let denver = GeoPoint(latitude: 39.7526, longitude: -104.9981)
        let flagstaff = GeoPoint(latitude: 35.1983, longitude: -111.6513)
        #expect((760...780).contains(denver.kilometres(to: flagstaff)))
        #expect(denver.kilometres(to: denver) == 0)
    }
}
