import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Timers")
struct TimersTests {
    private struct Boom: Error {}

    private func set(_ target: Int64, kind: String = "ring", in duration: Duration, _ world: TestWorld) async throws {
        _ = try await world.main.write(world.tenant) { transaction in
            try Timers.set(kind, target: target, due: TestWorld.start + duration, ids: world.ids, in: transaction)
        }
    }

    /// Notes the targets it rings for, in the transaction of the timer.
    private let ringer = TimerHandler("ring", permissions: []) { target, context in
        try context.transaction.execute(
            "INSERT INTO note (tenant, id, event, text) VALUES (\(.tenant), \(context.ids.nextRaw()), \(target), 'ring')"
        )
    }

    private func fire(_ world: TestWorld, _ handlers: TimerHandler...) async throws -> Int {
        try await world.spine.fireTimers(
            Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) }), as: world.caller())
    }

    private func rung(_ world: TestWorld) async throws -> [Int64] {
        try await world.main.read(world.tenant) { transaction in
            try transaction.rows("SELECT event FROM note WHERE tenant = \(.tenant) ORDER BY id").map { try $0["event"] }
        }
    }

    private func with(_ engine: Engine, _ body: (TestWorld) async throws -> Void) async throws {
        try await TestWorld.with(engine, migrations: [noteMigration], body)
    }

    @Test("a timer fires once when it is due, however the clock jumps", arguments: TestStores.engines)
    func once(_ engine: Engine) async throws {
        try await with(engine) { world in
            try await set(1, in: .minutes(5), world)
            var fired = [try await fire(world, ringer)]
            for jump: Duration in [.minutes(4), .minutes(2), .minutes(-30), .days(400), .days(-800), .minutes(6)] {
                world.clock.advance(by: jump)
                fired.append(try await fire(world, ringer))
            }
            #expect(fired == [0, 0, 1, 0, 0, 0, 0])
            let rung = try await rung(world)
            #expect(rung == [1])
        }
    }

    @Test("due timers fire in the order they are due", arguments: TestStores.engines)
    func order(_ engine: Engine) async throws {
        try await with(engine) { world in
            for (target, minute) in [(1, 3), (2, 1), (3, 2), (4, 60)] {
                try await set(Int64(target), in: .minutes(minute), world)
            }
            world.clock.advance(by: .minutes(10))
            let count = try await fire(world, ringer)
            #expect(count == 3)
            let rung = try await rung(world)
            #expect(rung == [2, 3, 1])
        }
    }

    @Test("a timer set twice is moved; a cancelled one does not fire", arguments: TestStores.engines)
    func movedAndCancelled(_ engine: Engine) async throws {
        try await with(engine) { world in
            try await set(1, in: .minutes(1), world)
            try await set(1, in: .minutes(30), world)
            try await set(2, in: .minutes(1), world)
            _ = try await world.main.write(world.tenant) { try Timers.cancel("ring", target: 2, in: $0) }
            let due = try await world.main.read(world.tenant) { transaction in
                [
                    try Timers.due("ring", target: 1, in: transaction),
                    try Timers.due("ring", target: 2, in: transaction),
                ]
            }
            #expect(due == [TestWorld.start + .minutes(30), nil])
            world.clock.advance(by: .minutes(20))
            let early = try await fire(world, ringer)
            world.clock.advance(by: .minutes(20))
            let late = try await fire(world, ringer)
            #expect([early, late] == [0, 1])
            let rung = try await rung(world)
            #expect(rung == [1])
        }
    }

    @Test("16 tasks that set one timer leave one waiting", arguments: TestStores.engines)
    func setAtOnce(_ engine: Engine) async throws {
        try await with(engine) { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...16 { group.addTask { try await set(1, in: .minutes(number), world) } }
                try await group.waitForAll()
            }
            let waiting = try await world.count(
                "SELECT COUNT(*) FROM timer WHERE tenant = \(.tenant) AND state = 'waiting'")
            #expect(waiting == 1)
        }
    }

    @Test(
        "a failing handler is tried again a minute later, ten times, then stands as failed",
        arguments: TestStores.engines)
    func failing(_ engine: Engine) async throws {
        try await with(engine) { world in
            let broken = TimerHandler("ring", permissions: []) { _, context in
                try context.transaction.execute(
                    "INSERT INTO note (tenant, id, event, text) VALUES (\(.tenant), \(context.ids.nextRaw()), 0, 'half')"
                )
                throw Boom()
            }
            try await set(1, in: .seconds(0), world)
            for minute in 1...15 {
                let fired = try await fire(world, broken)
                #expect(fired == 0)
                let tries = try await world.count("SELECT attempts FROM timer WHERE tenant = \(.tenant)")
                #expect(tries == min(minute, 10))
                world.clock.advance(by: .minutes(1))
            }
            let failed = try await world.count(
                "SELECT COUNT(*) FROM timer WHERE tenant = \(.tenant) AND state = 'failed' AND attempts = 10")
            #expect(failed == 1)
            let halves = try await world.notes()
            #expect(halves == 0)
        }
    }

    @Test(
        "a timer that fails does not hold up or wear out the others due at the same moment",
        arguments: TestStores.engines)
    func failingBeside(_ engine: Engine) async throws {
        try await with(engine) { world in
            let broken = TimerHandler("broken", permissions: []) { _, _ in throw Boom() }
            for target in 1...4 {
                try await set(Int64(target), in: .seconds(0), world)
                try await set(Int64(target), kind: "broken", in: .seconds(0), world)
            }
            let fired = try await fire(world, ringer, broken)
            #expect(fired == 4)
            let worn = try await world.count(
                "SELECT COUNT(*) FROM timer WHERE tenant = \(.tenant) AND kind = 'ring' AND attempts > 0")
            #expect(worn == 0)
            let waiting = try await world.count(
                """
                SELECT COUNT(*) FROM timer
                WHERE tenant = \(.tenant) AND kind = 'broken' AND attempts = 1 AND state = 'waiting'
                """)
            #expect(waiting == 4)
        }
    }

    @Test("a handler that sets its own timer again is called again", arguments: TestStores.engines)
    func again(_ engine: Engine) async throws {
        try await with(engine) { world in
            let rings = Recorder<Instant>()
            let repeating = TimerHandler("ring", permissions: []) { target, context in
                rings.add(context.now)
                try Timers.set(
                    "ring", target: target, due: context.now + .minutes(10), ids: context.ids, in: context.transaction)
            }
            try await set(1, in: .minutes(10), world)
            for _ in 0..<30 {
                world.clock.advance(by: .minutes(1))
                _ = try await fire(world, repeating)
            }
            #expect(rings.values == [1, 2, 3].map { TestWorld.start + .minutes($0 * 10) })
        }
    }

    @Test("two nodes fire each timer once", arguments: TestStores.engines)
    func twoNodes(_ engine: Engine) async throws {
        try await with(engine) { world in
            for target in 1...60 { try await set(Int64(target), in: .seconds(target % 7), world) }
            world.clock.advance(by: .minutes(1))
            let handlers = ["ring": ringer]
            let fired = try await withThrowingTaskGroup(of: Int.self) { group in
                for spine in [world.spine, world.secondNode(), world.spine] {
                    group.addTask { try await spine.fireTimers(handlers, as: world.caller()) }
                }
                return try await group.reduce(0, +)
            }
            let rest = try await fire(world, ringer)
            #expect(fired + rest == 60)
            let rung = try await rung(world)
            #expect(rung.sorted() == Array(1...60))
        }
    }
}
