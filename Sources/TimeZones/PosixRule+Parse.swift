extension PosixRule {
    /// Reads a TZ string; `nil` when it breaks the grammar of POSIX and RFC 9636. Daylight time without its two dates
    /// is refused, as POSIX leaves its meaning open.
    init?(_ text: some Sequence<UInt8>) {
        var scanner = Scanner(bytes: Array(text))
        guard let standardName = scanner.name(), let west = scanner.time(hours: 24) else { return nil }
        standard = LocalTimeType(offset: -west, isDaylight: false, abbreviation: standardName)
        guard !scanner.isAtEnd else {
            daylight = nil
            return
        }
        guard let daylightName = scanner.name() else { return nil }
        var offset = standard.offset + 3_600
        if scanner.peek != UInt8(ascii: ",") {
            guard let west = scanner.time(hours: 24) else { return nil }
            offset = -west
        }
        guard scanner.take(","), let start = scanner.yearlyChange(),
            scanner.take(","), let end = scanner.yearlyChange(), scanner.isAtEnd
        else { return nil }
        let type = LocalTimeType(offset: offset, isDaylight: true, abbreviation: daylightName)
        daylight = Daylight(type: type, start: start, end: end)
    }
}

private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }
    var peek: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// At least three letters, or letters, digits and signs in angle brackets.
    mutating func name() -> String? {
        let quoted = take("<")
        let begin = position
        while let byte = peek, quoted ? byte.isAbbreviation : byte.isLetter {
            position += 1
        }
        let name = bytes[begin..<position]
        guard name.count >= 3, name.count <= 16, !quoted || take(">") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// `[+-]h[:m[:s]]` in seconds
    mutating func time(hours: Int) -> Int? {
        let negative = take("-")
        if !negative { _ = take("+") }
        guard let hour = number(0...hours) else { return nil }
        var seconds = hour * 3_600
        if take(":") {
            guard let minute = number(0...59) else { return nil }
            seconds += minute * 60
            if take(":") {
                guard let second = number(0...59) else { return nil }
                seconds += second
            }
        }
        return negative ? -seconds : seconds
    }

    mutating func yearlyChange() -> PosixRule.YearlyChange? {
        guard let day = day() else { return nil }
        guard take("/") else { return PosixRule.YearlyChange(day: day, time: 2 * 3_600) }
        guard let time = time(hours: 167) else { return nil }
        return PosixRule.YearlyChange(day: day, time: time)
    }

    private mutating func day() -> PosixRule.YearlyChange.Day? {
        if take("M") {
            guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                let weekday = number(0...6)
            else { return nil }
            return .month(month, week: week, weekday: weekday)
        }
        if take("J") {
            guard let number = number(1...365) else { return nil }
            return .withoutLeapDay(number)
        }
        guard let number = number(0...365) else { return nil }
        return .withLeapDay(number)
    }

    private mutating func number(_ allowed: ClosedRange<Int>) -> Int? {
        let begin = position
        while let byte = peek, byte.isDigit, position - begin < 3 {
            position += 1
        }
        guard let value = Int(digits: bytes[begin..<position]), allowed.contains(value) else { return nil }
        return value
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }

    /// May stand in the abbreviation of a zone.
    var isAbbreviation: Bool { isDigit || isLetter || self == UInt8(ascii: "+") || self == UInt8(ascii: "-") }
}
