package import TimeZones

// Availability: which times can be offered, and why another one cannot.
//
// The rules:
// - A *session* is a stretch in which a practitioner sees patients at one place: her template (or an extra day) within
//   the place's hours of that day (holidays keep their own), without what she is away for. Sessions of one place that
//   touch are one.
// - Sessions are written in the place's wall clock. Their ends are borders: when clocks jump forward a part that is
//   skipped is lost, when they go back the session is longer.
// - A visit begins at a multiple of its type's `startEvery` minutes after local midnight. A reading that the clocks skip
//   is never offered; of one that is shown twice only the first.
// - The visit lies within one session. Its buffers keep other visits of the practitioner away, and may lie outside.
// - Nothing else is booked or held for the practitioner in that time, nor for the patient in the visit's own time.
// - It begins no sooner than the type's notice from now, and on a day within the type's horizon.

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

/// A time that can be offered.
package struct OpenSlot: Hashable, Sendable {
    package let visitType: String
    package let practitioner: String
    package let location: String
    package let localStart: CivilDateTime
    /// Microseconds UTC, the visit without its buffers.
    package let span: TimeSpan

    package init(visitType: String, practitioner: String, location: String, localStart: CivilDateTime, span: TimeSpan) {
        self.visitType = visitType
        self.practitioner = practitioner
        self.location = location
        self.localStart = localStart
        self.span = span
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

/// Why a time is not offered: the first rule of the list above that it breaks. The raw value ends the text's key.
package enum SlotRefusal: String, Sendable, CaseIterable, Error {
    case practitionerNotAllowed = "practitioner-not-allowed"
    case locationNotAllowed = "location-not-allowed"
    case skippedByClocks = "skipped-by-clocks"
    case locationClosed = "location-closed"
    case practitionerAway = "practitioner-away"
    case noSession = "no-session"
    case keptForOthers = "kept-for-others"
    case endsTooLate = "ends-too-late"
    case offStep = "off-step"
    case tooSoon = "too-soon"
    case tooFar = "too-far"
    case practitionerBusy = "practitioner-busy"
    case patientBusy = "patient-busy"

    /// The reason in one plain line, for the API; pages take it from the catalogue.
    package var sentence: String {
        switch self {
        case .practitionerNotAllowed: "This practitioner does not do this visit type."
        case .locationNotAllowed: "This visit type is not done at this location."
        case .skippedByClocks: "The clocks skip this time, or show it twice."
        case .locationClosed: "The location is closed then."
        case .practitionerAway: "The practitioner is away then."
        case .noSession: "The practitioner does not see patients there then."
        case .keptForOthers: "That time is kept for other visit types."
        case .endsTooLate: "The visit would end after the practitioner's session."
        case .offStep: "Visits of this type do not begin at this minute."
        case .tooSoon: "That is sooner than this visit type's notice allows."
        case .tooFar: "That is further ahead than this visit type may be booked."
        case .practitionerBusy: "The practitioner has another visit then."
        case .patientBusy: "The patient has another visit then."
        }
    }
}
