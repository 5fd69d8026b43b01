package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import StudioAPI
import TimeZones
package import Vault

enum BumpFaults {
    static let over = Fault(
        .conflict, "bump.over", "This visit has an outcome already.", remedy: "Look at the list again.")
    static let noProposal = Fault(
        .conflict, "bump.no-proposal", "No time is held for this visit.",
        remedy: "Look for times again, or move the visit by hand.")
}

/// What the bump list works with.
package struct BumpDesk: Sendable {
    let desk: SchedulingDesk

    package init(_ desk: SchedulingDesk) {
        self.desk = desk
    }

    static let proposing = "bump-proposing"
    static let lapsing = "bump-lapsing"

    /// The visits that an absence touches, in the order of the list.
    func touched(_ absence: AbsenceRow, now: Instant, in transaction: any Transaction) throws -> [AppointmentRow] {
        let owners = try BumpClaims.owners(of: absence, in: transaction)
        let ids =
            absence.kind == .resource && owners.isEmpty
            ? [] : try BumpStore.touched(absence, owners: owners, after: now, in: transaction)
        let rows = try ids.compactMap { try AppointmentStore.find($0, in: transaction) }
        let bumps = try BumpStore.bumps(of: Array(Set(rows.map(\.patient))), in: transaction)
        let candidates = try rows.map { row in
            let priority = try ReferralStore.of(row.id, in: transaction).map { BumpRules.urgency($0.priority.rawValue) }
            return BumpRules.Candidate(
                id: row.id, urgency: priority.min() ?? BumpRules.urgency(nil), bookedAt: row.createdAt,
                bumps: bumps[row.patient] ?? 0, start: row.place.span.start)
        }
        let byID = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
        return BumpRules.ordered(candidates, now: now).compactMap { byID[$0.id] }
    }

    func wake(_ absence: ID<ScheduleAbsence>, in context: CommandContext) throws {
        try Timers.set(
            Self.proposing, target: absence.raw, due: context.now, ids: context.ids, in: context.transaction)
    }

    /// A visit has an outcome: its proposal is free again, the absence takes what the visit left, and the list closes
    /// when it was the last.
    func settle(_ row: BumpedRow, as state: String, by: String, in context: CommandContext) throws {
        let transaction = context.transaction
        if let hold = row.hold, try HoldStore.find(hold, in: transaction)?.state == "held" {
            try IntervalStore.free(hold.raw, in: transaction)
            try HoldStore.end(hold, as: "released", in: transaction)
        }
        try BumpStore.settle(row, as: state, by: by, at: context.now, in: transaction)
        try Timers.cancel(Self.lapsing, target: row.id.raw, in: transaction)
        if let absence = try BumpStore.absence(row.absence, in: transaction), absence.state != "withdrawn" {
            try BumpClaims.fill(absence, try desk.plans.plan(of: context.caller.tenant), in: context)
        }
        try BumpStore.closeIfDone(row.absence, at: context.now, in: transaction)
    }

    /// The visit, locked, when the caller may act for its patient. Absent and out of reach look alike.
    func visit(_ id: ID<BumpedVisit>, in context: CommandContext) throws -> BumpedRow {
        guard let row = try BumpStore.find(id, locking: true, in: context.transaction) else {
            _ = try desk.directory.set(of: ID(raw: 0), in: context.transaction)
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: context.caller, in: context.transaction)
            throw context.access.absent(.bumpWrite, "bump-visit")
        }
        do {
            _ = try desk.client(row.patient, .bumpWrite, labels: row.labels, in: context)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("bump-visit")
        }
        return row
    }
}

/// Records an absence: its time is taken at once, and the visits in it are put on its list.
package struct RecordAbsence: Command {
    package static let permission = Permission.bumpWrite
    private let request: AbsenceRequest
    private let bump: BumpDesk

    package init(_ request: AbsenceRequest, bump: BumpDesk) {
        self.request = request
        self.bump = bump
    }

    /// The id of the absence.
    package func run(_ context: CommandContext) throws -> Int64 {
        let plan = try bump.desk.plans.plan(of: context.caller.tenant)
        let (span, zone) = try request.resolved(plan, now: context.now)
        let absence = AbsenceRow(
            id: context.newID(), kind: request.kind, key: request.key, span: span, zone: zone.name,
            reason: request.reason.rawValue, state: "open", createdAt: context.now)
        try BumpStore.insert(absence, by: context.caller.actor, in: context.transaction)
        try BumpClaims.fill(absence, plan, in: context)
        for (rank, visit) in try bump.touched(absence, now: context.now, in: context.transaction).enumerated() {
            let id: ID<BumpedVisit> = context.newID()
            try BumpStore.insert(id, of: visit, on: absence.id, rank: rank, in: context.transaction)
            let lapse = BumpRules.lapse(start: Instant(microseconds: visit.place.span.start), now: context.now)
            try Timers.set(
                BumpDesk.lapsing, target: id.raw, due: lapse, ids: context.ids, in: context.transaction)
        }
        try BumpStore.closeIfDone(absence.id, at: context.now, in: context.transaction)
        try bump.wake(absence.id, in: context)
        return absence.id.raw
    }
}

/// Takes an absence back: its time is free, and the visits that still wait stay as they are. Nothing happens when it
/// was taken back before.
package struct WithdrawAbsence: Command {
    package static let permission = Permission.bumpWrite
    private let id: ID<ScheduleAbsence>
    private let bump: BumpDesk

    package init(_ id: ID<ScheduleAbsence>, bump: BumpDesk) {
        self.id = id
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard let absence = try BumpStore.absence(id, locking: true, in: transaction) else {
            throw Fault.notFound("absence")
        }
        guard absence.state != "withdrawn" else { return false }
        let waiting = try BumpStore.waiting(on: id, in: transaction)
        try BumpStore.end(id, as: "withdrawn", at: context.now, in: transaction)
        for row in waiting { try bump.settle(row, as: "kept", by: "withdrawn", in: context) }
        try BumpClaims.free(absence, in: context)
        try Timers.cancel(BumpDesk.proposing, target: id.raw, in: transaction)
        // What another absence has of the same time.
        let plan = try bump.desk.plans.plan(of: context.caller.tenant)
        for other in try BumpStore.standing(absence.span, in: transaction) {
            try BumpClaims.fill(other, plan, in: context)
        }
        return true
    }
}

/// Moves a visit to the time that is held for it. Said twice it is done once.
package struct PlaceBumped: Command {
    package static let permission = Permission.bumpWrite
    private let id: ID<BumpedVisit>
    private let bump: BumpDesk

    package init(_ id: ID<BumpedVisit>, bump: BumpDesk) {
        self.id = id
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let row = try bump.visit(id, in: context)
        if row.state == "moved" { return false }
        guard row.state == "waiting" else { throw BumpFaults.over }
        guard let hold = row.hold, row.isHeld(at: context.now) else { throw BumpFaults.noProposal }
        _ = try context.run(MoveAppointment(row.appointment, to: .hold(hold), desk: bump.desk))
        for other in try BumpStore.waiting(for: row.appointment, in: context.transaction) {
            try bump.settle(other, as: "moved", by: "list", in: context)
        }
        return true
    }
}

/// Calls a visit off for the practice; the patient is told. Said twice it is done once.
package struct CancelBumped: Command {
    package static let permission = Permission.bumpWrite
    private let id: ID<BumpedVisit>
    private let bump: BumpDesk

    package init(_ id: ID<BumpedVisit>, bump: BumpDesk) {
        self.id = id
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let row = try bump.visit(id, in: context)
        if row.state == "cancelled" { return false }
        guard row.state == "waiting" else { throw BumpFaults.over }
        try bump.cancel(row, by: "list", in: context)
        return true
    }
}

extension BumpDesk {
    func cancel(_ row: BumpedRow, by: String, in context: CommandContext) throws {
        let absence = try BumpStore.absence(row.absence, in: context.transaction)
        let reason: CancellationReason = absence?.kind == .practitioner ? .practitioner : .closed
        _ = try context.run(CancelAppointment(row.appointment, reason: reason, desk: desk))
        for other in try BumpStore.waiting(for: row.appointment, in: context.transaction) {
            try settle(other, as: "cancelled", by: by, in: context)
        }
    }
}

/// Looks for other times again, for the visits for which none is held.
package struct ProposeAgain: Command {
    package static let permission = Permission.bumpWrite
    private let id: ID<ScheduleAbsence>
    private let bump: BumpDesk

    package init(_ id: ID<ScheduleAbsence>, bump: BumpDesk) {
        self.id = id
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        guard let absence = try BumpStore.absence(id, locking: true, in: context.transaction) else {
            throw Fault.notFound("absence")
        }
        guard absence.state == "open" else { return false }
        for row in try BumpStore.waiting(on: id, in: context.transaction) where !row.isHeld(at: context.now) {
            try BumpStore.forget(row.id, in: context.transaction)
        }
        try bump.wake(id, in: context)
        return true
    }
}
