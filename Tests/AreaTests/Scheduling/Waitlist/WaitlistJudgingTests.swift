import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// What the waitlist offers is what booking would give: places in groups, second lanes, rooms, days with room for one
/// more, and who may have the visit.
@Suite("Waitlist and the rules of booking")
struct WaitlistJudgingTests {
    private static let type = "procedure-test"

    private static func with(
        _ engine: Engine, _ definitions: [AnyDefinition],
        _ body: @escaping (WaitlistWorld, PublishedDefinitions) async throws -> Void
    ) async throws {
        let published = try PublishedDefinitions()
        for definition in definitions { published.publish(definition) }
        try await BookingWorld.with(engine, definitions: published) { base in
            let rights = ConversationsWorld.agentRights.union([
                .waitlistRead, .waitlistWrite, .referralRead, .referralWrite,
            ])
            try await body(
                WaitlistWorld(
                    base: base, waitlist: WaitlistDesk(base.desk, publicBase: "https://clinic.example"),
                    agent: base.world.caller(rights, actor: base.agent.actor)), published)
        }
    }

    private static func book(
        _ patient: ID<Patient>, _ practitioner: String = "elena-alvarez", _ time: String = "09:00",
        in world: WaitlistWorld
    ) async throws -> AppointmentAnswer {
        try await world.spine.perform(
            BookAppointment(
                .slot(try ThingTests.question(practitioner, time), patient: patient), desk: world.base.desk),
            as: world.agent)
    }

    private static func join(_ patient: ID<Patient>, in world: WaitlistWorld) async throws -> ID<WaitlistEntry> {
        try await world.join(patient) { $0.visitType = type }
    }

    // MARK: What is there

    @Test("a place that came free in a group is offered, and one of many has it", arguments: TestStores.engines)
    func group(engine: Engine) async throws {
        try await Self.with(engine, [.visitType(ThingTests.procedure(VisitRules(groupSize: 3)))]) { world, _ in
            let people = try await world.base.patients(6)
            var booked: [AppointmentAnswer] = []
            for person in people.prefix(3) { booked.append(try await Self.book(person, in: world)) }
            for person in people.dropFirst(3) { _ = try await Self.join(person, in: world) }
            try await world.cancel(booked[1])
            #expect(try await world.offers().map(\.state) == ["offered", "offered", "offered"])
            #expect(try await world.race() == ["accepted", "gone", "gone"])
            #expect(try await world.openings() == ["2026-03-09T09:00 filled"])
            #expect(try await world.base.count("SELECT COUNT(*) FROM booking_interval WHERE seat = 1") == 3)
            #expect(try await world.base.count("SELECT COUNT(*) FROM waitlist_offer WHERE state = 'accepted'") == 1)
        }
    }

    @Test(
        "a place in a group whose room is closed is offered to nobody, and a yes to it is told that the time has gone",
        arguments: TestStores.engines)
    func closedRoom(engine: Engine) async throws {
        let rules = VisitRules(
            resources: [ResourceNeed(type: .room, features: ["test-procedure"])], groupSize: 3)
        let definitions: [AnyDefinition] = [
            .resource(ThingTests.room), .visitType(ThingTests.procedure(rules)),
        ]
        try await Self.with(engine, definitions) { world, _ in
            let people = try await world.base.patients(5)
            var booked: [AppointmentAnswer] = []
            for person in people.prefix(3) { booked.append(try await Self.book(person, in: world)) }
            for person in people.dropFirst(3) { _ = try await Self.join(person, in: world) }
            try await world.cancel(booked[0])
            let offers = try await world.offers()
            #expect(offers.map(\.state) == ["offered", "offered"])
            let manager = world.base.world.caller(
                ConversationsWorld.agentRights.union([.bumpRead, .bumpWrite]), actor: world.base.agent.actor)
            let request = AbsenceRequest(
                kind: .resource, key: ThingTests.room.key,
                from: try #require(CivilDateTime(iso: "2026-03-09T06:00")),
                to: try #require(CivilDateTime(iso: "2026-03-09T20:00")), reason: .maintenance, offers: false)
            _ = try await world.spine.perform(
                RecordAbsence(request, bump: BumpDesk(world.base.desk)), as: manager)
            // As a yes by text is kept and acted on.
            let yes = try #require(offers.first).id.raw
            _ = try await world.base.base.perform { context in
                try Timers.set(
                    "waitlist-yes", target: yes, due: context.now, ids: context.ids, in: context.transaction)
                return 0
            }
            try await world.base.settle()
            let undone = try await world.base.count(
                "SELECT COUNT(*) FROM timer WHERE kind = 'waitlist-yes' AND state <> 'fired'")
            #expect(undone == 0)
            #expect(try await world.openings() == ["2026-03-09T09:00 taken"])
            #expect(try await world.offers().map(\.state) == ["gone", "gone"])
            #expect(try await world.base.base.outbound().contains { $0.hasPrefix("waitlist-gone ") })
            // What comes free in it from now on is offered to nobody.
            try await world.cancel(booked[1])
            #expect(try await world.openings().map { $0.suffix(5) } == ["taken", "taken"])
            #expect(try await world.offers().count == 2)
        }
    }

    @Test("a group that is full again is offered no more", arguments: TestStores.engines)
    func fullGroup(engine: Engine) async throws {
        try await Self.with(engine, [.visitType(ThingTests.procedure(VisitRules(groupSize: 2)))]) { world, _ in
            let people = try await world.base.patients(4)
            let first = try await Self.book(people[0], in: world)
            _ = try await Self.book(people[1], in: world)
            _ = try await Self.join(people[2], in: world)
            try await world.cancel(first)
            _ = try await Self.book(people[3], in: world)
            #expect(try await world.accept(try await world.offers()[0].id).outcome == .gone)
            #expect(try await world.openings() == ["2026-03-09T09:00 taken"])
        }
    }

    @Test("where two visits may overlap, the lane that came free is offered beside the other", arguments: [0, 1])
    func lanes(cancelled: Int) async throws {
        let template = AvailabilityTemplate(
            location: "denver-northside", weekdays: [.monday], from: try #require(ClockTime("08:00")),
            to: try #require(ClockTime("12:00")), overbook: 1)
        let person = PractitionerDefinition(
            key: "two-lanes", name: PractitionerName(given: "Ada", family: "Two"), serviceLines: ["primary-care"],
            templates: [template])
        let type = ThingTests.procedure(VisitRules())
        for engine in TestStores.engines {
            try await Self.with(engine, [.practitioner(person), .visitType(type)]) { world, _ in
                let people = try await world.base.patients(5)
                var booked: [AppointmentAnswer] = []
                for patient in people.prefix(2) {
                    booked.append(try await Self.book(patient, "two-lanes", in: world))
                }
                for patient in people.dropFirst(2) { _ = try await Self.join(patient, in: world) }
                try await world.cancel(booked[cancelled])
                #expect(try await world.offers().count == 3)
                #expect(try await world.race() == ["accepted", "gone", "gone"])
                #expect(try await world.base.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == 2)
            }
        }
    }

    @Test("without the room that it needs, or when the day is full, a time is offered no more")
    func roomAndDay() async throws {
        let rules = [
            VisitRules(resources: [ResourceNeed(type: .room, features: ["test-procedure"])]),
            VisitRules(limits: DailyLimits(perPractitioner: 1)),
        ]
        // The only room is had by somebody else's visit; the day by a later visit.
        let others = [("daniel-okafor", "09:00"), ("elena-alvarez", "11:00")]
        for (rules, other) in zip(rules, others) {
            let definitions: [AnyDefinition] = [
                .resource(ThingTests.room), .visitType(ThingTests.procedure(rules)),
            ]
            try await Self.with(.sqlite, definitions) { world, _ in
                let people = try await world.base.patients(4)
                let visit = try await Self.book(people[0], in: world)
                _ = try await Self.join(people[1], in: world)
                try await world.cancel(visit)
                let offers = try await world.offers()
                #expect(offers.map(\.state) == ["offered"])
                _ = try await Self.book(people[2], other.0, other.1, in: world)
                _ = try await Self.join(people[3], in: world)
                try await world.base.settle()
                #expect(try await world.openings() == ["2026-03-09T09:00 taken"])
                #expect(try await world.offers().map(\.state) == ["gone"])
                #expect(try await world.accept(offers[0].id).outcome == .gone)
            }
        }
    }

    @Test("a time that is only held is offered all the same, and a yes meanwhile leaves it open", arguments: [1, 3])
    func held(groupSize: Int) async throws {
        let type = ThingTests.procedure(VisitRules(groupSize: groupSize))
        try await Self.with(.sqlite, [.visitType(type)]) { world, _ in
            let people = try await world.base.patients(2 + groupSize)
            let visit = try await Self.book(people[0], in: world)
            try await world.cancel(visit)
            for patient in people.dropFirst(2) {
                _ = try await world.spine.perform(
                    HoldSlot(try ThingTests.question("elena-alvarez"), patient: patient, desk: world.base.desk),
                    as: world.agent)
            }
            _ = try await Self.join(people[1], in: world)
            try await world.base.settle()
            let offers = try await world.offers()
            #expect(offers.map(\.state) == ["offered"])
            #expect(try await world.accept(offers[0].id).outcome == .gone)
            #expect(try await world.openings() == ["2026-03-09T09:00 open"])
            world.base.world.clock.advance(by: .minutes(6))
            #expect(try await world.accept(offers[0].id).outcome == .accepted)
        }
    }

    // MARK: Who may have it

    private static func asking(_ eligibility: VisitEligibility) -> AnyDefinition {
        .visitType(ThingTests.procedure(VisitRules(eligibility: eligibility)))
    }

    private static func refer(_ patient: ID<Patient>, in world: WaitlistWorld) async throws {
        var new = NewReferral(patient: patient, kind: .inbound, source: "console")
        new.serviceLine = "primary-care"
        new.visitType = type
        new.content.reason = "Made up."
        new.content.requesterName = "Dr. Ada Quist"
        _ = try await world.spine.perform(RecordReferral(new, desk: world.base.desk), as: world.agent)
    }

    @Test("a time goes to nobody to whom booking would refuse it", arguments: TestStores.engines)
    func rules(engine: Engine) async throws {
        try await Self.with(engine, [Self.asking(.everybody)]) { world, published in
            let people = try await world.base.patients(14)
            let visit = try await Self.book(people[0], in: world)
            var entries: [ID<WaitlistEntry>] = []
            for patient in people.dropFirst() { entries.append(try await Self.join(patient, in: world)) }
            published.publish(Self.asking(VisitEligibility(referral: true)))
            // The last of thirteen, behind more than a wave of others who have none.
            try await Self.refer(people[13], in: world)
            try await world.cancel(visit)
            let offers = try await world.offers()
            #expect(offers.map(\.entry) == [entries[12]] && offers.map(\.state) == ["offered"])
            #expect(try await world.accept(offers[0].id).outcome == .accepted)
        }
    }

    @Test("a yes of whom the rules refuse is told why, and the time goes to the next", arguments: TestStores.engines)
    func refused(engine: Engine) async throws {
        try await Self.with(engine, [Self.asking(.everybody)]) { world, published in
            let people = try await world.base.patients(3)
            let visit = try await Self.book(people[0], in: world)
            _ = try await Self.join(people[1], in: world)
            try await world.cancel(visit)
            let offer = try await world.offers()[0].id
            let next = try await Self.join(people[2], in: world)
            published.publish(Self.asking(VisitEligibility(referral: true)))
            // An agent from whom papers may be hidden takes nothing away from the patient.
            #expect(try await world.accept(offer).outcome == .refused)
            #expect(try await world.offers().map(\.state) == ["offered"])
            let all = world.base.world.caller(
                ConversationsWorld.agentRights.union([.waitlistWrite]).union(Labels.permissions),
                actor: world.base.agent.actor)
            for _ in 0..<2 {
                let answer = try await world.spine.perform(
                    AcceptOffer(offer, by: "link", waitlist: world.waitlist), as: all)
                #expect(answer.outcome == .refused && answer.reason == "referral-needed")
            }
            #expect(try await world.openings() == ["2026-03-09T09:00 open"])
            #expect(
                try await world.base.count("SELECT COUNT(*) FROM waitlist_entry WHERE state = 'waiting'") == 2)
            try await Self.refer(people[2], in: world)
            try await world.base.settle()
            let offers = try await world.offers()
            #expect(offers.map(\.state) == ["withdrawn", "offered"] && offers.last?.entry == next)
        }
    }

    @Test("nobody is put on the list for what they cannot have", arguments: TestStores.engines)
    func joining(engine: Engine) async throws {
        let needs = VisitEligibility(referral: true, authorization: AuthorizationRule())
        try await Self.with(engine, [Self.asking(needs)]) { world, _ in
            let people = try await world.base.patients(2)
            func code(_ patient: ID<Patient>, _ type: String, authorized: Bool = false) async throws -> String? {
                let request = WaitlistRequest(WaitlistWish(visitType: type), authorized: authorized)
                return try await world.base.fault {
                    _ = try await world.spine.perform(
                        JoinWaitlist(patient, request, waitlist: world.waitlist), as: world.agent)
                }
            }
            #expect(try await code(people[0], Self.type) == "slot.referral-needed")
            try await Self.refer(people[0], in: world)
            // An authorization may come while they wait; it is not said to be there when it is not.
            #expect(try await code(people[0], Self.type, authorized: true) == "slot.authorization-needed")
            #expect(try await code(people[0], Self.type) == nil)
            #expect(try await code(people[0], "follow-up") == "slot.established-only")
            #expect(try await code(people[0], "new-patient") == nil)
            let visit = ID<Appointment>(raw: try await world.base.book(people[1]).id)
            world.base.world.clock.advance(by: .days(3) + .hours(1))
            _ = try await world.spine.perform(ArriveAppointment(visit, desk: world.base.desk), as: world.agent)
            _ = try await world.spine.perform(CompleteAppointment(visit, desk: world.base.desk), as: world.agent)
            #expect(try await code(people[1], "new-patient") == "slot.new-only")
            #expect(try await code(people[1], "follow-up") == nil)
            #expect(try await world.base.count("SELECT COUNT(*) FROM waitlist_entry") == 3)
        }
    }

    @Test("ages are asked on the days that are wanted, and of the practitioners that are wanted")
    func ages() throws {
        var child = SlotVisitor()
        child.birthDate = CivilDate(iso: "2020-06-15")
        let type = ThingTests.procedure(VisitRules(eligibility: VisitEligibility(ages: AgeRange(under: 6))))
        func person(_ key: String, ages: AgeRange?) throws -> PractitionerDefinition {
            PractitionerDefinition(
                key: key, name: PractitionerName(given: "Ada", family: key), serviceLines: ["primary-care"],
                templates: [], ages: ages)
        }
        let all = try person("all", ages: nil), adults = try person("adults", ages: AgeRange(from: 18))
        func why(_ from: String, _ to: String, _ people: [PractitionerDefinition]) throws -> SlotRefusal? {
            child.refusal(
                type, with: people, from: try #require(CivilDate(iso: from)), to: try #require(CivilDate(iso: to)))
        }
        #expect(try why("2026-06-01", "2026-07-01", [all]) == nil)
        #expect(try why("2026-06-15", "2026-07-01", [all]) == .ageNotAllowed)
        #expect(try why("2026-06-01", "2026-06-10", [adults]) == .practitionerAge)
        #expect(try why("2026-06-01", "2026-06-10", [adults, all]) == nil)
        // A paper for days in the middle is enough.
        let paid = ThingTests.procedure(VisitRules(eligibility: VisitEligibility(authorization: AuthorizationRule())))
        child.hasAuthorization = true
        child.authorizedDays =
            try #require(CivilDate(iso: "2026-06-10"))...(try #require(CivilDate(iso: "2026-06-12")))
        let first = try #require(CivilDate(iso: "2026-06-01")), last = try #require(CivilDate(iso: "2026-06-30"))
        #expect(child.refusal(paid, with: [all], from: first, to: last) == nil)
        #expect(child.refusal(paid, with: [all], from: last, to: last) == .authorizationNeeded)
    }
}
