import App
import Foundation
import JSON
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

@Suite("Passkeys")
struct PasskeyTests {
    private static let base = "/account/second-step/passkeys"

    private static func with(
        _ engine: Engine, _ body: @escaping (PageWorld) async throws -> Void
    ) async throws {
        try await PageWorld.with(engine, settings: { $0.publicBase = SoftPasskey.base }, body)
    }

    /// The options in a page's form: the challenge, and the person's handle when a passkey is to be made.
    private static func options(_ answer: Answer) throws -> (challenge: [UInt8], handle: [UInt8]?, JSONValue) {
        let found = try #require(answer.html.firstMatch(of: /data-options="([^"]*)"/)).output.1
        let value = try JSONValue(parsing: String(found).replacing("&quot;", with: "\""))
        return (
            try #require(value["challenge"]?.string.flatMap { Base64URL.decode($0) }),
            value["user"]?["id"]?.string.flatMap { Base64URL.decode($0) }, value
        )
    }

    /// Adds a passkey by its page; gives the handle its person is known by.
    @discardableResult
    private static func add(
        _ passkey: SoftPasskey, _ visitor: Visitor, name: String = "Key ring"
    ) async throws
        -> [UInt8]
    {
        let (challenge, handle, _) = try options(try await visitor.get(base))
        let answer = try await visitor.post(base, [("name", name), ("credential", try passkey.created(challenge))])
        #expect(answer.location == "/account/security?done=passkey.added")
        return try #require(handle)
    }

    /// A browser that was given a challenge to sign in with.
    private static func begun(_ visitor: Visitor) async throws -> (visitor: Visitor, challenge: [UInt8]) {
        let answer = try await visitor.post("/session/passkey/challenge", [])
        #expect(answer.status == 200)
        let value = try JSONValue(parsing: answer.html)
        #expect(value["rpId"]?.string == "clinic.example")
        #expect(value["userVerification"]?.string == "required")
        #expect(value["allowCredentials"]?.array?.isEmpty == true, "a browser is not told who has passkeys")
        var visitor = visitor
        visitor.more = ["throughline-sign-in=\(try #require(answer.cookie("throughline-sign-in")))"]
        return (visitor, try #require(value["challenge"]?.string.flatMap { Base64URL.decode($0) }))
    }

    private static func enter(_ visitor: Visitor, _ field: String) async throws -> Answer {
        try await visitor.post("/session/passkey", [("credential", field), ("return", "/patients")])
    }

    private static func events(_ world: PageWorld) async throws -> [String] {
        try await world.spine.database.read(world.tenant) { transaction in
            try transaction.rows("SELECT kind FROM event WHERE tenant = \(.tenant)").map { try $0["kind"] as String }
        }
    }

    @Test(
        "a passkey is added, signs in without a name, confirms, is renamed and removed", arguments: TestStores.engines)
    func whole(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            #expect(try await visitor.get("/account/security").visible.contains("You have no passkey yet."))
            var passkey = try SoftPasskey()
            passkey.count = 1
            let handle = try await Self.add(passkey, visitor)

            let (browser, challenge) = try await Self.begun(world.stranger)
            passkey.count = 2
            let entered = try await Self.enter(browser, try passkey.used(challenge, handle: handle))
            #expect(entered.location == "/patients")
            let inside = try await world.visitor(try #require(entered.cookie(Server.cookieName)))
            let page = try await inside.get("/account/security")
            #expect(page.visible.contains("Key ring"))
            let address = try #require(page.html.firstMatch(of: /action="([^"]*)\/removal"/)).output.1

            // Six minutes later who it is has to be shown once more.
            world.clock.advance(by: .minutes(6))
            let asked = try await inside.post("\(address)/removal", [])
            #expect(asked.status == 200)
            let (question, _, options) = try Self.options(asked)
            #expect(options["allowCredentials"]?.array?.count == 1)
            passkey.count = 3
            passkey.flipsSignature = true
            let wrong = try await inside.post(
                "\(address)/removal", [("confirm-passkey", try passkey.used(question, handle: nil))])
            #expect(wrong.status == 422)
            #expect(wrong.visible.contains("That passkey did not work"))
            passkey.flipsSignature = false
            let again = try Self.options(wrong).challenge
            let named = try await inside.post("\(address)/name", [("name", "Blue key")])
            #expect(named.location == "/account/security?done=passkey.named")
            #expect(try await inside.get("/account/security").visible.contains("Blue key"))
            let removed = try await inside.post(
                "\(address)/removal", [("confirm-passkey", try passkey.used(again, handle: nil))])
            #expect(removed.location == "/account/security?done=passkey.removed")
            let (late, last) = try await Self.begun(world.stranger)
            passkey.count = 4
            #expect(try await Self.enter(late, try passkey.used(last, handle: handle)).status == 422)
            #expect(
                try await Self.events(world).filter { $0.contains("passkey") } == [
                    "user.passkey-added", "user.passkey-removed",
                ])
        }
    }

    @Test(
        "what was used, made for another browser, too old or for another act opens nothing",
        arguments: TestStores.engines)
    func challenges(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            let passkey = try SoftPasskey()
            let (making, handle, _) = try Self.options(try await visitor.get(Self.base))
            let owner = try #require(handle)
            // A challenge of another session of the same person.
            let elsewhere = try await world.signIn()
            let foreign = try await elsewhere.post(
                Self.base, [("name", "x"), ("credential", try passkey.created(making))])
            #expect(foreign.status == 422)
            // Which has used it up.
            let spent = try await visitor.post(Self.base, [("name", "x"), ("credential", try passkey.created(making))])
            #expect(spent.status == 422)
            try await Self.add(passkey, visitor)

            let (browser, challenge) = try await Self.begun(world.stranger)
            let field = try passkey.used(challenge, handle: owner)
            #expect(try await Self.enter(browser, field).status == 303)
            #expect(try await Self.enter(browser, field).status == 422, "a second time")
            let (one, first) = try await Self.begun(world.stranger)
            let (two, _) = try await Self.begun(world.stranger)
            #expect(try await Self.enter(two, try passkey.used(first, handle: owner)).status == 422, "another browser")
            #expect(try await Self.enter(one, try passkey.used(first, handle: owner)).status == 422, "used up by it")
            let (slow, old) = try await Self.begun(world.stranger)
            world.clock.advance(by: .minutes(5))
            #expect(try await Self.enter(slow, try passkey.used(old, handle: owner)).status == 422, "too late")
            let (other, own) = try await Self.begun(world.stranger)
            #expect(
                try await Self.enter(other, try passkey.used(Secret.bytes(32), handle: owner)).status == 422, "made up")
            // Five wrong ones in a row: this passkey waits.
            world.clock.advance(by: .minutes(2))
            #expect(try await Self.enter(other, try passkey.used(own, handle: nil)).status == 422, "without its person")
            // A challenge to add one with signs nobody in.
            world.clock.advance(by: .minutes(3))
            let asked = try await (try await world.signIn()).get(Self.base)
            let (third, _) = try await Self.begun(world.stranger)
            let adding = try passkey.used(try Self.options(asked).challenge, handle: owner)
            #expect(try await Self.enter(third, adding).status == 422)
            for (field, why) in [
                ("", "nothing"), ("{}", "empty"), ("[1]", "no object"), (String(repeating: "[", count: 9000), "deep"),
            ] {
                #expect(try await Self.enter(third, field).status == 422, "\(why)")
            }
        }
    }

    @Test(
        "a wrong origin, host or signature and somebody else's passkey get the same answer",
        arguments: TestStores.engines)
    func wrong(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            let manager = try await world.signIn("clinic-manager")
            let passkey = try SoftPasskey()
            let theirs = try SoftPasskey(.ed25519)
            let handle = try await Self.add(passkey, visitor)
            let other = try await Self.add(theirs, manager)
            #expect(handle != other)
            let breaks: [@Sendable (inout SoftPasskey) -> Void] = [
                { $0.origin = "https://clinic.example.evil.example" }, { $0.rpID = "evil.example" },
                { $0.flipsSignature = true }, { $0.flags &= ~0x04 },
            ]
            var pages: Set<String> = []
            for change in breaks {
                var bad = passkey
                change(&bad)
                let (browser, challenge) = try await Self.begun(world.stranger)
                let answer = try await Self.enter(browser, try bad.used(challenge, handle: handle))
                #expect(answer.status == 422)
                pages.insert(answer.html)
            }
            for (key, owner) in [(passkey, other), (theirs, handle), (try SoftPasskey(), handle)] {
                let (browser, challenge) = try await Self.begun(world.stranger)
                pages.insert(try await Self.enter(browser, try key.used(challenge, handle: owner)).html)
            }
            #expect(pages.count == 1)
            // Somebody else's passkey confirms nothing, and one that is here already is not taken for another person.
            world.clock.advance(by: .minutes(6))
            let asked = try await visitor.get(Self.base)
            let stolen = try await visitor.post(
                Self.base + "/confirmation",
                [("confirm-passkey", try theirs.used(try Self.options(asked).challenge, handle: nil))])
            #expect(stolen.status == 422)
            let right = try await visitor.post(
                Self.base + "/confirmation",
                [("confirm-passkey", try passkey.used(try Self.options(stolen).challenge, handle: handle))])
            #expect(right.location == Self.base)
            let challenge = try Self.options(try await visitor.get(Self.base)).challenge
            let twice = try await visitor.post(
                Self.base, [("name", "x"), ("credential", try theirs.created(challenge))])
            #expect(twice.status == 422)
            #expect(twice.visible.contains("This device has a passkey for you already."))
            // Access that was taken away is away for passkeys too.
            let administrator = try await world.user("clinic-manager")
            #expect(try await visitor.post("/users/\(administrator.text)/suspension", []).status == 303)
            let (browser, last) = try await Self.begun(world.stranger)
            pages.insert(try await Self.enter(browser, try theirs.used(last, handle: other)).html)
            #expect(pages.count == 1)
        }
    }

    @Test(
        "a counter that does not go on shows a copy: it is refused, blocked and written down",
        arguments: TestStores.engines)
    func copied(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            var passkey = try SoftPasskey()
            passkey.count = 10
            let handle = try await Self.add(passkey, visitor)
            for (count, status) in [(UInt32(11), 303), (11, 422), (12, 422)] {
                passkey.count = count
                let (browser, challenge) = try await Self.begun(world.stranger)
                #expect(try await Self.enter(browser, try passkey.used(challenge, handle: handle)).status == status)
            }
            #expect(try await Self.events(world).contains("user.passkey-copied"))
            #expect(try await visitor.get("/account/security").visible.contains("Blocked: a copy was used"))
            let denied = try await visitor.get("/audit?outcome=denied")
            #expect(denied.visible.contains("a copy of a passkey"))
        }
    }

    @Test("a passkey of another tenant opens nothing here", arguments: TestStores.engines)
    func tenants(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            let passkey = try SoftPasskey()
            let handle = try await Self.add(passkey, visitor)
            let other: ID<Tenant> = world.spine.ids.next()
            _ = try await world.spine.keys.openTenant(other, creating: true)
            try await world.platform.installation.tenants.create(
                id: other, key: "other", name: "Other", hosts: ["other.example"], at: world.clock.now())
            try await world.platform.definitions.load(other)
            var stranger = world.stranger
            stranger.authority = "other.example"
            // The same address in front of both, which is the worst case: only the tenant differs.
            let (browser, challenge) = try await Self.begun(stranger)
            #expect(try await Self.enter(browser, try passkey.used(challenge, handle: handle)).status == 422)
            let (here, own) = try await Self.begun(world.stranger)
            #expect(try await Self.enter(browser, try passkey.used(own, handle: handle)).status == 422)
            #expect(try await Self.enter(here, try passkey.used(own, handle: handle)).status == 303)
        }
    }

    @Test(
        "a passkey counts as both steps, and is the second step where a role demands one", arguments: TestStores.engines
    )
    func bothSteps(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            try await world.changeRole("clinic-manager") { $0.requiresSecondStep = true }
            let answer = try await world.attempt("clinic-manager@clinic.example", PageWorld.password)
            guard case .session(let token) = answer else {
                Issue.record("\(answer)")
                return
            }
            let visitor = try await world.visitor(token, page: "/account/second-step")
            let passkey = try SoftPasskey(.rs256)
            let handle = try await Self.add(passkey, visitor)
            world.clock.advance(by: .seconds(1))
            #expect(try await visitor.get("/patients").status == 200)
            // The password alone opens nothing any more, and sets nothing up either.
            let half = try await world.stranger.post(
                "/session", [("login", "clinic-manager@clinic.example"), ("password", PageWorld.password)])
            #expect(half.location == "/session/second-step")
            #expect(half.cookie(Server.cookieName) == nil)
            var stepping = world.stranger
            stepping.more = ["throughline-second-step=\(try #require(half.cookie("throughline-second-step")))"]
            let page = try await stepping.get("/session/second-step")
            #expect(page.html.contains("action=\"/session/passkey\""))
            #expect(!page.html.contains("name=\"code\""))
            let (browser, challenge) = try await Self.begun(world.stranger)
            let entered = try await Self.enter(browser, try passkey.used(challenge, handle: handle))
            let inside = try await world.visitor(try #require(entered.cookie(Server.cookieName)))
            #expect(try await inside.get("/patients").status == 200)
            // It cannot be removed while the role demands it.
            let address = try #require(
                try await inside.get("/account/security").html.firstMatch(of: /action="([^"]*)\/removal"/)
            ).output.1
            let kept = try await inside.post("\(address)/removal", [])
            #expect(kept.status == 422)
            #expect(kept.visible.contains("Your role needs a second step"))
            // An administrator takes it away with every session.
            let administrator = try await world.signIn()
            let id = try await world.user("clinic-manager")
            #expect(try await administrator.post("/users/\(id.text)/second-step/removal", []).status == 303)
            #expect(try await inside.get("/patients").location == "/session")
            let (late, last) = try await Self.begun(world.stranger)
            #expect(try await Self.enter(late, try passkey.used(last, handle: handle)).status == 422)
        }
    }

    @Test("without a password one signs in by passkey, and the last one stays", arguments: TestStores.engines)
    func lastWay(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            let passkey = try SoftPasskey()
            let handle = try await Self.add(passkey, visitor)
            let user = try await world.user("administrator")
            _ = try await world.spine.database.write(world.tenant) { transaction in
                try transaction.execute(
                    "UPDATE user_account SET password = \(Password.none) WHERE tenant = \(.tenant) AND id = \(user)")
            }
            guard case .wrong = try await world.attempt("administrator@clinic.example", PageWorld.password),
                case .wrong = try await world.attempt("administrator@clinic.example", Password.none)
            else {
                Issue.record("a password signs in that is none")
                return
            }
            let (browser, challenge) = try await Self.begun(world.stranger)
            let entered = try await Self.enter(browser, try passkey.used(challenge, handle: handle))
            let inside = try await world.visitor(try #require(entered.cookie(Server.cookieName)))
            let page = try await inside.get("/account/security")
            #expect(page.visible.contains("You have no password"))
            let address = try #require(page.html.firstMatch(of: /action="([^"]*)\/removal"/)).output.1
            let kept = try await inside.post("\(address)/removal", [])
            #expect(kept.status == 422)
            #expect(kept.visible.contains("This is your last way to sign in"))
            world.clock.advance(by: .minutes(6))
            let asked = try await inside.post("\(address)/removal", [])
            #expect(!asked.html.contains("name=\"confirm-password\""))
        }
    }

    @Test("under an address that has no name nothing is offered, and the page says why")
    func numbers() async throws {
        try await PageWorld.with(.sqlite, settings: { $0.publicBase = "https://192.0.2.7" }) { world in
            #expect(!(try await world.stranger.get("/session")).html.contains("data-passkey"))
            #expect(try await world.stranger.post("/session/passkey/challenge", []).status == 404)
            let visitor = try await world.signIn()
            #expect(try await visitor.get("/account/security").visible.contains("This one is a number"))
            #expect(try await visitor.get(Self.base).visible.contains("Not under this address"))
        }
    }

    @Test("an address cannot fill the table with challenges, and old ones go")
    func bounded() async throws {
        try await Self.with(.sqlite) { world in
            for _ in 0..<100 { _ = try await Self.begun(world.stranger) }
            #expect(try await world.stranger.post("/session/passkey/challenge", []).status == 429)
            world.clock.advance(by: .minutes(6))
            #expect(try await world.stranger.post("/session/passkey/challenge", []).status == 200)
        }
    }

    @Test("of two who come with the same answer at the same moment one gets in", arguments: TestStores.engines)
    func race(_ engine: Engine) async throws {
        try await Self.with(engine) { world in
            let visitor = try await world.signIn()
            let passkey = try SoftPasskey()
            let handle = try await Self.add(passkey, visitor)
            let (browser, challenge) = try await Self.begun(world.stranger)
            let field = try passkey.used(challenge, handle: handle)
            let entered = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.enter(browser, field).status == 303 ? 1 : 0 } }
                return try await group.reduce(0, +)
            }
            #expect(entered == 1)
        }
    }

    @Test("neither the key nor its name stands in the database as it is")
    func sealed() async throws {
        try await Self.with(.sqlite) { world in
            let passkey = try SoftPasskey()
            try await Self.add(passkey, try await world.signIn(), name: "Grandmother's key")
            let rows = try await world.spine.database.read(world.tenant) { transaction in
                try transaction.rows("SELECT sealed, credential_hash FROM user_passkey WHERE tenant = \(.tenant)")
                    .flatMap { [try $0["sealed"] as [UInt8], try $0["credential_hash"] as [UInt8]] }
            }
            #expect(rows.count == 2)
            for plain in [passkey.id, Array(try passkey.cose.suffix(32)), Array("Grandmother".utf8)] {
                #expect(!rows.contains { Hex.encode($0).contains(Hex.encode(plain)) })
            }
        }
    }
}
