import Kernel

/// Who is asked next, by the order that `WaitlistMatching` describes. Of a long list hundreds are sorted for each opening, so
/// it holds no more of them than that takes.
package struct WaitlistLine {
    /// Those of one priority and one group.
    private struct Lane: Hashable {
        let comesLast: Bool
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

    init(_ suited: [WaitlistCandidate], points: Int) {
        floor = Double(points) / 2
        var lanes: [Lane: [Turn]] = [:]
        for candidate in suited {
            let lane = Lane(comesLast: candidate.comesLast, rank: candidate.rank, group: candidate.group)
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
    package mutating func next(_ tallies: [String: GroupTally]) -> Int64? {
        guard let index = first(tallies) else { return nil }
        defer { queues[index].next += 1 }
        return queues[index].people[queues[index].next].entry
    }

    /// The next so many, as if all of them were given an offer.
    mutating func next(_ most: Int, _ tallies: [String: GroupTally]) -> [Int64] {
        var tallies = tallies
        var order: [Int64] = []
        while order.count < most, let index = first(tallies) {
            order.append(queues[index].people[queues[index].next].entry)
            queues[index].next += 1
            tallies[queues[index].lane.group, default: GroupTally(heads: 1)].offers += 1
        }
        return order
    }

    /// Which queue is next: the most urgent first, then the group that is behind.
    private func first(_ tallies: [String: GroupTally]) -> Int? {
        let open = queues.indices.filter { queues[$0].next < queues[$0].people.count }
        guard !open.isEmpty else { return nil }
        let highest = tallies.values.filter { $0.heads > 0 }.map(\.rate).max() ?? 0
        return open.map { (index: $0, key: key(queues[$0], tallies, highest)) }.min { $0.key < $1.key }?.index
    }

    private struct Key: Comparable {
        let lane: (last: Int, rank: Int, rate: Double)
        let person: (offers: Int, joinedAt: Int64, entry: Int64)

        static func == (left: Key, right: Key) -> Bool { left.lane == right.lane && left.person == right.person }
        static func < (left: Key, right: Key) -> Bool {
            left.lane == right.lane ? left.person < right.person : left.lane < right.lane
        }
    }

    private func key(_ queue: Queue, _ tallies: [String: GroupTally], _ highest: Double) -> Key {
        let rate = tallies[queue.lane.group]?.rate ?? 0
        let isBehind = highest - rate > floor
        let rank = queue.lane.rank == 0 ? -1 : isBehind ? 0 : queue.lane.rank
        let person = queue.people[queue.next]
        return Key(
            lane: (queue.lane.comesLast ? 1 : 0, rank, rate),
            person: (person.offers, person.joinedAt, person.entry))
    }
}
