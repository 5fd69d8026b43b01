import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Appointment book")
struct AppointmentBookTests {
    private func visit(
        _ patient: ID<Patient>, _ start: String, status: String = "booked", location: String = "denver-northside"
    ) -> RecordedVisit {
        RecordedVisit(
            patient: patient, visitType: "annual-physical", practitioner: "elena-alvarez", location: location,
            localStart: start, minutes: 40, status: status, leadDays: 9, source: "import")
    }

    @Test("visits are recorded with what happened to them, and read back newest first", arguments: TestStores.engines)
    func recordAndRead(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let book = world.base.book
            for (start, status) in [
                ("2025-01-10T09:00", "fulfilled"), ("2025-06-11T09:00", "noshow"), ("2025-12-12T09:00", "cancelled"),
                ("2026-03-13T09:00", "booked"),
            ] {
                let recorded = visit(maria, start, status: status)
                _ = try await world.base.perform { try book.record(recorded, context: $0).raw }
            }
            let now = world.world.clock.now()
            let caller = world.world.caller(.appointmentRead)
            let (visits, next) = try await world.world.stores.main.read(world.world.tenant) { transaction in
                let set = PatientSet(maria)
                return (
                    try book.visits(of: set, limit: 10, for: caller, in: transaction),
                    try book.next(of: set, after: now, for: caller, in: transaction).get()
                )
            }
            #expect(visits.map(\.status) == ["booked", "cancelled", "noshow", "fulfilled"])
            #expect(next?.localStart == "2026-03-13T09:00" && next?.zone == "America/Denver" && next?.minutes == 40)
            // Only the one to come holds time.
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM event WHERE kind = 'appointment.completed'") == 1)
        }
    }

    @Test("a recorded visit that overlaps another is refused and changes nothing", arguments: TestStores.engines)
    func overlap(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            _ = try await world.book(people[0])
            let recorded = visit(people[1], "2026-03-05T09:20")
            let book = world.base.book
            let code = try await world.fault {
                _ = try await world.base.perform { try book.record(recorded, context: $0).raw }
            }
            #expect(code == "slot.taken")
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
        }
    }

    @Test("a place that no definition names takes the organization's zone", arguments: TestStores.engines)
    func unknownPlace(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let recorded = visit(
                try await world.patient(), "2025-01-10T09:00", status: "fulfilled", location: "elsewhere")
            let book = world.base.book
            let id = try await world.base.perform { try book.record(recorded, context: $0).raw }
            let row = try await world.world.spine.ask(ReadAppointment(ID(raw: id)), as: world.agent)
            #expect(row.place.zone == "America/Denver" && row.place.location == "elsewhere")
        }
    }

    @Test("impossible visits are refused by field", arguments: TestStores.engines)
    func impossible(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let book = world.base.book
            for bad in [visit(maria, "2026-02-30T09:00"), visit(maria, "2026-03-05T09:00", status: "proposed")] {
                let code = try await world.fault {
                    _ = try await world.base.perform { try book.record(bad, context: $0).raw }
                }
                #expect(code == "request.invalid")
            }
        }
    }

    @Test("a yes counts once", arguments: TestStores.engines)
    func confirm(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visit = try await world.book(try await world.patient())
            let book = world.base.book
            func say() async throws -> Bool {
                try await world.base.perform { try book.confirm(ID(raw: visit.id), by: "sms", context: $0) }
            }
            #expect(try await say())
            #expect(try await say() == false)
            #expect(try await world.count("SELECT COUNT(*) FROM event WHERE kind = 'appointment.confirmed'") == 1)
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: visit.id), reason: .patient, desk: world.desk), as: world.agent)
            #expect(try await say() == false)
        }
    }

    @Test("from booked to completed, each step is an event with its time", arguments: TestStores.engines)
    func life(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let visit = try await world.book(try await world.patient())
            let id = ID<Appointment>(raw: visit.id)
            let spine = world.world.spine
            let early = try await world.fault {
                _ = try await spine.perform(CompleteAppointment(id, desk: world.desk), as: world.agent)
            }
            #expect(early == "appointment.not-arrived")
            _ = try await spine.perform(ConfirmAppointment(id, by: "phone", desk: world.desk), as: world.agent)
            world.world.clock.advance(by: .days(3))
            _ = try await spine.perform(ArriveAppointment(id, desk: world.desk), as: world.agent)
            world.world.clock.advance(by: .minutes(40))
            let done = try await spine.perform(CompleteAppointment(id, desk: world.desk), as: world.agent)
            #expect(done.status == "fulfilled" && done.version == 4)
            let row = try await spine.ask(ReadAppointment(id), as: world.agent)
            #expect(row.arrivedAt.map { $0 + .minutes(40) } == row.completedAt)
            let kinds: [String] = try await world.base.rows(
                """
                SELECT kind FROM event WHERE tenant = \(.tenant) AND kind LIKE 'appointment.%' ORDER BY id
                """
            ).map { try $0["kind"] }
            #expect(kinds == ["booked", "confirmed", "arrived", "completed"].map { "appointment." + $0 })
        }
    }
}
