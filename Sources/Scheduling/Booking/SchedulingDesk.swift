package import ConversationsAPI
import Kernel
package import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// What the commands of this area work with: the rules, and the doors to the areas they ask.
package struct SchedulingDesk: Sendable {
    package let plans: SchedulePlans
    let directory: any PatientDirectory
    let messaging: any PatientMessaging & NeedLookup
    /// Who acts for patients; nil: nobody is known to.
    let proxies: (any ProxyReading)?
    /// What is taken, in memory; nil: searches read it from the store each time.
    package let index: TakenIndex?

    package init(
        plans: SchedulePlans, directory: any PatientDirectory, messaging: any PatientMessaging & NeedLookup,
        proxies: (any ProxyReading)? = nil, index: TakenIndex? = TakenIndex()
    ) {
        self.index = index
        self.proxies = proxies
        self.plans = plans
        self.directory = directory
        self.messaging = messaging
    }

    /// A patient somebody books for.
    struct Client {
        let id: ID<Patient>
        let set: PatientSet
        let plain: PatientPlain
    }

    /// The patient, when this caller may act for them. Nothing sealed is opened, so a denial alone is on the trail here;
    /// the command's own record names the patient.
    /// `labels`: those of the one visit that is meant.
    func client(
        _ id: ID<Patient>, _ action: Permission, labels: Labels = [], in context: CommandContext
    ) throws -> Client {
        let transaction = context.transaction
        let set = try directory.set(of: id, in: transaction)
        let scopes = try Policy.scopeRows(of: set.members, for: context.caller, in: transaction)
        guard Policy.decide(context.caller, action, .item(of: scopes[id] ?? [], labels)) == .permit else {
            _ = try context.access.grant(action, for: PatientSet(id), scope: scopes[id] ?? [], labels: labels)
            throw Fault.notFound("patient")
        }
        guard let plain = try directory.plain(of: [id], in: transaction)[id] else { throw Fault.notFound("patient") }
        context.concerns(.patient(id))
        return Client(id: id, set: set, plain: plain)
    }

    /// The same for who asked by the id of `what`: hidden is told in the words of absent.
    func client(
        _ id: ID<Patient>, as what: String, _ action: Permission, in context: CommandContext
    ) throws -> Client {
        do {
            return try client(id, action, in: context)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound(what)
        }
    }

    /// A need that the caller names, when they may act for who it is about. Hidden and absent look alike.
    func check(need: ID<Need>?, in context: CommandContext) throws {
        guard let need else { return }
        guard try messaging.reaches(need, context.caller, .appointmentWrite, in: context.transaction) else {
            throw Fault.notFound("need")
        }
    }

    /// Whether the caller may act for whom a time is held, or whose need it is held for.
    func reaches(_ hold: HoldRow, _ caller: Caller, in transaction: any Transaction) throws -> Bool {
        if let patient = hold.patient {
            let scope = try Policy.scopeRows(of: [patient], for: caller, in: transaction)[patient] ?? []
            return Policy.decide(caller, .appointmentWrite, .patient(scope)) == .permit
        }
        guard let need = hold.need else { return true }
        return try messaging.reaches(need, caller, .appointmentWrite, in: transaction)
    }

    /// What stands in the way of a booking for this person, whatever the time.
    func check(_ client: Client, for type: VisitTypeDefinition, in context: CommandContext) throws {
        guard !client.plain.deceased else {
            throw Fault(.conflict, "appointment.deceased", "The patient has died; nothing can be booked.")
        }
        guard type.patients != .any else { return }
        let established = try AppointmentStore.hasCompletedVisit(client.set.members, in: context.transaction)
        if type.patients == .new && established {
            throw Fault(
                .conflict, "slot.new-only", "This visit type is for new patients.", remedy: "Choose another visit type."
            )
        }
        if type.patients == .established && !established {
            throw Fault(
                .conflict, "slot.established-only", "This visit type is for patients who have been here before.",
                remedy: "Choose a visit type for new patients.")
        }
    }

    func visitType(_ question: SlotFinder.Question, in context: CommandContext) throws -> VisitTypeDefinition {
        guard let type = try plans.plan(of: context.caller.tenant).visitTypes[question.visitType] else {
            throw SlotFinder.unknown("visit_type")
        }
        return type
    }

    /// The slot, if it can be offered by all rules but what is taken.
    func slot(
        _ question: SlotFinder.Question, visitor: SlotVisitor = .unknown, in context: CommandContext
    ) throws -> (OpenSlot, VisitTypeDefinition) {
        let plan = try plans.plan(of: context.caller.tenant)
        switch try SlotFinder(plan).place(question, visitor: visitor, now: context.now) {
        case .failure(let refusal):
            let missing = plan.visitTypes[question.visitType].map(visitor.missingFacts) ?? []
            throw BookingRules.refused(refusal, missing: missing)
        case .success(let slot): return (slot, try visitType(question, in: context))
        }
    }

    /// What is wanted for a patient, or for nobody yet. `moved`: the type of a visit that was agreed and stays what it
    /// was, whatever has become of the patient since.
    func wish(
        _ question: SlotFinder.Question, _ client: Client?, need: ID<Need>?, moved: String?, in context: CommandContext
    ) throws -> TimeWish {
        try wish(question, client, need: need, moved: moved, .appointmentWrite, context.transaction, context.access)
    }

    /// The same for who asks with another right than that to book.
    func wish(
        _ question: SlotFinder.Question, _ client: Client?, need: ID<Need>?, moved: String?, _ action: Permission,
        _ transaction: any Transaction, _ access: Access
    ) throws -> TimeWish {
        let plan = try plans.plan(of: access.caller.tenant)
        guard let type = plan.visitTypes[question.visitType] else {
            return TimeWish(question: question, visitor: .unknown, patient: nil)
        }
        guard let client else {
            var visitor = SlotVisitor.unknown
            visitor.facts = try facts(of: need, for: type, action, transaction, access)
            return TimeWish(question: question, visitor: visitor, patient: nil)
        }
        var visitor = try visitor(
            client.id, client.set, for: type, with: [question.practitioner],
            plain: client.plain, need: need, action, transaction, access)
        if let moved { visitor.keepsWhatWasAgreed(type, as: moved) }
        return TimeWish(question: question, visitor: visitor, patient: client.set.primary)
    }

    func placement(of slot: OpenSlot, tenant: ID<Tenant>) throws -> Placement {
        let plan = try plans.plan(of: tenant)
        guard let zone = plan.zone(ofLocation: slot.location) else { throw Fault.notFound("location") }
        return Placement(
            visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
            localStart: slot.localStart.iso, zone: zone.name, timeZoneVersion: plan.timeZoneVersion, span: slot.span,
            reminders: try plans.reminders(of: slot.visitType, tenant: tenant),
            labels: try plans.labels(of: slot.visitType, tenant: tenant))
    }

    /// Whether an EHR owns the calendar of a place.
    func isExternal(_ location: String, tenant: ID<Tenant>) throws -> Bool {
        try plans.plan(of: tenant).location(location)?.calendarOwner == .ehr
    }

    /// Tells the need, when there is one.
    func moveNeed(_ events: [AppointmentEvent], _ row: AppointmentRow, in context: CommandContext) throws {
        guard let need = row.need else { return }
        for event in events {
            let kind: NeedAppointmentChange.Kind? =
                switch event {
                case .booked: .booked
                case .confirmed: .confirmed
                case .arrived: .arrived
                case .completed: .completed
                case .cancelled: .cancelled
                case .noShow: .noShow
                case .held, .requested, .moved, .reminderPlanned, .reminded, .runningLate, .prepared, .replanned,
                    .called,
                    .delayed:
                    nil
                }
            guard let kind else { continue }
            try messaging.appointmentChanged(
                NeedAppointmentChange(
                    kind: kind, need: need, appointment: row.id, startsAt: Instant(microseconds: row.place.span.start),
                    labels: row.place.labels),
                context: context)
        }
    }
}
