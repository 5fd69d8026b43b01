import JSON
import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault

/// Insertion order is not commit order, transaction ids start anew after a restore, and a lease can be lost: readers
/// that follow positions must never miss or repeat an event.
@Suite("The order of events")
struct EventOrderTests {
    @Test("positions are dense and in the order of commits", arguments: TestStores.engines)
    func dense(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for number in 0..<5 {
                try await world.emit(["a\(number)", "b\(number)"])
                try await world.sequence()
            }
            let events = try await world.events()
            #expect(events.map(\.position) == Array(1...10))
            #expect(events.map(\.name) == (0..<5).flatMap { ["a\($0)", "b\($0)"] })
            let rest = try await world.events(after: 8)
            #expect(rest.map(\.name) == ["a4", "b4"])
        }
    }

    @Test("an event reads back with everything it was written with", arguments: TestStores.engines)
    func roundTrip(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let caller = world.caller(.eventRead)
            let happened = world.clock.now() - .days(3)
            let now = world.clock.now()
            let ids = try await world.main.write(world.tenant) { transaction in
                try EventStore.append(
                    [
                        NewEvent(
                            EventKind("test.whole"), version: 3, occurredAt: happened, patient: ID(raw: 1),
                            need: ID(raw: 2),
                            subjects: [.patient(ID(raw: 4)), .patient(ID(raw: 4))], cause: ID(raw: 5),
                            body: ["n": .int(1)])
                    ], by: caller, ids: world.ids, at: now, in: transaction)
            }
            try await world.sequence()
            let event = try #require(try await world.events().first)
            #expect(event.id == ids.first)
            #expect(event.version == 3)
            #expect(event.occurredAt == happened)
            #expect(event.recordedAt == now)
            #expect(event.patient == ID(raw: 1))
            #expect(event.need == ID(raw: 2))
            #expect(event.correlation == caller.correlation)
            #expect(event.body["n"] == .int(1))
            let subjects = try await world.count("SELECT COUNT(*) FROM event_subject WHERE tenant = \(.tenant)")
            #expect(subjects == 1)
        }
    }

    @Test(
        "an event inserted first and committed last is not missed by readers that are already past it",
        .enabled(if: TestStores.engines.contains(.postgres)))
    func lateCommit() async throws {
        try await TestWorld.with(.postgres) { world in
            let gate = Gate()
            let caller = world.caller(.eventRead)
            let slow = Task {
                try await world.main.write(world.tenant) { transaction in
                    _ = try EventStore.append(
                        [NewEvent(EventKind("test.slow"))], by: caller, ids: world.ids, at: TestWorld.start,
                        in: transaction)
                    gate.hold()
                }
            }
            await gate.arrival()
            try await world.emit("quick")
            try await world.sequence()
            let early = try await world.events()
            #expect(early.map(\.name) == ["quick"])
            gate.open()
            try await slow.value
            try await world.sequence()
            let late = try await world.events(after: early.last?.position ?? 0)
            #expect(late.map(\.name) == ["slow"])
            #expect(late.map(\.position) == [2])
            // The slow one's id is the lower: an order by id would have hidden it.
            let slowID = try #require(late.first).id
            let quickID = try #require(early.first).id
            #expect(slowID < quickID)
        }
    }

    @Test(
        "a lease that was lost while its holder slept stops it until it is free again",
        .enabled(if: TestStores.engines.contains(.postgres)))
    func lostLease() async throws {
        try await TestWorld.with(.postgres) { world in
            let first = Sequencer(holder: 1, leaseFor: .seconds(10))
            let second = Sequencer(holder: 2, leaseFor: .seconds(10))
            let now = world.clock.now()
            func place(_ sequencer: Sequencer, after seconds: Int) async throws -> Int? {
                try await sequencer.place(
                    tenant: world.tenant, limit: 100, now: now + .seconds(seconds), in: world.main)
            }
            try await world.emit("a")
            let taken = try await place(first, after: 0)
            try await world.emit("b")
            let refused = try await place(second, after: 5)
            let takenOver = try await place(second, after: 11)
            try await world.emit("c")
            let awake = try await place(first, after: 12)
            let renewed = try await place(second, after: 13)
            #expect([taken, refused, takenOver, awake, renewed] == [1, nil, 1, nil, 1])
            let events = try await world.events()
            #expect(events.map(\.name) == ["a", "b", "c"])
            #expect(events.map(\.position) == [1, 2, 3])
        }
    }

    @Test(
        "a sequencer that stops between taking the lease and its commit leaves no gap",
        .enabled(if: TestStores.engines.contains(.postgres)))
    func sequencerDies() async throws {
        try await TestWorld.with(.postgres) { world in
            struct Crash: Error {}
            try await world.emit("a", "b")
            let code = await faultCode {
                try await world.main.write(world.tenant) { transaction in
                    _ = try Lease.take("sequencer", holder: 9, for: .days(1), now: TestWorld.start, in: transaction)
                    let events: [Int64] = try transaction.rows(
                        "SELECT event FROM event_pending WHERE tenant = \(.tenant)"
                    ).map { try $0["event"] }
                    try transaction.execute(
                        "INSERT INTO event_position (tenant, position, event) VALUES (\(.tenant), 1, \(events[0]))")
                    throw Crash()
                }
            }
            #expect(code != nil)
            try await world.sequence()
            let events = try await world.events()
            #expect(events.map(\.position) == [1, 2])
        }
    }

    @Test(
        "readers of a busy log with two quarrelling sequencers see each event once, in dense positions",
        .enabled(if: TestStores.engines.contains(.postgres)))
    func storm() async throws {
        try await TestWorld.with(.postgres) { world in
            let writers = 6, each = 25
            let seen = try await withThrowingTaskGroup(of: [StoredEvent].self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<each { try await world.emit("\(writer)-\(number)") }
                        return []
                    }
                }
                for holder in 1...2 {
                    group.addTask {
                        // Each round is an hour later: both always find the other's lease expired.
                        let sequencer = Sequencer(holder: Int64(holder), leaseFor: .seconds(10))
                        for round in 0..<60 {
                            _ = try await sequencer.place(
                                tenant: world.tenant, limit: 7, now: TestWorld.start + .hours(round), in: world.main)
                        }
                        return []
                    }
                }
                group.addTask {
                    var read: [StoredEvent] = []
                    for _ in 0..<200 { read += try await world.events(after: read.last?.position ?? 0) }
                    return read
                }
                return try await group.reduce(into: [StoredEvent]()) { $0 += $1 }
            }
            world.clock.advance(by: .days(30))
            try await world.sequence()
            let all = seen + (try await world.events(after: seen.last?.position ?? 0))
            #expect(all.map(\.position) == Array(1...Int64(writers * each)))
            #expect(Set(all.map(\.id)).count == writers * each)
            // One writer's events keep their order among themselves.
            for writer in 0..<writers {
                let mine = all.map(\.name).filter { $0.hasPrefix("\(writer)-") }
                #expect(mine == (0..<each).map { "\(writer)-\($0)" })
            }
        }
    }

    @Test("after a restore into a fresh database a reader goes on where it was", arguments: TestStores.engines)
    func restore(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let seen = Recorder<String>()
            let subscriber = Subscriber("follower", kinds: nil) { events, _ in
                for event in events { seen.add(event.name) }
            }
            try await world.emit("a", "b")
            try await world.sequence()
            _ = try await world.spine.advance(subscriber, as: world.caller())
            try await world.emit("c")
            // "c" is committed and, on PostgreSQL, not yet placed: as a backup may find it.
            let copy = try TestStores.open(engine)
            do {
                let restored = try await TestWorld(copy, migrations: [])
                #expect(restored.tenant == world.tenant)
                try await EventCopy.move(world.tenant, from: world.main, to: copy.main)
                restored.clock.advance(by: .days(1))
                try await restored.emit("d")
                try await restored.sequence()
                while try await restored.spine.advance(subscriber, as: restored.caller()) > 0 {}
                #expect(seen.values == ["a", "b", "c", "d"])
                let events = try await restored.events()
                #expect(events.map(\.position) == [1, 2, 3, 4])
            } catch {
                try await copy.close()
                throw error
            }
            try await copy.close()
        }
    }
}

/// The log's rows, as a dump and restore carries them.
private enum EventCopy {
    static func move(_ tenant: ID<Tenant>, from: any Database, to: any Database) async throws {
        let (events, positions, pending, cursors) = try await from.read(tenant) { transaction in
            (
                try transaction.rows("SELECT * FROM event WHERE tenant = \(.tenant)"),
                try transaction.rows("SELECT * FROM event_position WHERE tenant = \(.tenant)"),
                try transaction.rows("SELECT * FROM event_pending WHERE tenant = \(.tenant)"),
                try transaction.rows("SELECT * FROM subscriber_cursor WHERE tenant = \(.tenant)")
            )
        }
        _ = try await to.write(tenant) { transaction in
            for row in events {
                try transaction.execute(
                    """
                    INSERT INTO event (tenant, id, kind, schema_version, occurred_at, recorded_at, actor_kind, actor,
                        correlation, body)
                    VALUES (\(.tenant), \(try row["id"] as Int64), \(try row["kind"] as String),
                        \(try row["schema_version"] as Int64), \(try row["occurred_at"] as Int64),
                        \(try row["recorded_at"] as Int64), \(try row["actor_kind"] as String), \(try row["actor"] as Int64),
                        \(try row["correlation"] as Int64), \(try row["body"] as String))
                    """)
            }
            for row in positions {
                try transaction.execute(
                    """
                    INSERT INTO event_position (tenant, position, event)
                    VALUES (\(.tenant), \(try row["position"] as Int64), \(try row["event"] as Int64))
                    """)
            }
            for row in pending {
                try transaction.execute(
                    "INSERT INTO event_pending (tenant, event) VALUES (\(.tenant), \(try row["event"] as Int64))")
            }
            for row in cursors {
                try transaction.execute(
                    """
                    INSERT INTO subscriber_cursor (tenant, name, position)
                    VALUES (\(.tenant), \(try row["name"] as String), \(try row["position"] as Int64))
                    """)
            }
        }
    }
}
