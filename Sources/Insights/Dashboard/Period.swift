import Kernel
import TimeZones
import Web

/// The stretch of days a dashboard counts, in the organisation's zone.
enum Period: String, CaseIterable, Sendable {
    case today, week, month

    var days: Int {
        switch self {
        case .today: 1
        case .week: 7
        case .month: 30
        }
    }

    /// The first day, and the beginning of each day and of the day after the last.
    func days(in zone: Zone, now: Instant) -> (dates: [CivilDate], starts: [Instant]) {
        let today = zone.civil(at: now.microseconds).date
        let dates = (0..<days).map { today.adding(days: $0 - days + 1) }
        let starts = (dates + [today.adding(days: 1)]).map { Instant(microseconds: zone.startOfDay($0)) }
        return (dates, starts)
    }
}

/// Middle and spread of a list of figures.
struct Spread: Sendable, Equatable {
    let count: Int
    let median: Double
    let low: Double
    let high: Double
    /// Nine in ten are at or below.
    let ninth: Double

    /// Nil for an empty list. Quantiles by linear interpolation between the closest ranks.
    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let lower = sorted[Int(place)]
            let upper = sorted[min(Int(place) + 1, sorted.count - 1)]
            return lower + (upper - lower) * (place - Double(Int(place)))
        }
        count = sorted.count
        median = quantile(0.5)
        low = quantile(0.25)
        high = quantile(0.75)
        ninth = quantile(0.9)
    }
}
