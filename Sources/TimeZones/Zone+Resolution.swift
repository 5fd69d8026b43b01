// The one place that decides what a wall-clock reading means when the clocks jump.
//
// Forward (gap): readings are skipped. Where 02:00 becomes 03:00, 02:30 is never shown.
//   `.after` counts on with the clock from before the jump and gives 03:30: what RFC 5545 (section 3.3.5), Java and
//   JavaScript's Temporal do. `.before` counts back with the clock from after it and gives 01:30. `.boundary` is the
//   jump itself, 03:00.
// Back (overlap): readings are shown twice. Where 02:00 becomes 01:00, 01:30 is shown an hour apart.
//   `.earlier` is the first showing, `.later` the second.
//
// A point in time (an appointment, a reminder) takes `.after` and `.earlier`, the defaults of `instant(of:)`.
// A border (opening hours, the start of a day) takes `.boundary` and `.earlier`: `firstInstant(atOrAfter:)`.

extension Zone {
    /// What a wall-clock reading stands for; all values are microseconds UTC.
    package enum Resolution: Hashable, Sendable {
        case unique(Int64)
        /// Skipped: an instant whose reading lies as far before the gap, and one whose reading lies as far after it,
        /// as the gap is long.
        case gap(before: Int64, after: Int64)
        /// Shown twice.
        case overlap(earlier: Int64, later: Int64)
    }

    package enum GapRule: Hashable, Sendable {
        case before, after, boundary
    }

    package enum OverlapRule: Hashable, Sendable {
        case earlier, later
    }

    /// Whether that reading is shown once, never or twice, and when.
    package func resolve(_ local: CivilDateTime) -> Resolution {
        switch meaning(of: local) {
        case .once(let second):
            .unique(second.secondsToMicros)
        case .never(let jump, let reading):
            .gap(
                before: (reading - Int64(jump.after)).secondsToMicros,
                after: (reading - Int64(jump.before)).secondsToMicros)
        case .twice(let first, let last):
            .overlap(earlier: first.secondsToMicros, later: last.secondsToMicros)
        }
    }

    /// The instant, microseconds UTC, of that reading of the wall clock.
    package func instant(
        of local: CivilDateTime, gap: GapRule = .after, overlap: OverlapRule = .earlier
    ) -> Int64 {
        switch meaning(of: local) {
        case .once(let second):
            second.secondsToMicros
        case .never(let jump, let reading):
            switch gap {
            case .before: (reading - Int64(jump.after)).secondsToMicros
            case .after: (reading - Int64(jump.before)).secondsToMicros
            case .boundary: jump.second.secondsToMicros
            }
        case .twice(let first, let last):
            (overlap == .earlier ? first : last).secondsToMicros
        }
    }

    /// The first instant at which the wall clock shows that reading or has jumped over it.
    package func firstInstant(atOrAfter local: CivilDateTime) -> Int64 {
        instant(of: local, gap: .boundary, overlap: .earlier)
    }

    /// The first instant of that day: 00:00, or where the clocks jump over midnight the first reading after it. For a
    /// day that a zone left out (Samoa's 30 December 2011) it is the start of the next one.
    package func startOfDay(_ date: CivilDate) -> Int64 {
        firstInstant(atOrAfter: CivilDateTime(date: date, time: .midnight))
    }

    private enum Meaning {
        case once(Int64)
        case never(jump: Jump, reading: Int64)
        case twice(first: Int64, last: Int64)
    }

    private func meaning(of local: CivilDateTime) -> Meaning {
        let reading = local.secondsAsIfUTC
        // Every instant that could show the reading lies in this window, whatever offset is in force.
        let low = reading - Int64(LocalTimeType.allowedOffsets.upperBound) - 1
        let high = reading - Int64(LocalTimeType.allowedOffsets.lowerBound)
        let jumps = jumps(afterSecond: low, throughSecond: high)

        var first: Int64?
        var last: Int64?
        var begin = low
        var offset = jumps.first?.before ?? type(atSecond: low).offset
        for index in 0...jumps.count {
            let end = index < jumps.count ? jumps[index].second : Int64.max
            let second = reading - Int64(offset)
            if second >= begin, second < end {
                first = first ?? second
                last = second
            }
            if index < jumps.count {
                begin = end
                offset = jumps[index].after
            }
        }
        if let first, let last {
            return first == last ? .once(first) : .twice(first: first, last: last)
        }
        for jump in jumps where jump.second + Int64(jump.before) <= reading {
            if reading < jump.second + Int64(jump.after) {
                return .never(jump: jump, reading: reading)
            }
        }
        // The wall clock only runs on or jumps, so a reading it never shows was jumped over.
        preconditionFailure("\(name): \(local.iso) is neither shown nor jumped over")
    }
}
