package import Spine

// The timeline: everything that happened with a person, across channels, visits, tasks and consent, newest first.
//
// - It is the event log of the person's patient set and nothing else; there is no second history.
// - Each kind of event has its words in the catalogue, or is named as one that belongs to no person; a test holds every
//   kind of the sources against that. A kind that a newer node writes still shows a readable line, made from its name.

/// How a kind of event looks: the key of its words, the colour of its mark and its icon.
package struct TimelineLook: Sendable, Equatable {
    /// `timeline.message.received`; nil for a kind without words of its own.
    package let key: String?
    package let tone: String
    package let icon: String
}

package enum TimelineWords {
    /// What a reader can ask to see, as the first part of a kind.
    package enum Group: String, Sendable, CaseIterable {
        case message, appointment, need, referral, patient
    }

    /// The kinds that have words, with their mark.
    package static let looks: [String: TimelineLook] = {
        let rows: [(String, String, String)] = [
            ("message.received", "blue", "text"), ("message.queued", "grey", "clock"), ("message.sent", "grey", "send"),
            ("message.delivered", "grey", "check-double"), ("message.failed", "red", "alert"),
            ("message.uncertain", "amber", "alert"), ("message.withdrawn", "grey", "undo"),
            ("message.media-settled", "grey", "image"), ("conversation.assigned", "violet", "person-check"),
            ("need.opened", "blue", "flag"), ("need.taken", "violet", "person-check"),
            ("need.released", "grey", "undo"),
            ("need.handed-off", "violet", "handoff"), ("need.stage-changed", "grey", "arrow-right"),
            ("need.responded", "green", "reply"), ("need.fact-recorded", "grey", "note"),
            ("need.noted", "grey", "note"),
            ("need.closed", "green", "circle-check"), ("need.reopened", "amber", "refresh"),
            ("consent.given", "green", "shield"), ("consent.withdrawn", "red", "quiet"),
            ("appointment.held", "grey", "circle-dashed"), ("appointment.requested", "amber", "clock"),
            ("appointment.reminder-planned", "grey", "bell"), ("appointment.booked", "green", "calendar"),
            ("appointment.confirmed", "green", "check"),
            ("appointment.reminded", "grey", "bell"), ("appointment.arrived", "green", "arrival"),
            ("appointment.called", "violet", "arrow-right"), ("appointment.delayed", "amber", "clock"),
            ("appointment.completed", "green", "circle-check"), ("appointment.cancelled", "red", "cross"),
            ("appointment.no-show", "amber", "circle-cross"), ("appointment.moved", "amber", "calendar"),
            ("appointment.running-late", "amber", "clock"), ("appointment.prepared", "green", "check"),
            ("appointment.replanned", "grey", "clock"),
            ("waitlist.joined", "blue", "list"), ("waitlist.changed", "grey", "list"),
            ("waitlist.left", "grey", "list"),
            ("waitlist.offered", "grey", "send"), ("waitlist.accepted", "green", "calendar"),
            ("waitlist.declined", "grey", "cross"),
            ("bump.proposed", "grey", "clock"), ("bump.offered", "amber", "send"),
            ("bump.unanswered", "amber", "phone"),
            ("bump.declined", "amber", "phone"), ("bump.called", "grey", "phone"),
            ("text-booking.asked", "grey", "send"), ("text-booking.answered", "blue", "text"),
            ("text-booking.done", "green", "calendar"), ("text-booking.handed-over", "violet", "handoff"),
            ("patient.registered", "blue", "person"), ("patient.imported", "blue", "document"),
            ("patient.updated", "grey", "edit"),
            ("patient.contact-added", "grey", "phone"), ("patient.preference-recorded", "grey", "heart"),
            ("patient.labelled", "violet", "shield"), ("patient.care-changed", "grey", "people"),
            ("conversation.labelled", "violet", "shield"),
            ("patient.linked", "violet", "people"), ("patient.unlinked", "violet", "people"),
            ("patient.proxy-added", "violet", "people"), ("patient.proxy-custody", "grey", "people"),
            ("referral.recorded", "blue", "handoff"), ("referral.activated", "green", "check"),
            ("referral.accepted", "green", "check"), ("referral.attempted", "grey", "phone"),
            ("referral.scheduled", "green", "calendar"), ("referral.returned", "amber", "undo"),
            ("referral.seen", "green", "person-check"), ("referral.reported", "violet", "document"),
            ("referral.acknowledged", "green", "check"), ("referral.held", "amber", "snooze"),
            ("referral.resumed", "green", "refresh"), ("referral.closed", "green", "circle-check"),
            ("referral.reopened", "amber", "refresh"), ("referral.overdue", "red", "alert"),
            ("referral.assigned", "violet", "person-check"), ("referral.described", "grey", "edit"),
            ("referral.document-added", "violet", "document"),
            ("patient.proxy-changed", "amber", "people"), ("patient.proxy-ended", "red", "people"),
        ]
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0.0, TimelineLook(key: "timeline." + $0.0, tone: $0.1, icon: $0.2)) })
    }()

    /// Kinds that are on the log and on nobody's timeline: staff, keys, configuration, and the disposal of a person, whose
    /// timeline is gone with them. Each kind is here or above.
    package static let elsewhere: Set<String> = [
        "user.added", "api-key.added", "api-key.revoked", "api-key.rotated", "definition.published",
        "definition.retired", "subject.disposed",
        "user.second-step-on", "user.second-step-off", "user.recovery-code-used", "user.recovery-codes-replaced",
        "user.passkey-added", "user.passkey-removed", "user.passkey-copied", "user.identity-linked",
        "user.identity-removed", "user.password-changed", "user.session-ended", "user.suspended", "user.restored",
        "user.described", "user.moved", "user.work-handed-over", "role.changed", "access-review.started",
        "access-review.decided", "access-review.completed",
    ]

    package static func look(of kind: EventKind) -> TimelineLook {
        looks[kind.rawValue] ?? TimelineLook(key: nil, tone: "grey", icon: "circle")
    }

    /// A line for a kind without words: `lab.result-received` reads "Lab result received".
    package static func plain(_ kind: EventKind) -> String {
        let words = kind.rawValue.map { $0 == "." || $0 == "-" || $0 == "_" ? " " : $0 }
        return String(words.prefix(1)).uppercased() + String(words.dropFirst())
    }
}
