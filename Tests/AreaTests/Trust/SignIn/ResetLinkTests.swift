import Kernel
import Store
import TestKit
import Testing
import Trust
import Web

@Suite("A link for a new password")
struct ResetLinkTests {
    private static let login = "clinic-manager@clinic.example"
    private static let new = "a new one of my very own"

    private func link(_ world: PageWorld, _ administrator: Visitor, _ id: String) async throws -> String {
        let page = try await administrator.post("/users/\(id)/invitation", [])
        let link = try #require(page.html.firstMatch(of: /id="new-invitation">([^<]+)</)).output.1
        return "/invitations/" + link.split(separator: "/").suffix(1).joined()
    }

    @Test(
        "it is good once; the old password and all sessions end, the second step stays, and nobody is signed in by it",
        arguments: TestStores.engines)
    func once(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let owner = try await world.signIn("clinic-manager")
            let (secret, _) = try await SecondStepTests.setUp(owner, world)
            let administrator = try await world.signIn()
            let id = try await world.user("clinic-manager").text
            let link = try await link(world, administrator, id)
            // Until it is used nothing has changed.
            #expect(try await owner.get("/account/security").status == 200)
            guard case .secondStep = try await world.attempt(Self.login, PageWorld.password) else {
                Issue.record("the password stopped working before the link was used")
                return
            }
            let used = try await world.stranger.post(link, [("password", Self.new), ("again", Self.new)])
            #expect(used.location == "/session")
            #expect(used.cookies.isEmpty, "it signs nobody in")
            #expect(try await owner.get("/account/security").location == "/session", "sessions end")
            guard case .wrong = try await world.attempt(Self.login, PageWorld.password) else {
                Issue.record("the old password still works")
                return
            }
            // The second step is asked for as ever, and the app that made its codes still does.
            let half = try await world.stranger.post("/session", [("login", Self.login), ("password", Self.new)])
            #expect(half.location == "/session/second-step")
            #expect(half.cookie(Server.cookieName) == nil)
            var browser = world.stranger
            browser.more = ["throughline-second-step=\(try #require(half.cookie("throughline-second-step")))"]
            world.clock.advance(by: .seconds(60))
            let code = TOTP.code(secret: secret, counter: TOTP.step(at: world.clock.now()))
            let entered = try await browser.post("/session/second-step", [("code", code)])
            #expect(entered.status == 303)
            #expect(entered.cookie(Server.cookieName) != nil)
            // Used up.
            #expect(try await world.stranger.get(link).status == 404)
            let again = [("password", "another one of my own"), ("again", "another one of my own")]
            #expect(try await world.stranger.post(link, again).status == 404)
            guard case .secondStep = try await world.attempt(Self.login, Self.new) else {
                Issue.record("a used link changed the password once more")
                return
            }
        }
    }

    @Test("it is good for three days, and not for a moment longer", arguments: TestStores.engines)
    func threeDays(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let link = try await link(world, administrator, try await world.user("clinic-manager").text)
            world.clock.advance(by: .hours(72) - .seconds(1))
            #expect(try await world.stranger.get(link).status == 200)
            world.clock.advance(by: .seconds(1))
            #expect(try await world.stranger.get(link).status == 404)
            #expect(try await world.stranger.post(link, [("password", Self.new), ("again", Self.new)]).status == 404)
            guard case .session = try await world.attempt(Self.login, PageWorld.password) else {
                Issue.record("a link that ran out changed something")
                return
            }
        }
    }
}
