import App
import Kernel
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

@Suite("Roles in the console")
struct RolesTests {
    @Test("every right that a role can give is described, and nothing else is")
    func described() async throws {
        try await PageWorld.with(.sqlite) { world in
            let prefix = "trust.permission."
            let described = Set(
                world.platform.pages.catalogue.keys.filter { $0.hasPrefix(prefix) }
                    .map { Permission(String($0.dropFirst(prefix.count))) })
            let known = world.platform.permissions
            #expect(known.subtracting(described).map(\.rawValue).sorted() == [])
            #expect(described.subtracting(known).map(\.rawValue).sorted() == [])
        }
    }

    private func apply(_ world: PageWorld, replacing: Bool) async throws -> ApplyBlueprint.Outcome {
        let blueprint = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care")
        let command = ApplyBlueprint(
            blueprint, zones: Set(world.platform.zones.names), permissions: world.platform.permissions,
            replacesEdits: replacing)
        let spine = world.spine
        let outcome = try await spine.run(
            "apply", tenant: world.tenant, purpose: .systemMaintenance, permissions: world.platform.permissions,
            origin: "cli"
        ) { caller in (try await spine.perform(command, as: caller), 1) }
        try await world.platform.definitions.refresh(of: world.tenant)
        return outcome
    }

    @Test(
        "a role that is saved holds at once, in streams too, and a blueprint keeps it until it is told",
        arguments: TestStores.engines)
    func saved(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let administrator = try await world.signIn()
            let manager = try await world.signIn("clinic-manager")
            let stream = try await LiveStream(manager)
            try await stream.begun()
            #expect(try await manager.get("/dashboard").status == 200)
            let sent = try await administrator.get("/roles/clinic-manager").form("/roles/clinic-manager")
                .filter { $0.1 != "dashboard.read" }.with("name-en", "Site manager")
            #expect(try await administrator.post("/roles/clinic-manager", sent).status == 303)
            #expect(try await manager.get("/dashboard").status == 403)
            let told = await stream.ended()
            #expect(!told.contains("event: ended"))
            // A form from before the change is refused.
            #expect(try await administrator.post("/roles/clinic-manager", sent.with("idle", "20")).status == 422)
            for language in Language.allCases {
                let page = try await administrator.get("/roles/clinic-manager", language)
                #expect(page.visible.contains(language == .english ? "Differs from the blueprint" : "Distinta"))
            }
            let kept = try await apply(world, replacing: false)
            #expect(kept.kept == ["role/clinic-manager"] && kept.published == [])
            #expect(try await manager.get("/dashboard").status == 403)
            #expect(try await administrator.post("/roles/clinic-manager/blueprint", []).status == 303)
            #expect(try await manager.get("/dashboard").status == 200)
            #expect(try await apply(world, replacing: false).kept == [])
            let again = try await administrator.get("/roles/clinic-manager").form("/roles/clinic-manager")
                .with("name-en", "Other")
            #expect(try await administrator.post("/roles/clinic-manager", again).status == 303)
            #expect(try await apply(world, replacing: true).published == ["role/clinic-manager"])
        }
    }

    @Test("nobody widens a role of their own, and somebody keeps the rights to manage")
    func limits() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let own = try await administrator.get("/roles/administrator").form("/roles/administrator")
            let wider = own + [("permission", "patient.restricted")]
            #expect(try await administrator.post("/roles/administrator", wider).status == 422)
            let fewer = own.filter { $0.1 != "role.manage" }
            #expect(try await administrator.post("/roles/administrator", fewer).status == 422)
            let fine = own.filter { $0.1 != "patient.import" }
            #expect(try await administrator.post("/roles/administrator", fine).status == 303)
        }
    }

    @Test("what a role's people usually look for is one of its purposes, and is chosen on its page")
    func usual() async throws {
        func problems(_ purposes: [RolePurpose]?, _ usually: RolePurpose) -> [String] {
            RoleDefinition(
                key: "a", names: LocalizedText("Words", spanish: "Palabras"), permissions: ["a.b"],
                locationScope: .everywhere, purposes: purposes, usually: usually
            ).problems().map(\.path)
        }
        #expect(problems([.treatment, .operations], .treatment) == [])
        #expect(problems(nil, .operations) == [])
        #expect(problems(nil, .treatment) == ["usually"])
        #expect(problems([.payment], .treatment) == ["usually"])
        try await PageWorld.with(.sqlite) { world in
            let (administrator, address) = (try await world.signIn(), "/roles/clinician")
            let sent = try await administrator.get(address).form(address)
            #expect(sent["usually"] == "treatment")
            let wrong = try await administrator.post(address, sent.with("usually", "payment"))
            #expect(wrong.status == 422 && wrong.html.contains("id=\"role-usually-wrong\""))
            #expect(try await administrator.post(address, sent.with("usually", "")).status == 303)
            let page = try await administrator.get(address)
            #expect(try page.form(address)["usually"] == "")
            #expect(page.visible.contains("Differs from the blueprint"))
        }
    }

    @Test("a new role can be made and given")
    func new() async throws {
        try await PageWorld.with(.sqlite) { world in
            let administrator = try await world.signIn()
            let sent = try await administrator.get("/roles/new").form("/roles").with("name-en", "Night shift lead")
                .with("name-es", "Turno de noche")
            #expect(try await administrator.post("/roles", sent).status == 422)
            let made = try await administrator.post("/roles", sent + [("permission", "need.read")])
            #expect(made.location == "/roles/night-shift-lead?done=role.saved")
            #expect(try await administrator.post("/roles", sent + [("permission", "need.read")]).status == 422)
            #expect(try await administrator.get("/roles", .spanish).visible.contains("Turno de noche"))
        }
    }
}
