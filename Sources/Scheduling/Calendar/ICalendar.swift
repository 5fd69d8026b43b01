package import ConversationsAPI
package import TimeZones

// iCalendar (RFC 5545), as far as visits need it.
//
// - Every visit is an event of its own with its own start and end by the clock of its place: nothing recurs, so
//   nothing is left to a calendar program's idea of a rule.
// - The zone goes along as our own tz database has it: each change of the clocks within the time that the file is
//   about is written out by its moment, so that a program whose tz database is stale, or that does not know the name,
//   shows the same hour.
// - A time that the clock shows twice stands in UTC.
// - Lines end with CR LF and are folded at 75 octets, never within a character. Text is escaped; control characters are
//   left out.
//
// The writer is pure: the same values give the same bytes.

/// A calendar file.
package struct ICalendar: Sendable {
    package var method: CalendarFile.Method
    /// What the calendar is called, where programs show it; nil: nothing.
    package var name: String?
    /// How soon a program that follows it should look again; nil: it is not followed.
    package var refreshMinutes: Int?
    package var events: [Event]

    package init(
        _ method: CalendarFile.Method, name: String? = nil, refreshMinutes: Int? = nil, _ events: [Event]
    ) {
        self.method = method
        self.name = name
        self.refreshMinutes = refreshMinutes
        self.events = events
    }

    package struct Event: Sendable {
        /// The same for one visit for ever, however often it is moved.
        package var uid: String
        /// Rises when anything of the visit is changed: moved, called off, placed anew by other rules of its zone.
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
        if let refreshMinutes {
            lines.add("REFRESH-INTERVAL;VALUE=DURATION:PT\(refreshMinutes)M")
            lines.add("X-PUBLISHED-TTL:PT\(refreshMinutes)M")
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
        lines.add("BEGIN:VEVENT")
        lines.add("UID", CalendarLines.escaped(event.uid))
        lines.add("DTSTAMP:\(CalendarLines.utc(event.stamp))")
        lines.add("SEQUENCE:\(event.sequence)")
        lines.add("DTSTART\(Self.moment(event.start, event.zone))")
        lines.add("DTEND\(Self.moment(event.end, event.zone))")
        lines.add("SUMMARY", CalendarLines.escaped(event.summary))
        if let place = event.place { lines.add("LOCATION", CalendarLines.escaped(place)) }
        if let text = event.text { lines.add("DESCRIPTION", CalendarLines.escaped(text)) }
        lines.add("STATUS:\(event.isCancelled ? "CANCELLED" : "CONFIRMED")")
        lines.add("TRANSP:\(event.isCancelled ? "TRANSPARENT" : "OPAQUE")")
        lines.add("CLASS:\(event.isPrivate ? "PRIVATE" : "PUBLIC")")
        if let organizer = event.organizer {
            lines.add("ORGANIZER\(Self.name(organizer))", "mailto:" + organizer.address)
        }
        if let attendee = event.attendee {
            let asked = ";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE"
            lines.add("ATTENDEE\(Self.name(attendee))\(asked)", "mailto:" + attendee.address)
        }
        lines.add("END:VEVENT")
    }

    /// By the clock of the zone, or in UTC when its clock shows that time twice: a reader would take the first one.
    private static func moment(_ moment: Int64, _ zone: Zone) -> String {
        let local = zone.civil(at: moment)
        guard zone.instant(of: local) == moment else { return ":" + CalendarLines.utc(moment) }
        return ";TZID=\(zone.name):\(CalendarLines.local(local))"
    }

    private static func name(_ party: Party) -> String {
        party.name.map { ";CN=\(CalendarLines.parameter($0))" } ?? ""
    }
}
