package import Kernel
import Spine
package import StudioAPI
package import TimeZones
import Vault

// Notices: what a patient is told about a visit, and when.
//
// The rules:
// - A booking is told at once; so are a move and a cancellation, unless whoever did it says not to. A visit that an EHR
//   has yet to answer for is told as asked for, not as booked.
// - Reminders go by the reminder plan of the visit type, so many days before the visit's day, by the clock where the
//   patient is (where the visit is, when that is not known). One whose hour has come when the visit is booked is not
//   sent: the confirmation stands for it. The plan says which of them go to those alone who have not confirmed.
// - A visit keeps to the plan that was published when it was agreed, whatever is published later.
// - A move plans anew, by the plan of that day. A visit that is called off, over or under way is not reminded of.
// - Consent, quiet hours, language and the number are the messages' own business, which says when it withholds one.
// - To who prefers e-mail, or has no number, a notice goes by e-mail, with the visit for their calendar. When the rules
//   of a zone give the visit another moment, that goes to them again. Nobody gets a text: what was agreed stays.
// - Each notice is said once, however often the log is replayed: the schema has one row for it.

/// The kinds of notice. The raw value is also the use of its message template.
package enum NoticeKind: String, Sendable, CaseIterable {
    case pending, confirmation, reminder, cancellation, reschedule

    var purpose: MessagePurpose {
        switch self {
        case .pending, .confirmation: .appointmentConfirmation
        case .reminder: .appointmentReminder
        case .cancellation, .reschedule: .appointmentChange
        }
    }

    /// Whether "C" or "yes" answers it.
    var expectsReply: Bool { self == .confirmation || self == .reminder || self == .reschedule }

    /// Whether an e-mail of it brings the visit into the patient's calendar, or takes it out.
    var isInvitation: Bool { self == .confirmation || self == .reschedule || self == .cancellation }

    /// The status in which a visit must still be for the notice to be true.
    var status: AppointmentStatus {
        switch self {
        case .pending: .pending
        case .confirmation, .reminder, .reschedule: .booked
        case .cancellation: .cancelled
        }
    }
}

package enum ReminderRules {
    /// One reminder to be.
    package struct Planned: Sendable {
        /// Its place in the plan.
        package let ordinal: Int
        package let reminder: ReminderPlanDefinition.Reminder
        package let due: Instant
    }

    /// The reminders of a visit that begins at `start` (microseconds UTC).
    ///
    /// The day is counted at the visit's place, the hour at the reader's.
    package static func plan(
        _ plan: ReminderPlanDefinition, start: Int64, place: Zone, reader: Zone?, now: Instant
    ) -> [Planned] {
        let day = place.civil(at: start).date
        let zone = reader ?? place
        return plan.reminders.enumerated().compactMap { ordinal, reminder in
            let minutes = reminder.at.minutes
            guard let time = CivilTime(hour: minutes / 60, minute: minutes % 60) else { return nil }
            let due = zone.instant(of: CivilDateTime(date: day.adding(days: -reminder.daysBefore), time: time))
            guard due > now.microseconds, due < start else { return nil }
            return Planned(ordinal: ordinal, reminder: reminder, due: Instant(microseconds: due))
        }
    }
}

extension SchedulePlans {
    /// What makes a visit of this type more sensitive than others, as it is published now or was when it was retired.
    func labels(of visitType: String, tenant: ID<Tenant>) throws -> Labels {
        let configuration = try configuration(of: tenant)
        guard let type = configuration.known(visitType: visitType) else { return [] }
        return Labels(codes: type.labels + (configuration.serviceLines[type.serviceLine]?.value.labels ?? []))
    }

    /// The reminder plan that a visit of this type would keep to if it were agreed now.
    func reminders(of visitType: String, tenant: ID<Tenant>) throws -> ReminderPlanVersion? {
        try configuration(of: tenant).reminderPlan(for: visitType).map {
            ReminderPlanVersion(key: $0.value.key, version: $0.version)
        }
    }
}

extension SchedulingDesk {
    /// The plan that a visit keeps to, as it was when the visit was agreed.
    func reminderPlan(of row: AppointmentRow, in context: CommandContext) throws -> ReminderPlanDefinition {
        guard let agreed = row.place.reminders else { return .builtIn }
        let published = try plans.configuration(of: context.caller.tenant).reminderPlans[agreed.key]
        if let published, published.version == agreed.version { return published.value }
        guard
            case .reminderPlan(let plan)? = try plans.definitions.definition(
                .reminderPlan, agreed.key, version: agreed.version, in: context.transaction)
        else {
            throw Fault(
                .internalError, "reminder-plan.missing", "Version \(agreed.version) of a reminder plan is not kept.",
                place: agreed.key)
        }
        return plan
    }
}
