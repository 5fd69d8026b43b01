import Kernel

/// Waits for others' transactions.
package enum Quiet {
    /// Returns when every transaction that wrote something and was under way at the time of the call has ended. Throws
    /// `store.busy` when one is still under way after `limit`.
    package static func wait(_ database: any Database, limit: Duration = .seconds(60)) async throws {
        // SQLite has one writer: an empty write of ours comes after those before it.
        let mark: Int64? = try await database.write(.installation) { try $0.value(number) }
        guard database.engine == .postgres, let mark else { return }
        let pause = Duration.milliseconds(50)
        var waited = Duration.zero
        while true {
            let oldest: Int64? = try await database.read(.installation) { try $0.value(horizon) }
            if let oldest, oldest > mark { return }
            guard waited < limit else {
                throw Fault(
                    .unavailable, "store.busy", "Another transaction has been under way for a long time.",
                    remedy: "Run the command again when it has ended.")
            }
            try await Task.sleep(for: pause)
            waited += pause
        }
    }

    private static let number: SQL = "SELECT \(SQL.ownNumber)"
    private static let horizon: SQL = "SELECT \(SQL.lowestNumber)"
}

/// Numbers of transactions, where several write at once. With one writer they are of no use: it commits in order.
extension SQL {
    /// This transaction's own.
    package static let ownNumber = SQL.engine(
        sqlite: "0", postgres: "CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
    /// The lowest that was under way when the snapshot was taken: all below have ended.
    package static let lowestNumber = SQL.engine(
        sqlite: "1", postgres: "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
    /// The lowest that had not been given out then: nothing from here on is seen.
    package static let nextNumber = SQL.engine(
        sqlite: "1", postgres: "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")
}
