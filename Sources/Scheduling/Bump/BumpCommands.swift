package import Kernel
import SchedulingAPI
package import Spine
import StudioAPI
import TimeZones
package import Vault

/// Records an absence: its time is taken at once, and the visits in it are put on its list. The same absence once more is
/// the one that stands.
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
            reason: request.reason.rawValue, offers: request.offers, state: "open", createdAt: context.now)
        guard try BumpStore.insert(absence, by: context.caller.actor, in: context.transaction) else {
            guard let there = try BumpStore.same(as: absence, in: context.transaction) else {
                throw Fault(
                    .conflict, "bump.changed", "Somebody else has just changed this absence.", remedy: "Try again.")
            }
            return there.id.raw
        }
        // The time first, then whom it touches: who books meanwhile is refused, or on the list.
        try BumpClaims.fill(absence, plan, bump, in: context)
        let visits = try bump.touched(absence, now: context.now, locking: true, in: context.transaction)
        for (rank, visit) in visits.enumerated() {
            let id: ID<BumpedVisit> = context.newID()
            let lapse = BumpRules.lapse(start: Instant(microseconds: visit.place.span.start), now: context.now)
            try BumpStore.insert(id, of: visit, on: absence.id, rank: rank, lapse: lapse, in: context.transaction)
            try Timers.set(
                BumpDesk.lapsing, target: id.raw, due: lapse, ids: context.ids, in: context.transaction)
        }
        try BumpStore.closeIfDone(absence.id, at: context.now, in: context.transaction)
        try bump.wake(absence.id, in: context)
        return absence.id.raw
    }
}

/// Takes an absence back: its time is free, and the visits that still wait stay as they are; who was offered other times
/// is told. Nothing happens when it was taken back before.
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
        for row in waiting {
            try bump.settle(row, as: "kept", by: "withdrawn", in: context)
            if row.asked > 0 {
                try Timers.set(
                    BumpDesk.telling, target: row.id.raw, due: context.now, ids: context.ids, in: transaction)
            }
        }
        try BumpClaims.free(absence, in: context)
        try Timers.cancel(BumpDesk.proposing, target: id.raw, in: transaction)
        // What another absence has of the same time, and the visits that are its alone from now on.
        let plan = try bump.desk.plans.plan(of: context.caller.tenant)
        for other in try BumpStore.standing(absence.span, in: transaction) {
            try BumpClaims.fill(other, plan, bump, in: context)
            if other.state == "open" { try bump.wake(other.id, in: context) }
        }
        return true
    }
}

/// Moves a visit to a time that is held for it. Said twice it is done once.
package struct PlaceBumped: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<BumpedVisit>
    private let choice: ID<SlotHold>?
    private let bump: BumpDesk

    /// `choice`: nil: the best that is held.
    package init(_ id: ID<BumpedVisit>, choice: ID<SlotHold>? = nil, bump: BumpDesk) {
        self.id = id
        self.choice = choice
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let row = try bump.visit(id, in: context)
        if row.state == "moved" { return false }
        guard row.isWaiting else { throw BumpFaults.over }
        let choices = try BumpStore.choices(of: [id], in: context.transaction)[id] ?? []
        let wanted = choices.first { $0.isLive(at: context.now) && (choice == nil || choice == $0.hold) }
        guard let wanted else { throw BumpFaults.noProposal }
        try bump.place(row, at: wanted.hold, by: "list", in: context)
        return true
    }
}

/// Calls a visit off for the practice; the patient is told. Said twice it is done once.
package struct CancelBumped: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<BumpedVisit>
    private let bump: BumpDesk

    package init(_ id: ID<BumpedVisit>, bump: BumpDesk) {
        self.id = id
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let row = try bump.visit(id, in: context)
        if row.state == "cancelled" { return false }
        guard row.isWaiting else { throw BumpFaults.over }
        try bump.cancel(row, by: "list", in: context)
        return true
    }
}

/// Somebody called the patient. The visit waits on.
package struct MarkCalled: Command {
    package static let permission = Permission.bumpWrite
    private let id: ID<BumpedVisit>
    private let bump: BumpDesk

    package init(_ id: ID<BumpedVisit>, bump: BumpDesk) {
        self.id = id
        self.bump = bump
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let row = try bump.visit(id, in: context)
        guard row.isWaiting else { throw BumpFaults.over }
        // The form once more.
        if let called = row.calledAt, called + .minutes(1) > context.now { return false }
        try BumpStore.called(id, at: context.now, in: context.transaction)
        context.emit(BumpDesk.event(.bumpCalled, row))
        return true
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
        let waiting = try BumpStore.waiting(on: id, in: context.transaction)
        let choices = try BumpStore.choices(of: waiting.map(\.id), in: context.transaction)
        for row in waiting where !(choices[row.id] ?? []).contains(where: { $0.isLive(at: context.now) }) {
            try BumpStore.forget(row.id, in: context.transaction)
        }
        try bump.wake(id, in: context)
        return true
    }
}

/// From now on patients are asked. Nothing happens when they are already.
package struct StartOffering: Command {
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
        guard absence.state == "open", !absence.offers else { return false }
        try BumpStore.startOffering(id, in: context.transaction)
        try bump.wake(id, in: context)
        return true
    }
}
