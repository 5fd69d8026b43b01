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

    /// This transaction's own number.
    private static let number = SQL.engine(
        sqlite: "SELECT 0", postgres: "SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
    /// The lowest number of a transaction that is under way.
    private static let horizon = SQL.engine(
        sqlite: "SELECT 1",
        postgres: "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
}
