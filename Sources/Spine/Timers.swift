package import Kernel
import Logging
package import Store
import Synchronization
package import Vault

/// A kind of durable timer and what happens when one is due, in one transaction with its being done: it fires once.
package struct TimerHandler: Sendable {
    package let kind: String
    package let permissions: Set<Permission>
    /// Ends quietly when the target is gone.
    package let fire: @Sendable (_ target: Int64, _ context: CommandContext) throws -> Void

    package init(
        _ kind: String, permissions: Set<Permission>,
        fire: @escaping @Sendable (_ target: Int64, _ context: CommandContext) throws -> Void
    ) {
        self.kind = kind
        self.permissions = permissions
        self.fire = fire
    }
}

/// Durable timers: rows with a due time, claimed with their rows locked.
package enum Timers {
    package static let migration = Migration(
        "2026-11-22.spine.timers",
        [
            """
            CREATE TABLE timer (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, target BIGINT NOT NULL,
                due_at BIGINT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'fired', 'cancelled', 'failed')),
                attempts BIGINT NOT NULL, fired_at BIGINT, PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX timer_target ON timer (tenant, kind, target) WHERE state = 'waiting'",
            "CREATE INDEX timer_due ON timer (tenant, due_at) WHERE state = 'waiting'",
        ])

    /// Sets the one waiting timer of a kind for a target; a second call moves it.
    package static func set(
        _ kind: String, target: Int64, due: Instant, ids: IDSource, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO timer (tenant, id, kind, target, due_at, state, attempts)
            VALUES (\(.tenant), \(ids.nextRaw()), \(kind), \(target), \(due), 'waiting', 0)
            ON CONFLICT (tenant, kind, target) WHERE state = 'waiting'
                DO UPDATE SET due_at = excluded.due_at, attempts = 0
            """)
    }

    package static func cancel(_ kind: String, target: Int64, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE timer SET state = 'cancelled'
            WHERE tenant = \(.tenant) AND kind = \(kind) AND target = \(target) AND state = 'waiting'
            """)
    }

    package static func due(_ kind: String, target: Int64, in transaction: any Transaction) throws -> Instant? {
        try transaction.value(
            """
            SELECT due_at FROM timer
            WHERE tenant = \(.tenant) AND kind = \(kind) AND target = \(target) AND state = 'waiting'
            """)
    }
}

extension Spine {
    /// Fires what is due, one transaction each, and returns how many. A timer whose handler fails is tried again later,
    /// up to ten times, then stands as failed for a person to see.
    package func fireTimers(_ handlers: [String: TimerHandler], as caller: Caller, limit: Int = 100) async throws -> Int
    {
        var fired = 0
        let vault = try await vault(caller.tenant)
        while fired < limit {
            let now = clock.now()
            let due = try await database.read(caller.tenant) { transaction in
                try transaction.row(
                    """
                    SELECT id FROM timer WHERE tenant = \(.tenant) AND state = 'waiting' AND due_at <= \(now)
                    ORDER BY due_at LIMIT 1
                    """) != nil
            }
            guard due else { return fired }
            let subjects = [try await vault.newSubject(), try await vault.newSubject()]
            let claimed = ClaimedTimer()
            do {
                let one = try await audit.transact(caller, vault) { transaction, access in
                    try self.fireOne(handlers, subjects, now, claimed, transaction, access)
                }
                guard one else { return fired }
                fired += 1
            } catch {
                // None was claimed: the store failed, not a timer.
                guard let id = claimed.id else { throw error }
                logger.error("a timer failed", metadata: ["error": "\(error)"])
                metrics.add("throughline_timer_failures_total")
                try await postpone(id, now: now, tenant: caller.tenant)
            }
        }
        return fired
    }

    private func fireOne(
        _ handlers: [String: TimerHandler], _ subjects: [ID<KeySubject>], _ now: Instant, _ claimed: ClaimedTimer,
        _ transaction: any Transaction, _ access: Access
    ) throws -> Bool {
        claimed.id = nil
        guard
            let row = try transaction.row(
                """
                SELECT id, kind, target FROM timer WHERE tenant = \(.tenant) AND state = 'waiting' AND due_at <= \(now)
                ORDER BY due_at, id LIMIT 1\(SQL.skipLocked)
                """)
        else { return false }
        let id: Int64 = try row["id"]
        claimed.id = id
        let kind: String = try row["kind"]
        guard let handler = handlers[kind] else {
            throw Fault(.internalError, "timer.kind", "No capability handles timers of kind \(kind).")
        }
        // Before its handler runs: one that sets the same timer again makes a new one.
        try transaction.send(
            "UPDATE timer SET state = 'fired', fired_at = \(now) WHERE tenant = \(.tenant) AND id = \(id)")
        let context = CommandContext(
            transaction: transaction, access: access, now: now, ids: ids, subjects: subjects)
        try handler.fire(try row["target"], context)
        try context.finishQuietly()
        return true
    }

    /// The timer that failed goes to the back; after ten tries it is given up.
    private func postpone(_ id: Int64, now: Instant, tenant: ID<Tenant>) async throws {
        _ = try await database.write(tenant) { transaction in
            try transaction.send(
                """
                UPDATE timer SET attempts = attempts + 1, due_at = \(now + .minutes(1)),
                    state = CASE WHEN attempts >= 9 THEN 'failed' ELSE 'waiting' END
                WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting' AND due_at <= \(now)
                """)
        }
    }
}

/// The timer that a transaction is at, so that its failure is counted against it and no other.
private final class ClaimedTimer: Sendable {
    private let claimed = Mutex<Int64?>(nil)

    var id: Int64? {
        get { claimed.withLock { $0 } }
        set { claimed.withLock { $0 = newValue } }
    }
}
