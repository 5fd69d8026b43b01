import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Store
import StudioAPI
import TestKit
import Testing
import Vault
import Web

@Suite("Pages of referrals")
struct ReferralPageTests {
    private func made(_ answer: Answer) throws -> String {
        try #require(answer.location?.split(separator: "?").first.map(String.init))
    }

    @Test("one is written down, worked on and closed in the browser, in both languages", arguments: TestStores.engines)
    func worked(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let form = try await visitor.get("/referrals/new?patient=\(maria.text)").form("/referrals")
            let wrong = try await visitor.post("/referrals", form.with("kind", ""))
            #expect(wrong.status == 400 && wrong.html.contains("aria-invalid"))
            let answer = try await visitor.post(
                "/referrals", form.with("serviceLine", "orthopaedics").with("reason", "A torn meniscus"))
            #expect(answer.status == 303)
            let page = try made(answer)
            // The same form sent twice is one referral.
            #expect(
                try made(
                    await visitor.post(
                        "/referrals", form.with("serviceLine", "orthopaedics").with("reason", "A torn meniscus")))
                    == page)
            let shown = try await visitor.get(page)
            #expect(shown.visible.contains("A torn meniscus") && shown.visible.contains("Accept or decline it"))
            #expect(shown.html.contains("/booking?patient=\(maria.text)&amp;referral="))
            for step in [
                [("step", "accept")], [("step", "attempt"), ("channel", "phone"), ("outcome", "no-answer")],
                [("step", "hold"), ("until", "2026-03-20"), ("reason", "Away")], [("step", "resume")],
                [("step", "elsewhere")], [("step", "seen"), ("place", "as-referred")], [("step", "report-sent")],
                [("step", "complete")],
            ] {
                let done = try await visitor.post("\(page)/steps", step)
                #expect(done.status == 303, "\(step)")
                for language in Language.allCases {
                    let next = try await visitor.get(page, language)
                    #expect(next.status == 200)
                    #expect(!next.html.contains("referrals."), "\(step) shows a key")
                }
            }
            #expect(try await visitor.get(page, .spanish).visible.contains("Completada"))
            let refused = try await visitor.post("\(page)/steps", [("step", "accept")])
            #expect(refused.status == 409 && refused.visible.contains("It is closed"))
            #expect(try await visitor.get("/patients/\(maria.text)").html.contains("href=\"\(page)\""))
            #expect(try await visitor.get("/referrals?show=closed").html.contains("href=\"\(page)\""))
        }
    }

    @Test("what somebody typed stays when another changed it meanwhile, and it is told")
    func changed() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let form = try await visitor.get("/referrals/new?patient=\(maria.text)").form("/referrals")
            let page = try made(await visitor.post("/referrals", form.with("serviceLine", "orthopaedics")))
            #expect(try await visitor.post("\(page)/steps", [("step", "accept"), ("version", "1")]).status == 303)
            let late = try await visitor.post(
                "\(page)/steps", [("step", "decline"), ("reason", "Not ours"), ("version", "1")])
            #expect(late.status == 409 && late.visible.contains("Somebody else changed it meanwhile"))
        }
    }

    @Test("each number of where patients went opens its list")
    func leakage() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            for (steps, _) in [
                ([[("step", "accept")], [("step", "seen"), ("place", "elsewhere")]], 1),
                ([[("step", "close"), ("outcome", "redirected")]], 2),
                ([[("step", "close"), ("outcome", "declined-by-patient")]], 3),
            ] {
                let form = try await visitor.get("/referrals/new?patient=\(maria.text)").form("/referrals")
                let page = try made(
                    await visitor.post(
                        "/referrals", form.with("kind", "outbound").with("serviceLine", "orthopaedics")))
                for step in steps { #expect(try await visitor.post("\(page)/steps", step).status == 303) }
            }
            let shown = try await visitor.get("/referrals/leakage")
            let links = shown.html.matches(of: /href="(\/referrals\?fate=[^"]*)">(\d+)</).map {
                (String($0.output.1).replacing("&amp;", with: "&"), String($0.output.2))
            }
            #expect(links.count >= 2)
            for (address, count) in links {
                let list = try await visitor.get(address)
                #expect(list.html.matches(of: /class="row-link"/).count == Int(count), "\(address)")
            }
        }
    }

    @Test("who may not see referrals finds none of their pages, and no word of them on a patient's page")
    func withoutRight() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            try await world.changeRole("clinic-manager") { role in
                role.permissions.removeAll { $0.hasPrefix("referral.") }
            }
            let visitor = try await world.signIn("clinic-manager")
            #expect(try await visitor.get("/referrals").status == 403)
            let page = try await visitor.get("/patients/\(maria.text)")
            #expect(!page.html.contains("/referrals"))
        }
    }
}
