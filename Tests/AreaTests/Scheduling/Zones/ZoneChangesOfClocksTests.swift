import Foundation
import Kernel
import Scheduling
import StudioAPI
import TestKit
import Testing
import TimeZones

/// Every zone at every change of its clocks from 2000 to 2037, with THROUGHLINE_SLOW; otherwise some zones, at all of
/// theirs: by our data, and by stale ones where they say something else. What is calculated is held against a wall clock
/// that is read minute by minute.
@Suite("Changes of clocks")
struct ZoneChangesOfClocksTests {
    @Test(
        "a wall-clock reading leads to the moments at which the wall shows it, and back",
        arguments: ZoneRelease.allCases)
    func roundTrip(_ release: ZoneRelease) throws {
        try release.with { database, _ in
            let zones = try release.zones(database)
            try checkReadings(of: zones, least: release == .shipped ? 10_000 : 5_000)
            if release == .stale { return }
            let changes = zones.reduce(0) { $0 + ClockChanges.of($1).count }
            Figures.add("changes of clocks", Double(changes), "changes", ["zones": String(zones.count)])
        }
    }

    /// `least`: so many readings are skipped, and as many come twice.
    private func checkReadings(of zones: [Zone], least: Int) throws {
        var gaps = 0
        var overlaps = 0
        for zone in zones {
            for change in ClockChanges.of(zone) {
                try Wrong.unless(change.instant % WallClock.minute == 0, "\(zone.name) jumps between two minutes")
                let clock = WallClock(zone, around: change.instant, before: 6, after: 6)
                let showings = clock.showings
                let (old, new) = Self.readings(of: change)
                for reading in (min(old, new) - 61)..<(max(old, new) + 61) {
                    let local = try #require(Self.local(reading))
                    var place: String { "\(zone.name) \(local.iso)" }
                    switch (zone.resolve(local), showings[reading] ?? []) {
                    case (.unique(let instant), let shown): try Wrong.unless(shown == [instant], place)
                    case (.overlap(let earlier, let later), let shown):
                        overlaps += 1
                        try Wrong.unless(shown == [earlier, later], place)
                    case (.gap(let before, let after), let shown):
                        gaps += 1
                        try Wrong.unless(shown.isEmpty, place)
                        let jump = Int64(abs(change.offsetAfter - change.offsetBefore)) * 1_000_000
                        try Wrong.unless(after - before == jump, place)
                    }
                    try Wrong.unless(zone.instant(of: local) == clock.moment(reading), place)
                    try Wrong.unless(zone.firstInstant(atOrAfter: local) == clock.border(reading), place)
                    for instant in showings[reading] ?? [] {
                        try Wrong.unless(zone.civil(at: instant) == local, place)
                    }
                }
            }
        }
        #expect(gaps > least && overlaps > least)
    }

    @Test(
        "a day begins when the wall first shows it and ends when the next begins, however long it is",
        arguments: ZoneRelease.allCases)
    func days(_ release: ZoneRelease) throws {
        var lengths: Set<Int64> = []
        try release.with { database, other in
            for zone in try release.zones(database) {
                let moments = try ClockChanges.moments(zone, beside: other)
                lengths.formUnion(try Self.lengths(zone, around: moments))
            }
        }
        // 23 hours, a usual day and 25; with ours a day left out, 23½, 24½, and Antarctica's two hours.
        let rare: Set<Int64> = release == .shipped ? [0, 1_410, 1_470, 1_320, 1_560] : []
        #expect(lengths.isSuperset(of: rare.union([1_380, 1_440, 1_500])), "\(lengths.sorted())")
    }

    /// The lengths of the days round some moments, in minutes, held against the wall clock.
    private static func lengths(_ zone: Zone, around moments: [Int64]) throws -> Set<Int64> {
        var lengths: Set<Int64> = []
        let every = Set(1...7)
        let times = try ["08:00", "17:00", "22:00", "06:00"].map { try #require(CivilTime(hhmm: $0)) }
        for moment in moments {
            let clock = WallClock(zone, around: moment, before: 60, after: 80)
            for date in days(around: moment, zone) {
                var place: String { "\(zone.name) \(date.iso)" }
                let begin = zone.startOfDay(date)
                let end = zone.startOfDay(date.adding(days: 1))
                let midnight = date.daysSinceEpoch * 1_440
                try Wrong.unless(begin == clock.border(midnight), place)
                try Wrong.unless(end == clock.border(midnight + 1_440), place)
                lengths.insert((end - begin) / WallClock.minute)
                // Hours of an office by day and by night.
                for (from, to, next) in [(times[0], times[1], 0), (times[2], times[3], 1_440)] {
                    let opens = try #require(clock.border(midnight + from.minutesOfDay))
                    let closes = try #require(clock.border(midnight + next + to.minutesOfDay))
                    let found = zone.weekly(weekdays: every, from: date, to: date, start: from, end: to)
                    let expected = opens == closes ? [] : [TimeSpan(start: opens, end: closes)]
                    try Wrong.unless(found.map { TimeSpan(start: $0.start, end: $0.end) } == expected, place)
                }
            }
        }
        return lengths
    }

    @Test(
        "reminders come at ten in the morning by the reader's clock, on the days that the plan says",
        arguments: ZoneRelease.allCases)
    func reminders(_ release: ZoneRelease) throws {
        var planned = 0
        try release.with { database, other in
            let far = try database.zone("Etc/GMT+5")
            for zone in try release.zones(database) {
                for moment in try ClockChanges.moments(zone, beside: other) {
                    planned += try Self.planned(zone, far, around: moment)
                }
            }
        }
        #expect(planned > (release == .shipped ? 5_000 : 2_000))
    }

    /// Holds the reminders of visits after a moment against the wall clock of their reader; how many they are.
    private static func planned(_ zone: Zone, _ far: Zone, around moment: Int64) throws -> Int {
        let clock = WallClock(zone, around: moment, before: 150, after: 150)
        let days = ReminderPlanDefinition.builtIn.reminders.map(\.daysBefore)
        var planned = 0
        for (place, hours) in [(zone, 2), (zone, 14), (zone, 31), (zone, 50), (zone, 86), (far, 20), (far, 80)] {
            let start = moment + Int64(hours) * 3_600_000_000
            let now = Instant(microseconds: start - 20 * 86_400_000_000)
            let found = ReminderRules.plan(.builtIn, start: start, place: place, reader: zone, now: now)
            let today = place.civil(at: start).date.daysSinceEpoch
            let expected = try days.map { try #require(clock.moment((today - $0) * 1_440 + 600)) }
                .filter { $0 < start }
            try Wrong.unless(found.map(\.due.microseconds) == expected, "\(zone.name) \(moment) \(hours)")
            planned += found.count
        }
        return planned
    }

    // MARK: What is where

    /// What the wall shows when it stops, and when it goes on.
    static func readings(of change: Zone.Transition) -> (old: Int, new: Int) {
        let second = change.instant / 1_000_000
        return (
            Int(second + Int64(change.offsetBefore)) / 60, Int(second + Int64(change.offsetAfter)) / 60
        )
    }

    static func local(_ reading: Int) -> CivilDateTime? {
        CivilTime(secondsOfDay: reading % 1_440 * 60).map {
            CivilDateTime(date: CivilDate(daysSinceEpoch: reading / 1_440), time: $0)
        }
    }

    /// The day on which the clocks change, with the one before and two after it.
    static func days(around moment: Int64, _ zone: Zone) -> [CivilDate] {
        let date = zone.civil(at: moment - WallClock.minute).date
        return (-1...2).map { date.adding(days: $0) }
    }
}
