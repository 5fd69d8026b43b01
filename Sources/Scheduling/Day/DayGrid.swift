import Kernel
import StudioAPI
import TimeZones

// The day of a place as a grid of five-minute rows: pure arithmetic, no words.

/// A stretch of rows in a column.
struct GridSpan: Hashable, Sendable {
    /// From the grid's first row.
    let row: Int
    let rows: Int
}

/// A visit's place in its column; visits at the same time stand side by side in lanes.
struct GridVisit<Content: Sendable>: Sendable {
    let content: Content
    let span: GridSpan
    /// 1 and up.
    let lane: Int
    let lanes: Int
}

/// The rows of a day: from a whole hour to a whole hour, around everything that happens.
struct DayGrid: Hashable, Sendable {
    static let minutesPerRow = 5
    /// More lanes than this would be unreadable; further visits share the last.
    static let mostLanes = 4

    /// Minutes after local midnight.
    let from: Int
    let to: Int

    /// Covers these stretches (minutes of the day) with whole hours; eight to five when there are none.
    init(covering stretches: [Range<Int>]) {
        let first = stretches.map(\.lowerBound).min() ?? 480
        let last = stretches.map(\.upperBound).max() ?? 1_020
        from = max(0, first / 60 * 60)
        to = min(1_440, max(from + 60, (last + 59) / 60 * 60))
    }

    func row(_ minute: Int) -> Int { (min(max(minute, from), to) - from) / Self.minutesPerRow }

    func span(_ stretch: Range<Int>) -> GridSpan? {
        let first = row(stretch.lowerBound)
        let last = (min(max(stretch.upperBound, from), to) - from + Self.minutesPerRow - 1) / Self.minutesPerRow
        return first < last ? GridSpan(row: first, rows: last - first) : nil
    }

    /// The whole hours, the last one left out: nothing begins there.
    var hours: [Int] { Array(stride(from: from, to: to, by: 60)) }

    /// What of the grid no stretch covers.
    func rest(of stretches: [Range<Int>]) -> [Range<Int>] {
        var rest: [Range<Int>] = []
        var at = from
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if at < stretch.lowerBound { rest.append(at..<min(to, stretch.lowerBound)) }
            at = max(at, stretch.upperBound)
        }
        if at < to { rest.append(at..<to) }
        return rest
    }

    /// Puts what overlaps side by side: each goes to the first lane that is free, and all of a cluster are equally wide.
    func place<Content>(_ items: [(content: Content, minutes: Range<Int>)]) -> [GridVisit<Content>] {
        var placed: [GridVisit<Content>] = []
        var cluster: [(content: Content, span: GridSpan, lane: Int)] = []
        var ends: [Int] = []
        func close() {
            let lanes = min(Self.mostLanes, ends.count)
            placed += cluster.map { GridVisit(content: $0.content, span: $0.span, lane: $0.lane, lanes: lanes) }
            cluster = []
            ends = []
        }
        for item in items.sorted(by: { $0.minutes.lowerBound < $1.minutes.lowerBound }) {
            guard let span = span(item.minutes) else { continue }
            if let last = ends.max(), last <= span.row { close() }
            let free = ends.firstIndex { $0 <= span.row } ?? ends.count
            if free == ends.count { ends.append(0) }
            ends[free] = max(ends[free], span.row + span.rows)
            cluster.append((item.content, span, min(free + 1, Self.mostLanes)))
        }
        close()
        return placed
    }
}

extension SchedulePlan {
    /// When a practitioner sees patients at a place on a day, for any visit type: minutes of the local day.
    func openMinutes(of practitioner: String, at location: String, on date: CivilDate) -> [Range<Int>] {
        guard let person = personIndex[practitioner], let place = placeIndex[location] else { return [] }
        var sessions: [DaySession] = []
        let table = days.table(date.daysSinceEpoch, of: self)
        self.sessions(
            table.pieces(of: person), of: people[person], visitType: nil, now: 0, table.frames, into: &sessions
        ) { $0 == place }
        return sessions.map { $0.minutes.from..<$0.minutes.to }
    }

    /// The first day after `date`, within two months, on which anybody works at a place.
    func nextOpenDay(at location: String, after date: CivilDate) -> CivilDate? {
        (1...62).lazy.map { date.adding(days: $0) }.first { day in
            people.contains { !openMinutes(of: $0.definition.key, at: location, on: day).isEmpty }
        }
    }
}
