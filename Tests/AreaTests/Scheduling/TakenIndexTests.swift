import Web
import Dispatch
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

/// A search that keeps what is taken in memory finds what one finds that reads it from the store.
@Suite("What is taken, in memory")
struct TakenIndexTests {
    private static let days = ["2026-03-05", "2026-03-09", "2026-03-10", "2026-03-12", "2026-03-16"]
    private static let people = ["elena-alvarez", "daniel-okafor"]
    private static let types = ["group-test", "room-test", "annual-physical"]

    private static func with(_ engine: Engine, _ body: @escaping (Pair) async throws -> Void) async throws {
        let group = VisitTypeDefinition(
            key: "group-test", names: LocalizedText("Group"), minutes: 60, serviceLine: "primary-care", leadMinutes: 60,
            horizonDays: 60, rules: VisitRules(groupSize: 2))
        let room = VisitTypeDefinition(
            key: "room-test", names: LocalizedText("Procedure"), minutes: 30, serviceLine: "primary-care",
            leadMinutes: 60, horizonDays: 60,
            rules: VisitRules(resources: [ResourceNeed(type: .room, features: ["test-procedure"], after: 15)]))
        try await ThingTests.with(engine, [.resource(ThingTests.room), .visitType(group), .visitType(room)]) { world in
            try await body(Pair(world: world))
        }
    }

    /// The same practice asked in both ways.
    private struct Pair {
        let world: BookingWorld

        var spine: Spine { world.world.spine }
        /// Without anything in memory.
        var reading: SchedulingDesk {
            SchedulingDesk(
                plans: world.desk.plans, directory: world.base.directory, messaging: world.base.messaging, index: nil)
        }

        func found(
            _ request: SlotRequest, _ patient: ID<Patient>?, moving: ID<Appointment>?, inMemory: Bool
        ) async throws -> [OpenSlot] {
            let desk = inMemory ? world.desk : reading
            return try await spine.ask(
                FindSlots(request, patient: patient, moving: moving, now: world.world.clock.now(), desk: desk),
                as: world.agent)
        }

        func reason(
            _ type: String, _ person: String?, _ time: CivilDateTime, _ patient: ID<Patient>?, inMemory: Bool
        ) async throws -> SlotRefusal? {
            let desk = inMemory ? world.desk : reading
            return try await spine.ask(
                AskWhyNobody(
                    visitType: type, practitioners: person.map { [$0] }, locations: ["denver-northside"],
                    localStart: time, patient: patient, now: world.world.clock.now(), desk: desk), as: world.agent)
        }

        /// Every search and reason of a kind, both ways.
        func compare(_ patients: [ID<Patient>], _ visits: [ID<Appointment>], _ draw: inout ScheduleDraw) async throws {
            let from = try #require(CivilDate(iso: "2026-03-02"))
            for type in TakenIndexTests.types {
                let request = SlotRequest(
                    visitType: type, from: from, to: from.adding(days: 20),
                    practitioners: draw.chance(0.5) ? nil : [TakenIndexTests.people[draw.below(2)]], limit: 1_000)
                let patient = draw.chance(0.5) ? nil : patients[draw.below(patients.count)]
                let moving = draw.chance(0.3) && !visits.isEmpty ? visits[draw.below(visits.count)] : nil
                let kept = try await found(request, patient, moving: moving, inMemory: true)
                let read = try await found(request, patient, moving: moving, inMemory: false)
                #expect(kept == read, "\(type)")
                let day = TakenIndexTests.days[draw.below(TakenIndexTests.days.count)]
                let minute = draw.below(48) * 15 + 7 * 60
                let time = try #require(
                    CivilDateTime(iso: "\(day)T\(minute / 600)\(minute / 60 % 10):\(minute / 10 % 6)\(minute % 10)"))
                let person = draw.chance(0.5) ? nil : TakenIndexTests.people[draw.below(2)]
                #expect(
                    try await reason(type, person, time, patient, inMemory: true)
                        == reason(type, person, time, patient, inMemory: false), "\(type) \(time.iso)")
            }
        }
    }

    @Test(
        "holds, bookings, moves, cancellations, groups, rooms and holds that run out: after each, the same times and reasons",
        arguments: TestStores.engines, [11 as UInt64, 12])
    func same(_ engine: Engine, _ seed: UInt64) async throws {
        try await Self.with(engine) { pair in
            var draw = ScheduleDraw(state: seed)
            let world = pair.world
            let patients = try await world.patients(6)
            var visits: [ID<Appointment>] = []
            var done = 0
            for _ in 0..<60 {
                let patient = patients[draw.below(patients.count)]
                let question = SlotFinder.Question(
                    visitType: Self.types[draw.below(3)], practitioner: Self.people[draw.below(2)],
                    location: "denver-northside",
                    localStart: try #require(
                        CivilDateTime(
                            iso: "\(Self.days[draw.below(5)])T\(["09:00", "09:30", "10:00", "11:00"][draw.below(4)])")))
                // What the rules refuse is as good: nothing has changed then.
                let refused = try await world.fault {
                    switch draw.below(10) {
                    case 0..<4:
                        let answer = try await pair.spine.perform(
                            BookAppointment(.slot(question, patient: patient), desk: world.desk), as: world.agent)
                        visits.append(ID(raw: answer.id))
                    case 4..<6:
                        _ = try await pair.spine.perform(
                            HoldSlot(question, patient: patient, desk: world.desk), as: world.agent)
                    case 6..<8:
                        if visits.isEmpty { return }
                        _ = try await pair.spine.perform(
                            CancelAppointment(
                                visits.remove(at: draw.below(visits.count)), reason: .patient, desk: world.desk),
                            as: world.agent)
                    case 8: world.world.clock.advance(by: .minutes(draw.below(7)))
                    default: try await world.settle()
                    }
                }
                done += refused == nil ? 1 : 0
                try await pair.compare(patients, visits, &draw)
            }
            #expect(done > 20 && world.desk.index?.size(of: world.world.tenant).stretches ?? 0 > 0)
        }
    }

    @Test(
        "what is undone is never seen, what is under way not yet, and nothing that was written early and kept late is missed"
    )
    func late() async throws {
        try await Self.with(.postgres) { pair in
            let world = pair.world
            let person = try await world.patient()
            func nine(inMemory: Bool) async throws -> Bool {
                let day = try #require(CivilDate(iso: "2026-03-05"))
                let request = SlotRequest(
                    visitType: "annual-physical", from: day, to: day, practitioners: ["elena-alvarez"])
                return try await pair.found(request, nil, moving: nil, inMemory: inMemory)
                    .contains { $0.localStart.time.hhmm == "09:00" }
            }
            #expect(try await nine(inMemory: true))
            let key = BookableResource.practitioner("elena-alvarez").key
            let start = try Self.instant("2026-03-05T09:00")
            let store = world.world.stores.main
            let begun = AsyncStream<Void>.makeStream()
            let go = Gate()
            async let slow: Void = store.write(world.world.tenant) { transaction in
                try transaction.execute(
                    """
                    INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                    VALUES (\(.tenant), \(key), 0, \(start), \(start + 3_600_000_000), 77)
                    """)
                begun.continuation.yield()
                go.wait()
            }
            for await _ in begun.stream { break }
            // Another transaction, later begun and sooner over, moves the mark past the first one's.
            _ = try await world.book(person, "11:00", day: "2026-03-12")
            #expect(try await nine(inMemory: true))
            go.open()
            try await slow
            #expect(try await !nine(inMemory: true))
            _ = try await world.fault {
                try await store.write(world.world.tenant) { transaction in
                    try transaction.execute("DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner = 77")
                    throw Fault(.conflict, "test.undone", "Undone.")
                }
            }
            #expect(try await !nine(inMemory: true))
        }
    }

    @Test(
        "another program's changes are seen at once; what was tidied away unseen is read anew",
        arguments: TestStores.engines)
    func others(_ engine: Engine) async throws {
        try await Self.with(engine) { pair in
            let world = pair.world
            let people = try await world.patients(3)
            let other = SchedulingDesk(
                plans: world.desk.plans, directory: world.base.directory, messaging: world.base.messaging)
            #expect(try await world.slots().contains("09:00"))
            _ = try await pair.spine.perform(
                BookAppointment(.slot(try BookingWorld.question(), patient: people[0]), desk: other), as: world.agent)
            #expect(try await !world.slots().contains("09:00"))
            try await world.world.stores.main.write(world.world.tenant) { transaction in
                try transaction.execute("DELETE FROM booking_interval_change WHERE tenant = \(.tenant)")
                try transaction.execute(
                    """
                    INSERT INTO booking_interval_change (position, tenant, resource, week)
                    VALUES (\(1_000_000_000 as Int64), \(.tenant), -1, 2900)
                    """)
            }
            _ = try await pair.spine.perform(
                BookAppointment(.slot(try BookingWorld.question("10:00"), patient: people[1]), desk: other),
                as: world.agent)
            #expect(try await !world.slots().contains("10:00"))
            #expect(try await world.slots().contains("11:00"))
            // Tidying takes what another server has left behind.
            let work = try #require(
                world.area.capabilities.flatMap(\.recurring).first { $0.name == "old-interval-changes" })
            _ = try await work.run(pair.spine, world.world.tenant)
            let left = try await world.count(
                "SELECT COUNT(*) FROM booking_interval_change WHERE position = \(1_000_000_000 as Int64)")
            #expect(left == (engine == .sqlite ? 1 : 0))
            #expect(try await !world.slots().contains("10:00"))
        }
    }

    @Test("days long past and a clock that goes back are answered from the store")
    func past() async throws {
        try await Self.with(.sqlite) { pair in
            let world = pair.world
            let people = try await world.patients(1)
            _ = try await world.book(people[0])
            #expect(try await !world.slots().contains("09:00"))
            world.world.clock.advance(by: .days(-40))
            #expect(try await !world.slots().contains("09:00"))
            world.world.clock.advance(by: .days(75))
            let day = try #require(CivilDate(iso: "2026-03-05"))
            let reason = try await pair.reason(
                "annual-physical", "elena-alvarez",
                CivilDateTime(date: day, time: try #require(CivilTime(hour: 9, minute: 0))),
                nil, inMemory: true)
            #expect(reason != nil)
        }
    }

    private final class Gate: Sendable {
        private let opened = DispatchSemaphore(value: 0)

        func open() { opened.signal() }
        func wait() { opened.wait() }
    }

    private static func instant(_ local: String) throws -> Int64 {
        let zone = try ShippedDefinitions.zones().zone("America/Denver")
        let time = try #require(CivilDateTime(iso: local))
        return zone.startOfDay(time.date) + Int64(time.time.minutesOfDay) * 60_000_000
    }
}
