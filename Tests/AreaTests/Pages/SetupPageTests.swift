import App
import Kernel
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Web

@Suite("The pages of the scheduling rules")
struct SetupPageTests {
    private static let path = "/setup/visit-types/sick-visit"

    @Test(
        "a rule is changed, looked at, published with its reason, and holds at once", arguments: TestStores.engines)
    func published(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visitor = try await world.signIn("clinic-manager")
            let form = try await visitor.get(Self.path).form(Self.path)
            let preview = try await visitor.post(Self.path, form.with("minutes", "25") + [("do", "check")])
            #expect(preview.status == 200)
            #expect(preview.visible.contains("20 minutes") && preview.visible.contains("25 minutes"))
            let carried = try preview.form(Self.path)
            let hurried = try await visitor.post(Self.path, carried.with("reason", " ") + [("do", "publish")])
            #expect(hurried.status == 422)
            let done = try await visitor.post(Self.path, carried.with("reason", "More colds") + [("do", "publish")])
            #expect(done.location == "\(Self.path)?done=setup.published")
            let now = try world.platform.definitions.configuration(of: world.tenant).visitTypes["sick-visit"]
            #expect(now?.minutes == 25 && now?.version == 2)
            #expect(try await visitor.get(Self.path).visible.contains("More colds"))
            // Sent once more, it meets a version that it does not know.
            let late = try await visitor.post(Self.path, carried.with("reason", "Again") + [("do", "publish")])
            #expect(late.status == 409 && late.visible.contains("More colds"))
            let kept = try await visitor.post(
                Self.path, try late.form(Self.path).with("minutes", "30") + [("do", "rebase")])
            #expect(kept.status == 200 && kept.visible.contains("30 minutes"))
        }
    }

    @Test("what is wrong and what changes stand there in both languages, without codes")
    func words() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            let cases: [(String, [(String, String)], Int)] = [
                (Self.path, [("minutes", "soon")], 422), (Self.path, [("minutes", "700")], 422),
                (Self.path, [("minutes", "25")], 200),
                ("/setup/resources/northside-ultrasound", [("features", "x")], 422),
                ("/setup/practitioners/elena-alvarez", [("templates[1].from", "11:00")], 422),
                ("/setup/practitioners/elena-alvarez", [("templates[0].from", "05:00")], 200),
                ("/setup/locations/flagstaff", [("openingHours.mon", "")], 200),
                ("/setup/waitlist", [("waves[0].offers", "0")], 422),
                ("/setup/referrals", [("attempts", "0")], 422),
            ]
            for language in Language.allCases {
                for (path, changes, status) in cases {
                    var form = try await visitor.get(path).form(path)
                    for (name, value) in changes { form = form.with(name, value) }
                    let answer = try await visitor.post(path, form + [("do", "check")], language)
                    #expect(answer.status == status, "\(path) \(changes)")
                    let found = reader.found(in: answer.visible)
                    #expect(found.isEmpty, "\(path) in \(language.rawValue) shows \(found.joined(separator: ", "))")
                }
            }
        }
    }

    @Test("the waitlist rules lead to their simulation, which tells guards that are off as such")
    func simulation() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn("clinic-manager")
            let form = try await visitor.get("/setup/waitlist")
            #expect(form.html.contains("href=\"/waitlist/simulation\""))
            #expect(form.visible.contains("by the rules that are published"))
            #expect(try await !visitor.get("/setup/referrals").html.contains("/waitlist/simulation"))
            #expect(try await !visitor.get("/waitlist/simulation").visible.contains("off now"))
            try await world.publish { blueprint in
                for index in blueprint.waitlistPolicies.indices {
                    blueprint.waitlistPolicies[index].guards.sameTemplate = false
                }
            }
            let off = try await visitor.get("/waitlist/simulation")
            #expect(off.html.contains("Same visit only <span class=\"badge grey\">off now</span>"))
            #expect(off.visible.ranges(of: "off now").count == 1)
            #expect(try await visitor.get("/waitlist/simulation", .spanish).visible.contains("desactivada ahora"))
        }
    }

    @Test("who may not change definitions finds no form and publishes nothing")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn("clinician")
            for kind in SetupKind.allCases {
                #expect(try await visitor.get("/setup/\(kind.rawValue)").status == 403)
                #expect(try await visitor.post("/setup/\(kind.rawValue)", [("do", "publish")]).status == 403)
            }
            #expect(try await !visitor.get("/").html.contains("href=\"/setup\""))
        }
    }
}
