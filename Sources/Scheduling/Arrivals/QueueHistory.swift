package import Kernel

/// A visit of a past day, as far as it was recorded.
package struct PastVisit: Sendable, Equatable {
    /// The local day, to tell days apart.
    package let day: String
    package let planned: TimeSpan
    package let arrivedAt: Instant?
    package let calledAt: Instant?
    package let completedAt: Instant?
    /// The patient did not come.
    package let missed: Bool

    package init(
        day: String, planned: TimeSpan, arrivedAt: Instant?, calledAt: Instant?, completedAt: Instant?, missed: Bool
    ) {
        self.day = day
        self.planned = planned
        self.arrivedAt = arrivedAt
        self.calledAt = calledAt
        self.completedAt = completedAt
        self.missed = missed
    }
}

extension QueueHistory {
    /// What lies outside is a slip of whoever recorded it.
    private static let lengthsAllowed = 0.1...5.0
    private static let lagsAllowed: ClosedRange<Int64> = -1_200...3_600
    private static let arrivalsAllowed: ClosedRange<Int64> = -5_400...5_400

    /// The figures of one practitioner's past days.
    package init(_ past: [PastVisit]) {
        var lengths: [Double] = []
        var lags: [Int64] = []
        var arrivals: [Int64] = []
        for visit in past {
            guard let arrived = visit.arrivedAt else { continue }
            let offset = (arrived.microseconds - visit.planned.start) / 1_000_000
            if Self.arrivalsAllowed.contains(offset) { arrivals.append(offset) }
            guard let called = visit.calledAt, let completed = visit.completedAt, completed > called else { continue }
            let length =
                Double(completed.microseconds - called.microseconds)
                / Double(visit.planned.end - visit.planned.start)
            if Self.lengthsAllowed.contains(length) { lengths.append(length) }
        }
        for (_, day) in Dictionary(grouping: past, by: \.day) {
            var free = Int64.min
            for visit in day.sorted(by: { ($0.calledAt?.microseconds ?? 0) < ($1.calledAt?.microseconds ?? 0) }) {
                guard let called = visit.calledAt, let arrived = visit.arrivedAt else { continue }
                let ready = max(free, visit.planned.start, arrived.microseconds)
                let lag = (called.microseconds - ready) / 1_000_000
                if Self.lagsAllowed.contains(lag) { lags.append(lag) }
                free = max(free, visit.completedAt?.microseconds ?? free)
            }
        }
        let missed = past.count(where: \.missed)
        let came = past.count { !$0.missed && $0.arrivedAt != nil }
        // One of each is added, so that a few days without a miss do not make one impossible.
        let shows = (Double(came) + 1) / (Double(came + missed) + 2)
        self.init(lengths: lengths.sorted(), lags: lags.sorted(), arrivals: arrivals.sorted(), shows: shows)
    }
}
