/// Why a message is sent. Consent is given and withdrawn by purpose and channel.
package enum MessagePurpose: String, Codable, Sendable, CaseIterable, Hashable {
    /// An answer to what the patient wrote.
    case reply
    /// What the law or the carrier asks for: that "STOP" was heard, help, which visit was meant.
    case serviceNotice = "service-notice"
    case appointmentConfirmation = "appointment-confirmation"
    case appointmentReminder = "appointment-reminder"
    /// A visit was moved or called off.
    case appointmentChange = "appointment-change"
    /// Care that is due, results, follow-up.
    case careOutreach = "care-outreach"
    case billing
    case survey
    case marketing
}

package enum MessageChannel: String, Codable, Sendable, CaseIterable, Hashable {
    case sms, email, voice, portal
}

/// What a template is for. All but `reply` are sent by the system itself, so each has exactly one template a channel.
package enum TemplateUse: String, Codable, Sendable, CaseIterable, Hashable {
    /// Chosen by an agent.
    case reply
    /// A visit was booked and stands.
    case confirmation
    /// A visit was asked for; the EHR that owns the calendar has not answered yet.
    case pending
    case reminder
    /// The patient said yes.
    case confirmed
    case cancellation
    case reschedule
    case optOutConfirmation = "opt-out-confirmation"
    case optInConfirmation = "opt-in-confirmation"
    case help
    /// Several prompts wait for an answer: which one was meant? Names nobody.
    case ambiguousReply = "ambiguous-reply"
    /// The number belongs to several patients: heard, a person will look. Names nobody.
    case sharedNumber = "shared-number"
    /// A time came free for which somebody waits.
    case waitlistOffer = "waitlist-offer"
    /// They said yes, and somebody else was faster, or it was too late.
    case waitlistGone = "waitlist-gone"
    /// Somebody is away: other times for a visit, one of which may be chosen.
    case bumpOffer = "bump-offer"
    /// They are not away after all: the visit stays, and what was offered for it is taken back.
    case bumpKept = "bump-kept"
    /// They chose a time that is not held for them any more.
    case bumpGone = "bump-gone"
    /// The code that proves the number of somebody who books a visit in public. Names nobody.
    case bookingCode = "booking-code"
    /// A visit of today will begin noticeably later than agreed.
    case runningLate = "running-late"
    /// Somebody wrote that they want a visit, or another time for theirs: times, of which a number takes one.
    case textTimes = "text-times"
    /// The same when nothing is free at the times they wrote of.
    case textOther = "text-other"
    /// The same when the time they chose has gone meanwhile.
    case textGone = "text-gone"
    /// Which visit do they mean, or which kind of visit?
    case textWhich = "text-which"
    /// Whether a visit is to be called off: 1 does so, 2 finds another time.
    case textCancel = "text-cancel"

    package var isAutomatic: Bool { self != .reply }
    /// Whether its link may go to a number that several share: the page it leads to says nothing there but the time.
    package var mayLinkSharedNumber: Bool { self == .confirmation || self == .reminder || self == .reschedule }
    /// Whether such a message is an offer, which is answered until a moment or not at all.
    package var isOffer: Bool { self == .waitlistOffer || self == .bumpOffer }
    /// Whether there is such a message for who gets e-mail; the others answer a text, or prove a number.
    package var goesByMail: Bool {
        switch self {
        case .confirmation, .pending, .reminder, .cancellation, .reschedule, .waitlistOffer, .bumpOffer, .bumpKept,
            .runningLate:
            true
        case .reply, .confirmed, .optOutConfirmation, .optInConfirmation, .help, .ambiguousReply, .sharedNumber,
            .waitlistGone, .bumpGone, .bookingCode, .textTimes, .textOther, .textGone, .textWhich, .textCancel:
            false
        }
    }
    package var isOfWaitlist: Bool { self == .waitlistOffer || self == .waitlistGone }
    /// Without words for these, who has to be told of an absence is called.
    package var isOfBumpList: Bool { self == .bumpOffer || self == .bumpKept || self == .bumpGone }
    /// Whether it asks somebody who books, moves or calls off a visit by text.
    package var isOfTextBooking: Bool {
        switch self {
        case .textTimes, .textOther, .textGone, .textWhich, .textCancel: true
        default: false
        }
    }

    /// What may stand in such a template: whatever else it named, nothing would fill it, or it would tell a stranger.
    package var variables: Set<TemplateVariable> {
        switch self {
        case .reply: Set(TemplateVariable.allCases).subtracting([.choices, .link, .until, .code, .expected])
        case .bumpOffer: Set(TemplateVariable.allCases).subtracting([.agent, .code, .expected])
        case .pending, .confirmed, .cancellation, .waitlistGone, .bumpKept, .bumpGone:
            Set(TemplateVariable.allCases).subtracting([.choices, .agent, .link, .until, .code, .expected])
        case .confirmation, .reminder, .reschedule:
            Set(TemplateVariable.allCases).subtracting([.choices, .agent, .until, .code, .expected])
        case .runningLate: Set(TemplateVariable.allCases).subtracting([.choices, .agent, .link, .until, .code])
        case .waitlistOffer: Set(TemplateVariable.allCases).subtracting([.choices, .agent, .code, .expected])
        case .bookingCode: [.practice, .practicePhone, .code]
        case .optOutConfirmation, .optInConfirmation, .help, .sharedNumber: [.practice, .practicePhone]
        case .ambiguousReply: [.practice, .practicePhone, .choices]
        case .textTimes, .textOther, .textGone: [.practice, .practicePhone, .patientName, .visitType, .choices]
        case .textWhich: [.practice, .practicePhone, .patientName, .choices]
        case .textCancel: [.practice, .practicePhone, .patientName, .visitType, .when]
        }
    }
}

/// What `{{…}}` in a template may name.
package enum TemplateVariable: String, Codable, Sendable, CaseIterable, Hashable {
    /// Name and telephone number of the organization.
    case practice, practicePhone
    /// The name the patient likes to be called by.
    case patientName
    /// First name of the agent who writes.
    case agent
    /// Name of the visit type in the patient's language.
    case visitType
    /// Day and time as people say them, in the location's zone: "Tue 3 Mar, 9:40".
    case when
    /// Its parts.
    case date, time
    case practitioner
    /// Name, address, ways and parking of the place.
    case location, address, directions, parking
    /// What to do or bring; empty when the visit type says nothing.
    case prep
    /// A numbered list, one line each.
    case choices
    /// An address that belongs to this message alone. Empty when the practice has no public address.
    case link
    /// Until when an offer holds: "Tue 3 Mar, 9:40".
    case until
    /// Six digits.
    case code
    /// When a visit that is late will probably begin: "10:05 AM".
    case expected

    /// What may be said where nobody knows who reads: at a number that several patients share. It names neither
    /// patient nor care; a place or a practitioner can tell what the visit is for.
    package static let nameless: Set<TemplateVariable> = [
        .practice, .practicePhone, .agent, .when, .date, .time, .choices, .until, .code, .expected,
    ]

    /// Whether a booked visit says it.
    package var isOfVisit: Bool {
        switch self {
        case .visitType, .when, .date, .time, .practitioner, .location, .address, .directions, .parking, .prep: true
        case .practice, .practicePhone, .patientName, .agent, .choices, .link, .until, .code, .expected: false
        }
    }

    /// A stand-in as long as the real thing, to judge a text's length and reading grade.
    var sample: String {
        switch self {
        case .practice: "Riverbend Health"
        case .practicePhone: "(303) 555-0100"
        case .patientName: "Maria"
        case .agent: "Ana"
        case .visitType: "Knee visit"
        case .when: "Tue 3 Mar, 9:40"
        case .date: "Tue 3 Mar"
        case .time: "9:40"
        case .practitioner: "Dr. Ruiz"
        case .location: "North Clinic"
        case .address: "12 Oak St, Denver"
        case .directions: "Take the lift to floor 2."
        case .parking: "Park free in lot B."
        case .prep: "Bring your card."
        case .choices: "1. Tue 3 Mar\n2. Wed 4 Mar"
        case .link: "https://riverbend.example/offers/a1"
        case .until: "Tue 3 Mar, 9:40"
        case .code: "123456"
        case .expected: "10:05"
        }
    }
}
