import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What a visit whose patient comes late would take if it were booked now.
struct LateVisit {
    let patient: ID<Patient>
    private let place: Placement
    private let plan: SchedulePlan
    /// Nil where the rules know the visit's type no more.
    private let rules: (type: VisitTypeDefinition, local: CivilDateTime)?
    /// Keys of what it had when it was marked as missed, as far as that was kept.
    private let had: Set<String>
    /// The language in which somebody interprets; nil: nobody does.
    private let interpreting: String?
    /// All that could serve it.
    private let things: [ResourceDefinition]

    init(_ row: AppointmentRow, _ desk: SchedulingDesk, in context: CommandContext) throws {
        let transaction = context.transaction
        let plan = try desk.plans.plan(of: context.caller.tenant)
        self.plan = plan
        place = row.place
        patient = try desk.directory.set(of: row.patient, in: transaction).primary
        let type = plan.visitTypes[row.place.visitType]
        rules = type.flatMap { type in CivilDateTime(iso: row.place.localStart).map { (type, $0) } }
        let missed = try AppointmentStore.history(of: row, in: transaction).first { $0.kind == .appointment(.noShow) }
        let had = Set(missed?.body["things"]?.array?.compactMap(\.string) ?? [])
        self.had = had
        // That somebody needs an interpreter is sealed; who had one that their visit's type does not ask for needs one.
        let asked = type.map { $0.rules.groupSize > 1 ? [] : $0.rules.resources.filter { $0.type == .interpreter } }
        let isInterpreted = had.filter { plan.resource($0)?.type == .interpreter }.count > (asked ?? []).count
        interpreting =
            isInterpreted
            ? try desk.directory.plain(of: [row.patient], in: transaction)[row.patient]?.language : nil
        things = type.map { plan.resources(for: $0, interpreted: isInterpreted) } ?? []
    }

    func claims(joinsGroup: Bool, _ uses: [ResourceUse]) -> [TimeClaim] {
        guard let rules else {
            return [
                TimeClaim(.practitioner(place.practitioner), place.span), TimeClaim(.patient(patient), place.span),
            ]
        }
        let slot = OpenSlot(
            visitType: place.visitType, practitioner: place.practitioner, location: place.location,
            localStart: rules.local, span: place.span, resources: uses, joinsGroup: joinsGroup)
        return plan.claims(slot, rules.type, patient: patient)
    }

    func claim(_ interpreter: ResourceUse) -> TimeClaim {
        TimeClaim(
            resource: BookableResource.thing(interpreter.key).key, span: interpreter.span,
            lanes: plan.resource(interpreter.key)?.capacity ?? 1)
    }

    /// What there is of the claims' resources and of all that could serve, from a moment on.
    func times(_ claims: [TimeClaim], from now: Instant, in transaction: any Transaction) throws -> TakenTimes {
        let after = Int64(rules?.type.rules.resources.map(\.after).max() ?? 0) * DayFrame.minute
        let end = claims.reduce(place.span.end + after) { max($0, $1.span.end) }
        let resources = Set(claims.map(\.resource)).union(things.map { BookableResource.thing($0.key).key })
        let rows = try IntervalStore.stored(resources.sorted(), from: now.microseconds, to: end, in: transaction)
        let groups = Set(rows.map(\.owner).filter { $0 < 0 })
        return TakenTimes(rows: rows, seats: try IntervalStore.seats(of: groups.sorted(), in: transaction))
    }

    /// Whether it is of a group that meets already; nobody dissolves it then before this transaction has ended.
    func meets(in transaction: any Transaction) throws -> Bool {
        guard let rules, rules.type.rules.groupSize > 1 else { return false }
        let group = BookableResource.group(
            practitioner: place.practitioner, visitType: place.visitType, location: place.location,
            start: place.span.start)
        return try IntervalStore.lock(group: group.key, in: transaction)
    }

    func things(among times: TakenTimes, joinsGroup: Bool, at now: Instant) -> LateThings {
        guard let rules else { return LateThings() }
        let question = SlotFinder.Question(
            visitType: place.visitType, practitioner: place.practitioner, location: place.location,
            localStart: rules.local)
        return SlotFinder(plan).rest(
            of: question, place.span, from: now.microseconds,
            LateNeeds(joinsGroup: joinsGroup, interpreting: interpreting, had: had),
            times.bookings(plan, people: [], things: things, patient: nil, ignoring: [], at: now))
    }
}
