import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// Monday 2 March 2026: a practitioner who works from 8:00 to 16:00, and a limit of two visits of a day.
@Suite("Completed visits and limits of a day")
struct DoneVisitTests {
    enum Rule: String, Sendable, CaseIterable {
        case typeOfPractitioner, typeOfPlace, dayOfPractitioner

        var refusal: SlotRefusal {
            switch self {
            case .typeOfPractitioner: .typeLimit
            case .typeOfPlace: .locationLimit
            case .dayOfPractitioner: .practitionerLimit
            }
        }

        var limits: DailyLimits {
            switch self {
            case .typeOfPractitioner: DailyLimits(perPractitioner: 2)
            case .typeOfPlace: DailyLimits(perLocation: 2)
            case .dayOfPractitioner: DailyLimits()
            }
        }
    }

    private static let today = "2026-03-02"

    private static func practitioner(
        _ key: String = "ada-done", dailyLimit: Int? = nil
    ) throws -> PractitionerDefinition {
        PractitionerDefinition(
            key: key, name: PractitionerName(given: "Ada", family: "Done"), serviceLines: ["primary-care"],
            templates: [
                AvailabilityTemplate(
                    location: "denver-northside", weekdays: [.monday], from: try #require(ClockTime("08:00")),
                    to: try #require(ClockTime("16:00")))
            ], dailyLimit: dailyLimit)
    }

    /// The practice, asked from memory and from the store.
    private struct Practice {
        let world: BookingWorld

        var spine: Spine { world.world.spine }
        var desks: [SchedulingDesk] {
            [
                world.desk,
                SchedulingDesk(
                    plans: world.desk.plans, directory: world.base.directory, messaging: world.base.messaging,
                    index: nil),
            ]
        }

        func book(
            _ patient: ID<Patient>, _ time: String, with practitioner: String = "ada-done"
        ) async throws -> ID<Appointment> {
            let question = try ThingTests.question(practitioner, time, day: DoneVisitTests.today)
            let answer = try await spine.perform(
                BookAppointment(.slot(question, patient: patient), desk: world.desk), as: world.agent)
            return ID(raw: answer.id)
        }

        func complete(_ visit: ID<Appointment>) async throws {
            _ = try await spine.perform(ArriveAppointment(visit, desk: world.desk), as: world.agent)
            _ = try await spine.perform(CompleteAppointment(visit, desk: world.desk), as: world.agent)
        }

        /// How many times of a day are found, in both ways.
        func found(_ day: String = DoneVisitTests.today) async throws -> [Int] {
            let date = try #require(CivilDate(iso: day))
            let request = SlotRequest(
                visitType: "procedure-test", from: date, to: date, practitioners: ["ada-done"])
            var found: [Int] = []
            for desk in desks {
                found.append(
                    try await spine.ask(
                        FindSlots(request, now: world.world.clock.now(), desk: desk), as: world.agent
                    ).count)
            }
            return found
        }

        /// Why there is no visit at 14:00, in both ways.
        func reasons() async throws -> [SlotRefusal?] {
            let question = try ThingTests.question("ada-done", "14:00", day: DoneVisitTests.today)
            var reasons: [SlotRefusal?] = []
            for desk in desks {
                reasons.append(
                    try await spine.ask(
                        AskWhyNot(question, patient: nil, now: world.world.clock.now(), desk: desk), as: world.agent))
            }
            return reasons
        }
    }

    @Test(
        "a visit that is completed by noon counts for the rest of its day", arguments: TestStores.engines,
        Rule.allCases)
    func counts(engine: Engine, rule: Rule) async throws {
        let person = try Self.practitioner(dailyLimit: rule == .dayOfPractitioner ? 2 : nil)
        let other = try Self.practitioner("bea-done")
        let type = ThingTests.procedure(VisitRules(limits: rule.limits))
        try await ThingTests.with(engine, [.practitioner(person), .practitioner(other), .visitType(type)]) { world in
            let practice = Practice(world: world)
            let people = try await world.patients(3)
            // Where the whole place has a limit, somebody else's visit counts as well.
            let first = try await practice.book(
                people[0], "09:30", with: rule == .typeOfPlace ? "bea-done" : "ada-done")
            world.world.clock.advance(by: .hours(3))
            try await practice.complete(first)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
            // One is left.
            #expect(try await practice.found().allSatisfy { $0 > 0 })
            #expect(try await practice.reasons() == [nil, nil])
            _ = try await practice.book(people[1], "13:00")
            #expect(try await practice.found() == [0, 0])
            #expect(try await practice.reasons() == [rule.refusal, rule.refusal])
            let refused = try await world.fault { _ = try await practice.book(people[2], "14:00") }
            #expect(refused == "slot." + rule.refusal.rawValue)
            // Another day has its own count.
            #expect(try await practice.found("2026-03-09").allSatisfy { $0 > 0 })
        }
    }

    @Test("the time of a completed visit is free, whoever counts it", arguments: TestStores.engines)
    func time(engine: Engine) async throws {
        let type = ThingTests.procedure(VisitRules(limits: DailyLimits(perPractitioner: 2)))
        try await ThingTests.with(engine, [.practitioner(try Self.practitioner()), .visitType(type)]) { world in
            let practice = Practice(world: world)
            let people = try await world.patients(2)
            // Over before its time has come.
            try await practice.complete(try await practice.book(people[0], "14:00"))
            #expect(try await practice.reasons() == [nil, nil])
            _ = try await practice.book(people[1], "14:00")
            #expect(try await practice.found() == [0, 0])
        }
    }

    @Test("a group counts once, however many of its visits are completed", arguments: TestStores.engines)
    func group(engine: Engine) async throws {
        let type = ThingTests.procedure(VisitRules(limits: DailyLimits(perPractitioner: 2), groupSize: 2))
        try await ThingTests.with(engine, [.practitioner(try Self.practitioner()), .visitType(type)]) { world in
            let practice = Practice(world: world)
            let people = try await world.patients(4)
            let first = try await practice.book(people[0], "09:30")
            let second = try await practice.book(people[1], "09:30")
            world.world.clock.advance(by: .hours(3))
            try await practice.complete(first)
            #expect(try await practice.reasons() == [nil, nil])
            try await practice.complete(second)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
            #expect(try await practice.reasons() == [nil, nil])
            _ = try await practice.book(people[2], "13:00")
            #expect(try await practice.reasons() == [.typeLimit, .typeLimit])
            let refused = try await world.fault { _ = try await practice.book(people[3], "14:00") }
            #expect(refused == "slot.type-limit")
        }
    }

    @Test("a trip counts them too, also where what is linked has no limit", arguments: TestStores.engines)
    func trip(engine: Engine) async throws {
        var type = ThingTests.procedure(
            VisitRules(
                limits: DailyLimits(perPractitioner: 2),
                linked: [LinkedVisit(visitType: "after-test", order: .after, maxGapMinutes: 240, sameDay: true)]))
        type.practitioners = ["ada-done"]
        let after = VisitTypeDefinition(
            key: "after-test", names: LocalizedText("After"), minutes: 15, serviceLine: "primary-care",
            practitioners: ["ada-done"], leadMinutes: 60, horizonDays: 60)
        let definitions: [AnyDefinition] = [
            .practitioner(try Self.practitioner()), .visitType(type), .visitType(after),
        ]
        try await ThingTests.with(engine, definitions) { world in
            let practice = Practice(world: world)
            let people = try await world.patients(3)
            let first = try await practice.book(people[0], "09:30")
            world.world.clock.advance(by: .hours(2))
            func trips() async throws -> Int {
                let day = try #require(CivilDate(iso: Self.today))
                let request = SlotRequest(visitType: "procedure-test", from: day, to: day, limit: 3)
                return try await practice.spine.ask(
                    FindTrips(
                        [.init(patient: people[2], visitType: "procedure-test")], request, together: nil,
                        now: world.world.clock.now(), desk: world.desk), as: world.agent
                ).trips.count
            }
            try await practice.complete(first)
            #expect(try await trips() > 0)
            _ = try await practice.book(people[1], "13:00")
            #expect(try await trips() == 0)
        }
    }
}
