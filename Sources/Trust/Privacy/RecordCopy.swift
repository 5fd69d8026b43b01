package import Kernel
package import PeopleAPI
import Spine
package import Store
package import Vault
package import Web

/// One row of a person's record, opened.
package struct ExportedEntry: Sendable {
    package let table: String
    package let section: RecordSection
    package let fields: [ExportedField]

    package init(table: String, section: RecordSection, fields: [ExportedField]) {
        self.table = table
        self.section = section
        self.fields = fields
    }

    package subscript(name: String) -> ExportedField.Value? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    func text(_ name: String) -> String? {
        if case .text(let text)? = self[name] { text } else { nil }
    }

    func texts(_ name: String) -> [String] {
        if case .texts(let texts)? = self[name] { texts } else { [] }
    }

    func id(_ name: String) -> Int64? {
        if case .id(let id)? = self[name] { id } else { nil }
    }

    func moment(_ name: String) -> Instant? {
        if case .moment(let moment)? = self[name] { moment } else { nil }
    }

    func flag(_ name: String) -> Bool {
        if case .flag(let flag)? = self[name] { flag } else { false }
    }
}

/// Everything that stands of a person in the tables, at one moment.
package struct RecordCopy: Sendable {
    package let set: PatientSet
    package let madeAt: Instant
    /// The patient's own language, BCP-47.
    package let language: String
    package let entries: [ExportedEntry]
    /// Who did what with the record, newest first.
    let looks: [AuditTrailStore.Line]
    let members: [ID<User>: AccessLinkStore.Member]

    package func entries(of table: String) -> [ExportedEntry] { entries.filter { $0.table == table } }
}

/// Reads the whole record of a patient, with all records linked to it: **one** audit record, `record.export`.
package struct ReadRecordCopy: Query {
    package static let permission = Permission.recordExport
    let patient: ID<Patient>
    let tables: [TableRule]
    let now: Instant
    let directory: any PatientDirectory

    package init(_ patient: ID<Patient>, tables: [TableRule], now: Instant, directory: any PatientDirectory) {
        self.patient = patient
        self.tables = tables
        self.now = now
        self.directory = directory
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> RecordCopy {
        let (set, grant) = try directory.grant(Self.permission, for: patient, access: access, in: transaction)
        let plain = try directory.plain(of: set.members, in: transaction)
        let target = DisposalTarget(
            subject: .patient(set.primary), patients: set.members, keys: plain.values.map(\.keySubject))
        let door = ExportDoor(grant: grant, owner: .patient(set.primary), transaction: transaction)
        let entries = try tables.flatMap { try $0.exported(of: target, through: door) }
        let from: ID<AuditRecord> = .lowest(at: now - AccessReport.reach)
        var looks: [AuditTrailStore.Line] = []
        while true {
            let page = try AuditTrailStore.permitted(
                about: set.members, from: from.raw, below: looks.last?.id, limit: Self.perRead, in: transaction)
            looks += page
            if page.count < Self.perRead { break }
        }
        return RecordCopy(
            set: set, madeAt: now, language: plain[patient]?.language ?? "en", entries: entries, looks: looks,
            members: try AccessLinkStore.members(Array(Set(looks.compactMap(\.user))), in: transaction))
    }

    private static let perRead = 5000
}

extension TableRule {
    /// The rows of a person, opened; none when the rule says that the table does not go out.
    func exported(of target: DisposalTarget, through door: ExportDoor) throws -> [ExportedEntry] {
        guard case .rows(let section, let open) = export else { return [] }
        return try rows(of: target, in: door.transaction).map { row in
            ExportedEntry(
                table: table, section: section,
                fields: ExportColumns.fields(row) + (try open.map { try $0(row, door) } ?? []))
        }
    }

    /// The rows that disposal would do away with, in the order in which they were made.
    private func rows(of target: DisposalTarget, in transaction: any Transaction) throws -> [Row] {
        guard let owned = owned(by: target) else { return [] }
        let rows = try transaction.rows(
            "SELECT * FROM \(SQL(stringLiteral: name)) WHERE tenant = \(.tenant) AND (\(owned))")
        return rows.sorted { ExportColumns.order($0).lexicographicallyPrecedes(ExportColumns.order($1)) }
    }

    private func owned(by target: DisposalTarget) -> SQL? {
        if case .deleteWhere(let conditions) = disposal {
            let all = conditions(target)
            guard let first = all.first else { return nil }
            return all.dropFirst().reduce("(\(first))" as SQL) { $0 + " OR (\($1))" }
        }
        switch personal {
        case .patient(let column): return "\(SQL(stringLiteral: column)) IN \(list: target.patients)"
        case .keySubject(let column): return "\(SQL(stringLiteral: column)) IN \(list: target.keys)"
        case .none: return nil
        }
    }
}

/// What the plain columns hold, by their names: engines keep ids, moments and counts alike as numbers. A column that
/// stands nowhere here fails a test.
package enum ExportColumns {
    package enum Kind: Sendable, Equatable {
        case id, moment, number, flag, text, json
        /// A bit mask, told by the names of its labels.
        case labels
        /// It does not go out: keys, hashes, places in queues.
        case left
    }

    package static func kind(_ name: String) -> Kind? {
        if left.contains(name) { return .left }
        if ids.contains(name) { return .id }
        if name.hasSuffix("_at") || moments.contains(name) { return .moment }
        if numbers.contains(name) { return .number }
        if flags.contains(name) { return .flag }
        if name == "body" { return .json }
        if name == "labels" { return .labels }
        return texts.contains(name) ? .text : nil
    }

    private static let left: Set = [
        "tenant", "key_subject", "sealed", "term", "lane", "source_key", "address_hash", "provider_hash",
        "source_hash", "content_hash", "row_id", "correlation", "cause", "reminder_version",
        "told_on", "enough", "policy", "policy_version", "hold", "clock", "more",
    ]
    private static let ids: Set = [
        "id", "patient", "primary_patient", "conversation", "message", "need", "appointment", "blob", "sender", "owner",
        "author", "made_by", "user_id", "recorded_by", "last_message", "source_id", "moving", "actor", "request",
        "agreed_by", "ended_by", "closed_by", "assigned", "disposed", "proxy", "person",
        "referral", "by_actor", "chain", "opening", "entry", "absence",
    ]
    private static let moments: Set = ["at", "resolve_by", "answer_by"]
    private static let numbers: Set = [
        "version", "birth_year", "rank", "media", "number", "size", "chunks", "schema_version", "choice", "minutes",
        "placement", "ordinal", "days_before", "attempts", "vain", "late_minutes", "from_minute", "to_minute",
        "notice_minutes", "wave", "waves", "asked", "calls",
    ]
    private static let flags: Set = ["deceased", "restricted", "unless_confirmed", "accounted", "authorized"]
    private static let texts: Set = [
        "language", "zone", "region", "source", "kind", "use", "system", "payer", "type", "code", "code_system",
        "media_type", "actor_kind", "channel", "standing", "last_direction", "direction", "state", "sender_kind",
        "purpose", "template", "error_code", "location", "answer", "scope", "basis", "document", "reason", "priority",
        "stage", "team", "next_step", "outcome", "visit_type", "practitioner", "local_start", "made_by_kind", "status",
        "tz_version", "confirmed_by", "cancel_reason", "reminder_plan", "law", "asker", "received_on", "due_on", "door",
        "disclosed_on", "category", "service_line", "performer", "requester", "authorization_state", "authorized_from",
        "authorized_to", "expires_on", "seen_place", "held_until", "by_kind", "queue_day", "said_by",
        "medium", "practitioners", "locations", "weekdays", "earliest", "latest", "group_code", "end_reason",
        "answered_by", "withheld", "settled_by", "missed_reason",
    ]

    static func fields(_ row: Row) -> [ExportedField] {
        zip(row.layout.names, row.values).compactMap { name, value in
            let kind = Self.kind(name)
            switch (value, kind) {
            case (_, .left), (.null, _), (.blob, _): return nil
            case (.text(let text), .json): return ExportedField(name, .json(Array(text.utf8)))
            case (.text(let text), _): return ExportedField(name, .text(text))
            case (.boolean(let flag), _): return ExportedField(name, .flag(flag))
            case (.integer(let number), .flag): return ExportedField(name, .flag(number != 0))
            case (.integer(let number), .moment):
                return ExportedField(name, .moment(Instant(microseconds: number)))
            case (.integer(let number), .id): return ExportedField(name, .id(number))
            case (.integer(let number), .labels):
                let codes = Labels(rawValue: number).codes
                return codes.isEmpty ? nil : ExportedField(name, .texts(codes))
            // A place by its number: the key in words is in the configuration, not in the row.
            case (.integer(let number), .text): return ExportedField(name, .id(number))
            case (.integer(let number), _): return ExportedField(name, .number(number))
            case (.real(let number), _): return ExportedField(name, .text("\(number)"))
            }
        }
    }

    /// Ids are ordered by time; revisions stand under one id.
    static func order(_ row: Row) -> [Int64] {
        ["id", "version"].compactMap { wanted in
            for (name, value) in zip(row.layout.names, row.values) where name == wanted {
                if case .integer(let number) = value { return number }
            }
            return nil
        }
    }
}
