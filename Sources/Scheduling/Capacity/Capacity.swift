package import Kernel
import StudioAPI
package import TimeZones
package import Vault

// Capacity: how much time is offered, how much of it is taken, and how long a patient waits for what is left.
//
// The rules:
// - *Offered* is the time in sessions: templates and extra days within the place's hours, without absences, published
//   ones or recorded ones, and without the time for which the place is recorded as closed. A visit that stands there
//   until it has another time is booked all the same.
// - *Booked* is the time of visits that are agreed, under way, done or missed, with the buffers that their type has now. A
//   group takes its practitioner's time once. Where visits overlap, more can be booked than is offered.
// - For a visit type, offered is the time into which it may be put: sessions of those who may do it, at places where it
//   may be, that are not kept for other types.
// - Weeks go from Monday to Sunday of the place's own calendar.
// - The *third next available* time is the third that a patient of whom nothing is known would be offered, where times of
//   one practitioner that overlap count once. It is said in days from today; nothing within the type's horizon is said so.
// - A *released block* is a session that was kept for certain visit types and then opened to all. What was booked before
//   that moment and after it is told apart by when the visit was booked.
// - *Missed* is the share of visits that were due (kept or missed) to which nobody came; *called off late* the share of
//   visits that were due or called off late by the patient, by whatever door, that were called off so. How late is late
//   says the visit type; what was recorded when the visit was called off stands.
// - Why somebody did not come is told where it was said; for most visits it never is.
// - Visits that the reader may not see are in no figure. Times that are taken keep others away whoever has them.

extension Permission {
    package static let capacityRead = Permission("capacity.read")
}

/// The weeks that are looked at, whole ones from Monday to Sunday.
package enum CapacityPeriod: String, CaseIterable, Sendable {
    case past4 = "past-4"
    case past12 = "past-12"
    case next4 = "next-4"
    case next12 = "next-12"

    /// Day numbers; those ahead begin with this week.
    package func days(today: CivilDate) -> Range<Int> {
        let monday = today.daysSinceEpoch - (today.weekday - 1)
        return switch self {
        case .past4: (monday - 28)..<monday
        case .past12: (monday - 84)..<monday
        case .next4: monday..<(monday + 28)
        case .next12: monday..<(monday + 84)
        }
    }
}

/// One visit as capacity counts it.
package struct CapacityVisit: Sendable {
    package let id: ID<Appointment>
    package let visitType: String
    package let practitioner: String
    package let location: String
    package let span: TimeSpan
    /// Day number and minute of the day by the place's clock.
    package let day: Int
    package let minute: Int
    package let status: AppointmentStatus
    package let bookedAt: Int64
    package let cancelledAt: Int64?
    package let cancelReason: String?
    /// A code, where somebody has said one.
    package let missedReason: String?
    /// So many minutes before it is late to call off, by its type as it is now.
    package let notice: Int

    package init(
        id: ID<Appointment>, visitType: String, practitioner: String, location: String, span: TimeSpan, day: Int,
        minute: Int, status: AppointmentStatus, bookedAt: Int64, cancelledAt: Int64? = nil, cancelReason: String? = nil,
        missedReason: String? = nil, notice: Int = 1_440
    ) {
        self.id = id
        self.visitType = visitType
        self.practitioner = practitioner
        self.location = location
        self.span = span
        self.day = day
        self.minute = minute
        self.status = status
        self.bookedAt = bookedAt
        self.cancelledAt = cancelledAt
        self.cancelReason = cancelReason
        self.missedReason = missedReason
        self.notice = notice
    }

    package var minutes: Int { Int((span.end - span.start) / DayFrame.minute) }
    /// Whether its time counts as booked.
    package var isBooked: Bool { status != .cancelled }
    /// Called off by the patient, and late.
    package var isCalledOffLate: Bool {
        status == .cancelled
            && CancellationCode.isCalledOffLate(cancelReason, at: cancelledAt, start: span.start, within: notice)
    }
    package var isKept: Bool { status == .fulfilled || status == .arrived }
    package var isMissed: Bool { status == .noshow }
    /// The number of its week's Monday.
    package var week: Int { CapacityPeriod.monday(of: day) }
}

extension CapacityPeriod {
    package static func monday(of day: Int) -> Int { day - (CivilDate(daysSinceEpoch: day).weekday - 1) }
}

/// A share with how sure it is: Wilson's interval at 95 %.
package struct Proportion: Sendable, Equatable {
    package let count: Int
    package let of: Int

    package init(_ count: Int, of whole: Int) {
        self.count = count
        of = whole
    }

    /// Nil: there is nothing to take a share of.
    package var share: Double? { of == 0 ? nil : Double(count) / Double(of) }

    package var interval: (low: Double, high: Double)? {
        guard let share else { return nil }
        let n = Double(of), z = 1.96
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return (max(0, middle - half), min(1, middle + half))
    }
}

/// What people did with their visits.
package struct Attendance: Sendable, Equatable {
    package private(set) var kept = 0
    package private(set) var missed = 0
    package private(set) var calledOffLate = 0
    /// Of those missed for which a reason was said, how many of each.
    package private(set) var missedReasons: [String: Int] = [:]

    package init() {}

    package mutating func add(_ visit: CapacityVisit) {
        if visit.isKept { kept += 1 }
        if visit.isMissed {
            missed += 1
            if let reason = visit.missedReason { missedReasons[reason, default: 0] += 1 }
        }
        if visit.isCalledOffLate { calledOffLate += 1 }
    }

    package var noShows: Proportion { Proportion(missed, of: kept + missed) }
    package var lateCancellations: Proportion { Proportion(calledOffLate, of: kept + missed + calledOffLate) }
}
