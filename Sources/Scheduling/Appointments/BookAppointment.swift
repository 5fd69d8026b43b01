package import Kernel
package import PeopleAPI
import SchedulingAPI
package import Spine
package import StudioAPI
import TimeZones
package import Vault

/// An appointment as a command answers it: ids and codes, so it can be kept for a repeated request.
package struct AppointmentAnswer: Sendable, Codable, Equatable {
    package let id: Int64
    package let patient: Int64
    package let need: Int64?
    package let status: String
    package let confirmed: Bool
    package let localStart: String
    package let zone: String
    /// Microseconds UTC.
    package let startsAt: Int64
    package let endsAt: Int64
    package let visitType: String
    package let practitioner: String
    package let location: String
    package let version: Int
    /// Codes: why it was called off, why the patient did not come.
    package let cancelReason: String?
    package let missedReason: String?
    /// What was taken again of its time, when the patient came after it was marked as missed.
    package let retaken: RetakenTime?
    /// Of the rooms, devices and interpreters it needs, the kinds of which none was free then; nil: none is missing.
    package let missing: [ResourceType]?

    init(_ row: AppointmentRow, retaken: Retaken? = nil) {
        self.retaken = retaken?.time
        missing = retaken.flatMap { $0.missing.isEmpty ? nil : $0.missing }
        cancelReason = row.cancelReason
        missedReason = row.missedReason
        id = row.id.raw
        patient = row.patient.raw
        need = row.need?.raw
        status = row.status.rawValue
        confirmed = row.confirmedAt != nil
        localStart = row.place.localStart
        zone = row.place.zone
        startsAt = row.place.span.start
        endsAt = row.place.span.end
        visitType = row.place.visitType
        practitioner = row.place.practitioner
        location = row.place.location
        version = row.version
    }
}

/// Where a booking's time comes from.
package enum BookingSource: Sendable {
    /// A hold; its patient, or the named one when it was made without.
    case hold(ID<SlotHold>, patient: ID<Patient>?)
    case slot(SlotFinder.Question, patient: ID<Patient>)
}

/// Books a visit, from a hold or straight from a slot.
package struct BookAppointment: Command {
    package static let permission = Permission.appointmentWrite

    private let desk: SchedulingDesk
    private let from: BookingSource
    private let need: ID<Need>?
    private let note: String?
    private let joins: ID<Appointment>?
    private let asker: ID<PatientProxy>?
    private let source: String?

    /// `joining`: the visit of the same patient that this one belongs to, as its type links it. `asker`: who asks for
    /// the patient; nil: the patient. `source`: where it came in; nil: by the caller's door.
    package init(
        _ from: BookingSource, need: ID<Need>? = nil, note: String? = nil, joining: ID<Appointment>? = nil,
        asker: ID<PatientProxy>? = nil, source: String? = nil, desk: SchedulingDesk
    ) {
        joins = joining
        self.source = source
        self.asker = asker
        self.desk = desk
        self.from = from
        self.need = need
        self.note = note
    }

    package func validate() throws {
        try AppointmentNote.check(note)
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let anchor = try joins.map { try AppointmentChange.row($0, desk: desk, in: context) }
        let answer = try book(context)
        if let anchor { try Belonging.join(answer, to: anchor.row, of: anchor.client, desk: desk, in: context) }
        return answer
    }

    private func book(_ context: CommandContext) throws -> AppointmentAnswer {
        try desk.check(need: need, in: context)
        switch from {
        case .slot(let question, let patient):
            let client = try desk.client(patient, .appointmentWrite, in: context)
            let type = try desk.visitType(question, in: context)
            try desk.check(client, for: type, in: context)
            try desk.check(asker: asker, for: client, visitType: type.key, in: context)
            let wish = try desk.wish(question, client, need: need, moved: nil, in: context)
            let chosen = try TimeTaking.choose(wish, desk: desk, in: context)
            let row = try row(
                for: client, desk.placement(of: chosen.slot, tenant: context.caller.tenant), need, context)
            // Another room may come of it, never another time.
            _ = try TimeTaking.take(chosen, for: wish, owner: row.id.raw, patient: client.id, desk: desk, in: context)
            return try finish(row, context)
        case .hold(let id, let patient): return try book(id, patient, context)
        }
    }

    private func book(_ id: ID<SlotHold>, _ named: ID<Patient>?, _ context: CommandContext) throws -> AppointmentAnswer
    {
        guard let hold = try HoldStore.find(id, locking: true, in: context.transaction) else {
            throw Fault.notFound("hold")
        }
        // Whether the hold may be seen comes before all that is said of it.
        let client: SchedulingDesk.Client
        if let patient = hold.patient {
            client = try desk.client(patient, as: "hold", .appointmentWrite, in: context)
            if let named, named != patient { throw Fault.invalid("patient", "The time is held for another patient.") }
        } else {
            guard try desk.reaches(hold, context.caller, in: context.transaction) else { throw Fault.notFound("hold") }
            guard let named else { throw Fault.invalid("patient", "Say who the visit is for.") }
            client = try desk.client(named, .appointmentWrite, in: context)
        }
        guard hold.moving == nil else {
            throw Fault(.conflict, "hold.moving", "This time is held to move a visit.", remedy: "Move the visit.")
        }
        guard hold.state == "held", hold.expiresAt > context.now else { throw BookingRules.holdOver }
        let plan = try desk.plans.plan(of: context.caller.tenant)
        guard let type = plan.visitTypes[hold.visitType] else {
            throw Fault(
                .conflict, "hold.visit-type", "This visit type is no longer offered.", remedy: "Choose another one.")
        }
        try desk.check(client, for: type, in: context)
        try desk.check(asker: asker, for: client, visitType: type.key, in: context)
        if let need, need != hold.need { try check(need, for: type, context) }
        // A hold made for nobody has neither a patient's time nor an interpreter's.
        let missing = hold.patient == nil ? try missing(hold, type, client, plan, context) : []
        let over = try TimeTaking.inTheWay(missing, in: context)
        let place = Placement(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location,
            localStart: hold.localStart, zone: hold.zone, timeZoneVersion: plan.timeZoneVersion, span: hold.span,
            reminders: try desk.plans.reminders(of: hold.visitType, tenant: context.caller.tenant),
            labels: try desk.plans.labels(of: hold.visitType, tenant: context.caller.tenant))
        let row = try row(for: client, place, need ?? hold.need, context)
        guard
            try IntervalStore.passOn(from: id.raw, to: row.id.raw, patient: client.id, in: context.transaction) > 0
        else { throw BookingRules.holdOver }
        try TimeTaking.take(missing, from: over, owner: row.id.raw, patient: client.id, in: context)
        try HoldStore.end(id, as: "booked", in: context.transaction)
        return try finish(row, context)
    }

    /// Of a need that is named only now it is asked now what is known.
    private func check(_ need: ID<Need>, for type: VisitTypeDefinition, _ context: CommandContext) throws {
        var visitor = SlotVisitor.unknown
        visitor.facts = try desk.facts(of: need, for: type, .appointmentWrite, context.transaction, context.access)
        let missing = visitor.missingFacts(type)
        if !missing.isEmpty { throw BookingRules.refused(.factsMissing, missing: missing) }
    }

    /// What a hold for nobody lacks for this patient, who must be one whom the visit type admits.
    private func missing(
        _ hold: HoldRow, _ type: VisitTypeDefinition, _ client: SchedulingDesk.Client, _ plan: SchedulePlan,
        _ context: CommandContext
    ) throws -> [TimeClaim] {
        let patient = TimeClaim(.patient(client.set.primary), hold.span)
        guard let local = CivilDateTime(iso: hold.localStart) else { return [patient] }
        let question = SlotFinder.Question(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location, localStart: local)
        let wish = try desk.wish(question, client, need: need ?? hold.need, moved: nil, in: context)
        if let refusal = try SlotFinder(plan).refusal(of: wish.visitor, question) {
            throw BookingRules.refused(refusal, missing: wish.missingFacts(plan))
        }
        guard let person = plan.practitioner(hold.practitioner), wish.visitor.interpreted(by: person) != nil else {
            return [patient]
        }
        let things = plan.resources(for: type, interpreted: true).filter { $0.type == .interpreter }
        let times = try TakenTimes.read(
            things.map { .thing($0.key) }, from: hold.span.start, to: hold.span.end, in: context.transaction)
        let bookings = times.bookings(
            plan, people: [], things: things, patient: nil, ignoring: [], at: context.now)
        switch SlotFinder(plan).interpreter(for: wish.visitor, question, hold.span, bookings) {
        case .failure(let refusal): throw BookingRules.refused(refusal)
        case .success(let use):
            let capacity = plan.resource(use.key)?.capacity ?? 1
            let claim = TimeClaim(resource: BookableResource.thing(use.key).key, span: use.span, lanes: capacity)
            let over = times.over(at: context.now)
            guard let placed = claim.placed(among: times.rows.filter { !over.contains($0.owner) }) else {
                throw BookingRules.refused(.noInterpreter)
            }
            return placed + [patient]
        }
    }

    private func row(
        for client: SchedulingDesk.Client, _ place: Placement, _ need: ID<Need>?, _ context: CommandContext
    ) throws -> AppointmentRow {
        let id: ID<Appointment> = context.newID()
        let external = try desk.isExternal(place.location, tenant: context.caller.tenant)
        let sealed = try note.map {
            try context.vault.seal(AppointmentNote($0), id: id.raw, subject: client.plain.keySubject)
        }
        return AppointmentRow(
            id: id, patient: client.id, need: need, status: external ? .pending : .booked, place: place, placement: 0,
            version: 1, source: source ?? context.caller.origin, createdAt: context.now,
            bookedAt: external ? nil : context.now, keySubject: sealed == nil ? nil : client.plain.keySubject,
            note: sealed)
    }

    private func finish(_ row: AppointmentRow, _ context: CommandContext) throws -> AppointmentAnswer {
        try AppointmentStore.insert(row, in: context.transaction)
        let event: AppointmentEvent = row.status == .pending ? .requested : .booked
        context.emit(
            .appointment(event, id: row.id, patient: row.patient, need: row.need, row.place, Askers.fact(asker)))
        try desk.moveNeed([event], row, in: context)
        return AppointmentAnswer(row)
    }
}
