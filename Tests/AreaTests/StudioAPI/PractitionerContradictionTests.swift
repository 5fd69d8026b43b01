import Kernel
import StudioAPI
import Testing
import Vault

/// Where practitioners are, and whom they take: what a checker of single blocks does not see.
@Suite("What is wrong between the blocks of practitioners")
struct PractitionerContradictionTests {
    /// What the small blueprint's problems say after something in it was changed.
    private func problems(_ change: (inout Blueprint) throws -> Void) throws -> [DefinitionProblem] {
        var blueprint = try SmallBlueprint.make()
        try change(&blueprint)
        return blueprint.problems(zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions)
    }

    private func says(_ problems: [DefinitionProblem], _ path: String, _ part: String) -> Bool {
        problems.contains { $0.severity == .error && $0.path == path && $0.sentence.contains(part) }
    }

    /// With a second place on the same clock, where Ana is for an hour on Mondays and Tuesdays from one o'clock on.
    private func twoPlaces(_ change: (inout Blueprint) throws -> Void) throws -> [DefinitionProblem] {
        try problems {
            var second = $0.locations[0]
            second.key = "second"
            let hours = [try SmallBlueprint.range("08:00-17:00")]
            second.openingHours = WeeklyHours([.monday: hours, .tuesday: hours])
            $0.locations.append(second)
            var template = try SmallBlueprint.template("13:00-14:00", [.monday, .tuesday])
            template.location = "second"
            $0.practitioners[0].templates.append(template)
            try change(&$0)
        }
    }

    @Test("blocks at two places with less time between them than the way takes are told")
    func shortWay() throws {
        func found(
            _ minutes: Int, _ change: (inout Blueprint) throws -> Void = { _ in }
        ) throws -> [DefinitionProblem] {
            try twoPlaces {
                // Said by one of the two, it holds both ways.
                $0.locations[1].travel = [TravelTime(location: "main", minutes: minutes)]
                try change(&$0)
            }
        }
        #expect(try twoPlaces { _ in }.isEmpty)
        #expect(try found(60).isEmpty)
        let short = try found(61)
        #expect(short.map(\.path) == ["templates[1]"] && short.map(\.severity) == [.warning])
        #expect(
            short.first?.sentence
                == "It begins 60 minutes after templates[0] ends, and the way between their places takes 61.")
        // On no day that both have.
        #expect(
            try found(61) {
                $0.practitioners[0].templates[0].weekdays = [.monday]
                $0.practitioners[0].templates[1].weekdays = [.tuesday]
            }.isEmpty)
        // Nothing is said where clocks differ.
        let apart = try found(61) { $0.locations[1].zone = "America/Phoenix" }
        #expect(apart.map(\.path) == ["zone"])
    }

    @Test("extra time during a block elsewhere, or during an absence, is told")
    func extraElsewhere() throws {
        func found(
            _ day: String, _ exceptions: [AvailabilityException] = [],
            _ change: (inout Blueprint) throws -> Void = { _ in }
        ) throws -> [String] {
            let date = try SmallBlueprint.date(day)
            let extra = AvailabilityException(
                effect: .extra, firstDay: date, lastDay: date, hours: try SmallBlueprint.range("11:00-12:30"),
                location: "second")
            return try twoPlaces {
                $0.practitioners[0].exceptions = [extra] + exceptions
                try change(&$0)
            }.filter { $0.path == "exceptions[0]" && $0.severity == .warning }.map(\.sentence)
        }
        func away(_ day: String, _ hours: String? = nil, at place: String? = nil) throws -> AvailabilityException {
            let date = try SmallBlueprint.date(day)
            return AvailabilityException(
                effect: .away, firstDay: date, lastDay: date, hours: try hours.map(SmallBlueprint.range),
                location: place)
        }
        let elsewhere = "It overlaps templates[0] at main: one person cannot be in two places."
        let absent = "It overlaps exceptions[1], an absence: nothing is offered then."
        // 9 March 2026 is a Monday, 11 March a Wednesday without blocks.
        #expect(try found("2026-03-09") == [elsewhere])
        #expect(try found("2026-03-11").isEmpty)
        // Away from that block, and from no other.
        #expect(try found("2026-03-09", [away("2026-03-09", "11:00-12:00", at: "main")]).isEmpty)
        #expect(try found("2026-03-09", [away("2026-03-09", "11:30-12:00", at: "main")]) == [elsewhere])
        #expect(try found("2026-03-09", [away("2026-03-10", at: "main")]) == [elsewhere])
        #expect(try found("2026-03-11", [away("2026-03-11", "12:00-13:00")]) == [absent])
        #expect(try found("2026-03-11", [away("2026-03-11", "12:30-13:00")]).isEmpty)
        // A block of every second week is not there in the others.
        #expect(
            try found("2026-03-09") {
                $0.practitioners[0].templates[0].everyWeeks = 2
                $0.practitioners[0].templates[0].anchor = try SmallBlueprint.date("2026-03-02")
            }.isEmpty)
    }

    /// With Ben, who has a block of his own on Mondays, or none.
    private func withBen(_ hours: String?, _ change: (inout Blueprint) throws -> Void) throws -> [DefinitionProblem] {
        try problems {
            var ben = $0.practitioners[0]
            ben.key = "ben"
            ben.templates = try hours.map { [try SmallBlueprint.template($0, [.monday])] } ?? []
            $0.practitioners.append(ben)
            try change(&$0)
        }
    }

    @Test("what patients book themselves is told when nobody who has time for it takes new ones")
    func publicWithoutNew() throws {
        func found(_ hours: String?) throws -> [DefinitionProblem] {
            try withBen(hours) {
                $0.visitTypes[0].rules.selfService.book = true
                $0.practitioners[0].acceptsNew = false
            }
        }
        // Ben takes some, and has no time for it.
        let never = try found(nil)
        #expect(never.map(\.path) == ["rules.selfService.book"] && never.map(\.severity) == [.warning])
        #expect(never.allSatisfy { $0.sentence.hasPrefix("The public is never offered it") })
        #expect(try found("13:00-17:00").isEmpty)
        #expect(try withBen(nil) { $0.practitioners[0].acceptsNew = false }.isEmpty)
    }

    @Test("who has no block for a visit does not make it one for new patients, or for children")
    func refusedByAll() throws {
        func new(_ hours: String?) throws -> [DefinitionProblem] {
            try withBen(hours) {
                $0.visitTypes[0].patients = .new
                $0.practitioners[0].acceptsNew = false
            }
        }
        #expect(try says(new(nil), "patients", "nobody who does it takes any"))
        #expect(try new("13:00-17:00").isEmpty)
        func children(_ hours: String?) throws -> [DefinitionProblem] {
            try withBen(hours) {
                $0.visitTypes[0].rules.eligibility.ages = AgeRange(under: 12)
                $0.practitioners[0].ages = AgeRange(from: 18)
            }
        }
        #expect(try says(children(nil), "rules.eligibility.ages", "nobody who does it sees people of that age"))
        #expect(try children("13:00-17:00").isEmpty)
    }
}
