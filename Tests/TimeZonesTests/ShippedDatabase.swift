import Foundation
import Testing
import TimeZones

/// The tz database that bin/setup fetched, or the one THROUGHLINE_TZ names. Absent, the test fails and says so.
func shippedDatabase() throws -> TimeZoneDatabase {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let folder =
        ProcessInfo.processInfo.environment["THROUGHLINE_TZ"]
        ?? root.appending(path: ".assets/tz/zoneinfo").path
    do {
        return try TimeZoneDatabase(folder: folder)
    } catch {
        Issue.record("The tz database is missing: run bin/setup, or set THROUGHLINE_TZ. \(error)")
        throw error
    }
}

/// Microseconds of a reading of a clock set to UTC.
func utc(_ iso: String) throws -> Int64 {
    let local = try #require(CivilDateTime(iso: iso))
    return Int64(local.date.daysSinceEpoch * 86_400 + local.time.secondsOfDay) * 1_000_000
}

func local(_ iso: String) throws -> CivilDateTime {
    try #require(CivilDateTime(iso: iso))
}

func day(_ iso: String) throws -> CivilDate {
    try #require(CivilDate(iso: iso))
}

func clock(_ hhmm: String) throws -> CivilTime {
    try #require(CivilTime(hhmm: hhmm))
}

/// SplitMix64, so that a failing run can be repeated from its seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
