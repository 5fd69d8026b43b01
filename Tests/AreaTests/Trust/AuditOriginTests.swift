import Spine
import App
import Kernel
import PeopleAPI
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

/// From where: which address stands on the records of each kind of caller.
@Suite("From where, on the audit trail")
struct AuditOriginTests {
    private struct Record: Sendable {
        let action: String
        let actor: String
        let origin: String
        let remote: String?
    }

    private static func records(_ world: PageWorld) async throws -> [Record] {
        try await world.spine.database.read(world.tenant) { transaction in
            try transaction.rows(
                "SELECT action, actor_kind, origin, remote FROM audit_record WHERE tenant = \(.tenant) ORDER BY id"
            ).map {
                Record(
                    action: try $0["action"], actor: try $0["actor_kind"], origin: try $0["origin"],
                    remote: try $0["remote"])
            }
        }
    }

    /// The records that these steps leave.
    private static func left(
        in world: PageWorld, _ steps: () async throws -> Void
    ) async throws -> [Record] {
        let before = try await records(world).count
        try await steps()
        return Array(try await records(world).dropFirst(before))
    }

    @Test("a session's records and a key's have the address of the request", arguments: TestStores.engines)
    func sessionsAndKeys(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            var officer = try await world.signIn()
            var program = try await KeyedProgram.with(["patient.read", "patient.search"], in: world)
            // The same session from another place: each record tells where it was just then.
            for peer in ["203.0.113.7", "2001:db8::7"] {
                officer.peer = peer
                let looked = try await Self.left(in: world) { () async throws in
                    #expect(try await officer.get("/patients/\(patient.text)").status == 200)
                }
                #expect(!looked.isEmpty)
                #expect(looked.allSatisfy { $0.actor == "user" && $0.remote == peer }, "\(looked)")
            }
            program.peer = "198.51.100.4"
            let asked = try await Self.left(in: world) { () async throws in
                #expect(try await program.get("/api/v1/patients/\(patient.text)").status == 200)
            }
            #expect(!asked.isEmpty)
            #expect(asked.allSatisfy { $0.origin == "api" && $0.remote == "198.51.100.4" }, "\(asked)")
        }
    }

    @Test("who tries to sign in, or confirms that it is them, is recorded with where they are")
    func signIn() async throws {
        try await PageWorld.with(.sqlite) { world in
            let tried = try await Self.left(in: world) { () async throws in
                for (name, password) in [
                    ("administrator", PageWorld.password), ("administrator", "wrong"), ("nobody", "wrong"),
                ] {
                    _ = try await world.attempt("\(name)@clinic.example", password, from: "203.0.113.50")
                }
            }
            #expect(tried.map(\.action) == Array(repeating: "session.begin", count: 3))
            #expect(tried.allSatisfy { $0.remote == "203.0.113.50" })

            var officer = try await world.signIn()
            officer.peer = "203.0.113.51"
            let account = try await Self.left(in: world) { () async throws in
                _ = try await officer.get("/account/security")
                _ = try await officer.post(
                    "/account/password", [("current", "wrong"), ("new", "seven green lanterns at noon")])
            }
            #expect(account.contains { $0.action == "session.confirm" })
            #expect(account.allSatisfy { $0.remote == "203.0.113.51" }, "\(account)")
        }
    }

    @Test("behind a proxy of ours the address is the one it names; of anybody else it is their own")
    func proxies() async throws {
        let trusted = try ["127.0.0.0/8", "::1"].map { try #require(IPAddress.Network($0)) }
        try await PageWorld.with(.sqlite, settings: { $0.trustedProxies = trusted }) { world in
            let patient = try await world.people.register(.maria)
            var officer = try await world.signIn()
            for (peer, forwarded, expected) in [
                ("127.0.0.1", "203.0.113.9", "203.0.113.9"), ("127.0.0.1", "10.9.9.9, 203.0.113.9", "203.0.113.9"),
                ("::1", "2001:DB8:0::9", "2001:db8::9"), ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
                ("127.0.0.1", "' OR 1=1", "127.0.0.1"), ("192.0.2.44", "203.0.113.9", "192.0.2.44"),
                ("2001:db8::44", "127.0.0.1", "2001:db8::44"), ("::ffff:192.0.2.44", "203.0.113.9", "192.0.2.44"),
            ] {
                (officer.peer, officer.forwardedFor) = (peer, forwarded)
                let looked = try await Self.left(in: world) { () async throws in
                    _ = try await officer.get("/patients/\(patient.text)")
                }
                #expect(!looked.isEmpty)
                #expect(looked.allSatisfy { $0.remote == expected }, "\(peer) for \(forwarded): \(looked)")
            }
        }
    }

    @Test("a patient who follows a link is recorded with their address, and is told of nobody's")
    func patients() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            var officer = try await world.signIn()
            officer.peer = "203.0.113.7"
            _ = try await officer.get("/patients/\(patient.text)")
            let made = try await officer.post("/audit/links", [("patient", patient.text), ("days", "30")])
            let link = try #require(made.html.firstMatch(of: /id="new-link">[^<]*(\/who-looked\/[^<]+)</))
            var reader = world.stranger
            reader.peer = "2001:db8::9"
            let (opened, page) = try await Self.leftAndShown(in: world) {
                try await reader.get(String(link.output.1))
            }
            #expect(page.status == 200)
            #expect(page.visible.contains("ooked at your record"))
            #expect(!page.html.contains("203.0.113.7") && !page.html.contains("2001:db8::9"))
            #expect(opened.map(\.action).contains("own-access.read"))
            #expect(opened.allSatisfy { $0.actor == "patient" && $0.remote == "2001:db8::9" }, "\(opened)")
        }
    }

    private static func leftAndShown(
        in world: PageWorld, _ step: () async throws -> Answer
    ) async throws -> ([Record], Answer) {
        let before = try await records(world).count
        let answer = try await step()
        return (Array(try await records(world).dropFirst(before)), answer)
    }

    @Test("what the program does by itself has none")
    func system() async throws {
        try await PageWorld.with(.sqlite) { world in
            // All that setting the practice up and generating people left.
            _ = try await world.platform.generate(patients: 3, seed: 5, tenant: world.tenant)
            let records = try await Self.records(world)
            #expect(!records.isEmpty)
            #expect(records.allSatisfy { $0.actor == "system" && $0.remote == nil })
        }
    }
}
