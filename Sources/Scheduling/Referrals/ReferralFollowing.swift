import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import Vault

/// Keeps referrals level with visits, and tells when a moment has passed.
///
/// A visit is for the referral whose time was held for it; else for the one that it fits alone: the same kind of visit,
/// or, for a referral that names none, the same service line.
struct ReferralFollowing: Sendable {
    let desk: SchedulingDesk

    private static let kinds: Set<EventKind> = [
        .appointment(.booked), .appointment(.requested), .appointment(.moved), .appointment(.arrived),
        .appointment(.completed), .appointment(.cancelled), .appointment(.noShow),
    ]

    var subscriber: Subscriber {
        Subscriber("referrals", kinds: Self.kinds, permissions: [.referralRead, .referralWrite]) { events, context in
            for event in events { try follow(event, context) }
        }
    }

    var timer: TimerHandler {
        TimerHandler(ReferralChange.timer, permissions: [.referralRead, .referralWrite]) { target, context in
            try fire(ID(raw: target), context)
        }
    }

    private func fire(_ id: ID<Referral>, _ context: CommandContext) throws {
        guard let row = try ReferralStore.find(id, locking: true, in: context.transaction), row.stage != .closed,
            row.overdueAt == nil, let due = row.dueAt
        else { return }
        guard due <= context.now else { return try ReferralChange.setTimer(of: row, in: context) }
        if try ReferralStore.markOverdue(id, at: context.now, in: context.transaction) {
            context.emit(ReferralChange.told(.overdue, row))
        }
    }

    private func follow(_ event: StoredEvent, _ context: CommandContext) throws {
        guard let patient = event.patient, let text = event.body["appointment"]?.string,
            let visit = ID<Appointment>(text)
        else { return }
        let own = try ReferralStore.of(visit, locking: true, in: context.transaction)
        switch String(event.kind.rawValue.split(separator: ".").last ?? "") {
        case AppointmentEvent.booked.rawValue, AppointmentEvent.requested.rawValue, AppointmentEvent.moved.rawValue,
            AppointmentEvent.arrived.rawValue:
            if own.isEmpty {
                guard let row = try fitting(event, patient, context) else { return }
                try apply(.schedule(own: true), to: row, visit, event, context)
            } else {
                for row in own { try apply(.schedule(own: true), to: row, visit, event, context) }
            }
        case AppointmentEvent.completed.rawValue:
            for row in own { try apply(.see(own: true), to: row, visit, event, context) }
        default:
            // Only while it is the one that counts: another may have been booked since.
            for row in own where row.hasVisit { try apply(.loseVisit, to: row, visit, event, context) }
        }
    }

    private func apply(
        _ input: ReferralInput, to row: ReferralRow, _ visit: ID<Appointment>, _ event: StoredEvent,
        _ context: CommandContext
    ) throws {
        var details = ReferralDetails()
        details.appointment = visit
        details.scheduledAt = try AppointmentStore.find(visit, in: context.transaction).map {
            Instant(microseconds: $0.place.span.start)
        }
        if case .see = input { details.at = event.occurredAt }
        _ = try ReferralChange.apply(input, to: row, details, desk: desk, in: context)
    }

    /// The referral that a visit is booked for; nil: for none, or it cannot be told for which.
    private func fitting(
        _ event: StoredEvent, _ patient: ID<Patient>, _ context: CommandContext
    ) throws -> ReferralRow? {
        let members = try desk.directory.set(of: patient, in: context.transaction).members
        let rows = try ReferralStore.waiting(of: members, in: context.transaction).filter { !$0.hasVisit }
        for row in rows {
            guard let hold = row.hold, let held = try HoldStore.find(ID(raw: hold), in: context.transaction) else {
                continue
            }
            if held.practitioner == event.body["practitioner"]?.string,
                held.localStart == event.body["local_start"]?.string,
                held.location == event.body["location"]?.string
            {
                return row
            }
        }
        guard let type = event.body["visit_type"]?.string else { return nil }
        let line = try desk.plans.configuration(of: context.caller.tenant).known(visitType: type)?.serviceLine
        let fitting = rows.filter { row in
            guard row.kind == .inbound || row.kind == .order, row.status == .active else { return false }
            return row.visitType.map { $0 == type } ?? (row.serviceLine != nil && row.serviceLine == line)
        }
        return fitting.count == 1 ? fitting[0] : nil
    }
}
