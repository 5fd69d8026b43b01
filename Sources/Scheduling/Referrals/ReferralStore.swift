import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import Vault

/// Every SQL statement over single referrals, attempts and documents. Lists stand in `ReferralStore+Lists`.
enum ReferralStore {
    static let columns: SQL = """
        r.id, r.patient, r.key_subject, r.kind, r.category, r.status, r.stage, r.priority, r.service_line, r.visit_type,
        r.performer, r.requester, r.code, r.code_system, r.authorization_state, r.authorized_from, r.authorized_to,
        r.expires_on, r.source, r.source_hash, r.owner, r.attempts, r.vain, r.enough, r.policy, r.policy_version,
        r.received_at, r.accepted_at, r.first_contact_at, r.returned_at, r.appointment, r.hold, r.scheduled_at,
        r.seen_at, r.seen_place, r.reported_at, r.acknowledged_at, r.held_until, r.clock, r.due_at, r.overdue_at,
        r.outcome, r.closed_at, r.version, r.labels, r.sealed
        """

    static func insert(_ row: ReferralRow, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO referral (tenant, id, patient, key_subject, kind, category, status, stage, priority, service_line,
                visit_type, performer, requester, code, code_system, authorization_state, authorized_from, authorized_to,
                expires_on, source, source_hash, owner, attempts, vain, enough, policy, policy_version, received_at,
                accepted_at, first_contact_at, returned_at, appointment, hold, scheduled_at, seen_at, seen_place,
                reported_at, acknowledged_at, held_until, clock, due_at, overdue_at, outcome, closed_at, version, labels,
                sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(row.kind.rawValue),
                \(row.category?.rawValue), \(row.status.rawValue), \(row.stage.rawValue), \(row.priority.rawValue),
                \(row.serviceLine), \(row.visitType), \(row.performer), \(row.requester), \(row.code), \(row.codeSystem),
                \(row.authorization.rawValue), \(row.authorizedFrom), \(row.authorizedTo), \(row.expiresOn),
                \(row.source), \(row.sourceHash), \(row.owner), \(row.attempts), \(row.vain), \(row.enough),
                \(row.policy?.key), \(row.policy?.version), \(row.receivedAt), \(row.acceptedAt),
                \(row.firstContactAt), \(row.returnedAt), \(row.appointment), \(row.hold), \(row.scheduledAt),
                \(row.seenAt), \(row.seenPlace?.rawValue), \(row.reportedAt), \(row.acknowledgedAt), \(row.heldUntil),
                \(row.clock?.rawValue), \(row.dueAt), \(row.overdueAt), \(row.outcome?.rawValue), \(row.closedAt),
                \(row.version), \(row.labels.rawValue), \(row.sealed))
            """)
    }

    /// Writes all that can change. False: somebody else changed the row since it was read.
    static func update(_ row: ReferralRow, from version: Int, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE referral SET status = \(row.status.rawValue), stage = \(row.stage.rawValue),
                priority = \(row.priority.rawValue), service_line = \(row.serviceLine), visit_type = \(row.visitType),
                performer = \(row.performer), requester = \(row.requester), code = \(row.code),
                code_system = \(row.codeSystem), authorization_state = \(row.authorization.rawValue),
                authorized_from = \(row.authorizedFrom), authorized_to = \(row.authorizedTo),
                expires_on = \(row.expiresOn), owner = \(row.owner), attempts = \(row.attempts), vain = \(row.vain),
                enough = \(row.enough), accepted_at = \(row.acceptedAt), first_contact_at = \(row.firstContactAt),
                returned_at = \(row.returnedAt), appointment = \(row.appointment), hold = \(row.hold),
                scheduled_at = \(row.scheduledAt), seen_at = \(row.seenAt), seen_place = \(row.seenPlace?.rawValue),
                reported_at = \(row.reportedAt), acknowledged_at = \(row.acknowledgedAt), held_until = \(row.heldUntil),
                clock = \(row.clock?.rawValue), due_at = \(row.dueAt), overdue_at = \(row.overdueAt),
                outcome = \(row.outcome?.rawValue), closed_at = \(row.closedAt), version = \(row.version),
                labels = \(row.labels.rawValue), sealed = \(row.sealed)
            WHERE tenant = \(.tenant) AND id = \(row.id) AND version = \(version)
            """) == 1
    }

    static func find(
        _ id: ID<Referral>, locking: Bool = false, in transaction: any Transaction
    ) throws -> ReferralRow? {
        try transaction.row(
            """
            SELECT \(columns) FROM referral r
            WHERE r.tenant = \(.tenant) AND r.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(read)
    }

    static func find(source hash: [UInt8], in transaction: any Transaction) throws -> ReferralRow? {
        try transaction.row(
            """
            SELECT \(columns) FROM referral r
            WHERE r.tenant = \(.tenant) AND r.source_hash = \(hash)\(SQL.forUpdate)
            """
        ).map(read)
    }

    static func any(in transaction: any Transaction) throws -> Bool {
        try transaction.row("SELECT 1 FROM referral WHERE tenant = \(.tenant) LIMIT 1") != nil
    }

    /// Those that a visit was booked for.
    static func of(
        _ appointment: ID<Appointment>, locking: Bool = false, in transaction: any Transaction
    ) throws -> [ReferralRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM referral r
            WHERE r.tenant = \(.tenant) AND r.appointment = \(appointment)
            ORDER BY r.id\(locking ? SQL.forUpdate : "")
            """
        ).map(read)
    }

    /// The referrals that visits were booked for, as far as the caller may see them; of one visit at most one. The caller
    /// sees the patients of the visits.
    static func booked(
        for visits: [ID<Appointment>], caller: Caller, in transaction: any Transaction
    ) throws -> [ID<Appointment>: ID<Referral>] {
        if visits.isEmpty || !caller.may(.referralRead) { return [:] }
        let seen = Policy.seen(caller, .referralRead, patient: "r.patient", labels: "r.labels")
        let rows = try transaction.rows(
            """
            SELECT r.appointment, r.id FROM referral r
            WHERE r.tenant = \(.tenant) AND r.appointment IN \(list: visits) AND \(seen) ORDER BY r.id
            """
        ).map { (visit: try $0.value(at: 0) as ID<Appointment>, referral: try $0.value(at: 1) as ID<Referral>) }
        return Dictionary(rows.map { ($0.visit, $0.referral) }, uniquingKeysWith: { first, _ in first })
    }

    /// Of a person, not closed and not seen yet.
    static func waiting(of patients: [ID<Patient>], in transaction: any Transaction) throws -> [ReferralRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM referral r
            WHERE r.tenant = \(.tenant) AND r.patient IN \(list: patients)
                AND r.stage IN ('received', 'accepted', 'contacting', 'scheduled')
            ORDER BY r.id\(SQL.forUpdate)
            """
        ).map(read)
    }

    /// Notes that its moment has passed; false when it was noted, or the moment has moved.
    static func markOverdue(_ id: ID<Referral>, at now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE referral SET overdue_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND stage <> 'closed' AND overdue_at IS NULL AND due_at <= \(now)
            """) == 1
    }

    /// Keeps a held time in mind: who books it, books it for this one.
    static func setHold(_ hold: Int64?, of id: ID<Referral>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE referral SET hold = \(hold) WHERE tenant = \(.tenant) AND id = \(id) AND stage <> 'closed'")
    }

    // MARK: Attempts and documents

    static func insert(
        _ attempt: ReferralAttempt, patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO referral_attempt (tenant, id, referral, patient, at, by_kind, by_actor, channel, outcome,
                key_subject, sealed)
            VALUES (\(.tenant), \(attempt.id), \(attempt.referral), \(patient), \(attempt.at), \(attempt.by.kind),
                \(attempt.by.raw), \(attempt.channel.rawValue), \(attempt.outcome.rawValue), \(attempt.keySubject),
                \(attempt.note))
            """)
    }

    /// Newest first.
    static func attempts(of id: ID<Referral>, in transaction: any Transaction) throws -> [ReferralAttempt] {
        try transaction.rows(
            """
            SELECT id, at, by_kind, by_actor, channel, outcome, key_subject, sealed FROM referral_attempt
            WHERE tenant = \(.tenant) AND referral = \(id) ORDER BY id DESC LIMIT 100
            """
        ).map { row in
            ReferralAttempt(
                id: try row["id"], referral: id, at: try row["at"], by: try actor(row["by_kind"], row["by_actor"]),
                channel: try code(row["channel"]), outcome: try code(row["outcome"]),
                keySubject: try row["key_subject"], note: try row["sealed"])
        }
    }

    static func insert(
        _ document: ReferralDocument, patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO referral_document (tenant, id, referral, patient, blob, kind, media_type, size, added_at,
                by_kind, by_actor)
            VALUES (\(.tenant), \(document.id), \(document.referral), \(patient), \(document.blob),
                \(document.kind.rawValue), \(document.mediaType), \(document.size), \(document.addedAt),
                \(document.addedBy.kind), \(document.addedBy.raw))
            """)
    }

    static func documents(of id: ID<Referral>, in transaction: any Transaction) throws -> [ReferralDocument] {
        try transaction.rows(
            """
            SELECT id, blob, kind, media_type, size, added_at, by_kind, by_actor FROM referral_document
            WHERE tenant = \(.tenant) AND referral = \(id) ORDER BY id LIMIT 50
            """
        ).map { row in
            ReferralDocument(
                id: try row["id"], referral: id, blob: try row["blob"], kind: try code(row["kind"]),
                mediaType: try row["media_type"], size: try row["size"], addedAt: try row["added_at"],
                addedBy: try actor(row["by_kind"], row["by_actor"]))
        }
    }

    /// What happened with one, newest first: its patient's events that name it.
    static func history(of row: ReferralRow, in transaction: any Transaction) throws -> [StoredEvent] {
        try transaction.rows(
            """
            SELECT 0, \(EventStore.columns) FROM event e
            WHERE e.tenant = \(.tenant) AND e.patient = \(row.patient) AND e.kind LIKE 'referral.%'
                AND e.body LIKE \("%" + row.id.text + "%")
            ORDER BY e.id DESC LIMIT 100
            """
        ).map(EventStore.read)
    }

    // MARK: Reading rows

    private static func actor(_ kind: String, _ raw: Int64) throws -> Actor {
        guard let actor = Actor(kind: kind, raw: raw) else {
            throw Fault(.internalError, "referral.actor", "A referral names an unknown kind of actor.")
        }
        return actor
    }

    static func code<Code: RawRepresentable>(_ text: String) throws -> Code where Code.RawValue == String {
        guard let code = Code(rawValue: text) else {
            throw Fault(.internalError, "referral.code", "A row holds a code that this release does not know.")
        }
        return code
    }

    private static func code<Code: RawRepresentable>(_ text: String?) throws -> Code? where Code.RawValue == String {
        guard let text else { return nil }
        let known: Code = try code(text)
        return known
    }

    static func read(_ row: Row) throws -> ReferralRow {
        var referral = ReferralRow(
            id: try row["id"], patient: try row["patient"], keySubject: try row["key_subject"],
            kind: try code(row["kind"] as String), category: try code(row["category"] as String?),
            source: try row["source"], receivedAt: try row["received_at"])
        referral.status = try code(row["status"] as String)
        referral.stage = try code(row["stage"] as String)
        referral.priority = try code(row["priority"] as String)
        referral.serviceLine = try row["service_line"]
        referral.visitType = try row["visit_type"]
        referral.performer = try row["performer"]
        referral.requester = try row["requester"]
        referral.code = try row["code"]
        referral.codeSystem = try row["code_system"]
        referral.authorization = try code(row["authorization_state"] as String)
        referral.authorizedFrom = try row["authorized_from"]
        referral.authorizedTo = try row["authorized_to"]
        referral.expiresOn = try row["expires_on"]
        referral.sourceHash = try row["source_hash"]
        referral.owner = try row["owner"]
        referral.attempts = try row["attempts"]
        referral.vain = try row["vain"]
        referral.enough = try row["enough"]
        let policy: String? = try row["policy"]
        let policyVersion: Int? = try row["policy_version"]
        referral.policy = policy.flatMap { key in policyVersion.map { ReferralPolicyVersion(key: key, version: $0) } }
        try readMoments(row, into: &referral)
        return referral
    }

    private static func readMoments(_ row: Row, into referral: inout ReferralRow) throws {
        referral.acceptedAt = try row["accepted_at"]
        referral.firstContactAt = try row["first_contact_at"]
        referral.returnedAt = try row["returned_at"]
        referral.appointment = try row["appointment"]
        referral.hold = try row["hold"]
        referral.scheduledAt = try row["scheduled_at"]
        referral.seenAt = try row["seen_at"]
        referral.seenPlace = try code(row["seen_place"] as String?)
        referral.reportedAt = try row["reported_at"]
        referral.acknowledgedAt = try row["acknowledged_at"]
        referral.heldUntil = try row["held_until"]
        referral.clock = try code(row["clock"] as String?)
        referral.dueAt = try row["due_at"]
        referral.overdueAt = try row["overdue_at"]
        referral.outcome = try code(row["outcome"] as String?)
        referral.closedAt = try row["closed_at"]
        referral.version = try row["version"]
        referral.labels = Labels(rawValue: try row["labels"])
        referral.sealed = try row["sealed"]
    }
}
