import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// A visit of the list as its page shows it.
struct BumpedLine: Sendable {
    let row: BumpedRow
    let visit: AppointmentRow?
    let choices: [BumpChoice]
    /// The older list that looks for times for it.
    let elsewhere: ID<ScheduleAbsence>?

    func live(at now: Instant) -> [BumpChoice] { choices.filter { $0.isLive(at: now) } }
}

/// Absences that are not over, with their visits as far as the caller may see them.
struct ListAbsences: Query {
    static let permission = Permission.bumpRead
    static let most = 200
    struct Page: Sendable {
        let absences: [AbsenceRow]
        let visits: [ID<ScheduleAbsence>: [BumpedRow]]
    }

    let now: Instant
    var from: (Int64, Int64)?
    var limit = most

    func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        let absences = try BumpStore.absences(after: now, from: from, limit: limit, in: transaction)
        let rows = try BumpStore.list(absences.map(\.id), for: access.caller, in: transaction)
        let patients = Set(rows.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        _ = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        return Page(absences: absences, visits: Dictionary(grouping: rows, by: \.absence))
    }
}

/// One absence with its list, and the names of its patients.
struct ReadBumpList: Query {
    static let permission = Permission.bumpRead
    struct Page: Sendable {
        let absence: AbsenceRow
        let lines: [BumpedLine]
        let names: [ID<Patient>: String]
        /// Of who is to be called.
        let phones: [ID<Patient>: PhoneNumber]
    }

    let id: ID<ScheduleAbsence>
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        guard let absence = try BumpStore.absence(id, in: transaction) else { throw Fault.notFound("absence") }
        let rows = try BumpStore.list([id], for: access.caller, in: transaction)
        let waiting = rows.filter(\.isWaiting)
        let leading = try BumpStore.leading(waiting.map(\.appointment), in: transaction)
        let choices = try BumpStore.choices(of: waiting.map(\.id), in: transaction)
        let lines = try rows.map { row in
            let first = row.isWaiting ? leading[row.appointment] : nil
            return BumpedLine(
                row: row, visit: try AppointmentStore.find(row.appointment, in: transaction),
                choices: choices[row.id] ?? [], elsewhere: first.flatMap { $0.visit == row.id ? nil : $0.absence })
        }
        let called = lines.filter { line in
            line.row.isWaiting && line.elsewhere == nil
                && line.row.standing(line.choices, at: now, asking: absence.offers).needsCall
        }.map(\.row.patient)
        return Page(
            absence: absence, lines: lines,
            names: try BumpNames.of(rows.map(\.patient), desk, Self.permission, access, transaction),
            phones: try BumpNames.phones(of: called, desk, Self.permission, access, transaction))
    }
}

/// The visits that an absence would touch, before it is recorded.
struct PreviewAbsence: Query {
    static let permission = Permission.bumpWrite
    struct Page: Sendable {
        let visits: [AppointmentRow]
        let names: [ID<Patient>: String]
    }

    let request: AbsenceRequest
    let now: Instant
    let bump: BumpDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        let plan = try bump.desk.plans.plan(of: access.caller.tenant)
        let (span, zone) = try request.resolved(plan, now: now)
        let absence = AbsenceRow(
            id: ID(raw: 0), kind: request.kind, key: request.key, span: span, zone: zone.name,
            reason: request.reason.rawValue, offers: request.offers, state: "open", createdAt: now)
        let all = try bump.touched(absence, now: now, in: transaction)
        let scopes = try Policy.scopeRows(
            of: Set(all.map(\.patient)).sorted(), for: access.caller, in: transaction)
        let visits = all.filter { visit in
            Policy.decide(access.caller, Self.permission, .item(of: scopes[visit.patient] ?? [], visit.place.labels))
                == .permit
        }
        return Page(
            visits: visits,
            names: try BumpNames.of(visits.map(\.patient), bump.desk, Self.permission, access, transaction))
    }
}

enum BumpNames {
    static func of(
        _ patients: [ID<Patient>], _ desk: SchedulingDesk, _ action: Permission, _ access: Access,
        _ transaction: any Transaction
    ) throws -> [ID<Patient>: String] {
        let patients = Set(patients).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(action, forList: patients.map { ($0, scopes[$0] ?? []) })
        return try desk.directory.names(of: patients, grant: grant, in: transaction)
    }

    static func phones(
        of patients: [ID<Patient>], _ desk: SchedulingDesk, _ action: Permission, _ access: Access,
        _ transaction: any Transaction
    ) throws -> [ID<Patient>: PhoneNumber] {
        let patients = Set(patients).sorted()
        if patients.isEmpty { return [:] }
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(action, forList: patients.map { ($0, scopes[$0] ?? []) })
        return try desk.directory.cards(of: patients, grant: grant, in: transaction)
            .compactMapValues { $0.textPhone?.number }
    }
}
