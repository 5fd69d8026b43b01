import Foundation
import Testing
import TimeZones

/// A zone file without transitions: one type, UTC+0 `UTC`, and that footer.
func sampleTZif(footer: String) -> [UInt8] {
    func block() -> [UInt8] {
        var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        for count: UInt8 in [0, 0, 0, 0, 1, 4] {
            bytes += [0, 0, 0, count]
        }
        return bytes + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
    }
    return block() + block() + Array("\n\(footer)\n".utf8)
}

@Suite("Zone files")
struct TZifTests {
    private func file(_ name: String) throws -> [UInt8] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["THROUGHLINE_TZ"]
            ?? root.appending(path: ".assets/tz/zoneinfo").path
        return Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
    }

    @Test("a file cut short anywhere is refused", arguments: ["America/Denver", "Africa/Casablanca", "UTC"])
    func truncated(name: String) throws {
        _ = try shippedDatabase()
        let bytes = try file(name)
        _ = try Zone(name: name, tzif: bytes)
        for length in 0..<bytes.count {
            #expect(throws: TimeZoneError.self, "cut to \(length)") {
                try Zone(name: name, tzif: Array(bytes[..<length]))
            }
        }
    }

    @Test("a file that goes on after its footer, or is too long, is refused")
    func oversized() throws {
        let bytes = sampleTZif(footer: "UTC0")
        _ = try Zone(name: "Sample", tzif: bytes)
        #expect(throws: TimeZoneError.self) { try Zone(name: "Sample", tzif: bytes + [0]) }
        let long = bytes + [UInt8](repeating: 0, count: Zone.largestFile)
        #expect(throws: TimeZoneError.self) { try Zone(name: "Sample", tzif: long) }
    }

    @Test("a count that promises gigabytes is refused at once", arguments: 0..<12)
    func hugeCounts(count: Int) throws {
        var bytes = sampleTZif(footer: "UTC0")
        let place = count < 6 ? 20 + count * 4 : 54 + 20 + (count - 6) * 4
        for index in 0..<4 { bytes[place + index] = 0xFF }
        #expect(throws: TimeZoneError.self) { try Zone(name: "Sample", tzif: bytes) }
    }

    /// Most changes break a rule of the format and are thrown; one that leaves a lawful file must leave a zone that
    /// answers everything.
    @Test("files with random damage are refused or give a zone that answers, and never crash", arguments: 1...8)
    func mutations(seed: UInt64) throws {
        let database = try shippedDatabase()
        var random = Seeded(seed: seed)
        var refused = 0
        var taken = 0
        for _ in 0..<1_500 {
            let name = try #require(database.names.randomElement(using: &random))
            var bytes = try file(name)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                mutate(&bytes, using: &random)
            }
            do {
                exercise(try Zone(name: name, tzif: bytes), using: &random)
                taken += 1
            } catch {
                #expect(error.description.contains(name))
                refused += 1
            }
        }
        #expect(refused > 100 && taken > 0, "seed \(seed): \(refused) refused, \(taken) taken")
    }

    private func mutate(_ bytes: inout [UInt8], using random: inout Seeded) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 4: bytes.removeSubrange(place..<min(bytes.count, place + 40))
        case 5: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
        default:
            let tail = max(0, bytes.count - 40)
            bytes[Int.random(in: tail..<bytes.count, using: &random)] =
                Array("0123456789<>+-,./:MJ\n".utf8).randomElement(using: &random) ?? 0
        }
    }

    private func exercise(_ zone: Zone, using random: inout Seeded) {
        for _ in 0..<20 {
            let instant = Int64.random(in: -9_000_000_000_000_000...9_000_000_000_000_000, using: &random)
            #expect(abs(zone.offset(at: instant)) < 26 * 3_600)
            #expect(zone.abbreviation(at: instant).utf8.count >= 3)
            let shown = zone.civil(at: instant)
            let found = zone.instant(of: shown, gap: .boundary)
            #expect(zone.civil(at: found) == shown)
            _ = zone.startOfDay(shown.date)
            let transitions = zone.transitions(from: instant, to: instant + 100_000_000_000_000)
            for transition in transitions {
                let reading = zone.civil(at: transition.instant - 1)
                _ = zone.resolve(reading)
            }
        }
        _ = zone.civil(at: .min)
        _ = zone.civil(at: .max)
    }

    @Test(
        "a footer outside the grammar is refused",
        arguments: [
            "UTC", "U0", "UTC25", "UTC0:60", "<UTC0", "UTC0DST", "UTC0DST,M3.2.0", "UTC0DST,M13.2.0,M11.1.0",
            "UTC0DST,M3.6.0,M11.1.0", "UTC0DST,M3.2.7,M11.1.0", "UTC0DST,M3.2.0/168,M11.1.0", "UTC0DST,J0,J365",
            "UTC0DST,J366,J1", "UTC0DST,366,1", "UTC0DST,M3.2.0,M11.1.0,", "UTC0 ", ":UTC0", "UTC999999999999999999",
        ])
    func refusedFooters(footer: String) {
        #expect(throws: TimeZoneError.self) { try Zone(name: "Sample", tzif: sampleTZif(footer: footer)) }
    }

    @Test("rules by day number, odd hours and daylight time all year are understood")
    func footers() throws {
        func zone(_ footer: String) throws -> Zone { try Zone(name: "Sample", tzif: sampleTZif(footer: footer)) }
        // RFC 9636, section 3.3.1: five hours west, daylight time all year
        let always = try zone("EST5EDT,0/0,J365/25")
        #expect(always.transitions(from: try utc("2000-01-01T00:00"), to: try utc("2100-01-01T00:00")).isEmpty)
        #expect(always.offset(at: try utc("2026-01-01T04:30")) == -4 * 3_600)
        // 59, counted from zero, is 1 March or 29 February; J200 is 19 July every year.
        let numbered = try zone("AAA0BBB-1,59/3,J200/0")
        let changes = numbered.transitions(from: try utc("2027-01-01T00:00"), to: try utc("2029-01-01T00:00"))
        #expect(
            try changes.map(\.instant)
                == ["2027-03-01T03:00", "2027-07-18T23:00", "2028-02-29T03:00", "2028-07-18T23:00"].map(utc))
        // Saturday 23:00 is written as an hour before the last Sunday.
        let nuuk = try zone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")
        #expect(nuuk.offset(at: try utc("2026-03-29T00:59:59")) == -7_200)
        #expect(nuuk.offset(at: try utc("2026-03-29T01:00")) == -3_600)
    }

    @Test("without a footer the last type stays")
    func noFooter() throws {
        let zone = try Zone(name: "Sample", tzif: sampleTZif(footer: ""))
        #expect(zone.offset(at: try utc("2400-07-01T00:00")) == 0)
    }
}
