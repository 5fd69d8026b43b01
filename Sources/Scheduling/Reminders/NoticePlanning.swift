import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

/// Turns what happened with visits into notices with timers. Replaying the log plans nothing twice.
struct NoticePlanning: Sendable {
    static let name = "appointment-notices"
    let desk: SchedulingDesk

    var subscriber: Subscriber {
        let kinds: [AppointmentEvent] = [.requested, .booked, .moved, .cancelled, .arrived, .completed, .noShow]
        return Subscriber(Self.name, kinds: Set(kinds.map(EventKind.appointment)), permissions: [.appointmentRead]) {
            for event in $0 { try handle(event, $1) }
        }
    }

    private func handle(_ event: StoredEvent, _ context: CommandContext) throws {
        guard let id = event.body["appointment"]?.string.flatMap({ ID<Appointment>($0) }),
            let row = try AppointmentStore.find(id, in: context.transaction)
        else { return }
        // Made-up people are not written to.
        if row.source == "generated" { return }
        let tells = event.body["tell"]?.bool ?? true
        switch event.kind {
        case .appointment(.requested): try plan(.pending, of: row, context)
        case .appointment(.booked):
            if tells { try plan(.confirmation, of: row, context) }
            try planReminders(of: row, context)
        case .appointment(.moved):
            try drop(row, context)
            if tells { try plan(row.status == .pending ? .pending : .reschedule, of: row, context) }
            try planReminders(of: row, context)
        case .appointment(.cancelled):
            try drop(row, context)
            if tells { try plan(.cancellation, of: row, context) }
        default: try drop(row, context)
        }
    }

    /// To be said at once, if it is still so and the visit is still ahead.
    private func plan(_ kind: NoticeKind, of row: AppointmentRow, _ context: CommandContext) throws {
        guard row.status == kind.status, row.place.span.start > context.now.microseconds else { return }
        try plan(kind, ordinal: 0, of: row, due: context.now, context)
    }

    private func planReminders(of row: AppointmentRow, _ context: CommandContext) throws {
        guard row.status == .booked else { return }
        let place = try desk.plans.timeZones.zone(row.place.zone)
        let home = try desk.directory.plain(of: [row.patient], in: context.transaction)[row.patient]?.zone
        // A home zone that this release of the tz database does not have is as good as none.
        let reader = try home.flatMap { try desk.plans.timeZones.zone(ifKnown: $0) }
        let planned = ReminderRules.plan(
            try desk.reminderPlan(of: row, in: context), start: row.place.span.start, place: place, reader: reader,
            now: context.now)
        for reminder in planned {
            let isNew = try plan(
                .reminder, ordinal: reminder.ordinal, reminder.reminder, of: row, due: reminder.due, context)
            guard isNew else { continue }
            context.emit(
                .appointment(
                    .reminderPlanned, id: row.id, patient: row.patient, need: row.need, row.place,
                    [("due_at", .string(reminder.due.iso8601))]))
        }
    }

    @discardableResult
    private func plan(
        _ kind: NoticeKind, ordinal: Int, _ reminder: ReminderPlanDefinition.Reminder? = nil, of row: AppointmentRow,
        due: Instant, _ context: CommandContext
    ) throws -> Bool {
        let id: ID<Notice> = context.newID()
        guard
            try NoticeStore.plan(
                id, kind, ordinal: ordinal, reminder, of: row, due: due, at: context.now, in: context.transaction)
        else { return false }
        try Timers.set(NoticeSending.timer, target: id.raw, due: due, ids: context.ids, in: context.transaction)
        return true
    }

    private func drop(_ row: AppointmentRow, _ context: CommandContext) throws {
        for notice in try NoticeStore.cancelPlanned(of: row.id, at: context.now, in: context.transaction) {
            try Timers.cancel(NoticeSending.timer, target: notice.raw, in: context.transaction)
        }
    }
}
