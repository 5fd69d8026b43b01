import Synchronization

/// Counts requests before any work is done for them.
///
/// A bucket is one number, the moment at which it will be full again (the "generic cell rate algorithm"): nothing runs by
/// itself, and a full bucket need not be kept. A key or a session counts for itself only once it was found valid; until
/// then its address counts, so that guessing gives nobody a fresh bucket. Each node counts for itself.
package final class RateLimiter: Sendable {
    package struct Slot: Hashable, Sendable {
        package let kind: RateLimits.Kind
        let value: UInt64
    }

    package struct Verdict: Sendable, Equatable {
        package let kind: RateLimits.Kind
        package let isTaken: Bool
        /// Requests that are left at once.
        package let remaining: Int
        /// Seconds until all are.
        package let reset: Int
        /// Seconds until one is: for who was refused.
        package let retry: Int
    }

    /// What one request is counted for.
    package struct Pass: Sendable {
        package let verdict: Verdict
        /// The key or session that was shown but is not known as valid yet.
        let unproven: Slot?
        /// The one that was known.
        let proven: Slot?
    }

    private struct Pace: Sendable {
        /// Nanoseconds that one request takes, and that the whole bucket holds.
        let step: Int64
        let depth: Int64
    }

    private final class Shard: Sendable {
        let fullAt = Mutex<[Slot: Int64]>([:])
    }

    private let paces: [RateLimits.Kind: Pace]
    private let policies: [RateLimits.Kind: String]
    private let shards: [Shard]
    private let largestShard: Int

    /// `largest`: buckets kept in all.
    package init(_ limits: RateLimits, largest: Int = 1 << 17) {
        var paces: [RateLimits.Kind: Pace] = [:]
        var policies: [RateLimits.Kind: String] = [:]
        for kind in RateLimits.Kind.allCases {
            guard let rate = limits[kind] else { continue }
            let step = 1_000_000_000 / Int64(rate.perSecond)
            paces[kind] = Pace(step: step, depth: step * Int64(rate.burst))
            policies[kind] = rate.policy(kind)
        }
        self.paces = paces
        self.policies = policies
        shards = (0..<16).map { _ in Shard() }
        largestShard = max(2, largest / 16)
    }

    package func policy(_ kind: RateLimits.Kind) -> String? { policies[kind] }

    /// Takes one request. `credential`: what was shown as a key or a session; `now` in nanoseconds of any steady clock.
    package func admit(credential: Slot?, address: @autoclosure () -> Slot, at now: Int64) -> Pass? {
        if let credential {
            if let verdict = take(credential, at: now, isKnown: true) {
                return Pass(verdict: verdict, unproven: nil, proven: credential)
            }
            // A kind without a limit of its own is not kept either: it always counts as one that is known.
            if paces[credential.kind] == nil { return nil }
        }
        return take(address(), at: now, isKnown: false).map { Pass(verdict: $0, unproven: credential, proven: nil) }
    }

    /// The key or session of this request was found valid: from now on it has a bucket of its own.
    package func prove(_ pass: Pass?, at now: Int64) {
        guard let slot = pass?.unproven else { return }
        _ = take(slot, at: now, isKnown: false)
    }

    /// It was valid once and is no more.
    package func disprove(_ pass: Pass?) {
        guard let slot = pass?.proven else { return }
        shard(slot).fullAt.withLock { _ = $0.removeValue(forKey: slot) }
    }

    /// Buckets kept now.
    package var count: Int { shards.reduce(0) { $0 + $1.fullAt.withLock { $0.count } } }

    // MARK: One bucket

    /// Nil: there is no limit of this kind, or, with `isKnown`, no such bucket.
    private func take(_ slot: Slot, at now: Int64, isKnown: Bool) -> Verdict? {
        guard let pace = paces[slot.kind] else { return nil }
        return shard(slot).fullAt.withLock { buckets in
            let known = buckets[slot]
            if known == nil {
                if isKnown { return nil }
                if buckets.count >= largestShard { Self.makeRoom(&buckets, at: now, for: largestShard) }
            }
            let before = max(known ?? now, now)
            let after = before + pace.step
            let isTaken = after - now <= pace.depth
            let full = isTaken ? after : before
            if isTaken { buckets[slot] = full }
            return Verdict(
                kind: slot.kind, isTaken: isTaken, remaining: Int(max(0, pace.depth - (full - now)) / pace.step),
                reset: Self.seconds(full - now), retry: isTaken ? 0 : max(1, Self.seconds(after - now - pace.depth)))
        }
    }

    /// Drops what is full again; were that not enough, those that are nearest to it: who asks the most is kept.
    private static func makeRoom(_ buckets: inout [Slot: Int64], at now: Int64, for largest: Int) {
        buckets = buckets.filter { $0.value > now }
        guard buckets.count > largest / 2 else { return }
        let kept = buckets.sorted { $0.value > $1.value }.prefix(largest / 2)
        buckets = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    private func shard(_ slot: Slot) -> Shard { shards[Int(truncatingIfNeeded: slot.value & 15)] }

    private static func seconds(_ nanoseconds: Int64) -> Int { Int((nanoseconds + 999_999_999) / 1_000_000_000) }
}

extension RateLimiter.Slot {
    /// A key or a session, by the text that was shown: kept as a keyed hash, the text itself is not.
    package static func credential(_ kind: RateLimits.Kind, _ text: some StringProtocol) -> RateLimiter.Slot {
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(text)
        return RateLimiter.Slot(kind: kind, value: UInt64(bitPattern: Int64(hasher.finalize())))
    }

    /// An address: of IPv6 its /64, which is what one subscriber is given.
    package static func address(_ text: String, kind: RateLimits.Kind = .address) -> RateLimiter.Slot {
        var hasher = Hasher()
        hasher.combine(kind)
        if let subscriber = IPAddress.subscriber(of: text) {
            hasher.combine(subscriber)
        } else {
            hasher.combine(text)
        }
        return RateLimiter.Slot(kind: kind, value: UInt64(bitPattern: Int64(hasher.finalize())))
    }
}
