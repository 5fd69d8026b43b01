/// Whether the rooms, devices and interpreters that a visit needs can be had all at once.
struct ThingsAtHand {
    private struct Moment: Hashable {
        let location: String
        let day: Weekday
        let start: Int
        let minutes: Int
    }

    private let needs: [ResourceNeed]
    private let resources: [ResourceDefinition]
    private var known: [Moment: Bool] = [:]

    init(of visit: VisitTypeDefinition, among resources: [ResourceDefinition]) {
        needs = visit.rules.resources
        self.resources = resources
    }

    /// For a visit that begins at a minute of a weekday and takes so long, when nothing else is booked.
    mutating func suffice(from start: Int, minutes: Int, at location: String, on day: Weekday) -> Bool {
        if needs.isEmpty { return true }
        let moment = Moment(location: location, day: day, start: start, minutes: minutes)
        if let known = known[moment] { return known }
        let options = needs.map { need in
            resources.indices.filter { index in
                resources[index].serves(need, at: location)
                    && resources[index].isThere(from: start - need.before, to: start + minutes + need.after, on: day)
            }
        }
        let suffices = Self.match(options, places: resources.map(\.capacity))
        known[moment] = suffices
        return suffices
    }

    /// Whether each need can have one of its things, where no thing is had more often than it has places.
    private static func match(_ options: [[Int]], places: [Int]) -> Bool {
        var users: [Int: [Int]] = [:]
        func give(_ need: Int, _ tried: inout Set<Int>) -> Bool {
            for thing in options[need] where tried.insert(thing).inserted {
                let there = users[thing] ?? []
                if there.count < places[thing] {
                    users[thing] = there + [need]
                    return true
                }
                // Somebody who has it may do with another one.
                for other in there where give(other, &tried) {
                    users[thing] = there.filter { $0 != other } + [need]
                    return true
                }
            }
            return false
        }
        return options.indices.allSatisfy { need in
            var tried: Set<Int> = []
            return give(need, &tried)
        }
    }
}

extension ResourceDefinition {
    /// Whether its hours of a weekday cover some minutes, which may begin before the day or end after it.
    fileprivate func isThere(from: Int, to: Int, on day: Weekday) -> Bool {
        guard let hours else { return true }
        var covered = from
        for range in hours[day].sorted(by: { $0.from < $1.from }) where range.from.minutes <= covered {
            covered = max(covered, range.to.minutes)
        }
        return covered >= to
    }
}
