import TimeZones
import App
import Conversations
import ConversationsAPI
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
import Vault
import Web

extension OffersByMailTests {
    // MARK: Bumped visits

    private func bump(_ world: PageWorld) async throws -> ID<ScheduleAbsence> {
        let request = AbsenceRequest(
            kind: .practitioner, key: "elena-alvarez", from: try #require(CivilDateTime(iso: "2026-03-12T07:00")),
            to: try #require(CivilDateTime(iso: "2026-03-12T18:00")), reason: .illness)
        let id = try await world.spine.perform(
            RecordAbsence(request, bump: BumpDesk(world.people.desk)), as: world.people.caller)
        try await world.people.settle()
        return ID(raw: id)
    }

    private func bumped(_ world: PageWorld) async throws -> (state: String, asked: Int, withheld: String?) {
        let row = try #require(
            try await rows("SELECT state, asked, withheld FROM bump_visit WHERE tenant = \(.tenant)", world).first)
        return (try row["state"], try row["asked"], try row["withheld"])
    }

    @Test("other times for a visit go by e-mail, and the page of the link takes one", arguments: TestStores.engines)
    func bumpOffer(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let ana = try await register(person("Ana", email: "ana@people.example"), world)
            _ = try await world.people.book(ana, day: "2026-03-12")
            _ = try await bump(world)
            let letter = try #require(try await letters(to: ana, world).last)
            #expect(letter.contains("We cannot see you on") && letter.contains("Choose one by"))
            let choices = try await world.people.ids(
                "SELECT hold FROM bump_choice WHERE tenant = \(.tenant) ORDER BY hold", of: SlotHold.self)
            #expect(letter.split(separator: "\n").count { $0.hasPrefix("– ") } == choices.count)
            for word in ["1. ", "Reply", "hysical", "Alvarez", "Delgado"] { #expect(!letter.contains(word), "\(word)") }
            let link = try path(letter, "bumped")
            let page = try await world.stranger.get(link)
            #expect(page.status == 200)
            #expect(try await bumped(world).state == "waiting")
            let choice = try #require(choices.last)
            #expect(page.html.contains(choice.text))
            let chosen = try await world.stranger.post("\(link)/choice", [("choice", choice.text)])
            #expect(chosen.location == "\(link)?said=chosen")
            let settled = try await rows("SELECT settled_by FROM bump_visit WHERE tenant = \(.tenant)", world)
            #expect(try settled.map { try $0["settled_by"] as String } == ["link"])
            #expect(try await bumped(world).state == "moved")
        }
    }

    @Test(
        "who is not reached by the question is to be called at once, and not asked again that way",
        arguments: TestStores.engines, [true, false])
    func bumpUndelivered(engine: Engine, byMail: Bool) async throws {
        try await Self.with(engine) { world in
            let patient = try #require(try await register(1, byMail: byMail, world).first)
            _ = try await world.people.book(patient, day: "2026-03-12")
            let list = try await bump(world)
            let messages = try await world.people.ids(
                "SELECT message FROM bump_visit WHERE tenant = \(.tenant)", of: Message.self)
            try await fail(try #require(messages.first), world)
            let after = try await bumped(world)
            #expect(after.state == "waiting" && after.asked == 1 && after.withheld == "undelivered")
            let staff = try await world.signIn("clinic-manager")
            let calls = try await staff.get("/bump/\(list.text)?show=call")
            #expect(calls.visible.contains("Cannot be written to: call"))
            #expect(calls.visible.contains("The message did not arrive."))
            world.clock.advance(by: .hours(7))
            try await world.people.settle()
            #expect(try await bumped(world).asked == 1)
        }
    }

    @Test("to a shared address goes that a visit cannot be kept, without times or link; and that it stays after all")
    func bumpShared() async throws {
        try await Self.with(.sqlite) { world in
            let ana = try await register(person("Ana", email: "home@people.example"), world)
            _ = try await register(person("Bruno", email: "home@people.example"), world)
            _ = try await world.people.book(ana, day: "2026-03-12")
            let list = try await bump(world)
            let asked = try #require(try await letters(to: ana, world).last)
            #expect(asked.contains("someone who gets e-mail here") && asked.contains("for a new time"))
            #expect(!asked.contains("https://") && !asked.contains("Ana") && !asked.contains("– "))
            _ = try await world.spine.perform(
                WithdrawAbsence(list, bump: BumpDesk(world.people.desk)), as: world.people.caller)
            try await world.people.settle()
            let kept = try #require(try await letters(to: ana, world).last)
            #expect(kept.contains("stays as it is") && !kept.contains("Ana"))
        }
    }

    // MARK: Notices

    @Test("the e-mail of a booking has the link to the visit, unless others read it too")
    func notice() async throws {
        try await Self.with(.sqlite) { world in
            let ana = try await register(person("Ana", email: "ana@people.example"), world)
            let bea = try await register(person("Bea", email: "home@people.example"), world)
            _ = try await register(person("Bruno", email: "home@people.example"), world)
            _ = try await world.people.book(ana, "09:00", day: "2026-03-12")
            _ = try await world.people.book(bea, "10:00", day: "2026-03-12")
            let link = try path(try #require(try await letters(to: ana, world).first), "v")
            #expect(try await world.stranger.get(link).visible.contains("Will you come?"))
            #expect(try await !letters(to: bea, world).joined().contains("https://"))
        }
    }
}
