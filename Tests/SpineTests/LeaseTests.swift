import Kernel
import Spine
import Store
import TestKit
import Testing

@Suite("Leases")
struct LeaseTests {
    private func take(_ holder: Int64, at seconds: Int, _ world: TestWorld) async throws -> Int64? {
        try await world.main.write(world.tenant) { transaction in
            try Lease.take(
                "work", holder: holder, for: .seconds(10), now: TestWorld.start + .seconds(seconds), in: transaction)
        }
    }

    private func holds(_ holder: Int64, token: Int64, _ world: TestWorld) async throws -> Bool {
        try await world.main.write(world.tenant) { try Lease.holds("work", holder: holder, token: token, in: $0) }
    }

    @Test("a lease of a clock that was set back since does not block anybody", arguments: TestStores.engines)
    func setBack(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let first = try await take(1, at: 3600, world)
            // An hour earlier, by the clock. Somebody whose clock is half a minute slow takes nothing over.
            let slow = try await take(2, at: 3570, world)
            let second = try await take(2, at: 0, world)
            let former = try await holds(1, token: 1, world)
            #expect([first, slow, second] == [1, nil, 2])
            #expect(!former)
        }
    }

    @Test(
        "a lease is taken, renewed, refused to others until it expires, and taken over with a new token",
        arguments: TestStores.engines)
    func life(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let nobody = try await holds(1, token: 1, world)
            #expect(!nobody)
            let taken = try await take(1, at: 0, world)
            let renewed = try await take(1, at: 8, world)
            let refused = try await take(2, at: 17, world)
            #expect([taken, renewed, refused] == [1, 1, nil])
            let held = try await holds(1, token: 1, world)
            #expect(held)
            let stolen = try await take(2, at: 18, world)
            #expect(stolen == 2)
            let lost = try await holds(1, token: 1, world)
            let mine = try await holds(2, token: 2, world)
            #expect(!lost)
            #expect(mine)
            let late = try await take(1, at: 19, world)
            let back = try await take(1, at: 28, world)
            #expect([late, back] == [nil, 3])
        }
    }

    @Test("of 16 nodes that ask at once, one gets the lease", arguments: TestStores.engines)
    func contended(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let tokens = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for holder in 1...16 { group.addTask { try await take(Int64(holder), at: 0, world) } }
                return try await group.reduce(into: [Int64?]()) { $0.append($1) }
            }
            #expect(tokens.compactMap { $0 } == [1])
        }
    }
}
