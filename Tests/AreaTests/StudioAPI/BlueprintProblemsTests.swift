import Kernel
import StudioAPI
import Testing
import Vault

@Suite("What is wrong with a blueprint")
struct BlueprintProblemsTests {
    /// What the small blueprint's problems say after something in it was changed.
    private func problems(_ change: (inout Blueprint) throws -> Void) throws -> [DefinitionProblem] {
        var blueprint = try SmallBlueprint.make()
        try change(&blueprint)
        return blueprint.problems(zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions)
    }

    private func says(_ problems: [DefinitionProblem], _ path: String, _ part: String) -> Bool {
        problems.contains { $0.severity == .error && $0.path == path && $0.sentence.contains(part) }
    }

    @Test("a right blueprint has none")
    func right() throws {
        #expect(try problems { _ in }.isEmpty)
    }

    @Test("two locations with one key are told apart from nothing")
    func duplicate() throws {
        #expect(try says(problems { $0.locations.append($0.locations[0]) }, "key", "Another location has this key"))
    }

    @Test("a key that leads nowhere is named with the place that mentions it")
    func reference() throws {
        let found = try problems {
            $0.teams[0].roles = ["agent", "ghost"]
            $0.practitioners[0].templates[0].location = "elsewhere"
            $0.visitTypes[0].reminderPlan = "gentle"
        }
        #expect(says(found, "reminderPlan", "no reminder-plan with the key “gentle”"))
        #expect(says(found, "roles[1]", "no role with the key “ghost”"))
        #expect(says(found, "templates[0].location", "no location with the key “elsewhere”"))
    }

    @Test("a zone that the tz database lacks, and a permission that the build lacks, are errors")
    func unknown() throws {
        let found = try problems {
            $0.locations[0].zone = "America/Atlantis"
            $0.roles[0].permissions = ["patient.read", "patient.peek"]
        }
        #expect(says(found, "zone", "America/Atlantis"))
        #expect(says(found, "permissions[1]", "patient.peek"))
    }

    @Test("a visit longer than every template is one that nobody can ever do")
    func tooLong() throws {
        // Its buffer may lie outside the template.
        let fits = try problems { $0.visitTypes[0].minutes = 240 }
        #expect(fits.isEmpty)
        let found = try problems { $0.visitTypes[0].minutes = 241 }
        #expect(says(found, "practitioners", "No practitioner can ever do it"))
    }

    @Test("a visit at a place where its practitioners never are is one that nobody can ever do")
    func wrongPlace() throws {
        let found = try problems {
            var second = $0.locations[0]
            second.key = "second"
            $0.locations.append(second)
            $0.visitTypes[0].locations = ["second"]
        }
        #expect(says(found, "practitioners", "No practitioner can ever do it"))
    }

    @Test("a template that admits a visit its practitioner may not do is an error")
    func admittedInVain() throws {
        let found = try problems {
            $0.serviceLines.append(ServiceLineDefinition(key: "bones", names: SmallBlueprint.words))
            $0.visitTypes.append($0.visitTypes[0])
            $0.visitTypes[1].key = "surgery"
            $0.visitTypes[1].serviceLine = "bones"
            $0.practitioners[0].templates[0].visitTypes = ["visit", "surgery"]
        }
        #expect(says(found, "templates[0].visitTypes[1]", "not for this practitioner"))
    }

    @Test("availability outside the opening hours is a warning, for it is only not offered")
    func outsideHours() throws {
        let found = try problems {
            $0.practitioners[0].templates[0] = try SmallBlueprint.template("07:00-12:00", [.monday])
        }
        #expect(found.map(\.severity) == [.warning])
        #expect(found.first?.path == "templates[0]")
    }

    @Test("a visit whose every template lies outside the hours of its place is told to be never bookable")
    func neverOpen() throws {
        let found = try problems {
            $0.practitioners[0].templates[0] = try SmallBlueprint.template("13:00-18:00", [.tuesday])
        }
        #expect(found.contains { $0.path == "practitioners" && $0.sentence.hasPrefix("It can never be booked") })
        // Half an hour within them is enough for a visit of half an hour, and not for a longer one.
        let short = try SmallBlueprint.template("11:30-18:00", [.tuesday])
        #expect(try !problems { $0.practitioners[0].templates[0] = short }.contains { $0.path == "practitioners" })
        let long = try problems {
            $0.practitioners[0].templates[0] = short
            $0.visitTypes[0].minutes = 45
        }
        #expect(long.contains { $0.path == "practitioners" && $0.severity == .warning })
    }

    @Test("a visit whose every template is over can never be booked from today on")
    func over() throws {
        var blueprint = try SmallBlueprint.make()
        blueprint.practitioners[0].templates[0].validTo = try SmallBlueprint.date("2026-03-01")
        func found(_ day: String) throws -> [DefinitionProblem] {
            blueprint.problems(
                zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions,
                on: try SmallBlueprint.date(day).civil)
        }
        #expect(try found("2026-03-01").isEmpty)
        #expect(try found("2026-03-02").map(\.sentence).contains { $0.hasPrefix("It can never be booked") })
    }

    @Test("a block that is opened to others later than their notice takes none of them")
    func releasedTooLate() throws {
        func found(release: Int, notice: Int, minutes: Int = 30) throws -> [DefinitionProblem] {
            try problems {
                $0.visitTypes.append($0.visitTypes[0])
                $0.visitTypes[1].key = "acute"
                $0.visitTypes[0].leadMinutes = notice
                $0.visitTypes[0].minutes = minutes
                $0.practitioners[0].templates[0].visitTypes = ["acute"]
                $0.practitioners[0].templates[0].releaseMinutes = release
            }
        }
        let late = try found(release: 1_440, notice: 2_880)
        #expect(late.map(\.key) == ["visit"] && late.map(\.path) == ["practitioners"])
        #expect(late.allSatisfy { $0.severity == .warning && $0.sentence.contains("too late for its notice") })
        #expect(try found(release: 2_880, notice: 2_880).isEmpty)
        // Opened when it begins, with three hours of notice: from eleven to twelve there is room for an hour, no more.
        #expect(try found(release: 0, notice: 180, minutes: 60).isEmpty)
        #expect(try found(release: 0, notice: 180, minutes: 61).map(\.path) == ["practitioners"])
    }

    /// What is said of a visit's rooms and devices, when it needs some and these are there.
    private func things(
        _ needs: [ResourceNeed], _ things: [ResourceDefinition], _ change: (inout Blueprint) throws -> Void = { _ in }
    ) throws -> [DefinitionProblem] {
        try problems {
            $0.visitTypes[0].rules.resources = needs
            $0.resources += things
            try change(&$0)
        }
    }

    private func room(
        _ key: String, features: [String] = [], capacity: Int = 1, hours: WeeklyHours? = nil
    ) -> ResourceDefinition {
        ResourceDefinition(
            key: key, names: SmallBlueprint.words, type: .room, locations: ["main"], features: features,
            capacity: capacity, hours: hours)
    }

    private func isNever(_ problems: [DefinitionProblem]) -> Bool {
        problems.map(\.path) == ["rules.resources"] && problems.map(\.severity) == [.warning]
            && problems.allSatisfy { $0.sentence.contains("never there all at once") }
    }

    @Test("a room that is there on other days, or for too short a time, is none")
    func thingsAtOtherTimes() throws {
        let need = ResourceNeed(type: .room, before: 10, after: 20)
        func found(_ day: Weekday, _ hours: [String]) throws -> [DefinitionProblem] {
            let week = WeeklyHours([day: try hours.map(SmallBlueprint.range)])
            return try things([need], [room("one", hours: week)])
        }
        #expect(try things([need], [room("one")]).isEmpty)
        // Its practitioner is there from eight to twelve on Mondays and Tuesdays.
        #expect(try isNever(found(.saturday, ["08:00-12:00"])))
        #expect(try isNever(found(.monday, ["13:00-17:00"])))
        #expect(try isNever(found(.tuesday, ["09:00-09:50", "10:00-10:50"])))
        #expect(try found(.tuesday, ["09:00-09:50", "09:50-10:50"]).isEmpty)
        #expect(try found(.tuesday, ["09:05-10:05"]).isEmpty)
        // No place has any: that is said as an error, and once.
        let nowhere = try things([need], [])
        #expect(nowhere.map(\.severity) == [.error])
    }

    @Test("two rooms that are asked for where there is one are never had")
    func thingsTogether() throws {
        let plain = ResourceNeed(type: .room), special = ResourceNeed(type: .room, features: ["sink"])
        #expect(try isNever(things([plain, plain], [room("one")])))
        #expect(try things([plain, plain], [room("one"), room("two")]).isEmpty)
        #expect(try things([plain, plain], [room("one", capacity: 2)]).isEmpty)
        #expect(try isNever(things([plain, plain, plain], [room("one", capacity: 2)])))
        // The one with a sink is left to the need that asks for it, in whatever order they stand.
        for needs in [[plain, special], [special, plain]] {
            #expect(try things(needs, [room("one", features: ["sink"]), room("two")]).isEmpty)
            #expect(try isNever(things(needs, [room("one", features: ["sink"])])))
        }
        // Each is there, but not on the same day.
        let monday = WeeklyHours([.monday: [try SmallBlueprint.range("08:00-12:00")]])
        let tuesday = WeeklyHours([.tuesday: [try SmallBlueprint.range("08:00-12:00")]])
        let apart = try things(
            [special, plain], [room("one", features: ["sink"], hours: monday), room("two", hours: tuesday)])
        #expect(isNever(apart))
        // What belongs to it is told at the link.
        let linked = try things([plain, plain], [room("one")]) {
            $0.visitTypes.append($0.visitTypes[0])
            $0.visitTypes[1].key = "draw"
            $0.visitTypes[0].rules.resources = []
            $0.visitTypes[0].rules.linked = [LinkedVisit(visitType: "draw", order: .before, maxGapMinutes: 600)]
        }
        #expect(linked.map(\.path).sorted() == ["rules.linked[0]", "rules.resources"])
    }

    @Test("a link to what can never be booked, or never where it is asked for, is told at the link")
    func unbookableLink() throws {
        func found(_ link: LinkedVisit, _ change: (inout Blueprint) throws -> Void) throws -> [String] {
            try problems {
                $0.visitTypes.append($0.visitTypes[0])
                $0.visitTypes[1].key = "draw"
                $0.visitTypes[0].rules.linked = [link]
                try change(&$0)
            }.filter { $0.sentence.contains("can never be booked as this asks") }.map(\.path)
        }
        let before = LinkedVisit(visitType: "draw", order: .before, maxGapMinutes: 600)
        #expect(try found(before) { _ in }.isEmpty)
        #expect(
            try found(before) { $0.visitTypes[1].rules.startsWithin = try SmallBlueprint.range("12:00-13:00") } == [
                "rules.linked[0]"
            ])
        let same = LinkedVisit(visitType: "draw", order: .before, maxGapMinutes: 600, samePractitioner: true)
        let others = try found(same) {
            $0.practitioners.append($0.practitioners[0])
            $0.practitioners[1].key = "ben"
            $0.visitTypes[0].practitioners = ["ana"]
            $0.visitTypes[1].practitioners = ["ben"]
        }
        #expect(others == ["rules.linked[0]"])
    }

    @Test("two templates of one person that claim the same moment are an error")
    func overlap() throws {
        let found = try problems {
            $0.practitioners[0].templates.append(try SmallBlueprint.template("11:00-12:00", [.tuesday]))
        }
        #expect(says(found, "templates[1]", "cannot be in two places"))
    }

    @Test("templates whose seasons do not meet may claim the same hours")
    func seasons() throws {
        let found = try problems {
            $0.practitioners[0].templates[0].validTo = try SmallBlueprint.date("2026-12-31")
            var later = try SmallBlueprint.template("08:00-12:00", [.monday])
            later.validFrom = try SmallBlueprint.date("2027-01-01")
            $0.practitioners[0].templates.append(later)
        }
        #expect(found.isEmpty)
    }

    @Test("no team for new needs, two of them, and no reminder template are errors")
    func missing() throws {
        #expect(try says(problems { $0.teams[0].takesNewNeeds = false }, "takesNewNeeds", "here it is 0"))
        let two = try problems {
            $0.teams.append($0.teams[0])
            $0.teams[1].key = "second"
        }
        #expect(says(two, "takesNewNeeds", "here it is 2"))
        let silent = try problems { $0.messageTemplates.removeAll { $0.use == .reminder } }
        #expect(says(silent, "use", "reminder has exactly one SMS template"))
    }

    @Test("a reminder in the quiet hours is a warning, for it waits until they end")
    func quietReminder() throws {
        let found = try problems {
            $0.reminderPlans[0].reminders.append(.init(daysBefore: 0, at: try SmallBlueprint.time("06:30")))
        }
        #expect(found.map(\.severity) == [.warning])
        #expect(found.first?.path == "reminders[2].at")
        #expect(found.first?.sentence.contains("waits until 08:00") == true)
    }

    @Test("a text that patients read must be there in every language of the organization")
    func untranslated() throws {
        let found = try problems { $0.visitTypes[0].names = LocalizedText("Visit") }
        #expect(says(found, "names.es", "missing"))
        let asked = try problems {
            let words = SmallBlueprint.words
            let choices = [
                CheckInQuestion.Choice(key: "car", names: words), .init(key: "bus", names: LocalizedText("Bus")),
            ]
            $0.visitTypes[0].rules.checkIn = CheckInRule(
                questions: [.init(key: "way", text: words, answer: .choice, choices: choices)],
                documents: [
                    .init(key: "texts", version: 1, names: words, body: LocalizedText("We text."), purpose: .reply)
                ])
        }
        #expect(says(asked, "rules.checkIn.questions[0].choices[1].names.es", "missing"))
        #expect(says(asked, "rules.checkIn.documents[0].body.es", "missing"))
        #expect(asked.count == 2)
        let english = try problems {
            $0.organizations[0].languages = [.english]
            $0.visitTypes[0].names = LocalizedText("Visit")
        }
        #expect(english.isEmpty)
    }

    @Test("a template whose purpose the consent policy never allows is an error")
    func neverAllowed() throws {
        let found = try problems { $0.consentPolicies[0].rules.removeAll { $0.basis == .implied } }
        #expect(says(found, "purpose", "never allows appointment-reminder on sms"))
    }
}
