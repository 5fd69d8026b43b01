import Testing
import TimeZones

@Suite("Zones")
struct ZoneTests {
    let database: TimeZoneDatabase

    init() throws {
        database = try shippedDatabase()
    }

    @Test("Vancouver stays at seven hours behind in December 2026, as its province decided")
    func vancouver() throws {
        let zone = try database.zone("America/Vancouver")
        for date in ["2026-11-15", "2026-12-01", "2026-12-31", "2027-01-15"] {
            #expect(zone.offset(at: try utc("\(date)T20:00")) == -7 * 3_600)
            #expect(zone.civil(at: try utc("\(date)T20:00")).iso == "\(date)T13:00")
        }
        #expect(zone.offset(at: try utc("2025-12-01T20:00")) == -8 * 3_600)
    }

    @Test("Denver's clocks have their offset and name on both sides of a change, also centuries on")
    func denver() throws {
        let zone = try database.zone("America/Denver")
        #expect(zone.offset(at: try utc("2026-03-08T08:59:59")) == -25_200)
        #expect(zone.abbreviation(at: try utc("2026-03-08T08:59:59")) == "MST")
        #expect(zone.offset(at: try utc("2026-03-08T09:00")) == -21_600)
        #expect(zone.abbreviation(at: try utc("2026-03-08T09:00")) == "MDT")
        #expect(zone.abbreviation(at: try utc("2500-07-01T00:00")) == "MDT")
        #expect(zone.abbreviation(at: try utc("2500-12-01T00:00")) == "MST")
        #expect(zone.abbreviation(at: try utc("1880-01-01T00:00")) == "LMT")
    }

    @Test("an instant a microsecond before a change still has the old offset, before 1970 too")
    func microseconds() throws {
        let zone = try database.zone("America/Denver")
        let spring = try utc("2026-03-08T09:00")
        #expect(zone.offset(at: spring - 1) == -25_200)
        #expect(zone.civil(at: spring - 1).iso == "2026-03-08T01:59:59")
        #expect(try database.zone("UTC").civil(at: -1).iso == "1969-12-31T23:59:59")
    }

    @Test("transitions are those of the half-open interval, with both offsets")
    func transitions() throws {
        let zone = try database.zone("America/Denver")
        let spring = try utc("2026-03-08T09:00")
        let autumn = try utc("2026-11-01T08:00")
        let found = zone.transitions(from: spring, to: autumn)
        #expect(found.map(\.instant) == [spring])
        #expect(found.first?.offsetBefore == -25_200)
        #expect(found.first?.offsetAfter == -21_600)
        #expect(zone.transitions(from: spring + 1, to: autumn + 1).map(\.instant) == [autumn])
        #expect(zone.transitions(from: autumn, to: spring).isEmpty)
        #expect(zone.transitions(from: try utc("2400-01-01T00:00"), to: try utc("2500-01-01T00:00")).count == 200)
        #expect(try database.zone("America/Phoenix").transitions(from: spring, to: autumn).isEmpty)
    }

    @Test("the first and last instants an Int64 can name have an answer in every zone")
    func extremes() throws {
        for name in database.names {
            let zone = try database.zone(name)
            for instant in [Int64.min, Int64.min + 1, -1, 0, Int64.max - 1, Int64.max] {
                let civil = zone.civil(at: instant)
                #expect(abs(civil.date.year) < 300_000)
                _ = zone.instant(of: civil)
            }
        }
    }
}
