import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// Nothing is booked for who has died, and nothing is offered either.
@Suite("Visits of who has died")
struct DeceasedTests {
    private static func died(_ patient: ID<Patient>, _ world: BookingWorld) async throws {
        try await world.world.stores.main.write(world.world.tenant) { transaction in
            try transaction.send("UPDATE patient SET deceased = \(true) WHERE tenant = \(.tenant) AND id = \(patient)")
        }
    }

    @Test("the search offers nothing, and why is told as booking tells it", arguments: TestStores.engines)
    func search(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let patient = try await world.base.patient("Ruth", "Delgado", phone: "+13035550166", deceased: true)
            let (spine, now) = (world.world.spine, world.world.clock.now())
            let question = try BookingWorld.question()
            #expect(try await world.slots().contains("09:00"))
            #expect(try await world.slots(patient: patient).isEmpty)
            let day = question.localStart.date
            let best = try await spine.ask(
                FindBestSlots(
                    SlotWish(visitType: "annual-physical", from: day, to: day), patient: patient, now: now,
                    desk: world.desk), as: world.agent)
            #expect(best.isEmpty)
            let why = try await spine.ask(
                AskWhyNot(question, patient: patient, now: now, desk: world.desk), as: world.agent)
            let anybody = try await spine.ask(
                AskWhyNobody(
                    visitType: "annual-physical", practitioners: nil, locations: nil, localStart: question.localStart,
                    patient: patient, now: now, desk: world.desk), as: world.agent)
            #expect(why == .deceased && anybody == .deceased)
            #expect(try await world.fault { _ = try await world.book(patient) } == "appointment.deceased")
            #expect(try await world.fault { _ = try await world.hold(patient) } == "appointment.deceased")
        }
    }

    @Test("a visit that was agreed before has other times, as moving it does", arguments: TestStores.engines)
    func moved(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let patient = try await world.patient()
            let visit = ID<Appointment>(raw: try await world.book(patient).id)
            try await Self.died(patient, world)
            let (spine, now) = (world.world.spine, world.world.clock.now())
            let question = try BookingWorld.question("10:00")
            let why = try await spine.ask(
                AskWhyNot(question, patient: patient, moving: visit, now: now, desk: world.desk), as: world.agent)
            #expect(why == nil)
            let moved = try await spine.perform(
                MoveAppointment(visit, to: .slot(question), desk: world.desk), as: world.agent)
            #expect(moved.localStart == "2026-03-05T10:00")
        }
    }

    @Test("a yes for who has died since is refused by that reason, and does not fail", arguments: TestStores.engines)
    func offer(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(2)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            _ = try await world.join(people[1])
            try await world.cancel(visit)
            let offer = try #require(try await world.offers().first)
            try await Self.died(people[1], world.base)
            let answer = try await world.accept(offer.id)
            #expect(answer.outcome == .refused && answer.reason == SlotRefusal.deceased.rawValue)
            #expect(try await world.base.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == 0)
        }
    }

    @Test("nor is a later visit of theirs moved by a yes that comes after", arguments: TestStores.engines)
    func later(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(2)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            let later = try await world.base.book(people[1], day: "2026-03-26")
            _ = try await world.join(people[1])
            try await world.cancel(visit)
            let offer = try #require(try await world.offers().first)
            try await Self.died(people[1], world.base)
            let answer = try await world.accept(offer.id)
            #expect(answer.outcome == .refused && answer.reason == SlotRefusal.deceased.rawValue)
            let kept = try await world.base.count(
                "SELECT COUNT(*) FROM appointment WHERE id = \(later.id) AND local_start LIKE '2026-03-26%'")
            #expect(kept == 1)
        }
    }

    @Test("staff read it in plain words, and a patient's own page in words that say nothing of it")
    func words() {
        #expect(SlotRefusal.deceased.sentence == "The patient has died; nothing can be booked.")
        #expect(SlotRefusal.deceased.told == SlotRefusal.ageNotAllowed.told)
    }
}
