package import Kernel
import Logging
package import Store
package import Vault

/// One effect on the outside world, queued in the transaction that wants it.
package struct OutboxItem: Sendable {
    package let id: Int64
    package let kind: String
    /// The row the effect is about: a message.
    package let target: Int64
    package let attempts: Int
    /// Whether an earlier attempt may have reached the other side: then it must be reconciled before it is repeated.
    package let uncertain: Bool
    /// Tells this attempt from a later worker's.
    let claimedUntil: Instant
}

/// What came of an attempt.
package enum Delivery: Sendable, Equatable {
    /// Taken by the other side, under its name for it.
    case accepted(reference: String)
    /// Certainly not taken: safe to try again.
    case retry(reason: String)
    /// Certainly not taken, and trying again will not help.
    case refused(reason: String)
    /// Nobody knows whether it was taken.
    case uncertain(reason: String)
}

/// Performs one kind of effect.
package struct Deliverer: Sendable {
    package let kind: String
    package let permissions: Set<Permission>
    /// Performs the effect, outside any transaction. For an uncertain item it reconciles first; it never repeats blindly.
    package let deliver: @Sendable (OutboxItem, Caller) async throws -> Delivery
    /// Records the outcome, in the transaction that settles the item.
    package let settle: @Sendable (OutboxItem, Delivery, _ final: Bool, CommandContext) throws -> Void

    package init(
        _ kind: String, permissions: Set<Permission>,
        deliver: @escaping @Sendable (OutboxItem, Caller) async throws -> Delivery,
        settle: @escaping @Sendable (OutboxItem, Delivery, _ final: Bool, CommandContext) throws -> Void
    ) {
        self.kind = kind
        self.permissions = permissions
        self.deliver = deliver
        self.settle = settle
    }
}

/// The queue of effects. Every row carries its purpose, the consent that allows it and the policy's decision.
package enum Outbox {
    package static let migration = Migration(
        "2026-11-22.spine.outbox",
        [
            """
            CREATE TABLE outbox (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, target BIGINT NOT NULL,
                lane BIGINT NOT NULL, purpose TEXT NOT NULL, consent TEXT NOT NULL, decision TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'accepted', 'refused', 'uncertain', 'dead', 'withdrawn')),
                uncertain BOOLEAN NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, claimed_until BIGINT,
                reason TEXT, created_at BIGINT NOT NULL, settled_at BIGINT, PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX outbox_intent ON outbox (tenant, kind, target)",
            "CREATE INDEX outbox_due ON outbox (tenant, next_at) WHERE state IN ('waiting', 'sending')",
            "CREATE INDEX outbox_lane ON outbox (tenant, lane, id) WHERE state IN ('waiting', 'sending')",
            "CREATE INDEX outbox_stuck ON outbox (tenant, id) WHERE state IN ('uncertain', 'dead')",
        ])

    /// Queues an effect: one row per intent, by the schema. `lane` keeps the order per recipient.
    package static func enqueue(
        kind: String, target: Int64, lane: Int64, purpose: String, consent: String, decision: String,
        notBefore: Instant, context: CommandContext
    ) throws {
        try context.transaction.send(
            """
            INSERT INTO outbox (tenant, id, kind, target, lane, purpose, consent, decision, state, uncertain, attempts,
                next_at, created_at)
            VALUES (\(.tenant), \(context.ids.nextRaw()), \(kind), \(target), \(lane), \(purpose), \(consent), \(decision),
                'waiting', FALSE, 0, \(notBefore), \(context.now))
            """)
    }

    /// Takes back effects that have not been tried: a STOP came. The targets taken back.
    package static func withdraw(
        kind: String, lane: Int64, reason: String, exceptPurposes: [String] = [], at now: Instant,
        in transaction: any Transaction
    ) throws -> [Int64] {
        try transaction.rows(
            """
            UPDATE outbox SET state = 'withdrawn', reason = \(reason), settled_at = \(now)
            WHERE tenant = \(.tenant) AND kind = \(kind) AND lane = \(lane) AND state = 'waiting' AND uncertain = FALSE
                AND purpose NOT IN \(list: exceptPurposes)
            RETURNING target
            """
        ).map { try $0["target"] }
    }

    /// Takes back one effect that has not been tried. False: it is being tried, or was.
    package static func withdraw(
        kind: String, target: Int64, reason: String, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE outbox SET state = 'withdrawn', reason = \(reason), settled_at = \(now)
            WHERE tenant = \(.tenant) AND kind = \(kind) AND target = \(target) AND state = 'waiting'
                AND uncertain = FALSE
            """) > 0
    }

    /// An attempt is given this long before another worker may take the item as uncertain.
    static let claim: Duration = .seconds(60)
    static let largestAttempts = 8
}

extension Spine {
    /// Claims due items, at most one per lane, performs them and settles them; how many.
    package func deliver(_ deliverers: [String: Deliverer], as caller: Caller, limit: Int = 32) async throws -> Int {
        // Only kinds that this program knows: a newer node's effects wait for a node that can perform them.
        let items = try await claim(deliverers.keys.sorted(), limit: limit, tenant: caller.tenant)
        guard !items.isEmpty else { return 0 }
        // Every attempt is heard to its end: one that cannot be settled must not cut the others off in mid-air.
        let failures = await withTaskGroup(of: (any Error)?.self) { group in
            for item in items {
                guard let deliverer = deliverers[item.kind] else { continue }
                group.addTask {
                    do {
                        try await self.deliver(item, by: deliverer, as: caller)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [any Error]()) { failures, failure in
                if let failure { failures.append(failure) }
            }
        }
        if let first = failures.first { throw first }
        return items.count
    }

    private func claim(_ kinds: [String], limit: Int, tenant: ID<Tenant>) async throws -> [OutboxItem] {
        let now = clock.now()
        let due = try await database.read(tenant) { transaction in
            try transaction.row(
                """
                SELECT id FROM outbox
                WHERE tenant = \(.tenant) AND state IN ('waiting', 'sending') AND next_at <= \(now)
                    AND kind IN \(list: kinds)
                LIMIT 1
                """) != nil
        }
        guard due else { return [] }
        return try await database.write(tenant) { transaction in
            // A claim that ran out belongs to a worker that died between asking and hearing: uncertain from now on.
            let rows = try transaction.rows(
                """
                SELECT o.id, o.kind, o.target, o.attempts, o.uncertain, o.state FROM outbox o
                WHERE o.tenant = \(.tenant) AND o.state IN ('waiting', 'sending') AND o.next_at <= \(now)
                    AND o.kind IN \(list: kinds)
                    AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.tenant = o.tenant AND b.lane = o.lane AND b.id < o.id
                        AND b.state IN ('waiting', 'sending'))
                ORDER BY o.next_at LIMIT \(limit)\(SQL.skipLocked)
                """)
            return try rows.map { row in
                let id: Int64 = try row["id"]
                let state: String = try row["state"]
                let uncertain: Bool = try row["uncertain"] || state == "sending"
                let attempts: Int = try row["attempts"]
                try transaction.send(
                    """
                    UPDATE outbox SET state = 'sending', uncertain = \(uncertain), attempts = attempts + 1,
                        next_at = \(now + Outbox.claim), claimed_until = \(now + Outbox.claim)
                    WHERE tenant = \(.tenant) AND id = \(id)
                    """)
                return OutboxItem(
                    id: id, kind: try row["kind"], target: try row["target"], attempts: attempts + 1,
                    uncertain: uncertain,
                    claimedUntil: now + Outbox.claim)
            }
        }
    }

    private func deliver(_ item: OutboxItem, by deliverer: Deliverer, as caller: Caller) async throws {
        let outcome: Delivery
        do {
            outcome = try await deliverer.deliver(item, caller)
        } catch {
            // The deliverer says what it knows; an error it did not foresee tells nothing about the other side.
            logger.error("a delivery failed", metadata: ["kind": "\(item.kind)", "error": "\(error)"])
            outcome = .uncertain(reason: "delivery-error")
        }
        metrics.add("throughline_outbox_total", labels: "kind=\"\(item.kind)\",outcome=\"\(outcome.label)\"")
        let vault = try await vault(caller.tenant)
        try await audit.transact(caller, vault) { transaction, access in
            let now = self.clock.now()
            let context = CommandContext(
                transaction: transaction, access: access, now: now, ids: self.ids, subjects: [])
            let (state, next, final) = Self.next(item, outcome, now: now)
            // A worker that slept past its claim may tell that the effect happened, and nothing else: by now another
            // worker has asked the other side, or a person has decided.
            let settled = try transaction.execute(
                """
                UPDATE outbox SET state = \(state), next_at = \(next), claimed_until = NULL,
                    uncertain = \(item.uncertain || outcome.isUncertain), reason = \(outcome.reason),
                    settled_at = \(final ? now : nil)
                WHERE tenant = \(.tenant) AND id = \(item.id) AND (
                    (state = 'sending' AND attempts = \(item.attempts) AND claimed_until = \(item.claimedUntil))
                    OR (\(state) = 'accepted' AND state IN ('waiting', 'sending', 'uncertain', 'dead')))
                """)
            guard settled == 1 else { return }
            try deliverer.settle(item, outcome, final, context)
            try context.finishQuietly()
        }
        wakeups.wake(caller.tenant)
    }

    /// Bounded exponential retry with jitter (from the item's id, so that it is deterministic).
    private static func next(_ item: OutboxItem, _ outcome: Delivery, now: Instant) -> (String, Instant, Bool) {
        switch outcome {
        case .accepted: return ("accepted", now, true)
        case .refused: return ("refused", now, true)
        case .uncertain: return ("uncertain", now, true)
        case .retry:
            if item.attempts >= Outbox.largestAttempts { return ("dead", now, true) }
            let base = Duration.milliseconds(500) * (1 << min(item.attempts, 12))
            let jitter = Duration.milliseconds(Int64(UInt64(bitPattern: item.id &* 0x9E37_79B9) % 500))
            return ("waiting", now + base + jitter, false)
        }
    }
}

extension Delivery {
    package var reason: String? {
        switch self {
        case .accepted: nil
        case .retry(let reason), .refused(let reason), .uncertain(let reason): reason
        }
    }

    var isUncertain: Bool {
        if case .uncertain = self { return true }
        return false
    }

    package var label: String {
        switch self {
        case .accepted: "accepted"
        case .retry: "retry"
        case .refused: "refused"
        case .uncertain: "uncertain"
        }
    }
}
