import Kernel
import Store
import Vault

/// A record that was opened in an emergency.
struct GlassRow: Sendable {
    let id: ID<Glass>
    let patient: ID<Patient>
    let keySubject: ID<KeySubject>
    let user: ID<User>
    let openedAt: Instant
    let endsAt: Instant
}

/// One with its review, for the queue.
struct GlassTask: Sendable {
    let row: GlassRow
    let reason: Sealed<GlassReason>
    let review: (outcome: GlassOutcome, reviewer: ID<User>, at: Instant, note: Sealed<GlassNote>)?
}

/// All statements about it.
enum BreakGlassStore {
    static func insert(
        _ row: GlassRow, _ reason: Sealed<GlassReason>, members: [ID<Patient>], in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO break_glass (tenant, id, patient, key_subject, user_id, opened_at, ends_at, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(row.user), \(row.openedAt),
                \(row.endsAt), \(reason))
            """)
        for member in members {
            try transaction.send(
                """
                INSERT INTO break_glass_scope (tenant, user_id, patient, glass, ends_at)
                VALUES (\(.tenant), \(row.user), \(member), \(row.id), \(row.endsAt))
                """)
        }
    }

    /// What somebody has open now, and until when.
    static func opened(
        by user: ID<User>, at now: Instant, in transaction: any Transaction
    ) throws -> [ID<Patient>: Instant] {
        let rows = try transaction.rows(
            """
            SELECT patient, MAX(ends_at) AS ends_at FROM break_glass_scope
            WHERE tenant = \(.tenant) AND user_id = \(user) AND ends_at > \(now) GROUP BY patient
            """)
        return Dictionary(
            try rows.map { (try $0["patient"], try $0["ends_at"]) }, uniquingKeysWith: { first, _ in first })
    }

    static func find(_ glass: ID<Glass>, in transaction: any Transaction) throws -> GlassRow? {
        try transaction.row("SELECT \(columns) FROM break_glass g WHERE g.tenant = \(.tenant) AND g.id = \(glass)")
            .map(row)
    }

    /// The one that somebody has open for a patient.
    static func current(
        of user: ID<User>, _ patient: ID<Patient>, at now: Instant, in transaction: any Transaction
    ) throws -> GlassRow? {
        try transaction.row(
            """
            SELECT \(columns) FROM break_glass_scope s
            JOIN break_glass g ON g.tenant = s.tenant AND g.id = s.glass
            WHERE s.tenant = \(.tenant) AND s.user_id = \(user) AND s.patient = \(patient) AND s.ends_at > \(now)
            ORDER BY s.ends_at DESC LIMIT 1
            """
        ).map(row)
    }

    static func end(_ glass: ID<Glass>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE break_glass SET ends_at = \(now) WHERE tenant = \(.tenant) AND id = \(glass) AND ends_at > \(now)
            """)
        try transaction.send("DELETE FROM break_glass_scope WHERE tenant = \(.tenant) AND glass = \(glass)")
    }

    static func isReviewed(_ glass: ID<Glass>, in transaction: any Transaction) throws -> Bool {
        let known: Int64? = try transaction.value(
            "SELECT id FROM break_glass_review WHERE tenant = \(.tenant) AND id = \(glass)")
        return known != nil
    }

    static func review(
        _ row: GlassRow, outcome: GlassOutcome, _ note: Sealed<GlassNote>, by reviewer: ID<User>, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO break_glass_review (tenant, id, patient, key_subject, outcome, reviewer, reviewed_at, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(outcome.rawValue), \(reviewer), \(now),
                \(note))
            """)
    }

    /// How many wait for a reviewer: those of patients in their reach that somebody else opened.
    static func waiting(for caller: Caller, in transaction: any Transaction) throws -> Int {
        guard case .user(let reviewer) = caller.actor else { return 0 }
        return try transaction.value(
            """
            SELECT COUNT(*) FROM break_glass g
            WHERE g.tenant = \(.tenant) AND g.user_id <> \(reviewer)
                AND NOT EXISTS (SELECT 1 FROM break_glass_review r WHERE r.tenant = g.tenant AND r.id = g.id)
                AND \(Policy.scope(caller, .breakGlassReview, patient: "g.patient"))
            """) ?? 0
    }

    /// Those of patients in the reviewer's reach: what waits before what is done, newest first.
    static func tasks(for caller: Caller, limit: Int, in transaction: any Transaction) throws -> [GlassTask] {
        try transaction.rows(
            """
            SELECT \(columns), g.sealed, r.outcome, r.reviewer, r.reviewed_at, r.sealed AS note FROM break_glass g
            LEFT JOIN break_glass_review r ON r.tenant = g.tenant AND r.id = g.id
            WHERE g.tenant = \(.tenant) AND \(Policy.scope(caller, .breakGlassReview, patient: "g.patient"))
            ORDER BY CASE WHEN r.id IS NULL THEN 0 ELSE 1 END, g.id DESC LIMIT \(limit)
            """
        ).map { found in
            let outcome: String? = try found["outcome"]
            return GlassTask(
                row: try row(found), reason: try found["sealed"],
                review: try outcome.flatMap(GlassOutcome.init(rawValue:)).map {
                    ($0, try found["reviewer"], try found["reviewed_at"], try found["note"])
                })
        }
    }

    private static let columns: SQL = "g.id, g.patient, g.key_subject, g.user_id, g.opened_at, g.ends_at"

    private static func row(_ row: Row) throws -> GlassRow {
        GlassRow(
            id: try row["id"], patient: try row["patient"], keySubject: try row["key_subject"],
            user: try row["user_id"], openedAt: try row["opened_at"], endsAt: try row["ends_at"])
    }
}
