import Foundation
import TestKit
import TimeZones

/// What a wall clock shows, minute by minute, around one moment: slow and obvious, to hold the calculations against. It
/// knows offsets alone.
struct WallClock {
    static let minute: Int64 = 60_000_000

    /// Microseconds UTC of the first reading.
    let first: Int64
    /// Minutes since 1970 as the wall shows them, one for each minute that passes.
    let readings: [Int]
    /// The highest of them until each minute: where a reading is first come to is looked up in these.
    private let highest: [Int]

    /// From so many hours before the moment to so many after it. The moment is on a whole minute. The offset is asked for
    /// every quarter of an hour, and every minute of one in which it changes.
    init(_ zone: Zone, around moment: Int64, before: Int, after: Int) {
        first = moment - Int64(before) * 60 * Self.minute
        var readings: [Int] = []
        var highest: [Int] = []
        readings.reserveCapacity((before + after) * 60)
        highest.reserveCapacity((before + after) * 60)
        var top = Int.min
        var offset = zone.offset(at: first)
        for quarter in 0..<(before + after) * 4 {
            let begin = first + Int64(quarter * 15) * Self.minute
            let next = zone.offset(at: begin + 15 * Self.minute)
            for minute in 0..<Int64(15) {
                let instant = begin + minute * Self.minute
                let shown = offset == next ? offset : zone.offset(at: instant)
                let reading = Int((instant / 1_000_000 + Int64(shown)) / 60)
                if reading > top { top = reading }
                readings.append(reading)
                highest.append(top)
            }
            offset = next
        }
        self.readings = readings
        self.highest = highest
    }

    static func reading(_ local: CivilDateTime) -> Int {
        local.date.daysSinceEpoch * 1_440 + local.time.minutesOfDay
    }

    func instant(_ index: Int) -> Int64 { first + Int64(index) * Self.minute }

    /// The first minute at which the wall shows that reading or has jumped over it.
    func border(_ reading: Int) -> Int64? { arrival(at: reading).map(instant) }

    /// The index of that minute.
    private func arrival(at reading: Int) -> Int? {
        var low = 0
        var high = highest.count
        while low < high {
            let middle = (low + high) / 2
            if highest[middle] < reading { low = middle + 1 } else { high = middle }
        }
        return low < highest.count ? low : nil
    }

    /// The index of the first minute that shows the reading.
    private func showing(of reading: Int) -> Int? {
        guard let index = arrival(at: reading) else { return nil }
        return readings[index] == reading ? index : readings[index...].firstIndex(of: reading)
    }

    /// When the wall shows each reading.
    var showings: [Int: [Int64]] {
        Dictionary(grouping: readings.indices) { readings[$0] }.mapValues { $0.map(instant) }
    }

    /// The moment of a reading as points in time are counted: its first showing, or when it is skipped as far after the
    /// jump as it lies after the first reading that is skipped.
    func moment(_ reading: Int) -> Int64? {
        guard let index = arrival(at: reading) else { return nil }
        if let shown = showing(of: reading) { return instant(shown) }
        return index == 0 ? nil : instant(index) + Int64(reading - readings[index - 1] - 1) * Self.minute
    }

    /// The first minute that shows the reading; nil: it is skipped.
    func firstShowing(_ reading: Int) -> Int64? { showing(of: reading).map(instant) }
}

/// Ends a test at the first place where it does not hold: there are millions of them.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    static func unless(_ holds: Bool, _ place: @autoclosure () -> String) throws {
        if !holds { throw Wrong(description: place()) }
    }
}

/// The changes of clocks that the tests go through: those of every zone with THROUGHLINE_SLOW, else those of zones in
/// which clocks do something rare and of a few drawn from a seed.
struct ClockChanges {
    static let isSlow = Figures.isSlow
    /// 2000-01-01 to 2038-01-01.
    static let years: Range<Int64> = 946_684_800_000_000..<2_145_916_800_000_000
    static let seed =
        ProcessInfo.processInfo.environment["THROUGHLINE_SEED"].flatMap { UInt64($0) } ?? 20_261_122

    /// Half an hour, two hours, a day left out, daylight time in winter, jumps at midnight and a minute past it, jumps of
    /// the standard offset by half an hour, another rule than last year's.
    static let rare = [
        "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia", "Europe/Dublin", "Africa/Casablanca",
        "America/Sao_Paulo",
        "America/St_Johns", "America/Caracas", "Asia/Pyongyang", "Africa/Cairo", "America/Vancouver",
        "Antarctica/Casey",
    ]

    static func zones(_ database: TimeZoneDatabase, drawn: Int = 8) throws -> [Zone] {
        if isSlow { return try database.names.map { try database.zone($0) } }
        var draw = ScheduleDraw(state: seed)
        var names = rare
        while names.count < rare.count + drawn {
            let name = draw.pick(database.names)
            if !names.contains(name) { names.append(name) }
        }
        return try names.map { try database.zone($0) }
    }

    static func of(_ zone: Zone) -> [Zone.Transition] {
        zone.transitions(from: years.lowerBound, to: years.upperBound)
    }

    /// Its changes, and those that only other data know.
    static func moments(_ zone: Zone, beside other: TimeZoneDatabase) throws -> [Int64] {
        let others = of(try other.zone(zone.name))
        return Set((of(zone) + others).map(\.instant)).sorted()
    }
}

/// Whose word a test takes: the shipped tz database's, or that of one which is stale on purpose.
enum ZoneRelease: CaseIterable, Sendable {
    case shipped, stale

    /// Runs with it; the other one lies beside it.
    func with(_ body: (_ own: TimeZoneDatabase, _ other: TimeZoneDatabase) throws -> Void) throws {
        let shipped = try ScheduleWorld.database()
        try StaleZones.with { stale in
            let (own, other) = self == .shipped ? (shipped, stale) : (stale, shipped)
            try body(own, other)
        }
    }

    /// Those that a test goes through; of the stale release, without THROUGHLINE_SLOW, those that it changes.
    func zones(_ own: TimeZoneDatabase) throws -> [Zone] {
        if self == .shipped || ClockChanges.isSlow { return try ClockChanges.zones(own) }
        return try StaleZones.neighbours.keys.sorted().map { try own.zone($0) }
    }
}

/// The tz database as it was before a law that the shipped release knows: the old rules of places on the west coast and in
/// the middle of Canada were those of their neighbours.
struct StaleZones {
    static let version = "2025b"
    static let neighbours = [
        "America/Vancouver": "America/Los_Angeles", "America/Edmonton": "America/Denver",
        "America/Winnipeg": "America/Chicago",
    ]
    static let unchanged = ["America/Denver", "America/New_York", "America/Phoenix", "Europe/Madrid"]

    /// The folder is the caller's to remove.
    static func folder(from shipped: String) throws -> String {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "stale-zones-\(UUID().uuidString)")
        try files.copyItem(at: URL(filePath: shipped), to: folder)
        for (name, neighbour) in neighbours {
            try Data(contentsOf: URL(filePath: shipped).appending(path: neighbour))
                .write(to: folder.appending(path: name))
        }
        try Data("\(version)\n".utf8).write(to: folder.appending(path: "version"))
        return folder.path
    }

    /// Runs with such a database.
    static func with<Value>(_ body: (TimeZoneDatabase) throws -> Value) throws -> Value {
        let folder = try folder(from: ScheduleWorld.databaseFolder)
        defer {
            // What is left of it is in the folder for what is temporary.
            try? FileManager.default.removeItem(atPath: folder)
        }
        return try body(try TimeZoneDatabase(folder: folder))
    }

    /// The same for what waits.
    static func with<Value>(_ body: (TimeZoneDatabase) async throws -> Value) async throws -> Value {
        let folder = try folder(from: ScheduleWorld.databaseFolder)
        defer {
            // What is left of it is in the folder for what is temporary.
            try? FileManager.default.removeItem(atPath: folder)
        }
        return try await body(try TimeZoneDatabase(folder: folder))
    }
}
