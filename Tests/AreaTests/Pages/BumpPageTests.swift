import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("Pages of the bump list")
struct BumpPageTests {
    private static let query = "subject=practitioner:elena-alvarez&from=2026-03-12T07:00&to=2026-03-12T18:00"
    private static let form = [
        ("subject", "practitioner:elena-alvarez"), ("from", "2026-03-12T07:00"), ("to", "2026-03-12T18:00"),
        ("reason", "illness"), ("offers", "yes"),
    ]

    private struct Scene {
        let maria: ID<Patient>
        let visit: ID<Appointment>
        let list: String
        let bumped: ID<BumpedVisit>
        let link: String
        let choices: [ID<SlotHold>]
    }

    private func scene(_ world: PageWorld) async throws -> Scene {
        let maria = try await world.people.register(.maria)
        let visit = try await world.people.book(maria, day: "2026-03-12")
        let bump = BumpDesk(world.people.desk, publicBase: "")
        let request = AbsenceRequest(
            kind: .practitioner, key: "elena-alvarez", from: try #require(CivilDateTime(iso: "2026-03-12T07:00")),
            to: try #require(CivilDateTime(iso: "2026-03-12T18:00")), reason: .illness)
        let id = try await world.spine.perform(RecordAbsence(request, bump: bump), as: world.people.caller)
        try await world.people.settle()
        let bumped = try #require(
            try await world.people.ids("SELECT id FROM bump_visit WHERE tenant = \(.tenant)", of: BumpedVisit.self)
                .first)
        return Scene(
            maria: maria, visit: visit, list: "/bump/\(Crockford.encode(id))", bumped: bumped,
            link: try bump.link(bumped, try await world.spine.vault(world.tenant)),
            choices: try await world.people.ids(
                "SELECT hold FROM bump_choice WHERE tenant = \(.tenant) ORDER BY hold", of: SlotHold.self))
    }

    private func state(_ world: PageWorld) async throws -> [String] {
        try await world.platform.installation.database.read(world.tenant) { transaction in
            try transaction.rows("SELECT state FROM bump_visit WHERE tenant = \(.tenant) ORDER BY id").map {
                try $0["state"]
            }
        }
    }

    @Test("an absence is shown before it is recorded; the form sent twice records it once")
    func recording() async throws {
        try await PageWorld.with(.sqlite) { world in
            _ = try await world.people.book(try await world.people.register(.maria), day: "2026-03-12")
            let visitor = try await world.signIn()
            #expect(try await visitor.get("/bump").visible.contains("No absences"))
            let preview = try await visitor.get("/bump/new?\(Self.query)&reason=illness&offers=yes")
            #expect(preview.visible.contains("This affects 1 visit") && preview.visible.contains("Delgado Ruiz"))
            #expect(try await state(world).isEmpty)
            let wrong = try await visitor.post("/bump", Self.form.with("to", "2026-03-12T06:00"))
            #expect(wrong.status == 400 && wrong.visible.contains("The end must be after the beginning"))
            let one = try await visitor.post("/bump", Self.form)
            let two = try await visitor.post("/bump", Self.form)
            #expect(one.status == 303 && one.location == two.location)
            #expect(try await state(world) == ["waiting"])
            #expect(try await visitor.get("/bump").visible.contains("Elena Alvarez"))
        }
    }

    @Test("the list shows how each visit stands and who must be called, and moves with one click")
    func list() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let visitor = try await world.signIn("clinic-manager")
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            for language in Language.allCases {
                for address in [scene.list, scene.list + "?show=call"] {
                    let page = try await visitor.get(address, language)
                    #expect(page.status == 200 && reader.found(in: page.visible).isEmpty)
                }
            }
            let page = try await visitor.get(scene.list)
            #expect(page.visible.contains("Delgado Ruiz") && page.visible.contains("Asked"))
            #expect(page.html.contains("/placement") && page.html.contains(scene.choices[0].text))
            #expect(try await visitor.get(scene.list + "?show=call").visible.contains("Nobody has to be called"))
            let call = "\(scene.list)/visits/\(scene.bumped.text)/call"
            #expect(try await world.stranger.post("\(scene.link)/call", []).status == 303)
            let calls = try await visitor.get(scene.list + "?show=call")
            #expect(calls.visible.contains("Chose none: call") && calls.html.contains("tel:+13035550142"))
            #expect(try await visitor.post(call, []).status == 303)
            #expect(try await visitor.get(scene.list).visible.contains("Called"))
            let place = "\(scene.list)/visits/\(scene.bumped.text)/placement"
            let moved = try await visitor.post(place, [("choice", scene.choices[1].text)])
            #expect(moved.status == 303)
            #expect(try await state(world) == ["moved"])
            let again = try await visitor.post(place, [("choice", scene.choices[1].text)])
            #expect(again.status == 303)
            #expect(try await visitor.get(scene.list).visible.contains("Done"))
        }
    }

    @Test("all that have a time are moved at once, and a list that is withdrawn offers nothing more")
    func all() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let visitor = try await world.signIn()
            #expect(try await visitor.post("\(scene.list)/search", []).status == 303)
            #expect(try await visitor.post("\(scene.list)/offering", []).status == 303)
            let placed = try await visitor.post("\(scene.list)/placement", [])
            #expect(placed.location == "\(scene.list)?done=bump.all-placed")
            #expect(try await state(world) == ["moved"])
            #expect(try await visitor.post("\(scene.list)/withdrawal", []).status == 303)
            let page = try await visitor.get(scene.list)
            #expect(page.visible.contains("Withdrawn") && !page.html.contains("/withdrawal\""))
        }
    }

    @Test("who only books sees no absences")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let visitor = try await world.signIn("clinician")
            for address in ["/bump", "/bump/new", scene.list] {
                #expect(try await visitor.get(address).status == 403)
            }
        }
    }

    @Test("a link shows the times and takes one only when the page is asked to", arguments: TestStores.engines)
    func link(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scene = try await scene(world)
            let patient = world.stranger
            for address in [scene.link, "\(scene.link)/choice", "\(scene.link)/call"] {
                for _ in 0..<2 { _ = try await patient.get(address) }
            }
            #expect(try await state(world) == ["waiting"])
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            for language in Language.allCases {
                let page = try await patient.get(scene.link, language)
                #expect(page.status == 200 && page.html.contains("\(scene.link)/choice"))
                #expect(scene.choices.allSatisfy { page.html.contains($0.text) })
                #expect(!page.html.contains("Maria") && !page.html.contains("Delgado"))
                #expect(reader.found(in: page.visible).isEmpty)
            }
            let none = try await patient.post("\(scene.link)/choice", [("choice", scene.bumped.text)])
            #expect(none.location == "\(scene.link)?said=gone")
            let chosen = try await patient.post("\(scene.link)/choice", [("choice", scene.choices[0].text)])
            #expect(chosen.location == "\(scene.link)?said=chosen")
            #expect(try await state(world) == ["moved"])
            let after = try await patient.get(scene.link, .spanish)
            #expect(after.visible.contains("Su cita se movió") && !after.html.contains("/choice"))
            // Used again it does nothing more.
            let again = try await patient.post("\(scene.link)/choice", [("choice", scene.choices[0].text)])
            #expect(again.location == "\(scene.link)?said=chosen")
            let other = try await patient.post("\(scene.link)/choice", [("choice", scene.choices[1].text)])
            #expect(other.location == "\(scene.link)?said=gone")
            #expect(try await patient.post("\(scene.link)/call", []).location == "\(scene.link)?said=gone")
        }
    }

    @Test("a link that ran out, was altered or never was gets a clear page and does nothing")
    func brokenLinks() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let patient = world.stranger
            var altered = Array(scene.link)
            altered[altered.count - 3] = altered[altered.count - 3] == "A" ? "B" : "A"
            for wrong in [String(altered), "/bumped/AAAA", "/bumped/" + String(repeating: "a", count: 400)] {
                for language in Language.allCases { #expect(try await patient.get(wrong, language).status == 404) }
                #expect(try await patient.post("\(wrong)/choice", [("choice", scene.choices[0].text)]).status == 404)
                #expect(try await patient.post("\(wrong)/call", []).status == 404)
            }
            world.clock.advance(by: .hours(7))
            let late = try await patient.get(scene.link)
            #expect(late.visible.contains("The time to answer is over") && !late.html.contains("/choice"))
            let answer = try await patient.post("\(scene.link)/choice", [("choice", scene.choices[0].text)])
            #expect(answer.location == "\(scene.link)?said=late")
            #expect(try await state(world) == ["waiting"])
        }
    }
}
