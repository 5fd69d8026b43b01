import App
import JSON
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

/// Whose a cancellation is, and whether it was late, whatever door it came through.
@Suite("Visits called off")
struct CalledOffTests {
    private func reason(_ world: PageWorld, _ id: ID<Appointment>) async throws -> String {
        let row = try await world.platform.installation.database.read(world.tenant) { transaction in
            try transaction.row(
                "SELECT cancel_reason FROM appointment WHERE tenant = \(.tenant) AND id = \(id)")
        }
        return try #require(row)["cancel_reason"]
    }

    private func late(_ world: PageWorld) async throws -> Set<ID<Appointment>> {
        let list = try await world.spine.ask(
            ListCapacityVisits(
                CapacityChoice(period: .next4, practitioner: "elena-alvarez"), .late, days: nil,
                now: world.clock.now(), desk: world.people.desk), as: world.people.caller)
        return Set(list.visits.map(\.id))
    }

    @Test(
        "a patient who calls off by link is counted as late when it was late, and is the one who declined",
        arguments: TestStores.engines)
    func byLink(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let people = [
                try await world.people.register(.maria), try await world.people.register(.named("Lin", "Chen")),
            ]
            let early = try await world.people.book(people[0], "09:00")
            let late = try await world.people.book(people[1], "10:00")
            let vault = try await world.spine.vault(world.tenant)
            func callOff(_ visit: ID<Appointment>, _ said: String) async throws {
                let answer = try await world.stranger.post(
                    "\(VisitLinks.path(visit, vault))/cancellation", [("reason", said)])
                #expect(answer.status == 303)
            }
            try await callOff(early, "better")
            // Thursday, 4:00: six hours before the visit, where the notice is a day.
            world.clock.advance(by: .hours(68))
            try await callOff(late, "ride")
            #expect(try await reason(world, early) == "patient-better")
            #expect(try await reason(world, late) == "patient-late-ride")
            #expect(try await self.late(world) == [late])
            let answer = try await world.spine.ask(
                ReadCapacity(
                    CapacityChoice(period: .next4, practitioner: "elena-alvarez"), now: world.clock.now(),
                    desk: world.people.desk), as: world.people.caller)
            #expect(answer.count.total.attendance.lateCancellations == Proportion(1, of: 1))
            let program = try await KeyedProgram.with(["appointment.read"], in: world)
            for (visit, code) in [(early, "pat-fb"), (late, "pat-lt")] {
                let resource = try await program.get("/fhir/Appointment/\(visit.text)").json
                let coding = resource["cancelationReason"]?["coding"]?.array?.first
                #expect(coding?["code"]?.string == code)
                let answers = resource["participant"]?.array?.compactMap { $0["status"]?.string }
                #expect(answers == ["declined", "accepted", "accepted"])
            }
        }
    }

    @Test("what the desk records for a patient is late by the type's notice, and the visit's page says so")
    func byDesk() async throws {
        try await PageWorld.with(.sqlite) { world in
            let people = [
                try await world.people.register(.maria), try await world.people.register(.named("Lin", "Chen")),
                try await world.people.register(.named("Ines", "Ruiz")),
            ]
            let early = try await world.people.book(people[0], "09:00")
            let late = try await world.people.book(people[1], "10:00")
            let closed = try await world.people.book(people[2], "11:00")
            func callOff(_ visitor: Visitor, _ visit: ID<Appointment>, _ reason: String) async throws {
                let answer = try await visitor.post("/appointments/\(visit.text)/cancellation", [("reason", reason)])
                #expect(answer.status == 303)
            }
            try await callOff(try await world.signIn(), early, "patient")
            world.clock.advance(by: .days(3))
            let visitor = try await world.signIn()
            try await callOff(visitor, late, "patient")
            try await callOff(visitor, closed, "closed")
            #expect(try await reason(world, early) == "patient")
            #expect(try await reason(world, late) == "patient-late")
            #expect(try await reason(world, closed) == "closed")
            #expect(try await self.late(world) == [late])
            #expect(try await visitor.get("/appointments/\(late.text)").visible.contains("The patient cancels late"))
            let spanish = try await visitor.get("/appointments/\(late.text)", .spanish)
            #expect(spanish.visible.contains("Cancela el paciente, tarde"))
        }
    }
}
