package import Kernel

// Appointments: a visit from the moment it is agreed until it is over.
//
// The rules:
// - A visit holds time for its practitioner (with the visit type's buffers) and for its patient (without them). No two
//   visits or holds share a moment of one of them; the schema refuses it, whatever the code above has missed.
// - A visit is stored as local start, zone and tz release; the instants are derived.
// - Where an EHR owns the location's calendar a new visit is *pending* until the EHR answers. It holds its time
//   meanwhile; the patient is told nothing yet.
// - A booked visit may be confirmed by the patient, once. Moving it takes the confirmation back.
// - The front desk checks a patient in; a visit that was checked in can be completed. Who comes late, after having been
//   marked as missed, can still be checked in: what is left of the time is taken again as far as nobody else has it.
//   Where somebody has, the visit still goes on, and whoever looks at it is told.
// - A visit can be missed only once its start has passed.
// - A cancelled or completed visit never changes again.
// - Saying the same thing twice changes nothing and is no error: networks repeat requests.

/// FHIR R4 `Appointment.status`, as far as we use it.
package enum AppointmentStatus: String, Sendable, CaseIterable, Codable {
    case pending, booked, arrived, fulfilled, cancelled, noshow

    /// Whether a visit in this state still keeps others from its time.
    package var holdsTime: Bool { self == .pending || self == .booked || self == .arrived }
    /// Whether it is still ahead or under way.
    package var isOpen: Bool { holdsTime }
}

/// What can be wanted of an appointment.
package enum AppointmentInput: Sendable, Equatable {
    /// The owner of the calendar (an EHR) took the visit, or would not.
    case externalAnswer(accepted: Bool)
    /// The patient said yes, or somebody for her.
    case confirm
    case arrive
    case complete
    case cancel
    case miss
    /// To another place or time; whether that place's calendar belongs to an EHR.
    case move(external: Bool)
}

/// The part of an appointment that its rules look at.
package struct AppointmentState: Sendable, Hashable {
    package var status: AppointmentStatus
    package var confirmed: Bool
    /// Whether the start lies behind us.
    package var hasBegun: Bool

    package init(status: AppointmentStatus, confirmed: Bool, hasBegun: Bool) {
        self.status = status
        self.confirmed = confirmed
        self.hasBegun = hasBegun
    }
}

/// What has to be done with a new state, besides writing it.
package enum AppointmentAction: Sendable, Hashable {
    /// Let others have the time.
    case freeTime
    /// Take again what others do not have of the time that was given back.
    case retakeTime
    /// Give up the old time and take the new one.
    case changeTime
    case emit(AppointmentEvent)
    /// Tell the need, when there is one.
    case moveNeed(AppointmentEvent)
}

/// The ends of our event kinds: `appointment.booked`.
package enum AppointmentEvent: String, Sendable, CaseIterable {
    case held, requested, booked, confirmed, arrived, completed, cancelled, moved
    case noShow = "no-show"
    /// The patient was called in.
    case called
    /// The patient was told that the visit begins later.
    case delayed
    case reminderPlanned = "reminder-planned"
    case reminded
    /// The patient said that they will come late.
    case runningLate = "running-late"
    /// The patient checked in from their phone.
    case prepared
    /// Placed anew because the rules of its zone have changed: the reading of the clock stays, the moment does not.
    case replanned
}

/// Why an input is refused in a state; the raw value ends the fault's code and the text's key.
package enum AppointmentRefusal: String, Sendable, CaseIterable, Error {
    case awaitsAnswer = "awaits-answer"
    case alreadyAnswered = "already-answered"
    case notArrived = "not-arrived"
    case alreadyArrived = "already-arrived"
    case alreadyMissed = "already-missed"
    case notBegun = "not-begun"
    case cancelled
    case completed
}

/// The life of an appointment: `(state, input) → (state, actions)`, without a clock and without a store.
package enum AppointmentMachine {
    /// What became of an input.
    package enum Outcome: Sendable, Equatable {
        case changed(AppointmentState, [AppointmentAction])
        /// It was so already.
        case unchanged
        case refused(AppointmentRefusal)
    }

    package static func apply(_ input: AppointmentInput, to state: AppointmentState) -> Outcome {
        switch input {
        case .externalAnswer(let accepted): answer(accepted, state)
        case .confirm: confirm(state)
        case .arrive: arrive(state)
        case .complete: complete(state)
        case .cancel: cancel(state)
        case .miss: miss(state)
        case .move(let external): move(external, state)
        }
    }

    private static func change(
        _ state: AppointmentState, to status: AppointmentStatus, confirmed: Bool? = nil, _ actions: [AppointmentAction]
    ) -> Outcome {
        .changed(
            AppointmentState(status: status, confirmed: confirmed ?? state.confirmed, hasBegun: state.hasBegun), actions
        )
    }

    private static func answer(_ accepted: Bool, _ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending where accepted: change(state, to: .booked, [.emit(.booked), .moveNeed(.booked)])
        case .pending: change(state, to: .cancelled, [.freeTime, .emit(.cancelled), .moveNeed(.cancelled)])
        case .booked, .arrived, .fulfilled, .noshow: accepted ? .unchanged : .refused(.alreadyAnswered)
        case .cancelled: accepted ? .refused(.cancelled) : .unchanged
        }
    }

    private static func confirm(_ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending: .refused(.awaitsAnswer)
        case .booked:
            state.confirmed
                ? .unchanged : change(state, to: .booked, confirmed: true, [.emit(.confirmed), .moveNeed(.confirmed)])
        case .arrived, .fulfilled: .unchanged
        case .cancelled: .refused(.cancelled)
        case .noshow: .refused(.alreadyMissed)
        }
    }

    private static func arrive(_ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending: .refused(.awaitsAnswer)
        case .booked: change(state, to: .arrived, [.emit(.arrived), .moveNeed(.arrived)])
        case .noshow: change(state, to: .arrived, [.retakeTime, .emit(.arrived), .moveNeed(.arrived)])
        case .arrived: .unchanged
        case .fulfilled: .refused(.completed)
        case .cancelled: .refused(.cancelled)
        }
    }

    private static func complete(_ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending: .refused(.awaitsAnswer)
        case .booked, .noshow: .refused(.notArrived)
        case .arrived: change(state, to: .fulfilled, [.freeTime, .emit(.completed), .moveNeed(.completed)])
        case .fulfilled: .unchanged
        case .cancelled: .refused(.cancelled)
        }
    }

    private static func cancel(_ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending, .booked, .arrived:
            change(state, to: .cancelled, [.freeTime, .emit(.cancelled), .moveNeed(.cancelled)])
        case .cancelled: .unchanged
        case .fulfilled: .refused(.completed)
        case .noshow: .refused(.alreadyMissed)
        }
    }

    private static func miss(_ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending: .refused(.awaitsAnswer)
        case .booked:
            state.hasBegun
                ? change(state, to: .noshow, [.freeTime, .emit(.noShow), .moveNeed(.noShow)]) : .refused(.notBegun)
        case .arrived: .refused(.alreadyArrived)
        case .noshow: .unchanged
        case .fulfilled: .refused(.completed)
        case .cancelled: .refused(.cancelled)
        }
    }

    private static func move(_ external: Bool, _ state: AppointmentState) -> Outcome {
        switch state.status {
        case .pending, .booked:
            change(
                state, to: external ? .pending : .booked, confirmed: false,
                [.changeTime, .emit(.moved)] + (external ? [] : [.moveNeed(.booked)]))
        case .arrived: .refused(.alreadyArrived)
        case .noshow: .refused(.alreadyMissed)
        case .fulfilled: .refused(.completed)
        case .cancelled: .refused(.cancelled)
        }
    }
}

extension AppointmentRefusal {
    /// The refusal as its caller should tell it.
    package var fault: Fault {
        let (message, remedy): (String, String?) =
            switch self {
            case .awaitsAnswer: ("The owner of the calendar has not answered yet.", "Wait for the answer, or cancel.")
            case .alreadyAnswered: ("The owner of the calendar has taken this visit.", "Cancel the visit instead.")
            case .notArrived: ("The patient is not checked in.", "Check the patient in first.")
            case .alreadyArrived: ("The patient is checked in.", "Complete or cancel the visit.")
            case .alreadyMissed: ("The visit is marked as missed.", "Check the patient in if they came late.")
            case .notBegun: ("The visit has not begun, so it cannot be missed.", "Wait for its start, or cancel it.")
            case .cancelled: ("The visit is cancelled.", "Book a new one.")
            case .completed: ("The visit is completed.", nil)
            }
        return Fault(.conflict, "appointment." + rawValue, message, remedy: remedy)
    }
}
