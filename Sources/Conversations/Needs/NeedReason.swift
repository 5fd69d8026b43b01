package import SchedulingAPI

/// Why somebody wrote. The raw values stand in rows and events and are frozen.
package enum NeedReason: String, Sendable, CaseIterable {
    case reschedule
    case cancellation
    case newAppointment = "new-appointment"
    case refill
    case billing
    case insuranceChange = "insurance-change"
    case directions
    case runningLate = "running-late"
    case other

    /// What somebody must do next: a code whose words are in the catalogue (`inbox.next.<code>`).
    package var firstStep: NextStep {
        switch self {
        case .reschedule, .newAppointment: .offerTimes
        case .cancellation: .confirmCancellation
        case .refill: .sendToCareTeam
        case .billing: .explainBill
        case .insuranceChange: .captureCoverage
        case .directions, .runningLate, .other: .answer
        }
    }

    /// Whether a visit may be booked for it.
    package var booksVisit: Bool { self == .reschedule || self == .newAppointment }

    /// What is wanted of the book of visits; nil: nothing that it could do by itself.
    package var textAsk: TextAsk.Kind? {
        switch self {
        case .newAppointment: .book
        case .reschedule: .move
        case .cancellation: .cancel
        case .refill, .billing, .insuranceChange, .directions, .runningLate, .other: nil
        }
    }

    /// Catalogue key of its words.
    package var textKey: String { "inbox.reason.\(rawValue)" }
}

/// The one next step of an open need. The raw values stand in rows and events and are frozen.
package enum NextStep: String, Sendable, CaseIterable {
    case answer
    case offerTimes = "offer-times"
    case confirmCancellation = "confirm-cancellation"
    case sendToCareTeam = "send-to-care-team"
    case explainBill = "explain-bill"
    case captureCoverage = "capture-coverage"
    case decidePerson = "decide-person"
    case awaitReply = "await-reply"
    case awaitVisit = "await-visit"
    case close

    package var textKey: String { "inbox.next.\(rawValue)" }
}

/// How far a need has come.
package enum NeedStage: String, Sendable, CaseIterable {
    case new
    case inProgress = "in-progress"
    case waitingPatient = "waiting-patient"
    case scheduled
    case closed
}

/// How a need ended: by an outcome, never by a reply.
package enum NeedOutcome: String, Sendable, CaseIterable {
    case completed
    case elsewhere
    case withdrawn
    case unreachable
    case notANeed = "not-a-need"

    package var textKey: String { "inbox.outcome.\(rawValue)" }
}
