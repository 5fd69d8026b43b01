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
import Web

@Suite("Notices")
struct NoticeTests {
    @Test("reminders come three days and one day before, at ten where the reader is")
    func plan() throws {
        let zones = try ScheduleWorld.database()
        let denver = try zones.zone("America/Denver"), madrid = try zones.zone("Europe/Madrid")
        // Clocks in Denver go forward on 8 March 2026.
        let local = try #require(CivilDateTime(iso: "2026-03-09T14:20"))
        let start = denver.instant(of: local)
        let now = TestWorld.start
        let home = ReminderRules.plan(.builtIn, start: start, place: denver, reader: nil, now: now)
        #expect(home.map { denver.civil(at: $0.due.microseconds).iso } == ["2026-03-06T10:00", "2026-03-08T10:00"])
        let away = ReminderRules.plan(.builtIn, start: start, place: denver, reader: madrid, now: now)
        #expect(away.map { madrid.civil(at: $0.due.microseconds).iso } == ["2026-03-06T10:00", "2026-03-08T10:00"])
        let late = Instant(microseconds: denver.instant(of: try #require(CivilDateTime(iso: "2026-03-08T10:00"))))
        #expect(ReminderRules.plan(.builtIn, start: start, place: denver, reader: nil, now: late).isEmpty)
    }

    @Test("every zone: a reminder is never sent after its visit, nor twice at one moment")
    func everyZone() throws {
        let zones = try ScheduleWorld.database()
        for name in zones.names {
            let zone = try zones.zone(name)
            for jump in zone.transitions(from: 1_767_225_600_000_000, to: 1_830_297_600_000_000) {
                for hours in [0, 12, 36, 84] as [Int64] {
                    let start = jump.instant + hours * 3_600_000_000
                    let plan = ReminderRules.plan(
                        .builtIn, start: start, place: zone, reader: nil,
                        now: Instant(microseconds: start - 10 * 86_400_000_000))
                    #expect(plan.allSatisfy { $0.due.microseconds < start }, "\(name)")
                    #expect(Set(plan.map(\.due)).count == plan.count, "\(name)")
                }
            }
        }
    }

    @Test("a booking is told once and reminded of, also when the log is replayed", arguments: TestStores.engines)
    func toldOnce(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            // The first days of March: at 8:00 in Denver nobody's phone is quiet.
            let visit = try await world.book(try await world.patient(), day: "2026-03-12")
            try await world.settle()
            #expect(
                try await world.notices(visit.id) == [
                    "0 confirmation 0 sent", "0 reminder 0 planned", "0 reminder 1 planned",
                ])
            #expect(try await world.base.outbound().count == 1)
            let subscriber = try #require(world.area.capabilities.flatMap(\.subscribers).first)
            let caller = try await world.world.spine.openRun(
                "rebuild", tenant: world.world.tenant, permissions: [.messageSend, .appointmentRead])
            _ = try await world.world.spine.rebuild(subscriber, as: caller)
            try await world.settle()
            #expect(try await world.base.outbound().count == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM appointment_notice") == 3)
        }
    }

    @Test("each reminder goes out at its hour; who confirmed gets the last one only", arguments: TestStores.engines)
    func reminders(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let first = try await world.book(people[0], "09:00", day: "2026-03-12")
            let second = try await world.book(people[1], "10:00", day: "2026-03-12")
            try await world.settle()
            _ = try await world.world.spine.perform(
                ConfirmAppointment(ID(raw: second.id), by: "phone", desk: world.desk), as: world.agent)
            world.world.clock.advance(by: .days(8))
            try await world.settle()
            #expect(try await world.notices(first.id).contains("0 reminder 0 sent"))
            #expect(try await world.notices(second.id).contains("0 reminder 0 withheld"))
            world.world.clock.advance(by: .days(1) + .hours(12))
            try await world.settle()
            #expect(try await world.notices(first.id).last == "0 reminder 1 sent")
            #expect(try await world.notices(second.id).last == "0 reminder 1 sent")
        }
    }

    @Test("a move plans anew, a cancellation drops what was planned, and both are told", arguments: TestStores.engines)
    func moveAndCancel(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visit = try await world.book(try await world.patient(), day: "2026-03-12")
            try await world.settle()
            let id = ID<Appointment>(raw: visit.id)
            _ = try await world.world.spine.perform(
                MoveAppointment(id, to: .slot(try BookingWorld.question("09:00", day: "2026-03-19")), desk: world.desk),
                as: world.agent)
            try await world.settle()
            #expect(
                try await world.notices(visit.id) == [
                    "0 confirmation 0 sent", "0 reminder 0 cancelled", "0 reminder 1 cancelled", "1 reschedule 0 sent",
                    "1 reminder 0 planned", "1 reminder 1 planned",
                ])
            _ = try await world.world.spine.perform(
                CancelAppointment(id, reason: .patient, desk: world.desk), as: world.agent)
            try await world.settle()
            let notices = try await world.notices(visit.id)
            #expect(notices.filter { $0.hasSuffix("planned") }.isEmpty)
            #expect(notices.contains("1 cancellation 0 sent"))
            #expect(
                try await world.count(
                    "SELECT COUNT(*) FROM timer WHERE kind = 'appointment-notice' AND state = 'waiting'") == 0)
        }
    }

    @Test(
        "a visit that was recorded is not told, and only real people's are reminded of", arguments: TestStores.engines)
    func recorded(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            for (index, source) in ["import", "generated"].enumerated() {
                _ = try await world.base.perform { context in
                    try world.base.book.record(
                        RecordedVisit(
                            patient: people[index], visitType: "annual-physical", practitioner: "elena-alvarez",
                            location: "denver-northside", localStart: "2026-03-12T0\(8 + index):00", minutes: 40,
                            status: "booked", leadDays: 5, source: source),
                        context: context
                    ).raw
                }
            }
            try await world.settle()
            #expect(try await world.count("SELECT COUNT(*) FROM appointment_notice WHERE kind = 'reminder'") == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM appointment_notice WHERE kind <> 'reminder'") == 0)
            #expect(try await world.base.outbound().isEmpty)
        }
    }

    @Test(
        "a visit keeps to the reminder plan it was booked under, and takes the new one when it is moved",
        arguments: TestStores.engines)
    func planVersions(engine: Engine) async throws {
        let definitions = try PublishedDefinitions()
        try await BookingWorld.with(engine, definitions: definitions) { world in
            let people = try await world.patients(2)
            let first = try await world.book(people[0], "09:00", day: "2026-03-12")
            var plan = ReminderPlanDefinition.builtIn
            plan.reminders = [.init(daysBefore: 5, at: try #require(ClockTime("09:30")))]
            definitions.publish(.reminderPlan(plan))
            // The log is read only now: what was booked before goes by the version of its day all the same.
            try await world.settle()
            #expect(
                try await world.notices(first.id) == [
                    "0 confirmation 0 sent", "0 reminder 0 planned", "0 reminder 1 planned",
                ])
            let second = try await world.book(people[1], "10:00", day: "2026-03-12")
            try await world.settle()
            #expect(try await world.notices(second.id) == ["0 confirmation 0 sent", "0 reminder 0 planned"])
            let due = try await world.base.rows(
                """
                SELECT due_at FROM appointment_notice
                WHERE tenant = \(.tenant) AND appointment = \(second.id) AND kind = 'reminder'
                """
            ).map { row -> Int64 in try row["due_at"] }
            let denver = try ShippedDefinitions.zones().zone("America/Denver")
            #expect(due.map { denver.civil(at: $0).iso } == ["2026-03-07T09:30"])
            _ = try await world.world.spine.perform(
                MoveAppointment(
                    ID(raw: first.id), to: .slot(try BookingWorld.question("09:00", day: "2026-03-19")),
                    desk: world.desk), as: world.agent)
            try await world.settle()
            #expect(
                try await world.notices(first.id) == [
                    "0 confirmation 0 sent", "0 reminder 0 cancelled", "0 reminder 1 cancelled", "1 reschedule 0 sent",
                    "1 reminder 0 planned",
                ])
            let subscriber = try #require(world.area.capabilities.flatMap(\.subscribers).first)
            let caller = try await world.world.spine.openRun(
                "rebuild", tenant: world.world.tenant, permissions: [.messageSend, .appointmentRead])
            _ = try await world.world.spine.rebuild(subscriber, as: caller)
            try await world.settle()
            #expect(try await world.count("SELECT COUNT(*) FROM appointment_notice WHERE kind = 'reminder'") == 4)
        }
    }

    @Test("a plan without reminders reminds nobody; one for everybody reaches who has confirmed", arguments: [0, 2])
    func plansOfVisitTypes(count: Int) async throws {
        let definitions = try PublishedDefinitions()
        let at = try #require(ClockTime("11:00"))
        definitions.publish(
            .reminderPlan(
                ReminderPlanDefinition(
                    key: "own", names: LocalizedText("Own", spanish: "Propio"),
                    reminders: (0..<count).map { .init(daysBefore: count - $0, at: at) })))
        var type = try #require(try definitions.configuration(of: ID(raw: 1)).visitTypes["annual-physical"]).value
        type.reminderPlan = "own"
        definitions.publish(.visitType(type))
        try await BookingWorld.with(.sqlite, definitions: definitions) { world in
            let visit = try await world.book(try await world.patient(), day: "2026-03-12")
            try await world.settle()
            _ = try await world.world.spine.perform(
                ConfirmAppointment(ID(raw: visit.id), by: "phone", desk: world.desk), as: world.agent)
            world.world.clock.advance(by: .days(9) + .hours(12))
            try await world.settle()
            let reminders = try await world.notices(visit.id).filter { $0.contains("reminder") }
            #expect(reminders == (0..<count).map { "0 reminder \($0) sent" })
        }
    }
}
