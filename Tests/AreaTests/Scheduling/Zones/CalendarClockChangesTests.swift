import ConversationsAPI
import Scheduling
import Testing
import TimeZones

/// Calendar files round the changes of clocks, read back by a reader that knows nothing but the file: every zone, and
/// every change from 2000 to 2037 with THROUGHLINE_SLOW, else all of the zones in which clocks do something rare and
/// some of each other, drawn from a seed. By our data, and by stale ones: all changes of the zones of which they say
/// something else.
@Suite("Calendar files at the changes of clocks")
struct CalendarClockChangesTests {
    private static let hour: Int64 = 3_600_000_000
    private static let drawn = 2

    private static func event(_ start: Int64, _ zone: Zone) -> ICalendar.Event {
        ICalendar.Event(
            uid: "\(start)@throughline", sequence: 0, stamp: 0, start: start, end: start + hour / 2, zone: zone,
            summary: "Visit")
    }

    private static func wall(_ zone: Zone, _ instant: Int64) -> Int64 {
        let local = zone.civil(at: instant)
        return Int64(local.date.daysSinceEpoch) * 86_400 + Int64(local.time.minutesOfDay) * 60
            + Int64(local.time.second)
    }

    /// Writes visits an hour before, at and an hour after a moment, each as an invitation and all as a feed, and reads
    /// them.
    private static func check(_ zone: Zone, around moment: Int64) throws {
        let starts = [moment - hour, moment, moment + hour]
        let events = starts.map { event($0, zone) }
        var files = events.map { (ICalendar(.request, [$0]), [$0.start]) }
        files.append((ICalendar(.publish, name: "Visits", refreshMinutes: 60, events), starts))
        for (calendar, starts) in files {
            let file = try CalendarReader(calendar.text)
            let place = "\(zone.name) at \(moment / 1_000_000)"
            try Wrong.unless(file.events.map(\.start) == starts.map { $0 / 1_000_000 }, "starts: \(place)")
            try Wrong.unless(
                file.events.map(\.end) == starts.map { ($0 + hour / 2) / 1_000_000 }, "ends: \(place)")
            for start in starts {
                for instant in [start - 1_000_000, start, start + hour / 2] {
                    let shown = try file.wall(zone.name, at: instant / 1_000_000)
                    try Wrong.unless(shown == wall(zone, instant), "clock: \(place)")
                }
            }
            // A time that the clock shows once is told by the clock.
            for (event, start) in zip(file.events, starts) {
                let isFirst = zone.instant(of: zone.civil(at: start)) == start
                try Wrong.unless(event.zone == (isFirst ? zone.name : nil), "by which clock: \(place)")
            }
        }
    }

    private static func moments(
        _ zone: Zone, beside other: TimeZoneDatabase, _ draw: inout ScheduleDraw
    ) throws -> [Int64] {
        let all = try ClockChanges.moments(zone, beside: other)
        // A zone whose clocks never change is asked once.
        if all.isEmpty { return [ClockChanges.years.lowerBound] }
        let isWhole = ClockChanges.rare.contains(zone.name) || StaleZones.neighbours[zone.name] != nil
        if ClockChanges.isSlow || isWhole || all.count <= drawn { return all }
        return (0..<drawn).map { _ in draw.pick(all) }
    }

    @Test(
        "every zone: a visit round a change of its clocks is read from its file as the very moment that was meant",
        arguments: ZoneRelease.allCases)
    func everyZone(_ release: ZoneRelease) throws {
        var draw = ScheduleDraw(state: ClockChanges.seed)
        var checked = 0
        var zones: [Zone] = []
        try release.with { database, other in
            let isEvery = release == .shipped || ClockChanges.isSlow
            zones = try isEvery ? database.names.map { try database.zone($0) } : release.zones(database)
            for zone in zones {
                for moment in try Self.moments(zone, beside: other, &draw) {
                    do {
                        try Self.check(zone, around: moment)
                    } catch let wrong as Wrong {
                        throw Wrong(description: "\(wrong.description), seed \(ClockChanges.seed)")
                    }
                    checked += 1
                }
            }
        }
        #expect(checked > zones.count + (release == .shipped ? 300 : 200))
    }

    @Test("the file says what its own data say, also where another release of the tz database says otherwise")
    func stale() throws {
        let shipped = try ScheduleWorld.database()
        try StaleZones.with { stale in
            for name in StaleZones.neighbours.keys.sorted() {
                let ours = try shipped.zone(name), theirs = try stale.zone(name)
                var apart = 0
                for zone in [ours, theirs] {
                    for change in ClockChanges.of(zone) {
                        try Self.check(zone, around: change.instant)
                        // Whoever reads our file at this moment with the other data beside it still sees our clock.
                        let other = zone == ours ? theirs : ours
                        if Self.wall(other, change.instant) != Self.wall(zone, change.instant) { apart += 1 }
                    }
                }
                #expect(apart > 0, "\(name): the two never disagree")
            }
        }
    }
}
