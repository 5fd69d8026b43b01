import Kernel

/// Who is asked next, by the order that `WaitlistMatching` describes. Of a long list hundreds are sorted for each opening, so
/// it holds no more of them than that takes.
package struct WaitlistLine: Sendable {
    /// Those of one priority and one group.
    private struct Lane: Hashable {
        let wasUnreached: Bool
        let rank: Int
        let group: String
    }

    private struct Turn {
        let offers: Int
        let joinedAt: Int64
        let entry: Int64
    }

    private struct Queue {
        let lane: Lane
        let people: [Turn]
        var next = 0
    }

    private var queues: [Queue]
    /// Half the points of the fairness floor: there is room left before the floor itself is reached.
    private let floor: Double

    /// `points`: of the fairness floor.
    package init(_ suited: [WaitlistCandidate], points: Int) {
        floor = Double(points) / 2
        var lanes: [Lane: [Turn]] = [:]
        for candidate in suited {
            let lane = Lane(wasUnreached: candidate.wasUnreached, rank: candidate.rank, group: candidate.group)
            let turn = Turn(
                offers: candidate.offers, joinedAt: candidate.joinedAt.microseconds, entry: candidate.entry)
            lanes[lane, default: []].append(turn)
        }
        queues = lanes.map { lane, people in
            Queue(
                lane: lane,
                people: people.sorted { ($0.offers, $0.joinedAt, $0.entry) < ($1.offers, $1.joinedAt, $1.entry) })
        }
    }

    package var isEmpty: Bool { queues.allSatisfy { $0.next == $0.people.count } }

    /// Takes the next out of the line; nil: it is empty.
    package mutating func next(_ tallies: [String: GroupTally]) -> (entry: Int64, group: String)? {
        guard let index = nextQueue(tallies) else { return nil }
        defer { queues[index].next += 1 }
        return (queues[index].people[queues[index].next].entry, queues[index].lane.group)
    }

    /// The next so many, as if all of them were given an offer.
    package mutating func next(_ most: Int, _ tallies: [String: GroupTally]) -> [Int64] {
        var tallies = tallies
        var order: [Int64] = []
        while order.count < most, let turn = next(tallies) {
            order.append(turn.entry)
            tallies[turn.group, default: GroupTally(heads: 1)].offers += 1
        }
        return order
    }

    /// The most urgent first, then the group that is behind, then the person whose turn it is.
    private func nextQueue(_ tallies: [String: GroupTally]) -> Int? {
        let highest = tallies.values.filter { $0.heads > 0 }.map(\.rate).max() ?? 0
        return queues.indices.filter { queues[$0].next < queues[$0].people.count }
            .map { (index: $0, key: key(queues[$0], tallies, highest)) }.min { $0.key < $1.key }?.index
    }

    private func key(
        _ queue: Queue, _ tallies: [String: GroupTally], _ highest: Double
    ) -> (Int, Int, Double, Int, Int64, Int64) {
        let rate = tallies[queue.lane.group]?.rate ?? 0
        let isBehind = highest - rate > floor
        let rank = queue.lane.rank == 0 ? -1 : isBehind ? 0 : queue.lane.rank
        let person = queue.people[queue.next]
        return (queue.lane.wasUnreached ? 1 : 0, rank, rate, person.offers, person.joinedAt, person.entry)
    }
}
