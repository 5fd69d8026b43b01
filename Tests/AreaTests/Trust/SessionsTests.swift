import App
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Store
import StudioAPI
import Synchronization
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Sessions")
struct SessionsTests {
    @Test("of several roles the strictest limits count")
    func limits() {
        let names = LocalizedText("Words", spanish: "Palabras")
        let plain = RoleDefinition(key: "a", names: names, permissions: ["a.b"], locationScope: .everywhere)
        let strict = RoleDefinition(
            key: "b", names: names, permissions: ["a.b"], locationScope: .everywhere, requiresSecondStep: true,
            idleMinutes: 5, sessionHours: 20)
        #expect(Sessions.Limits(roles: [plain]).idle == .minutes(15))
        #expect(Sessions.Limits(roles: [plain]).absolute == .hours(12))
        #expect(!Sessions.Limits(roles: [plain]).needsSecondStep)
        let both = Sessions.Limits(roles: [plain, strict])
        #expect(both.idle == .minutes(5))
        #expect(both.absolute == .hours(12))
        #expect(both.needsSecondStep)
    }

    @Test("a session ends after its role's idle time, and what the page asks by itself is no work")
    func idle() async throws {
        try await PageWorld.with(.sqlite) { world in
            try await world.changeRole("clinic-manager") { $0.idleMinutes = 5 }
            let visitor = try await world.signIn("clinic-manager")
            for _ in 0..<4 {
                world.clock.advance(by: .minutes(4))
                #expect(try await visitor.get("/patients").status == 200)
            }
            world.clock.advance(by: .minutes(3))
            #expect(try await visitor.get("/inbox", live: true).status == 200)
            world.clock.advance(by: .minutes(3))
            #expect(try await visitor.get("/patients").location == "/session")
        }
    }

    @Test("a session ends after its role's hours, however much is done in it")
    func absolute() async throws {
        try await PageWorld.with(.sqlite) { world in
            try await world.changeRole("clinic-manager") { $0.sessionHours = 1 }
            let visitor = try await world.signIn("clinic-manager")
            for _ in 0..<5 {
                world.clock.advance(by: .minutes(11))
                #expect(try await visitor.get("/patients").status == 200)
            }
            world.clock.advance(by: .minutes(6))
            #expect(try await visitor.get("/patients").location == "/session")
        }
    }

    @Test(
        "a session goes on when the clock is set back by what nodes may be apart, and ends beyond it",
        arguments: TestStores.engines)
    func setBack(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visitor = try await world.signIn()
            #expect(try await visitor.get("/patients").status == 200)
            world.clock.advance(by: Duration.zero - Sessions.largestSkew)
            #expect(try await visitor.get("/patients").status == 200)
            world.clock.advance(by: .milliseconds(-1))
            let ended = try await visitor.get("/patients")
            #expect(ended.status == 303 && ended.location == "/session")
            // Another node, which has just begun to look, finds the same.
            let other = Gatekeeper(spine: world.spine, definitions: world.platform.definitions)
            #expect(try await other.signedIn(cookie: visitor.cookie, request: world.origin()) == nil)
            world.clock.advance(by: .milliseconds(1))
            #expect(try await other.signedIn(cookie: visitor.cookie, request: world.origin()) != nil)
        }
    }

    @Test("one's devices are listed, and each can be signed out from another", arguments: TestStores.engines)
    func devices(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let here = try await world.signIn()
            let there = try await world.signIn()
            let manager = try await world.signIn("clinic-manager")
            let page = try await here.get("/account/security")
            #expect(page.visible.contains("Firefox, Linux"))
            let ends = page.html.matches(of: /action="(\/account\/sessions\/[0-9A-Z]+\/ending)"/).map(\.output.1)
            #expect(ends.count == 1)
            // Somebody else's session is not there, for whoever knows its address.
            #expect(try await manager.post(String(ends[0]), []).status == 404)
            #expect(try await here.post(String(ends[0]), []).status == 303)
            #expect(try await there.get("/").location == "/session")
            #expect(try await here.get("/").status == 200)
            let third = try await world.signIn()
            #expect(try await here.post("/account/sessions/ending", []).status == 303)
            #expect(try await third.get("/").location == "/session")
            #expect(try await manager.get("/").status == 200)
        }
    }

    @Test("a new password signs out every other device, and the old one is no good", arguments: TestStores.engines)
    func password(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let here = try await world.signIn()
            let there = try await world.signIn()
            let send = { (current: String, new: String) in
                try await here.post("/account/password", [("current", current), ("new", new)])
            }
            #expect(try await send("not it at all", "a new password indeed").status == 422)
            #expect(try await send(PageWorld.password, "short").status == 422)
            #expect(try await send(PageWorld.password, "administrator@clinic.example").status == 422)
            #expect(try await there.get("/").status == 200)
            #expect(try await send(PageWorld.password, "a new password indeed").status == 303)
            #expect(try await there.get("/").location == "/session")
            #expect(try await here.get("/").status == 200)
            guard case .wrong = try await world.attempt("administrator@clinic.example", PageWorld.password),
                case .session = try await world.attempt("administrator@clinic.example", "a new password indeed")
            else {
                Issue.record("the wrong password signs in")
                return
            }
        }
    }

    // MARK: Taking access away

    @Test(
        "access that is taken away is gone at once on pages, and ends streams", .timeLimit(.minutes(30)),
        arguments: TestStores.engines)
    func removal(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let id = try await world.user("clinic-manager")
            for act in ["sessions/ending", "suspension"] {
                let manager = try await world.signIn("clinic-manager")
                let stream = try await LiveStream(manager)
                #expect(try await manager.get("/patients").status == 200)
                // Another node has just looked.
                let other = Gatekeeper(spine: world.spine, definitions: world.platform.definitions)
                let origin = world.origin()
                #expect(try await other.signedIn(cookie: manager.cookie, request: origin) != nil)
                try await stream.begun()
                #expect(try await administrator.post("/users/\(id.text)/\(act)", []).status == 303)
                #expect(try await manager.get("/patients").location == "/session")
                let told = await stream.ended()
                #expect(told.contains("event: ended"))
                world.clock.advance(by: .milliseconds(600))
                #expect(try await other.signedIn(cookie: manager.cookie, request: origin) == nil)
            }
            guard case .wrong = try await world.attempt("clinic-manager@clinic.example", PageWorld.password) else {
                Issue.record("somebody whose access was taken away signs in")
                return
            }
            #expect(try await administrator.post("/users/\(id.text)/restoration", []).status == 303)
            _ = try await world.signIn("clinic-manager")
        }
    }

    /// What a second is at most while all other tests run beside it. The system tests look at the second itself.
    private static let busy = Duration.seconds(60)

    @Test(
        "a tie that is noted, and a part in the care that is given or taken, end streams that began before",
        .timeLimit(.minutes(30)), arguments: TestStores.engines)
    func ties(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn("privacy-officer")
            let administrator = try await world.signIn()
            let tie = [("user", try await world.user("clinic-manager").text), ("patient", patient.text)]
            let manager = try await LiveStream(try await world.signIn("clinic-manager"))
            try await manager.begun()
            let noted = try await officer.post("/audit/signals/ties", tie + [("kind", "own")])
            #expect(noted.status == 303)
            let since = ContinuousClock.now
            // The session goes on: the browser connects again.
            #expect(!(await manager.ended()).contains("event: ended"))
            #expect(since.duration(to: .now) < Self.busy, "the stream goes on")
            try await world.changeRole("clinician") { $0.relationship = .required }
            world.clock.advance(by: .seconds(1))
            let stream = try await LiveStream(try await world.signIn("clinician"))
            try await stream.begun()
            let given = try await administrator.post(
                "/users/practitioners",
                [("user", try await world.user("clinician").text), ("practitioner", "elena-alvarez")])
            #expect(given.status == 303)
            let started = ContinuousClock.now
            #expect(!(await stream.ended()).contains("event: ended"))
            #expect(started.duration(to: .now) < Self.busy, "the stream goes on")
        }
    }

    @Test("a key that is revoked is gone within a second on every node", arguments: TestStores.engines)
    func keys(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let made = try await administrator.post("/keys", [("name", "Import"), ("role", "administrator")])
            let key = String(try #require(made.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1)
            let other = Gatekeeper(spine: world.spine, definitions: world.platform.definitions)
            for gatekeeper in [world.platform.gatekeeper, other] {
                #expect(try await gatekeeper.caller(bearer: key, request: world.origin()) != nil)
            }
            let revoke = try #require(made.html.firstMatch(of: /action="(\/keys\/[0-9A-Z]+\/revocation)"/)).output.1
            #expect(try await administrator.post(String(revoke), []).status == 303)
            #expect(try await world.platform.gatekeeper.caller(bearer: key, request: world.origin()) == nil)
            world.clock.advance(by: .milliseconds(600))
            #expect(try await other.caller(bearer: key, request: world.origin()) == nil)
        }
    }

    @Test("nobody takes away their own access, and who does not exist has none to take")
    func refusals() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let own = try await world.user("administrator")
            let refused = try await administrator.post("/users/\(own.text)/suspension", [])
            #expect(refused.status == 422)
            #expect(refused.visible.contains("You cannot change your own access. Ask another administrator."))
            #expect(try await administrator.get("/users/\(own.text)").status == 200)
            #expect(try await administrator.post("/users/0000000000001/suspension", []).status == 404)
            #expect(try await administrator.get("/users/0000000000001").status == 404)
            let manager = try await world.signIn("clinic-manager")
            #expect(try await manager.post("/users/\(own.text)/suspension", []).status == 403)
        }
    }

    // MARK: Confirming

    @Test("keys and new people need a password given within five minutes, and lose nothing that was typed")
    func confirmation() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let person = [("name", "Berta Lopez"), ("email", "berta@clinic.example"), ("role", "administrator")]
            world.clock.advance(by: .minutes(6))
            for (page, fields) in [("/users", person), ("/keys", [("name", "Import"), ("role", "administrator")])] {
                let asked = try await administrator.post(page, fields)
                #expect(asked.status == 200)
                let form = try asked.form(page)
                for (name, value) in fields { #expect(form[name] == value) }
                #expect(!asked.html.contains("new-invitation"))
                #expect(try await administrator.post(page, form.with("confirm-password", "no")).status == 422)
                let done = try await administrator.post(page, form.with("confirm-password", PageWorld.password))
                #expect(done.status == 200)
                #expect(done.html.contains(page == "/users" ? "id=\"new-invitation\"" : "id=\"new-key\""))
                world.clock.advance(by: .minutes(6))
            }
            let again = try await administrator.post(
                "/users", person.with("email", "not an address") + [("confirm-password", PageWorld.password)])
            #expect(again.status == 422)
            #expect(again.html.contains("not an address"))
        }
    }

    @Test(
        "somebody who was added chooses a password by a link, once and within three days",
        arguments: TestStores.engines)
    func newcomer(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let person = [("name", "Berta Lopez"), ("email", "berta@clinic.example"), ("role", "access-agent")]
            let made = try await administrator.post("/users", person)
            let link = try #require(made.html.firstMatch(of: /id="new-invitation">([^<]+)</)).output.1
            let address = "/invitations/" + link.split(separator: "/").suffix(1).joined()
            #expect(!made.html.contains("new-password"), "nobody but its owner sees a password")
            // Until one is chosen nothing signs in: neither the token nor what stands in place of a hash.
            for guess in ["", "none", String(address.dropFirst("/invitations/".count))] {
                guard case .wrong = try await world.attempt("berta@clinic.example", guess) else {
                    Issue.record("somebody signed in before a password was chosen")
                    return
                }
            }
            let password = "four slow boats at noon"
            let set = [("password", password), ("again", password)]
            #expect(try await world.stranger.post(address, set).location == "/session")
            #expect(try await world.stranger.post(address, set).status == 404)
            guard case .session = try await world.attempt("berta@clinic.example", password) else {
                Issue.record("the password is not right")
                return
            }
            let twice = try await administrator.post("/users", person)
            #expect(twice.status == 422)
            #expect(twice.visible.contains("Somebody with this address is already here."))
            let late = try await administrator.post("/users", person.with("email", "late@clinic.example"))
            let stale = try #require(late.html.firstMatch(of: /id="new-invitation">([^<]+)</)).output.1
            world.clock.advance(by: .hours(72))
            let gone = "/invitations/" + stale.split(separator: "/").suffix(1).joined()
            #expect(try await world.stranger.get(gone).status == 404)
        }
    }
}

/// A live stream that is read until its server ends it.
final class LiveStream: Sendable {
    private let text: Text
    private let task: Task<Void, any Error>

    init(_ visitor: Visitor, _ target: String = "/live") async throws {
        let response = try await visitor.open(target)
        let text = Text()
        self.text = text
        task = Task { try await response.body.write(Writer(text: text)) }
    }

    /// When the stream has been looked after once.
    func begun() async throws {
        while !text.value.contains("event: change") { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// What was told once it holds a text; what there is when it does not come within five seconds.
    func told(holding wanted: String) async throws -> String {
        for _ in 0..<500 where !text.value.contains(wanted) { try await Task.sleep(for: .milliseconds(10)) }
        return text.value
    }

    func stop() { task.cancel() }

    /// What was told until the end; what was told so far when there is none within five seconds.
    func ended() async -> String {
        let limit = Task { [task] in
            try await Task.sleep(for: .seconds(5))
            task.cancel()
        }
        _ = await task.result
        limit.cancel()
        return text.value
    }

    private final class Text: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func add(_ buffer: ByteBuffer) { bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) } }
        var value: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    private struct Writer: ResponseBodyWriter {
        let text: Text
        mutating func write(_ buffer: ByteBuffer) async throws { text.add(buffer) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
