package import Kernel
package import TimeZones

/// Counts running time in the opening hours of a place: the arithmetic under every clock that stands still at night.
///
/// It goes by the wall clock of the place's zone: a day of 23 hours has an hour less where the place is open then.
package enum OpeningClock {
    /// Longest look ahead; a place that is not open within it gets plain minutes.
    private static let horizonDays = 400

    /// The moment at which so many minutes of opening hours have passed.
    package static func due(from start: Instant, minutes: Int, at location: LocationDefinition, _ zone: Zone) -> Instant
    {
        var left = Duration.minutes(minutes)
        let first = zone.civil(at: start.microseconds).date
        for day in 0..<horizonDays {
            let date = first.adding(days: day)
            for range in location.hours(on: DefinitionDate(date)) {
                let opens = max(start, instant(date, range.from, zone))
                let closes = instant(date, range.to, zone)
                guard closes > opens else { continue }
                if closes - opens >= left { return opens + left }
                left -= closes - opens
            }
        }
        return start + .minutes(minutes)
    }

    private static func instant(_ date: CivilDate, _ time: ClockTime, _ zone: Zone) -> Instant {
        let day = date.adding(days: time.minutes / 1_440)
        guard let civil = CivilTime(hour: time.minutes % 1_440 / 60, minute: time.minutes % 60) else {
            preconditionFailure("a clock time lies within a day")
        }
        return Instant(microseconds: zone.firstInstant(atOrAfter: CivilDateTime(date: day, time: civil)))
    }
}
