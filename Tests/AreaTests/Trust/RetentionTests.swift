import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

@Suite("Retention and legal holds")
struct RetentionTests {
    private static func rounds(_ world: PageWorld) -> RetentionRounds {
        RetentionRounds(
            spine: world.spine, definitions: world.platform.definitions, disposal: world.platform.disposal,
            sources: world.platform.installation.retentionSources)
    }

    private static func run(_ world: PageWorld) async throws {
        while try await rounds(world).round(world.tenant) > 0 {}
    }

    private static func count(_ sql: SQL, _ world: PageWorld) async throws -> Int {
        try await world.spine.database.read(world.tenant) { try $0.value(sql) ?? 0 }
    }

    /// Years as the schedule counts them.
    private static func pass(years: Int, _ world: PageWorld) {
        world.clock.set(RetentionRule.years(years, after: world.clock.now()))
    }

    @Test("years are counted by the calendar, and who was a minor waits for coming of age")
    func dates() throws {
        func moment(_ text: String) throws -> Instant {
            Instant(seconds: Int64(try #require(CivilDate(iso: text)).daysSinceEpoch) * 86_400)
        }
        let leap = try moment("2024-02-29") + .hours(5)
        #expect(RetentionRule.years(1, after: leap) == (try moment("2025-03-01")) + .hours(5))
        #expect(RetentionRule.years(4, after: leap) == (try moment("2028-02-29")) + .hours(5))
        #expect(RetentionRule.years(-10, after: try moment("2026-03-02")) == (try moment("2016-03-02")))
        let rule = RetentionDefinition.Rule(
            data: .patientRecords, afterYears: 10, afterMajorityYears: 3, action: .review)
        let last = try moment("2026-05-06")
        for (year, due) in [
            (nil, "2036-05-06"), (1980, "2036-05-06"), (2012, "2036-05-06"), (2020, "2042-01-01"),
            (2026, "2048-01-01"),
        ] as [(Int?, String)] {
            #expect(
                RetentionRule.due(rule, majorityAge: 18, last: last, birthYear: year) == (try moment(due)), "\(due)")
        }
    }

    @Test(
        "a stranger's conversation goes when it is due and nothing in it is open, with a certificate",
        arguments: TestStores.engines)
    func strangers(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await world.people.receive("Do you take new patients?", from: "+13035550199")
            try await world.people.receive("And on Saturdays?", from: "+13035550198")
            world.clock.advance(by: .days(400))
            try await Self.run(world)
            let strangers: SQL = "SELECT COUNT(*) FROM conversation WHERE tenant = \(.tenant) AND patient IS NULL"
            // Somebody still has to answer.
            #expect(try await Self.count(strangers, world) == 2)
            try await world.spine.database.write(world.tenant) { transaction in
                try transaction.send(
                    """
                    UPDATE need SET stage = 'closed', closed_at = opened_at, outcome = 'completed', owner = 7
                    WHERE tenant = \(.tenant)
                    """)
            }
            world.clock.advance(by: .days(1))
            try await Self.run(world)
            #expect(try await Self.count(strangers, world) == 0)
            #expect(try await Self.count("SELECT COUNT(*) FROM message WHERE tenant = \(.tenant)", world) == 0)
            #expect(try await Self.count("SELECT COUNT(*) FROM retention_item WHERE tenant = \(.tenant)", world) == 0)
            let done = try await world.spine.vault(world.tenant).disposals(for: "retention", limit: 10)
            #expect(done.count == 2)
            #expect(done.allSatisfy { $0.certificate != nil })
            let runs = try await Self.count(
                """
                SELECT COUNT(*) FROM system_run WHERE tenant = \(.tenant) AND name = 'retention' AND outcome = 'done'
                """, world)
            #expect(runs >= 1)
            #expect(try await world.platform.verifyDisposals(world.tenant).findings == [])
            let officer = try await world.signIn("privacy-officer")
            let page = try await officer.get("/retention")
            #expect(page.status == 200)
            #expect(page.visible.contains("A conversation"))
            #expect(page.visible.contains("Nothing is due."))
        }
    }

    @Test(
        "a patient's records wait for a person; a hold keeps them until it ends; a visit takes them off the list",
        arguments: TestStores.engines)
    func patients(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let child = try await world.people.register(.named("Mateo", "Delgado"))
            Self.pass(years: 9, world)
            try await Self.run(world)
            let officer = try await world.signIn("privacy-officer")
            #expect(try await officer.get("/retention").visible.contains("Nothing is due."))
            Self.pass(years: 2, world)
            try await Self.run(world)
            let later = try await world.signIn("privacy-officer")
            let list = try await later.get("/retention")
            #expect(list.visible.contains("Waits for you"))
            #expect(list.html.contains("/patients/\(maria.text)"))

            // A hold, by the form; then the decision, which it stops.
            let refused = try await later.post("/legal-holds", [("patient", maria.text), ("matter", "Case 7")])
            #expect(refused.status == 422)
            let placed = try await later.post(
                "/legal-holds", [("patient", maria.text), ("matter", "Case 7"), ("reason", "The court asked.")])
            #expect(placed.status == 303)
            let holds = try await later.get("/legal-holds")
            #expect(holds.visible.contains("Case 7"))
            #expect(holds.visible.contains("Delgado"))
            let items = list.html.matches(of: /\/retention\/([0-9A-Z]{13})\/decision/).map { String($0.output.1) }
            #expect(items.count == 2)
            for item in items {
                #expect(try await later.post("/retention/\(item)/decision", [("decision", "dispose")]).status == 303)
            }
            try await Self.run(world)
            #expect(try await later.get("/patients/\(maria.text)").status == 200)
            #expect(try await later.get("/patients/\(child.text)").status == 404)
            #expect(try await later.get("/retention").visible.contains("Legal hold"))
            let byHand = await faultCode {
                _ = try await world.platform.disposal.dispose(
                    .patient(maria), reason: "request", as: world.people.caller)
            }
            #expect(byHand == "disposal.held")

            let hold = try #require(holds.html.firstMatch(of: /\/legal-holds\/([0-9A-Z]{13})\/release/)).output.1
            #expect(try await later.post("/legal-holds/\(hold)/release", [("note", "")]).status == 422)
            let released = try await later.post("/legal-holds/\(hold)/release", [("note", "The case is closed.")])
            #expect(released.status == 303)
            #expect(try await later.get("/legal-holds").visible.contains("Ended"))
            try await Self.run(world)
            #expect(try await later.get("/patients/\(maria.text)").status == 404)
            let done = try await world.spine.vault(world.tenant).disposals(for: "retention", limit: 10)
            #expect(done.count == 2)
            #expect(try await world.platform.verifyDisposals(world.tenant).findings == [])
        }
    }

    @Test("what a person keeps comes back a year later; a word of the patient takes it off", arguments: [Engine.sqlite])
    func kept(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            Self.pass(years: 11, world)
            try await Self.run(world)
            let officer = try await world.signIn("privacy-officer")
            let list = try await officer.get("/retention")
            let item = try #require(list.html.firstMatch(of: /\/retention\/([0-9A-Z]{13})\/decision/)).output.1
            let kept = try await officer.post("/retention/\(item)/decision", [("decision", "keep"), ("years", "1")])
            #expect(kept.status == 303)
            #expect(try await officer.get("/retention").visible.contains("Nothing is due."))
            let twice = try await officer.post("/retention/\(item)/decision", [("decision", "dispose")])
            #expect(twice.status == 409)
            Self.pass(years: 1, world)
            try await Self.run(world)
            let later = try await world.signIn("privacy-officer")
            #expect(try await later.get("/retention").visible.contains("Waits for you"))
            _ = try await later.post("/retention/\(item)/decision", [("decision", "dispose")])
            try await world.people.receive("Are you still there?", from: "+13035550142")
            try await Self.run(world)
            #expect(try await later.get("/patients/\(maria.text)").status == 200)
            #expect(try await later.get("/retention").visible.contains("Nothing is due."))
        }
    }

    @Test(
        "disposing asks for the password when it was given a while ago, and nothing is done before",
        arguments: TestStores.engines)
    func confirmation(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            Self.pass(years: 11, world)
            try await Self.run(world)
            let officer = try await world.signIn("privacy-officer")
            let list = try await officer.get("/retention")
            #expect(list.html.contains("value=\"dispose\""))
            let item = try #require(list.html.firstMatch(of: /\/retention\/([0-9A-Z]{13})\/decision/)).output.1
            let address = "/retention/\(item)/decision"
            world.clock.advance(by: .minutes(6))
            let asked = try await officer.post(address, [("decision", "dispose"), ("years", "1")])
            #expect(asked.status == 200 && asked.html.contains("confirm-password"))
            let kept = try asked.form(address)
            #expect(kept["decision"] == "dispose")
            let mistyped = try await officer.post(address, kept.with("confirm-password", "not it"))
            #expect(mistyped.status == 422)
            try await Self.run(world)
            #expect(try await officer.get("/patients/\(maria.text)").status == 200)
            #expect(try await officer.get("/retention").visible.contains("Waits for you"))
            let given = try await officer.post(address, kept.with("confirm-password", PageWorld.password))
            #expect(given.status == 303 && given.location == "/retention")
            try await Self.run(world)
            #expect(try await officer.get("/patients/\(maria.text)").status == 404)
        }
    }

    @Test("who may not erase has no button for it and is refused, and may keep all the same")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            Self.pass(years: 11, world)
            try await Self.run(world)
            try await world.changeRole("privacy-officer") { role in
                role.permissions.removeAll { $0 == "subject.dispose" }
            }
            let officer = try await world.signIn("privacy-officer")
            let list = try await officer.get("/retention")
            #expect(list.visible.contains("Waits for you") && !list.html.contains("value=\"dispose\""))
            let item = try #require(list.html.firstMatch(of: /\/retention\/([0-9A-Z]{13})\/decision/)).output.1
            let address = "/retention/\(item)/decision"
            #expect(try await officer.post(address, [("decision", "dispose")]).status == 403)
            try await Self.run(world)
            #expect(try await officer.get("/patients/\(maria.text)").status == 200)
            #expect(try await officer.get("/retention").visible.contains("Waits for you"))
            // Keeping can be undone, so it asks for nothing more, however long ago the password was given.
            world.clock.advance(by: .minutes(6))
            #expect(try await officer.post(address, [("decision", "keep"), ("years", "1")]).status == 303)
        }
    }

    @Test("a schedule is decoded strictly, and what it may not say is told")
    func definition() throws {
        func problems(_ rules: [RetentionDefinition.Rule], age: Int? = nil) -> [String] {
            RetentionDefinition(
                key: "standard", names: LocalizedText("x", spanish: "x"), majorityAge: age, rules: rules
            ).problems().map(\.path)
        }
        #expect(problems([.init(data: .patientRecords, afterYears: 7, action: .dispose)]) == [])
        #expect(problems([]) == ["rules"])
        #expect(problems([.init(data: .patientRecords, afterDays: 7, action: .report)]).count == 3)
        #expect(problems([.init(data: .unknownConversations, afterYears: 1, action: .dispose)]).count == 2)
        #expect(
            problems([.init(data: .auditRecords, afterYears: 5, action: .dispose)]) == [
                "rules[0].afterYears", "rules[0].action",
            ])
        let twice = RetentionDefinition.Rule(data: .auditRecords, afterYears: 6, action: .report)
        #expect(problems([twice, twice]) == ["rules[1]"])
        #expect(problems([twice], age: 12) == ["majorityAge"])
    }
}
