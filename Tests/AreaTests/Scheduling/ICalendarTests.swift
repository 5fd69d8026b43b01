import ConversationsAPI
import Scheduling
import Testing
import TimeZones

@Suite("Calendar files")
struct ICalendarTests {
    private static func event(_ start: Int64, _ zone: Zone, summary: String = "Visit") -> ICalendar.Event {
        ICalendar.Event(
            uid: "one@throughline", sequence: 0, stamp: 0, start: start, end: start + 1_800_000_000, zone: zone,
            summary: summary)
    }

    private static func lines(_ calendar: ICalendar) -> [String] {
        calendar.text.split(separator: "\r\n").map(String.init)
    }

    @Test("lines end with CR LF, are at most 75 octets long, and unfold to what was written")
    func folding() throws {
        let zone = try ScheduleWorld.database().zone("America/Denver")
        let words = String(repeating: "María’s clínica; 8, \\ ", count: 12)
        let text = ICalendar(.publish, [Self.event(1_780_000_000_000_000, zone, summary: words)]).text
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            #expect(line.utf8.count <= 75)
            #expect(!line.contains("\n") && !line.contains("\r"))
        }
        let escaped = words.replacing("\\", with: "\\\\").replacing(";", with: "\\;").replacing(",", with: "\\,")
        #expect(text.replacing("\r\n ", with: "").contains("SUMMARY:" + escaped + "\r\n"))
    }

    @Test("nothing in a text can begin a line of its own")
    func injection() throws {
        let zone = try ScheduleWorld.database().zone("America/Denver")
        var event = Self.event(1_780_000_000_000_000, zone, summary: "Visit\r\nATTENDEE:mailto:eve@evil.example\u{7}")
        event.organizer = .init(name: "A\"\r\nX-EVIL:1", address: "front@clinic.example")
        let lines = Self.lines(ICalendar(.request, [event]))
        #expect(!lines.contains { $0.hasPrefix("ATTENDEE") || $0.hasPrefix("X-EVIL") })
        #expect(lines.contains("SUMMARY:Visit\\nATTENDEE:mailto:eve@evil.example"))
    }

    @Test("a time that the clock shows twice stands in UTC, every other by the clock of its place")
    func twice() throws {
        let zone = try ScheduleWorld.database().zone("America/Denver")
        // Clocks go back on 1 November 2026 at 2:00: 1:30 is there twice.
        let first = zone.instant(of: try #require(CivilDateTime(iso: "2026-11-01T01:30")))
        let again = first + 3_600_000_000
        #expect(zone.civil(at: again) == zone.civil(at: first))
        let one = Self.lines(ICalendar(.publish, [Self.event(first, zone)]))
        #expect(one.contains("DTSTART;TZID=America/Denver:20261101T013000"))
        let two = Self.lines(ICalendar(.publish, [Self.event(again, zone)]))
        #expect(two.contains("DTSTART:20261101T083000Z"))
    }

    @Test("every zone: each change of the clocks round a visit stands in its file, by the clock it ended")
    func everyZone() throws {
        let zones = try ScheduleWorld.database()
        for name in zones.names {
            let zone = try zones.zone(name)
            let start: Int64 = 1_780_000_000_000_000
            let lines = Self.lines(ICalendar(.publish, [Self.event(start, zone)]))
            let year: Int64 = 366 * 86_400_000_000
            let changes = zone.transitions(from: start - year, to: start + 1_800_000_000 + year)
            #expect(lines.count { $0 == "BEGIN:STANDARD" || $0 == "BEGIN:DAYLIGHT" } == changes.count + 1, "\(name)")
            for change in changes {
                let local = zone.civil(at: change.instant - 1_000_000).date
                let day = local.iso.replacing("-", with: "")
                #expect(
                    lines.contains {
                        $0.hasPrefix("DTSTART:" + day) || $0.hasPrefix("DTSTART:") && $0.hasSuffix("T000000")
                    },
                    "\(name)")
            }
            #expect(lines.contains("TZID:" + name) || name.utf8.count > 70, "\(name)")
        }
    }
}
