// Referrals, orders and results: a request for care from the moment it is known until it has ended in an outcome.
//
// The rules:
// - One is received, accepted (or not), worked on (attempts to reach the patient), scheduled, seen, reported on, closed.
//   A result that has to be looked at begins as reported.
// - None leaves the list without an outcome. Open ones always have a clock that runs and a moment by which the next step
//   is due; closed ones have an outcome. The schema refuses anything else.
// - A visit that is booked for one schedules it, whether or not it was accepted before. When that visit is cancelled or
//   missed, the referral is back on the list and its clock begins anew. When the visit is completed, it was seen.
// - The loop is closed by a report: of one that came in, ours to the requester; of one that went out and of an order, the
//   report or result that comes back, which somebody has to acknowledge before it may be closed as completed.
// - It may be closed as unreachable only after as many attempts in vain, one after another, as the policy asks for.
// - While a visit of ours is booked for it, it is closed only as a duplicate, as an error or because the patient died:
//   the visit has to be called off first. After the visit, nobody can decline or withdraw it any more.
// - One on hold has a day on which it is looked at again. A draft waits to be made active.
// - What was closed can be opened again, but not an error and not after a death.
// - Saying the same thing twice changes nothing and is no error.

/// Which way a request goes.
package enum ReferralKind: String, Sendable, CaseIterable, Codable {
    /// Somebody sends a patient to us.
    case inbound
    /// We send a patient elsewhere.
    case outbound
    /// Something is to be done: a picture, a laboratory test, a procedure.
    case order
    /// Something came back that somebody has to look at.
    case result

    /// Whether what closes the loop comes in, and has to be acknowledged.
    package var awaitsReport: Bool { self != .inbound }
}

package enum OrderCategory: String, Sendable, CaseIterable, Codable { case imaging, laboratory, procedure }

/// FHIR R4 `ServiceRequest.status`.
package enum ReferralStatus: String, Sendable, CaseIterable, Codable {
    case draft, active
    case onHold = "on-hold"
    case completed, revoked
    case enteredInError = "entered-in-error"

    package var isOpen: Bool { self == .draft || self == .active || self == .onHold }
}

/// How far it is: FHIR `Task.businessStatus`.
package enum ReferralStage: String, Sendable, CaseIterable, Codable {
    case received, accepted, contacting, scheduled, seen, reported, closed

    /// Before anything was done with the patient.
    package var isBeforeSeen: Bool {
        self == .received || self == .accepted || self == .contacting || self == .scheduled
    }
}

/// How it ended.
package enum ReferralOutcome: String, Sendable, CaseIterable, Codable {
    case completed
    case notAccepted = "not-accepted"
    case declinedByPatient = "declined-by-patient"
    case unreachable
    /// The patient goes, or was sent, elsewhere.
    case redirected
    case cancelledByRequester = "cancelled-by-requester"
    case duplicate, deceased
    case enteredInError = "entered-in-error"

    package var status: ReferralStatus {
        switch self {
        case .completed: .completed
        case .enteredInError: .enteredInError
        case .notAccepted, .declinedByPatient, .unreachable, .redirected, .cancelledByRequester, .duplicate, .deceased:
            .revoked
        }
    }
    /// Whether it may be given to one whose visit is booked or took place.
    package var needsNoUndoing: Bool { self == .duplicate || self == .deceased || self == .enteredInError }
}

package enum ContactChannel: String, Sendable, CaseIterable, Codable {
    case phone, text, email, letter
    case inPerson = "in-person"
}

package enum ContactOutcome: String, Sendable, CaseIterable, Codable {
    case reached
    case noAnswer = "no-answer"
    case messageLeft = "message-left"
    case wrongNumber = "wrong-number"
}

/// Where somebody we sent away was seen.
package enum SeenPlace: String, Sendable, CaseIterable, Codable {
    case asReferred = "as-referred"
    case elsewhere
}

/// What can be wanted of a referral.
package enum ReferralInput: Sendable, Equatable {
    case activate
    case accept
    case decline
    case attempt(reached: Bool)
    /// Whether the visit is one of ours, whose end we learn by ourselves.
    case schedule(own: Bool)
    /// The visit was cancelled or missed.
    case loseVisit
    /// Whether our own visit tells it, rather than somebody who heard of it.
    case see(own: Bool)
    case report
    case acknowledge
    case hold
    case resume
    case close(ReferralOutcome)
    case reopen
}

/// The part of a referral that its rules look at.
package struct ReferralState: Sendable, Hashable {
    package let kind: ReferralKind
    package var status: ReferralStatus
    package var stage: ReferralStage
    /// Attempts in vain since the patient was last reached.
    package var vain: Int
    /// As many of them as the policy asks for.
    package let enough: Int
    /// Whether a visit of ours is booked for it.
    package var hasVisit: Bool
    package var isAcknowledged: Bool
    package var outcome: ReferralOutcome?

    package init(
        kind: ReferralKind, status: ReferralStatus = .active, stage: ReferralStage, vain: Int = 0, enough: Int = 3,
        hasVisit: Bool = false, isAcknowledged: Bool = false, outcome: ReferralOutcome? = nil
    ) {
        self.kind = kind
        self.status = status
        self.stage = stage
        self.vain = vain
        self.enough = enough
        self.hasVisit = hasVisit
        self.isAcknowledged = isAcknowledged
        self.outcome = outcome
    }
}

/// The ends of our event kinds: `referral.accepted`.
package enum ReferralEvent: String, Sendable, CaseIterable {
    case recorded, activated, accepted, attempted, scheduled, returned, seen, reported, acknowledged, held, resumed
    case closed, reopened, overdue, assigned, described
    case documentAdded = "document-added"
}

/// Why an input is refused; the raw value ends the fault's code and the text's key.
package enum ReferralRefusal: String, Sendable, CaseIterable, Error {
    case draft
    case onHold = "on-hold"
    case closed
    case alreadyAccepted = "already-accepted"
    case notAccepted = "not-accepted"
    case alreadyScheduled = "already-scheduled"
    case alreadySeen = "already-seen"
    case visitDecides = "visit-decides"
    case notSeen = "not-seen"
    case notReported = "not-reported"
    case nothingToAcknowledge = "nothing-to-acknowledge"
    case loopOpen = "loop-open"
    case notAcknowledged = "not-acknowledged"
    case tooFewAttempts = "too-few-attempts"
    case visitBooked = "visit-booked"
    case finished
}
