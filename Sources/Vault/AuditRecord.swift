package import Kernel
package import Store

/// One line of the audit trail: who did or saw what, about whom, why, from where, with what result.
///
/// Every field is an id, a code or a network address; there is no patient text in the trail.
package struct AuditEntry: Sendable, Equatable {
    package enum Outcome: String, Sendable {
        case permitted, denied, failed
    }

    package let actor: Actor
    package let action: String
    package let purpose: Purpose
    package let outcome: Outcome
    /// The policy's reason for a denial, or a fault code.
    package let reason: String?
    /// The subject, when there is one; a list's set stands in `subjects`.
    package let subject: DataSubject?
    package let subjects: [DataSubject]
    package let correlation: Int64
    package let origin: String
    /// The network address of the caller; nil: the program did it by itself.
    package let remote: String?

    package init(
        actor: Actor, action: String, purpose: Purpose, outcome: Outcome, reason: String? = nil,
        subject: DataSubject? = nil, subjects: [DataSubject] = [], correlation: Int64, origin: String,
        remote: String? = nil
    ) {
        self.actor = actor
        self.action = action
        self.purpose = purpose
        self.outcome = outcome
        self.reason = reason
        self.subject = subject
        self.subjects = subjects
        self.correlation = correlation
        self.origin = origin
        self.remote = remote
    }
}

/// The rows of the trail. Records are inserted unchained; `AuditChain` links them right after the commit.
package enum AuditStore {
    package static let migration = Migration(
        "2026-11-22.vault.audit",
        [
            """
            CREATE TABLE audit_record (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, stream BIGINT NOT NULL, recorded_at BIGINT NOT NULL,
                actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, action TEXT NOT NULL, purpose TEXT NOT NULL,
                outcome TEXT NOT NULL CHECK (outcome IN ('permitted', 'denied', 'failed')), reason TEXT,
                subject_kind TEXT, subject BIGINT, subjects TEXT, correlation BIGINT NOT NULL, origin TEXT NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX audit_record_subject ON audit_record (tenant, subject, id) WHERE subject IS NOT NULL",
            """
            CREATE TABLE audit_subject (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, audit BIGINT NOT NULL,
                PRIMARY KEY (tenant, patient, audit))
            """,
            """
            CREATE TABLE audit_block (
                tenant BIGINT NOT NULL, stream BIGINT NOT NULL, sequence BIGINT NOT NULL,
                first_id BIGINT NOT NULL, last_id BIGINT NOT NULL, count BIGINT NOT NULL,
                hash BLOB NOT NULL, chained_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, stream, sequence), CHECK (first_id <= last_id), CHECK (count > 0))
            """,
        ])

    package static let addresses = Migration(
        "2026-11-28.vault.audit-addresses", ["ALTER TABLE audit_record ADD COLUMN remote TEXT"])

    /// How far the trail was searched for records that nobody linked.
    package static let search = Migration(
        "2026-11-30.vault.audit-search",
        ["CREATE TABLE audit_search (tenant BIGINT NOT NULL PRIMARY KEY, through BIGINT NOT NULL)"])

    /// Inserts one record under an id that the log's tracker gave out.
    static func insert(
        _ entry: AuditEntry, id: Int64, stream: Int64, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO audit_record (tenant, id, stream, recorded_at, actor_kind, actor, action, purpose, outcome,
                reason, subject_kind, subject, subjects, correlation, origin, remote)
            VALUES (\(.tenant), \(id), \(stream), \(now), \(entry.actor.kind), \(entry.actor.raw), \(entry.action),
                \(entry.purpose.rawValue), \(entry.outcome.rawValue), \(entry.reason), \(entry.subject?.kind),
                \(entry.subject?.raw), \(subjectsText(entry.subjects)), \(entry.correlation), \(entry.origin),
                \(entry.remote))
            """)
        let patients = Set(entry.subjects.compactMap { if case .patient(let patient) = $0 { patient } else { nil } })
        if patients.isEmpty { return }
        try transaction.send(
            """
            INSERT INTO audit_subject (tenant, patient, audit)
            SELECT \(.tenant), value, \(id) FROM \(list: patients.sorted()) AS subject
            """)
    }

    /// `patient:0123…,conversation:…`, or nil for none.
    static func subjectsText(_ subjects: [DataSubject]) -> String? {
        subjects.isEmpty
            ? nil : subjects.map { $0.kind + ":" + Crockford.encode($0.raw) }.joined(separator: ",")
    }
}
