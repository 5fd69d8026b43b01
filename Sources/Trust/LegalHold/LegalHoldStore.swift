import Kernel
import Store
import Vault

struct HoldRow: Sendable {
    let id: ID<LegalHold>
    let patient: ID<Patient>
    let keySubject: ID<KeySubject>
    let placedBy: ID<User>
    let placedAt: Instant
}

/// One with its end, for the list.
struct HoldEntry: Sendable {
    let row: HoldRow
    let words: Sealed<HoldWords>
    let release: (by: ID<User>, at: Instant, words: Sealed<ReleaseWords>)?
}

/// All statements about holds.
enum LegalHoldStore {
    /// One hold more; when a disposal was begun, if one was.
    static func raise(_ patient: ID<Patient>, in transaction: any Transaction) throws -> Instant? {
        let row = try transaction.row(
            """
            INSERT INTO legal_hold_guard (tenant, patient, holds) VALUES (\(.tenant), \(patient), 1)
            ON CONFLICT (tenant, patient) DO UPDATE SET holds = legal_hold_guard.holds + 1 RETURNING disposing_at
            """)
        return try row?["disposing_at"]
    }

    static func lower(_ patient: ID<Patient>, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE legal_hold_guard SET holds = holds - 1
            WHERE tenant = \(.tenant) AND patient = \(patient) AND holds > 0
            """)
    }

    /// Says that a disposal begins; how many holds there are.
    static func claim(_ patient: ID<Patient>, at now: Instant, in transaction: any Transaction) throws -> Int {
        let row = try transaction.row(
            """
            INSERT INTO legal_hold_guard (tenant, patient, holds, disposing_at)
            VALUES (\(.tenant), \(patient), 0, \(now))
            ON CONFLICT (tenant, patient) DO UPDATE SET disposing_at = excluded.disposing_at RETURNING holds
            """)
        return try row?["holds"] ?? 0
    }

    /// Of these patients, those who are held.
    static func held(_ patients: [ID<Patient>], in transaction: any Transaction) throws -> Set<ID<Patient>> {
        Set(
            try transaction.rows(
                """
                SELECT patient FROM legal_hold_guard
                WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND holds > 0
                """
            ).map { try $0["patient"] as ID<Patient> })
    }

    static func lasting(in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM legal_hold h WHERE h.tenant = \(.tenant) AND NOT EXISTS (
                SELECT 1 FROM legal_hold_release r WHERE r.tenant = h.tenant AND r.id = h.id)
            """) ?? 0
    }

    static func insert(_ row: HoldRow, _ words: Sealed<HoldWords>, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO legal_hold (tenant, id, patient, key_subject, placed_by, placed_at, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(row.placedBy), \(row.placedAt), \(words))
            """)
    }

    static func release(
        _ row: HoldRow, _ words: Sealed<ReleaseWords>, by user: ID<User>, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO legal_hold_release (tenant, id, patient, key_subject, released_by, released_at, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(user), \(now), \(words))
            """)
    }

    static func find(_ hold: ID<LegalHold>, in transaction: any Transaction) throws -> HoldRow? {
        try transaction.row("SELECT \(columns) FROM legal_hold h WHERE h.tenant = \(.tenant) AND h.id = \(hold)")
            .map(row)
    }

    static func isReleased(_ hold: ID<LegalHold>, in transaction: any Transaction) throws -> Bool {
        try transaction.row("SELECT 1 FROM legal_hold_release WHERE tenant = \(.tenant) AND id = \(hold)") != nil
    }

    /// Those of patients in the caller's reach: what lasts before what has ended, newest first.
    /// `patients`: only those of these records.
    static func entries(
        of patients: [ID<Patient>]?, for caller: Caller, limit: Int, in transaction: any Transaction
    ) throws -> [HoldEntry] {
        let about: SQL = patients.map { "AND h.patient IN \(list: $0)" } ?? ""
        return try transaction.rows(
            """
            SELECT \(columns), h.sealed, r.released_by, r.released_at, r.sealed AS note FROM legal_hold h
            LEFT JOIN legal_hold_release r ON r.tenant = h.tenant AND r.id = h.id
            WHERE h.tenant = \(.tenant) AND \(Policy.scope(caller, .legalHoldManage, patient: "h.patient")) \(about)
            ORDER BY CASE WHEN r.id IS NULL THEN 0 ELSE 1 END, h.id DESC LIMIT \(limit)
            """
        ).map { found in
            let at: Instant? = try found["released_at"]
            return HoldEntry(
                row: try row(found), words: try found["sealed"],
                release: try at.map { (try found["released_by"], $0, try found["note"]) })
        }
    }

    private static let columns: SQL = "h.id, h.patient, h.key_subject, h.placed_by, h.placed_at"

    private static func row(_ row: Row) throws -> HoldRow {
        HoldRow(
            id: try row["id"], patient: try row["patient"], keySubject: try row["key_subject"],
            placedBy: try row["placed_by"], placedAt: try row["placed_at"])
    }
}
