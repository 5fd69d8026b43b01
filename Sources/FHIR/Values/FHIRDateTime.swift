/// A FHIR `date`, `dateTime` or `instant`: as exact as it was written.
///
/// `2021`, `2021-07` and `2021-07-10` stay partial: they are no point in time. With a time there is always an offset
/// (FHIR R4 2.24.0.1), so it is one.
package struct FHIRDateTime: Sendable, Hashable {
    package enum Precision: Int, Sendable, Comparable {
        case year, month, day, second, fraction

        package static func < (left: Precision, right: Precision) -> Bool { left.rawValue < right.rawValue }
    }

    /// As it was written.
    package let text: String
    package let precision: Precision
    package let year: Int
    package let month: Int?
    package let day: Int?
    /// Microseconds since 1970 UTC; `nil` without a time. Digits beyond six are cut off; second 60 is the next
    /// minute's 0.
    package let micros: Int64?
    /// Minutes east of UTC as written, where there is a time.
    package let offsetMinutes: Int?

    /// Microseconds since 1970 UTC for sorting: of a partial date the start of its first day, as if it were in UTC.
    package let sortMicros: Int64

    /// The day as written, at the place's own offset: `2021-07-10`. `nil` if only month or year are known.
    package var localDay: String? { precision >= .day ? String(text.prefix(10)) : nil }
}

extension FHIRDateTime {
    /// `nil` if the text is not of the form `YYYY[-MM[-DD[Thh:mm:ss[.f…](Z|±hh:mm)]]]` or names no day of the calendar.
    package init?(parsing text: String) {
        var scanner = DateScanner(text)
        guard let year = scanner.number(digits: 4), year > 0 else { return nil }
        var month: Int?
        var day: Int?
        var precision = Precision.year
        var time: (micros: Int64, offset: Int, hasFraction: Bool)?
        if !scanner.isAtEnd {
            guard scanner.take("-"), let found = scanner.number(digits: 2), (1...12).contains(found) else { return nil }
            month = found
            precision = .month
            if !scanner.isAtEnd {
                guard scanner.take("-"), let found = scanner.number(digits: 2),
                    found >= 1, found <= Self.days(inMonth: month ?? 1, of: year)
                else { return nil }
                day = found
                precision = .day
                if !scanner.isAtEnd {
                    time = scanner.time()
                    guard let time, scanner.isAtEnd else { return nil }
                    precision = time.hasFraction ? .fraction : .second
                }
            }
        }
        self.text = text
        self.precision = precision
        (self.year, self.month, self.day) = (year, month, day)
        let midnight = Self.daysSince1970(year, month ?? 1, day ?? 1) * 86_400_000_000
        offsetMinutes = time?.offset
        micros = time.map { midnight + $0.micros - Int64($0.offset) * 60_000_000 }
        sortMicros = micros ?? midnight
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return Int64(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468)
    }
}

private struct DateScanner {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { at == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    mutating func number(digits: Int) -> Int? {
        guard at + digits <= bytes.count else { return nil }
        var result = 0
        for byte in bytes[at..<at + digits] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            result = result * 10 + Int(byte - UInt8(ascii: "0"))
        }
        at += digits
        return result
    }

    /// `Thh:mm:ss[.f…]` with an offset.
    mutating func time() -> (micros: Int64, offset: Int, hasFraction: Bool)? {
        guard take("T"), let hour = number(digits: 2), hour < 24,
            take(":"), let minute = number(digits: 2), minute < 60,
            take(":"), let second = number(digits: 2), second <= 60
        else { return nil }
        var fraction: Int64 = 0
        let hasFraction = take(".")
        if hasFraction {
            var count = 0
            while let digit = number(digits: 1) {
                if count < 6 { fraction = fraction * 10 + Int64(digit) }
                count += 1
            }
            guard count > 0 else { return nil }
            for _ in min(count, 6)..<6 { fraction *= 10 }
        }
        guard let offset = offset() else { return nil }
        return (Int64(hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction, offset, hasFraction)
    }

    /// `Z`, or `±hh:mm` up to 14 hours, in minutes.
    private mutating func offset() -> Int? {
        if take("Z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2), take(":"), let minutes = number(digits: 2),
            minutes < 60, hours * 60 + minutes <= 14 * 60
        else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
}
