package import Kernel
package import Store
package import Vault

/// The earlier states of versioned things, sealed: for history, "as known at", FHIR `vread` and `If-Match`.
package enum Revisions {
    package static let migration = Migration(
        "2026-11-22.spine.revisions",
        [
            """
            CREATE TABLE revision (
                tenant BIGINT NOT NULL, kind TEXT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL,
                recorded_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, row_id BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, kind, id, version))
            """
        ])

    /// Keeps the state that a change makes the newest. `recordedAt`: when it became so, if that was before now (the first
    /// state of a thing that had never changed); nil: now.
    package static func write<Value: Sealable>(
        kind: String, id: Int64, version: Int, value: Value, subject: ID<KeySubject>, recordedAt: Instant? = nil,
        context: CommandContext
    ) throws {
        let row = context.ids.nextRaw()
        try context.transaction.send(
            """
            INSERT INTO revision (tenant, kind, id, version, recorded_at, key_subject, row_id, sealed)
            VALUES (\(.tenant), \(kind), \(id), \(version), \(recordedAt ?? context.now), \(subject), \(row),
                \(try context.vault.seal(value, id: row, subject: subject)))
            """)
    }

    /// The state that was the newest at a moment, with its version; nil when there was none yet.
    package static func read<Value: Sealable>(
        kind: String, id: Int64, asOf moment: Instant, owner: DataSubject, grant: Grant, as _: Value.Type,
        in transaction: any Transaction
    ) throws -> (version: Int, value: Value)? {
        guard
            let row = try transaction.row(
                """
                SELECT version, key_subject, row_id, sealed FROM revision
                WHERE tenant = \(.tenant) AND kind = \(kind) AND id = \(id) AND recorded_at <= \(moment)
                ORDER BY version DESC LIMIT 1
                """)
        else { return nil }
        let sealed: Sealed<Value> = try row["sealed"]
        let value = try sealed.open(grant, of: owner, id: try row["row_id"], subject: try row["key_subject"])
        return (try row["version"], value)
    }
}
