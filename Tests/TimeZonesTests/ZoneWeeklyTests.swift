import Testing
import TimeZones

@Suite("Weekly intervals")
struct ZoneWeeklyTests {
    let database: TimeZoneDatabase
    let denver: Zone

    init() throws {
        database = try shippedDatabase()
        denver = try database.zone("America/Denver")
    }

    private func weekly(
        _ weekdays: Set<Int>, _ from: String, _ to: String, _ start: String, _ end: String
    ) throws -> [WeeklyOccurrence] {
        denver.weekly(
            weekdays: weekdays, from: try day(from), to: try day(to), start: try clock(start), end: try clock(end))
    }

    @Test("opening hours keep their wall-clock times over a change, both days included")
    func openingHours() throws {
        let found = try weekly([1, 5], "2026-03-06", "2026-03-09", "08:00", "17:00")
        #expect(found.map(\.date.iso) == ["2026-03-06", "2026-03-09"])
        #expect(found.map(\.start) == [try utc("2026-03-06T15:00"), try utc("2026-03-09T14:00")])
        #expect(found.map(\.end) == [try utc("2026-03-07T00:00"), try utc("2026-03-09T23:00")])
    }

    @Test("the skipped hour is lost, and an interval within it does not take place")
    func gap() throws {
        func hours(_ start: String, _ end: String) throws -> [Double] {
            try weekly([7], "2026-03-08", "2026-03-08", start, end).map { Double($0.end - $0.start) / 3.6e9 }
        }
        #expect(try hours("00:00", "06:00") == [5])
        #expect(try hours("02:30", "03:30") == [0.5])
        #expect(try hours("01:30", "02:30") == [0.5])
        #expect(try hours("02:00", "03:00") == [])
        #expect(try hours("02:15", "02:45") == [])
    }

    @Test("an interval around the hour shown twice is an hour longer and in one piece")
    func overlap() throws {
        let found = try weekly([7], "2026-11-01", "2026-11-01", "00:00", "06:00")
        #expect(found.map(\.start) == [try utc("2026-11-01T06:00")])
        #expect(found.map(\.end) == [try utc("2026-11-01T13:00")])
    }

    @Test("an end at or before the start lies on the next day")
    func night() throws {
        let night = try weekly([6], "2026-03-02", "2026-03-08", "22:00", "06:00")
        #expect(night.map(\.date.iso) == ["2026-03-07"])
        #expect(night.map { $0.end - $0.start } == [7 * 3_600_000_000])
        let whole = try weekly([1], "2026-06-01", "2026-06-07", "00:00", "00:00")
        #expect(whole.map { $0.end - $0.start } == [24 * 3_600_000_000])
    }

    @Test("no weekday, or an end of the range before its start, gives nothing")
    func nothing() throws {
        #expect(try weekly([], "2026-03-01", "2026-03-31", "08:00", "17:00").isEmpty)
        #expect(try weekly([1, 2, 3, 4, 5, 6, 7], "2026-03-31", "2026-03-01", "08:00", "17:00").isEmpty)
    }

    @Test("whole days follow each other without a hole or a doubled instant, in every zone, 2005–2015")
    func partition() throws {
        let (first, last) = (try day("2005-01-01"), try day("2015-12-31"))
        var wrong: [String] = []
        for name in database.names {
            let zone = try database.zone(name)
            let days = zone.weekly(weekdays: Set(1...7), from: first, to: last, start: .midnight, end: .midnight)
            if days.first?.start != zone.startOfDay(first) || days.last?.end != zone.startOfDay(last.adding(days: 1)) {
                wrong.append(name)
            }
            for (one, next) in zip(days, days.dropFirst()) where one.end != next.start {
                wrong.append("\(name) \(one.date.iso)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }
}
