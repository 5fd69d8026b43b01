import Kernel
import StudioAPI

/// Numbers for what definitions name, the same for a key on every node and for ever.
package enum StableKey {
    package static func place(_ location: String) -> Int64 { LocationKeys.id(location).raw }
    package static func visitType(_ key: String) -> Int64 { hash("visit-type:" + key) }

    /// FNV-1a, 64 bits, with the sign bit set: below zero, where no id is.
    static func hash(_ text: String) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return Int64(bitPattern: hash | 1 << 63)
    }
}

/// Stretches that may overlap, ascending by their starts.
package struct Occupancy: Sendable {
    package let spans: [TimeSpan]
    private let longest: Int64

    package static let none = Occupancy([])

    package init(_ spans: [TimeSpan]) {
        self.spans = spans.sorted()
        longest = spans.reduce(0) { max($0, $1.end - $1.start) }
    }

    /// Those that share a moment with the span.
    func meeting(_ span: TimeSpan) -> [TimeSpan] {
        if spans.isEmpty { return [] }
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].start <= span.start - longest { low = middle + 1 } else { high = middle }
        }
        var met: [TimeSpan] = []
        while low < spans.count, spans[low].start < span.end {
            if spans[low].end > span.start { met.append(spans[low]) }
            low += 1
        }
        return met
    }

    /// The most that there are at one moment of the span.
    package func peak(in span: TimeSpan) -> Int { Self.peak(meeting(span), in: span) }

    static func peak(_ met: [TimeSpan], in span: TimeSpan) -> Int {
        if met.count < 2 { return met.count }
        var most = 0
        // The count grows only where one begins.
        for moment in met.lazy.map({ max($0.start, span.start) }) {
            let count = met.reduce(0) { $0 + ($1.start <= moment && moment < $1.end ? 1 : 0) }
            most = max(most, count)
        }
        return most
    }
}

/// One visit, or held time, of a practitioner.
package struct BookedVisit: Hashable, Sendable {
    /// The practitioner's time, buffers included.
    package let span: TimeSpan
    /// When the visit itself begins.
    package let start: Int64
    /// `StableKey`s; nil when nobody has said.
    package let place: Int64?
    package let visitType: Int64?
    /// How many patients a group has; nil: it is none.
    package let seats: Int?

    package init(span: TimeSpan, start: Int64? = nil, place: Int64? = nil, visitType: Int64? = nil, seats: Int? = nil) {
        self.span = span
        self.start = start ?? span.start
        self.place = place
        self.visitType = visitType
        self.seats = seats
    }
}

/// What a practitioner has.
package struct BookedTimes: Sendable {
    /// Ascending by their spans.
    package let visits: [BookedVisit]
    /// Every stretch that is taken; a visit may have several.
    package let stretches: Occupancy
    /// The same, joined.
    package let busy: BusyTimes
    /// What of it is no visit: the practitioner is away, or the place is closed.
    package let absences: [Absence]
    /// Groups that have some of it while an absence has it too, by their numbers: nobody joins them.
    package let groupsAway: Set<Int64>
    /// Completed visits, which have given their time back: limits of a day count them, and nothing else does.
    package var done: [BookedVisit]
    private let longest: Int64

    package static let none = BookedTimes(visits: [])

    package struct Absence: Hashable, Sendable {
        package let span: TimeSpan
        package let isOfPlace: Bool

        package init(span: TimeSpan, isOfPlace: Bool) {
            self.span = span
            self.isOfPlace = isOfPlace
        }
    }

    /// `stretches`: nil when each visit has all of its span.
    package init(
        visits: [BookedVisit], stretches: [TimeSpan]? = nil, absences: [Absence] = [], groupsAway: Set<Int64> = [],
        done: [BookedVisit] = []
    ) {
        self.absences = absences
        self.groupsAway = groupsAway
        self.done = done
        self.visits = visits.sorted { ($0.span, $0.start) < ($1.span, $1.start) }
        let taken = stretches ?? visits.map(\.span)
        self.stretches = Occupancy(taken)
        busy = BusyTimes(taken)
        longest = visits.reduce(0) { max($0, $1.span.end - $1.span.start) }
    }

    package init(_ busy: BusyTimes) {
        self.init(visits: busy.spans.map { BookedVisit(span: $0) })
    }

    /// Visits that may share a moment with the span; some end before.
    func meeting(_ span: TimeSpan) -> ArraySlice<BookedVisit> {
        let low = first(after: span.start - longest)
        var end = low
        while end < visits.count, visits[end].span.start < span.end { end += 1 }
        return visits[low..<end]
    }

    private func first(after moment: Int64) -> Int {
        var low = 0
        var high = visits.count
        while low < high {
            let middle = (low + high) / 2
            if visits[middle].span.start <= moment { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// What is taken: of practitioners, of rooms, devices and interpreters, by their keys, and of the patient.
package struct Bookings: Sendable {
    package var people: [String: BookedTimes]
    package var resources: [String: Occupancy]
    package var patient: BusyTimes
    /// When things are away or closed, by their keys.
    package var closed: [String: [TimeSpan]] = [:]
    /// Groups of which a room or a device is away or closed, by their numbers: nobody joins them.
    package var groupsAway: Set<Int64> = []

    package static let none = Bookings()

    package init(
        people: [String: BookedTimes] = [:], resources: [String: Occupancy] = [:], patient: BusyTimes = .none
    ) {
        self.people = people
        self.resources = resources
        self.patient = patient
    }

    /// When it is only known when they are busy.
    package init(_ busy: [String: BusyTimes], patient: BusyTimes = .none) {
        self.init(people: busy.mapValues(BookedTimes.init), patient: patient)
    }
}
