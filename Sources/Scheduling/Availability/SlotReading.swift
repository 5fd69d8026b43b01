import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What a search looks at: from memory where it can be, else read in one statement for all that may do a visit type.
struct SlotReading {
    let type: VisitTypeDefinition
    /// Nil: all.
    let practitioners: Set<String>?
    /// First and last local day.
    let from: CivilDate
    let to: CivilDate
    let patient: ID<Patient>?
    var need: ID<Need>?
    var moving: ID<Appointment>?
    /// Owners whose time counts as free.
    var ignoring: Set<Int64> = []

    func read(
        _ desk: SchedulingDesk, _ now: Instant, _ transaction: any Transaction, _ access: Access
    ) throws -> (bookings: Bookings, visitor: SlotVisitor) {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        // Hidden and absent look alike.
        if let need, try !desk.messaging.reaches(need, access.caller, FindSlots.permission, in: transaction) {
            throw Fault.notFound("need")
        }
        let set = try patient.map { try FindSlots.records(of: $0, desk, transaction, access) }
        var visitor = SlotVisitor.unknown
        if let patient, let set {
            visitor = try desk.visitor(
                patient, set, for: type, with: practitioners, need: need, FindSlots.permission, transaction, access)
            if let moving {
                visitor.keepsItsPapers()
                let isAsked = visitor.payers != nil || visitor.facts != nil
                if isAsked, let agreed = try AppointmentStore.find(moving, in: transaction) {
                    visitor.keepsItsAnswers(type, as: agreed.place.visitType)
                }
            }
        } else {
            visitor.facts = try desk.facts(of: need, for: type, FindSlots.permission, transaction, access)
        }
        // A limit of the whole place counts what everybody has.
        let people =
            type.rules.limits.perLocation != nil
            ? plan.practitioners
            : plan.practitioners(for: type).filter { practitioners?.contains($0.key) ?? true }
        let things = plan.resources(for: type, interpreted: visitor.needsInterpreter)
        let patients = set.map { [BookableResource.patient($0.primary)] } ?? []
        // A local day lies within two days round the same day in UTC; the longest visit reaches a day further.
        let day: Int64 = 86_400_000_000
        let start = Int64(from.daysSinceEpoch - 2) * day
        let end = Int64(to.daysSinceEpoch + 3) * day
        let ignored = ignoring.union(moving.map { [$0.raw] } ?? [])
        if let version = try desk.index?.version(from: start, at: now, in: transaction) {
            let own = try IntervalStore.stored(patients.map(\.key), from: start, to: end, in: transaction)
            var bookings = version.bookings(plan, people: people, things: things, own: own, ignoring: ignored, at: now)
            try bookings.addDone(plan, [type], of: people, from: start, to: end, at: now, in: transaction)
            return (bookings, visitor)
        }
        let resources = people.map { BookableResource.practitioner($0.key) } + things.map { .thing($0.key) }
        let times = try TakenTimes.read(resources + patients, from: start, to: end, in: transaction)
        var bookings = times.bookings(
            plan, people: people, things: things, patient: set?.primary.raw, ignoring: ignored, at: now)
        try bookings.addDone(plan, [type], of: people, from: start, to: end, at: now, in: transaction)
        return (bookings, visitor)
    }
}
