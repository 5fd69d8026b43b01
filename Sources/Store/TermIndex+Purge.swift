package import Kernel

extension TermIndex {
    /// Drives out of the index what was removed from it.
    ///
    /// FTS5 only marks a removed row's terms as gone: they stand in its segments until these are merged. So all segments
    /// are merged, in steps of about `pages` pages, each in a transaction of its own, so that other writers get their turn.
    /// PostgreSQL's index loses its entries with the vacuum of the row.
    package static func purge(_ tenant: ID<Tenant>, pages: Int = 64, in database: any Database) async throws {
        guard database.engine == .sqlite else { return }
        // A negative number marks all segments for one merge (FTS5's documentation, "merge"); the following go on with it.
        var more = try await database.write(tenant) { try step(-pages, in: $0) }
        var steps = 1
        // Writers beside it make new segments all the while; those hold nothing that was removed before.
        while more, steps < 100_000 {
            more = try await database.write(tenant) { try step(pages, in: $0) }
            steps += 1
        }
    }

    /// One step; whether it did anything: by FTS5's documentation, fewer than two rows changed means that nothing is left.
    private static func step(_ pages: Int, in transaction: any Transaction) throws -> Bool {
        let before: Int64 = try transaction.value("SELECT total_changes()") ?? 0
        try transaction.execute("INSERT INTO term_index (term_index, rank) VALUES ('merge', \(pages))")
        let after: Int64 = try transaction.value("SELECT total_changes()") ?? 0
        return after - before >= 2
    }
}
