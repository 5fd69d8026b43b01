import Kernel
import Spine
import Store
package import Vault
import Web

// Access reviews: somebody looks at what everybody may do, and says whether it stays.
//
// - The report is what stands now: each account and each key with its roles, rights, places, second step, last sign-in
//   and the last use of each sensitive right, as far as the audit trail tells it.
// - A review keeps that as it was when it began, with a day by which it is to be done. Each line is kept, to be changed
//   or removed, by somebody whose own it is not. Removing acts at once, as it does at the console.
// - When every line is decided the review is completed, and stays as it is: who decided what, when and why.

package enum AccessReview {}

extension Permission {
    /// To look at what everybody may do, to review it and to take access away by it.
    package static let accessReviewRun = Permission("access-review.run")
}

extension AccessReview {
    /// Without a sign-in, or without a use of a right, for this long.
    static let dormancy: Duration = .days(90)

    enum Decision: String, Sendable, CaseIterable {
        case keep, change, remove
    }

    /// What stands out about a line.
    enum Sign: String, Sendable, CaseIterable {
        case dormant, never, unused, ownerless, endless
    }

    static let capability = Capability(
        "access-review", schema: [migration, RightUse.migration],
        tables: [
            TableRule("access_review", .none(reason: "names, days and counts of reviews")),
            TableRule(
                "access_review_line", .none(reason: "ids, roles and times of accounts; who they are stands elsewhere")),
            // Evidence stays; what was noted about somebody goes with their key.
            TableRule(
                "access_review_decision", .keySubject(column: "key_subject"), sealed: .rows(ReviewNote.sealKind),
                export: .notExported(reason: "about members of the staff, in no patient's record"),
                merge: .apart(reason: "about members of the staff"),
                disposal: .scrub(leavesRows: true) { _, _ in 0 }),
        ] + RightUse.tables,
        recurring: [RightUse.recurring], seals: [ReviewNote.sealKind], permissions: [.accessReviewRun])

    static let migration = Migration(
        "2026-11-23.trust.access-reviews",
        [
            """
            CREATE TABLE access_review (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL CHECK (name <> ''),
                started_by BIGINT NOT NULL, started_at BIGINT NOT NULL, due_at BIGINT NOT NULL, completed_by BIGINT,
                completed_at BIGINT, PRIMARY KEY (tenant, id),
                CHECK ((completed_by IS NULL) = (completed_at IS NULL)))
            """,
            """
            CREATE TABLE access_review_line (
                tenant BIGINT NOT NULL, review BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('user', 'key')),
                subject BIGINT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (tenant, review, kind, subject))
            """,
            """
            CREATE TABLE access_review_decision (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, review BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('user', 'key')), subject BIGINT NOT NULL,
                decision TEXT NOT NULL CHECK (decision IN ('keep', 'change', 'remove')), decided_by BIGINT NOT NULL,
                decided_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX access_review_decision_line ON access_review_decision (tenant, review, kind, subject, id)",
        ])
}

/// Why somebody decided as they did.
struct ReviewNote: Sealable {
    static let sealKind = SealKind(480)
    let text: String

    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = fields.string(1) ?? "" }
}
