import Testing
import TimeZones

@Suite("What a wall-clock reading means")
struct ZoneResolutionTests {
    let database: TimeZoneDatabase

    init() throws {
        database = try shippedDatabase()
    }

    @Test("a reading that was skipped lies before or after the gap, or at its border, as asked")
    func gap() throws {
        let zone = try database.zone("America/Denver")
        let reading = try local("2026-03-08T02:30")
        let before = try utc("2026-03-08T08:30")
        let after = try utc("2026-03-08T09:30")
        #expect(zone.resolve(reading) == .gap(before: before, after: after))
        #expect(zone.instant(of: reading) == after)
        #expect(zone.instant(of: reading, gap: .before) == before)
        #expect(zone.instant(of: reading, gap: .boundary) == (try utc("2026-03-08T09:00")))
        #expect(zone.civil(at: before).iso == "2026-03-08T01:30")
        #expect(zone.civil(at: after).iso == "2026-03-08T03:30")
    }

    @Test("a reading shown twice is the earlier or the later showing, as asked")
    func overlap() throws {
        let zone = try database.zone("America/Denver")
        let reading = try local("2026-11-01T01:30")
        let earlier = try utc("2026-11-01T07:30")
        let later = try utc("2026-11-01T08:30")
        #expect(zone.resolve(reading) == .overlap(earlier: earlier, later: later))
        #expect(zone.instant(of: reading) == earlier)
        #expect(zone.instant(of: reading, overlap: .later) == later)
    }

    @Test(
        "a day starts at its first instant, though midnight be skipped, shown twice, or the whole day left out",
        arguments: [
            ("America/Denver", "2026-03-08", "2026-03-08T07:00"),
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),  // 00:00 → 01:00
            ("America/St_Johns", "2006-10-29", "2006-10-29T02:30"),  // 00:01 → 23:01
            ("America/Havana", "2025-11-02", "2025-11-02T04:00"),  // 01:00 → 00:00
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),  // left out
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
            ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15"),
        ])
    func startOfDay(name: String, date: String, instant: String) throws {
        #expect(try database.zone(name).startOfDay(try day(date)) == (try utc(instant)))
    }

    /// Every zone, every change of its clocks 2000–2037. Failures are collected, as millions of `#expect` are slow.
    @Test("every change of every zone 2000–2037: round trip, gap and overlap are exact to the second")
    func everyTransition() throws {
        var changes = 0
        var wrong: [String] = []
        for name in database.names {
            let zone = try database.zone(name)
            let found = zone.transitions(from: try utc("2000-01-01T00:00"), to: try utc("2038-01-01T00:00"))
            changes += found.count
            for transition in found {
                wrong += unequal(around: transition, in: zone)
            }
        }
        #expect(database.names.count > 590)
        #expect(changes > 10_000)
        #expect(wrong.isEmpty, "\(wrong.count) wrong, such as \(wrong.prefix(5))")
    }

    private func unequal(around transition: Zone.Transition, in zone: Zone) -> [String] {
        let second: Int64 = 1_000_000
        let at = transition.instant
        var wrong: [String] = []
        func check(_ holds: Bool, _ what: String) {
            if !holds { wrong.append("\(zone.name) at \(at): \(what)") }
        }
        check(zone.offset(at: at - 1) == transition.offsetBefore, "offset before")
        check(zone.offset(at: at) == transition.offsetAfter, "offset after")
        let steps: [Int64] = [-90_000, -7_200, -3_600, -1_800, -1, 0, 1, 1_799, 1_800, 3_599, 3_600, 7_200, 90_000]
        for step in steps {
            let instant = at + step * second
            let shown = zone.resolve(zone.civil(at: instant))
            switch shown {
            case .unique(let only): check(only == instant, "round trip \(step)")
            case .overlap(let earlier, let later):
                check(earlier < later && (earlier == instant || later == instant), "round trip \(step)")
            case .gap: check(false, "a shown reading is called skipped, \(step)")
            }
        }
        // The readings between the last one before and the first one after, as though a UTC clock showed them.
        let before = at + Int64(transition.offsetBefore) * second
        let after = at + Int64(transition.offsetAfter) * second
        let (low, high) = (min(before, after), max(before, after))
        for reading in [low, (low + high) / 2 / second * second, high - second] {
            let (one, other) = (at + reading - before, at + reading - after)
            let expected: Zone.Resolution =
                before < after ? .gap(before: other, after: one) : .overlap(earlier: one, later: other)
            check(zone.resolve(zoneless(reading)) == expected, "jumped reading \(reading)")
        }
        for reading in [low - second, high] {
            if case .unique = zone.resolve(zoneless(reading)) { continue }
            check(false, "reading \(reading) beside the jump is not unique")
        }
        return wrong
    }

    private func zoneless(_ micros: Int64) -> CivilDateTime {
        let seconds = Int(micros / 1_000_000)
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        guard let time = CivilTime(secondsOfDay: seconds - days * 86_400) else {
            preconditionFailure("no time of day in \(micros)")
        }
        return CivilDateTime(date: CivilDate(daysSinceEpoch: days), time: time)
    }

    @Test("the start of each day around every change 2000–2037 is the first instant of that day")
    func everyStartOfDay() throws {
        var wrong: [String] = []
        for name in database.names {
            let zone = try database.zone(name)
            for change in zone.transitions(from: try utc("2000-01-01T00:00"), to: try utc("2038-01-01T00:00")) {
                let date = zone.civil(at: change.instant - 1).date
                for date in [date, date.adding(days: 1), date.adding(days: 2)] {
                    let start = zone.startOfDay(date)
                    let midnight = CivilDateTime(date: date, time: .midnight)
                    let reached = zone.civil(at: start) >= midnight
                    let sooner = stride(from: start - 1, to: start - 26 * 3_600_000_000, by: -1_800_000_000)
                    if !reached || sooner.contains(where: { zone.civil(at: $0) >= midnight }) {
                        wrong.append("\(name) \(date.iso)")
                    }
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong, such as \(wrong.prefix(5))")
    }
}
