import Kernel
import Spine
import Store
import Synchronization
import TestKit
import Testing
import Vault

@Suite("The outbox")
struct OutboxTests {
    private struct Boom: Error {}

    /// One settled attempt, as the deliverer heard of it.
    private struct Settled: Equatable {
        let target: Int64
        let outcome: Delivery
        let final: Bool
    }

    private func enqueue(
        _ world: TestWorld, _ targets: Int64..., lane: Int64 = 1, kind: String = "sms", purpose: String = "reply"
    ) async throws {
        let caller = world.caller()
        try await world.audit.transact(caller, world.vault) { transaction, access in
            let context = CommandContext(
                transaction: transaction, access: access, now: world.clock.now(), ids: world.ids, subjects: [])
            for target in targets {
                try Outbox.enqueue(
                    kind: kind, target: target, lane: lane, purpose: purpose, consent: "care", decision: "permit",
                    notBefore: world.clock.now(), context: context)
            }
        }
    }

    private func deliver(
        _ world: TestWorld, kind: String = "sms", by spine: Spine? = nil,
        settle: @escaping @Sendable (OutboxItem, Delivery, Bool, CommandContext) throws -> Void = { _, _, _, _ in },
        _ deliver: @escaping @Sendable (OutboxItem) async throws -> Delivery
    ) async throws -> Int {
        let deliverer = Deliverer(
            kind, permissions: [], deliver: { item, _ in try await deliver(item) }, settle: settle)
        return try await (spine ?? world.spine).deliver([kind: deliverer], as: world.caller())
    }

    private func state(_ target: Int64, _ world: TestWorld) async throws -> String? {
        try await world.main.read(world.tenant) {
            try $0.value("SELECT state FROM outbox WHERE tenant = \(.tenant) AND target = \(target)")
        }
    }

    @Test("effects of one lane go one after the other, lanes side by side", arguments: TestStores.engines)
    func lanes(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 11, 12, 13, lane: 1)
            try await enqueue(world, 21, 22, lane: 2)
            var rounds: [[Int64]] = []
            for _ in 0..<4 {
                let sent = Recorder<Int64>()
                _ = try await deliver(world) { item in
                    sent.add(item.target)
                    return .accepted(reference: "r\(item.target)")
                }
                rounds.append(sent.values.sorted())
            }
            #expect(rounds == [[11, 21], [12, 22], [13], []])
            let accepted = try await world.count(
                "SELECT COUNT(*) FROM outbox WHERE tenant = \(.tenant) AND state = 'accepted'")
            #expect(accepted == 5)
        }
    }

    @Test(
        "a retry waits twice as long each time, holds up its lane, and after eight tries is dead",
        arguments: TestStores.engines)
    func backoff(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1, 2)
            let settled = Recorder<Bool>()
            for attempt in 1...8 {
                let first = try await deliver(world, settle: { _, _, final, _ in settled.add(final) }) { item in
                    #expect(item.target == 1)
                    #expect(item.attempts == attempt)
                    #expect(!item.uncertain)
                    return .retry(reason: "busy")
                }
                #expect(first == 1)
                if attempt == 8 { break }
                // 1 s, 2 s, 4 s … and less than half a second of jitter.
                let wait = Duration.milliseconds(500) * (1 << attempt)
                world.clock.advance(by: wait - .milliseconds(1))
                let early = try await deliver(world) { _ in .refused(reason: "too early") }
                #expect(early == 0)
                world.clock.advance(by: .milliseconds(501))
            }
            let dead = try await state(1, world)
            #expect(dead == "dead")
            #expect(settled.values.filter { $0 }.count == 1)
            let next = try await deliver(world) { item in .accepted(reference: "\(item.target)") }
            #expect(next == 1)
            let second = try await state(2, world)
            #expect(second == "accepted")
        }
    }

    @Test(
        "after a crash between asking and settling the next worker knows that it may have happened",
        arguments: TestStores.engines)
    func crash(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1)
            let code = await faultCode {
                _ = try await deliver(world, settle: { _, _, _, _ in throw Boom() }) { _ in .accepted(reference: "r") }
            }
            #expect(code?.hasPrefix("other") == true)
            let between = try await deliver(world) { _ in .refused(reason: "x") }
            #expect(between == 0)
            world.clock.advance(by: .seconds(61))
            let seen = Recorder<OutboxItem>()
            _ = try await deliver(world) { item in
                seen.add(item)
                return .accepted(reference: "found at the other side")
            }
            #expect(seen.values.map(\.uncertain) == [true])
            #expect(seen.values.map(\.attempts) == [2])
        }
    }

    @Test("a worker that slept past its claim cannot have the effect repeated", arguments: TestStores.engines)
    func lateRetry(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1)
            let asked = Signal(), wake = Signal()
            let settled = Recorder<Settled>()
            let settle: @Sendable (OutboxItem, Delivery, Bool, CommandContext) throws -> Void = {
                item, outcome, final, _ in
                settled.add(Settled(target: item.target, outcome: outcome, final: final))
            }
            async let sleeper = deliver(world, settle: settle) { _ in
                asked.give()
                await wake.wait()
                return .retry(reason: "timeout")
            }
            await asked.wait()
            world.clock.advance(by: .seconds(61))
            _ = try await deliver(world, by: world.secondNode(), settle: settle) { item in
                #expect(item.uncertain)
                return .uncertain(reason: "nobody knows")
            }
            wake.give()
            _ = try await sleeper
            let state = try await state(1, world)
            #expect(state == "uncertain")
            #expect(settled.values.allSatisfy { $0.outcome == .uncertain(reason: "nobody knows") })
            world.clock.advance(by: .days(1))
            let again = try await deliver(world) { _ in .accepted(reference: "a second time") }
            #expect(again == 0)
        }
    }

    @Test(
        "a worker that slept past its claim is believed when it says that the effect happened",
        arguments: TestStores.engines)
    func lateAccepted(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1)
            let asked = Signal(), wake = Signal()
            async let sleeper = deliver(world) { _ in
                asked.give()
                await wake.wait()
                return .accepted(reference: "r1")
            }
            await asked.wait()
            world.clock.advance(by: .seconds(61))
            _ = try await deliver(world, by: world.secondNode()) { _ in .uncertain(reason: "nobody knows") }
            wake.give()
            _ = try await sleeper
            let state = try await state(1, world)
            #expect(state == "accepted")
        }
    }

    @Test("an attempt that cannot be settled does not cut off the others", arguments: TestStores.engines)
    func independent(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1, lane: 1)
            try await enqueue(world, 2, lane: 2)
            let broken = Signal()
            let code = await faultCode {
                _ = try await deliver(
                    world,
                    settle: { item, _, _, _ in
                        if item.target == 1 {
                            broken.give()
                            throw Boom()
                        }
                    },
                    { item in
                        if item.target == 2 {
                            await broken.wait()
                            for _ in 0..<50 { await Task.yield() }
                            if Task.isCancelled { return .uncertain(reason: "cut off") }
                        }
                        return .accepted(reference: "r")
                    })
            }
            #expect(code?.hasPrefix("other") == true)
            let states = [try await state(1, world), try await state(2, world)]
            #expect(states == ["sending", "accepted"])
        }
    }

    @Test(
        "an error nobody foresaw makes the effect uncertain, and no machine repeats it", arguments: TestStores.engines)
    func unforeseen(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1)
            _ = try await deliver(world) { _ in throw Boom() }
            world.clock.advance(by: .days(2))
            let again = try await deliver(world) { _ in .accepted(reference: "twice") }
            #expect(again == 0)
            let state = try await state(1, world)
            #expect(state == "uncertain")
        }
    }

    @Test("effects of a kind that this program does not know wait for one that does", arguments: TestStores.engines)
    func unknownKind(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1, lane: 1, kind: "fax")
            try await enqueue(world, 2, lane: 2)
            let count = try await deliver(world) { _ in .accepted(reference: "r") }
            #expect(count == 1)
            let waiting = try await state(1, world)
            #expect(waiting == "waiting")
            let later = try await deliver(world, kind: "fax") { item in
                #expect(!item.uncertain)
                return .accepted(reference: "r")
            }
            #expect(later == 1)
        }
    }

    @Test("one intent has one row, by the schema", arguments: TestStores.engines)
    func oneRow(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1)
            let code = await faultCode { try await enqueue(world, 1, lane: 7) }
            #expect(code == "store.unique")
        }
    }

    @Test(
        "what has not been tried is taken back, but for the purposes that may still go", arguments: TestStores.engines)
    func withdraw(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await enqueue(world, 1)
            _ = try await deliver(world) { _ in .uncertain(reason: "x") }
            try await enqueue(world, 2)
            try await enqueue(world, 3, purpose: "stop-confirmation")
            try await enqueue(world, 4, lane: 2)
            let now = world.clock.now()
            let taken = try await world.main.write(world.tenant) {
                try Outbox.withdraw(
                    kind: "sms", lane: 1, reason: "stop", exceptPurposes: ["stop-confirmation"], at: now, in: $0)
            }
            #expect(taken == [2])
            var states: [String?] = []
            for target in 1...4 { states.append(try await state(Int64(target), world)) }
            #expect(states == ["uncertain", "withdrawn", "waiting", "waiting"])
        }
    }

    @Test("a person sees what is stuck, and settles it, replays it or gives it up", arguments: TestStores.engines)
    func stuck(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for target in 1...3 { try await enqueue(world, Int64(target), lane: Int64(target)) }
            _ = try await deliver(world) { item in .uncertain(reason: "r\(item.target)") }
            let now = world.clock.now()
            let (all, page) = try await world.main.read(world.tenant) { transaction in
                let all = try Outbox.stuck(kind: "sms", limit: 10, in: transaction)
                return (all, try Outbox.stuck(kind: "sms", before: all.first?.id, limit: 1, in: transaction))
            }
            #expect(all.map(\.target) == [3, 2, 1])
            #expect(all.map(\.reason) == ["r3", "r2", "r1"])
            #expect(page.map(\.target) == [2])
            let done = try await world.main.write(world.tenant) { transaction in
                [
                    try Outbox.resolve(kind: "sms", target: 1, at: now, in: transaction),
                    try Outbox.replay(kind: "sms", target: 2, at: now, in: transaction),
                    try Outbox.giveUp(kind: "sms", target: 3, reason: "wrong number", at: now, in: transaction),
                    try Outbox.resolve(kind: "sms", target: 1, at: now, in: transaction),
                    try Outbox.replay(kind: "sms", target: 1, at: now, in: transaction),
                    try Outbox.giveUp(kind: "sms", target: 2, reason: "no", at: now, in: transaction),
                ]
            }
            #expect(done == [true, true, true, false, false, false])
            let seen = Recorder<OutboxItem>()
            _ = try await deliver(world) { item in
                seen.add(item)
                return .accepted(reference: "r")
            }
            #expect(seen.values.map(\.target) == [2])
            #expect(seen.values.map(\.uncertain) == [false])
            #expect(seen.values.map(\.attempts) == [1])
        }
    }

    @Test("four workers perform each of 60 effects once, in each lane's order", arguments: TestStores.engines)
    func workers(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for lane in 0..<20 as Range<Int64> {
                try await enqueue(world, lane * 10, lane * 10 + 1, lane * 10 + 2, lane: lane)
            }
            let sent = Recorder<Int64>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for spine in [world.spine, world.secondNode(), world.spine, world.secondNode()] {
                    group.addTask {
                        for _ in 0..<12 {
                            _ = try await deliver(world, by: spine) { item in
                                sent.add(item.target)
                                return .accepted(reference: "r")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(sent.values.count == 60)
            #expect(Set(sent.values).count == 60)
            for lane in 0..<20 as Range<Int64> {
                let mine = sent.values.filter { $0 / 10 == lane }
                #expect(mine == mine.sorted())
            }
        }
    }
}
