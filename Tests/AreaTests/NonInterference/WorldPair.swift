import App
import Foundation
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault
import Web

/// Why the callers of a pair may not see what is hidden in it.
enum Hiding: String, Sendable, CaseIterable {
    /// Hidden people belong to a place out of every caller's reach.
    case location
    /// Hidden records are restricted, and no caller has the right to restricted ones.
    case restricted
    /// Both, mixed.
    case both
}

/// Two practices that differ only in what their callers may not see, built by the same steps at the same moments.
///
/// Ids are made of the moment and a sequence that begins anew with each moment. Every step has a moment of its own, so
/// that what one world does beside the other leaves the ids of what both do alike.
final class WorldPair {
    /// What hides single things, whatever else a pair hides. `restricted` is a way of hiding of its own.
    static let hiddenKinds = Labels.kinds.filter { $0.label != .restricted }

    /// The one of a seed. No caller has its right, but for `PartGenerator.unconsented`.
    static func hiddenKind(_ seed: UInt64) -> Labels.Kind { hiddenKinds[Int(seed % UInt64(hiddenKinds.count))] }

    let seed: UInt64
    let hiddenKind: Labels.Kind
    let hiding: Hiding
    let a: PageWorld
    let b: PageWorld
    /// The place that no caller of a pair hidden by place reaches, and the others.
    let hiddenPlace: String
    let visiblePlaces: [String]
    private(set) var moment = TestWorld.start
    private let chores: (a: [Recurring], b: [Recurring])

    private init(_ seed: UInt64, _ hiding: Hiding, _ a: PageWorld, _ b: PageWorld) {
        self.seed = seed
        hiddenKind = Self.hiddenKind(seed)
        self.hiding = hiding
        self.a = a
        self.b = b
        chores = (Self.chores(of: a), Self.chores(of: b))
        var places = ["denver-northside", "flagstaff", "el-paso"]
        hiddenPlace = places.remove(at: Int(seed % 3))
        visiblePlaces = places
    }

    /// Each takes two of the places for worlds: were there as many pairs as places, each would wait for the others.
    private static let pairs = Places(4)

    static func with(
        _ engine: Engine, seed: UInt64, _ hiding: Hiding, _ body: @escaping (WorldPair) async throws -> Void
    ) async throws {
        await pairs.take()
        defer { pairs.give() }
        try await PageWorld.with(engine) { a in
            try await PageWorld.with(engine) { b in
                let pair = WorldPair(seed, hiding, a, b)
                try #require(a.tenant == b.tenant, "the two worlds begin apart")
                try await pair.align()
                try await body(pair)
            }
        }
    }

    /// What runs by itself, but nothing that goes out.
    private static func chores(of world: PageWorld) -> [Recurring] {
        Background(
            installation: world.platform.installation, capabilities: world.platform.capabilities,
            definitions: world.platform.definitions
        ).work.filter {
            ["sequencer", "timers", "audit-chain"].contains($0.name) || $0.name.hasPrefix("subscriber/")
        }
    }

    private func settle(_ world: PageWorld, _ chores: [Recurring]) async throws {
        var busy = true
        while busy {
            busy = false
            for chore in chores where try await chore.run(world.spine, world.tenant) > 0 { busy = true }
        }
    }

    /// A later moment, in both.
    func tick(_ step: Duration = .seconds(1)) {
        moment = moment + step
        a.clock.set(moment)
        b.clock.set(moment)
    }

    /// A later moment, at which all that has fallen due in both is done: what happens in one of them brings nothing of it
    /// forward there.
    func rest() async throws {
        tick()
        try await settle(a, chores.a)
        try await settle(b, chores.b)
    }

    /// The same in both. What it answers must be the same too: ids, most of all.
    @discardableResult
    func both<Value: Equatable>(_ what: String, _ body: (PageWorld) async throws -> Value) async throws -> Value {
        tick()
        let first = try await body(a)
        try await settle(a, chores.a)
        let second = try await body(b)
        try await settle(b, chores.b)
        try #require(first == second, "seed \(seed): the two worlds drifted apart at \"\(what)\"")
        return first
    }

    func both(_ what: String, _ body: (PageWorld) async throws -> Void) async throws {
        try await both(what) { world -> Int in
            try await body(world)
            return 0
        }
    }

    /// Only in B. The time of practitioners that it takes is taken in A too: see `Declassified.facts`.
    func hidden<Value>(_ body: (PageWorld) async throws -> Value) async throws -> Value {
        try await rest()
        let value = try await body(b)
        try await settle(b, chores.b)
        try await mirrorTimes()
        try await align()
        return value
    }

    /// In each its own way: for facts that callers may learn, held by other people in A than in B.
    func apart(_ inA: (PageWorld) async throws -> Void, _ inB: (PageWorld) async throws -> Void) async throws {
        try await rest()
        try await inA(a)
        try await settle(a, chores.a)
        try await inB(b)
        try await settle(b, chores.b)
        try await align()
    }

    /// Key subjects are made ahead, 256 at a time, and each takes an id. Takes what is left, so that both worlds begin
    /// a new stock at the same moment.
    private func align() async throws {
        tick()
        for world in [a, b] {
            let vault = try await world.spine.vault(world.tenant)
            while try await vault.newSubject().madeAt < moment {}
        }
    }

    private struct Interval: Hashable, Sendable {
        let resource: Int64
        let start: Int64
        let end: Int64
        let owner: Int64
        let expires: Int64?
    }

    private func times(_ world: PageWorld) async throws -> Set<Interval> {
        try await world.platform.installation.database.read(world.tenant) { transaction in
            Set(
                try transaction.rows(
                    """
                    SELECT resource, start_at, end_at, owner, expires_at FROM booking_interval
                    WHERE tenant = \(.tenant) AND resource < 0
                    """
                ).map { row in
                    Interval(
                        resource: try row["resource"], start: try row["start_at"], end: try row["end_at"],
                        owner: try row["owner"], expires: try row["expires_at"])
                })
        }
    }

    private func mirrorTimes() async throws {
        let missing = try await times(b).subtracting(times(a)).sorted { $0.start < $1.start }
        if missing.isEmpty { return }
        try await a.platform.installation.database.write(a.tenant) { transaction in
            for time in missing {
                try transaction.send(
                    """
                    INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner, patient, expires_at)
                    VALUES (\(.tenant), \(time.resource), 0, \(time.start), \(time.end), \(time.owner), NULL,
                        \(time.expires))
                    """)
            }
        }
    }

    // MARK: People

    /// A hidden person, as the pair hides.
    func hide(_ person: NewPatient, _ random: inout SeededGenerator) -> NewPatient {
        var person = person
        let byPlace = hiding == .location || hiding == .both && Bool.random(using: &random)
        if byPlace {
            person.locations = [LocationKeys.id(hiddenPlace)]
            person.restricted = Bool.random(using: &random)
        } else {
            person.locations = Bool.random(using: &random) ? [] : [LocationKeys.id(visiblePlaces[0])]
            person.restricted = true
        }
        return person
    }

    /// A person whom callers may see, when their own places reach so far.
    func show(_ person: NewPatient, _ index: Int) -> NewPatient {
        var person = person
        switch index % 4 {
        case 0: person.locations = []
        case 1: person.locations = [LocationKeys.id(visiblePlaces[0])]
        case 2: person.locations = [LocationKeys.id(visiblePlaces[1])]
        default: person.locations = [LocationKeys.id(visiblePlaces[0]), LocationKeys.id(hiddenPlace)]
        }
        return person
    }
}
