package import Kernel
package import Store

/// Gives each committed event its dense position where commits happen in any order (PostgreSQL).
///
/// Insertion order is not commit order, and a snapshot's horizon breaks after a restore and stalls behind one long
/// transaction. So one leased sequencer moves events from `event_pending`, where only committed ones are seen, to
/// `event_position`. Readers follow positions; a position never appears below one that was already read.
package struct Sequencer: Sendable {
    package let holder: Int64
    package let leaseFor: Duration

    package init(holder: Int64, leaseFor: Duration = .seconds(10)) {
        self.holder = holder
        self.leaseFor = leaseFor
    }

    /// Places what is pending of one tenant; the number placed, or nil when another node holds the lease.
    ///
    /// The lease's row is locked until the commit, and a position is a primary key: even two nodes that both believe
    /// to hold the lease cannot give one position twice or move a reader backwards.
    package func place(tenant: ID<Tenant>, limit: Int, now: Instant, in database: any Database) async throws -> Int? {
        if database.engine.commitsInInsertionOrder { return 0 }
        return try await database.write(tenant) { transaction in
            guard
                let token = try Lease.take(
                    "sequencer", holder: holder, for: leaseFor, now: now, in: transaction),
                try Lease.holds("sequencer", holder: holder, token: token, in: transaction)
            else { return nil }
            return try Self.move(limit: limit, in: transaction)
        }
    }

    static func move(limit: Int, in transaction: any Transaction) throws -> Int {
        let pending: [Int64] = try transaction.rows(
            "SELECT event FROM event_pending WHERE tenant = \(.tenant) ORDER BY event LIMIT \(limit)"
        ).map { try $0["event"] }
        if pending.isEmpty { return 0 }
        let last = try EventStore.lastPosition(in: transaction)
        for (offset, event) in pending.enumerated() {
            try transaction.send(
                """
                INSERT INTO event_position (tenant, position, event)
                VALUES (\(.tenant), \(last + Int64(offset) + 1), \(event))
                """)
        }
        try transaction.send("DELETE FROM event_pending WHERE tenant = \(.tenant) AND event IN \(list: pending)")
        return pending.count
    }
}
