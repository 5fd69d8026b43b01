import App
import Kernel
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Keys of programs")
struct APIKeysTests {
    /// Makes a key as an administrator does, and reads the secret off the page that shows it.
    private static func make(
        _ administrator: Visitor, _ fields: [(String, String)]
    ) async throws -> (secret: String, page: String) {
        let made = try await administrator.post("/keys", fields)
        #expect(made.status == 200)
        let secret = try #require(made.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1
        let page = try #require(made.html.firstMatch(of: /action="(\/keys\/[0-9A-Z]+)\/revocation"/)).output.1
        return (String(secret), String(page))
    }

    private static func caller(_ world: PageWorld, _ secret: String) async throws -> Caller? {
        try await world.platform.gatekeeper.caller(bearer: secret, request: world.origin())
    }

    @Test("a key ends after as many days as were chosen, 90 if none were", arguments: TestStores.engines)
    func ends(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let month = try await Self.make(
                administrator, [("name", "A month"), ("role", "clinician"), ("days", "30")])
            let standard = try await Self.make(administrator, [("name", "Three"), ("role", "clinician")])
            #expect(try await Self.caller(world, month.secret) != nil)
            world.clock.advance(by: .days(17))
            let soon = try await world.signIn().get("/keys")
            #expect(soon.html.contains("1 key ends within two weeks."))
            #expect(soon.html.contains("Ends soon"))
            world.clock.advance(by: .days(13))
            #expect(try await Self.caller(world, month.secret) == nil)
            #expect(try await Self.caller(world, standard.secret) != nil)
            world.clock.advance(by: .days(60))
            #expect(try await Self.caller(world, standard.secret) == nil)
        }
    }

    @Test("a key cannot be made for longer than a year, nor without an end")
    func longest() async throws {
        try await PageWorld.with(.sqlite) { world in
            let spine = world.spine
            let now = spine.clock.now()
            try await spine.run(
                "keys", tenant: world.tenant, purpose: .systemMaintenance, permissions: [.userManage], origin: "cli"
            ) { caller in
                for end in [now + .days(367), now, now - .days(1)] {
                    var code = ""
                    do {
                        _ = try await spine.perform(
                            AddAPIKey(
                                name: "Key", text: Redacted(APIKeys.text(tenantKey: "clinic")), roles: ["clinician"],
                                expiresAt: end), as: caller)
                    } catch let fault as Fault {
                        code = fault.code
                    }
                    #expect(code == "request.invalid")
                }
                return ((), 3)
            }
            let administrator = try await world.signIn()
            let made = try await Self.make(
                administrator, [("name", "Long"), ("role", "clinician"), ("days", "100000")])
            world.clock.advance(by: .days(91))
            #expect(try await Self.caller(world, made.secret) == nil)
        }
    }

    @Test("a key is held to some rights of its role and to some places", arguments: TestStores.engines)
    func scope(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let made = try await Self.make(
                administrator,
                [
                    ("name", "Reader"), ("role", "clinician"), ("permission", "patient.read"),
                    ("permission", "patient.search"), ("location", "denver-northside"),
                ])
            let caller = try #require(try await Self.caller(world, made.secret))
            #expect(caller.permissions == [.patientRead, .patientSearch])
            guard case .only(let places) = caller.locations else {
                Issue.record("the key reaches everywhere")
                return
            }
            #expect(places == [LocationKeys.id("denver-northside")])
            let page = try await administrator.get(made.page)
            #expect(page.html.contains("<dd>Northside Clinic</dd>"))
            #expect(page.html.contains("<dd>Open patients’ records, Search patients</dd>"))
            #expect(!page.html.contains(made.secret))
            // What the role does not have it cannot give.
            let beyond = try await administrator.post(
                "/keys", [("name", "Too much"), ("role", "clinician"), ("permission", "user.manage")])
            #expect(beyond.status == 422)
            #expect(!beyond.html.contains("new-key"))
            let nameless = try await administrator.post("/keys", [("name", " "), ("role", "none")])
            #expect(nameless.status == 422)
        }
    }

    @Test("nobody makes or renews a key that may do more than they may themselves", arguments: TestStores.engines)
    func beyond(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let full = try await Self.make(administrator, [("name", "Full"), ("role", "administrator")])
            let reader = try await Self.make(
                administrator, [("name", "Reader"), ("role", "administrator"), ("permission", "patient.read")])
            // Somebody who manages users, and may not shape roles.
            try await world.changeRole("clinic-manager") {
                $0.permissions += ["user.manage"]
                $0.locationScope = .everywhere
                $0.purposes = [.treatment, .payment, .operations]
            }
            let manager = try await world.signIn("clinic-manager")
            let told = "You cannot give rights that you do not have yourself."
            for fields in [
                [("role", "administrator")], [("role", "provisioning")], [("role", "clinician")],
                [("role", "administrator"), ("permission", "patient.read"), ("permission", "role.manage")],
            ] {
                let refused = try await manager.post("/keys", [("name", "Mine")] + fields)
                #expect(refused.status == 422, "\(fields)")
                #expect(refused.visible.contains(told), "\(fields)")
                #expect(!refused.html.contains("new-key"))
            }
            // What they may themselves, a key of theirs may: all of their role, or some of a greater one.
            let own = try await Self.make(manager, [("name", "Own"), ("role", "clinic-manager")])
            #expect(try await Self.caller(world, own.secret) != nil)
            let held = try await Self.make(
                manager, [("name", "Held"), ("role", "administrator"), ("permission", "patient.read")])
            #expect(try await Self.caller(world, held.secret)?.permissions == [.patientRead])
            // A new secret is a key in one's hands as well.
            let renewed = try await manager.post(full.page + "/rotation", [("overlap", "0"), ("days", "30")])
            #expect(renewed.status == 422)
            #expect(renewed.visible.contains(told))
            #expect(!renewed.html.contains("new-key"))
            #expect(try await Self.caller(world, full.secret) != nil)
            let allowed = try await manager.post(reader.page + "/rotation", [("overlap", "0"), ("days", "30")])
            #expect(allowed.status == 200)
        }
    }

    @Test("a key reaches no further than who makes it")
    func reach() async throws {
        try await PageWorld.with(.sqlite) { world in
            try await world.changeRole("clinic-manager") { $0.permissions += ["user.manage"] }
            let administrator = try await world.signIn()
            let id = try await world.user("clinic-manager").text
            let form = try await administrator.get("/users/\(id)").form("/users/\(id)/access")
            let placed = form.filter { $0.0 != "location" } + [("location", "flagstaff")]
            #expect(try await administrator.post("/users/\(id)/access", placed).status == 303)
            let manager = try await world.signIn("clinic-manager")
            let fields = [("name", "Mine"), ("role", "clinic-manager")]
            for places in [[], [("location", "el-paso")], [("location", "flagstaff"), ("location", "el-paso")]] {
                let refused = try await manager.post("/keys", fields + places)
                #expect(refused.status == 422, "\(places)")
                #expect(refused.visible.contains("You cannot give locations that you do not reach yourself."))
            }
            let made = try await Self.make(manager, fields + [("location", "flagstaff")])
            let caller = try #require(try await Self.caller(world, made.secret))
            #expect(caller.locations == .only([LocationKeys.id("flagstaff")]))
        }
    }

    @Test("a key asks for a part in the care and looks for as little as who makes it", arguments: TestStores.engines)
    func care(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let administrator = try await world.signIn()
            let free = try await Self.make(
                administrator, [("name", "Free"), ("role", "administrator"), ("permission", "patient.read")])
            // Manages users, looks for payment and operations, and has to have a part in the care.
            try await world.changeRole("clinic-manager") {
                $0.permissions += ["user.manage"]
                $0.locationScope = .everywhere
                $0.relationship = .required
            }
            let manager = try await world.signIn("clinic-manager")
            let told = "You cannot give a role that reaches more patients, or looks at records for more, than your own."
            let refused = try await manager.post(
                "/keys", [("name", "Mine"), ("role", "administrator"), ("permission", "patient.read")])
            #expect(refused.status == 422)
            #expect(refused.visible.contains(told))
            #expect(!refused.html.contains("new-key"))
            let renewed = try await manager.post(free.page + "/rotation", [("overlap", "0"), ("days", "30")])
            #expect(renewed.status == 422)
            #expect(renewed.visible.contains(told))
            // A role that looks for more is refused by itself too.
            try await world.changeRole("clinic-manager") {
                $0.permissions += ["user.manage"]
                $0.locationScope = .everywhere
            }
            world.clock.advance(by: .seconds(1))
            let other = try await world.signIn("clinic-manager")
            let more = try await other.post(
                "/keys", [("name", "More"), ("role", "administrator"), ("permission", "patient.read")])
            #expect(more.status == 422)
            #expect(more.visible.contains(told))
            // What somebody may make: a key that has a part in nobody's care, so that it sees nobody.
            try await world.changeRole("clinic-manager") {
                $0.permissions += ["user.manage"]
                $0.locationScope = .everywhere
                $0.relationship = .required
            }
            world.clock.advance(by: .seconds(1))
            let last = try await world.signIn("clinic-manager")
            let made = try await Self.make(last, [("name", "Mine"), ("role", "clinic-manager")])
            let caller = try #require(try await Self.caller(world, made.secret))
            guard case .needed(let parties, _) = caller.relationship else {
                Issue.record("the key needs no part in the care")
                return
            }
            #expect(parties.isEmpty)
            let rows = try await world.spine.database.read(world.tenant) {
                try Policy.scopeRows(of: [patient], for: caller, in: $0)
            }
            #expect(Policy.decide(caller, .patientRead, .patient(rows[patient] ?? [])) == .deny(.relationship))
        }
    }

    @Test("with a new secret the old one goes on for as long as was chosen", arguments: TestStores.engines)
    func rotation(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let made = try await Self.make(administrator, [("name", "Import"), ("role", "clinician"), ("days", "30")])
            let first = try #require(try await Self.caller(world, made.secret))
            world.clock.advance(by: .minutes(1))
            let rotated = try await administrator.post(
                made.page + "/rotation", [("overlap", "1"), ("days", "90")])
            #expect(rotated.status == 200)
            let second = String(try #require(rotated.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1)
            #expect(second != made.secret)
            for secret in [made.secret, second] {
                #expect(try #require(try await Self.caller(world, secret)).actor == first.actor)
            }
            world.clock.advance(by: .minutes(61))
            #expect(try await Self.caller(world, made.secret) == nil)
            #expect(try await Self.caller(world, second) != nil)
            world.clock.advance(by: .days(60))
            #expect(try await Self.caller(world, second) != nil)

            // At once: nothing of the old one is left.
            let again = try await world.signIn().post(made.page + "/rotation", [("overlap", "0"), ("days", "30")])
            let third = String(try #require(again.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1)
            #expect(try await Self.caller(world, second) == nil)
            #expect(try await Self.caller(world, third) != nil)
            // Taken away, both secrets are.
            _ = try await world.signIn().post(made.page + "/rotation", [("overlap", "168"), ("days", "30")])
            #expect(try await world.signIn().post(made.page + "/revocation", []).status == 303)
            #expect(try await Self.caller(world, third) == nil)
            #expect(try await world.signIn().post(made.page + "/rotation", [("overlap", "0")]).status == 404)
        }
    }

    @Test("the list says when a key was last used, to the minute", arguments: TestStores.engines)
    func used(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let made = try await Self.make(administrator, [("name", "Import"), ("role", "clinician")])
            #expect(try await administrator.get("/keys").visible.contains("Never"))
            #expect(try await Self.caller(world, made.secret) != nil)
            #expect(try await !administrator.get("/keys").visible.contains("Never"))
        }
    }

    @Test("a new secret needs a password given within five minutes")
    func confirmation() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let made = try await Self.make(administrator, [("name", "Import"), ("role", "clinician")])
            world.clock.advance(by: .minutes(6))
            let asked = try await administrator.post(made.page + "/rotation", [("overlap", "24"), ("days", "90")])
            let form = try asked.form(made.page + "/rotation")
            #expect(form["overlap"] == "24")
            #expect(!asked.html.contains("new-key"))
            let done = try await administrator.post(
                made.page + "/rotation", form.with("confirm-password", PageWorld.password))
            #expect(done.html.contains("id=\"new-key\""))
        }
    }

    @Test("only those who manage users see keys")
    func refused() async throws {
        try await PageWorld.with(.sqlite) { world in
            let clinician = try await world.signIn("clinician")
            for address in ["/keys", "/keys/new", "/keys/0000000000001"] {
                #expect(try await clinician.get(address).status == 403)
            }
            #expect(try await clinician.post("/keys", [("name", "x"), ("role", "clinician")]).status == 403)
            #expect(try await world.signIn().get("/keys/0000000000001").status == 404)
        }
    }
}
