import StudioAPI
import TimeZones

/// A session of one day: where, from when to when in local minutes.
struct DaySession: Hashable, Sendable {
    let place: Int
    let minutes: SchedulePlan.Minutes
}

extension SchedulePlan {
    /// The sessions of a day in which a visit type (nil: any) may be put, by place and time; touching ones joined.
    /// `isPlace` leaves places out.
    func sessions(
        of person: Person, day: Int, weekday: Int, visitType: String?, into found: inout [DaySession],
        where isPlace: (Int) -> Bool
    ) {
        found.removeAll(keepingCapacity: true)
        func add(_ session: Session) {
            guard session.firstDay <= day, day <= session.lastDay, isPlace(session.place),
                visitType.map(session.allows) ?? true
            else { return }
            for hours in places[session.place].hours(day: day, weekday: weekday) {
                if let open = session.minutes.meet(hours) {
                    found.append(DaySession(place: session.place, minutes: open))
                }
            }
        }
        for session in person.week[weekday] { add(session) }
        for session in person.extras { add(session) }
        for absence in person.absences where absence.firstDay <= day && day <= absence.lastDay {
            Self.cut(&found, absence)
        }
        if found.count > 1 { Self.join(&found) }
    }

    private static func cut(_ sessions: inout [DaySession], _ absence: Absence) {
        sessions = sessions.flatMap { session -> [DaySession] in
            guard absence.place.map({ $0 == session.place }) ?? true, absence.minutes.meet(session.minutes) != nil
            else {
                return [session]
            }
            var rest: [DaySession] = []
            if session.minutes.from < absence.minutes.from {
                rest.append(
                    DaySession(
                        place: session.place, minutes: Minutes(from: session.minutes.from, to: absence.minutes.from)))
            }
            if absence.minutes.to < session.minutes.to {
                rest.append(
                    DaySession(place: session.place, minutes: Minutes(from: absence.minutes.to, to: session.minutes.to))
                )
            }
            return rest
        }
    }

    private static func join(_ sessions: inout [DaySession]) {
        sessions.sort { ($0.place, $0.minutes.from) < ($1.place, $1.minutes.from) }
        var joined: [DaySession] = []
        for session in sessions {
            if let last = joined.last, last.place == session.place, session.minutes.from <= last.minutes.to {
                let to = max(last.minutes.to, session.minutes.to)
                joined[joined.count - 1] = DaySession(
                    place: last.place, minutes: Minutes(from: last.minutes.from, to: to))
            } else {
                joined.append(session)
            }
        }
        sessions = joined
    }
}

/// One local day of one zone: how its minutes become instants.
struct DayFrame: Sendable {
    let zone: Zone
    let date: CivilDate
    /// The instant of local midnight.
    let start: Int64
    /// Whether the clocks run through: then a minute of the day is `start` plus so many minutes.
    let isPlain: Bool

    static let minute: Int64 = 60_000_000

    init(zone: Zone, date: CivilDate) {
        self.zone = zone
        self.date = date
        start = zone.startOfDay(date)
        let end = start + 1_441 * Self.minute
        isPlain = zone.transitions(from: start - Self.minute, to: end).isEmpty
    }

    /// When the wall clock first shows that minute, or has jumped over it. 1,440 ends the day.
    func border(_ minute: Int) -> Int64 {
        isPlain ? start + Int64(minute) * Self.minute : zone.firstInstant(atOrAfter: local(minute))
    }

    /// When a visit that begins at that minute begins: nil for a minute that the clocks skip, the first showing of one
    /// that is shown twice.
    func instant(_ minute: Int) -> Int64? {
        if isPlain { return start + Int64(minute) * Self.minute }
        return switch zone.resolve(local(minute)) {
        case .unique(let instant): instant
        case .overlap(let earlier, _): earlier
        case .gap: nil
        }
    }

    func local(_ minute: Int) -> CivilDateTime {
        let day = minute == 1_440 ? date.adding(days: 1) : date
        return CivilDateTime(date: day, time: CivilTime(hour: minute / 60 % 24, minute: minute % 60) ?? .midnight)
    }
}
