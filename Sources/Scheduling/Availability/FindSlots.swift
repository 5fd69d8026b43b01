package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// Looks for times: what is open by the rules, less what is taken, read in one query.
package struct FindSlots: Query {
    package static let permission = Permission.appointmentRead
    /// The longest range of one search, in days.
    package static let longestRange = 100

    private let request: SlotRequest
    private let patient: ID<Patient>?
    private let need: ID<Need>?
    private let moving: ID<Appointment>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// `patient`: whose own visits are avoided too, and whose age, sex and language count. `moving`: a visit whose present
    /// time counts as free.
    package init(
        _ request: SlotRequest, patient: ID<Patient>? = nil, need: ID<Need>? = nil, moving: ID<Appointment>? = nil,
        now: Instant, desk: SchedulingDesk
    ) {
        self.request = request
        self.patient = patient
        self.need = need
        self.moving = moving
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [OpenSlot] {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        try Self.check(request, plan)
        guard let type = plan.visitTypes[request.visitType] else { return [] }
        let reading = SlotReading(
            type: type, practitioners: request.practitioners, from: request.from, to: request.to, patient: patient,
            need: need, moving: moving)
        let (bookings, visitor) = try reading.read(desk, now, transaction, access)
        return SlotFinder(plan).slots(for: request, bookings, visitor: visitor, now: now)
    }

    /// The patient's records, when the caller may see the patient.
    static func records(
        of patient: ID<Patient>, _ desk: SchedulingDesk, _ transaction: any Transaction, _ access: Access
    ) throws -> PatientSet {
        let set = try desk.directory.set(of: patient, in: transaction)
        let scope = try Policy.scopeRows(of: [patient], for: access.caller, in: transaction)[patient] ?? []
        guard Policy.decide(access.caller, permission, .patient(scope)) == .permit else {
            _ = try access.grant(permission, for: PatientSet(patient), scope: scope)
            throw Fault.notFound("patient")
        }
        return set
    }

    private static func check(_ request: SlotRequest, _ plan: SchedulePlan) throws {
        var fields: [Fault.Field] = []
        if plan.visitTypes[request.visitType] == nil { fields.append(.init("visit_type", "Not a known visit type.")) }
        for key in request.practitioners ?? [] where plan.practitioner(key) == nil {
            fields.append(.init("practitioner", "Not a known practitioner."))
        }
        for key in request.locations ?? [] where plan.location(key) == nil {
            fields.append(.init("location", "Not a known location."))
        }
        if request.to < request.from { fields.append(.init("to", "The last day is before the first.")) }
        if request.from.days(until: request.to) > longestRange {
            fields.append(.init("to", "At most \(longestRange) days in one search."))
        }
        if !fields.isEmpty { throw Fault.invalid(fields) }
    }
}

/// Asks why one minute is not offered; nil: it is.
package struct AskWhyNot: Query {
    package static let permission = Permission.appointmentRead

    private let question: SlotFinder.Question
    private let patient: ID<Patient>?
    private let need: ID<Need>?
    private let now: Instant
    private let desk: SchedulingDesk

    package init(
        _ question: SlotFinder.Question, patient: ID<Patient>?, need: ID<Need>? = nil, now: Instant,
        desk: SchedulingDesk
    ) {
        self.question = question
        self.patient = patient
        self.need = need
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> SlotRefusal? {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        guard let type = plan.visitTypes[question.visitType] else {
            // Says which key is not known.
            return try SlotFinder(plan).whyNot(question, .none, now: now)
        }
        let date = question.localStart.date
        let reading = SlotReading(
            type: type, practitioners: [question.practitioner], from: date, to: date, patient: patient, need: need)
        let (bookings, visitor) = try reading.read(desk, now, transaction, access)
        return try SlotFinder(plan).whyNot(question, bookings, visitor: visitor, now: now)
    }
}

/// What a search looks at, read in one statement for all that may do a visit type.
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

    func read(
        _ desk: SchedulingDesk, _ now: Instant, _ transaction: any Transaction, _ access: Access
    ) throws -> (bookings: Bookings, visitor: SlotVisitor) {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let set = try patient.map { try FindSlots.records(of: $0, desk, transaction, access) }
        var visitor = SlotVisitor.unknown
        if let patient, let set {
            visitor = try desk.visitor(
                patient, set, for: type, with: practitioners, need: need, FindSlots.permission, transaction, access)
        }
        // A limit of the whole place counts what everybody has.
        let people =
            type.rules.limits.perLocation != nil
            ? plan.practitioners
            : plan.practitioners(for: type).filter { practitioners?.contains($0.key) ?? true }
        let things = plan.resources(for: type, interpreted: visitor.needsInterpreter)
        var resources = people.map { BookableResource.practitioner($0.key) } + things.map { .thing($0.key) }
        if let set { resources.append(.patient(set.primary)) }
        // A local day lies within two days round the same day in UTC; the longest visit reaches a day further.
        let day: Int64 = 86_400_000_000
        let times = try TakenTimes.read(
            resources, from: Int64(from.daysSinceEpoch - 2) * day, to: Int64(to.daysSinceEpoch + 3) * day,
            in: transaction)
        let bookings = times.bookings(
            plan, people: people, things: things, patient: set?.primary.raw,
            ignoring: moving.map { [$0.raw] } ?? [], at: now)
        return (bookings, visitor)
    }
}
