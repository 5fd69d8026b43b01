import Kernel
import Scheduling
import StudioAPI
import TimeZones

/// The slot search written down as its rules say it: every minute of every day is asked every question. Slow on purpose.
struct SlowSlotFinder {
    let world: ScheduleWorld
    let database: TimeZoneDatabase

    func slots(_ type: VisitTypeDefinition) throws -> [OpenSlot] {
        var found: [OpenSlot] = []
        var day = world.from
        while day <= world.to {
            var today: [OpenSlot] = []
            for practitioner in world.practitioners {
                for location in world.locations {
                    let zone = try database.zone(location.zone)
                    for minute in 0..<1_440 {
                        guard let time = CivilTime(hour: minute / 60, minute: minute % 60) else { continue }
                        let local = CivilDateTime(date: day, time: time)
                        if let slot = slot(type, practitioner, location, zone, local) { today.append(slot) }
                    }
                }
            }
            found += today.sorted {
                ($0.span.start, $0.practitioner, $0.location) < ($1.span.start, $1.practitioner, $1.location)
            }
            day = day.adding(days: 1)
        }
        return found
    }

    private func slot(
        _ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition, _ location: LocationDefinition,
        _ zone: Zone,
        _ local: CivilDateTime
    ) -> OpenSlot? {
        guard
            practitioner.serviceLines.contains(type.serviceLine),
            type.practitioners.isEmpty || type.practitioners.contains(practitioner.key),
            type.locations.isEmpty || type.locations.contains(location.key),
            local.time.minutesOfDay % type.startEvery == 0
        else { return nil }
        let start: Int64
        switch zone.resolve(local) {
        case .unique(let instant): start = instant
        case .overlap(let earlier, _): start = earlier
        case .gap: return nil
        }
        let span = TimeSpan(start: start, end: start + Int64(type.minutes) * 60_000_000)
        guard start >= world.now.microseconds + Int64(type.leadMinutes) * 60_000_000 else { return nil }
        let today = zone.civil(at: world.now.microseconds).date
        guard today.days(until: local.date) <= type.horizonDays else { return nil }
        for minute in stride(from: span.start, to: span.end, by: 60_000_000) {
            guard isOpen(minute, local.date, type, practitioner, location, zone) else { return nil }
        }
        let padded = TimeSpan(
            start: span.start - Int64(type.bufferBefore) * 60_000_000,
            end: span.end + Int64(type.bufferAfter) * 60_000_000)
        for taken in world.busy[practitioner.key]?.spans ?? [] where taken.overlaps(padded) { return nil }
        for taken in world.patient.spans where taken.overlaps(span) { return nil }
        return OpenSlot(
            visitType: type.key, practitioner: practitioner.key, location: location.key, localStart: local, span: span)
    }

    /// Whether the practitioner sees such patients there in the minute that begins at an instant, by the hours of `day`.
    private func isOpen(
        _ instant: Int64, _ day: CivilDate, _ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition,
        _ location: LocationDefinition, _ zone: Zone
    ) -> Bool {
        let date = DefinitionDate(day)
        func covers(_ range: ClockRange) -> Bool {
            border(range.from, day, zone) <= instant && instant < border(range.to, day, zone)
        }
        guard location.hours(on: date).contains(where: covers) else { return false }
        var open = practitioner.templates.contains { template in
            template.location == location.key && template.applies(on: date) && template.allows(visitType: type.key)
                && (template.range.map(covers) ?? false)
        }
        for exception in practitioner.exceptions where exception.effect == .extra && exception.covers(date) {
            if exception.location == location.key, let hours = exception.hours, covers(hours),
                exception.visitTypes.isEmpty || exception.visitTypes.contains(type.key)
            {
                open = true
            }
        }
        guard open else { return false }
        return !practitioner.exceptions.contains { exception in
            exception.effect == .away && exception.covers(date) && (exception.location ?? location.key) == location.key
                && (exception.hours.map(covers) ?? true)
        }
    }

    private func border(_ time: ClockTime, _ day: CivilDate, _ zone: Zone) -> Int64 {
        let date = time.minutes == 1_440 ? day.adding(days: 1) : day
        let clock = CivilTime(hour: time.minutes / 60 % 24, minute: time.minutes % 60) ?? .midnight
        return zone.firstInstant(atOrAfter: CivilDateTime(date: date, time: clock))
    }
}
