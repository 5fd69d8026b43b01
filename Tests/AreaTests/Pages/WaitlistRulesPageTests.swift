import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// What pages say when the rules of a visit type stand in the way: the true reason, and nothing of a time that has
/// gone.
@Suite("Pages of the waitlist and the rules of visits")
struct WaitlistRulesPageTests {
    /// Publishes the check-up anew, for whom it is.
    private func allow(_ eligibility: VisitEligibility, _ world: PageWorld) async throws {
        try await world.publish { blueprint in
            for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "annual-physical" {
                blueprint.visitTypes[index].rules.eligibility = eligibility
                blueprint.visitTypes[index].rules.selfService.book = false
            }
        }
    }

    private func cancelledVisit(_ world: PageWorld) async throws -> ID<Appointment> {
        let left = try await world.people.register(.named("Ines", "Ruiz", phone: "(303) 555-0187"))
        return try await world.people.book(left, day: "2026-03-12")
    }

    private func join(_ patient: ID<Patient>, _ world: PageWorld) async throws {
        _ = try await world.spine.perform(
            JoinWaitlist(
                patient, WaitlistRequest(WaitlistWish(visitType: "annual-physical")),
                waitlist: WaitlistDesk(world.people.desk)), as: world.people.caller)
    }

    private func cancel(_ visit: ID<Appointment>, _ world: PageWorld) async throws {
        _ = try await world.spine.perform(
            CancelAppointment(visit, reason: .patient, desk: world.people.desk), as: world.people.caller)
        try await world.people.settle()
    }

    @Test("a yes by the link that the rules refuse is told why, and not that the time has gone")
    func offer() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visit = try await cancelledVisit(world)
            try await join(try await world.people.register(.maria), world)
            try await cancel(visit, world)
            let offers = try await world.people.ids(
                "SELECT id FROM waitlist_offer WHERE tenant = \(.tenant) AND state = 'offered'", of: WaitlistOffer.self)
            let link = try WaitlistDesk(world.people.desk, publicBase: "").link(
                try #require(offers.first), try await world.spine.vault(world.tenant))
            try await allow(VisitEligibility(referral: true), world)
            let yes = try await world.stranger.post("\(link)/acceptance", [])
            #expect(yes.status == 303 && yes.location == "\(link)?said=refused")
            let page = try await world.stranger.get(yes.location ?? "")
            #expect(page.visible.contains("We cannot give you this time"))
            #expect(page.visible.contains("we need a referral first") && !page.visible.contains("faster"))
            #expect(!page.html.contains("/acceptance"))
            let spanish = try await world.stranger.get(yes.location ?? "", .spanish)
            #expect(spanish.visible.contains("No podemos darle esta hora"))
            // Staff read the reason beside the offer.
            let opening = try #require(
                try await world.people.ids(
                    "SELECT id FROM waitlist_opening WHERE tenant = \(.tenant)", of: WaitlistOpening.self
                ).first)
            let staff = try await world.signIn().get("/waitlist/openings/\(opening.text)")
            #expect(staff.visible.contains("Taken back") && staff.visible.contains("A referral is needed first"))
        }
    }

    @Test("a yes by text that the rules refuse is not answered that the time has gone, but with whom to call")
    func text() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visit = try await cancelledVisit(world)
            try await join(try await world.people.register(.maria), world)
            try await cancel(visit, world)
            // As the carrier would have taken it.
            try await world.platform.installation.database.write(world.tenant) { transaction in
                try transaction.send("UPDATE message SET state = 'sent' WHERE tenant = \(.tenant) AND state = 'queued'")
            }
            try await allow(VisitEligibility(referral: true), world)
            try await world.people.receive("YES", from: "+13035550142")
            let sent = try await world.platform.installation.database.read(world.tenant) { transaction in
                try transaction.rows(
                    "SELECT template FROM message WHERE tenant = \(.tenant) AND template IS NOT NULL ORDER BY id"
                ).map { row -> String in try row["template"] }
            }
            #expect(sent.last == "help" && !sent.contains("waitlist-gone"))
        }
    }

    @Test("staff are told which rule keeps somebody from being asked, and from being put on the list")
    func staff() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visit = try await cancelledVisit(world)
            try await join(try await world.people.register(.maria), world)
            try await allow(VisitEligibility(referral: true), world)
            try await cancel(visit, world)
            let opening = try #require(
                try await world.people.ids(
                    "SELECT id FROM waitlist_opening WHERE tenant = \(.tenant)", of: WaitlistOpening.self
                ).first)
            let visitor = try await world.signIn()
            let address = "/waitlist/openings/\(opening.text)"
            let page = try await visitor.get(address)
            #expect(page.visible.contains("Nobody has been asked yet"))
            #expect(page.visible.contains("The visit’s own rules: A referral is needed first"))
            #expect(try await visitor.get(address, .spanish).visible.contains("Reglas de la cita: "))
            let other = try await world.people.register(.named("Lin", "Chen"))
            let form = try await visitor.get("/waitlist/new?patient=\(other.text)&type=annual-physical")
            let refused = try await visitor.post("/waitlist", try form.form("/waitlist"))
            #expect(refused.status == 409 && refused.visible.contains("A referral is needed first"))
        }
    }

    @Test("who may not have an earlier time by their link is told so, and not that a time was taken")
    func link() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria, day: "2026-03-12")
            let link = VisitLinks.path(visit, try await world.spine.vault(world.tenant))
            try await allow(VisitEligibility(ages: AgeRange(under: 5)), world)
            let answer = try await world.stranger.post("\(link)/waiting", [])
            #expect(answer.status == 303 && answer.location == "\(link)?said=refused&why=not-for-you")
            let page = try await world.stranger.get(answer.location ?? "")
            #expect(page.visible.contains("We could not put you on the list for an earlier time."))
            #expect(page.visible.contains("cannot be booked online for you"))
            let waiting = try await world.people.ids(
                "SELECT id FROM waitlist_entry WHERE tenant = \(.tenant)", of: WaitlistEntry.self)
            #expect(waiting.isEmpty)
            try await allow(.everybody, world)
            #expect(try await world.stranger.post("\(link)/waiting", []).location == "\(link)?said=waiting")
        }
    }
}
