import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import Vault
import Web

@Suite("Pages of the waitlist")
struct WaitlistPageTests {
    /// Somebody whose visit was called off, and somebody to whom its time was offered.
    private struct Scene {
        let waiting: ID<Patient>
        let entry: ID<WaitlistEntry>
        let opening: ID<WaitlistOpening>
        let offer: ID<WaitlistOffer>
        /// The path of the link in the message.
        let link: String
    }

    private func scene(_ world: PageWorld) async throws -> Scene {
        let left = try await world.people.register(.named("Ines", "Ruiz", phone: "(303) 555-0187"))
        let maria = try await world.people.register(.maria)
        let visit = try await world.people.book(left, day: "2026-03-12")
        let waitlist = WaitlistDesk(world.people.desk, publicBase: "")
        let entry = try await world.spine.perform(
            JoinWaitlist(maria, WaitlistRequest(WaitlistWish(visitType: "annual-physical")), waitlist: waitlist),
            as: world.people.caller)
        _ = try await world.spine.perform(
            CancelAppointment(visit, reason: .patient, desk: world.people.desk), as: world.people.caller)
        try await world.people.settle()
        let opening = try await world.people.ids(
            "SELECT id FROM waitlist_opening WHERE tenant = \(.tenant)", of: WaitlistOpening.self)
        let offers = try await world.people.ids(
            "SELECT id FROM waitlist_offer WHERE tenant = \(.tenant) AND state = 'offered'", of: WaitlistOffer.self)
        let offer = try #require(offers.first)
        let vault = try await world.spine.vault(world.tenant)
        return Scene(
            waiting: maria, entry: ID(raw: entry), opening: try #require(opening.first), offer: offer,
            link: try waitlist.link(offer, vault))
    }

    private func state(_ world: PageWorld) async throws -> [String] {
        try await world.platform.installation.database.read(world.tenant) { transaction in
            try transaction.rows("SELECT state FROM waitlist_offer WHERE tenant = \(.tenant) ORDER BY id").map {
                try $0["state"]
            }
        }
    }

    @Test("staff put a patient on the list, see them there, change what they want and take them off")
    func list() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            #expect(try await visitor.get("/waitlist").visible.contains("Nobody is waiting"))
            let page = try await visitor.get("/waitlist/new?patient=\(maria.text)&type=annual-physical")
            #expect(page.status == 200)
            let fields = try page.form("/waitlist")
            #expect(fields["visitType"] == "annual-physical" && fields["patient"] == maria.text)
            let wrong = try await visitor.post("/waitlist", fields.with("from", "12:00").with("to", "08:00"))
            #expect(wrong.status == 400 && wrong.visible.contains("The hours end after they begin."))
            #expect(try wrong.form("/waitlist")["from"] == "12:00")
            let joined = try await visitor.post("/waitlist", fields.with("weekday", "4"))
            #expect(joined.status == 303 && joined.location == "/patients/\(maria.text)?done=waitlist.joined")
            let again = try await visitor.post("/waitlist", fields, .spanish)
            #expect(again.status == 409 && again.visible.contains("ya está en la lista"))
            let list = try await visitor.get("/waitlist")
            #expect(list.visible.contains("Delgado Ruiz") && list.visible.contains("Thursday"))
            #expect(try await visitor.get("/waitlist?type=sick-visit").visible.contains("Nobody fits"))
            #expect(try await visitor.get("/patients/\(maria.text)").html.contains("/waitlist/entries/"))
            let edit = try #require(list.html.firstMatch(of: /href="(\/waitlist\/entries\/[^"]+)"/)).output.1.text
            let form = try await visitor.get(edit)
            let changed = try await visitor.post(edit, try form.form(edit).with("notice", "12"))
            #expect(changed.status == 303)
            let stale = try await visitor.post(edit, try form.form(edit).with("notice", "24"))
            #expect(stale.status == 409 && stale.visible.contains("changed this meanwhile"))
            #expect(try await visitor.get("/waitlist").visible.contains("12 hours’ notice"))
            #expect(try await visitor.post("\(edit)/leaving", []).status == 303)
            #expect(try await visitor.get("/waitlist").visible.contains("Nobody is waiting"))
        }
    }

    @Test("an opening shows whom it was offered to, what they said, and why others were not asked")
    func openings() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let other = try await world.people.register(.named("Lin", "Chen"))
            let wish = WaitlistWish(visitType: "annual-physical", weekdays: [1])
            _ = try await world.spine.perform(
                JoinWaitlist(other, WaitlistRequest(wish), waitlist: WaitlistDesk(world.people.desk)),
                as: world.people.caller)
            let visitor = try await world.signIn()
            let address = "/waitlist/openings/\(scene.opening.text)"
            #expect(try await visitor.get("/waitlist/openings").html.contains(address))
            for language in Language.allCases {
                #expect(try await visitor.get(address, language).status == 200)
            }
            let page = try await visitor.get(address)
            #expect(page.visible.contains("Waiting for an answer"))
            #expect(page.visible.contains("Cannot come on this day of the week"))
            let taken = try await visitor.post("/waitlist/offers/\(scene.offer.text)/acceptance", [])
            #expect(taken.status == 303 && taken.location?.hasPrefix("/appointments/") == true)
            #expect(try await visitor.get(address).visible.contains("Took it"))
            let late = try await visitor.post("\(address)/offering", [])
            #expect(late.status == 409 && late.visible.contains("not offered any more"))
        }
    }

    @Test("a link shows the time and takes it only when the page is asked to", arguments: TestStores.engines)
    func link(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scene = try await scene(world)
            let patient = world.stranger
            for _ in 0..<3 {
                for address in [
                    scene.link, "\(scene.link)/acceptance", "\(scene.link)/refusal", "\(scene.link)/leaving",
                ] {
                    _ = try await patient.get(address)
                }
            }
            #expect(try await state(world) == ["offered"])
            for language in Language.allCases {
                let page = try await patient.get(scene.link, language)
                #expect(page.status == 200 && page.html.contains("\(scene.link)/acceptance"))
                #expect(!page.html.contains("Maria") && !page.html.contains("Delgado"))
            }
            let yes = try await patient.post("\(scene.link)/acceptance", [])
            #expect(yes.status == 303 && yes.location == "\(scene.link)?said=accepted")
            #expect(try await state(world) == ["accepted"])
            let after = try await patient.get(yes.location ?? "", .spanish)
            #expect(after.visible.contains("Es suya") && !after.html.contains("/acceptance"))
            // A link used again does nothing more, whatever is asked of it.
            let visits = try await world.people.ids(
                "SELECT id FROM appointment WHERE tenant = \(.tenant)", of: Appointment.self)
            _ = try await patient.post("\(scene.link)/acceptance", [])
            _ = try await patient.post("\(scene.link)/refusal", [])
            #expect(try await state(world) == ["accepted"])
            #expect(
                try await world.people.ids("SELECT id FROM appointment WHERE tenant = \(.tenant)", of: Appointment.self)
                    == visits)
        }
    }

    @Test("a link that ran out, was altered or never was gets a clear page and does nothing")
    func brokenLinks() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let patient = world.stranger
            var altered = Array(scene.link)
            altered[altered.count - 3] = altered[altered.count - 3] == "A" ? "B" : "A"
            for wrong in [String(altered), "/offers/AAAA", "/offers/" + String(repeating: "a", count: 400)] {
                for language in Language.allCases {
                    let page = try await patient.get(wrong, language)
                    #expect(page.status == 404)
                    #expect(!page.html.contains("/acceptance"))
                }
                #expect(try await patient.post("\(wrong)/acceptance", []).status == 404)
            }
            #expect(try await patient.get("/offers/AAAA").visible.contains("This link does not work"))
            world.clock.advance(by: .minutes(91))
            let late = try await patient.get(scene.link)
            #expect(late.status == 200 && late.visible.contains("The time to answer is over"))
            let yes = try await patient.post("\(scene.link)/acceptance", [])
            #expect(yes.location == "\(scene.link)?said=late")
            #expect(try await state(world) == ["expired"])
        }
    }

    @Test("by the link a patient can say no, and leave the list")
    func refusals() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            let patient = world.stranger
            let no = try await patient.post("\(scene.link)/refusal", [])
            #expect(no.location == "\(scene.link)?said=declined")
            #expect(try await patient.get(no.location ?? "").visible.contains("Thank you for telling us"))
            let gone = try await patient.post("\(scene.link)/leaving", [])
            #expect(gone.location == "\(scene.link)?said=left")
            #expect(try await patient.get(scene.link).visible.contains("You are off the list"))
        }
    }

    @Test("a yes by text takes the time, a no keeps the place", arguments: ["YES", "NO"])
    func replies(word: String) async throws {
        try await PageWorld.with(.sqlite) { world in
            let scene = try await scene(world)
            // As the carrier would have taken it.
            try await world.platform.installation.database.write(world.tenant) { transaction in
                try transaction.send("UPDATE message SET state = 'sent' WHERE tenant = \(.tenant) AND state = 'queued'")
            }
            try await world.people.receive(word, from: "+13035550142")
            #expect(try await state(world) == [word == "YES" ? "accepted" : "declined"])
            let needs = try await world.people.ids("SELECT id FROM need WHERE tenant = \(.tenant)", of: Need.self)
            #expect(needs.isEmpty)
            #expect(scene.offer.raw != 0)
        }
    }
}
