import StudioAPI
import TimeZones

/// By what capacity is told apart. The raw value stands in addresses.
package enum CapacityDimension: String, CaseIterable, Sendable {
    case week, practitioner, location
    case visitType = "visit-type"
}

/// Time that is offered, and what is taken of it.
package struct CapacityUse: Sendable, Equatable {
    /// Minutes.
    package var offered = 0
    package var booked = 0
    /// How many visits that is.
    package var visits = 0
    package var attendance = Attendance()

    package init() {}

    /// Nil: nothing is offered.
    package var share: Double? { offered == 0 ? nil : Double(booked) / Double(offered) }
}

/// How the time of some weeks is used.
package struct CapacityCount: Sendable {
    package private(set) var total = CapacityUse()
    /// By key; of weeks the day number of their Monday as text.
    package private(set) var by: [CapacityDimension: [String: CapacityUse]] = [:]

    /// Counts visits and sessions of the same days.
    package init(_ visits: [CapacityVisit], _ sessions: [OfferedSession], _ plan: SchedulePlan) {
        var allowed: [AllowedKey: [String]] = [:]
        for session in sessions {
            let minutes = session.minutes
            total.offered += minutes
            let week = CapacityPeriod.monday(of: session.day)
            by[.week, default: [:]][String(week), default: CapacityUse()].offered += minutes
            by[.practitioner, default: [:]][session.practitioner, default: CapacityUse()].offered += minutes
            by[.location, default: [:]][session.location, default: CapacityUse()].offered += minutes
            let key = AllowedKey(
                practitioner: session.practitioner, location: session.location, types: session.visitTypes)
            let types = allowed[key] ?? plan.allowed(in: session)
            allowed[key] = types
            for type in types { by[.visitType, default: [:]][type, default: CapacityUse()].offered += minutes }
        }
        var groups: Set<GroupKey> = []
        for visit in visits {
            var minutes = visit.isBooked ? plan.minutesTaken(by: visit) : 0
            if visit.isBooked, let type = plan.visitTypes[visit.visitType], type.rules.groupSize > 1 {
                let key = GroupKey(
                    practitioner: visit.practitioner, visitType: visit.visitType, start: visit.span.start)
                if !groups.insert(key).inserted { minutes = 0 }
            }
            Self.add(visit, minutes, to: &total)
            Self.add(visit, minutes, to: &by[.week, default: [:]][String(visit.week), default: CapacityUse()])
            Self.add(
                visit, minutes, to: &by[.practitioner, default: [:]][visit.practitioner, default: CapacityUse()])
            Self.add(visit, minutes, to: &by[.location, default: [:]][visit.location, default: CapacityUse()])
            Self.add(visit, minutes, to: &by[.visitType, default: [:]][visit.visitType, default: CapacityUse()])
        }
    }

    private static func add(_ visit: CapacityVisit, _ minutes: Int, to use: inout CapacityUse) {
        use.booked += minutes
        if visit.isBooked { use.visits += 1 }
        use.attendance.add(visit)
    }

    private struct AllowedKey: Hashable {
        let practitioner: String
        let location: String
        let types: Set<String>
    }

    private struct GroupKey: Hashable {
        let practitioner: String
        let visitType: String
        let start: Int64
    }
}

/// What became of time that was kept for certain visit types and then opened to all.
package struct ReleasedBlock: Sendable, Hashable {
    package let practitioner: String
    package let location: String
    /// Sorted.
    package let visitTypes: [String]
    /// 1 is Monday.
    package let weekday: Int
    package let from: Int
    package let to: Int
    /// How often it was there and has been opened.
    package private(set) var times = 0
    /// Minutes.
    package private(set) var offered = 0
    package private(set) var before = 0
    package private(set) var after = 0
    /// Of those after, by types it was not kept for.
    package private(set) var afterByOthers = 0

    package var empty: Int { max(0, offered - before - after) }

    /// The blocks among sessions that were open to all by `now`, by practitioner and time.
    package static func counted(
        _ sessions: [OfferedSession], _ visits: [CapacityVisit], _ plan: SchedulePlan, now: Int64
    ) -> [ReleasedBlock] {
        var byDay: [DayKey: [CapacityVisit]] = [:]
        for visit in visits where visit.isBooked {
            byDay[DayKey(practitioner: visit.practitioner, day: visit.day), default: []].append(visit)
        }
        var blocks: [BlockKey: ReleasedBlock] = [:]
        for session in sessions {
            guard let releasedAt = session.releasedAt, releasedAt <= now else { continue }
            let weekday = CivilDate(daysSinceEpoch: session.day).weekday
            let key = BlockKey(
                practitioner: session.practitioner, location: session.location, types: session.visitTypes,
                weekday: weekday, from: session.from, to: session.to)
            var block =
                blocks[key]
                ?? ReleasedBlock(
                    practitioner: session.practitioner, location: session.location,
                    visitTypes: session.visitTypes.sorted(), weekday: weekday, from: session.from, to: session.to)
            block.times += 1
            block.offered += session.minutes
            let day = byDay[DayKey(practitioner: session.practitioner, day: session.day)] ?? []
            for visit in day where session.contains(visit) {
                let minutes = plan.minutesTaken(by: visit)
                if visit.bookedAt < releasedAt {
                    block.before += minutes
                } else {
                    block.after += minutes
                    if !session.visitTypes.contains(visit.visitType) { block.afterByOthers += minutes }
                }
            }
            blocks[key] = block
        }
        return blocks.values.sorted {
            ($0.practitioner, $0.weekday, $0.from, $0.location) < ($1.practitioner, $1.weekday, $1.from, $1.location)
        }
    }

    private struct DayKey: Hashable {
        let practitioner: String
        let day: Int
    }

    private struct BlockKey: Hashable {
        let practitioner: String
        let location: String
        let types: Set<String>
        let weekday: Int
        let from: Int
        let to: Int
    }
}
