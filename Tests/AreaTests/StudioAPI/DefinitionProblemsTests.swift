import Foundation
import Kernel
import StudioAPI
import Testing
import TimeZones

@Suite("What is wrong with one definition")
struct DefinitionProblemsTests {
    @Test("everything wrong with a document is told at once")
    func together() throws {
        var location = try SmallBlueprint.location()
        location.key = "Main Street"
        location.name = " "
        location.phone = "303-555-0101"
        location.calendarOwner = .ehr
        #expect(Set(location.problems().map(\.path)) == ["key", "name", "phone", "calendarSystem"])
    }

    @Test("split shifts must stand in order and apart")
    func shifts() throws {
        var location = try SmallBlueprint.location()
        location.openingHours = WeeklyHours([
            .friday: [try SmallBlueprint.range("08:00-12:00"), try SmallBlueprint.range("11:30-17:00")]
        ])
        #expect(location.problems().map(\.path) == ["openingHours.fri[1]"])
    }

    @Test("a holiday's hours stand for the weekly ones on that day alone")
    func holiday() throws {
        var location = try SmallBlueprint.location()
        let monday = try SmallBlueprint.date("2026-11-23")
        #expect(location.hours(on: monday).map(\.text) == ["08:00-12:00", "13:00-17:00"])
        location.holidays = [HolidayDefinition(date: monday, name: SmallBlueprint.words)]
        #expect(location.hours(on: monday).isEmpty)
        #expect(location.hours(on: try SmallBlueprint.date("2026-11-24")).map(\.text) == ["08:00-12:00"])
        #expect(location.hours(on: try SmallBlueprint.date("2026-11-25")).isEmpty)
    }

    @Test(
        "an NPI is ten digits with the right check digit",
        arguments: [("1234567893", true), ("1234567890", false), ("123456789", false), ("12345678９3", false)])
    func npi(number: String, right: Bool) throws {
        var practitioner = try SmallBlueprint.practitioner()
        practitioner.npi = number
        #expect(practitioner.problems().contains { $0.path == "npi" } == !right)
    }

    @Test("extra time without a place or hours is an error")
    func extra() throws {
        var practitioner = try SmallBlueprint.practitioner()
        let day = try SmallBlueprint.date("2026-12-12")
        practitioner.exceptions = [AvailabilityException(effect: .extra, firstDay: day, lastDay: day)]
        #expect(practitioner.problems().map(\.path) == ["exceptions[0].location", "exceptions[0].hours"])
    }

    @Test("a notice longer than the horizon would never offer a time")
    func leadPastHorizon() throws {
        let visit = VisitTypeDefinition(
            key: "visit", names: SmallBlueprint.words, minutes: 20, serviceLine: "care", leadMinutes: 14_400,
            horizonDays: 10)
        #expect(visit.problems().map(\.path) == ["leadMinutes"])
    }

    @Test("reminders stand in the order in which they are sent, and none is after its visit's day")
    func reminderOrder() throws {
        var plan = ReminderPlanDefinition.builtIn
        #expect(plan.problems().isEmpty)
        plan.reminders.append(.init(daysBefore: 2, at: try SmallBlueprint.time("10:00")))
        plan.reminders.append(.init(daysBefore: -1, at: try SmallBlueprint.time("24:00")))
        #expect(plan.problems().map(\.path) == ["reminders[2]", "reminders[3].daysBefore", "reminders[3].at"])
        plan.reminders = []
        #expect(plan.problems().isEmpty)
    }

    @Test("the plan that is built in is the one that the shipped blueprint publishes")
    func shippedReminders() throws {
        let shipped = try ShippedDefinitions().shipped
        #expect(shipped.reminderPlan(for: "annual-physical")?.value == .builtIn)
    }

    @Test("a more pressing priority may not wait longer, and none may be left out")
    func targets() throws {
        var level = try SmallBlueprint.make().serviceLevels[0]
        level.targets[.stat] = .init(firstResponseMinutes: 90, resolutionMinutes: 1_440)
        level.targets[.urgent] = nil
        #expect(level.problems().map(\.path) == ["targets.urgent", "targets.stat"])
    }

    @Test("a field with a slip of the pen is an error that names the known ones")
    func unknownField() throws {
        let text = #"{"kind": "service-line", "key": "care", "name": {"en": "Care"}}"#
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(AnyDefinition.self, from: Data(text.utf8))
        }
        #expect("\(String(describing: error))".contains("Unknown field “name”. Known: key, kind, labels, names."))
    }

    @Test(
        "what is no time, no range, no date, no day and no language is refused where it stands",
        arguments: [
            (#""openingHours": {"mon": ["8-12"]}"#, "8-12"),
            (#""openingHours": {"mon": ["12:00-08:00"]}"#, "12:00-08:00"),
            (#""openingHours": {"mon": ["08:00-24:01"]}"#, "24:01"), (#""openingHours": {"lunes": []}"#, "lunes"),
            (#""holidays": [{"date": "2026-02-29", "name": {"en": "x"}}]"#, "2026-02-29"),
            (#""parking": {"es": "x"}"#, "English"), (#""parking": {"en": "x", "xx": "y"}"#, "xx"),
        ])
    func malformed(field: String, named: String) throws {
        let whole = try JSONEncoder().encode(AnyDefinition.location(try SmallBlueprint.location()))
        var object = try #require(try JSONSerialization.jsonObject(with: whole) as? [String: Any])
        let broken = try #require(
            try JSONSerialization.jsonObject(with: Data("{\(field)}".utf8)) as? [String: Any])
        for (name, value) in broken { object[name] = value }
        let text = try JSONSerialization.data(withJSONObject: object)
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(AnyDefinition.self, from: text)
        }
        #expect("\(String(describing: error))".contains(named))
    }

    @Test("every kind of definition comes back from its document as it went in")
    func roundTrip() throws {
        let all = try SmallBlueprint.make().definitions
        #expect(Set(all.map(\.kind)) == Set(DefinitionKind.allCases))
        for definition in all {
            let document = try JSONEncoder().encode(definition)
            #expect(try JSONDecoder().decode(AnyDefinition.self, from: document) == definition)
        }
        #expect(Blueprint(all) == (try SmallBlueprint.make()))
    }

    @Test("the id of a location is the FNV-1a of its key, for ever")
    func locationID() {
        // FNV-1a 64 of "a" is af63dc4c8601ec8c (draft-eastlake-fnv); the sign bit is cleared.
        #expect(LocationKeys.id("a").raw == 0x2F63_DC4C_8601_EC8C)
    }
}
