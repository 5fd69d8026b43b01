import App
import Kernel
import Spine
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Access reviews")
struct AccessReviewTests {
    @Test(
        "each line is decided by another, removal acts at once, and the review is completed with its evidence",
        arguments: TestStores.engines)
    func whole(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let officer = try await world.signIn("privacy-officer")
            let administrator = try await world.signIn()
            _ = try await world.scim()
            let begun = try await officer.post("/access-review", [("name", "Spring"), ("due", "2026-04-01")])
            let place = try #require(begun.location)
            let users = ["administrator", "clinic-manager", "clinician", "privacy-officer"]
            func decide(
                _ visitor: Visitor, _ kind: String, _ subject: String, _ decision: String, _ note: String = ""
            )
                async throws -> Int
            {
                try await visitor.post(
                    place + "/decision",
                    [("kind", kind), ("subject", subject), ("decision", decision), ("note", note)]
                ).status
            }
            let own = try await world.scimID("privacy-officer")
            #expect(try await decide(officer, "user", own, "keep") == 422)
            #expect(try await decide(officer, "user", "0000000000001", "keep") == 404)
            let manager = try await world.signIn("clinic-manager")
            for role in users.prefix(1) {
                #expect(try await decide(officer, "user", world.scimID(role), "keep") == 303)
            }
            let clinician = try await world.scimID("clinician")
            #expect(try await decide(officer, "user", clinician, "change") == 422)
            #expect(try await decide(officer, "user", clinician, "change", "Only one site") == 303)
            #expect(try await officer.post(place + "/completion", []).status == 422)
            #expect(try await decide(officer, "user", world.scimID("clinic-manager"), "remove", "Left") == 303)
            #expect(try await manager.get("/").location == "/session")
            #expect(try await decide(administrator, "user", own, "keep") == 303)
            let page = try await officer.get(place)
            for match in page.html.matches(
                of: /name="kind" value="key"><input type="hidden" name="subject" value="([^"]+)"/)
            {
                #expect(try await decide(officer, "key", String(match.output.1), "remove") == 303)
            }
            #expect(try await officer.post(place + "/completion", []).status == 303)
            #expect(try await decide(officer, "user", clinician, "keep") == 422)
            let file = try await officer.get(place + "/export")
            #expect(file.html.contains("Only one site") && file.html.contains("remove"))
            #expect(file.html.split(separator: "\r\n").count == 6)
            for language in Language.allCases {
                let shown = try await officer.get(place, language)
                #expect(shown.status == 200)
                #expect(shown.visible.contains(language == .english ? "Completed" : "Terminada"))
            }
            #expect(try await officer.get("/users/\(clinician)").status == 403)
        }
    }

    @Test(
        "the report tells who never came, who is away long, and who has more rights than they use",
        arguments: TestStores.engines)
    func signs(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let before = try await world.signIn()
            #expect(try await before.get("/audit").status == 200)
            world.clock.advance(by: .minutes(2))
            let recurring = try #require(
                world.platform.capabilities.flatMap(\.recurring).first { $0.name == "right-use" })
            while try await recurring.run(world.spine, world.tenant) > 0 {}
            world.clock.advance(by: .days(91))
            let administrator = try await world.signIn()
            world.clock.advance(by: .minutes(1))
            while try await recurring.run(world.spine, world.tenant) > 0 {}
            let file = try await administrator.get("/access-review/export").html
            let lines = file.split(separator: "\r\n").map(String.init)
            let own = try #require(lines.first { $0.contains("administrator@clinic.example") })
            #expect(own.contains("audit.read=2026-03-02T"))
            let signs = { (line: String) in
                String(line.split(separator: ",", omittingEmptySubsequences: false)[15])
            }
            #expect(signs(own) == "unused")
            let other = try #require(lines.first { $0.contains("clinician@clinic.example") })
            #expect(signs(other) == "never dormant unused")
            #expect(try await administrator.get("/access-review").visible.contains("Never signed in or used"))
        }
    }
}
