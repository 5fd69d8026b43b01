import Foundation
import Kernel
import Scheduling
import TestKit

/// Days of one practitioner, made by chance: visits of twenty to forty minutes that take longer or shorter, patients who
/// come early or late or not at all.
struct GeneratedDays {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    struct Visit {
        let planned: TimeSpan
        /// Nil: they do not come.
        let arrives: Int64?
        var starts: Int64?
        var ends: Int64?
    }

    private mutating func share() -> Double { Double.random(in: 0..<1, using: &random) }
    private mutating func normal() -> Double {
        (-2 * log(1 - share())).squareRoot() * cos(2 * Double.pi * share())
    }

    /// The day as it went: the practitioner takes who is there and whose time has come, the earliest time first.
    mutating func day(_ index: Int) -> [Visit] {
        let minute: Int64 = 60_000_000
        var at = Int64(index) * 86_400_000_000 + 8 * 60 * minute
        var visits: [Visit] = []
        for _ in 0..<13 {
            let length = [20, 20, 30, 40].randomElement(using: &random) ?? 20
            let planned = TimeSpan(start: at, end: at + Int64(length) * minute)
            let comes = share() < 0.93
            let offset = -6 + 8 * normal()
            visits.append(Visit(planned: planned, arrives: comes ? at + Int64(offset * Double(minute)) : nil))
            at = planned.end + (visits.count == 6 ? 45 * minute : 0)
        }
        var free = Int64.min
        var open = visits.indices.filter { visits[$0].arrives != nil }
        while !open.isEmpty {
            func ready(_ index: Int) -> Int64 {
                max(free, visits[index].planned.start, visits[index].arrives ?? .max)
            }
            let next = open.min { (ready($0), $0) < (ready($1), $1) } ?? open[0]
            open.removeAll { $0 == next }
            let lag = -log(1 - share()) * 3 * Double(minute)
            let start = ready(next) + Int64(lag)
            let planned = Double(visits[next].planned.end - visits[next].planned.start)
            let end = start + Int64(planned * exp(0.38 * normal() - 0.05))
            visits[next].starts = start
            visits[next].ends = end
            free = end
        }
        return visits
    }

    /// What was recorded of a day.
    static func recorded(_ visits: [Visit], day: Int) -> [PastVisit] {
        visits.map { visit in
            PastVisit(
                day: String(day), planned: visit.planned, arrivedAt: visit.arrives.map(Instant.init(microseconds:)),
                calledAt: visit.starts.map(Instant.init(microseconds:)),
                completedAt: visit.ends.map(Instant.init(microseconds:)), missed: visit.arrives == nil)
        }
    }

    /// What is known of a day at a moment. Who has not come a quarter of an hour after their time is marked as missed.
    static func known(_ visits: [Visit], at now: Int64) -> [QueuedVisit] {
        visits.enumerated().map { index, visit in
            func past(_ moment: Int64?) -> Instant? {
                moment.flatMap { $0 <= now ? Instant(microseconds: $0) : nil }
            }
            let isMissed = visit.arrives == nil && visit.planned.start + 900_000_000 <= now
            return QueuedVisit(
                id: Int64(index), planned: visit.planned, arrivedAt: past(visit.arrives),
                calledAt: past(visit.starts), isOver: isMissed || past(visit.ends) != nil)
        }
    }
}
