import Kernel
import Store

/// Subject keys in memory, and how far this node knows what was disposed of.
struct HeldKeys {
    var keys = TwoGenerationCache<Int64, SubjectKeys>(limit: 60_000)
    /// Every disposal up to this generation of the key store has been heeded.
    private(set) var generation: Int64
    /// Counts the times that keys were dropped: a key fetched in an earlier round is not kept.
    private(set) var round: UInt64 = 0
    private var askedAt: Instant

    init(generation: Int64, at: Instant) {
        self.generation = generation
        askedAt = at
    }

    /// A clock that was set back makes it old too.
    func isFresh(at now: Instant) -> Bool {
        let age = now.microseconds - askedAt.microseconds
        return age >= 0 && age <= Self.longestAge
    }

    /// In microseconds: looked at for every value that is opened.
    private static let longestAge = TenantVault.longestKeyAge.microseconds

    mutating func drop(_ subjects: [Int64]) {
        round += 1
        for subject in subjects { keys[subject] = nil }
    }

    mutating func note(_ news: KeyStore.Disposals, at moment: Instant) {
        if news.generation > generation {
            generation = news.generation
            drop(news.subjects)
        }
        askedAt = moment
    }
}

/// A bounded cache: when the young half is full it becomes the old half, and the old half is dropped. It never holds
/// more than `limit` values and one.
package struct TwoGenerationCache<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let half: Int

    package init(limit: Int) { half = max(1, limit / 2) }

    package var count: Int { young.count + old.count }

    package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            self[key] = value
            return value
        }
        set {
            old[key] = nil
            young[key] = newValue
            if young.count > half {
                old = young
                young = [:]
            }
        }
    }
}

/// Subjects made ahead. One refill runs at a time; callers that find the pool empty wait for it.
actor SubjectPool {
    private var ready: [Int64] = []
    private var refill: Task<[Int64], any Error>?

    func take(_ make: @escaping @Sendable (Int) async throws -> [Int64]) async throws -> Int64 {
        while true {
            if let subject = ready.popLast() { return subject }
            let task: Task<[Int64], any Error>
            if let refill {
                task = refill
            } else {
                task = Task { try await make(256) }
                refill = task
            }
            let outcome = await task.result
            if refill == task {
                // Forgotten also when it failed: the next caller tries anew.
                refill = nil
                if case .success(let made) = outcome { ready.append(contentsOf: made) }
            }
            _ = try outcome.get()
        }
    }
}
