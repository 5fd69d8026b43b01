import Kernel
import Scheduling
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("Holds and moves")
struct HoldTests {
    @Test("a hold keeps others away, and becomes the visit", arguments: TestStores.engines)
    func holdThenBook(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let hold = try await world.hold(people[0])
            #expect(hold.expiresAt == (world.world.clock.now() + .minutes(5)).microseconds)
            #expect(!(try await world.slots()).contains("09:00"))
            #expect(try await world.fault { _ = try await world.book(people[1]) } == "slot.taken")
            let visit = try await world.world.spine.perform(
                BookAppointment(.hold(ID(raw: hold.id), patient: nil), note: "Comes with her son", desk: world.desk),
                as: world.agent)
            #expect(visit.status == "booked" && visit.patient == people[0].raw && visit.startsAt == hold.startsAt)
            world.world.clock.advance(by: .minutes(10))
            #expect(try await world.fault { _ = try await world.book(people[1]) } == "slot.taken")
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval WHERE expires_at IS NULL") == 2)
        }
    }

    @Test(
        "a hold that ran out frees its time at once, before anything has tidied it away", arguments: TestStores.engines)
    func expiry(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let hold = try await world.hold(people[0])
            world.world.clock.advance(by: .minutes(5))
            #expect(try await world.slots().contains("09:00"))
            _ = try await world.book(people[1])
            let late = try await world.fault {
                _ = try await world.world.spine.perform(
                    BookAppointment(.hold(ID(raw: hold.id), patient: nil), desk: world.desk), as: world.agent)
            }
            #expect(late == "hold.over")
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
        }
    }

    @Test("the sweep tidies away what ran out and nothing else", arguments: TestStores.engines)
    func sweep(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(3)
            _ = try await world.hold(people[0], "08:00")
            world.world.clock.advance(by: .minutes(4))
            _ = try await world.hold(people[1], "09:00")
            _ = try await world.book(people[2], "10:00")
            world.world.clock.advance(by: .minutes(2))
            let work = try #require(world.area.capabilities.flatMap(\.recurring).first { $0.name == "expired-holds" })
            #expect(try await work.run(world.world.spine, world.world.tenant) == 1)
            #expect(try await work.run(world.world.spine, world.world.tenant) == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'expired'") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 4)
        }
    }

    @Test("choosing again gives the first time back; another agent's hold stays", arguments: TestStores.engines)
    func chooseAgain(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            _ = try await world.hold(people[0], "09:00")
            _ = try await world.hold(people[0], "09:15")
            #expect(try await world.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 1)
            let other = try await world.fault { _ = try await world.hold(people[0], "09:30", as: world.base.other) }
            #expect(other == "slot.taken")
            #expect(try await world.fault { _ = try await world.hold(people[1], "09:30") } == "slot.taken")
        }
    }

    @Test("a released hold is free at once, and releasing it again is no error", arguments: TestStores.engines)
    func release(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let hold = try await world.hold(people[0])
            let release = ReleaseHold(ID(raw: hold.id), desk: world.desk)
            #expect(try await world.world.spine.perform(release, as: world.agent))
            #expect(try await world.world.spine.perform(release, as: world.agent) == false)
            _ = try await world.book(people[1])
        }
    }

    @Test(
        "a visit moves onto part of its own time, straight or by a hold, and asks for a new yes",
        arguments: TestStores.engines)
    func moveOverlapping(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let visit = try await world.book(maria, "09:00")
            let id = ID<Appointment>(raw: visit.id)
            let spine = world.world.spine
            _ = try await spine.perform(ConfirmAppointment(id, by: "phone", desk: world.desk), as: world.agent)
            let moved = try await spine.perform(
                MoveAppointment(id, to: .slot(try BookingWorld.question("09:15")), desk: world.desk), as: world.agent)
            #expect(moved.localStart == "2026-03-05T09:15" && !moved.confirmed && moved.version == 3)
            let hold = try await spine.perform(
                HoldSlot(try BookingWorld.question("09:30"), patient: nil, moving: id, desk: world.desk),
                as: world.agent)
            #expect(
                try await world.fault { _ = try await world.book(try await world.patient("Ana", number: 150), "10:00") }
                    == "slot.taken")
            let again = try await spine.perform(
                MoveAppointment(id, to: .hold(ID(raw: hold.id)), note: "Moved twice", desk: world.desk), as: world.agent
            )
            #expect(again.localStart == "2026-03-05T09:30")
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
            #expect(try await world.slots().contains("08:45"))
        }
    }

    @Test("a move to a taken time leaves the visit where it was", arguments: TestStores.engines)
    func moveRefused(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let visit = try await world.book(people[0], "09:00")
            _ = try await world.book(people[1], "10:00")
            let code = try await world.fault {
                _ = try await world.world.spine.perform(
                    MoveAppointment(ID(raw: visit.id), to: .slot(try BookingWorld.question("10:15")), desk: world.desk),
                    as: world.agent)
            }
            #expect(code == "slot.taken")
            let row = try await world.world.spine.ask(ReadAppointment(ID(raw: visit.id)), as: world.agent)
            #expect(row.place.localStart == "2026-03-05T09:00" && row.version == 1)
        }
    }

    @Test(
        "where an EHR owns the calendar a visit is pending, holds its time, and stands once it is taken",
        arguments: TestStores.engines)
    func external(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let plan = try world.desk.plans.plan(of: world.world.tenant)
            let place = try #require(plan.locations.first { $0.calendarOwner == .ehr })
            let from = try #require(CivilDate(iso: "2026-03-05"))
            let request = SlotRequest(
                visitType: "annual-physical", from: from, to: from.adding(days: 14), locations: [place.key], limit: 2)
            let slots = try await world.world.spine.ask(
                FindSlots(request, now: world.world.clock.now(), desk: world.desk), as: world.agent)
            var answers: [AppointmentAnswer] = []
            for slot in slots {
                let question = SlotFinder.Question(
                    visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
                    localStart: slot.localStart)
                guard answers.isEmpty else {
                    // The same patient and practitioner: it would overlap, so it is refused while the first is pending.
                    let code = try await world.fault {
                        _ = try await world.world.spine.perform(
                            BookAppointment(.slot(question, patient: maria), desk: world.desk), as: world.agent)
                    }
                    #expect(code == "slot.taken" || code == "slot.patient-busy")
                    continue
                }
                answers.append(
                    try await world.world.spine.perform(
                        BookAppointment(.slot(question, patient: maria), desk: world.desk), as: world.agent))
            }
            let visit = try #require(answers.first)
            #expect(visit.status == "pending")
            let early = try await world.fault {
                _ = try await world.world.spine.perform(
                    ConfirmAppointment(ID(raw: visit.id), by: "phone", desk: world.desk), as: world.agent)
            }
            #expect(early == "appointment.awaits-answer")
            let answered = try await world.world.spine.perform(
                RecordExternalAnswer(ID(raw: visit.id), accepted: true, desk: world.desk), as: world.agent)
            #expect(answered.status == "booked")
        }
    }
}
