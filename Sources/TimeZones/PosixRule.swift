/// What follows the last transition of a zone's file: the POSIX TZ string of its footer, such as
/// `MST7MDT,M3.2.0,M11.1.0`, with the extensions of RFC 9636 section 3.3.1 (hours −167…167).
struct PosixRule: Hashable, Sendable {
    let standard: LocalTimeType
    let daylight: Daylight?

    struct Daylight: Hashable, Sendable {
        let type: LocalTimeType
        /// By the standard clock.
        let start: YearlyChange
        /// By the daylight clock.
        let end: YearlyChange
    }

    /// A moment of every year, by a local clock.
    struct YearlyChange: Hashable, Sendable {
        let day: Day
        /// Seconds after that day's 00:00; may lie days before or after.
        let time: Int

        enum Day: Hashable, Sendable {
            /// `Mm.w.d`: weekday 0 (Sunday) … 6, week 5 being the last
            case month(Int, week: Int, weekday: Int)
            /// `Jn`: 1…365, 29 February never counted
            case withoutLeapDay(Int)
            /// `n`: 0…365
            case withLeapDay(Int)
        }
    }

    func type(atSecond second: Int64) -> LocalTimeType {
        guard let daylight else { return standard }
        var result = standard
        var latest = Int64.min
        let year = PosixRule.year(ofSecond: second + Int64(standard.offset))
        for year in year - 2...year + 1 {
            let end = daylight.end.second(in: year, offset: daylight.type.offset)
            if end <= second, end >= latest {
                (latest, result) = (end, standard)
            }
            // After the end: where both fall together, as in daylight time all year, daylight time stays.
            let start = daylight.start.second(in: year, offset: standard.offset)
            if start <= second, start >= latest {
                (latest, result) = (start, daylight.type)
            }
        }
        return result
    }

    /// Changes of offset after `low` and up to and including `high`, in order.
    func jumps(afterSecond low: Int64, throughSecond high: Int64) -> [Zone.Jump] {
        guard let daylight, low < high else { return [] }
        var seconds: [Int64] = []
        for year in PosixRule.year(ofSecond: low) - 1...PosixRule.year(ofSecond: high) + 1 {
            let start = daylight.start.second(in: year, offset: standard.offset)
            let end = daylight.end.second(in: year, offset: daylight.type.offset)
            for second in [start, end] where second > low && second <= high {
                seconds.append(second)
            }
        }
        guard !seconds.isEmpty else { return [] }
        seconds.sort()
        var found: [Zone.Jump] = []
        var offset = type(atSecond: low).offset
        for second in seconds {
            let next = type(atSecond: second).offset
            if next != offset {
                found.append(Zone.Jump(second: second, before: offset, after: next))
            }
            offset = next
        }
        return found
    }

    private static func year(ofSecond second: Int64) -> Int {
        CivilDate(daysSinceEpoch: Int(second.flooredQuotient(by: 86_400))).year
    }
}

extension PosixRule.YearlyChange {
    /// The instant, seconds UTC, when a clock of that offset reads it.
    func second(in year: Int, offset: Int) -> Int64 {
        Int64(dayNumber(in: year)) * 86_400 + Int64(time - offset)
    }

    private func dayNumber(in year: Int) -> Int {
        switch day {
        case .month(let month, let week, let weekday):
            let first = CivilDate.daysSinceEpoch(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday, weekday 4 when Sunday is 0.
            let firstWeekday = (first + 4).flooredRemainder(by: 7)
            let day = first + (weekday - firstWeekday).flooredRemainder(by: 7) + (week - 1) * 7
            let length = CivilDate.days(inMonth: month, of: year)
            return day < first + length ? day : day - 7
        case .withoutLeapDay(let number):
            let leap = CivilDate.isLeap(year) && number >= 60 ? 1 : 0
            return CivilDate.daysSinceEpoch(year: year, month: 1, day: 1) + number - 1 + leap
        case .withLeapDay(let number):
            return CivilDate.daysSinceEpoch(year: year, month: 1, day: 1) + number
        }
    }
}
