import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

// Who asks for a visit: the patient, or somebody who acts for the patient.
//
// The rules:
// - Whether somebody may ask is decided by the rules of proxies, each time anew, by the day where the patient lives.
// - Care that a minor may have without their parents' knowledge is told by the labels of its visit type.
// - A page shows who may not, with the reason; the command refuses them, whatever a page has shown.
// - What was booked, moved or called off keeps the id of who asked for it, in its event. The name is read by who looks.
// - Where nobody is named the patient has asked.

extension SchedulingDesk {
    /// Everybody who acts for a patient, each with whether they may ask for visits at that moment.
    func askers(
        for set: PatientSet, labels: Labels, grant: Grant, at now: Instant, in transaction: any Transaction
    ) throws -> [ActingProxy] {
        guard let proxies else { return [] }
        return try proxies.proxies(
            of: set.members, for: .book, confidential: !labels.isDisjoint(with: .confidentialCare), grant: grant,
            at: now, in: transaction)
    }

    /// The same of a visit, for who may see it.
    func askers(
        of row: AppointmentRow, at now: Instant, _ transaction: any Transaction, _ access: Access
    ) throws -> [ActingProxy] {
        if proxies == nil { return [] }
        let (set, grant) = try directory.grant(
            .appointmentRead, for: row.patient, labels: row.place.labels, access: access, in: transaction)
        return try askers(for: set, labels: row.place.labels, grant: grant, at: now, in: transaction)
    }

    /// Throws when somebody asks who may not. Nothing is written before.
    /// `labels`: those of all that they ask for.
    func check(
        asker: ID<PatientProxy>?, for client: Client, labels: Labels, in context: CommandContext
    ) throws {
        guard let asker else { return }
        let (set, grant) = try directory.grant(
            .appointmentWrite, for: client.id, of: client.set, access: context.access, in: context.transaction)
        let known = try askers(for: set, labels: labels, grant: grant, at: context.now, in: context.transaction)
        guard let proxy = known.first(where: { $0.id == asker }) else { throw Fault.notFound("proxy") }
        if case .deny(let reason) = proxy.decision { throw Askers.refused(reason) }
    }

    /// The same for a visit of a type.
    func check(
        asker: ID<PatientProxy>?, for client: Client, visitType: String, in context: CommandContext
    ) throws {
        guard asker != nil else { return }
        let labels = try plans.labels(of: visitType, tenant: context.caller.tenant)
        try check(asker: asker, for: client, labels: labels, in: context)
    }
}

enum Askers {
    static let refusal = "proxy.may-not-book"

    static func refused(_ reason: ProxyReason) -> Fault {
        Fault(
            .conflict, refusal, "This person may not ask for visits of the patient today. \(reason.sentence)",
            remedy: "Let the patient ask, or somebody else who may.", place: "proxy",
            fields: [Fault.Field("proxy", reason.sentence)])
    }

    /// What an event says of who asked; nothing when it was the patient.
    static func fact(_ asker: ID<PatientProxy>?) -> [(String, JSONValue)] {
        guard let asker else { return [] }
        return [("proxy", .string(asker.text))]
    }

    static func asker(of event: StoredEvent) -> ID<PatientProxy>? {
        event.body["proxy"]?.string.flatMap { ID<PatientProxy>($0) }
    }

    /// Who asks, as a form says it; nil: the patient.
    static func asker(_ form: FormFields) throws(Fault) -> ID<PatientProxy>? {
        try asker(text: form.trimmed("proxy"))
    }

    static func asker(text: String?) throws(Fault) -> ID<PatientProxy>? {
        guard let text else { return nil }
        guard let id = ID<PatientProxy>(text) else { throw Fault.invalid("proxy", "Choose who asks from the list.") }
        return id
    }
}

extension SchedulingWords {
    /// The choice of who asks; nil: nobody acts for the patient, so there is nothing to choose.
    func askers(_ askers: [ActingProxy], chosen: ID<PatientProxy>? = nil) -> View? {
        if askers.isEmpty { return nil }
        let patient = View([
            "value": "", "label": .text(text("booking.asker.patient")), "off": false, "chosen": false,
        ])
        return View([
            "choices": .views(
                [patient]
                    + askers.map { asker in
                        View([
                            "value": .text(asker.id.text), "label": .text(label(asker)), "off": .flag(!asker.mayAct),
                            "chosen": .flag(asker.id == chosen),
                        ])
                    })
        ])
    }

    /// "Rosa Delgado, parent", and why when they may not.
    private func label(_ asker: ActingProxy) -> String {
        guard case .deny(let reason) = asker.decision else { return who(asker) }
        let why = text("proxies.reason.\(reason.rawValue)").lowercased()
        return text("booking.asker.off", ["who": who(asker), "why": why])
    }

    private func who(_ asker: ActingProxy) -> String {
        "\(asker.name), \(text("proxies.basis.\(asker.basis.rawValue)").lowercased())"
    }

    /// "Asked for by Rosa Delgado, parent"; nil: the patient asked.
    func askedFor(_ event: StoredEvent, _ askers: [ActingProxy]) -> String? {
        askedFor(by: Askers.asker(of: event), askers)
    }

    /// The same of a visit that is not there yet.
    func askedFor(by asker: ID<PatientProxy>?, _ askers: [ActingProxy]) -> String? {
        asker.map { id in
            guard let asker = askers.first(where: { $0.id == id }) else { return text("appointment.asked.unknown") }
            return text("appointment.asked", ["who": who(asker)])
        }
    }

    /// What stands above a page of which a form named somebody who may not ask.
    var askerRefused: View {
        notice(text("appointment.refused.may-not-book"), text("booking.asker.refused.text"), tone: "red")
    }
}
