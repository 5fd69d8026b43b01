import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import Synchronization
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Booking")
struct BookingTests {
    @Test("a booked time is gone from the list, and a cancelled one is back at once", arguments: TestStores.engines)
    func takenAndFreed(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let before = try await world.slots()
            #expect(before.first == "08:00" && before.last == "11:15" && before.contains("09:00"))
            let visit = try await world.book(try await world.patient())
            #expect(
                visit.status == "booked" && visit.localStart == "2026-03-05T09:00" && visit.zone == "America/Denver")
            let after = try await world.slots()
            // 40 minutes: nothing may begin that would run into it.
            #expect(
                !after.contains("08:30") && !after.contains("09:30") && after.contains("08:15")
                    && after.contains("09:45"))
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: visit.id), reason: .patient, desk: world.desk), as: world.agent)
            #expect(try await world.slots() == before)
        }
    }

    @Test("a time that the rules do not offer is refused by its reason", arguments: TestStores.engines)
    func rules(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let cases = [
                ("09:05", "2026-03-05", "slot.off-step"), ("13:00", "2026-03-05", "slot.no-session"),
                ("08:00", "2026-03-02", "slot.too-soon"), ("09:00", "2026-12-31", "slot.practitioner-away"),
                ("11:30", "2026-03-05", "slot.ends-too-late"), ("15:00", "2026-03-05", "slot.kept-for-others"),
            ]
            for (time, day, code) in cases {
                #expect(try await world.fault { _ = try await world.book(maria, time, day: day) } == code)
            }
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }

    @Test("a refused booking has changed nothing", arguments: TestStores.engines)
    func refusedChangesNothing(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            _ = try await world.book(people[0])
            let events = try await world.count("SELECT COUNT(*) FROM event")
            #expect(try await world.fault { _ = try await world.book(people[1]) } == "slot.taken")
            #expect(try await world.fault { _ = try await world.hold(people[1], "09:15") } == "slot.taken")
            #expect(try await world.count("SELECT COUNT(*) FROM event") == events)
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM slot_hold") == 0)
        }
    }

    @Test("nobody is booked in two places at once", arguments: TestStores.engines)
    func patientTwice(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            _ = try await world.book(maria, "09:00")
            let elsewhere = SlotFinder.Question(
                visitType: "annual-physical", practitioner: "mei-chen", location: "denver-northside",
                localStart: try #require(CivilDateTime(iso: "2026-03-05T09:00")))
            let code = try await world.fault {
                _ = try await world.world.spine.perform(
                    BookAppointment(.slot(elsewhere, patient: maria), desk: world.desk), as: world.agent)
            }
            #expect(code == "slot.patient-busy" || code == "slot.no-session")
            #expect(try await world.slots(patient: maria) == (try await world.slots()))
        }
    }

    @Test("of 64 who want one time exactly one gets it", arguments: TestStores.engines)
    func race(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(64)
            let outcomes = await Self.together(people.count) { index in
                try await world.fault { _ = try await world.book(people[index]) } ?? "booked"
            }
            #expect(outcomes.filter { $0 == "booked" }.count == 1)
            #expect(outcomes.filter { $0 == "slot.taken" }.count == 63)
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
        }
    }

    @Test("of many at once none is refused whose time was free", arguments: TestStores.engines)
    func noFalseRefusal(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            // Five Thursdays of five visits each, all wanted twice: one of each pair gets it.
            let days = ["2026-03-05", "2026-03-12", "2026-03-19", "2026-03-26", "2026-04-02"]
            let times = ["08:00", "08:45", "09:30", "10:15", "11:00"]
            let wanted = days.flatMap { day in times.map { (day, $0) } }
            let people = try await world.patients(wanted.count * 2)
            let outcomes = await Self.together(people.count) { index in
                let (day, time) = wanted[index % wanted.count]
                return try await world.fault { _ = try await world.book(people[index], time, day: day) } ?? "booked"
            }
            for slot in wanted.indices {
                let pair = [outcomes[slot], outcomes[slot + wanted.count]]
                #expect(pair.sorted() == ["booked", "slot.taken"], "\(wanted[slot])")
            }
        }
    }

    @Test("the schema itself refuses an overlap, and takes what touches", arguments: TestStores.engines)
    func schema(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            func insert(_ start: Int64, _ end: Int64, lane: Int = 0) async throws {
                _ = try await world.world.stores.main.write(world.world.tenant) { transaction in
                    try transaction.execute(
                        """
                        INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                        VALUES (\(.tenant), 7, \(lane), \(start), \(end), \(start + Int64(lane)))
                        """)
                }
            }
            try await insert(1_000, 2_000)
            try await insert(5_000, 9_000)
            for (start, end) in [(1_500, 1_600), (500, 1_001), (1_999, 3_000), (500, 9_500), (8_999, 9_001)]
                as [(Int64, Int64)]
            {
                do {
                    try await insert(start, end)
                    Issue.record("\(start) to \(end) went in")
                } catch let error as StoreError {
                    #expect(error.kind == .overlap || error.kind == .unique, "\(start) to \(end)")
                }
            }
            try await insert(2_000, 5_000)
            try await insert(500, 9_500, lane: 1)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 4)
        }
    }

    @Test("a repeated request books once", arguments: TestStores.engines)
    func repeated(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let first = try await world.book(maria, key: "one")
            let second = try await world.book(maria, key: "one")
            #expect(first == second)
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
        }
    }

    @Test("who may not see a patient cannot book for them", arguments: TestStores.engines)
    func scope(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let visit = try await world.book(maria)
            _ = try await world.world.stores.main.write(world.world.tenant) { transaction in
                try transaction.execute(
                    "UPDATE patient_scope SET location = 5 WHERE tenant = \(.tenant) AND patient = \(maria)")
            }
            let stranger = world.world.caller(
                [.appointmentRead, .appointmentWrite], locations: .only([ID(raw: 6)]), actor: .user(ID(raw: 9)))
            let code = try await world.fault {
                _ = try await world.world.spine.perform(
                    BookAppointment(.slot(try BookingWorld.question("10:00"), patient: maria), desk: world.desk),
                    as: stranger)
            }
            #expect(code == "patient.not-found")
            let read = try await world.fault {
                _ = try await world.world.spine.ask(ReadAppointment(ID(raw: visit.id)), as: stranger)
            }
            #expect(read == "appointment.not-found")
        }
    }

    /// Runs work side by side and gives the outcomes in order; what is thrown is told as an outcome.
    ///
    /// Each task writes its own outcome down: Swift 6.3.1 in release mixes up pairs that a task group returns.
    static func together(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> String) async -> [String] {
        let outcomes = Outcomes()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                group.addTask {
                    do {
                        outcomes.note(index, try await body(index))
                    } catch {
                        outcomes.note(index, "\(error)")
                    }
                }
            }
        }
        return (0..<count).map { outcomes[$0] }
    }
}

/// What came of each task, by its number.
private final class Outcomes: Sendable {
    private let found = Mutex<[Int: String]>([:])
    func note(_ index: Int, _ outcome: String) { found.withLock { $0[index] = outcome } }
    subscript(index: Int) -> String { found.withLock { $0[index] } ?? "no outcome" }
}
