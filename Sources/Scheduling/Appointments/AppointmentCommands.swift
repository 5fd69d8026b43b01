package import Kernel
package import PeopleAPI
import SchedulingAPI
package import Spine
import TimeZones
package import Vault

/// An act on one appointment that its caller may do: the row, the rules, the need.
private func change(
    _ id: ID<Appointment>, _ input: AppointmentInput, _ details: ChangeDetails, version: Int? = nil,
    desk: SchedulingDesk, in context: CommandContext
) throws -> AppointmentAnswer {
    let (row, _) = try AppointmentChange.row(id, desk: desk, in: context)
    return try change(row, input, details, version: version, desk: desk, in: context)
}

/// The same of a row that `AppointmentChange.row` gave.
private func change(
    _ row: AppointmentRow, _ input: AppointmentInput, _ details: ChangeDetails, version: Int? = nil,
    desk: SchedulingDesk, in context: CommandContext
) throws -> AppointmentAnswer {
    if let version, version != row.version { throw AppointmentChange.meanwhile }
    let done = try AppointmentChange.apply(input, to: row, details, in: context)
    try desk.moveNeed(done.needs, done.row, in: context)
    return AppointmentAnswer(done.row, retaken: done.retaken)
}

/// A command that says one thing of one visit and needs to know nothing else.
package protocol AppointmentAct: Command {
    static var input: AppointmentInput { get }
    var id: ID<Appointment> { get }
    var desk: SchedulingDesk { get }
}

extension AppointmentAct {
    package static var permission: Permission { .appointmentWrite }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        try change(id, Self.input, ChangeDetails(desk: desk), desk: desk, in: context)
    }
}

/// The patient said yes.
package struct ConfirmAppointment: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let by: String
    private let desk: SchedulingDesk

    /// `by`: how it was said: phone, sms, console, api.
    package init(_ id: ID<Appointment>, by: String, desk: SchedulingDesk) {
        self.id = id
        self.by = by
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        try change(id, .confirm, ChangeDetails(by: by), desk: desk, in: context)
    }
}

/// The patient is here: check-in. A visit that was marked as missed takes again what is left of its time; the answer
/// says how much that was.
package struct ArriveAppointment: AppointmentAct {
    package static let input = AppointmentInput.arrive
    package let id: ID<Appointment>
    package let desk: SchedulingDesk

    package init(_ id: ID<Appointment>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }
}

/// The visit took place and is over.
package struct CompleteAppointment: AppointmentAct {
    package static let input = AppointmentInput.complete
    package let id: ID<Appointment>
    package let desk: SchedulingDesk

    package init(_ id: ID<Appointment>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }
}

/// Why a visit is called off.
package enum CancellationReason: String, Sendable, CaseIterable {
    case patient, practitioner, closed, mistake
}

/// Calls a visit off and gives its time back.
package struct CancelAppointment: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let reason: CancellationReason
    private let tells: Bool
    private let asker: ID<PatientProxy>?
    private let desk: SchedulingDesk

    /// `telling`: whether the patient gets a message about it. `asker`: who asks for the patient; nil: the patient, or
    /// the practice.
    package init(
        _ id: ID<Appointment>, reason: CancellationReason, telling: Bool = true, asker: ID<PatientProxy>? = nil,
        desk: SchedulingDesk
    ) {
        self.id = id
        self.reason = reason
        tells = telling
        self.asker = asker
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let (row, client) = try AppointmentChange.row(id, desk: desk, in: context)
        try desk.check(asker: asker, for: client, labels: row.place.labels, in: context)
        let details = ChangeDetails(reason: try code(row, context), tells: tells, asker: asker)
        return try change(row, .cancel, details, desk: desk, in: context)
    }

    /// Whether a patient calls off late is told by the visit type as it is now, and kept.
    private func code(_ row: AppointmentRow, _ context: CommandContext) throws -> String {
        guard reason == .patient else { return reason.rawValue }
        let type = try desk.plans.plan(of: context.caller.tenant).visitTypes[row.place.visitType]
        return CancellationCode.ofPatient(
            isLate: CancellationCode.isLate(
                start: row.place.span.start, now: context.now.microseconds, type))
    }
}

/// Why a patient did not come.
package enum MissedReason: String, Sendable, CaseIterable {
    case transport, unwell, weather
    /// They called when the visit had begun.
    case calledAfter = "called-after"
    case other, unknown
}

/// The patient did not come. Why is mostly known later, if ever: it may be said with this, or of a visit that is marked
/// already.
package struct MarkNoShow: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let reason: MissedReason?
    private let desk: SchedulingDesk

    package init(_ id: ID<Appointment>, reason: MissedReason? = nil, desk: SchedulingDesk) {
        self.id = id
        self.reason = reason
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let (row, _) = try AppointmentChange.row(id, desk: desk, in: context)
        guard row.status == .noshow, let reason, reason.rawValue != row.missedReason else {
            return try change(row, .miss, ChangeDetails(reason: reason?.rawValue, desk: desk), desk: desk, in: context)
        }
        var new = row
        new.missedReason = reason.rawValue
        new.version += 1
        try AppointmentChange.write(new, over: row, in: context)
        return AppointmentAnswer(new)
    }
}

/// The EHR that owns the calendar took the visit, or would not.
package struct RecordExternalAnswer: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let accepted: Bool
    private let desk: SchedulingDesk

    package init(_ id: ID<Appointment>, accepted: Bool, desk: SchedulingDesk) {
        self.id = id
        self.accepted = accepted
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let details = ChangeDetails(reason: accepted ? nil : "external-declined")
        return try change(id, .externalAnswer(accepted: accepted), details, desk: desk, in: context)
    }
}

/// Where a visit is moved to.
package enum MoveTarget: Sendable {
    /// A hold that was made for moving this visit.
    case hold(ID<SlotHold>)
    case slot(SlotFinder.Question)
}

/// Gives a visit another time or place, as one act: the old time is free when the new one is taken, not before.
package struct MoveAppointment: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let target: MoveTarget
    private let tells: Bool
    private let version: Int?
    private let note: String?
    private let breaksLinks: Bool
    private let by: String?
    private let asker: ID<PatientProxy>?
    private let desk: SchedulingDesk

    /// `version`: what the caller had before them; nil: whatever it is now. `breakingLinks`: also to where it does not lie to
    /// the visits it belongs to as their types ask. `by`: how the patient said so, where it is known: sms. `asker`: who
    /// asks for the patient; nil: the patient.
    package init(
        _ id: ID<Appointment>, to target: MoveTarget, telling: Bool = true, version: Int? = nil, note: String? = nil,
        breakingLinks: Bool = false, by: String? = nil, asker: ID<PatientProxy>? = nil, desk: SchedulingDesk
    ) {
        self.by = by
        self.asker = asker
        self.id = id
        self.target = target
        tells = telling
        self.version = version
        self.note = note
        breaksLinks = breakingLinks
        self.desk = desk
    }

    package func validate() throws {
        try AppointmentNote.check(note)
    }

    package func run(_ context: CommandContext) throws -> AppointmentAnswer {
        var details = ChangeDetails(by: by, tells: tells, asker: asker)
        // First of all whether the visit may be seen: a hold for moving it would tell that it is there.
        let (row, client) = try AppointmentChange.row(id, desk: desk, in: context)
        let question: SlotFinder.Question
        switch target {
        case .slot(let wanted): question = wanted
        case .hold(let hold):
            question = try held(hold, context)
            details.hold = hold
        }
        let labels = try desk.plans.labels(of: question.visitType, tenant: context.caller.tenant)
        try desk.check(asker: asker, for: client, labels: row.place.labels.union(labels), in: context)
        var wish = try desk.wish(question, client, need: row.need, moved: row.place.visitType, in: context)
        wish.ignoring = Set([id.raw] + (details.hold.map { [$0.raw] } ?? []))
        let (slot, _) = try desk.slot(question, visitor: wish.visitor, in: context)
        if !breaksLinks {
            let plan = try desk.plans.plan(of: context.caller.tenant)
            let broken = try Belonging.broken(row, at: slot, plan, for: context.caller, in: context.transaction)
            guard broken.isEmpty else { throw Belonging.fault(broken, plan) }
        }
        details.place = try desk.placement(of: slot, tenant: context.caller.tenant)
        details.wish = wish
        details.desk = desk
        details.note = try note.map { text in
            let subject = client.plain.keySubject
            return (try context.vault.seal(AppointmentNote(text), id: id.raw, subject: subject), subject)
        }
        let external = try desk.isExternal(slot.location, tenant: context.caller.tenant)
        let answer = try change(
            id, .move(external: external), details, version: version, desk: desk, in: context)
        if let hold = details.hold { try HoldStore.end(hold, as: "booked", in: context.transaction) }
        return answer
    }

    private func held(_ id: ID<SlotHold>, _ context: CommandContext) throws -> SlotFinder.Question {
        guard let hold = try HoldStore.find(id, locking: true, in: context.transaction), hold.moving == self.id else {
            throw Fault.notFound("hold")
        }
        guard hold.state == "held", hold.expiresAt > context.now,
            let local = CivilDateTime(iso: hold.localStart)
        else { throw BookingRules.holdOver }
        return SlotFinder.Question(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location, localStart: local)
    }
}
