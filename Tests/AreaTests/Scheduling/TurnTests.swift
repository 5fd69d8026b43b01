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

/// Rules that count what others have, which no interval can say: limits of a day, the way between places, and that
/// nobody is at two places where visits may overlap. Who books at the same moment counts one after the other.
@Suite("Rules that count, when many book at once")
struct TurnTests {
    enum Rule: String, Sendable, CaseIterable {
        case typeOfPractitioner, typeOfPlace, dayOfPractitioner, way, twoPlaces

        /// What those are told who were too late.
        var refusals: Set<String> {
            switch self {
            case .typeOfPractitioner: ["slot.type-limit"]
            case .typeOfPlace: ["slot.location-limit"]
            case .dayOfPractitioner: ["slot.practitioner-limit"]
            case .way: ["slot.taken", "slot.no-time-to-travel"]
            case .twoPlaces: ["slot.taken"]
            }
        }
    }

    private static let days = ["2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"]
    /// Who want the same day.
    private static let bookers = 8

    @Test(
        "of eight who book at once what only one of them may have, exactly one has it",
        arguments: TestStores.engines, Rule.allCases)
    func race(engine: Engine, rule: Rule) async throws {
        try await ThingTests.with(engine, try Self.definitions(rule)) { world in
            let wanted = Self.days.count * Self.bookers
            let people = try await world.patients(wanted + Self.days.count)
            var booked = Self.days.count
            if rule == .twoPlaces {
                // It has the first lane from a quarter past nine on: who comes before it there takes the second.
                for (day, patient) in zip(Self.days, people.suffix(Self.days.count)) {
                    try await Self.book(patient, try Self.question("turn-0", "denver-northside", "09:15", day), world)
                }
                booked += Self.days.count
            }
            let outcomes = await BookingTests.together(wanted) { index in
                let question = try Self.question(rule, index % Self.bookers, Self.days[index / Self.bookers])
                return try await world.fault { try await Self.book(people[index], question, world) } ?? "booked"
            }
            for (number, day) in Self.days.enumerated() {
                let told = Array(outcomes[(number * Self.bookers)..<((number + 1) * Self.bookers)])
                #expect(told.count { $0 == "booked" } == 1, "\(rule) \(day): \(told)")
                #expect(told.allSatisfy { $0 == "booked" || rule.refusals.contains($0) }, "\(rule) \(day): \(told)")
            }
            #expect(try await world.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == booked)
        }
    }

    private static func book(
        _ patient: ID<Patient>, _ question: SlotFinder.Question, _ world: BookingWorld
    ) async throws {
        _ = try await world.world.spine.perform(
            BookAppointment(.slot(question, patient: patient), desk: world.desk), as: world.agent)
    }

    /// What the one of that number wants.
    private static func question(_ rule: Rule, _ number: Int, _ day: String) throws -> SlotFinder.Question {
        let times = ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
        let isFirst = number.isMultiple(of: 2)
        switch rule {
        case .typeOfPractitioner, .dayOfPractitioner:
            return try question("turn-0", "denver-northside", times[number], day)
        case .typeOfPlace: return try question("turn-\(number)", "denver-northside", "09:00", day)
        // A quarter of an hour is left between the two, and the way takes half an hour.
        case .way:
            return isFirst
                ? try question("turn-0", "denver-northside", "09:00", day)
                : try question("turn-0", "annex", "09:45", day)
        case .twoPlaces:
            return isFirst
                ? try question("turn-0", "denver-northside", "09:00", day)
                : try question("turn-0", "annex", "08:45", day)
        }
    }

    private static func question(
        _ practitioner: String, _ location: String, _ time: String, _ day: String
    ) throws -> SlotFinder.Question {
        SlotFinder.Question(
            visitType: "procedure-test", practitioner: practitioner, location: location,
            localStart: try #require(CivilDateTime(iso: "\(day)T\(time)")))
    }

    /// Eight who work on Mondays, the first of them at two places; nobody needs any time for another way.
    private static func definitions(_ rule: Rule) throws -> [AnyDefinition] {
        let shipped = try ShippedDefinitions().shipped
        var here = try #require(shipped.locations["denver-northside"]).value
        here.travel = rule == .way ? [TravelTime(location: "annex", minutes: 30)] : []
        var annex = here
        annex.key = "annex"
        annex.name = "Annex"
        annex.travel = []
        let from = try #require(ClockTime("08:00")), to = try #require(ClockTime("12:00"))
        let people = (0..<bookers).map { number in
            let places = number == 0 ? ["denver-northside", "annex"] : ["denver-northside"]
            return PractitionerDefinition(
                key: "turn-\(number)", name: PractitionerName(given: "Ada", family: "Turn"),
                serviceLines: ["primary-care"],
                templates: places.map { place in
                    AvailabilityTemplate(
                        location: place, weekdays: [.monday], from: from, to: to,
                        overbook: rule == .twoPlaces && place != "annex" ? 1 : 0)
                }, dailyLimit: rule == .dayOfPractitioner ? 1 : nil)
        }
        var limits = DailyLimits()
        if rule == .typeOfPractitioner { limits.perPractitioner = 1 }
        if rule == .typeOfPlace { limits.perLocation = 1 }
        return [.location(here), .location(annex), .visitType(ThingTests.procedure(VisitRules(limits: limits)))]
            + people.map(AnyDefinition.practitioner)
    }
}
