/// One time that a weekly interval takes place.
package struct WeeklyOccurrence: Hashable, Sendable {
    /// The local day on which it starts.
    package let date: CivilDate
    /// Microseconds UTC, included.
    package let start: Int64
    /// Microseconds UTC, not included; always after `start`.
    package let end: Int64
}

extension Zone {
    /// The occurrences of a weekly local interval that start on the days `from` through `to`, both included, in order.
    ///
    /// `weekdays` are ISO numbers, Monday 1 … Sunday 7. An `end` at or before `start` lies on the next day, so
    /// 22:00–06:00 is a night and 00:00–00:00 a whole day.
    ///
    /// Both ends are borders (`firstInstant(atOrAfter:)`): the interval opens when the wall clock first reaches `start`
    /// and closes when it first reaches `end`. So when clocks go forward a part that is skipped is lost, and an
    /// interval that is skipped whole does not take place; when they go back, an interval around the hour shown twice
    /// is an hour longer, never in two pieces.
    package func weekly(
        weekdays: Set<Int>, from: CivilDate, to: CivilDate, start: CivilTime, end: CivilTime
    ) -> [WeeklyOccurrence] {
        guard from <= to else { return [] }
        return (from.daysSinceEpoch...to.daysSinceEpoch).compactMap { day in
            let date = CivilDate(daysSinceEpoch: day)
            guard weekdays.contains(date.weekday) else { return nil }
            let lastDate = end <= start ? date.adding(days: 1) : date
            let opens = firstInstant(atOrAfter: CivilDateTime(date: date, time: start))
            let closes = firstInstant(atOrAfter: CivilDateTime(date: lastDate, time: end))
            return opens < closes ? WeeklyOccurrence(date: date, start: opens, end: closes) : nil
        }
    }
}
