import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import Vault

/// One referral, for a caller who may see its patient. Absent and hidden look alike.
struct ReadReferral: Query {
    static let permission = Permission.referralRead

    struct Shown {
        let row: ReferralRow
        let content: ReferralContent
        let patientName: String
        let phone: PatientPhone?
        let attempts: [(attempt: ReferralAttempt, note: String?)]
        let documents: [ReferralDocument]
        let events: [StoredEvent]
        /// The visit that is, or was, booked for it, when the caller may see visits.
        let visit: AppointmentRow?
        let names: [ID<User>: StaffName]
        let everyone: [StaffName]
    }

    let id: ID<Referral>
    let desk: SchedulingDesk
    let staff: any StaffDirectory

    func run(_ transaction: any Transaction, _ access: Access) throws -> Shown {
        let (row, grant) = try desk.referral(id, transaction, access)
        let caller = access.caller
        let attempts = try ReferralStore.attempts(of: id, in: transaction)
        let events = try ReferralStore.history(of: row, in: transaction)
        let card = try desk.directory.cards(of: [row.patient], grant: grant, in: transaction)[row.patient]
        var users = Set(attempts.compactMap { user($0.by) } + events.compactMap { user($0.actor) })
        if let owner = row.owner { users.insert(owner) }
        return Shown(
            row: row, content: try content(row, grant), patientName: card?.name ?? "",
            phone: caller.may(.contactRead) ? card?.textPhone : nil,
            attempts: try attempts.map { ($0, caller.may(.noteRead) ? try note(of: $0, row, grant) : nil) },
            documents: try ReferralStore.documents(of: id, in: transaction), events: events,
            visit: try visit(of: row, caller, transaction),
            names: users.isEmpty ? [:] : try staff.names(of: users.sorted(), in: transaction),
            everyone: try staff.active(in: transaction))
    }

    private func user(_ actor: Actor) -> ID<User>? { if case .user(let user) = actor { user } else { nil } }

    /// Without what the caller's rights leave out.
    private func content(_ row: ReferralRow, _ grant: Grant) throws -> ReferralContent {
        var content = try row.open(grant)
        if !grant.caller.may(.noteRead) {
            content.reason = nil
            content.ending = nil
            content.finding = nil
        }
        if !grant.caller.may(.coverageRead) { content.authorizationNumber = nil }
        if !grant.caller.may(.identifierRead) { content.identifier = nil }
        return content
    }

    private func note(of attempt: ReferralAttempt, _ row: ReferralRow, _ grant: Grant) throws -> String? {
        guard let sealed = attempt.note, let subject = attempt.keySubject else { return nil }
        return try sealed.open(grant, of: .patient(row.patient), id: attempt.id, subject: subject).text
    }

    /// A visit may carry labels of its own.
    private func visit(
        of row: ReferralRow, _ caller: Caller, _ transaction: any Transaction
    ) throws -> AppointmentRow? {
        guard caller.may(.appointmentRead), let id = row.appointment,
            let visit = try AppointmentStore.find(id, in: transaction)
        else { return nil }
        let scope = try Policy.scopeRows(of: [visit.patient], for: caller, in: transaction)[visit.patient] ?? []
        let seen = Policy.decide(caller, .appointmentRead, .item(of: scope, visit.place.labels)) == .permit
        return seen ? visit : nil
    }
}

/// A page of the list, with what stands above it.
struct ListReferrals: Query {
    static let permission = Permission.referralRead
    static let most = 50

    struct Shown {
        let rows: [ReferralRow]
        let next: Cursor?
        let names: [ID<Patient>: String]
        let staff: [ID<User>: StaffName]
        let stages: [ReferralStage: Int]
        let overdue: Int
    }

    let filter: ReferralFilter
    let after: Cursor?
    let now: Instant
    var limit = ListReferrals.most
    let desk: SchedulingDesk
    let staff: any StaffDirectory

    func run(_ transaction: any Transaction, _ access: Access) throws -> Shown {
        let found = try ReferralStore.list(
            filter, now: now, after: after, limit: limit + 1, for: access.caller, in: transaction)
        let rows = Array(found.prefix(limit))
        let patients = Set(rows.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        let counts = try ReferralStore.counts(now: now, for: access.caller, in: transaction)
        let last = found.count > limit ? rows.last : nil
        return Shown(
            rows: rows,
            next: last.map { Cursor(($0.closedAt ?? $0.dueAt ?? $0.receivedAt).microseconds, $0.id.raw) },
            names: try desk.directory.names(of: patients, grant: grant, in: transaction),
            staff: try staff.names(of: Array(Set(rows.compactMap(\.owner))).sorted(), in: transaction),
            stages: counts.stages, overdue: counts.overdue)
    }
}

/// The bytes of one paper of a referral.
struct ReadReferralDocument: Query {
    static let permission = Permission.referralRead
    let id: ID<Referral>
    let document: Int64
    let desk: SchedulingDesk

    struct File {
        let bytes: [UInt8]
        let type: MediaType
        let kind: ReferralDocument.Kind
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> File {
        let (row, grant) = try desk.referral(id, transaction, access)
        guard let found = try ReferralStore.documents(of: id, in: transaction).first(where: { $0.id == document })
        else { throw Fault.notFound("document") }
        let file = try Blobs.get(found.blob, owner: .patient(row.patient), grant: grant, in: transaction)
        return File(bytes: file.bytes, type: file.type, kind: found.kind)
    }
}

/// Of those we sent elsewhere: what became of them.
struct ReadLeakage: Query {
    static let permission = Permission.referralRead

    struct Line {
        let key: String?
        var counts: [ReferralFate: Int] = [:]
        var all: Int { counts.values.reduce(0, +) }
    }

    struct Shown {
        let lines: [Line]
        let requesters: [Line]
        let total: Line
    }

    let since: Instant

    func run(_ transaction: any Transaction, _ access: Access) throws -> Shown {
        let rows = try ReferralStore.fates(since: since, for: access.caller, in: transaction)
        var total = Line(key: nil)
        var lines: [String: Line] = [:]
        var requesters: [String: Line] = [:]
        for row in rows {
            total.counts[row.fate, default: 0] += row.count
            lines[row.serviceLine ?? "", default: Line(key: row.serviceLine)].counts[row.fate, default: 0] += row.count
            requesters[row.requester ?? "", default: Line(key: row.requester)].counts[row.fate, default: 0] += row.count
        }
        return Shown(
            lines: lines.sorted { $0.key < $1.key }.map(\.value),
            requesters: requesters.sorted { $0.key < $1.key }.map(\.value), total: total)
    }
}
