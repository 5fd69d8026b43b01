import JSON
package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
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
    static let tooMany = Fault.invalid(
        "visits", "More than \(BumpRules.mostVisits) visits lie in this time. Record it in parts.")
}

/// What the bump list works with: the schedule's desk, and the practice's public address for the links of its messages.
package struct BumpDesk: Sendable {
    let desk: SchedulingDesk
    /// `https://access.example.org`; nil: patients answer by text or telephone alone.
    let publicBase: String?

    package init(_ desk: SchedulingDesk, publicBase: String? = nil) {
        self.desk = desk
        self.publicBase = publicBase.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    static let proposing = "bump-proposing"
    static let lapsing = "bump-lapsing"
    static let asking = "bump-asking"
    static let telling = "bump-telling"
    static let linkLabel = "bump"

    /// The address at which a patient chooses; empty without a public address.
    package func link(_ visit: ID<BumpedVisit>, _ vault: TenantVault) throws -> String {
        guard let publicBase else { return "" }
        return publicBase + "/bumped/" + (try SignedLink.token(visit, for: Self.linkLabel, vault: vault))
    }

    /// The visits that an absence touches, in the order of the list. `locking`: nobody moves one or calls one off
    /// before this transaction has ended.
    func touched(
        _ absence: AbsenceRow, now: Instant, locking: Bool = false, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        let owners = try BumpClaims.owners(of: absence, in: transaction)
        let ids =
            absence.kind == .resource && owners.isEmpty
            ? [] : try BumpStore.touched(absence, owners: owners, after: now, locking: locking, in: transaction)
        if ids.count > BumpRules.mostVisits { throw BumpFaults.tooMany }
        let rows = try ids.compactMap { try AppointmentStore.find($0, in: transaction) }
        let bumps = try BumpStore.bumps(of: Array(Set(rows.map(\.patient))), in: transaction)
        let types = try desk.plans.plan(of: transaction.tenant).visitTypes
        let candidates = try rows.map { row in
            let referrals = try ReferralStore.of(row.id, in: transaction).map {
                BumpRules.urgency($0.priority.rawValue)
            }
            let urgency = referrals + [BumpRules.urgency(types[row.place.visitType])]
            return BumpRules.Candidate(
                id: row.id, urgency: urgency.min() ?? BumpRules.urgency(nil as String?), bookedAt: row.createdAt,
                bumps: bumps[row.patient] ?? 0, start: row.place.span.start)
        }
        let byID = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
        return BumpRules.ordered(candidates, now: now).compactMap { byID[$0.id] }
    }

    func wake(_ absence: ID<ScheduleAbsence>, in context: CommandContext) throws {
        try Timers.set(
            Self.proposing, target: absence.raw, due: context.now, ids: context.ids, in: context.transaction)
    }

    // MARK: Outcomes

    /// A visit has an outcome: its times are free again, the absence takes what the visit left, and the list closes when
    /// it was the last.
    func settle(_ row: BumpedRow, as state: String, by: String, in context: CommandContext) throws {
        let transaction = context.transaction
        for choice in try BumpStore.choices(of: [row.id], in: transaction)[row.id] ?? [] where choice.state == "held" {
            try IntervalStore.free(choice.hold.raw, in: transaction)
            try HoldStore.end(choice.hold, as: "released", in: transaction)
        }
        try BumpStore.settle(row, as: state, by: by, at: context.now, in: transaction)
        try Timers.cancel(Self.lapsing, target: row.id.raw, in: transaction)
        try Timers.cancel(Self.asking, target: row.id.raw, in: transaction)
        if let absence = try BumpStore.absence(row.absence, in: transaction), absence.state != "withdrawn" {
            try BumpClaims.fill(absence, try desk.plans.plan(of: context.caller.tenant), self, in: context)
        }
        try BumpStore.closeIfDone(row.absence, at: context.now, in: transaction)
    }

    /// The same on every list on which the visit waits.
    func settleAll(of row: BumpedRow, as state: String, by: String, in context: CommandContext) throws {
        for other in try BumpStore.waiting(for: row.appointment, in: context.transaction) {
            try settle(other, as: state, by: by, in: context)
        }
    }

    /// Moves a visit to a time that is held for it.
    func place(_ row: BumpedRow, at hold: ID<SlotHold>, by: String, in context: CommandContext) throws {
        _ = try context.run(MoveAppointment(row.appointment, to: .hold(hold), breakingLinks: true, desk: desk))
        try settleAll(of: row, as: "moved", by: by, in: context)
    }

    func cancel(_ row: BumpedRow, by: String, in context: CommandContext) throws {
        let absence = try BumpStore.absence(row.absence, in: context.transaction)
        let reason: CancellationReason = absence?.kind == .practitioner ? .practitioner : .closed
        _ = try context.run(CancelAppointment(row.appointment, reason: reason, desk: desk))
        try settleAll(of: row, as: "cancelled", by: by, in: context)
    }

    // MARK: Reach

    /// The row, locked after its list, as everybody locks them.
    func locked(_ id: ID<BumpedVisit>, in transaction: any Transaction) throws -> BumpedRow? {
        guard let known = try BumpStore.find(id, in: transaction) else { return nil }
        _ = try BumpStore.absence(known.absence, locking: true, in: transaction)
        return try BumpStore.find(id, locking: true, in: transaction)
    }

    /// The visit, locked, when the caller may act for its patient. Absent and out of reach look alike.
    func visit(_ id: ID<BumpedVisit>, in context: CommandContext) throws -> BumpedRow {
        try context.access.require(.bumpWrite)
        guard let row = try locked(id, in: context.transaction) else {
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

    static func event(_ kind: EventKind, _ row: BumpedRow, _ more: [(String, String)] = []) -> NewEvent {
        NewEvent(
            kind, patient: row.patient, labels: row.labels,
            body: .object(
                WaitlistJSON.object(
                    [("absence", row.absence.text), ("appointment", row.appointment.text)] + more)))
    }
}
