import Testing
import TimeZones

/// Repeats in Swift what the script in `PythonZoneinfo.swift` did with Python's own reader of the same files: for each
/// zone 400 instants of 1900–2199, and each 55th minute of two years, read as local time both ways.
@Suite("Judged by Python's zoneinfo")
struct PythonZoneinfoTests {
    private let words = PythonZoneinfo.hashes.split(whereSeparator: \.isWhitespace).map(String.init)

    @Test("the judgement is of the shipped release and of each of its zones")
    func complete() throws {
        let database = try shippedDatabase()
        #expect(database.version == PythonZoneinfo.version, "make PythonZoneinfo.swift anew for this release")
        #expect(stride(from: 0, to: words.count, by: 2).map { words[$0] }.sorted() == database.names)
    }

    @Test("offsets, names, gaps and overlaps of every zone are the same", arguments: 0..<4)
    func same(part: Int) throws {
        let database = try shippedDatabase()
        var judged = 0
        for index in stride(from: part * 2, to: words.count, by: 8) {
            let hash = try hash(of: try database.zone(words[index]))
            #expect(String(hash, radix: 16) == words[index + 1].drop { $0 == "0" }, "\(words[index])")
            judged += 1
        }
        #expect(judged > 140)
    }

    private func hash(of zone: Zone) throws -> UInt64 {
        var seed = Hash(value: 14_695_981_039_346_656_037)
        for byte in zone.name.utf8 { seed.fold(Int(byte)) }
        var hash = seed
        var state = seed.value
        for _ in 0..<400 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let instant = (Int64((state >> 16) % 9_467_107_200) - 2_208_988_800) * 1_000_000
            hash.fold(zone.offset(at: instant))
            for byte in zone.abbreviation(at: instant).utf8 { hash.fold(Int(byte)) }
        }
        for year in [2_000 + Int(seed.value % 38), 2_038 + Int(seed.value % 62)] {
            let first = try #require(CivilDate(year: year, month: 1, day: 1)).daysSinceEpoch
            for minute in stride(from: 0, to: 365 * 1_440, by: 55) {
                let time = try #require(CivilTime(secondsOfDay: minute % 1_440 * 60))
                let days = first + minute / 1_440
                let reading = CivilDateTime(date: CivilDate(daysSinceEpoch: days), time: time)
                let shown = Int64(days * 86_400 + time.secondsOfDay)
                // PEP 495: fold 0 reads a gap by the offset before it, fold 1 by the one after it.
                hash.fold(Int(shown - zone.instant(of: reading) / 1_000_000))
                hash.fold(Int(shown - zone.instant(of: reading, gap: .before, overlap: .later) / 1_000_000))
            }
        }
        return hash.value
    }
}

private struct Hash {
    var value: UInt64

    mutating func fold(_ number: Int) {
        value = (value ^ UInt64(bitPattern: Int64(number))) &* 1_099_511_628_211
    }
}
