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

/// Takes that time again, as far as nobody else has it: the practitioner's, or the place in the group, and the
/// patient's. Rooms and devices are not taken again: which ones it had is not known any more.
enum LateArrival {
    static func retake(
        _ row: AppointmentRow, desk: SchedulingDesk, in context: CommandContext
    ) throws -> RetakenTime {
        let transaction = context.transaction
        let patient = try desk.directory.set(of: row.patient, in: transaction).primary
        let plan = try desk.plans.plan(of: context.caller.tenant)
        for _ in 1...BookingRules.mostTries {
            let claims = try claims(row, plan, patient, in: transaction).compactMap { rest($0, from: context.now) }
            guard let first = claims.first else { return .over }
            let start = claims.reduce(first.span.start) { min($0, $1.span.start) }
            let end = claims.reduce(first.span.end) { max($0, $1.span.end) }
            let resources = Set(claims.map(\.resource)).sorted()
            let stored = try IntervalStore.stored(resources, from: start, to: end, in: transaction)
            for hold in Set(stored.filter { $0.isOver(at: context.now) }.map(\.owner)).sorted() {
                try IntervalStore.freeExpired(hold, at: context.now, in: transaction)
            }
            let taken = stored.filter { !$0.isOver(at: context.now) }
            let parts = claims.map { free($0, among: taken) }
            guard
                try IntervalStore.take(
                    parts.flatMap { $0 }, owner: row.id.raw, patient: row.patient, expires: nil, in: transaction)
            else { continue }
            return outcome(zip(claims, parts).filter { $0.0.resource != patient.raw })
        }
        return .nothing
    }

    /// What the visit would take if it were booked now, without rooms and devices.
    private static func claims(
        _ row: AppointmentRow, _ plan: SchedulePlan, _ patient: ID<Patient>, in transaction: any Transaction
    ) throws -> [TimeClaim] {
        let place = row.place
        guard let type = plan.visitTypes[place.visitType], let local = CivilDateTime(iso: place.localStart) else {
            return [
                TimeClaim(.practitioner(place.practitioner), place.span), TimeClaim(.patient(patient), place.span),
            ]
        }
        let group = BookableResource.group(
            practitioner: place.practitioner, visitType: place.visitType, location: place.location,
            start: place.span.start)
        let meets = try type.rules.groupSize > 1 && IntervalStore.lock(group: group.key, in: transaction)
        return plan.claims(
            OpenSlot(
                visitType: place.visitType, practitioner: place.practitioner, location: place.location,
                localStart: local, span: place.span, joinsGroup: meets), type, patient: patient)
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
