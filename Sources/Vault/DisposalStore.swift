import Kernel
import Store

/// Tables of disposals. They stand in the key store: restored data are older than it, and are scrubbed again by it.
enum DisposalSchema {
    static let migration = Migration(
        "2026-11-22.vault.keys-disposal",
        [
            "CREATE TABLE key_generation (tenant BIGINT NOT NULL PRIMARY KEY, generation BIGINT NOT NULL)",
            "ALTER TABLE subject_key ADD COLUMN disposal_generation BIGINT",
            """
            CREATE INDEX subject_key_disposal ON subject_key (tenant, disposal_generation)
            WHERE disposal_generation IS NOT NULL
            """,
            """
            CREATE TABLE disposal (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, subject_kind TEXT NOT NULL, subject BIGINT NOT NULL,
                reason TEXT NOT NULL, actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, requested_at BIGINT NOT NULL,
                certificate TEXT, signature BLOB, PRIMARY KEY (tenant, id),
                CHECK ((certificate IS NULL) = (signature IS NULL)))
            """,
            "CREATE UNIQUE INDEX disposal_subject ON disposal (tenant, subject_kind, subject)",
            "CREATE INDEX disposal_unfinished ON disposal (tenant, id) WHERE certificate IS NULL",
            """
            CREATE TABLE disposal_part (
                tenant BIGINT NOT NULL, disposal BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('patient', 'key')),
                part BIGINT NOT NULL, PRIMARY KEY (tenant, disposal, kind, part))
            """,
            """
            CREATE TABLE disposal_row (
                tenant BIGINT NOT NULL, disposal BIGINT NOT NULL, table_name TEXT NOT NULL, count BIGINT NOT NULL,
                PRIMARY KEY (tenant, disposal, table_name))
            """,
            // The old version of a row, with the wrapped key in it, goes with the next round of autovacuum, not with the
            // twentieth of a million. SQLite overwrites it at once (`secure_delete`).
            .engine(
                sqlite: "SELECT 1",
                postgres: """
                    ALTER TABLE subject_key
                    SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)
                    """),
        ])
}

/// Every statement about disposals, all on the key store.
enum DisposalStore {
    // MARK: Keys

    /// How many times keys of the tenant were disposed of.
    static func generation(in transaction: any Transaction) throws -> Int64 {
        try transaction.value("SELECT generation FROM key_generation WHERE tenant = \(.tenant)") ?? 0
    }

    static func disposals(after known: Int64, in transaction: any Transaction) throws -> KeyStore.Disposals {
        let generation = try generation(in: transaction)
        guard generation > known else { return KeyStore.Disposals(generation: known, subjects: []) }
        let subjects: [Int64] = try transaction.rows(
            """
            SELECT subject FROM subject_key
            WHERE tenant = \(.tenant) AND disposal_generation > \(known) AND disposal_generation IS NOT NULL
            """
        ).map { try $0["subject"] }
        return KeyStore.Disposals(generation: generation, subjects: subjects)
    }

    /// Deletes keys and raises the generation; how many there were to delete. The generation's row makes disposals of a
    /// tenant wait for each other, so that whoever sees a generation sees everything below it.
    static func deleteKeys(_ subjects: [Int64], at now: Instant, in transaction: any Transaction) throws -> Int {
        let alive: Int64? = try transaction.value(
            """
            SELECT COUNT(*) FROM subject_key
            WHERE tenant = \(.tenant) AND subject IN \(list: subjects) AND disposed_at IS NULL
            """)
        guard let alive, alive > 0 else { return 0 }
        let generation = try raiseGeneration(in: transaction)
        return try transaction.execute(
            """
            UPDATE subject_key SET wrapped = NULL, previous = NULL, disposed_at = \(now),
                disposal_generation = \(generation)
            WHERE tenant = \(.tenant) AND subject IN \(list: subjects) AND disposed_at IS NULL
            """)
    }

    /// Of these subjects, those whose key is there.
    static func alive(_ subjects: [ID<KeySubject>], in transaction: any Transaction) throws -> [ID<KeySubject>] {
        try transaction.rows(
            """
            SELECT subject FROM subject_key
            WHERE tenant = \(.tenant) AND subject IN \(list: subjects) AND wrapped IS NOT NULL ORDER BY subject
            """
        ).map { try $0["subject"] }
    }

    // MARK: Records

    static func begin(_ new: DisposalRecord, in transaction: any Transaction) throws -> DisposalRecord {
        try transaction.send(
            """
            INSERT INTO disposal (tenant, id, subject_kind, subject, reason, actor_kind, actor, requested_at)
            VALUES (\(.tenant), \(new.id), \(new.target.subject.kind), \(new.target.subject.raw), \(new.reason),
                \(new.actor.kind), \(new.actor.raw), \(new.requestedAt))
            ON CONFLICT (tenant, subject_kind, subject) DO NOTHING
            """)
        guard let known = try find(new.target.subject, in: transaction) else {
            throw Fault(.internalError, "disposal.lost", "A disposal that was just begun is not there.")
        }
        var added = 0
        for patient in new.target.patients { added += try add("patient", patient.raw, to: known.id, in: transaction) }
        for key in new.target.keys { added += try add("key", key.raw, to: known.id, in: transaction) }
        if added > 0, known.certificate != nil {
            // It tells of less than is disposed of now: another will be made.
            try transaction.send(
                """
                UPDATE disposal SET certificate = NULL, signature = NULL
                WHERE tenant = \(.tenant) AND id = \(known.id)
                """)
        }
        _ = try deleteKeys(new.target.keys.map(\.raw), at: new.requestedAt, in: transaction)
        return try find(new.target.subject, in: transaction) ?? known
    }

    private static func add(
        _ kind: String, _ part: Int64, to disposal: ID<Disposal>, in transaction: any Transaction
    ) throws -> Int {
        try transaction.execute(
            """
            INSERT INTO disposal_part (tenant, disposal, kind, part) VALUES (\(.tenant), \(disposal), \(kind), \(part))
            ON CONFLICT DO NOTHING
            """)
    }

    static func find(_ subject: DataSubject, in transaction: any Transaction) throws -> DisposalRecord? {
        try transaction.row(
            """
            SELECT \(columns) FROM disposal
            WHERE tenant = \(.tenant) AND subject_kind = \(subject.kind) AND subject = \(subject.raw)
            """
        ).map { try read($0, in: transaction) }
    }

    /// Whether the key store has been brought up to disposals.
    static func isThere(in transaction: any Transaction) throws -> Bool {
        try transaction.row("SELECT 1 FROM migration WHERE id = \(DisposalSchema.migration.id)") != nil
    }

    static func all(in transaction: any Transaction) throws -> [DisposalRecord] {
        try transaction.rows("SELECT \(columns) FROM disposal WHERE tenant = \(.tenant) ORDER BY id")
            .map { try read($0, in: transaction) }
    }

    static func unfinished(
        before moment: Instant, limit: Int, in transaction: any Transaction
    ) throws -> [DisposalRecord] {
        try transaction.rows(
            """
            SELECT \(columns) FROM disposal
            WHERE tenant = \(.tenant) AND certificate IS NULL AND requested_at < \(moment) ORDER BY id LIMIT \(limit)
            """
        ).map { try read($0, in: transaction) }
    }

    static func newest(
        _ reason: String, limit: Int, in transaction: any Transaction
    ) throws -> [DisposalRecord] {
        try transaction.rows(
            """
            SELECT \(columns) FROM disposal
            WHERE tenant = \(.tenant) AND reason = \(reason) ORDER BY id DESC LIMIT \(limit)
            """
        ).map { try read($0, in: transaction) }
    }

    static func note(_ rows: [String: Int], of id: ID<Disposal>, in transaction: any Transaction) throws {
        for (table, count) in rows.sorted(by: { $0.key < $1.key }) where count > 0 {
            try transaction.send(
                """
                INSERT INTO disposal_row (tenant, disposal, table_name, count)
                VALUES (\(.tenant), \(id), \(table), \(count))
                ON CONFLICT (tenant, disposal, table_name) DO UPDATE SET count = disposal_row.count + excluded.count
                """)
        }
    }

    static func finish(
        _ id: ID<Disposal>, _ certificate: DisposalCertificate, in transaction: any Transaction
    ) throws -> DisposalCertificate {
        try transaction.send(
            """
            UPDATE disposal SET certificate = \(certificate.text), signature = \(certificate.signature)
            WHERE tenant = \(.tenant) AND id = \(id) AND certificate IS NULL
            """)
        let row = try transaction.row(
            "SELECT certificate, signature FROM disposal WHERE tenant = \(.tenant) AND id = \(id)")
        guard let row, let kept = try certificateOf(row) else {
            throw Fault(.internalError, "disposal.lost", "A disposal that was finished is not there.")
        }
        return kept
    }

    private static let columns: SQL =
        "id, subject_kind, subject, reason, actor_kind, actor, requested_at, certificate, signature"

    private static func read(_ row: Row, in transaction: any Transaction) throws -> DisposalRecord {
        let id: ID<Disposal> = try row["id"]
        let kind: String = try row["subject_kind"]
        guard let subject = DataSubject(kind: kind, raw: try row["subject"]),
            let actor = Actor(kind: try row["actor_kind"], raw: try row["actor"])
        else { throw Fault(.internalError, "disposal.kind", "A disposal names an unknown kind.") }
        let parts = try transaction.rows(
            "SELECT kind, part FROM disposal_part WHERE tenant = \(.tenant) AND disposal = \(id)"
        ).map { (kind: try $0["kind"] as String, part: try $0["part"] as Int64) }
        var record = DisposalRecord(
            id: id,
            target: DisposalTarget(
                subject: subject, patients: parts.filter { $0.kind == "patient" }.map { ID(raw: $0.part) },
                keys: parts.filter { $0.kind == "key" }.map { ID(raw: $0.part) }),
            reason: try row["reason"], actor: actor, requestedAt: try row["requested_at"])
        try transaction.forEach(
            "SELECT table_name, count FROM disposal_row WHERE tenant = \(.tenant) AND disposal = \(id)"
        ) { row in
            let table: String = try row["table_name"]
            record.rows[table] = try row["count"]
        }
        record.certificate = try certificateOf(row)
        return record
    }

    private static func certificateOf(_ row: Row) throws -> DisposalCertificate? {
        guard let text: String = try row["certificate"], let signature: [UInt8] = try row["signature"] else {
            return nil
        }
        return DisposalCertificate(text: text, signature: signature)
    }
}
