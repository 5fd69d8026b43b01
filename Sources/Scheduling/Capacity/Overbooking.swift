// How many visits more than fit may be booked into a session, when some patients do not come.
//
// The rules:
// - A session has so many starts, one after another, each as long as a visit. Visits above that number begin together
//   with another, spread evenly over the session.
// - Each patient comes with the same chance, on time, whatever the others do, and takes as long as the visit is.
// - Who comes waits until all who came before are seen. The *expected wait* is the mean over all who come, over all that
//   can happen: every number of people still waiting is followed with its probability, so it is exact and not drawn.
// - The most visits are taken whose expected wait is within the budget.

/// What overlapping visits cost and bring, for one session.
package struct Overbooking: Sendable, Hashable {
    package struct Inputs: Sendable, Hashable {
        /// Starts of the session.
        package var starts: Int
        /// Of one visit.
        package var minutes: Int
        /// From 0 to 1.
        package var noShowRate: Double
        /// Minutes.
        package var budget: Double

        package init(starts: Int, minutes: Int, noShowRate: Double, budget: Double) {
            self.starts = starts
            self.minutes = minutes
            self.noShowRate = noShowRate
            self.budget = budget
        }
    }

    /// How many visits more than there are starts.
    package let more: Int
    /// Minutes, the mean over those who come.
    package let wait: Double
    /// Minutes after the session's end at which the last is seen, on average.
    package let overtime: Double
    /// How many come, on average.
    package let seen: Double
    package let isWithin: Bool

    /// From no visit more to as many more as there are starts.
    package static func table(_ inputs: Inputs) -> [Overbooking] {
        (0...max(0, inputs.starts)).map { expected($0, inputs) }
    }

    /// The most within the budget: nil when even none more is not.
    package static func most(_ inputs: Inputs) -> Overbooking? {
        table(inputs).prefix { $0.isWithin }.last
    }

    private static func expected(_ more: Int, _ inputs: Inputs) -> Overbooking {
        let starts = inputs.starts, comes = 1 - inputs.noShowRate
        // The first of one is in the middle of the session, of two in the middle of each half.
        func overlaps(before start: Int) -> Int { (2 * start * more + starts) / (2 * starts) }
        // Probability by how many are still to be seen when a start is due; at most everybody.
        var waiting = [Double](repeating: 0, count: starts + more + 2)
        waiting[0] = 1
        var waited = 0.0
        for start in 0..<starts {
            let visits = 1 + overlaps(before: start + 1) - overlaps(before: start)
            for _ in 0..<visits {
                var next = [Double](repeating: 0, count: waiting.count)
                for (people, probability) in waiting.enumerated() where probability > 0 {
                    waited += probability * comes * Double(people)
                    next[people] += probability * (1 - comes)
                    next[min(people + 1, waiting.count - 1)] += probability * comes
                }
                waiting = next
            }
            // One is seen until the next start is due.
            var next = [Double](repeating: 0, count: waiting.count)
            next[0] = waiting[0]
            for people in 1..<waiting.count { next[people - 1] += waiting[people] }
            waiting = next
        }
        let left = waiting.enumerated().reduce(0.0) { $0 + Double($1.offset) * $1.element }
        let seen = Double(starts + more) * comes
        let minutes = Double(inputs.minutes)
        let wait = seen > 0 ? waited / seen * minutes : 0
        return Overbooking(
            more: more, wait: wait, overtime: left * minutes, seen: seen, isWithin: wait <= inputs.budget)
    }
}
