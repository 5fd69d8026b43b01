import Kernel
import StudioAPI
import TimeZones
import Store

/// The rows of one moment that a search or a booking looks at.
struct TakenTimes: Sendable {
    /// Of resources, expired holds included.
    let rows: [TakenInterval]
    /// Places in the groups among them.
    let seats: [TakenInterval]

    /// Reads what resources have between two moments: one statement, and one more when groups are among it.
    static func read(
        _ resources: [BookableResource], from start: Int64, to end: Int64, in transaction: any Transaction
    ) throws -> TakenTimes {
        let rows = try IntervalStore.stored(resources.map(\.key), from: start, to: end, in: transaction)
        // Ids are above zero; a group is not.
        let groups = Set(rows.lazy.map(\.owner).filter { $0 < 0 })
        return TakenTimes(rows: rows, seats: try IntervalStore.seats(of: groups.sorted(), in: transaction))
    }

    /// Owners whose time is over: holds that ran out, and groups in which nobody has a place any more.
    func over(at now: Instant) -> Set<Int64> {
        var over = Set(rows.lazy.filter { $0.isOver(at: now) }.map(\.owner))
        let alive = Set(seats.lazy.filter { !$0.isOver(at: now) }.map(\.resource))
        over.formUnion(rows.lazy.map(\.owner).filter { $0 < 0 && !alive.contains($0) })
        return over
    }

    /// Groups in which nobody but these has a place: they meet no more once those have left.
    func left(by owners: Set<Int64>, at now: Instant) -> Set<Int64> {
        if owners.isEmpty { return [] }
        let places = seats.filter { !$0.isOver(at: now) }
        let leaving = Set(places.lazy.filter { owners.contains($0.owner) }.map(\.resource))
        return leaving.subtracting(places.lazy.filter { !owners.contains($0.owner) }.map(\.resource))
    }

    /// Owners whose time may come free by itself: holds, and groups in which every place is only held.
    var held: Set<Int64> {
        var held = Set((rows + seats).lazy.filter { $0.expiresAt != nil }.map(\.owner))
        let standing = Set(seats.lazy.filter { $0.expiresAt == nil }.map(\.resource))
        held.formUnion(rows.lazy.map(\.owner).filter { $0 < 0 && !standing.contains($0) })
        return held
    }

    /// The rows that count, and how many have a place in each group.
    func standing(
        ignoring ignored: Set<Int64>, at now: Instant
    ) -> (rows: [TakenInterval], places: [Int64: Int]) {
        let over = over(at: now)
        var places: [Int64: Int] = [:]
        for seat in seats where !seat.isOver(at: now) && !ignored.contains(seat.owner) {
            places[seat.resource, default: 0] += 1
        }
        return (rows.filter { !over.contains($0.owner) && !ignored.contains($0.owner) }, places)
    }

    /// What a search looks at. `ignored`: owners whose time counts as free.
    func bookings(
        _ plan: SchedulePlan, people: [PractitionerDefinition], things: [ResourceDefinition], patient: Int64?,
        ignoring ignored: Set<Int64>, at now: Instant
    ) -> Bookings {
        let (rows, places) = standing(ignoring: ignored, at: now)
        let byResource = Dictionary(grouping: rows, by: \.resource)
        var bookings = Bookings.none
        for person in people {
            guard let rows = byResource[BookableResource.practitioner(person.key).key] else { continue }
            bookings.people[person.key] = Self.times(rows, places)
        }
        for thing in things {
            guard let rows = byResource[BookableResource.thing(thing.key).key] else { continue }
            bookings.resources[thing.key] = Occupancy(rows.map(\.span))
            let closed = rows.filter { $0.lane >= BumpClaims.ownLane }.map(\.span)
            if !closed.isEmpty { bookings.closed[thing.key] = closed }
            bookings.groupsAway.formUnion(Self.groupsAway(rows))
        }
        if let rows = patient.flatMap({ byResource[$0] }) { bookings.patient = BusyTimes(rows.map(\.span)) }
        return bookings
    }

    /// A visit may have several stretches of its practitioner's time, each in its lane.
    static func times(_ rows: [TakenInterval], _ places: [Int64: Int]) -> BookedTimes {
        var visits: [Int64: BookedVisit] = [:]
        let away = Set(rows.lazy.filter { $0.lane >= BumpClaims.ownLane }.map(\.owner))
        for row in rows where !away.contains(row.owner) {
            let known = visits[row.owner]
            let span = TimeSpan(
                start: min(row.span.start, known?.span.start ?? row.span.start),
                end: max(row.span.end, known?.span.end ?? row.span.end))
            visits[row.owner] = BookedVisit(
                span: span, start: row.visitAt, place: row.place, visitType: row.visitType,
                seats: row.owner < 0 ? places[row.owner] ?? 0 : nil)
        }
        let absences = rows.filter { $0.lane >= BumpClaims.ownLane }.map {
            BookedTimes.Absence(span: $0.span, isOfPlace: $0.lane == BumpClaims.placeLane)
        }
        return BookedTimes(
            visits: Array(visits.values), stretches: rows.map(\.span), absences: absences,
            groupsAway: groupsAway(rows))
    }

    /// Groups that have some of a resource's time which an absence has too.
    private static func groupsAway(_ rows: [TakenInterval]) -> Set<Int64> {
        let absent = rows.filter { $0.lane >= BumpClaims.ownLane }.map(\.span)
        if absent.isEmpty { return [] }
        return Set(
            rows.filter { row in row.owner < 0 && absent.contains { $0.overlaps(row.span) } }.map(\.owner))
    }
}
