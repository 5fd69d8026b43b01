package import Kernel
package import Spine
package import Store
package import Vault

/// What other areas may ask of conversations and needs. Implemented by the Conversations area.
package protocol PatientMessaging: Sendable {
    /// Queues a message made from a template, if consent and policy allow it; in the caller's transaction. To a number
    /// that several patients share go the template's words for it, which name nobody, unless it is about a visit and all
    /// of them may know of this patient's visits on that day.
    ///
    /// Takes up to two fresh key subjects only when the patient has no conversation yet. The outcome says why nothing
    /// was queued. A held message leaves when quiet hours end.
    func send(_ request: MessageRequest, context: CommandContext) throws -> MessageOutcome
    /// Those of the patients to whom a message of this template goes by e-mail, by the rule of `send`, whatever consent
    /// says. All are read at once; whom the caller may not see is left out.
    func mailed(
        _ template: String, to patients: [ID<Patient>], _ action: Permission, access: Access,
        in transaction: any Transaction
    ) throws -> Set<ID<Patient>>
    /// Those of some messages that went by e-mail, or are on their way: not those that were refused or taken back.
    /// Nothing is opened.
    func letters(among messages: [ID<Message>], in transaction: any Transaction) throws -> Set<ID<Message>>
    /// The open needs of a person, most urgent first.
    func openNeeds(
        of patients: PatientSet, grant: Grant, in transaction: any Transaction
    ) throws -> Asked<[NeedSummary]>
    /// Moves a need on when something happened to its appointment. Ends quietly when the need is closed or gone.
    func appointmentChanged(_ change: NeedAppointmentChange, context: CommandContext) throws
}

package struct MessageRequest: Sendable {
    package var patient: ID<Patient>
    /// A purpose of the consent policy: `appointment-reminder`, `appointment-confirmation`, `reply`.
    package var purpose: String
    /// The key of a message template.
    package var template: String
    /// Values for the template's variables.
    package var values: [String: String]
    package var need: ID<Need>?
    package var appointment: ID<Appointment>?
    /// Whether a reply such as "C" or "yes" answers this message.
    package var expectsReply: Bool
    /// Times that it offers, numbered from one: a reply that is a number takes one. The book of visits knows them by their
    /// ids, as it knows a visit.
    package var choices: [ID<Appointment>]
    package var notBefore: Instant?
    /// The IANA zone of the place it is about, used beside the patient's.
    package var locationZone: String
    /// The key of that place: a consent may cover one place only. Nil: no place in particular.
    package var location: String?
    /// Set: it goes by e-mail to who prefers that or has no number. Nil: by text alone.
    package var mail: MailForm?
    /// What makes its visit more sensitive than others: the conversation has them from then on.
    package var labels: Labels

    package init(
        patient: ID<Patient>, purpose: String, template: String, values: [String: String], need: ID<Need>? = nil,
        appointment: ID<Appointment>? = nil, expectsReply: Bool = false, notBefore: Instant? = nil,
        locationZone: String,
        location: String? = nil, mail: MailForm? = nil, choices: [ID<Appointment>] = [],
        labels: Labels = []
    ) {
        self.labels = labels
        self.choices = choices
        self.location = location
        self.mail = mail
        self.patient = patient
        self.purpose = purpose
        self.template = template
        self.values = values
        self.need = need
        self.appointment = appointment
        self.expectsReply = expectsReply
        self.notBefore = notBefore
        self.locationZone = locationZone
    }
}

package enum MessageOutcome: Sendable, Equatable {
    case queued(ID<Message>)
    /// Queued, but it leaves only at this moment: quiet hours.
    case held(ID<Message>, until: Instant)
    /// Nothing was queued. Codes: deceased, opted-out, no-consent, consent-expired, no-hour, no-phone, no-template, shared-number (the
    /// template says nothing that may be read there), no-email (it must bring a calendar file, and they get no e-mail).
    case withheld(reason: String)

    /// There are no words for it.
    package static let noTemplate = "no-template"
    /// There is no number to which it could go.
    package static let noPhone = "no-phone"
}

package struct NeedSummary: Sendable {
    package let id: ID<Need>
    package let patient: ID<Patient>?
    /// A code of the reason; its text is in the catalogue or the opened `title`.
    package let reason: String
    package let title: String
    /// new, in-progress, waiting-patient, scheduled, closed.
    package let stage: String
    package let priority: String
    package let owner: ID<User>?
    package let ownerName: String?
    package let team: String
    package let nextStep: String
    package let dueAt: Instant
    package let openedAt: Instant

    package init(
        id: ID<Need>, patient: ID<Patient>?, reason: String, title: String, stage: String, priority: String,
        owner: ID<User>?, ownerName: String?, team: String, nextStep: String, dueAt: Instant, openedAt: Instant
    ) {
        self.id = id
        self.patient = patient
        self.reason = reason
        self.title = title
        self.stage = stage
        self.priority = priority
        self.owner = owner
        self.ownerName = ownerName
        self.team = team
        self.nextStep = nextStep
        self.dueAt = dueAt
        self.openedAt = openedAt
    }
}

package struct NeedAppointmentChange: Sendable {
    package enum Kind: String, Sendable {
        case booked, confirmed, arrived, completed, cancelled, noShow = "no-show"
    }

    package let kind: Kind
    package let need: ID<Need>
    package let appointment: ID<Appointment>
    package let startsAt: Instant
    /// What makes the visit more sensitive than others: its conversation becomes so too.
    package let labels: Labels

    package init(
        kind: Kind, need: ID<Need>, appointment: ID<Appointment>, startsAt: Instant, labels: Labels = []
    ) {
        self.labels = labels
        self.kind = kind
        self.need = need
        self.appointment = appointment
        self.startsAt = startsAt
    }
}
