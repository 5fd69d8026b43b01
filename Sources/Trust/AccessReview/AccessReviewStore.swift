import Kernel
import Store
import Vault

/// All statements about reviews.
enum AccessReviewStore {
    struct Review: Sendable {
        let id: ID<AccessReview>
        let name: String
        let startedBy: ID<User>
        let startedAt: Instant
        let dueAt: Instant
        let completedBy: ID<User>?
        let completedAt: Instant?
    }

    struct Decided: Sendable {
        let id: Int64
        let kind: AccessLine.Kind
        let subject: Int64
        let decision: AccessReview.Decision
        let by: ID<User>
        let at: Instant
        let keySubject: ID<KeySubject>
        let sealed: Sealed<ReviewNote>
    }

    static func insert(_ review: Review, _ lines: [AccessLine], in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO access_review (tenant, id, name, started_by, started_at, due_at)
            VALUES (\(.tenant), \(review.id), \(review.name), \(review.startedBy), \(review.startedAt), \(review.dueAt))
            """)
        for line in lines {
            try transaction.send(
                """
                INSERT INTO access_review_line (tenant, review, kind, subject, facts)
                VALUES (\(.tenant), \(review.id), \(line.kind.rawValue), \(line.subject), \(line.facts))
                """)
        }
    }

    static func find(
        _ id: ID<AccessReview>, lock: Bool = false, in transaction: any Transaction
    ) throws -> Review? {
        try transaction.row(
            """
            SELECT \(columns) FROM access_review WHERE tenant = \(.tenant) AND id = \(id)\(lock ? SQL.forUpdate : "")
            """
        ).map(read)
    }

    static func newest(in transaction: any Transaction) throws -> [Review] {
        try transaction.rows(
            "SELECT \(columns) FROM access_review WHERE tenant = \(.tenant) ORDER BY id DESC LIMIT 50"
        ).map(read)
    }

    static func lines(of review: ID<AccessReview>, in transaction: any Transaction) throws -> [AccessLine] {
        try transaction.rows(
            """
            SELECT kind, subject, facts FROM access_review_line
            WHERE tenant = \(.tenant) AND review = \(review) ORDER BY kind DESC, subject
            """
        ).map { row in
            let kind: String = try row["kind"]
            return try AccessLine(
                kind: AccessLine.Kind(rawValue: kind) ?? .user, subject: try row["subject"], facts: try row["facts"])
        }
    }

    static func hasLine(
        _ kind: AccessLine.Kind, _ subject: Int64, of review: ID<AccessReview>, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 AS one FROM access_review_line WHERE tenant = \(.tenant) AND review = \(review)
                AND kind = \(kind.rawValue) AND subject = \(subject)
            """) != nil
    }

    static func insert(_ decided: Decided, review: ID<AccessReview>, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO access_review_decision (tenant, id, review, kind, subject, decision, decided_by, decided_at,
                key_subject, sealed)
            VALUES (\(.tenant), \(decided.id), \(review), \(decided.kind.rawValue), \(decided.subject),
                \(decided.decision.rawValue), \(decided.by), \(decided.at), \(decided.keySubject), \(decided.sealed))
            """)
    }

    /// Every decision of a review, the earliest first: of a line the last one holds.
    static func decisions(of review: ID<AccessReview>, in transaction: any Transaction) throws -> [Decided] {
        try transaction.rows(
            """
            SELECT id, kind, subject, decision, decided_by, decided_at, key_subject, sealed
            FROM access_review_decision WHERE tenant = \(.tenant) AND review = \(review) ORDER BY id
            """
        ).map { row in
            let kind: String = try row["kind"]
            let decision: String = try row["decision"]
            return Decided(
                id: try row["id"], kind: AccessLine.Kind(rawValue: kind) ?? .user, subject: try row["subject"],
                decision: AccessReview.Decision(rawValue: decision) ?? .keep, by: try row["decided_by"],
                at: try row["decided_at"], keySubject: try row["key_subject"], sealed: try row["sealed"])
        }
    }

    /// How many lines of each review there are, and how many are decided.
    static func counts(in transaction: any Transaction) throws -> [ID<AccessReview>: (lines: Int, decided: Int)] {
        var counts: [ID<AccessReview>: (lines: Int, decided: Int)] = [:]
        for row in try transaction.rows(
            """
            SELECT l.review, COUNT(*) AS lines, COUNT(d.subject) AS decided FROM access_review_line l
                LEFT JOIN (SELECT DISTINCT review, kind, subject FROM access_review_decision
                    WHERE tenant = \(.tenant)) d
                ON d.review = l.review AND d.kind = l.kind AND d.subject = l.subject
            WHERE l.tenant = \(.tenant) GROUP BY l.review
            """)
        {
            counts[try row["review"]] = (try row["lines"], try row["decided"])
        }
        return counts
    }

    static func complete(
        _ id: ID<AccessReview>, by user: ID<User>, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE access_review SET completed_by = \(user), completed_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND completed_at IS NULL
            """) == 1
    }

    private static let columns: SQL = "id, name, started_by, started_at, due_at, completed_by, completed_at"

    private static func read(_ row: Row) throws -> Review {
        Review(
            id: try row["id"], name: try row["name"], startedBy: try row["started_by"],
            startedAt: try row["started_at"], dueAt: try row["due_at"], completedBy: try row["completed_by"],
            completedAt: try row["completed_at"])
    }
}
