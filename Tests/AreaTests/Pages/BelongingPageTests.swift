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
import Vault
import Web

@Suite("Visits that belong together, on their pages")
struct BelongingPageTests {
    private func chained(_ world: PageWorld) async throws -> Int {
        try await world.people.ids(
            "SELECT appointment FROM visit_chain WHERE tenant = \(.tenant)", of: Appointment.self
        )
        .count
    }

    private func first(_ pattern: Regex<(Substring, Substring)>, _ page: Answer) throws -> String {
        String(try #require(page.html.firstMatch(of: pattern)).output.1).replacing("&amp;", with: "&")
    }

    /// Books the draw from the page of the check-up; the answer to the last form.
    private func bookDraw(_ visit: ID<Appointment>, _ visitor: Visitor) async throws -> Answer {
        let page = try await visitor.get("/appointments/\(visit.text)")
        let link = try first(#/href="(\/booking\?patient=[^"]*joins=[^"]*)"/#, page)
        #expect(link.contains("type=fasting-labs&from=2026-03-02&to=2026-03-11&joins=\(visit.text)"))
        let choose = try await visitor.get(link)
        let slot = try first(#/name="slot" value="(fasting-labs~[^"]*)"/#, choose)
        let held = try await visitor.post("/holds", try choose.form("/holds").with("slot", slot))
        let confirm = try await visitor.get(held.location ?? "")
        #expect(try confirm.form("/appointments")["joins"] == visit.text)
        return try await visitor.post("/appointments", try confirm.form("/appointments"))
    }

    @Test(
        "a check-up's page says what belongs to it; that is booked from there, and all is cancelled together",
        arguments: TestStores.engines)
    func whole(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, day: "2026-03-12")
            let visitor = try await world.signIn()
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            for language in Language.allCases {
                let page = try await visitor.get("/appointments/\(visit.text)", language)
                #expect(page.status == 200 && reader.found(in: page.visible).isEmpty)
            }
            let before = try await visitor.get("/appointments/\(visit.text)")
            #expect(before.visible.contains("20 hours to 14 days before, fasting"))
            #expect(before.visible.contains("Not booked"))
            // Said already before it is booked.
            let other = "annual-physical~elena-alvarez~denver-northside~2026-03-19T09:00"
            let held = try await visitor.post("/holds", [("patient", maria.text), ("slot", other)])
            #expect(
                try await visitor.get(held.location ?? "").visible.contains("Fasting blood draw: 20 hours to 14 days"))
            let booked = try await bookDraw(visit, visitor)
            #expect(booked.status == 303 && booked.location == "/appointments/\(visit.text)?done=appointment.booked")
            #expect(try await chained(world) == 2)
            let after = try await visitor.get("/appointments/\(visit.text)")
            #expect(!after.visible.contains("Not booked") && after.visible.contains("Cancel all 2 visits"))
            let cancelled = try await visitor.post(
                "/appointments/\(visit.text)/trip-cancellation", [("reason", "patient"), ("tell", "1")])
            #expect(cancelled.status == 303)
            let left = try await world.people.ids(
                "SELECT id FROM appointment WHERE tenant = \(.tenant) AND status = 'booked'", of: Appointment.self)
            #expect(left.isEmpty)
            #expect(try await !visitor.get("/appointments/\(visit.text)").visible.contains("Cancel all"))
        }
    }

    @Test("a move that breaks the link is told with its words, and goes on at a second click alone")
    func moving() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, day: "2026-03-12")
            let visitor = try await world.signIn()
            _ = try await bookDraw(visit, visitor)
            let placed = "/appointments/\(visit.text)/placement"
            let pointed = try await visitor.get("\(placed)?start=2026-03-24T09:15")
            #expect(pointed.visible.contains("The visits would not fit together"))
            let far = "annual-physical~elena-alvarez~denver-northside~2026-03-24T09:00"
            let held = try await visitor.post("/holds", [("moving", visit.text), ("slot", far)])
            let address = try #require(held.location)
            let told = try await visitor.get(address, .spanish)
            #expect(told.visible.contains("Las citas no concordarían") && told.visible.contains("de todos modos"))
            let form = try await visitor.get(address).form("/appointments")
            #expect(form["anyway"] == "1")
            let refused = try await visitor.post("/appointments", form.filter { $0.0 != "anyway" })
            #expect(refused.status == 409 && refused.visible.contains("Move anyway"))
            #expect(refused.visible.contains("Fasting blood draw belongs to Yearly check-up"))
            let moved = try await visitor.post("/appointments", form)
            #expect(moved.status == 303)
            let page = try await visitor.get("/appointments/\(visit.text)")
            #expect(page.visible.contains("The visits do not fit together"))
        }
    }

    @Test("a patient reads on the visit's own page what belongs to it, and when it is booked")
    func own() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, day: "2026-03-12")
            let link = VisitLinks.path(visit, try await world.spine.vault(world.tenant))
            let before = try await world.stranger.get(link)
            #expect(before.visible.contains("Before this visit you need: Fasting blood draw."))
            #expect(before.visible.contains("Call us and we will book it with you."))
            #expect(try await world.stranger.get(link, .spanish).visible.contains("Antes de esta cita necesita"))
            _ = try await bookDraw(visit, try await world.signIn())
            let after = try await world.stranger.get(link)
            #expect(after.visible.contains("You have it: ") && !after.visible.contains("we will book it"))
            // Times that would break the link are not offered to whoever moves by the link.
            let far = try await world.stranger.get("\(link)/times?from=2026-03-24")
            #expect(far.status == 200 && !far.html.contains("name=\"slot\""))
            let near = try await world.stranger.get("\(link)/times?from=2026-03-10")
            #expect(near.html.contains("2026-03-12T") || near.html.contains("2026-03-16T"))
        }
    }
}
