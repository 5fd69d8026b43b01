import Kernel
import Spine
import Store
import Vault

/// All statements about the trail as people read it.
enum AuditTrailStore {
    struct Line: Sendable {
        let id: Int64
        let recordedAt: Instant
        let actor: Actor
        let action: String
        let purpose: String
        let outcome: String
        let reason: String?
        let subjectKind: String?
        let subject: Int64?
        /// `patient:0123…,conversation:…`: those of a list.
        let subjects: String?
        let correlation: Int64
        let origin: String
        /// The caller's network address; nil also where it is not told.
        let remote: String?

        var setCount: Int { subjects.map { $0.utf8.count { $0 == UInt8(ascii: ",") } + 1 } ?? 0 }
    }

    /// Records below an id, newest first.
    static func page(
        _ filter: AuditFilter, from: Int64?, below: Int64?, limit: Int, in transaction: any Transaction
    ) throws -> [Line] {
        var condition: SQL = ""
        if let from { condition = condition + " AND r.id >= \(from)" }
        if let below { condition = condition + " AND r.id < \(below)" }
        switch filter.actor {
        case "system"?: condition = condition + " AND r.actor_kind = 'system'"
        case "key"?: condition = condition + " AND r.actor_kind = 'key'"
        case let text?: condition = condition + " AND r.actor_kind = 'user' AND r.actor = \(ID<User>(text)?.raw ?? -1)"
        case nil: break
        }
        switch filter.act {
        case "read"?: condition = condition + " AND r.action LIKE '%.read'"
        case "write"?: condition = condition + " AND r.action NOT LIKE '%.%'"
        case "sign-in"?: condition = condition + " AND r.action = 'session.begin'"
        case let action?: condition = condition + " AND r.action = \(action)"
        case nil: break
        }
        if let purpose = filter.purpose { condition = condition + " AND r.purpose = \(purpose.rawValue)" }
        if let outcome = filter.outcome { condition = condition + " AND r.outcome = \(outcome.rawValue)" }
        if let origin = filter.origin { condition = condition + " AND r.origin = \(origin)" }
        if let remote = filter.remote { condition = condition + " AND r.remote = \(remote)" }
        let source: SQL =
            filter.patient == nil ? "audit_record r" : "\(about(filter.patients)) f CROSS JOIN audit_record r"
        if filter.patient != nil { condition = condition + " AND r.id = f.id" }
        return try transaction.rows(
            """
            SELECT \(columns) FROM \(source) WHERE r.tenant = \(.tenant)\(condition) ORDER BY r.id DESC LIMIT \(limit)
            """
        ).map(read)
    }

    /// What somebody was permitted to do with these patients, by others than themselves, newest first. It is for the
    /// patients to read, and without the addresses of the staff.
    static func permitted(
        about patients: [ID<Patient>], from: Int64, below: Int64?, limit: Int, in transaction: any Transaction
    ) throws -> [Line] {
        var condition: SQL = ""
        if let below { condition = " AND r.id < \(below)" }
        return try transaction.rows(
            """
            SELECT \(told), NULL AS remote FROM \(about(patients)) f CROSS JOIN audit_record r
            WHERE r.tenant = \(.tenant) AND r.id = f.id AND r.id >= \(from) AND r.outcome = 'permitted'
                AND r.actor_kind <> 'patient'\(condition)
            ORDER BY r.id DESC LIMIT \(limit)
            """
        ).map(read)
    }

    /// The records that name one of these patients, alone or in a list. Joined first, so that a patient of few records
    /// is found without walking the trail.
    private static func about(_ patients: [ID<Patient>]) -> SQL {
        """
        (SELECT id FROM audit_record
            WHERE tenant = \(.tenant) AND subject IN \(list: patients) AND subject_kind = 'patient'
        UNION SELECT audit AS id FROM audit_subject WHERE tenant = \(.tenant) AND patient IN \(list: patients))
        """
    }

    /// These records, oldest first.
    static func lines(_ ids: [Int64], in transaction: any Transaction) throws -> [Line] {
        if ids.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(columns) FROM audit_record r WHERE r.tenant = \(.tenant) AND r.id IN \(list: ids) ORDER BY r.id
            """
        ).map(read)
    }

    /// What somebody of the staff was permitted to do with a patient, or whom a search showed them. It stands where the
    /// engine has it and is valid only inside the closure that gets it.
    struct Act {
        let record: Int64
        let user: Int64
        let action: UnsafeRawBufferPointer
        let request: Int64
        /// Nil: a search.
        let patient: Int64?
        private let subjects: UnsafeRawBufferPointer

        init(_ values: UnsafeBufferPointer<RawValue>) {
            record = values[0].integer
            user = values[1].integer
            action = values[2].bytes
            request = values[3].integer
            patient = values[4].kind == .null ? nil : values[4].integer
            subjects = values[5].bytes
        }

        /// Those whom the search showed.
        var searched: [ID<Patient>] {
            String(decoding: subjects, as: UTF8.self).split(separator: ",").compactMap { subject in
                subject.hasPrefix(Act.patientMark) ? ID(subject.dropFirst(Act.patientMark.count)) : nil
            }
        }

        fileprivate static let patientMark = "patient:"
        /// Searches that showed at most so many are told: who has a long list before them looks for nobody in particular.
        static let shortList = 5
        /// The text of such a list: for each the mark, 13 characters and a comma, but for the last.
        fileprivate static let shortText = shortList * (patientMark.utf8.count + 13 + 1) - 1
    }

    /// Acts of staff with single patients, and searches that showed a few, oldest first, a page after an id.
    static func acts(
        after id: Int64, limit: Int, in transaction: any Transaction, _ body: (Act) -> Void
    ) throws {
        try transaction.forEachRaw(
            """
            SELECT id, actor, action, correlation, subject, subjects FROM audit_record
            WHERE tenant = \(.tenant) AND id > \(id) AND actor_kind = 'user' AND outcome = 'permitted'
                AND (subject_kind = 'patient'
                    OR (action = \(Permission.patientSearch.rawValue) AND LENGTH(subjects) <= \(Act.shortText)))
            ORDER BY id LIMIT \(limit)
            """
        ) { body(Act($0)) }
    }

    /// A run that somebody typed, and the account of the machine that did.
    struct TypedCommand: Sendable {
        let name: String
        let account: String
    }

    /// The commands that these lines are of, by the run's id.
    static func commands(of lines: [Line], in transaction: any Transaction) throws -> [Int64: TypedCommand] {
        let runs = Set(lines.filter { $0.origin == "cli" && $0.actor.kind == "system" }.map(\.actor.raw))
        if runs.isEmpty { return [:] }
        return try transaction.rows(
            """
            SELECT id, name, started_by FROM system_run
            WHERE tenant = \(.tenant) AND id IN \(list: runs.sorted()) AND started_by IS NOT NULL
            """
        ).reduce(into: [:]) {
            $0[try $1["id"] as Int64] = TypedCommand(name: try $1["name"], account: try $1["started_by"])
        }
    }

    /// The newest record's id.
    static func newest(in transaction: any Transaction) throws -> Int64 {
        let id: Int64? = try transaction.value(
            "SELECT id FROM audit_record WHERE tenant = \(.tenant) ORDER BY id DESC LIMIT 1")
        return id ?? 0
    }

    /// When the chain was last extended, and how many blocks it has.
    static func head(in transaction: any Transaction) throws -> (last: Instant, blocks: Int)? {
        guard
            let row = try transaction.row(
                "SELECT MAX(chained_at) AS last, COUNT(*) AS blocks FROM audit_block WHERE tenant = \(.tenant)"),
            let last: Instant = try row["last"]
        else { return nil }
        return (last, try row["blocks"])
    }

    private static let columns: SQL = "\(told), r.remote"

    private static let told: SQL = """
        r.id, r.recorded_at, r.actor_kind, r.actor, r.action, r.purpose, r.outcome, r.reason, r.subject_kind, r.subject,
        r.subjects, r.correlation, r.origin
        """

    private static func read(_ row: Row) throws -> Line {
        let kind: String = try row["actor_kind"]
        guard let actor = Actor(kind: kind, raw: try row["actor"]) else {
            throw Fault(.internalError, "audit.actor", "An audit record names an unknown kind of actor.")
        }
        return Line(
            id: try row["id"], recordedAt: try row["recorded_at"], actor: actor, action: try row["action"],
            purpose: try row["purpose"], outcome: try row["outcome"], reason: try row["reason"],
            subjectKind: try row["subject_kind"], subject: try row["subject"], subjects: try row["subjects"],
            correlation: try row["correlation"], origin: try row["origin"], remote: try row["remote"])
    }
}
