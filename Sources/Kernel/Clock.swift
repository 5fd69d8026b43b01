#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import Synchronization

/// A moment in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct Instant: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package init(seconds: Int64) {
        self.microseconds = seconds * 1_000_000
    }

    package var seconds: Int64 { microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000 }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.microseconds < rhs.microseconds }
    package static func + (lhs: Self, rhs: Duration) -> Self { Self(microseconds: lhs.microseconds + rhs.microseconds) }
    package static func - (lhs: Self, rhs: Duration) -> Self { Self(microseconds: lhs.microseconds - rhs.microseconds) }
    package static func - (lhs: Self, rhs: Self) -> Duration { .microseconds(lhs.microseconds - rhs.microseconds) }
}

extension Duration {
    /// Whole microseconds, rounded towards zero.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    package static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}

/// The only source of "now". No code asks the system for the time by itself.
package protocol Clock: Sendable {
    func now() -> Instant
}

/// The machine's clock.
package struct SystemClock: Clock {
    package init() {}

    package func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// A clock that a test sets and moves.
package final class ManualClock: Clock {
    private let instant: Mutex<Instant>

    package init(_ instant: Instant) {
        self.instant = Mutex(instant)
    }

    package func now() -> Instant { instant.withLock { $0 } }
    package func set(_ new: Instant) { instant.withLock { $0 = new } }
    package func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
}

extension Instant {
    /// RFC 3339 in UTC with milliseconds, as the API writes every instant: `2026-11-22T03:07:00.000Z`.
    package var iso8601: String {
        let (year, month, day) = Self.civil(
            fromDays: Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400))
        let second = Int(((seconds % 86_400) + 86_400) % 86_400)
        let millisecond = Int((microseconds - seconds * 1_000_000) / 1000)
        // Written digit by digit: an answer of the API holds dozens of these.
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var next = 0
            func put(_ value: Int, _ width: Int, _ end: UInt8) {
                var rest = value
                for place in stride(from: next + width - 1, through: next, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                next += width
                buffer[next] = end
                next += 1
            }
            put(min(max(year, 0), 9999), 4, UInt8(ascii: "-"))
            put(month, 2, UInt8(ascii: "-"))
            put(day, 2, UInt8(ascii: "T"))
            put(second / 3600, 2, UInt8(ascii: ":"))
            put(second / 60 % 60, 2, UInt8(ascii: ":"))
            put(second % 60, 2, UInt8(ascii: "."))
            put(millisecond, 3, UInt8(ascii: "Z"))
            return next
        }
    }

    /// Proleptic Gregorian date of a day count since 1970-01-01. Source: Howard Hinnant, "chrono-compatible low-level
    /// date algorithms".
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
