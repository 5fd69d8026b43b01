import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import TestKit
import StudioAPI
import Testing
import Trust
import Vault
import Web

@Suite("The audit viewer")
struct AuditPagesTests {
    private static func look(
        at patient: ID<Patient>?, _ action: String = "patient.read", purpose: Purpose = .operations,
        outcome: AuditEntry.Outcome = .permitted, set: [ID<Patient>] = [], origin: String = "console",
        from remote: String? = nil
    ) -> AuditEntry {
        AuditEntry(
            actor: .user(ID(raw: 71)), action: action, purpose: purpose, outcome: outcome,
            subject: patient.map(DataSubject.patient), subjects: set.map(DataSubject.patient), correlation: 5,
            origin: origin, remote: remote)
    }

    private static func stamps(_ answer: Answer) -> [String] {
        answer.html.matches(of: /<time datetime="([^"]+)"/).map { String($0.output.1) }
    }

    private static func rows(_ answer: Answer) -> Int { answer.html.matches(of: /<tr><td><time/).count }

    @Test("each filter leaves exactly its lines", arguments: TestStores.engines)
    func filters(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let ana: ID<Patient> = ID(raw: 4001)
            let ben: ID<Patient> = ID(raw: 4002)
            let entries = [
                Self.look(at: ana), Self.look(at: ben), Self.look(at: nil, set: [ana, ben]),
                Self.look(at: ben, outcome: .denied), Self.look(at: ana, "SendReply", purpose: .treatment),
                Self.look(at: ana, "patient.search", purpose: .payment, origin: "webhook"),
                Self.look(at: nil, "SendReply", from: "10.1.2.3"), Self.look(at: nil, from: "2001:db8::7"),
            ]
            for entry in entries { try await world.spine.audit.record([entry], tenant: world.tenant) }
            let officer = try await world.signIn()
            let user = "actor=\(ID<User>(raw: 71).text)"
            for (query, count) in [
                (user, 8), ("\(user)&patient=\(ana.text)", 4), ("\(user)&patient=\(ben.text)", 3),
                ("\(user)&outcome=denied", 1), ("\(user)&purpose=TREAT", 1), ("\(user)&origin=webhook", 1),
                ("\(user)&act=read", 5), ("\(user)&act=write", 2), ("\(user)&act=patient.search", 1),
                ("\(user)&from=2026-03-02&to=2026-03-02", 8), ("\(user)&to=2026-03-01", 0),
                ("\(user)&patient=\(ID<Patient>(raw: 4003).text)", 0),
                // An address is found however it is written, and is never part of another.
                ("remote=10.1.2.3", 1), ("remote=::ffff:10.1.2.3", 1), ("remote=10.1.2.3&act=read", 0),
                ("remote=2001:DB8:0:0::7", 1), ("remote=10.1.2.30", 0), ("remote=10.1.2.2", 0),
                // What names nothing is as if it were not there.
                ("\(user)&outcome=nonsense&purpose=X&origin=%27&act=no.such&remote=10.1", 8),
            ] {
                let answer = try await officer.get("/audit?\(query)")
                #expect(answer.status == 200)
                #expect(Self.rows(answer) == count, "\(query)")
            }
        }
    }

    @Test("a line shows where it was done and leads to all that was done from there; files tell it too")
    func addresses() async throws {
        try await PageWorld.with(.sqlite) { world in
            try await world.spine.audit.record(
                [Self.look(at: nil, from: "10.1.2.3"), Self.look(at: nil, from: "2001:db8::7"), Self.look(at: nil)],
                tenant: world.tenant)
            let officer = try await world.signIn()
            let user = "actor=\(ID<User>(raw: 71).text)"
            for language in Language.allCases {
                let page = try await officer.get("/audit?\(user)&remote=10.1.2.3", language)
                #expect(Self.rows(page) == 1)
                #expect(page.html.contains("<a class=\"mono\" href=\"/audit?remote=10.1.2.3\">10.1.2.3</a>"))
                // Kept in the field, and by what is made of the choice.
                #expect(page.html.contains("name=\"remote\" value=\"10.1.2.3\""))
                #expect(page.html.matches(of: /href="\/audit\/export\?[^"]*remote=10\.1\.2\.3/).count == 2)
            }
            let all = try await officer.get("/audit?\(user)")
            let links = all.html.matches(of: /href="(\/audit\?remote=[^"]+)"/).map { String($0.output.1) }
            #expect(links.count == 2)
            for link in links { #expect(Self.rows(try await officer.get(link)) == 1, "\(link)") }

            let ndjson = try await officer.get("/audit/export?format=ndjson&\(user)")
            let told = try ndjson.html.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8))["remote"] }
            #expect(told.map { $0?.string } == [nil, "2001:db8::7", "10.1.2.3"])
            let csv = try await officer.get("/audit/export?format=csv&\(user)&remote=10.1.2.3")
            let lines = csv.html.split(separator: "\r\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            let column = try #require(lines.first?.firstIndex(of: "remote"))
            #expect(lines.dropFirst().map { $0[column] } == ["10.1.2.3"])
        }
    }

    @Test("pages follow one another without a gap or a repeat, with the filter kept", arguments: TestStores.engines)
    func pages(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let ana: ID<Patient> = ID(raw: 4001)
            for _ in 0..<125 {
                world.clock.advance(by: .seconds(1))
                try await world.spine.audit.record([Self.look(at: ana)], tenant: world.tenant)
            }
            let officer = try await world.signIn()
            var address = "/audit?patient=\(ana.text)&act=patient.read"
            var stamps: [String] = []
            for expected in [50, 50, 25] {
                let answer = try await officer.get(address)
                #expect(Self.rows(answer) == expected)
                stamps += Self.stamps(answer)
                let next = answer.html.firstMatch(of: /href="(\/audit\?[^"]*before=[^"]+)"/)
                #expect((next == nil) == (expected == 25))
                address = next.map { String($0.output.1).replacing("&amp;", with: "&") } ?? address
            }
            #expect(stamps.count == 125)
            #expect(stamps == Set(stamps).sorted(by: >))
            let foreign = try await officer.get("/audit?before=AAAA")
            #expect(foreign.status == 400 || foreign.status == 422)
        }
    }

    @Test(
        "a file of the trail holds every line that matches, piece by piece, and making it is on the trail",
        arguments: TestStores.engines)
    func export(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let ana: ID<Patient> = ID(raw: 4001)
            let entries = (0..<1_203).map { number in
                Self.look(at: ana, number % 3 == 0 ? "message.read" : "patient.read")
            }
            // A record's id is its own; equal entries are several records.
            try await world.spine.audit.record(entries, tenant: world.tenant)
            let officer = try await world.signIn()
            let csv = try await officer.get("/audit/export?format=csv&patient=\(ana.text)")
            #expect(csv.status == 200)
            let lines = csv.html.split(separator: "\r\n")
            #expect(lines.count == 1_204)
            #expect(lines.first?.hasPrefix("id,at,actor_kind,") == true)
            #expect(Set(lines).count == 1_204)
            #expect(lines.dropFirst().allSatisfy { $0.contains(ana.text) })

            let ndjson = try await officer.get("/audit/export?format=ndjson&patient=\(ana.text)&act=message.read")
            let objects = try ndjson.html.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
            #expect(objects.count == 401)
            #expect(objects.allSatisfy { $0["subject"]?.string == ana.text && $0["action"]?.string == "message.read" })
            #expect(objects.first?["said"]?.string?.contains("read messages, Patient \(ana.text)") == true)

            let nothing = try await officer.get("/audit/export?format=ndjson&to=2020-01-01")
            #expect(nothing.status == 200)
            #expect(nothing.html == "")
            let unknown = try await officer.get("/audit/export?format=pdf")
            #expect(unknown.status == 400 || unknown.status == 422)

            let noted = try await officer.get("/audit?act=audit.export")
            #expect(Self.rows(noted) == 3)
            let manager = try await world.signIn("clinic-manager")
            #expect(try await manager.get("/audit/export?format=csv").status == 403)
        }
    }

    @Test(
        "who loses access while a file is under way gets no further piece, and a file that is broken off",
        arguments: TestStores.engines)
    func takenAway(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let ana: ID<Patient> = ID(raw: 4001)
            try await world.spine.audit.record((0..<1_203).map { _ in Self.look(at: ana) }, tenant: world.tenant)
            let administrator = try await world.signIn()
            let user = try await world.user("privacy-officer").text
            let acts: [(name: String, role: String, act: @Sendable () async throws -> Void)] = [
                ("nothing", "privacy-officer", {}),
                (
                    "signed out", "privacy-officer",
                    { try await Self.post("/users/\(user)/sessions/ending", administrator) }
                ),
                (
                    "without the right", "administrator",
                    {
                        try await world.changeRole("administrator") { role in
                            role.permissions.removeAll { $0 == "audit.read" }
                        }
                    }
                ),
                (
                    "suspended", "privacy-officer",
                    { try await Self.post("/users/\(user)/suspension", administrator) }
                ),
            ]
            for (name, role, act) in acts {
                let target = "/audit/export?format=ndjson&patient=\(ana.text)&act=patient.read"
                let response = try await world.signIn(role).open(target)
                let (bytes, error) = await response.collected(first: act)
                let lines = bytes.count { $0 == UInt8(ascii: "\n") }
                #expect(lines == (name == "nothing" ? 1_203 : 500), "\(name)")
                #expect((error as? Fault)?.code == (name == "nothing" ? nil : "audit.export-ended"), "\(name)")
            }
        }
    }

    private static func post(_ target: String, _ visitor: Visitor) async throws {
        #expect(try await visitor.post(target, []).status == 303, "\(target)")
    }

    @Test("a name that a spreadsheet would run is made a text")
    func formula() async throws {
        try await PageWorld.with(.sqlite) { world in
            let hash = "no password at all"
            let users = world.people.caller
            let id = try await world.spine.perform(
                AddUser(
                    email: "x@clinic.example", displayName: "=HYPERLINK(\"x\")", roles: ["administrator"],
                    locations: nil, passwordHash: hash), as: users)
            try await world.spine.audit.record(
                [
                    AuditEntry(
                        actor: .user(ID(raw: id)), action: "patient.read", purpose: .treatment, outcome: .permitted,
                        correlation: 1, origin: "console")
                ], tenant: world.tenant)
            let officer = try await world.signIn()
            let csv = try await officer.get("/audit/export?format=csv&actor=\(ID<User>(raw: id).text)")
            #expect(csv.html.contains("\"'=HYPERLINK(\"\"x\"\")\""))
            #expect(!csv.html.contains(",=HYPERLINK"))
        }
    }
}
