#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The process by which generated visits are missed. It is known exactly, so that a model trained on generated visits
/// can be compared with the truth:
///
///     logit p = -2.5 + 0.35 ln(1 + lead days) + 0.65 min(prior no-shows, 4)
///               + (0.45 if age 18 … 34, -0.35 if age 65 or more)
///               - 0.60 if a reminder is sent + (0.25 if it starts before 9:00, 0.15 if at 16:00 or later)
///
/// A visit is first cancelled at 9 %, apart from all this; else it is missed with probability p.
/// The shape (lead time and history first, reminders help, the young miss more) follows the published literature; the
/// coefficients are ours. They give about 13 % missed.
package enum NoShowProcess {
    package static let cancellationRate = 0.09

    /// - Parameters:
    ///   - leadDays: days from booking to visit, 0 or more.
    ///   - priorNoShows: missed visits of the person before this one.
    ///   - age: completed years at the visit.
    ///   - hour: local hour of the start, 0 … 23.
    package static func probability(leadDays: Int, priorNoShows: Int, age: Int, isReminded: Bool, hour: Int) -> Double {
        var logit = -2.5 + 0.35 * log(1 + Double(leadDays)) + 0.65 * Double(min(priorNoShows, 4))
        if age >= 18, age < 35 { logit += 0.45 }
        if age >= 65 { logit -= 0.35 }
        if isReminded { logit -= 0.6 }
        if hour < 9 { logit += 0.25 }
        if hour >= 16 { logit += 0.15 }
        return 1 / (1 + exp(-logit))
    }

    /// Days from booking to visit: 12 % on the same day, else exponential with a mean of 18 days, at most 120.
    static func leadDays(_ draw: inout SeededDraw) -> Int {
        let sameDay = draw.chance(0.12)
        let days = -log(1 - draw.unit()) * 18
        return sameDay ? 0 : min(120, Int(days))
    }

    /// Share of future cells that are still booked `days` ahead: calendars fill up towards the day.
    static func bookedShare(daysAhead days: Int) -> Double {
        exp(-Double(days) / 45)
    }
}
