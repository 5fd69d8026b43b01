import TimeZones

/// The changes of one zone's clocks round some moments, as a VTIMEZONE (§3.6.5).
struct CalendarZone {
    private let zone: Zone
    private let from: Int64
    private let transitions: [Zone.Transition]

    /// A program may show a week or a month round the visit; a year on both sides is enough for any.
    private static let margin: Int64 = 366 * 86_400 * 1_000_000

    init(_ zone: Zone, from: Int64, to: Int64) {
        self.zone = zone
        self.from = from - Self.margin
        transitions = zone.transitions(from: from - Self.margin, to: to + Self.margin)
    }

    func write(to lines: inout CalendarLines) {
        lines.add("BEGIN:VTIMEZONE")
        lines.add("TZID", zone.name)
        // What was in force before the first change there is, else a program would not know it.
        let before = zone.offset(at: from)
        let start = Self.clock((from / 1_000_000) + Int64(before))
        observance("STANDARD", from: before, to: before, at: start, name: zone.abbreviation(at: from), &lines)
        for change in transitions {
            // The wall clock that shows the moment of the change, as it was until then.
            let local = Self.clock(change.instant / 1_000_000 + Int64(change.offsetBefore))
            observance(
                change.offsetAfter > change.offsetBefore ? "DAYLIGHT" : "STANDARD", from: change.offsetBefore,
                to: change.offsetAfter, at: local, name: zone.abbreviation(at: change.instant), &lines)
        }
        lines.add("END:VTIMEZONE")
    }

    private func observance(
        _ kind: String, from before: Int, to after: Int, at start: CivilDateTime, name: String,
        _ lines: inout CalendarLines
    ) {
        lines.add("BEGIN:\(kind)")
        lines.add("DTSTART:\(CalendarLines.local(start))")
        lines.add("TZOFFSETFROM:\(Self.offset(before))")
        lines.add("TZOFFSETTO:\(Self.offset(after))")
        lines.add("TZNAME", CalendarLines.escaped(name))
        lines.add("END:\(kind)")
    }

    /// `-0700`; with seconds where a zone has them.
    static func offset(_ seconds: Int) -> String {
        let size = abs(seconds)
        let hours = CalendarLines.padded(size / 3600, 2) + CalendarLines.padded(size / 60 % 60, 2)
        return (seconds < 0 ? "-" : "+") + hours + (size % 60 == 0 ? "" : CalendarLines.padded(size % 60, 2))
    }

    /// The clock that many seconds after 1970 began, as if there were no zones.
    static func clock(_ seconds: Int64) -> CivilDateTime {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = Int(seconds - day * 86_400)
        guard let time = CivilTime(hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60) else {
            preconditionFailure("a day has \(rest) seconds")
        }
        return CivilDateTime(date: CivilDate(daysSinceEpoch: Int(day)), time: time)
    }
}
