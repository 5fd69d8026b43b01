import Kernel
import Scheduling
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// Visits that need more than a practitioner: rooms, places in groups, more than one at a time.
@Suite("Rooms, groups and lanes")
struct ThingTests {
    static let room = ResourceDefinition(
        key: "procedure-1", names: LocalizedText("Procedure room"), type: .room, locations: ["denver-northside"],
        features: ["test-procedure"])

    static func procedure(_ rules: VisitRules) -> VisitTypeDefinition {
        VisitTypeDefinition(
            key: "procedure-test", names: LocalizedText("Procedure"), minutes: 30, serviceLine: "primary-care",
            leadMinutes: 60, horizonDays: 60, rules: rules)
    }

    static func question(
        _ practitioner: String, _ time: String = "09:00", day: String = "2026-03-09",
        type: String = "procedure-test"
    ) throws -> SlotFinder.Question {
        SlotFinder.Question(
            visitType: type, practitioner: practitioner, location: "denver-northside",
            localStart: try #require(CivilDateTime(iso: "\(day)T\(time)")))
    }

    static func with(
        _ engine: Engine, _ definitions: [AnyDefinition], _ body: @escaping (BookingWorld) async throws -> Void
    ) async throws {
        let published = try PublishedDefinitions()
        for definition in definitions { published.publish(definition) }
        try await BookingWorld.with(engine, definitions: published, body)
    }

    @Test(
        "one room is had by one visit at a time, and is free again when that is cancelled",
        arguments: TestStores.engines)
    func oneRoom(engine: Engine) async throws {
        let type = Self.procedure(
            VisitRules(resources: [ResourceNeed(type: .room, features: ["test-procedure"], after: 15)]))
        try await Self.with(engine, [.resource(Self.room), .visitType(type)]) { world in
            let people = try await world.patients(2)
            let first = try await world.world.spine.perform(
                BookAppointment(.slot(try Self.question("elena-alvarez"), patient: people[0]), desk: world.desk),
                as: world.agent)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 3)
            // The room is cleaned until 9:45: nobody else's visit may begin before.
            for time in ["09:00", "09:30"] {
                let refused = try await world.fault {
                    _ = try await world.world.spine.perform(
                        BookAppointment(
                            .slot(try Self.question("daniel-okafor", time), patient: people[1]), desk: world.desk),
                        as: world.agent)
                }
                #expect(refused == "slot.no-room")
            }
            let day = try #require(CivilDate(iso: "2026-03-09"))
            let request = SlotRequest(
                visitType: type.key, from: day, to: day, practitioners: ["daniel-okafor"])
            let now = world.world.clock.now()
            let found = try await world.world.spine.ask(
                FindSlots(request, now: now, desk: world.desk), as: world.agent)
            #expect(!found.contains { ["09:00", "09:15", "09:30"].contains($0.localStart.time.hhmm) })
            #expect(found.first { $0.localStart.time.hhmm == "09:45" }?.resources.map(\.key) == ["procedure-1"])
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: first.id), reason: .patient, desk: world.desk), as: world.agent)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
            _ = try await world.world.spine.perform(
                BookAppointment(.slot(try Self.question("daniel-okafor"), patient: people[1]), desk: world.desk),
                as: world.agent)
        }
    }

    @Test("a group takes patients until it is full, and the practitioner's time once", arguments: TestStores.engines)
    func group(engine: Engine) async throws {
        let type = Self.procedure(VisitRules(groupSize: 3))
        try await Self.with(engine, [.visitType(type)]) { world in
            let people = try await world.patients(5)
            var booked: [AppointmentAnswer] = []
            for person in people.prefix(3) {
                booked.append(
                    try await world.world.spine.perform(
                        BookAppointment(.slot(try Self.question("elena-alvarez"), patient: person), desk: world.desk),
                        as: world.agent))
            }
            // The practitioner once, three places, three patients.
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 7)
            let full = try await world.fault {
                _ = try await world.world.spine.perform(
                    BookAppointment(.slot(try Self.question("elena-alvarez"), patient: people[3]), desk: world.desk),
                    as: world.agent)
            }
            #expect(full == "slot.group-full")
            let other = try await world.fault {
                _ = try await world.world.spine.perform(
                    BookAppointment(
                        .slot(try Self.question("elena-alvarez", type: "annual-physical"), patient: people[4]),
                        desk: world.desk), as: world.agent)
            }
            #expect(other == "slot.taken")
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: booked[0].id), reason: .patient, desk: world.desk), as: world.agent)
            _ = try await world.world.spine.perform(
                BookAppointment(.slot(try Self.question("elena-alvarez"), patient: people[3]), desk: world.desk),
                as: world.agent)
            let left = try await world.base.rows(
                "SELECT id FROM appointment WHERE tenant = \(.tenant) AND status = 'booked' ORDER BY id")
            for row in left {
                _ = try await world.world.spine.perform(
                    CancelAppointment(try row.value(at: 0), reason: .patient, desk: world.desk), as: world.agent)
            }
            #expect(left.count == 3)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }

    @Test(
        "the only one of a group moves into its time as any other visit does, and not while somebody else is there",
        arguments: TestStores.engines)
    func alone(engine: Engine) async throws {
        var rules = VisitRules(groupSize: 3)
        rules.limits.perPractitioner = 1
        let type = Self.procedure(rules)
        try await Self.with(engine, [.visitType(type)]) { world in
            let people = try await world.patients(1)
            let spine = world.world.spine
            let slot = try Self.question("elena-alvarez")
            let booked = try await spine.perform(
                BookAppointment(.slot(slot, patient: people[0]), desk: world.desk), as: world.agent)
            let move = MoveAppointment(
                ID(raw: booked.id), to: .slot(try Self.question("elena-alvarez", "09:15")), desk: world.desk)
            _ = try await spine.perform(move, as: world.agent)
            // The practitioner, the place and the patient, and nothing of the group that was.
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 3)
        }
        try await Self.with(engine, [.visitType(Self.procedure(VisitRules(groupSize: 3)))]) { world in
            let people = try await world.patients(2)
            let spine = world.world.spine
            var booked: [AppointmentAnswer] = []
            for person in people {
                let slot = try Self.question("elena-alvarez")
                booked.append(
                    try await spine.perform(
                        BookAppointment(.slot(slot, patient: person), desk: world.desk), as: world.agent))
            }
            let move = MoveAppointment(
                ID(raw: booked[0].id), to: .slot(try Self.question("elena-alvarez", "09:15")), desk: world.desk)
            #expect(try await world.fault { _ = try await spine.perform(move, as: world.agent) } == "slot.taken")
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 5)
        }
    }

    @Test(
        "a group whose only place was held frees the practitioner when the hold runs out", arguments: TestStores.engines
    )
    func heldGroup(engine: Engine) async throws {
        let type = Self.procedure(VisitRules(groupSize: 3))
        try await Self.with(engine, [.visitType(type)]) { world in
            let people = try await world.patients(2)
            _ = try await world.world.spine.perform(
                HoldSlot(try Self.question("elena-alvarez"), patient: people[0], desk: world.desk), as: world.agent)
            world.world.clock.advance(by: .minutes(6))
            _ = try await world.world.spine.perform(
                BookAppointment(
                    .slot(try Self.question("elena-alvarez", type: "annual-physical"), patient: people[1]),
                    desk: world.desk), as: world.agent)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
        }
    }

    @Test("all who want one of the places of a group at once get one", arguments: TestStores.engines)
    func groupAtOnce(engine: Engine) async throws {
        let type = Self.procedure(VisitRules(groupSize: 6))
        try await Self.with(engine, [.visitType(type)]) { world in
            let people = try await world.patients(6)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for person in people {
                    group.addTask {
                        _ = try await world.world.spine.perform(
                            BookAppointment(
                                .slot(try Self.question("elena-alvarez"), patient: person), desk: world.desk),
                            as: world.agent)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await world.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == 6)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval WHERE seat = 1") == 6)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 13)
        }
    }

    @Test("where a template lets two overlap, a third is refused", arguments: TestStores.engines)
    func overbooking(engine: Engine) async throws {
        let type = Self.procedure(VisitRules())
        let template = AvailabilityTemplate(
            location: "denver-northside", weekdays: [.monday], from: try #require(ClockTime("08:00")),
            to: try #require(ClockTime("12:00")), overbook: 1)
        let person = PractitionerDefinition(
            key: "two-lanes", name: PractitionerName(given: "Ada", family: "Two"), serviceLines: ["primary-care"],
            templates: [template])
        try await Self.with(engine, [.practitioner(person), .visitType(type)]) { world in
            let people = try await world.patients(4)
            func book(_ patient: ID<Patient>, _ time: String) async throws {
                _ = try await world.world.spine.perform(
                    BookAppointment(.slot(try Self.question("two-lanes", time), patient: patient), desk: world.desk),
                    as: world.agent)
            }
            try await book(people[0], "09:00")
            try await book(people[1], "09:30")
            // Beside both, in the lane that each of them leaves free.
            try await book(people[2], "09:15")
            #expect(try await world.fault { try await book(people[3], "09:15") } == "slot.taken")
            try await book(people[3], "09:45")
        }
    }

    @Test("a limit of a day refuses one more", arguments: TestStores.engines)
    func limits(engine: Engine) async throws {
        let type = Self.procedure(VisitRules(limits: DailyLimits(perPractitioner: 1, perLocation: 2)))
        try await Self.with(engine, [.visitType(type)]) { world in
            let people = try await world.patients(3)
            func book(_ patient: ID<Patient>, _ practitioner: String, _ time: String) async throws {
                _ = try await world.world.spine.perform(
                    BookAppointment(.slot(try Self.question(practitioner, time), patient: patient), desk: world.desk),
                    as: world.agent)
            }
            try await book(people[0], "elena-alvarez", "09:00")
            #expect(try await world.fault { try await book(people[1], "elena-alvarez", "11:00") } == "slot.type-limit")
            try await book(people[1], "daniel-okafor", "09:00")
        }
    }
}
