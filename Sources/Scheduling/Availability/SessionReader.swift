import StudioAPI
import Synchronization
import TimeZones

/// A session of one day: where, from when to when in local minutes.
struct DaySession: Hashable, Sendable {
    let place: Int
    let minutes: SchedulePlan.Minutes
}

/// What is left of one template or extra day on a day: within the place's hours, without absences.
struct DayPiece: Sendable {
    let place: Int
    let minutes: SchedulePlan.Minutes
    /// Index into the person's sessions.
    let session: Int
}

/// Everybody's pieces of one day, and how its minutes become instants in each zone.
final class DayTable: Sendable {
    let day: Int
    let weekday: Int
    let frames: [DayFrame]
    private let pieces: [DayPiece]
    /// Where the pieces of a person begin; one more than there are people.
    private let starts: [Int32]

    init(_ plan: SchedulePlan, day: Int) {
        self.day = day
        let date = CivilDate(daysSinceEpoch: day)
        weekday = date.weekday - 1
        frames = plan.zones.map { DayFrame(zone: $0, date: date) }
        var pieces: [DayPiece] = []
        var starts: [Int32] = []
        starts.reserveCapacity(plan.people.count + 1)
        for person in plan.people {
            starts.append(Int32(pieces.count))
            pieces += plan.pieces(of: person, day: day, weekday: weekday, absent: true)
        }
        starts.append(Int32(pieces.count))
        self.pieces = pieces
        self.starts = starts
    }

    func pieces(of person: Int) -> ArraySlice<DayPiece> { pieces[Int(starts[person])..<Int(starts[person + 1])] }
}

/// The tables that were made, kept for the next search: a plan's days never change.
final class DayTables: Sendable {
    /// Past all that one search may ask for, so that a search never throws away what it has made.
    private static let most = 800
    private let known = Mutex<[Int: DayTable]>([:])

    func table(_ day: Int, of plan: SchedulePlan) -> DayTable {
        if let table = known.withLock({ $0[day] }) { return table }
        let table = DayTable(plan, day: day)
        known.withLock { known in
            if known.count >= Self.most { known.removeAll() }
            known[day] = table
        }
        return table
    }
}

extension SchedulePlan {
    /// A person's pieces of a day, by place and time. `absent`: without what the person is away for.
    func pieces(of person: Person, day: Int, weekday: Int, absent: Bool) -> [DayPiece] {
        var found: [DayPiece] = []
        func add(_ index: Int) {
            let session = person.sessions[index]
            guard session.holds(on: day, weekday: weekday) else { return }
            for hours in places[session.place].hours(day: day, weekday: weekday) {
                if let open = session.minutes.meet(hours) {
                    found.append(DayPiece(place: session.place, minutes: open, session: index))
                }
            }
        }
        for index in person.week[weekday] { add(index) }
        for index in person.extras { add(index) }
        if absent {
            for absence in person.absences where absence.firstDay <= day && day <= absence.lastDay {
                Self.cut(&found, absence)
            }
        }
        if found.count > 1 { found.sort { ($0.place, $0.minutes.from) < ($1.place, $1.minutes.from) } }
        return found
    }

    private static func cut(_ pieces: inout [DayPiece], _ absence: Absence) {
        pieces = pieces.flatMap { piece -> [DayPiece] in
            guard absence.place.map({ $0 == piece.place }) ?? true, absence.minutes.meet(piece.minutes) != nil else {
                return [piece]
            }
            var rest: [DayPiece] = []
            if piece.minutes.from < absence.minutes.from {
                let before = Minutes(from: piece.minutes.from, to: absence.minutes.from)
                rest.append(DayPiece(place: piece.place, minutes: before, session: piece.session))
            }
            if absence.minutes.to < piece.minutes.to {
                let after = Minutes(from: absence.minutes.to, to: piece.minutes.to)
                rest.append(DayPiece(place: piece.place, minutes: after, session: piece.session))
            }
            return rest
        }
    }

    /// The sessions in which a visit type (nil: any) may be put at a moment, from pieces by place and time; touching ones
    /// joined.
    func sessions(
        _ pieces: some Sequence<DayPiece>, of person: Person, visitType: String?, now: Int64, _ frames: [DayFrame],
        into found: inout [DaySession], where isPlace: (Int) -> Bool
    ) {
        found.removeAll(keepingCapacity: true)
        for piece in pieces where isPlace(piece.place) {
            let session = person.sessions[piece.session]
            if let visitType, !session.visitTypes.isEmpty, !session.visitTypes.contains(visitType) {
                guard let release = session.release else { continue }
                let begins = frames[places[piece.place].zoneIndex].border(session.minutes.from)
                if now < begins - release { continue }
            }
            let frame = frames[places[piece.place].zoneIndex]
            if let last = found.last, last.place == piece.place, Self.touch(last.minutes, piece.minutes, frame) {
                let to = max(last.minutes.to, piece.minutes.to)
                found[found.count - 1] = DaySession(
                    place: last.place, minutes: Minutes(from: last.minutes.from, to: to))
            } else {
                found.append(DaySession(place: piece.place, minutes: piece.minutes))
            }
        }
    }

    /// Whether nothing lies between; what the clocks skip is nothing.
    private static func touch(_ earlier: Minutes, _ later: Minutes, _ frame: DayFrame) -> Bool {
        later.from <= earlier.to || (!frame.isPlain && frame.border(later.from) <= frame.border(earlier.to))
    }

    /// Where more than one visit may overlap at a place on a day: the stretches of the templates that allow it, with how
    /// many more.
    func overbooked(
        _ person: Person, at place: Int, day: Int, weekday: Int, _ frame: DayFrame
    ) -> [(span: TimeSpan, more: Int)] {
        guard person.overbooks else { return [] }
        return person.week[weekday].compactMap { index in
            let session = person.sessions[index]
            guard session.overbook > 0, session.place == place, session.holds(on: day, weekday: weekday) else {
                return nil
            }
            let span = TimeSpan(start: frame.border(session.minutes.from), end: frame.border(session.minutes.to))
            return (span, session.overbook)
        }
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

    func border(_ minutes: SchedulePlan.Minutes) -> TimeSpan {
        TimeSpan(start: border(minutes.from), end: border(minutes.to))
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
