import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault

@Suite("Queue and delays")
struct QueueTests {
    /// Thursday 5 March 2026 with Dr. Alvarez, who begins at eight: visits at 8:00, 9:00, 10:00 and 11:00.
    private func thursday(_ world: BookingWorld) async throws -> [ID<Appointment>] {
        var visits: [ID<Appointment>] = []
        for (index, patient) in try await world.patients(4).enumerated() {
            let time = ["08:00", "09:00", "10:00", "11:00"][index]
            visits.append(ID(raw: try await world.book(patient, time).id))
        }
        try await world.settle()
        // To five minutes before the first.
        world.world.clock.advance(by: .days(2) + .hours(23) + .minutes(55))
        try await world.settle()
        return visits
    }

    private func arrive(_ id: ID<Appointment>, _ world: BookingWorld) async throws {
        _ = try await world.world.spine.perform(ArriveAppointment(id, desk: world.desk), as: world.agent)
    }

    private func call(_ id: ID<Appointment>, _ world: BookingWorld) async throws {
        _ = try await world.world.spine.perform(CallIn(id, desk: world.desk), as: world.agent)
    }

    private func standing(_ id: ID<Appointment>, _ world: BookingWorld) async throws -> QueueStanding.Standing {
        try await world.world.spine.ask(
            QueueStanding(id, now: world.world.clock.now(), desk: world.desk), as: world.agent)
    }

    private func tell(_ world: BookingWorld, staff: Bool = true) async throws -> DelayAnswer {
        try await world.world.spine.perform(
            TellDelay(
                practitioner: "elena-alvarez", location: "denver-northside", staff: staff, desk: world.desk),
            as: world.agent)
    }

    private func notices(_ world: BookingWorld) async throws -> [String] {
        try await world.base.rows(
            "SELECT state, said_by FROM delay_notice WHERE tenant = \(.tenant) ORDER BY said_at, id"
        ).map { row in
            let state: String = try row.value(at: 0), by: String = try row.value(at: 1)
            return "\(state) \(by)"
        }
    }

    @Test("who checks in has a number of their own, and keeps it", arguments: TestStores.engines)
    func numbers(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visits = try await thursday(world)
            for visit in visits { try await arrive(visit, world) }
            try await arrive(visits[0], world)
            let rows = try await world.base.rows(
                "SELECT number FROM visit_queue WHERE tenant = \(.tenant) ORDER BY appointment")
            let numbers = try rows.map { row -> String in try row.value(at: 0) }
            #expect(numbers.count == 4 && Set(numbers).count == 4)
            #expect(numbers.allSatisfy { $0.wholeMatch(of: /[A-Z][0-9]{3}/) != nil })
            #expect(try await standing(visits[0], world).number.map(numbers.contains) == true)
        }
    }

    @Test("a patient is called in once, after checking in and not before", arguments: TestStores.engines)
    func calling(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visits = try await thursday(world)
            let early = try await world.fault { try await call(visits[0], world) }
            #expect(early == "appointment.not-arrived")
            try await arrive(visits[0], world)
            try await call(visits[0], world)
            try await call(visits[0], world)
            let events = try await world.count(
                "SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND kind = 'appointment.called'")
            #expect(events == 1)
            #expect(try await standing(visits[0], world).stage == .called)
            _ = try await world.world.spine.perform(
                CompleteAppointment(visits[0], desk: world.desk), as: world.agent)
            #expect(try await world.fault { try await call(visits[0], world) } == "appointment.completed")
        }
    }

    @Test("a patient learns how many are before them and when it will probably begin", arguments: TestStores.engines)
    func standing(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visits = try await thursday(world)
            let third = try await standing(visits[2], world)
            #expect(third.stage == .expected && third.position == 3 && third.number == nil)
            let expected = try #require(third.expected)
            #expect(expected.median >= third.agreed && expected.median < third.agreed + .minutes(30))
            try await arrive(visits[0], world)
            try await arrive(visits[2], world)
            try await call(visits[0], world)
            let next = try await standing(visits[2], world)
            #expect(next.stage == .waiting && next.position == 2 && next.number != nil)
            #expect(try await standing(visits[0], world).position == nil)
            // An hour and a half later the first is still in the visit.
            world.world.clock.advance(by: .minutes(155))
            let pushed = try #require(try await standing(visits[2], world).expected)
            #expect(pushed.median > third.agreed + .minutes(30))
        }
    }

    @Test("the day before, nobody stands in a queue")
    func otherDay() async throws {
        try await BookingWorld.with(.sqlite) { world in
            let visit = ID<Appointment>(raw: try await world.book(try await world.patient(), "09:00").id)
            let answer = try await standing(visit, world)
            #expect(answer.stage == .none && answer.position == nil && answer.expected == nil)
        }
    }

    @Test("those who wait are told once of a delay, and not again within the gap", arguments: TestStores.engines)
    func told(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visits = try await thursday(world)
            #expect(try await tell(world).told == 0)
            for visit in visits.prefix(3) { try await arrive(visit, world) }
            world.world.clock.advance(by: .minutes(5))
            try await call(visits[0], world)
            let before = try await world.base.outbound().count
            // Ninety minutes in the first visit: nine o'clock has passed.
            world.world.clock.advance(by: .minutes(90))
            let first = try await tell(world)
            #expect(first.told >= 1 && first.withheld == 0)
            #expect(try await world.base.outbound().count == before + first.told)
            #expect(try await tell(world).told == 0)
            world.world.clock.advance(by: .minutes(30))
            #expect(try await notices(world).count { $0.hasPrefix("sent") } >= first.told)
            world.world.clock.advance(by: .minutes(20))
            #expect(try await tell(world).told >= 1)
            let kinds = try await world.count(
                "SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND kind = 'appointment.delayed'")
            #expect(kinds == (try await notices(world).count))
        }
    }

    @Test(
        "the system tells by itself as soon as somebody is called in and it takes long", arguments: TestStores.engines)
    func byItself(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visits = try await thursday(world)
            for visit in visits.prefix(3) { try await arrive(visit, world) }
            try await world.settle()
            world.world.clock.advance(by: .minutes(95))
            // Nobody records who is called in: nothing is known of a delay.
            try await world.settle()
            #expect(try await notices(world).isEmpty)
            try await call(visits[0], world)
            world.world.clock.advance(by: .minutes(6))
            try await world.settle()
            let told = try await notices(world)
            #expect(!told.isEmpty && told.allSatisfy { $0 == "sent system" })
            world.world.clock.advance(by: .minutes(6))
            try await world.settle()
            #expect(try await notices(world) == told)
        }
    }

    @Test("who said stop gets no text, and the row says why")
    func stopped() async throws {
        try await BookingWorld.with(.sqlite) { world in
            let visits = try await thursday(world)
            _ = try await world.base.receive("STOP", from: "+13035551001")
            try await world.settle()
            for visit in visits.prefix(2) { try await arrive(visit, world) }
            try await call(visits[0], world)
            world.world.clock.advance(by: .minutes(90))
            let answer = try await tell(world)
            #expect(answer.withheld == 1)
            #expect(try await notices(world).contains("withheld staff"))
        }
    }

    @Test("who gets e-mail is told of a delay by e-mail", arguments: TestStores.engines)
    func byMail(engine: Engine) async throws {
        try await BookingWorld.with(engine, mail: try ConversationsWorld.mail()) { world in
            let first = ID<Appointment>(raw: try await world.book(try await world.patient(), "08:00").id)
            let reader = try await world.base.reader("Ana", "Delgado", email: "ana@people.example")
            let second = ID<Appointment>(raw: try await world.book(reader, "09:00").id)
            try await world.settle()
            world.world.clock.advance(by: .days(2) + .hours(23) + .minutes(55))
            for visit in [first, second] { try await arrive(visit, world) }
            try await call(first, world)
            world.world.clock.advance(by: .minutes(90))
            let answer = try await tell(world)
            #expect(answer.told == 1 && answer.withheld == 0)
            #expect(try await world.base.outbound().last == "email-running-late queued")
        }
    }

    @Test("the policy says from when on, how long before, and how often")
    func rules() {
        let policy = DelayPolicyDefinition.builtIn
        func tells(_ visit: DelayRules.Visit, staff: Bool = false) -> Bool {
            DelayRules.tells(visit, by: policy, staff: staff)
        }
        #expect(tells(.init(lateMinutes: 20, minutesAhead: 60)))
        #expect(!tells(.init(lateMinutes: 19, minutesAhead: 60)))
        #expect(tells(.init(lateMinutes: 19, minutesAhead: 60), staff: true))
        #expect(!tells(.init(lateMinutes: 4, minutesAhead: 60), staff: true))
        #expect(!tells(.init(lateMinutes: 40, minutesAhead: 181)))
        #expect(!tells(.init(lateMinutes: 60, minutesAhead: 0, minutesSinceText: 44), staff: true))
        #expect(tells(.init(lateMinutes: 60, minutesAhead: 0, minutesSinceText: 45, toldLate: 30)))
        #expect(!tells(.init(lateMinutes: 49, minutesAhead: 0, minutesSinceText: 45, toldLate: 30)))
        #expect(!tells(.init(lateMinutes: 60, minutesAhead: 0, minutesSinceWithheld: 10)))
        #expect(DelayPolicyDefinition.builtIn.problems().isEmpty)
        var wrong = DelayPolicyDefinition.builtIn
        wrong.lateMinutes = 1
        wrong.gapMinutes = 0
        #expect(wrong.problems().map(\.path) == ["lateMinutes", "gapMinutes"])
    }
}
