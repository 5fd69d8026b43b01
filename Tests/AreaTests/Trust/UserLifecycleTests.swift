import App
import Conversations
import HTTPTypes
import Kernel
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Joining, moving and leaving")
struct UserLifecycleTests {
    /// The form of somebody's page, as it stands.
    private func form(_ visitor: Visitor, _ id: String) async throws -> [(String, String)] {
        try await visitor.get("/users/\(id)").form("/users/\(id)/access")
    }

    @Test(
        "somebody who is moved has other rights on the next request, and their stream begins anew",
        arguments: TestStores.engines)
    func mover(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let manager = try await world.signIn("clinic-manager")
            let id = try await world.scimID("clinic-manager")
            let stream = try await LiveStream(manager)
            try await stream.begun()
            #expect(try await manager.get("/dashboard").status == 200)
            let sent = try await form(administrator, id).filter { $0.0 != "role" } + [("role", "clinician")]
            #expect(try await administrator.post("/users/\(id)/access", sent).status == 303)
            #expect(try await manager.get("/dashboard").status == 403)
            let told = await stream.ended()
            #expect(!told.contains("event: ended"))
            // What was looked at is not what is there any more.
            #expect(try await administrator.post("/users/\(id)/access", sent).status == 422)
            let page = try await administrator.get("/users/\(id)")
            #expect(page.visible.contains("Roles or locations changed"))
        }
    }

    @Test("a place that is retired stays with who has it, and no key is made for it", arguments: TestStores.engines)
    func retired(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await world.publish { blueprint in
                for var annex in blueprint.locations where annex.key == "flagstaff" {
                    annex.key = "annex"
                    annex.name = "The Annex"
                    annex.travel = []
                    blueprint.locations.append(annex)
                }
            }
            let administrator = try await world.signIn()
            let id = try await world.user("clinic-manager").text
            func place(_ keys: [String]) async throws -> Int {
                let sent = try await form(administrator, id).filter { $0.0 != "location" }
                return try await administrator.post("/users/\(id)/access", sent + keys.map { ("location", $0) }).status
            }
            #expect(try await place(["annex"]) == 303)
            let retirement = "/setup/locations/annex/retirement"
            let asked = try await administrator.get(retirement).form(retirement)
            #expect(try await administrator.post(retirement, asked.with("reason", "Sold")).status == 303)
            #expect(try await place(["annex", "el-paso"]) == 303)
            let page = try await administrator.get("/users/\(id)").visible
            #expect(page.contains("The Annex"))
            // Held to nothing it would reach everywhere.
            for places in [["annex"], ["annex", "el-paso"], ["nowhere"]] {
                let refused = try await administrator.post(
                    "/keys", [("name", "Mine"), ("role", "clinician")] + places.map { ("location", $0) })
                #expect(refused.status == 422, "\(places)")
                #expect(refused.visible.contains("A place that you chose is not in use any more"), "\(places)")
            }
            #expect(try await !administrator.get("/keys").visible.contains("Mine"))
            // Taken away it is not given again.
            #expect(try await place(["el-paso"]) == 303)
            #expect(try await !administrator.get("/users/\(id)").visible.contains("The Annex"))
        }
    }

    @Test("nobody changes their own access, and nobody gives rights that they do not have")
    func escalation() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let own = try await world.scimID("administrator")
            let body = [
                ("name", "Ana Torres"), ("version", "1"), ("role", "privacy-officer"), ("role", "administrator"),
            ]
            #expect(try await administrator.post("/users/\(own)/access", body).status == 422)
            #expect(try await administrator.post("/users/\(own)/suspension", []).status == 422)
            // Somebody who manages users, and may not shape roles.
            try await world.changeRole("clinic-manager") { $0.permissions += ["user.manage"] }
            let manager = try await world.signIn("clinic-manager")
            let clinician = try await world.scimID("clinician")
            let sent = try await form(manager, clinician).filter { $0.0 != "role" }
            let beyond = try await manager.post("/users/\(clinician)/access", sent + [("role", "administrator")])
            #expect(beyond.status == 422)
            #expect(beyond.visible.contains("You cannot give rights that you do not have yourself."))
            let joined = [("name", "Eve"), ("email", "eve@clinic.example"), ("role", "administrator")]
            #expect(try await manager.post("/users", joined).status == 422)
            #expect(try await manager.post("/users/\(own)/invitation", []).status != 200)
            let trail = try await administrator.get("/audit?outcome=denied")
            #expect(trail.visible.contains("Denied"))
        }
    }

    @Test(
        "whoever leaves loses sessions and keys at once, and their open work goes where it was said",
        arguments: TestStores.engines)
    func leaver(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let filled = try await world.people.fill()
            let administrator = try await world.signIn()
            let id = try await world.user("clinic-manager")
            try await world.changeRole("clinic-manager") { $0.permissions += ["user.manage", "role.manage"] }
            let manager = try await world.signIn("clinic-manager")
            let made = try await manager.post("/keys", [("name", "Mine"), ("role", "integration")])
            let key = String(try #require(made.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1)
            let gatekeeper = world.platform.gatekeeper
            #expect(try await gatekeeper.caller(bearer: key, request: world.origin()) != nil)
            let need = try #require(filled.needs.first)
            let tenant = world.tenant
            _ = try await world.spine.database.write(tenant) { transaction in
                try transaction.execute(
                    """
                    UPDATE need SET owner = \(id), stage = 'in-progress'
                    WHERE tenant = \(.tenant) AND id = \(need) AND stage <> 'closed'
                    """)
            }
            let page = try await administrator.get("/users/\(id.text)")
            #expect(page.visible.contains("1 open need"))
            let other = try await world.scimID("clinician")
            #expect(try await administrator.post("/users/\(id.text)/work", [("to", "user:\(other)")]).status == 303)
            #expect(try await administrator.get("/users/\(other)").visible.contains("1 open need"))
            #expect(try await administrator.post("/users/\(other)/work", [("to", "user:\(id.text)")]).status == 303)
            #expect(try await administrator.post("/users/\(id.text)/suspension", [("to", "own")]).status == 303)
            #expect(try await manager.get("/").location == "/session")
            #expect(try await gatekeeper.caller(bearer: key, request: world.origin()) == nil)
            let owners = try await world.spine.database.read(tenant) { transaction -> Int in
                try transaction.value(
                    "SELECT COUNT(*) FROM need WHERE tenant = \(.tenant) AND owner = \(id) AND stage <> 'closed'") ?? 0
            }
            #expect(owners == 0)
        }
    }

    @Test(
        "an invitation is good once, sets a password, and is void when a newer one is made",
        arguments: TestStores.engines)
    func invitations(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scim = try await world.scim()
            let id = try await scim.add("ida@clinic.example").id
            let administrator = try await world.signIn()
            func invite() async throws -> String {
                let page = try await administrator.post("/users/\(id)/invitation", [])
                let link = String(try #require(page.html.firstMatch(of: /id="new-invitation">([^<]+)</)).output.1)
                return "/invitations/" + link.split(separator: "/").suffix(1).joined()
            }
            let first = try await invite()
            let second = try await invite()
            #expect(try await world.stranger.get(first).status == 404)
            #expect(try await world.stranger.get(second).status == 200)
            let password = "a long one of my own"
            for fields in [[("password", "short"), ("again", "short")], [("password", password), ("again", "other")]] {
                #expect(try await world.stranger.post(second, fields).status == 422)
            }
            let set = [("password", password), ("again", password)]
            #expect(try await world.stranger.post(second, set).location == "/session")
            #expect(try await world.stranger.post(second, set).status == 404)
            guard case .session = try await world.attempt("ida@clinic.example", password) else {
                Issue.record("the invited person cannot sign in")
                return
            }
            let third = try await invite()
            world.clock.advance(by: .hours(73))
            #expect(try await world.stranger.get(third).status == 404)
        }
    }
}
