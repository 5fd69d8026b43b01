package import Kernel
import StudioAPI
package import TimeZones

// Notices: what a patient is told about a visit, and when.
//
// The rules:
// - A booking is told at once; so are a move and a cancellation, unless whoever did it says not to. A visit that an EHR
//   has yet to answer for is told as asked for, not as booked.
// - Reminders go three days and one day before the visit, at ten in the morning where the patient is (where the visit is,
//   when that is not known). One whose hour has come when the visit is booked is not sent: the confirmation stands for it.
// - Who has confirmed gets the last reminder only.
// - A move plans anew. A visit that is called off, over or under way is not reminded of.
// - Consent, quiet hours, language and the number are the messages' own business, which says when it withholds one.
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
    /// Days before the visit's local day; the last one is the one that everybody gets.
    package static let daysBefore = [3, 1]
    /// The wall clock at the reader's place.
    package static let hour = 10

    /// One reminder to be.
    package struct Planned: Hashable, Sendable {
        /// Its place in `daysBefore`.
        package let ordinal: Int
        package let due: Instant
    }

    /// The reminders of a visit that begins at `start` (microseconds UTC).
    ///
    /// The day is counted at the visit's place, the hour at the reader's.
    package static func plan(start: Int64, place: Zone, reader: Zone?, now: Instant) -> [Planned] {
        let day = place.civil(at: start).date
        let zone = reader ?? place
        guard let time = CivilTime(hour: hour, minute: 0) else { return [] }
        return daysBefore.enumerated().compactMap { ordinal, days in
            let due = zone.instant(of: CivilDateTime(date: day.adding(days: -days), time: time))
            guard due > now.microseconds, due < start else { return nil }
            return Planned(ordinal: ordinal, due: Instant(microseconds: due))
        }
    }

    /// Whether a reminder is still wanted when its hour has come.
    package static func isWanted(ordinal: Int, confirmed: Bool) -> Bool {
        !confirmed || ordinal == daysBefore.count - 1
    }
}
