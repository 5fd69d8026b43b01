package import Kernel
package import Store

extension Outbox {
    /// An effect that a machine has given up on, for a person to see.
    package struct Stuck: Sendable {
        package let id: Int64
        package let target: Int64
        /// uncertain, dead, refused.
        package let state: String
        package let reason: String?
        package let attempts: Int
        package let createdAt: Instant
        package let settledAt: Instant
    }

    /// The newest effects of a kind that are uncertain or dead, before `id` when given.
    package static func stuck(
        kind: String, before id: Int64? = nil, limit: Int, in transaction: any Transaction
    ) throws -> [Stuck] {
        try transaction.rows(
            """
            SELECT id, target, state, reason, attempts, created_at, settled_at FROM outbox
            WHERE tenant = \(.tenant) AND kind = \(kind) AND state IN ('uncertain', 'dead') AND id < \(id ?? Int64.max)
            ORDER BY id DESC LIMIT \(limit)
            """
        ).map { row in
            let settled: Instant? = try row["settled_at"]
            return Stuck(
                id: try row["id"], target: try row["target"], state: try row["state"], reason: try row["reason"],
                attempts: try row["attempts"], createdAt: try row["created_at"],
                settledAt: try settled ?? row["created_at"])
        }
    }

    /// Learned after the item was given up: the other side took it. False when there was nothing to resolve.
    package static func resolve(
        kind: String, target: Int64, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE outbox SET state = 'accepted', settled_at = \(now)
            WHERE tenant = \(.tenant) AND kind = \(kind) AND target = \(target) AND state IN ('uncertain', 'dead')
            """) > 0
    }

    /// A person decides that the effect did not happen and shall be tried anew. False when nothing stood there.
    package static func replay(
        kind: String, target: Int64, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE outbox SET state = 'waiting', uncertain = FALSE, attempts = 0, next_at = \(now), claimed_until = NULL,
                reason = NULL, settled_at = NULL
            WHERE tenant = \(.tenant) AND kind = \(kind) AND target = \(target)
                AND state IN ('uncertain', 'dead', 'refused')
            """) > 0
    }

    /// A person decides that the effect shall not be tried again. False when nothing stood there.
    package static func giveUp(
        kind: String, target: Int64, reason: String, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE outbox SET state = 'withdrawn', reason = \(reason), settled_at = \(now)
            WHERE tenant = \(.tenant) AND kind = \(kind) AND target = \(target) AND state IN ('uncertain', 'dead')
            """) > 0
    }
}
