package import Kernel
import Store
import Vault

/// One request's plain columns and its sealed words.
package struct RequestRow: Sendable {
    package let id: ID<PrivacyRequest>
    /// Nil: the person was disposed of.
    package let patient: ID<Patient>?
    let keySubject: ID<KeySubject>?
    package let kind: RequestKind
    package let law: PrivacyLaw
    package let channel: RequestChannel
    package let asker: RequestAsker
    package var state: RequestState
    package let receivedOn: String
    package var dueOn: String
    package var assigned: ID<User>?
    package let recordedBy: ID<User>
    package let recordedAt: Instant
    package var closedAt: Instant?
    package var closedBy: ID<User>?
    package var exportedAt: Instant?
    /// Whose disposal took the person out of this row.
    package var disposed: ID<Patient>?
    package let version: Int
    let sealed: Sealed<RequestDetails>?

    /// Whether what is left of it, when the person has been disposed of, is there for a caller: as `reach` in the store.
    func isLeft(for caller: Caller) -> Bool {
        if Policy.seesDisposed(caller) { return true }
        guard case .user(let user) = caller.actor else { return false }
        return closedBy == user
    }

    func open(_ grant: Grant) throws -> RequestDetails? {
        guard let patient, let keySubject, let sealed, grant.covers(.patient(patient)) else { return nil }
        return try sealed.open(grant, of: .patient(patient), id: id.raw, subject: keySubject)
    }
}

package struct RestrictionRow: Sendable {
    package let id: ID<Restriction>
    package let patient: ID<Patient>
    let keySubject: ID<KeySubject>
    package let kind: RestrictionKind
    package let agreedAt: Instant
    package let endedAt: Instant?
    let sealed: Sealed<RestrictionDetails>

    func open(_ grant: Grant) throws -> RestrictionDetails {
        try sealed.open(grant, of: .patient(patient), id: id.raw, subject: keySubject)
    }
}

package struct DisclosureRow: Sendable {
    package let id: ID<Disclosure>
    package let patient: ID<Patient>
    let keySubject: ID<KeySubject>
    package let basis: DisclosureBasis
    package let isAccounted: Bool
    package let door: String
    package let disclosedOn: String
    package let recordedBy: ID<User>
    let sealed: Sealed<DisclosureDetails>

    func open(_ grant: Grant) throws -> DisclosureDetails {
        try sealed.open(grant, of: .patient(patient), id: id.raw, subject: keySubject)
    }
}

/// What the list of requests shows.
struct RequestFilter: Sendable, Equatable {
    enum Show: String, CaseIterable, Sendable { case open, overdue, mine, closed, all }

    var show = Show.open
    var kind: RequestKind?

    init() {}
}

/// Every statement about requests, restrictions and disclosures.
enum PrivacyStore {
    // MARK: Requests

    private static let columns: SQL = """
        r.id, r.patient, r.key_subject, r.kind, r.law, r.channel, r.asker, r.state, r.received_on, r.due_on,
        r.assigned, r.recorded_by, r.recorded_at, r.closed_at, r.closed_by, r.exported_at,
        r.disposed, r.version, r.sealed
        """

    private static func request(_ row: Row) throws -> RequestRow {
        RequestRow(
            id: try row["id"], patient: try row["patient"], keySubject: try row["key_subject"],
            kind: try code(row["kind"]), law: try code(row["law"]), channel: try code(row["channel"]),
            asker: try code(row["asker"]), state: try code(row["state"]), receivedOn: try row["received_on"],
            dueOn: try row["due_on"], assigned: try row["assigned"], recordedBy: try row["recorded_by"],
            recordedAt: try row["recorded_at"], closedAt: try row["closed_at"], closedBy: try row["closed_by"],
            exportedAt: try row["exported_at"],
            disposed: try row["disposed"], version: try row["version"], sealed: try row["sealed"])
    }

    private static func code<Code: RawRepresentable>(_ text: String) throws -> Code where Code.RawValue == String {
        guard let code = Code(rawValue: text) else {
            throw Fault(.internalError, "privacy.code", "A row holds a code that this release does not know.")
        }
        return code
    }

    static func insert(
        _ row: RequestRow, _ details: Sealed<RequestDetails>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO privacy_request (tenant, id, patient, key_subject, kind, law, channel, asker, state, received_on,
                due_on, assigned, recorded_by, recorded_at, version, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(row.kind.rawValue),
                \(row.law.rawValue), \(row.channel.rawValue), \(row.asker.rawValue), \(row.state.rawValue),
                \(row.receivedOn), \(row.dueOn), \(row.assigned), \(row.recordedBy), \(row.recordedAt), 1, \(details))
            """)
    }

    /// False: somebody else changed it meanwhile.
    static func update(
        _ row: RequestRow, _ details: Sealed<RequestDetails>, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE privacy_request SET state = \(row.state.rawValue), due_on = \(row.dueOn), assigned = \(row.assigned),
                closed_at = \(row.closedAt), closed_by = \(row.closedBy), exported_at = \(row.exportedAt),
                version = \(row.version + 1), sealed = \(details)
            WHERE tenant = \(.tenant) AND id = \(row.id) AND version = \(row.version)
            """) == 1
    }

    static func find(_ id: ID<PrivacyRequest>, in transaction: any Transaction) throws -> RequestRow? {
        try transaction.row(
            "SELECT \(columns) FROM privacy_request r WHERE r.tenant = \(.tenant) AND r.id = \(id)"
        ).map(request)
    }

    static func requests(of patients: [ID<Patient>], in transaction: any Transaction) throws -> [RequestRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM privacy_request r
            WHERE r.tenant = \(.tenant) AND r.patient IN \(list: patients) ORDER BY r.id DESC LIMIT 200
            """
        ).map(request)
    }

    /// Of patients in the caller's reach. Nobody can say any more in whose reach a person was who has been disposed of: what
    /// is left of their requests is there for those who may know of it, and for who closed it.
    private static func reach(_ caller: Caller) -> SQL {
        let scope = Policy.scope(caller, .privacyManage, patient: "r.patient")
        if Policy.seesDisposed(caller) { return "(r.patient IS NULL OR \(scope))" }
        guard case .user(let user) = caller.actor else { return scope }
        return "(r.patient IS NULL AND r.closed_by = \(user) OR \(scope))"
    }

    /// Those in the caller's reach. What waits stands by its day, what is closed newest first.
    static func list(
        _ filter: RequestFilter, today: String, for caller: Caller, limit: Int, in transaction: any Transaction
    ) throws -> [RequestRow] {
        var condition: SQL
        switch filter.show {
        case .open: condition = "r.closed_at IS NULL"
        case .overdue: condition = "r.closed_at IS NULL AND r.due_on < \(today)"
        case .mine:
            guard case .user(let user) = caller.actor else { return [] }
            condition = "r.closed_at IS NULL AND r.assigned = \(user)"
        case .closed: condition = "r.closed_at IS NOT NULL"
        case .all: condition = "TRUE"
        }
        if let kind = filter.kind { condition = condition + " AND r.kind = \(kind.rawValue)" }
        return try transaction.rows(
            """
            SELECT \(columns) FROM privacy_request r
            WHERE r.tenant = \(.tenant) AND \(condition)
                AND \(reach(caller))
            ORDER BY CASE WHEN r.closed_at IS NULL THEN 0 ELSE 1 END,
                CASE WHEN r.closed_at IS NULL THEN r.due_on ELSE NULL END, r.id DESC LIMIT \(limit)
            """
        ).map(request)
    }

    /// How many wait, and how many of them too long, in the caller's reach.
    static func counts(
        today: String, for caller: Caller, in transaction: any Transaction
    ) throws -> (open: Int, overdue: Int) {
        let row = try transaction.row(
            """
            SELECT COUNT(*) AS waiting, COALESCE(SUM(CASE WHEN r.due_on < \(today) THEN 1 ELSE 0 END), 0) AS late
            FROM privacy_request r WHERE r.tenant = \(.tenant) AND r.closed_at IS NULL
                AND \(reach(caller))
            """)
        guard let row else { return (0, 0) }
        return (try row["waiting"], try row["late"])
    }

    /// What was asked for with a request for erasure is done: by whom, when a person of the staff did it.
    static func fulfilErasures(
        of patients: [ID<Patient>], at moment: Instant, by user: ID<User>?, in transaction: any Transaction
    ) throws {
        if patients.isEmpty { return }
        try transaction.send(
            """
            UPDATE privacy_request SET state = 'fulfilled', closed_at = \(moment), closed_by = \(user)
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND kind = 'erasure' AND closed_at IS NULL
            """)
    }

    /// The register without the person; an erasure that was asked for has been fulfilled before.
    static func scrub(_ target: DisposalTarget, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            """
            UPDATE privacy_request SET patient = NULL, key_subject = NULL, sealed = NULL,
                disposed = \(target.subject.raw)
            WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)
            """)
    }

    // MARK: Restrictions

    private static func restriction(_ row: Row) throws -> RestrictionRow {
        RestrictionRow(
            id: try row["id"], patient: try row["patient"], keySubject: try row["key_subject"],
            kind: try code(row["kind"]), agreedAt: try row["agreed_at"], endedAt: try row["ended_at"],
            sealed: try row["sealed"])
    }

    static func insert(
        _ row: RestrictionRow, _ sealed: Sealed<RestrictionDetails>, request: ID<PrivacyRequest>?, by user: ID<User>,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO privacy_restriction (tenant, id, patient, key_subject, kind, request, agreed_by, agreed_at, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(row.kind.rawValue), \(request), \(user),
                \(row.agreedAt), \(sealed))
            """)
    }

    static func find(_ id: ID<Restriction>, in transaction: any Transaction) throws -> RestrictionRow? {
        try transaction.row(
            """
            SELECT id, patient, key_subject, kind, agreed_at, ended_at, sealed FROM privacy_restriction
            WHERE tenant = \(.tenant) AND id = \(id)
            """
        ).map(restriction)
    }

    static func end(
        _ id: ID<Restriction>, by user: ID<User>, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE privacy_restriction SET ended_by = \(user), ended_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL
            """) == 1
    }

    /// Those that hold, or all that ever did; the newest first.
    static func restrictions(
        of patients: [ID<Patient>], ended: Bool = false, in transaction: any Transaction
    ) throws -> [RestrictionRow] {
        let condition: SQL = ended ? "TRUE" : "ended_at IS NULL"
        return try transaction.rows(
            """
            SELECT id, patient, key_subject, kind, agreed_at, ended_at, sealed FROM privacy_restriction
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND \(condition) ORDER BY id DESC
            """
        ).map(restriction)
    }

    // MARK: Disclosures

    static func insert(
        _ row: DisclosureRow, _ sealed: Sealed<DisclosureDetails>, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO disclosure (tenant, id, patient, key_subject, basis, accounted, door, disclosed_on, recorded_by,
                recorded_at, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.keySubject), \(row.basis.rawValue),
                \(row.isAccounted), \(row.door), \(row.disclosedOn), \(row.recordedBy), \(now), \(sealed))
            """)
    }

    /// The newest first, from a day on.
    static func disclosures(
        of patients: [ID<Patient>], from day: String, in transaction: any Transaction
    ) throws -> [DisclosureRow] {
        try transaction.rows(
            """
            SELECT id, patient, key_subject, basis, accounted, door, disclosed_on, recorded_by, sealed FROM disclosure
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND disclosed_on >= \(day)
            ORDER BY disclosed_on DESC, id DESC
            """
        ).map { row in
            DisclosureRow(
                id: try row["id"], patient: try row["patient"], keySubject: try row["key_subject"],
                basis: try code(row["basis"]), isAccounted: try row["accounted"], door: try row["door"],
                disclosedOn: try row["disclosed_on"], recordedBy: try row["recorded_by"], sealed: try row["sealed"])
        }
    }
}
