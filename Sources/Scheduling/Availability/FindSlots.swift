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
    private let moving: ID<Appointment>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// `patient`: whose own visits are avoided too. `moving`: a visit whose present time counts as free.
    package init(
        _ request: SlotRequest, patient: ID<Patient>? = nil, moving: ID<Appointment>? = nil, now: Instant,
        desk: SchedulingDesk
    ) {
        self.request = request
        self.patient = patient
        self.moving = moving
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [OpenSlot] {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        try Self.check(request, plan)
        guard let type = plan.visitTypes[request.visitType] else { return [] }
        let keys = plan.practitioners(for: type).map(\.key).filter { request.practitioners?.contains($0) ?? true }
        let own = try patient.map { try Self.resource(of: $0, desk, transaction, access) }
        let resources = keys.map { BookableResource.practitioner($0).key } + (own.map { [$0] } ?? [])
        // A local day lies within two days round the same day in UTC; the longest visit reaches a day further.
        let day: Int64 = 86_400_000_000
        let busy = try IntervalStore.busy(
            resources, from: Int64(request.from.daysSinceEpoch - 2) * day,
            to: Int64(request.to.daysSinceEpoch + 3) * day,
            without: moving?.raw, at: now, in: transaction)
        var taken: [String: BusyTimes] = [:]
        for key in keys { taken[key] = busy[BookableResource.practitioner(key).key] }
        return SlotFinder(plan).slots(
            for: request, busy: taken, patient: own.flatMap { busy[$0] } ?? .none, now: now)
    }

    /// The number of a patient's time, when the caller may see the patient.
    static func resource(
        of patient: ID<Patient>, _ desk: SchedulingDesk, _ transaction: any Transaction, _ access: Access
    ) throws -> Int64 {
        let set = try desk.directory.set(of: patient, in: transaction)
        let scope = try Policy.scopeRows(of: [patient], for: access.caller, in: transaction)[patient] ?? []
        guard Policy.decide(access.caller, permission, .patient(scope)) == .permit else {
            _ = try access.grant(permission, for: PatientSet(patient), scope: scope)
            throw Fault.notFound("patient")
        }
        return BookableResource.patient(set.primary).key
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
    private let now: Instant
    private let desk: SchedulingDesk

    package init(_ question: SlotFinder.Question, patient: ID<Patient>?, now: Instant, desk: SchedulingDesk) {
        self.question = question
        self.patient = patient
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> SlotRefusal? {
        let finder = SlotFinder(try desk.plans.plan(of: access.caller.tenant))
        let own = try patient.map { try FindSlots.resource(of: $0, desk, transaction, access) }
        let mine = BookableResource.practitioner(question.practitioner).key
        let day: Int64 = 86_400_000_000
        let local = Int64(question.localStart.date.daysSinceEpoch)
        let busy = try IntervalStore.busy(
            [mine] + (own.map { [$0] } ?? []), from: (local - 2) * day, to: (local + 3) * day, without: nil, at: now,
            in: transaction)
        return try finder.whyNot(
            question, busy: busy[mine] ?? .none, patient: own.flatMap { busy[$0] } ?? .none, now: now)
    }
}
