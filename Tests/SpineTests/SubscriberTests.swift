import JSON
import Kernel
import Spine
import Store
import Synchronization
import TestKit
import Testing
import Vault

@Suite("Subscribers")
struct SubscriberTests {
    private struct Boom: Error {}

    /// Whether the copier fails. Not a count: a closure may run twice in one call.
    private final class Weather: Sendable {
        private let bad = Mutex(false)
        var isBad: Bool {
            get { bad.withLock { $0 } }
            set { bad.withLock { $0 = newValue } }
        }
    }

    /// Writes one note per event; in bad weather it fails in the middle of a batch.
    private func copier(_ weather: Weather = Weather()) -> Subscriber {
        Subscriber(
            "copier", kinds: nil,
            reset: { try $0.execute("DELETE FROM note WHERE tenant = \(.tenant)") },
            handle: { events, context in
                for (index, event) in events.enumerated() {
                    try context.transaction.execute(
                        """
                        INSERT INTO note (tenant, id, event, text)
                        VALUES (\(.tenant), \(context.ids.nextRaw()), \(event.id), \(event.name))
                        """)
                    if weather.isBad, index == events.count / 2 { throw Boom() }
                }
            })
    }

    private func texts(_ world: TestWorld) async throws -> [String] {
        try await world.main.read(world.tenant) { transaction in
            try transaction.rows("SELECT text FROM note WHERE tenant = \(.tenant) ORDER BY id").map { try $0["text"] }
        }
    }

    @Test("an effect happens exactly once, though the handler fails in the middle", arguments: TestStores.engines)
    func exactlyOnce(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [noteMigration]) { world in
            let weather = Weather()
            let subscriber = copier(weather)
            var failures = 0
            for number in 0..<6 {
                weather.isBad = number % 2 == 0
                try await world.emit(["\(number)a", "\(number)b"])
                try await world.sequence()
                do {
                    while try await world.spine.advance(subscriber, as: world.caller()) > 0 {}
                } catch is Boom {
                    failures += 1
                }
            }
            #expect(failures == 3)
            let texts = try await texts(world)
            #expect(texts == (0..<6).flatMap { ["\($0)a", "\($0)b"] })
        }
    }

    @Test("a rebuild from nothing gives the same as having followed", arguments: TestStores.engines)
    func rebuild(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [noteMigration]) { world in
            // More than one batch.
            for start in stride(from: 0, to: 1200, by: 300) {
                try await world.emit((start..<start + 300).map { "e\($0)" })
                try await world.sequence()
                _ = try await world.spine.advance(copier(), as: world.caller())
            }
            let followed = try await texts(world)
            let count = try await world.spine.rebuild(copier(), as: world.caller())
            let rebuilt = try await texts(world)
            #expect(count == 1200)
            #expect(followed.count == 1200)
            #expect(rebuilt == followed)
        }
    }

    @Test("a rebuild beside a node that follows doubles nothing", arguments: TestStores.engines)
    func rebuildMeanwhile(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [noteMigration]) { world in
            try await world.emit((0..<900).map { "e\($0)" })
            try await world.sequence()
            let node = world.secondNode()
            let subscriber = copier()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for spine in [world.spine, node] {
                    group.addTask {
                        for _ in 0..<10 { _ = try await spine.advance(subscriber, as: world.caller()) }
                    }
                }
                group.addTask { for _ in 0..<3 { _ = try await world.spine.rebuild(subscriber, as: world.caller()) } }
                try await group.waitForAll()
            }
            while try await world.spine.advance(subscriber, as: world.caller()) > 0 {}
            let texts = try await texts(world)
            #expect(texts.count == 900)
            #expect(Set(texts).count == 900)
        }
    }

    @Test("two nodes that follow with one name share the work and double nothing", arguments: TestStores.engines)
    func twoNodes(_ engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: [noteMigration]) { world in
            try await world.emit((0..<2000).map { "e\($0)" })
            try await world.sequence()
            let node = world.secondNode()
            let subscriber = copier()
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for spine in [world.spine, node, world.spine, node] {
                    group.addTask {
                        var total = 0
                        while true {
                            let count = try await spine.advance(subscriber, as: world.caller())
                            if count == 0 { return total }
                            total += count
                        }
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(counts.reduce(0, +) == 2000)
            let texts = try await texts(world)
            #expect(Set(texts).count == 2000)
            #expect(texts.count == 2000)
        }
    }

    @Test("a subscriber gets the kinds it wants, and passes the others by", arguments: TestStores.engines)
    func kinds(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let seen = Recorder<String>()
            let subscriber = Subscriber("picky", kinds: [EventKind("test.b")]) { events, _ in
                for event in events { seen.add(event.name) }
            }
            try await world.emit("a", "b", "c", "b")
            try await world.sequence()
            let first = try await world.spine.advance(subscriber, as: world.caller())
            let second = try await world.spine.advance(subscriber, as: world.caller())
            #expect([first, second] == [4, 0])
            #expect(seen.values == ["b", "b"])
        }
    }

    @Test("what a subscriber tells in turn comes after what it heard", arguments: TestStores.engines)
    func chained(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subscriber = Subscriber("echo", kinds: [EventKind("test.call")]) { events, context in
                for event in events { context.emit(NewEvent(EventKind("test.answer"), cause: event.id)) }
            }
            try await world.emit("call")
            try await world.sequence()
            _ = try await world.spine.advance(subscriber, as: world.caller())
            try await world.sequence()
            _ = try await world.spine.advance(subscriber, as: world.caller())
            let events = try await world.events()
            #expect(events.map(\.name) == ["call", "answer"])
        }
    }
}
