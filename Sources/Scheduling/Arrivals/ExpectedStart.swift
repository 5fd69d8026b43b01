package import Kernel

// When a visit of today will probably begin.
//
// The rules:
// - A practitioner sees one patient after the other: of those who are there and whose time has come, the one who was
//   agreed for the earliest time. Nobody is expected before the time that was agreed.
// - How long visits take, how soon after everybody is ready they begin, how early patients come and how many do not come
//   is taken from the practitioner's own past days. As long as there are few of these, built-in figures stand in.
// - What has not happened until now is known too: a visit that has lasted an hour does not end after half an hour.
// - The day is played through many times, with chance from a fixed seed: the same day gives the same answer. The
//   expected start is the median; the range holds eight of ten.

/// When a visit will probably begin.
package struct ExpectedStart: Sendable, Hashable {
    /// As likely before as after.
    package let median: Instant
    /// One in ten begins earlier, one in ten later.
    package let earliest: Instant
    package let latest: Instant
}

/// A visit of a practitioner's day, as far as its place in the queue goes.
package struct QueuedVisit: Sendable, Hashable {
    package let id: Int64
    /// What was agreed.
    package let planned: TimeSpan
    package var arrivedAt: Instant?
    /// When the patient was called in.
    package var calledAt: Instant?
    /// Completed, missed or called off.
    package var isOver: Bool

    package init(
        id: Int64, planned: TimeSpan, arrivedAt: Instant? = nil, calledAt: Instant? = nil, isOver: Bool = false
    ) {
        self.id = id
        self.planned = planned
        self.arrivedAt = arrivedAt
        self.calledAt = calledAt
        self.isOver = isOver
    }

    /// Whether it is still to begin.
    package var isWaiting: Bool { !isOver && calledAt == nil }
}

/// How a practitioner's days went so far.
package struct QueueHistory: Sendable, Equatable {
    /// Actual by planned length.
    package var lengths: [Double]
    /// Seconds from the moment at which patient, practitioner and time were ready until the visit began.
    package var lags: [Int64]
    /// Seconds after the agreed time at which patients came; negative: before it.
    package var arrivals: [Int64]
    /// Of all that were agreed, those who came: 0 to 1.
    package var shows: Double

    package init(lengths: [Double], lags: [Int64], arrivals: [Int64], shows: Double) {
        self.lengths = lengths
        self.lags = lags
        self.arrivals = arrivals
        self.shows = shows
    }

    /// What stands in as long as nothing is recorded: visits as planned, with some spread; patients who come in time.
    package static let builtIn = QueueHistory(
        lengths: [0.7, 0.8, 0.9, 0.95, 1, 1, 1.05, 1.1, 1.25, 1.45],
        lags: [0, 20, 45, 60, 90, 120, 180, 240, 360, 600],
        arrivals: [-1_200, -900, -720, -600, -480, -360, -240, -120, 0, 300], shows: 0.95)

    /// So many figures of a kind make the built-in ones unnecessary.
    static let enough = 30

    /// The recorded figures; where there are few of a kind, the built-in ones beside them.
    package func completed() -> QueueHistory {
        func mixed<Value>(_ own: [Value], _ builtIn: [Value]) -> [Value] {
            own.count >= Self.enough ? own : own + builtIn
        }
        return QueueHistory(
            lengths: mixed(lengths, Self.builtIn.lengths).sorted(), lags: mixed(lags, Self.builtIn.lags).sorted(),
            arrivals: mixed(arrivals, Self.builtIn.arrivals).sorted(),
            shows: arrivals.count >= Self.enough ? shows : Self.builtIn.shows)
    }
}

package struct QueueForecast: Sendable {
    /// How often the day is played through.
    static let plays = 240

    private let history: QueueHistory
    private let now: Int64

    package init(_ history: QueueHistory, now: Instant) {
        self.history = history.completed()
        self.now = now.microseconds
    }

    /// The order in which those who wait are seen: by the agreed time.
    package static func order(_ visits: [QueuedVisit]) -> [QueuedVisit] {
        visits.filter(\.isWaiting).sorted {
            ($0.planned.start, $0.arrivedAt?.microseconds ?? .max, $0.id)
                < ($1.planned.start, $1.arrivedAt?.microseconds ?? .max, $1.id)
        }
    }

    /// The expected start of each visit that is still to begin, by its id. One practitioner's visits of one day.
    package func starts(of visits: [QueuedVisit]) -> [Int64: ExpectedStart] {
        let waiting = Self.order(visits)
        if waiting.isEmpty { return [:] }
        let inVisit = visits.filter { !$0.isOver && $0.calledAt != nil }
        var chance = SimulatedChance(seed: 0x5EED)
        var samples = [[Int64]](repeating: [], count: waiting.count)
        for _ in 0..<Self.plays { play(waiting, inVisit, &chance, into: &samples) }
        var starts: [Int64: ExpectedStart] = [:]
        for (index, visit) in waiting.enumerated() {
            let sorted = samples[index].sorted()
            guard !sorted.isEmpty else { continue }
            func quantile(_ tenths: Int) -> Instant {
                Instant(microseconds: sorted[min(sorted.count - 1, sorted.count * tenths / 10)])
            }
            starts[visit.id] = ExpectedStart(median: quantile(5), earliest: quantile(1), latest: quantile(9))
        }
        return starts
    }

    // MARK: One play

    private struct Patient {
        let index: Int
        let ready: Int64
        let planned: TimeSpan
    }

    private func play(
        _ waiting: [QueuedVisit], _ inVisit: [QueuedVisit], _ chance: inout SimulatedChance,
        into samples: inout [[Int64]]
    ) {
        var free = Int64.min
        for visit in inVisit { free = max(free, end(of: visit, &chance)) }
        var patients: [Patient] = []
        for (index, visit) in waiting.enumerated() {
            if let arrived = visit.arrivedAt {
                let ready = max(visit.planned.start, arrived.microseconds)
                patients.append(Patient(index: index, ready: ready, planned: visit.planned))
            } else if let comes = arrival(of: visit, &chance) {
                let ready = max(visit.planned.start, comes)
                patients.append(Patient(index: index, ready: ready, planned: visit.planned))
            }
        }
        while let next = next(patients, free: max(free, now)) {
            let patient = patients.remove(at: next)
            let base = max(free, patient.ready)
            let start = base + lag(after: base, &chance)
            samples[patient.index].append(start)
            free = start + length(of: patient.planned, atLeast: 0, &chance)
        }
    }

    /// Of those who are ready when the practitioner is free the earliest by time; else who is ready first.
    private func next(_ patients: [Patient], free: Int64) -> Int? {
        var best: Int?
        for (index, patient) in patients.enumerated() {
            guard let known = best.map({ patients[$0] }) else {
                best = index
                continue
            }
            let ready = max(patient.ready, free), other = max(known.ready, free)
            if (ready, patient.planned.start) < (other, known.planned.start) { best = index }
        }
        return best
    }

    /// The end of a visit that has begun; not before now.
    private func end(of visit: QueuedVisit, _ chance: inout SimulatedChance) -> Int64 {
        guard let called = visit.calledAt?.microseconds else { return now }
        return called + length(of: visit.planned, atLeast: now - called, &chance)
    }

    private func length(of planned: TimeSpan, atLeast elapsed: Int64, _ chance: inout SimulatedChance) -> Int64 {
        let whole = Double(planned.end - planned.start)
        let first = history.lengths.firstIndex { whole * $0 > Double(elapsed) }
        // It has lasted longer than any before: a tenth more.
        guard let first else { return elapsed + Int64(Double(elapsed) * 0.1 * (0.5 + chance.share())) }
        return Int64(whole * history.lengths[first + chance.below(history.lengths.count - first)])
    }

    /// When somebody comes who is not here yet; nil: they do not.
    private func arrival(of visit: QueuedVisit, _ chance: inout SimulatedChance) -> Int64? {
        let late = (now - visit.planned.start) / 1_000_000
        let first = history.arrivals.firstIndex { $0 > late }
        let left = first.map { history.arrivals.count - $0 } ?? 0
        // Who is not here by now is less likely to come at all.
        let still = history.shows * Double(left) / Double(history.arrivals.count)
        let missing = max(0.000_1, 1 - history.shows)
        guard chance.share() * (still + missing) < still, let first else { return nil }
        return visit.planned.start
            + history.arrivals[first + chance.below(history.arrivals.count - first)] * 1_000_000
    }

    /// From readiness to the start, which has not been until now.
    private func lag(after base: Int64, _ chance: inout SimulatedChance) -> Int64 {
        let passed = (now - base) / 1_000_000
        guard let first = history.lags.firstIndex(where: { $0 > passed }) else {
            return now - base + Int64(chance.share() * 180_000_000)
        }
        return history.lags[first + chance.below(history.lags.count - first)] * 1_000_000
    }
}
