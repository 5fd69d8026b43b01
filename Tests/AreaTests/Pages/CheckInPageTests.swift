import App
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Studio
import TestKit
import Testing
import Web

@Suite("Check-in from the phone")
struct CheckInPageTests {
    @Test(
        "a patient checks in, says that they are here, and the staff see what was given",
        arguments: TestStores.engines)
    func whole(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria)
            let link = VisitLinks.path(id, try await world.spine.vault(world.tenant))
            // Days before there is none.
            #expect(try await world.stranger.get("\(link)/checkin").location == link)
            #expect(try await world.stranger.post("\(link)/arrival", []).location == "\(link)?said=changed")
            world.clock.advance(by: .hours(72))
            #expect(try await world.stranger.get(link).html.contains("\(link)/checkin"))
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            for language in Language.allCases {
                let page = try await world.stranger.get("\(link)/checkin", language)
                #expect(page.status == 200 && reader.found(in: page.visible).isEmpty)
                #expect(!page.html.contains("Delgado") && !page.html.contains("m.delgado@"))
            }
            let bare = try await world.stranger.post("\(link)/checkin", [("email", "nothing"), ("member", "H-1")])
            #expect(bare.status == 422 && bare.visible.contains("This is needed."))
            #expect(bare.visible.contains("Say whose number it is."))
            #expect(try bare.form("\(link)/checkin")["email"] == "nothing")
            let given = try await world.stranger.post(
                "\(link)/checkin",
                [
                    ("phone", "(303) 555-0190"), ("answer-changes", "no"), ("answer-pharmacy", "Alder Pharmacy"),
                    ("answer-way", "bus"), ("payer", "Harbor Mutual"), ("member", "HM-77"), ("later", "yes"),
                    ("agree-visit-texts", "visit-texts/1"),
                ])
            #expect(given.status == 303 && given.location == "\(link)/checkin")
            for language in Language.allCases {
                let page = try await world.stranger.get("\(link)/checkin", language)
                #expect(page.status == 200 && page.html.contains("\(link)/arrival"))
                // What was given is not shown to whoever holds the telephone next.
                #expect(!page.html.contains("HM-77") && !page.html.contains("Alder Pharmacy"))
            }
            for _ in 0..<2 { #expect(try await world.stranger.post("\(link)/arrival", []).location == link) }
            #expect(try await world.stranger.get(link, .spanish).visible.contains("Ya está registrada su llegada"))
            let agent = try await world.signIn()
            let page = try await agent.get("/appointments/\(id.text)")
            for word in ["HM-77", "Harbor Mutual", "Alder Pharmacy", "(303) 555-0190", "visit-texts/1"] {
                #expect(page.visible.contains(word), "\(word)")
            }
            let ledger = try await agent.get("/patients/\(maria.text)/consent")
            #expect(ledger.visible.contains("visit-texts/1"))
        }
    }
}
