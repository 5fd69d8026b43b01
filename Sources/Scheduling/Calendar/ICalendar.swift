package import TimeZones

// iCalendar (RFC 5545), as far as visits need it.
//
// - Every visit is an event of its own with its own start and end by the clock of its place: nothing recurs, so nothing is
//   left to a calendar program's idea of a rule.
// - The zone goes along as our own tz database has it: each change of the clocks within the time that the file is about is
//   written out by its moment, so that a program whose tz database is stale, or that does not know the name, shows the
//   same hour.
// - Lines end with CR LF and are folded at 75 octets, never within a character. Text is escaped; control characters are
//   left out.
//
// The writer is pure: the same values give the same bytes.

/// A calendar file.
package struct ICalendar: Sendable {
    package enum Method: String, Sendable {
        case request = "REQUEST"
        case cancel = "CANCEL"
        case publish = "PUBLISH"
    }

    package var method: Method
    /// What the calendar is called, where programs show it; nil: nothing.
    package var name: String?
    package var events: [Event]

    package init(_ method: Method, name: String? = nil, _ events: [Event]) {
        self.method = method
        self.name = name
        self.events = events
    }

    package struct Event: Sendable {
        /// The same for one visit for ever, however often it is moved.
        package var uid: String
        /// Rises when the visit is moved or called off.
        package var sequence: Int
        /// When this file was made, or the visit last changed. Microseconds UTC, as all moments here.
        package var stamp: Int64
        package var start: Int64
        package var end: Int64
        package var zone: Zone
        package var summary: String
        package var place: String?
        package var text: String?
        package var isCancelled = false
        /// Shown as an event that others only see as time that is taken.
        package var isPrivate = true
        package var organizer: Party?
        package var attendee: Party?

        package init(
            uid: String, sequence: Int, stamp: Int64, start: Int64, end: Int64, zone: Zone, summary: String,
            place: String? = nil, text: String? = nil
        ) {
            self.uid = uid
            self.sequence = sequence
            self.stamp = stamp
            self.start = start
            self.end = end
            self.zone = zone
            self.summary = summary
            self.place = place
            self.text = text
        }
    }

    /// Somebody with an e-mail address.
    package struct Party: Sendable {
        package var name: String?
        package var address: String

        package init(name: String? = nil, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// The file.
    package var text: String {
        var lines = CalendarLines()
        lines.add("BEGIN:VCALENDAR")
        lines.add("VERSION:2.0")
        lines.add("PRODID:-//Throughline//Visits//EN")
        lines.add("CALSCALE:GREGORIAN")
        lines.add("METHOD:\(method.rawValue)")
        if let name {
            lines.add("NAME", CalendarLines.escaped(name))
            lines.add("X-WR-CALNAME", CalendarLines.escaped(name))
        }
        var zones: [Zone] = []
        for event in events where !zones.contains(where: { $0.name == event.zone.name }) { zones.append(event.zone) }
        for zone in zones.sorted(by: { $0.name < $1.name }) {
            let own = events.filter { $0.zone.name == zone.name }
            guard let first = own.map(\.start).min(), let last = own.map(\.end).max() else { continue }
            CalendarZone(zone, from: first, to: last).write(to: &lines)
        }
        for event in events { write(event, to: &lines) }
        lines.add("END:VCALENDAR")
        return lines.text
    }

    private func write(_ event: Event, to lines: inout CalendarLines) {
        let zone = ";TZID=\(event.zone.name)"
        lines.add("BEGIN:VEVENT")
        lines.add("UID", CalendarLines.escaped(event.uid))
        lines.add("DTSTAMP:\(CalendarLines.utc(event.stamp))")
        lines.add("SEQUENCE:\(event.sequence)")
        lines.add("DTSTART\(zone):\(CalendarLines.local(event.zone.civil(at: event.start)))")
        lines.add("DTEND\(zone):\(CalendarLines.local(event.zone.civil(at: event.end)))")
        lines.add("SUMMARY", CalendarLines.escaped(event.summary))
        if let place = event.place { lines.add("LOCATION", CalendarLines.escaped(place)) }
        if let text = event.text { lines.add("DESCRIPTION", CalendarLines.escaped(text)) }
        lines.add("STATUS:\(event.isCancelled ? "CANCELLED" : "CONFIRMED")")
        lines.add("TRANSP:\(event.isCancelled ? "TRANSPARENT" : "OPAQUE")")
        lines.add("CLASS:\(event.isPrivate ? "PRIVATE" : "PUBLIC")")
        if let organizer = event.organizer { lines.add("ORGANIZER\(Self.name(organizer))", "mailto:" + organizer.address) }
        if let attendee = event.attendee {
            let asked = ";ROLE=REQ-PARTICIPANT;PARTSTAT=\(event.isCancelled ? "DECLINED" : "NEEDS-ACTION");RSVP=FALSE"
            lines.add("ATTENDEE\(Self.name(attendee))\(asked)", "mailto:" + attendee.address)
        }
        lines.add("END:VEVENT")
    }

    private static func name(_ party: Party) -> String {
        party.name.map { ";CN=\(CalendarLines.parameter($0))" } ?? ""
    }
}

/// Content lines (RFC 5545 §3.1).
struct CalendarLines {
    private(set) var text = ""

    /// As many octets as a line has without its end.
    private static let longest = 75

    mutating func add(_ name: String, _ value: String) { add("\(name):\(value)") }

    /// Folds: each further line begins with a blank, which counts.
    mutating func add(_ line: String) {
        var room = Self.longest
        for scalar in line.unicodeScalars {
            let size = UTF8.width(scalar)
            if size > room {
                text += "\r\n "
                room = Self.longest - 1
            }
            text.unicodeScalars.append(scalar)
            room -= size
        }
        text += "\r\n"
    }

    /// A value of the kind TEXT (§3.3.11). Control characters but the line end are left out.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.replacing("\r\n", with: "\n").unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result.append(contentsOf: ["\\", scalar])
            case "\n", "\r": result.append(contentsOf: ["\\", "n"])
            case _ where isControl(scalar): continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// A parameter's value in quotes, in which neither quotes nor line ends can stand (§3.2).
    static func parameter(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { !isControl($0) && $0 != "\"" }
        return "\"" + String(String.UnicodeScalarView(kept)) + "\""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }

    /// `20260308T094000`
    static func local(_ moment: CivilDateTime) -> String {
        let (date, time) = (moment.date, moment.time)
        return padded(date.year, 4) + padded(date.month, 2) + padded(date.day, 2) + "T" + padded(time.hour, 2)
            + padded(time.minute, 2) + padded(time.second, 2)
    }

    static func utc(_ moment: Int64) -> String {
        let seconds = moment >= 0 ? moment / 1_000_000 : (moment - 999_999) / 1_000_000
        return local(CalendarZone.clock(seconds)) + "Z"
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

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
