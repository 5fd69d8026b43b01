package import TimeZones

// Availability: which times can be offered, and why another one cannot.
//
// The rules:
// - A *session* is a stretch in which a practitioner sees patients at one place: her template (or an extra day) within
//   the place's hours of that day (holidays keep their own), without what she is away for. Sessions of one place that
//   touch are one.
// - A template that comes back every n weeks holds in the weeks counted from its anchor's.
// - A block that is kept for certain visit types is open to all from its release before it begins that day.
// - Sessions are written in the place's wall clock. Their ends are borders: when clocks jump forward a part that is
//   skipped is lost, when they go back the session is longer.
// - A visit begins at a multiple of its type's `startEvery` minutes after local midnight, and within `startsWithin`. A
//   reading that the clocks skip is never offered; of one that is shown twice only the first.
// - The visit lies within one session. Its buffers keep other visits of the practitioner away, and may lie outside.
// - It begins no sooner than the type's notice from now, and on a day within the type's horizon.
// - At no moment of the visit and its buffers has the practitioner more visits than one and what the template there
//   lets overlap. A visit at another place never overlaps, and leaves time for the way.
// - A group that meets already takes further patients until it is full; it takes the practitioner's time once.
// - The limits of the day count what has its time on the same local day.
// - Each thing that the visit needs is free for as long as it is needed, in its hours. The first choice of things is
//   taken, need by need, where the one that can do least comes first.
// - The patient has nothing else in the visit's own time.
// - What is not known of a patient refuses nothing.

/// A stretch of time: microseconds UTC, its end not included.
package struct TimeSpan: Hashable, Sendable, Comparable {
    package let start: Int64
    package let end: Int64

    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    package func overlaps(_ other: TimeSpan) -> Bool { start < other.end && other.start < end }
    package static func < (left: Self, right: Self) -> Bool { (left.start, left.end) < (right.start, right.end) }
}

/// The times that are taken, of one practitioner or patient: ascending, none overlapping another.
package struct BusyTimes: Sendable {
    package private(set) var spans: [TimeSpan]

    package static let none = BusyTimes([])

    /// Sorts, and joins what overlaps.
    package init(_ spans: [TimeSpan]) {
        var joined: [TimeSpan] = []
        joined.reserveCapacity(spans.count)
        for span in spans.sorted() {
            if let last = joined.last, span.start < last.end {
                joined[joined.count - 1] = TimeSpan(start: last.start, end: max(last.end, span.end))
            } else {
                joined.append(span)
            }
        }
        self.spans = joined
    }

    /// The index of the first span that ends after `instant`.
    func first(endingAfter instant: Int64) -> Int {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].end <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package func overlaps(_ span: TimeSpan) -> Bool {
        let index = first(endingAfter: span.start)
        return index < spans.count && spans[index].start < span.end
    }
}

/// A room, a device or an interpreter for a stretch of time.
package struct ResourceUse: Hashable, Sendable {
    package let key: String
    /// With what is needed before and after the visit.
    package let span: TimeSpan

    package init(_ key: String, _ span: TimeSpan) {
        self.key = key
        self.span = span
    }
}

/// A time that can be offered.
package struct OpenSlot: Hashable, Sendable {
    package let visitType: String
    package let practitioner: String
    package let location: String
    package let localStart: CivilDateTime
    /// Microseconds UTC, the visit without its buffers.
    package let span: TimeSpan
    /// The rooms, devices and interpreters it would have, in the order in which its type asks for them.
    package let resources: [ResourceUse]
    /// Whether it is a place in a group that meets already.
    package let joinsGroup: Bool

    package init(
        visitType: String, practitioner: String, location: String, localStart: CivilDateTime, span: TimeSpan,
        resources: [ResourceUse] = [], joinsGroup: Bool = false
    ) {
        self.visitType = visitType
        self.practitioner = practitioner
        self.location = location
        self.localStart = localStart
        self.span = span
        self.resources = resources
        self.joinsGroup = joinsGroup
    }
}

/// What is looked for.
package struct SlotRequest: Sendable {
    package var visitType: String
    /// First and last local day, both included.
    package var from: CivilDate
    package var to: CivilDate
    /// Nil: all that may do it.
    package var practitioners: Set<String>?
    /// Nil: every place where it may be.
    package var locations: Set<String>?
    /// The earliest this many; a search stops there.
    package var limit: Int

    package init(
        visitType: String, from: CivilDate, to: CivilDate, practitioners: Set<String>? = nil,
        locations: Set<String>? = nil, limit: Int = .max
    ) {
        self.visitType = visitType
        self.from = from
        self.to = to
        self.practitioners = practitioners
        self.locations = locations
        self.limit = limit
    }
}
