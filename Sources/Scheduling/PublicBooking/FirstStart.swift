package import Kernel
package import StudioAPI
package import TimeZones

extension SchedulePlan {
    /// The first time from `from` to `to` at which somebody's session would let a visit begin, whoever has it: what is in
    /// the way of that one says why nothing is offered. Without any session the first day's morning.
    package func firstStart(
        of type: VisitTypeDefinition, with practitioner: String, at location: String?, from: CivilDate, to: CivilDate,
        now: Instant
    ) -> CivilDateTime? {
        guard from <= to else { return nil }
        let earliest = now.microseconds + Int64(type.leadMinutes) * DayFrame.minute
        let starts = SlotFinder.starts(type)
        for day in from.daysSinceEpoch...to.daysSinceEpoch {
            let date = CivilDate(daysSinceEpoch: day)
            let found = locations.compactMap { place -> Int? in
                guard location == nil || location == place.key, type.mayBe(at: place.key),
                    let zone = zone(ofLocation: place.key)
                else { return nil }
                let frame = DayFrame(zone: zone, date: date)
                return openMinutes(of: practitioner, at: place.key, on: date).lazy.compactMap { open -> Int? in
                    let from = max(open.lowerBound, starts.from)
                    let first = (from + type.startEvery - 1) / type.startEvery * type.startEvery
                    return stride(from: first, to: min(open.upperBound, starts.to), by: type.startEvery).first {
                        $0 + type.minutes <= open.upperBound && (frame.instant($0).map { $0 >= earliest } ?? false)
                    }
                }.first
            }
            if let minute = found.min(), let time = CivilTime(hour: minute / 60, minute: minute % 60) {
                return CivilDateTime(date: date, time: time)
            }
        }
        return CivilTime(hour: 9, minute: 0).map { CivilDateTime(date: from, time: $0) }
    }
}
