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

    static func check(_ request: SlotRequest, _ plan: SchedulePlan) throws {
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
