import App
import Kernel
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("The second step of signing in")
struct SecondStepTests {
    private static let login = "administrator@clinic.example"

    /// Turns it on by its pages, as a person would.
    static func setUp(_ visitor: Visitor, _ world: PageWorld) async throws -> (secret: [UInt8], codes: [String]) {
        let page = try await visitor.get("/account/second-step")
        #expect(page.status == 200)
        let match = try #require(page.html.firstMatch(of: /id="app-secret"[^>]*>([A-Z2-7 ]+)</))
        let secret = try #require(decoded(match.output.1.filter { $0 != " " }))
        #expect(secret.count == 20)
        let form = try page.form("/account/second-step")
        let wrong = try await visitor.post("/account/second-step", form.with("code", "000000"))
        #expect(wrong.status == 422)
        #expect(try wrong.form("/account/second-step")["token"] != nil)
        let code = TOTP.code(secret: secret, counter: TOTP.step(at: world.clock.now()))
        let shown = try await visitor.post("/account/second-step", form.with("code", code))
        #expect(shown.status == 200)
        let codes = shown.html.matches(of: /<li><code class="mono">([^<]+)</).map { String($0.output.1) }
        #expect(codes.count == 10)
        return (secret, codes)
    }

    private static func decoded(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var bits = ""
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            let digits = String(value, radix: 2)
            bits += String(repeating: "0", count: 5 - digits.count) + digits
        }
        return stride(from: 0, to: bits.count - 7, by: 8).compactMap {
            UInt8(bits.dropFirst($0).prefix(8), radix: 2)
        }
    }

    /// The browser after the password, with the cookie of the second step.
    private func half(_ world: PageWorld, password: String = PageWorld.password) async throws -> Visitor {
        let answer = try await world.stranger.post("/session", [("login", Self.login), ("password", password)])
        #expect(answer.status == 303)
        #expect(answer.location == "/session/second-step")
        #expect(answer.cookie(Server.cookieName) == nil)
        var visitor = world.stranger
        visitor.more = ["throughline-second-step=\(try #require(answer.cookie("throughline-second-step")))"]
        return visitor
    }

    private func enter(_ visitor: Visitor, _ code: String) async throws -> Answer {
        try await visitor.post("/session/second-step", [("code", code), ("return", "/patients")])
    }

    @Test("with an app: the code is asked for, and each counts once", arguments: TestStores.engines)
    func app(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let other = try await world.signIn()
            let visitor = try await world.signIn()
            let (secret, _) = try await Self.setUp(visitor, world)
            world.clock.advance(by: .seconds(1))
            #expect(try await visitor.get("/account/security").status == 200)
            #expect(try await other.get("/patients").location == "/session", "other devices are signed out")

            let half = try await half(world)
            #expect(try await half.get("/session/second-step").status == 200)
            #expect(try await half.get("/patients").location == "/session", "a password alone opens nothing")
            let used = TOTP.code(secret: secret, counter: TOTP.step(at: world.clock.now()))
            #expect(try await enter(half, used).status == 422, "the code that turned it on is used up")
            world.clock.advance(by: .seconds(60))
            let code = TOTP.code(secret: secret, counter: TOTP.step(at: world.clock.now()))
            let entered = try await enter(half, code)
            #expect(entered.status == 303)
            #expect(entered.location == "/patients")
            let cookie = try #require(entered.cookie(Server.cookieName))
            #expect(try await world.visitor(cookie).get("/patients").status == 200)
            #expect(try await enter(half, code).status == 422, "no code counts twice")
            world.clock.advance(by: .minutes(5))
            #expect(try await enter(half, code).location == "/session", "the password was too long ago")
        }
    }

    @Test("with a recovery code, once each, however it is typed", arguments: TestStores.engines)
    func recovery(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visitor = try await world.signIn()
            let (_, codes) = try await Self.setUp(visitor, world)
            let half = try await half(world)
            let typed = codes[0].lowercased().replacing("-", with: " ")
            let entered = try await enter(half, typed)
            #expect(entered.status == 303)
            #expect(try await enter(half, codes[0]).status == 422)
            let inside = try await world.visitor(try #require(entered.cookie(Server.cookieName)))
            #expect(try await inside.get("/account/security").visible.contains("9 recovery codes are left."))
            // New ones make the old void.
            let shown = try await inside.post("/account/second-step/codes", [])
            #expect(shown.status == 200)
            #expect(try await enter(half, codes[1]).status == 422)
            let fresh = try #require(shown.html.firstMatch(of: /<li><code class="mono">([^<]+)</)).output.1
            #expect(try await enter(half, String(fresh)).status == 303)
        }
    }

    @Test("a code that comes twice at the same moment lets one in", arguments: TestStores.engines)
    func race(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visitor = try await world.signIn()
            let (secret, codes) = try await Self.setUp(visitor, world)
            world.clock.advance(by: .seconds(60))
            let answer = try await world.attempt(Self.login, PageWorld.password)
            guard case .secondStep(let token) = answer else {
                Issue.record("\(answer)")
                return
            }
            for code in [TOTP.code(secret: secret, counter: TOTP.step(at: world.clock.now())), codes[2]] {
                let entered = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let answer = try await world.platform.gatekeeper.secondStep(
                                token: token, code: code, request: world.origin())
                            if case .session = answer { return 1 }
                            return 0
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(entered == 1)
            }
        }
    }

    @Test("guessing codes waits like guessing passwords, and a right password does not start it anew")
    func guessing() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            _ = try await Self.setUp(visitor, world)
            for round in 0..<5 {
                let half = try await half(world)
                #expect(try await enter(half, "00000\(round)").status == 422)
            }
            let answer = try await world.stranger.post(
                "/session", [("login", Self.login), ("password", PageWorld.password)])
            #expect(answer.status == 429)
        }
    }

    @Test("the app's secret is sealed and no code stands anywhere as it is")
    func sealed() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            let (secret, codes) = try await Self.setUp(visitor, world)
            let rows = try await world.spine.database.read(world.tenant) { transaction in
                try transaction.rows("SELECT sealed FROM user_authenticator WHERE tenant = \(.tenant)")
                    .map { try $0["sealed"] as [UInt8] }
                    + transaction.rows("SELECT hash FROM user_recovery_code WHERE tenant = \(.tenant)")
                    .map { try $0["hash"] as [UInt8] }
            }
            #expect(rows.count == 11)
            let plain = [secret] + codes.map { Array(SecondStep.plain($0).utf8) }
            for row in rows {
                let text = Hex.encode(row)
                #expect(!plain.contains { text.contains(Hex.encode($0)) })
            }
        }
    }

    @Test("turning it off asks who it is first, and then the password is enough again")
    func off() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            _ = try await Self.setUp(visitor, world)
            world.clock.advance(by: .minutes(6))
            let asked = try await visitor.post("/account/second-step/removal", [])
            #expect(asked.status == 200)
            let form = try asked.form("/account/second-step/removal")
            let wrong = try await visitor.post(
                "/account/second-step/removal", form.with("confirm-password", "not it"))
            #expect(wrong.status == 422)
            let done = try await visitor.post(
                "/account/second-step/removal", form.with("confirm-password", PageWorld.password))
            #expect(done.status == 303)
            guard case .session = try await world.attempt(Self.login, PageWorld.password) else {
                Issue.record("a second step is still asked for")
                return
            }
        }
    }

    @Test("who has a role that needs it sets it up before anything else", arguments: TestStores.engines)
    func required(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let early = try await world.signIn("clinic-manager")
            try await world.changeRole("clinic-manager") { $0.requiresSecondStep = true }
            world.clock.advance(by: .seconds(1))
            for page in ["/", "/patients", "/account/security", "/live"] {
                #expect(try await early.get(page).location == "/account/second-step", "\(page)")
            }
            let answer = try await world.attempt("clinic-manager@clinic.example", PageWorld.password)
            guard case .session(let token) = answer else {
                Issue.record("\(answer)")
                return
            }
            let visitor = try await world.visitor(token, page: "/account/second-step")
            #expect(try await visitor.post("/keys", []).location == "/account/second-step")
            _ = try await Self.setUp(visitor, world)
            world.clock.advance(by: .seconds(1))
            #expect(try await visitor.get("/patients").status == 200)
            let refused = try await visitor.post("/account/second-step/removal", [])
            #expect(refused.status == 409)
            #expect(try await early.get("/").location == "/session")
        }
    }
}
