import App
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Studio
import TestKit
import Testing
import Vault
import Web

@Suite("Pages of a visit by its link")
struct VisitLinkPageTests {
    private func link(_ world: PageWorld, _ visit: ID<Appointment>) async throws -> String {
        VisitLinks.path(visit, try await world.spine.vault(world.tenant))
    }

    private func visit(_ world: PageWorld, _ id: ID<Appointment>) async throws -> (status: String, more: String) {
        let row = try await world.platform.installation.database.read(world.tenant) { transaction in
            try transaction.row(
                """
                SELECT status, COALESCE(confirmed_by, '') AS by_whom, COALESCE(cancel_reason, '') AS reason, local_start
                FROM appointment WHERE tenant = \(.tenant) AND id = \(id)
                """)
        }
        let found = try #require(row)
        let by: String = try found["by_whom"], reason: String = try found["reason"]
        let start: String = try found["local_start"]
        return (try found["status"], [by, reason, start].joined(separator: " "))
    }

    private static let acts = ["confirmation", "cancellation", "hold", "move", "waiting", "lateness"]

    @Test("opening a link shows the visit and never the person, and changes nothing", arguments: TestStores.engines)
    func shows(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria, day: "2026-03-12")
            let link = try await link(world, id)
            #expect(link.count <= 30)
            let before = try await visit(world, id)
            for language in Language.allCases {
                for address in [link, link, "\(link)/times", "\(link)/move"] + Self.acts.map({ "\(link)/\($0)" }) {
                    _ = try await world.stranger.get(address, language)
                }
                let page = try await world.stranger.get(link, language)
                #expect(page.status == 200 && page.html.contains("\(link)/confirmation"))
                #expect(!page.html.contains("Maria") && !page.html.contains("Delgado"))
                let reader = RawCodes(
                    world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
                #expect(reader.found(in: page.visible).isEmpty)
            }
            #expect(try await visit(world, id) == before)
        }
    }

    @Test("by the link a patient says yes, once, and calls off with a reason; the form sent again says how it stands")
    func acts() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria, day: "2026-03-12")
            let link = try await link(world, id)
            for _ in 0..<2 {
                #expect(try await world.stranger.post("\(link)/confirmation", []).status == 303)
                #expect(try await visit(world, id) == ("booked", "link  2026-03-12T09:00"))
            }
            for _ in 0..<2 {
                let off = try await world.stranger.post("\(link)/cancellation", [("reason", "ride")])
                #expect(off.status == 303 && off.location?.hasPrefix(link) == true)
                #expect(try await visit(world, id).status == "cancelled")
            }
            #expect(try await visit(world, id).more.contains("patient-ride"))
            #expect(try await world.stranger.get(link, .spanish).visible.contains("Esta cita ya no va"))
            _ = try await world.stranger.post("\(link)/confirmation", [])
            #expect(try await visit(world, id).status == "cancelled")
            let agent = try await world.signIn()
            #expect(try await agent.get("/appointments/\(id.text)").visible.contains("no ride"))
        }
    }

    @Test("who calls off within the visit type's notice has done so late; after its limit they are asked to call")
    func late() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria)
            let link = try await link(world, id)
            let other = try await world.people.book(try await world.people.register(.named("Lin", "Chen")), "10:00")
            // Thursday, 4:00; the visits are at 9:00 and 10:00, and the limit of the shipped type is two hours.
            world.clock.advance(by: .hours(68))
            _ = try await world.stranger.post(
                "\(try await self.link(world, other))/cancellation", [("reason", "sick")])
            #expect(try await visit(world, other).more.contains("patient-late-sick"))
            world.clock.advance(by: .hours(4))
            #expect(try await world.stranger.get(link).visible.contains("too late to change"))
            let no = try await world.stranger.post("\(link)/cancellation", [("reason", "sick")])
            #expect(no.location == "\(link)?said=call")
            #expect(try await visit(world, id).status == "booked")
            let move = try await world.stranger.post(
                "\(link)/hold", [("slot", "annual-physical~elena-alvarez~denver-northside~2026-03-12T09:00")])
            #expect(move.location == "\(link)?said=call")
        }
    }

    @Test(
        "by the link a visit is moved: a time is held, then taken, and the old one is free",
        arguments: TestStores.engines)
    func moves(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria, day: "2026-03-12")
            let link = try await link(world, id)
            let times = try await world.stranger.get("\(link)/times?from=2026-03-12")
            #expect(times.status == 200 && times.html.contains("~2026-03-12T10:00"))
            let slot = ("slot", "annual-physical~elena-alvarez~denver-northside~2026-03-12T10:00")
            let held = try await world.stranger.post("\(link)/hold", [slot])
            let page = try await world.stranger.get(try #require(held.location))
            #expect(page.status == 200)
            #expect(try await visit(world, id).more.contains("T09:00"))
            let fields = try page.form("\(link)/move")
            for _ in 0..<2 {
                let moved = try await world.stranger.post("\(link)/move", fields)
                #expect(moved.location == "\(link)?said=moved")
                #expect(try await visit(world, id).more.contains("T10:00"))
            }
            #expect(try await world.stranger.get("\(link)?said=moved").visible.contains("has been moved"))
            // Somebody else may have the time that was left, and nobody the one that was taken.
            let other = try await world.people.register(.named("Lin", "Chen"))
            let theirs = try await world.people.book(other, day: "2026-03-12")
            let otherLink = try await self.link(world, theirs)
            let taken = try await world.stranger.post("\(otherLink)/hold", [slot])
            #expect(taken.location == "\(otherLink)/times?said=taken")
        }
    }

    @Test("on the day a patient says how late, and the staff see it on the visit and the schedule")
    func lateness() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria)
            let link = try await link(world, id)
            let early = try await world.stranger.post("\(link)/lateness", [("minutes", "10")])
            #expect(early.location == "\(link)?said=call")
            world.clock.advance(by: .hours(72))
            for minutes in ["20", "20", "7", "999"] {
                _ = try await world.stranger.post("\(link)/lateness", [("minutes", minutes)])
            }
            #expect(try await world.stranger.get(link).visible.contains("20 minutes late"))
            let agent = try await world.signIn()
            #expect(try await agent.get("/appointments/\(id.text)").visible.contains("Late by 20 minutes"))
            let day = try await agent.get("/schedule?date=2026-03-05&location=denver-northside")
            #expect(day.visible.contains("Late by 20 minutes"))
            let said = try await world.people.ids(
                "SELECT id FROM event WHERE tenant = \(.tenant) AND kind = 'appointment.running-late'",
                of: Appointment.self)
            #expect(said.count == 1)
            try await world.people.receive("llego 30 minutos tarde", from: "+13035550142")
            #expect(try await agent.get("/appointments/\(id.text)").visible.contains("Late by 30 minutes"))
            #expect(
                try await world.people.ids("SELECT id FROM need WHERE tenant = \(.tenant)", of: Need.self).isEmpty)
        }
    }

    @Test("by the link a patient waits for an earlier time, once")
    func waits() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let link = try await link(world, try await world.people.book(maria, day: "2026-03-12"))
            for _ in 0..<2 { _ = try await world.stranger.post("\(link)/waiting", []) }
            let entries = try await world.people.ids(
                "SELECT id FROM waitlist_entry WHERE tenant = \(.tenant)", of: WaitlistEntry.self)
            #expect(entries.count == 1)
            #expect(try await world.stranger.get(link).visible.contains("on the list for an earlier time"))
        }
    }

    @Test("a link that was altered, never was or has ended gets one and the same page, and does nothing")
    func broken() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let id = try await world.people.book(maria)
            let link = try await link(world, id)
            world.clock.advance(by: .days(4))
            var altered = Array(link)
            altered[5] = altered[5] == "A" ? "B" : "A"
            var pages: Set<String> = []
            for wrong in [link, String(altered), "/v/" + String(repeating: "A", count: 24)] {
                let page = try await world.stranger.get(wrong)
                #expect(page.status == 404)
                pages.insert(page.html.replacing(wrong, with: "/v/…"))
                for act in Self.acts {
                    #expect(try await world.stranger.post("\(wrong)/\(act)", []).status == 404)
                }
            }
            #expect(pages.count == 1)
            #expect(try await visit(world, id).status == "booked")
        }
    }

    @Test("where several share the number, the page says when and nothing else")
    func shared() async throws {
        try await PageWorld.with(.sqlite) { world in
            let ines = try await world.people.register(.named("Ines", "Ruiz", phone: "(303) 555-0187"))
            _ = try await world.people.register(.named("Luis", "Ruiz", phone: "(303) 555-0187"))
            let link = try await link(world, try await world.people.book(ines, day: "2026-03-12"))
            let page = try await world.stranger.get(link)
            #expect(page.visible.contains("9:00"))
            for word in ["check-up", "Alvarez", "Northside", "Ruiz", "Ines"] {
                #expect(!page.visible.contains(word), "\(word)")
            }
        }
    }
}
