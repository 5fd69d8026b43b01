import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What is left of the time of a visit whose patient comes after it was marked as missed: its time was given back then.
package enum RetakenTime: String, Sendable, Codable {
    /// All of it, from now to the end of the visit.
    case all
    /// Somebody else has some of it.
    case part
    /// Somebody else has it.
    case nothing = "none"
    /// The visit would have been over by now.
    case over

    /// Whether others have some of it.
    var isGivenAway: Bool { self == .part || self == .nothing }
}

/// What such a visit has again.
struct Retaken {
    let time: RetakenTime
    /// The kinds of things of which it needs one and none is free.
    var missing: [ResourceType] = []
}

/// Takes that time again, as far as nobody else has it: the practitioner's, or the place in the group, the patient's, and
/// that of rooms, devices and the interpreter. What the visit had comes first, then another that serves; where none is
/// free the patient is checked in all the same.
enum LateArrival {
    static func retake(
        _ row: AppointmentRow, desk: SchedulingDesk, in context: CommandContext
    ) throws -> Retaken {
        let transaction = context.transaction
        let visit = try LateVisit(row, desk, in: context)
        for _ in 1...BookingRules.mostTries {
            let own = visit.claims(joinsGroup: false, []).compactMap { rest($0, from: context.now) }
            guard !own.isEmpty else { return Retaken(time: .over) }
            let times = try visit.times(own, from: context.now, in: transaction)
            let over = try free(times, in: context)
            let meets = try visit.meets(in: transaction)
            let things = visit.things(among: times, joinsGroup: meets, at: context.now)
            let claims =
                visit.claims(joinsGroup: meets, things.ofType)
                + [things.interpreter].compactMap { $0.map(visit.claim) }
            var taken = times.rows.filter { !over.contains($0.owner) }
            var parts: [(claim: TimeClaim, parts: [TimeClaim])] = []
            for claim in claims.compactMap({ rest($0, from: context.now) }) {
                let free = free(claim, among: taken)
                taken += free.map { TakenInterval($0, owner: row.id.raw) }
                parts.append((claim, free))
            }
            guard
                try IntervalStore.take(
                    parts.flatMap(\.parts), owner: row.id.raw, patient: row.patient, expires: nil, in: transaction)
            else { continue }
            let counted = Set(own.map(\.resource)).subtracting([visit.patient.raw])
            return Retaken(
                time: outcome(parts.filter { counted.contains($0.claim.resource) }), missing: things.missing)
        }
        return Retaken(time: .nothing)
    }

    /// Keys of the rooms, devices and interpreters that a visit has now, but for those that its group has.
    static func things(of row: AppointmentRow, desk: SchedulingDesk, in context: CommandContext) throws -> [String] {
        let had = Set(try IntervalStore.owned(by: row.id.raw, in: context.transaction).map(\.resource))
        return try desk.plans.plan(of: context.caller.tenant).resources.map(\.key)
            .filter { had.contains(BookableResource.thing($0).key) }.sorted()
    }

    /// Gives back what nobody has any more: holds that ran out, groups without anybody. Their owners.
    private static func free(_ times: TakenTimes, in context: CommandContext) throws -> Set<Int64> {
        var over = times.over(at: context.now)
        let emptied = over.filter { $0 < 0 }
        over.formUnion(
            times.seats.filter { emptied.contains($0.resource) && $0.isOver(at: context.now) }.map(\.owner))
        for hold in over.subtracting(emptied).sorted() {
            try IntervalStore.freeExpired(hold, at: context.now, in: context.transaction)
        }
        for group in emptied.sorted() { try IntervalStore.dissolve(group, in: context.transaction) }
        return over
    }

    private static func rest(_ claim: TimeClaim, from now: Instant) -> TimeClaim? {
        let span = TimeSpan(start: max(claim.span.start, now.microseconds), end: claim.span.end)
        return span.start < span.end ? claim.with(span: span) : nil
    }

    /// The stretches of a claim that can be had, each in its lane.
    private static func free(_ claim: TimeClaim, among taken: [TakenInterval]) -> [TimeClaim] {
        if let whole = claim.placed(among: taken) { return whole }
        let mine = taken.filter { $0.resource == claim.resource && $0.span.overlaps(claim.span) }
        let borders = Set([claim.span.start, claim.span.end] + mine.flatMap { [$0.span.start, $0.span.end] })
            .filter { claim.span.start <= $0 && $0 <= claim.span.end }.sorted()
        return zip(borders, borders.dropFirst()).flatMap { start, end in
            claim.with(span: TimeSpan(start: start, end: end)).placed(among: taken) ?? []
        }
    }

    private static func outcome(_ taken: [(claim: TimeClaim, parts: [TimeClaim])]) -> RetakenTime {
        func length(_ claims: [TimeClaim]) -> Int64 { claims.reduce(0) { $0 + $1.span.end - $1.span.start } }
        if taken.isEmpty { return .over }
        if taken.contains(where: { $0.parts.isEmpty }) { return .nothing }
        return taken.allSatisfy { length($0.parts) == length([$0.claim]) } ? .all : .part
    }
}
