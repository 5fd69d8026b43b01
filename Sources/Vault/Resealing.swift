package import Kernel
package import Store

/// Moves sealed values to the newest format, table by table, in batches, with a saved place: a run that was cut off goes
/// on where it was. Beside a running server it takes only the rows it writes, and each only as it was read.
///
/// Rows whose key was disposed of stay as they are; rows that do not open though their key is there are told.
package struct Resealing: Sendable {
    package static let migration = Migration(
        "2026-11-22.vault.reseal",
        [
            """
            CREATE TABLE reseal_progress (
                tenant BIGINT NOT NULL, table_name TEXT NOT NULL, version BIGINT NOT NULL, place_text TEXT NOT NULL,
                place_first BIGINT NOT NULL, place_second BIGINT NOT NULL, seen BIGINT NOT NULL,
                resealed BIGINT NOT NULL, unreadable BIGINT NOT NULL, failed BIGINT NOT NULL,
                updated_at BIGINT NOT NULL, finished_at BIGINT, PRIMARY KEY (tenant, table_name))
            """
        ])

    /// What became of one table.
    package struct TableReport: Sendable, Equatable {
        package let table: String
        /// Rows looked at.
        package var seen = 0
        /// Values sealed anew.
        package var resealed = 0
        /// Rows whose key was disposed of.
        package var unreadable = 0
        /// Rows that do not open though their key is there.
        package var failed = 0
        /// The places of some of them, ids only.
        package var failures: [String] = []
        /// Whether an earlier run had begun with it.
        package var wasResumed = false

        package init(table: String) {
            self.table = table
        }
    }

    private let database: any Database
    private let vault: TenantVault
    private let clock: any Clock
    private let batch: Int

    /// - batch: rows looked at and written in one transaction.
    package init(database: any Database, vault: TenantVault, clock: any Clock, batch: Int = 200) {
        self.database = database
        self.vault = vault
        self.clock = clock
        self.batch = max(1, batch)
    }

    /// Goes over one table. `progress` is called after each batch, which is durable then.
    package func run(
        _ table: String, _ column: SealedColumn, progress: (TableReport) throws -> Void = { _ in }
    ) async throws -> TableReport {
        let version = Int64(vault.newestSealVersion)
        let start = try await database.read(vault.tenant) { try Self.saved(table, version: version, in: $0) }
        var report = start?.report ?? TableReport(table: table)
        var place = start?.place ?? ResealPlace()
        while true {
            let (vault, limit, from) = (vault, batch, place)
            let found = try await database.read(vault.tenant) { try column.read(from, limit, .olderFormat, vault, $0) }
            report.seen += found.seen
            report.unreadable += found.unreadable
            report.failed += found.failed.count
            report.failures += found.failed.prefix(max(0, 20 - report.failures.count))
            let (before, now) = (report, clock.now())
            report.resealed += try await database.write(vault.tenant) { transaction in
                var written = 0
                for row in found.rows { written += try column.write(row, transaction) }
                var after = before
                after.resealed += written
                try Self.save(after, version: version, next: found.next, at: now, in: transaction)
                return written
            }
            try progress(report)
            guard let next = found.next else { return report }
            place = next
        }
    }

    // MARK: The saved place

    /// Where an unfinished run for this version was; nil: begin at the beginning.
    private static func saved(
        _ table: String, version: Int64, in transaction: any Transaction
    ) throws -> (report: TableReport, place: ResealPlace)? {
        let row = try transaction.row(
            """
            SELECT place_text, place_first, place_second, seen, resealed, unreadable, failed FROM reseal_progress
            WHERE tenant = \(.tenant) AND table_name = \(table) AND version = \(version) AND finished_at IS NULL
            """)
        guard let row else { return nil }
        var report = TableReport(table: table)
        report.seen = try row["seen"]
        report.resealed = try row["resealed"]
        report.unreadable = try row["unreadable"]
        report.failed = try row["failed"]
        report.wasResumed = true
        return (
            report,
            ResealPlace(
                text: try row["place_text"], first: try row["place_first"], second: try row["place_second"])
        )
    }

    private static func save(
        _ report: TableReport, version: Int64, next: ResealPlace?, at now: Instant, in transaction: any Transaction
    ) throws {
        let place = next ?? ResealPlace()
        let finished = next == nil ? now : nil
        try transaction.send(
            """
            INSERT INTO reseal_progress (tenant, table_name, version, place_text, place_first, place_second, seen,
                resealed, unreadable, failed, updated_at, finished_at)
            VALUES (\(.tenant), \(report.table), \(version), \(place.text), \(place.first), \(place.second),
                \(report.seen), \(report.resealed), \(report.unreadable), \(report.failed), \(now), \(finished))
            ON CONFLICT (tenant, table_name) DO UPDATE SET version = excluded.version,
                place_text = excluded.place_text, place_first = excluded.place_first,
                place_second = excluded.place_second, seen = excluded.seen, resealed = excluded.resealed,
                unreadable = excluded.unreadable, failed = excluded.failed, updated_at = excluded.updated_at,
                finished_at = excluded.finished_at
            """)
    }
}
