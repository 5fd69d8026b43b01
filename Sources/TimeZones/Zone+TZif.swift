// Reading a compiled zone file: TZif as RFC 9636 describes it, versions 2 and later. The first block, which has 32-bit
// times for readers of version 1, is checked for length and skipped.

extension Zone {
    /// The largest file taken. Those of release 2026f are below 4 KiB.
    package static let largestFile = 128 * 1_024

    /// Reads a zone file. Whatever breaks RFC 9636 is refused with its place; files that count leap seconds are, too,
    /// as instants here are POSIX time.
    package init(name: String, tzif bytes: [UInt8]) throws(TimeZoneError) {
        guard bytes.count <= Zone.largestFile else {
            throw .malformed(zone: name, reason: "longer than \(Zone.largestFile) bytes", byte: Zone.largestFile)
        }
        var reader = TZifReader(zone: name, bytes: bytes)
        let old = try reader.header()
        try reader.skip(old.length(timeSize: 4), "the version 1 block")
        let header = try reader.header()
        try reader.check(header.leapCount == 0, "it counts leap seconds")
        self.name = name
        starts = try reader.transitionTimes(header.timeCount)
        startTypes = try reader.typeIndexes(header.timeCount, typeCount: header.typeCount)
        types = try reader.types(header)
        try reader.indicators(header)
        footer = try reader.footer()
        try reader.check(reader.isAtEnd, "something follows the footer")
        if let footer, let start = starts.last, let type = startTypes.last {
            let agrees = footer.type(atSecond: start).offset == types[Int(type)].offset
            try reader.check(agrees, "the footer contradicts the last transition")
        }
    }
}

private struct TZifHeader {
    let utcCount, standardCount, leapCount, timeCount, typeCount, characterCount: Int

    /// Of the data block that follows the header; cannot overflow, as each count is below 2³².
    func length(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4)
            + standardCount + utcCount
    }
}

private struct TZifReader {
    let zone: String
    let bytes: [UInt8]
    private(set) var position = 0

    init(zone: String, bytes: [UInt8]) {
        self.zone = zone
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    func check(_ holds: Bool, _ reason: String) throws(TimeZoneError) {
        guard holds else { throw .malformed(zone: zone, reason: reason, byte: position) }
    }

    mutating func skip(_ count: Int, _ what: String) throws(TimeZoneError) {
        _ = try take(count, what)
    }

    private mutating func take(_ count: Int, _ what: String) throws(TimeZoneError) -> ArraySlice<UInt8> {
        try check(count <= bytes.count - position, "it ends within \(what)")
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func integer<T: FixedWidthInteger>(_ type: T.Type, _ what: String) throws(TimeZoneError) -> T {
        try take(T.bitWidth / 8, what).reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    mutating func header() throws(TimeZoneError) -> TZifHeader {
        let magic = try take(4, "the magic number")
        try check(magic.elementsEqual("TZif".utf8), "it does not begin with TZif")
        let version = try integer(UInt8.self, "the version")
        try check(version >= UInt8(ascii: "2") && version <= UInt8(ascii: "9"), "its version is not 2 or later")
        try skip(15, "the header")
        var counts: [Int] = []
        for _ in 0..<6 {
            counts.append(Int(try integer(UInt32.self, "the header")))
        }
        let header = TZifHeader(
            utcCount: counts[0], standardCount: counts[1], leapCount: counts[2],
            timeCount: counts[3], typeCount: counts[4], characterCount: counts[5])
        try check((1...256).contains(header.typeCount), "the number of local time types is not 1…256")
        try check(header.characterCount > 0, "it has no abbreviations")
        try check([0, header.typeCount].contains(header.utcCount), "wrong number of UT indicators")
        try check([0, header.typeCount].contains(header.standardCount), "wrong number of standard indicators")
        return header
    }

    mutating func transitionTimes(_ count: Int) throws(TimeZoneError) -> [Int64] {
        try check(count <= (bytes.count - position) / 8, "it ends within the transition times")
        var times: [Int64] = []
        times.reserveCapacity(count)
        // RFC 9636, section 3.2: times should not be before −2⁵⁹; bounding both sides keeps sums within Int64.
        let allowed = -(Int64(1) << 59)...(Int64(1) << 59)
        for _ in 0..<count {
            let time = try integer(Int64.self, "the transition times")
            try check(allowed.contains(time), "a transition time is out of range")
            if let last = times.last {
                try check(time > last, "transition times do not ascend")
            }
            times.append(time)
        }
        return times
    }

    mutating func typeIndexes(_ count: Int, typeCount: Int) throws(TimeZoneError) -> [UInt8] {
        let indexes = try take(count, "the transition types")
        try check(indexes.allSatisfy { Int($0) < typeCount }, "a transition has an unknown local time type")
        return Array(indexes)
    }

    mutating func types(_ header: TZifHeader) throws(TimeZoneError) -> [LocalTimeType] {
        var records: [(offset: Int, isDaylight: Bool, name: Int)] = []
        for _ in 0..<header.typeCount {
            let offset = Int(try integer(Int32.self, "the local time types"))
            try check(LocalTimeType.allowedOffsets.contains(offset), "an offset is out of range")
            let daylight = try integer(UInt8.self, "the local time types")
            try check(daylight <= 1, "a daylight indicator is neither 0 nor 1")
            records.append((offset, daylight == 1, Int(try integer(UInt8.self, "the local time types"))))
        }
        let names = try take(header.characterCount, "the abbreviations")
        var types: [LocalTimeType] = []
        for record in records {
            let name = names.dropFirst(record.name).prefix { $0 != 0 }
            try check(name.endIndex < names.endIndex, "an abbreviation has no end")
            try check((3...16).contains(name.count) && name.allSatisfy(\.isAbbreviation), "not an abbreviation")
            types.append(
                LocalTimeType(
                    offset: record.offset, isDaylight: record.isDaylight,
                    abbreviation: String(decoding: name, as: UTF8.self)))
        }
        return types
    }

    /// They only matter to readers that lack a footer's rule; checked and dropped.
    mutating func indicators(_ header: TZifHeader) throws(TimeZoneError) {
        let flags = try take(header.standardCount + header.utcCount, "the indicators")
        try check(flags.allSatisfy { $0 <= 1 }, "an indicator is neither 0 nor 1")
    }

    mutating func footer() throws(TimeZoneError) -> PosixRule? {
        let newline = UInt8(ascii: "\n")
        try check(try integer(UInt8.self, "the footer") == newline, "the footer does not begin with a new line")
        let text = bytes[position...].prefix { $0 != newline }
        let begin = position
        try skip(text.count + 1, "the footer")
        guard !text.isEmpty else { return nil }
        guard let rule = PosixRule(text) else {
            throw .malformed(zone: zone, reason: "the footer is not a POSIX TZ string", byte: begin)
        }
        return rule
    }
}
