import Kernel
import PeopleAPI
import SchedulingAPI
import Store
import TestKit
import Testing
import Vault
import Web

@Suite("Pages of visits")
struct VisitPageTests {
    /// Which acts a page offers for a visit, by the last part of their addresses.
    private func acts(_ answer: Answer, _ visit: ID<Appointment>) -> Set<String> {
        Set(
            ["confirmation", "arrival", "completion", "no-show", "cancellation"].filter {
                answer.html.contains("action=\"/appointments/\(visit.text)/\($0)\"")
            })
    }

    /// The same acts are offered on the visit's page and beside its day.
    private func expectActs(
        _ expected: Set<String>, _ visit: ID<Appointment>, _ visitor: Visitor, day: String = "2026-03-05"
    ) async throws {
        let page = try await visitor.get("/appointments/\(visit.text)")
        #expect(acts(page, visit) == expected)
        let grid = try await visitor.get("/schedule?date=\(day)&location=denver-northside&visit=\(visit.text)")
        #expect(acts(grid, visit) == expected)
    }

    @Test(
        "a visit is confirmed, checked in and completed by staff, each step in its time", arguments: TestStores.engines)
    func steps(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let visit = try await world.people.book(try await world.people.register(.maria))
            var visitor = try await world.signIn()
            let address = "/appointments/\(visit.text)"
            try await expectActs(["confirmation", "arrival", "cancellation"], visit, visitor)
            let before = try await visitor.get(address)
            #expect(before.visible.contains("Booked, not confirmed"))
            // The visit is days ahead: to confirm it is the next step.
            #expect(
                before.html.contains(/confirmation">.{0,200}<button class="button primary small"/.dotMatchesNewlines()))
            let confirmed = try await visitor.post("\(address)/confirmation", [])
            #expect(confirmed.status == 303 && confirmed.location == "\(address)?done=appointment.confirmed")
            try await expectActs(["arrival", "cancellation"], visit, visitor)
            try await world.people.settle()
            let after = try await visitor.get(confirmed.location ?? "", .spanish)
            #expect(after.visible.contains("Cita confirmada."))
            // Thursday, 9:10: it has begun, so it can be missed too.
            world.clock.advance(by: .days(3) + .hours(1) + .minutes(10))
            visitor = try await world.signIn()
            try await expectActs(["arrival", "no-show", "cancellation"], visit, visitor)
            #expect(try await visitor.post("\(address)/arrival", []).status == 303)
            try await expectActs(["completion", "cancellation"], visit, visitor)
            #expect(try await visitor.post("\(address)/completion", []).status == 303)
            try await expectActs([], visit, visitor)
            #expect(try await visitor.get(address).visible.contains("Completed"))
        }
    }

    @Test("a visit that was missed can still be checked in, one that was called off cannot")
    func missedAndCancelled() async throws {
        try await PageWorld.with(.sqlite) { world in
            let people = [
                try await world.people.register(.maria), try await world.people.register(.named("Ines", "Ruiz")),
            ]
            let missed = try await world.people.book(people[0])
            let cancelled = try await world.people.book(people[1], "10:00")
            world.clock.advance(by: .days(3) + .hours(1) + .minutes(10))
            let visitor = try await world.signIn()
            #expect(try await visitor.post("/appointments/\(missed.text)/no-show", []).status == 303)
            // Why they did not come may be said later.
            try await expectActs(["arrival", "no-show"], missed, visitor)
            let cancel = try await visitor.post(
                "/appointments/\(cancelled.text)/cancellation", [("reason", "patient"), ("tell", "1")])
            #expect(cancel.status == 303)
            try await expectActs([], cancelled, visitor)
            let refused = try await visitor.post("/appointments/\(cancelled.text)/confirmation", [])
            #expect(refused.status == 409 && refused.visible.contains("The visit is cancelled"))
        }
    }

    @Test("a click on a free time leads to booking it: practitioner, day and time stay until it is held")
    func freeTime() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            _ = try await world.people.book(try await world.people.register(.named("Ines", "Ruiz")), "08:00")
            let day = try await visitor.get("/schedule?date=2026-03-05&location=denver-northside")
            let link = try #require(day.html.firstMatch(of: /href="(\/booking\?practitioner=elena-alvarez[^"]*)"/))
            let address = String(link.output.1.replacing("&amp;", with: "&"))
            // The first visit and its buffers end there.
            #expect(address.hasSuffix("&location=denver-northside&from=2026-03-05&to=2026-03-05&at=08:40"))
            let page = try await visitor.get(address)
            #expect(page.status == 200 && page.visible.contains("Who is the visit for?"))
            let asked = try page.form("/booking")
            #expect(
                asked["practitioner"] == "elena-alvarez" && asked["location"] == "denver-northside"
                    && asked["from"] == "2026-03-05" && asked["to"] == "2026-03-05" && asked["at"] == "08:40")
            #expect(try await visitor.get("\(address)&q=nobody").visible.contains("Nobody fits “nobody”"))
            let found = try await visitor.get("\(address)&q=delgado")
            let hit = try #require(found.html.firstMatch(of: /<a class="slot who" href="([^"]*)"/))
            let chosen = String(hit.output.1.replacing("&amp;", with: "&"))
            let choose = try await visitor.get(chosen)
            #expect(try choose.form("/booking")["patient"] == maria.text)
            #expect(try choose.form("/booking")["at"] == "08:40")
            // Of the visits she does, the one that can begin at that minute is chosen and its time offered first.
            #expect(try best(choose) == "sick-visit~elena-alvarez~denver-northside~2026-03-05T08:40")
            // Another kind begins every quarter of an hour: the next time is offered first, and why 8:40 is not is told.
            let other = try await visitor.get("\(chosen)&type=annual-physical")
            #expect(try best(other) == "annual-physical~elena-alvarez~denver-northside~2026-03-05T08:45")
            #expect(other.visible.contains("Visits do not begin at this minute"))
            let held = try await visitor.post("/holds", try choose.form("/holds").with("slot", best(choose)))
            #expect(held.status == 303 && held.location?.hasPrefix("/booking?hold=") == true)
            let confirm = try await visitor.get(held.location ?? "")
            let booked = try await visitor.post("/appointments", try confirm.form("/appointments"))
            #expect(booked.status == 303 && booked.location?.hasSuffix("?done=appointment.booked") == true)
        }
    }

    /// The time that is offered first.
    private func best(_ page: Answer) throws -> String {
        String(try #require(page.html.firstMatch(of: /class="slot best"[^>]*value="([^"]*)"/)).output.1)
    }

    @Test("a need of somebody unknown is booked for nobody: its messages come first")
    func unknownPerson() async throws {
        try await PageWorld.with(.sqlite) { world in
            _ = try await world.people.register(.maria)
            try await world.people.receive("Do you take new patients?", from: "+13035550199")
            let need = try #require(
                try await world.people.ids("SELECT id FROM need WHERE tenant = \(.tenant)", of: Need.self).first)
            let visitor = try await world.signIn()
            let page = try await visitor.get("/booking?need=\(need.text)&q=delgado")
            #expect(page.status == 200)
            #expect(page.html.contains("href=\"/inbox/\(need.text)\"") && !page.html.contains("class=\"slot who\""))
        }
    }
}
