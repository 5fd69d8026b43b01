import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import Vault

/// Why a patient calls a visit off, as they say it themselves.
enum PatientReason: String, Sendable, CaseIterable {
    case sick, ride, work, better, other
}

/// The patient calls the visit off by their link, or by text, as far as the visit type lets them.
struct CancelByLink: Command {
    static let permission = Permission.appointmentWrite
    let id: ID<Appointment>
    /// Nil: nobody asked why.
    let reason: PatientReason?
    /// How it was said: link, sms.
    var by = "link"
    let desk: SchedulingDesk

    func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let (row, _) = try AppointmentChange.row(id, desk: desk, in: context)
        if row.status == .cancelled { return AppointmentAnswer(row) }
        let rules = try LinkRules(row, desk, at: context.now, tenant: context.caller.tenant)
        guard rules.mayCancel else { throw LinkRules.call }
        let details = ChangeDetails(by: by, reason: rules.code(reason))
        let done = try AppointmentChange.apply(.cancel, to: row, details, in: context)
        try desk.moveNeed(done.needs, done.row, in: context)
        return AppointmentAnswer(done.row)
    }
}

/// What the holder of a link may do with its visit, by the rules of its type and the clock.
struct LinkRules: Sendable {
    /// Whether it is too late to call off without it counting as late.
    let isLate: Bool
    let mayMove: Bool
    let mayCancel: Bool

    init(_ row: AppointmentRow, _ desk: SchedulingDesk, at now: Instant, tenant: ID<Tenant>) throws {
        self.init(row, try desk.plans.plan(of: tenant).visitTypes[row.place.visitType], at: now)
    }

    /// A visit whose type is offered no more may still be called off.
    init(_ row: AppointmentRow, _ type: VisitTypeDefinition?, at now: Instant) {
        let start = Instant(microseconds: row.place.span.start)
        let rule = type?.rules.selfService ?? SelfServiceRule(move: false)
        let isOpen = now < start - .minutes(rule.untilMinutes)
        let waits = row.status == .booked || row.status == .pending
        isLate = CancellationCode.isLate(start: start.microseconds, now: now.microseconds, type)
        mayMove = waits && isOpen && rule.move && type != nil
        mayCancel = waits && isOpen && rule.cancel
    }

    func code(_ reason: PatientReason?) -> String { CancellationCode.ofPatient(isLate: isLate, reason) }

    static let call = Fault(
        .conflict, "link.call", "It is too late to change this visit here.", remedy: "Call the practice.")
}
