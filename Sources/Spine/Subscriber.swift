import Kernel
package import Store
package import Vault

/// Reacts to events: it has a name and a cursor, and moves its cursor in the transaction of its effect, so that the
/// effect happens exactly once. What it derives can be made anew from nothing: `rebuild`.
package struct Subscriber: Sendable {
    package let name: String
    /// The kinds it wants; nil: all.
    package let kinds: Set<EventKind>?
    /// Its rights while it runs.
    package let permissions: Set<Permission>
    package let handle: @Sendable ([StoredEvent], CommandContext) throws -> Void
    /// Empties what it derives, before a rebuild.
    package let reset: @Sendable (any Transaction) throws -> Void

    package init(
        _ name: String, kinds: Set<EventKind>?, permissions: Set<Permission> = [],
        reset: @escaping @Sendable (any Transaction) throws -> Void = { _ in },
        handle: @escaping @Sendable ([StoredEvent], CommandContext) throws -> Void
    ) {
        self.name = name
        self.kinds = kinds
        self.permissions = permissions
        self.reset = reset
        self.handle = handle
    }

    package static let migration = Migration(
        "2026-11-22.spine.subscribers",
        [
            """
            CREATE TABLE subscriber_cursor (
                tenant BIGINT NOT NULL, name TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (tenant, name))
            """
        ])

    /// Events handled in one transaction at most.
    static let batch = 500
}

extension Spine {
    /// Hands the next batch to a subscriber; the number of events read, 0 when it is level with the log.
    package func advance(_ subscriber: Subscriber, as caller: Caller) async throws -> Int {
        let vault = try await vault(caller.tenant)
        let behind = try await database.read(caller.tenant) { transaction in
            let cursor = try Self.cursor(of: subscriber.name, in: transaction)
            return try EventStore.lastPosition(in: transaction) > cursor
        }
        guard behind else { return 0 }
        return try await audit.transact(caller, vault) { transaction, access in
            // The cursor row is locked, so two nodes never handle one batch twice.
            try transaction.send(
                """
                INSERT INTO subscriber_cursor (tenant, name, position) VALUES (\(.tenant), \(subscriber.name), 0)
                ON CONFLICT (tenant, name) DO NOTHING
                """)
            let position: Int64 =
                try transaction.value(
                    """
                    SELECT position FROM subscriber_cursor
                    WHERE tenant = \(.tenant) AND name = \(subscriber.name)\(SQL.forUpdate)
                    """) ?? 0
            let (wanted, count, last) = try EventStore.next(
                subscriber.kinds, after: position, limit: Subscriber.batch, in: transaction)
            if count == 0 { return 0 }
            if !wanted.isEmpty {
                let context = CommandContext(
                    transaction: transaction, access: access, now: self.clock.now(), ids: self.ids, subjects: [])
                try subscriber.handle(wanted, context)
                try context.finishQuietly()
            }
            try transaction.send(
                """
                UPDATE subscriber_cursor SET position = \(last)
                WHERE tenant = \(.tenant) AND name = \(subscriber.name)
                """)
            return count
        }
    }

    /// Forgets what a subscriber derived and replays the log to it; the number of events read.
    package func rebuild(_ subscriber: Subscriber, as caller: Caller) async throws -> Int {
        _ = try await database.write(caller.tenant) { transaction in
            // The cursor first: its row is locked, so a batch that is under way has ended before its effects are emptied.
            try transaction.send(
                """
                INSERT INTO subscriber_cursor (tenant, name, position) VALUES (\(.tenant), \(subscriber.name), 0)
                ON CONFLICT (tenant, name) DO UPDATE SET position = 0
                """)
            try subscriber.reset(transaction)
        }
        var total = 0
        while true {
            let count = try await advance(subscriber, as: caller)
            if count == 0 { return total }
            total += count
        }
    }

    private static func cursor(of name: String, in transaction: any Transaction) throws -> Int64 {
        try transaction.value(
            "SELECT position FROM subscriber_cursor WHERE tenant = \(.tenant) AND name = \(name)") ?? 0
    }
}
