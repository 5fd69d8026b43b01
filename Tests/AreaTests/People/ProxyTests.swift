import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("Proxies")
struct ProxyTests {
    /// Turns twelve on 3 March 2026, the day after the world's first.
    private static var leo: NewPatient {
        var person = NewPatient()
        person.given = ["Leo"]
        person.family = "Delgado"
        person.birthDate = CivilDate(iso: "2014-03-03")
        return person
    }

    private static let parent = [
        ("basis", "parent"), ("access", "full"), ("from", "2020-01-01"), ("name", "Rosa Delgado"),
    ]

    private static func proxy(_ answer: Answer) throws -> String {
        let match = try #require(answer.html.firstMatch(of: /proxies\/([0-9A-Z]{13})\/end/))
        return String(match.output.1)
    }

    private static func sweep(_ world: PageWorld) async throws {
        let sweep = try #require(
            world.platform.capabilities.flatMap(\.recurring).first { $0.name == "proxy-sweep" })
        _ = try await sweep.run(world.spine, world.tenant)
    }

    @Test("a parent is written down, and what they may do is told in both languages", arguments: TestStores.engines)
    func added(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let leo = try await world.people.register(Self.leo)
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let page = "/patients/\(leo.text)/proxies"
            let empty = try await visitor.get(page)
            #expect(empty.visible.contains("Nobody acts for this patient"))
            #expect(empty.html.contains("id=\"proxy-name\" name=\"name\" value=\"\""), "the field begins empty")
            let fields = Self.parent.filter { $0.0 != "name" } + [("person", maria.text)]
            #expect(try await visitor.post(page, fields).status == 303)
            let english = try await visitor.get(page)
            for words in ["Maria Elena Delgado Ruiz", "Parent", "Everything", "From 3 Mar 2026: visits and messages"] {
                #expect(english.visible.contains(words), "\(words)")
            }
            #expect(try await visitor.get(page, .spanish).visible.contains("Madre o padre"))
            // Of her own page she acts for him.
            let hers = try await visitor.get("/patients/\(maria.text)/proxies")
            #expect(hers.visible.contains("This patient acts for"))
            #expect(hers.visible.contains("Leo Delgado"))
            // Nothing of it stands in the clear.
            let sealed = try await world.spine.database.read(world.tenant) { transaction in
                try transaction.rows("SELECT sealed FROM patient_proxy WHERE tenant = \(.tenant)")
                    .map { try $0["sealed"] as [UInt8] }
            }
            #expect(sealed.count == 1)
            #expect(!sealed.contains { $0.firstRange(of: Array("Delgado".utf8)) != nil })
        }
    }

    @Test("a link for a parent leads nowhere from midnight of the birthday on", arguments: TestStores.engines)
    func midnight(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let leo = try await world.people.register(Self.leo)
            let visitor = try await world.signIn()
            let page = "/patients/\(leo.text)/proxies"
            _ = try await visitor.post(page, Self.parent)
            let proxy = try Self.proxy(try await visitor.get(page))
            let made = try await visitor.post(
                "/audit/links", [("patient", leo.text), ("days", "30"), ("proxy", proxy)])
            let link = try #require(made.html.firstMatch(of: /id="new-link">([^<]+)</)).output.1
            let path = String(link[try #require(link.firstRange(of: "/who-looked/")).lowerBound...])
            #expect(try await world.stranger.get(path).status == 200)
            // It is 8:00 in Denver: sixteen hours to midnight.
            world.clock.advance(by: .hours(16) - .seconds(1))
            #expect(try await world.stranger.get(path).status == 200)
            world.clock.advance(by: .seconds(1))
            #expect(try await world.stranger.get(path).status == 404)
            // Staff are told by the sweep, once, and the event says nothing of the birthday.
            try await Self.sweep(world)
            try await Self.sweep(world)
            let bodies = try await world.spine.database.read(world.tenant) { transaction in
                try transaction.rows(
                    "SELECT body FROM event WHERE tenant = \(.tenant) AND kind = 'patient.proxy-changed'"
                ).map { try $0["body"] as String }
            }
            #expect(bodies.count == 1)
            #expect(bodies.allSatisfy { !$0.contains("age") && !$0.contains("2014") })
            let again = try await world.signIn()
            let refused = try await again.post(
                "/audit/links", [("patient", leo.text), ("days", "30"), ("proxy", proxy)])
            #expect(refused.status == 422)
            #expect(refused.visible.contains("This proxy may not see the record today."))
            #expect(try await again.get("/patients/\(leo.text)").visible.contains("What a proxy may do has changed"))
        }
    }

    @Test("custody of today takes effect today, and an end is for ever")
    func custodyAndEnd() async throws {
        try await PageWorld.with(.sqlite) { world in
            let leo = try await world.people.register(Self.leo)
            let visitor = try await world.signIn()
            let page = "/patients/\(leo.text)/proxies"
            _ = try await visitor.post(page, Self.parent)
            let proxy = try Self.proxy(try await visitor.get(page))
            let custody = "\(page)/\(proxy)/custody"
            #expect(try await visitor.post(custody, [("custody", "nonsense"), ("from", "2026-03-02")]).status == 422)
            #expect(try await visitor.post(custody, [("custody", "none"), ("from", "2026-03-02")]).status == 303)
            let after = try await visitor.get(page)
            #expect(after.visible.contains("No custody since 2 Mar 2026"))
            #expect(after.visible.contains("By custody"))
            #expect(try await visitor.post("\(page)/\(proxy)/end", [("reason", "")]).status == 422)
            #expect(try await visitor.post("\(page)/\(proxy)/end", [("reason", "Order of the court")]).status == 303)
            #expect(try await visitor.post("\(page)/\(proxy)/end", [("reason", "Again")]).status == 409)
            #expect(try await visitor.get(page).visible.contains("Has ended"))
        }
    }

    @Test("what cannot be is refused, and a proxy of another patient is not there")
    func refused() async throws {
        try await PageWorld.with(.sqlite) { world in
            let leo = try await world.people.register(Self.leo)
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let page = "/patients/\(leo.text)/proxies"
            let wrong: [(String, [(String, String)])] = [
                ("nobody is named", [("name", "")]), ("no such record", [("person", "0000000000001")]),
                ("oneself", [("person", leo.text)]), ("no day", [("from", "yesterday")]),
                ("ends before", [("until", "2019-01-01")]), ("a guardian without paper", [("basis", "guardian")]),
                ("no such basis", [("basis", "friend")]), ("nothing granted", [("access", "none")]),
                ("no phone", [("phone", "12")]), ("a name without end", [("name", String(repeating: "x", count: 121))]),
            ]
            for (name, fields) in wrong {
                let changed = Set(fields.map(\.0))
                let answer = try await visitor.post(page, Self.parent.filter { !changed.contains($0.0) } + fields)
                #expect(answer.status == 422, "\(name)")
            }
            _ = try await visitor.post(page, Self.parent)
            let proxy = try Self.proxy(try await visitor.get(page))
            let other = "/patients/\(maria.text)/proxies/\(proxy)"
            #expect(try await visitor.post("\(other)/end", [("reason", "Not hers")]).status == 404)
            // Who may not manage proxies sees them and changes nothing.
            let clinician = try await world.signIn("clinic-manager")
            #expect(try await clinician.get(page).status == 200)
            #expect(try await clinician.post(page, Self.parent).status == 403)
        }
    }
}
