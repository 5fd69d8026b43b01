import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import Store
import TimeZones
import Vault

/// Visits that can only move together: one, or all of a group, with the time that they take.
struct ReplanUnit {
    let visits: [AppointmentRow]
    let shift: Int64
    /// Owners of the time: the visits, and the groups they meet in.
    private let owners: Set<Int64>
    private let rows: [TakenInterval]
    /// The number of each group before to its number after: it is made of the moment.
    private let groups: [Int64: Int64]

    /// Nil: the visit is gone, or somebody who has not decided yet holds a place in its group.
    static func read(
        _ candidate: ReplanCandidate, by shift: Int64, locking: Bool = false, in transaction: any Transaction
    ) throws -> ReplanUnit? {
        guard let first = try AppointmentStore.find(candidate.id, locking: locking, in: transaction),
            first.place.span.start == candidate.start
        else { return nil }
        return try read(first, by: shift, locking: locking, in: transaction)
    }

    static func read(
        _ first: AppointmentRow, by shift: Int64, locking: Bool = false, in transaction: any Transaction
    ) throws -> ReplanUnit? {
        let own = try IntervalStore.stored(of: [first.id.raw], in: transaction)
        let meetings = Set(own.filter(\.isSeat).map(\.resource)).sorted()
        var visits = [first]
        for seat in try IntervalStore.seats(of: meetings, in: transaction) where seat.owner != first.id.raw {
            guard let other = try AppointmentStore.find(ID(raw: seat.owner), locking: locking, in: transaction) else {
                return nil
            }
            visits.append(other)
        }
        let owners = visits.map(\.id.raw) + meetings
        let start = first.place.span.start + shift
        let after = BookableResource.group(
            practitioner: first.place.practitioner, visitType: first.place.visitType, location: first.place.location,
            start: start
        ).key
        return ReplanUnit(
            visits: visits.sorted { $0.id < $1.id }, shift: shift, owners: Set(owners),
            rows: try IntervalStore.stored(of: owners, in: transaction),
            groups: Dictionary(uniqueKeysWithValues: meetings.map { ($0, after) }))
    }

    private func shifted(_ span: TimeSpan) -> TimeSpan {
        TimeSpan(start: span.start + shift, end: span.end + shift)
    }

    private func claim(_ row: TakenInterval) -> TimeClaim {
        var visit: TimeClaim.Visit?
        if let place = row.place, let visitType = row.visitType, let at = row.visitAt {
            visit = TimeClaim.Visit(place: place, visitType: visitType, start: at + shift)
        }
        return TimeClaim(
            resource: groups[row.resource] ?? row.resource, span: shifted(row.span), lane: row.lane,
            group: groups[row.owner], visit: visit, isSeat: row.isSeat)
    }

    /// What others have of the new time, time that is over included.
    func inTheWay(at now: Instant, in transaction: any Transaction) throws -> [TakenInterval] {
        let claims = rows.map(claim)
        guard let start = claims.map(\.span.start).min(), let end = claims.map(\.span.end).max() else { return [] }
        return try IntervalStore.stored(
            Set(claims.map(\.resource)).sorted(), from: start, to: end, in: transaction
        ).filter { taken in
            !owners.contains(taken.owner)
                && claims.contains {
                    $0.resource == taken.resource && $0.lane == taken.lane && $0.span.overlaps(taken.span)
                }
        }
    }

    /// Gives up the old time and takes the new one, each lane as it was. False: somebody was faster.
    func move(in transaction: any Transaction) throws -> Bool {
        try IntervalStore.giveUp(owners.sorted(), in: transaction)
        for visit in visits {
            let claims = rows.filter { $0.owner == visit.id.raw }.map(claim)
            let taken = try IntervalStore.take(
                claims, owner: visit.id.raw, patient: visit.patient, expires: nil, in: transaction)
            if !taken { return false }
        }
        let shared = rows.filter { groups[$0.owner] != nil }.map(claim)
        return try IntervalStore.take(shared, owner: 0, patient: nil, expires: nil, in: transaction)
    }
}
