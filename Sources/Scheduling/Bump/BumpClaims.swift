import Kernel
import Spine
import Store
import StudioAPI
import TimeZones

/// An absence as taken time. The lanes that visits use are filled round the visits that are still there, so that the
/// schema keeps others out; a lane above them has all of it, so that a visit that leaves is seen to leave no free time.
enum BumpClaims {
    /// Above every lane that a visit is given.
    static let ownLane = 1_000
    /// The same for a place that is closed: why nothing is offered is told in other words.
    static let placeLane = 1_001
    private static let piece: Int64 = 43_200_000_000

    private struct Target {
        let resource: Int64
        let lanes: Int
        let span: TimeSpan
    }

    /// Takes what is not taken yet. Holds that lie in it are ended.
    static func fill(
        _ absence: AbsenceRow, _ plan: SchedulePlan, _ bump: BumpDesk, in context: CommandContext
    ) throws {
        let targets = targets(absence, plan, now: context.now)
        if targets.isEmpty { return }
        for _ in 1...BookingRules.mostTries {
            if try take(targets, absence, bump, in: context) { return }
        }
        throw BookingRules.taken
    }

    static func free(_ absence: AbsenceRow, in context: CommandContext) throws {
        try IntervalStore.free(absence.id.raw, in: context.transaction)
    }

    /// When practitioners are away between two moments, by key, and when places where they would be are closed.
    static func away(
        _ practitioners: [String], from start: Int64, to end: Int64, in transaction: any Transaction
    ) throws -> [String: BusyTimes] {
        let resources = practitioners.map { BookableResource.practitioner($0).key }
        let away = try IntervalStore.absences(of: resources, from: start, to: end, in: transaction)
        var found: [String: BusyTimes] = [:]
        for (key, resource) in zip(practitioners, resources) { found[key] = away[resource] }
        return found
    }

    /// Whose visits take the time of a room or a device.
    static func owners(
        of absence: AbsenceRow, in transaction: any Transaction
    ) throws -> [Int64] {
        guard absence.kind == .resource else { return [] }
        let rows = try IntervalStore.stored(
            [BookableResource.thing(absence.key).key], from: absence.span.start, to: absence.span.end,
            in: transaction
        ).filter { $0.span.overlaps(absence.span) }
        let groups = Set(rows.map(\.owner).filter { $0 < 0 }).sorted()
        let members = try IntervalStore.seats(of: groups, in: transaction)
        return Set((rows + members).map(\.owner).filter { $0 > 0 && $0 != absence.id.raw }).sorted()
    }

    private static func take(
        _ targets: [Target], _ absence: AbsenceRow, _ bump: BumpDesk, in context: CommandContext
    ) throws -> Bool {
        let transaction = context.transaction
        let rows = try IntervalStore.stored(
            Set(targets.map(\.resource)).sorted(), from: absence.span.start, to: absence.span.end, in: transaction)
        let held = Set(
            rows.filter { row in
                row.expiresAt != nil && row.owner > 0
                    && targets.contains { $0.resource == row.resource && $0.span.overlaps(row.span) }
            }.map(\.owner))
        // Lists that lose a time look for another.
        for list in try BumpStore.absences(holding: held.sorted(), in: transaction) {
            try bump.wake(list, in: context)
        }
        for hold in held.sorted() {
            try IntervalStore.free(hold, in: transaction)
            try HoldStore.end(ID(raw: hold), as: "released", in: transaction)
        }
        var claims: [TimeClaim] = []
        for target in targets {
            let there = rows.filter { $0.resource == target.resource && !held.contains($0.owner) }
            for lane in Array(0..<target.lanes) + [absence.kind == .location ? placeLane : ownLane] {
                let claim = TimeClaim(resource: target.resource, span: target.span, lane: lane)
                let had = there.filter { $0.lane == lane }.map { TimeClaim(resource: $0.resource, span: $0.span) }
                claims += claim.without(had)
            }
        }
        guard
            try IntervalStore.take(claims, owner: absence.id.raw, patient: nil, expires: nil, in: transaction)
        else { return false }
        // Who joins a group takes none of its time. They lock it, so they are through by now, or see the absence.
        let groups = rows.filter { row in
            row.owner < 0 && targets.contains { $0.resource == row.resource && $0.span.overlaps(row.span) }
        }.map(\.owner)
        for group in Set(groups).sorted() { _ = try IntervalStore.lock(group: group, in: transaction) }
        return true
    }

    private static func targets(_ absence: AbsenceRow, _ plan: SchedulePlan, now: Instant) -> [Target] {
        switch absence.kind {
        case .practitioner:
            guard let person = plan.personIndex[absence.key].map({ plan.people[$0] }) else { return [] }
            let key = BookableResource.practitioner(absence.key).key
            return pieces(absence.span).map { Target(resource: key, lanes: lanes(person), span: $0) }
        case .resource:
            let key = BookableResource.thing(absence.key).key
            let lanes = plan.resource(absence.key)?.capacity ?? 1
            return pieces(absence.span).map { Target(resource: key, lanes: lanes, span: $0) }
        case .location: return sessions(absence, plan)
        }
    }

    /// What everybody would have worked at a closed place.
    private static func sessions(_ absence: AbsenceRow, _ plan: SchedulePlan) -> [Target] {
        guard let zone = plan.zone(ofLocation: absence.key) else { return [] }
        var targets: [Target] = []
        var date = zone.civil(at: absence.span.start).date
        let last = zone.civil(at: absence.span.end - 1).date
        while date <= last {
            let frame = DayFrame(zone: zone, date: date)
            for person in plan.people {
                for open in plan.openMinutes(of: person.definition.key, at: absence.key, on: date) {
                    let start = max(frame.border(open.lowerBound), absence.span.start)
                    let end = min(frame.border(open.upperBound), absence.span.end)
                    guard start < end else { continue }
                    targets.append(
                        Target(
                            resource: BookableResource.practitioner(person.definition.key).key, lanes: lanes(person),
                            span: TimeSpan(start: start, end: end)))
                }
            }
            date = date.adding(days: 1)
        }
        return targets
    }

    private static func lanes(_ person: SchedulePlan.Person) -> Int {
        1 + (person.sessions.map(\.overbook).max() ?? 0)
    }

    /// An interval is at most a day long.
    private static func pieces(_ span: TimeSpan) -> [TimeSpan] {
        stride(from: span.start, to: span.end, by: Int64.Stride(piece)).map {
            TimeSpan(start: $0, end: min($0 + piece, span.end))
        }
    }
}
