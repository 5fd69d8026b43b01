package import Kernel

/// The life of a referral: `(state, input) → (state, event)`, without a clock and without a store.
package enum ReferralMachine {
    /// What became of an input.
    package enum Outcome: Sendable, Equatable {
        case changed(ReferralState, ReferralEvent)
        /// It was so already.
        case unchanged
        case refused(ReferralRefusal)
    }

    package static func apply(_ input: ReferralInput, to state: ReferralState) -> Outcome {
        if state.stage == .closed { return closed(input, state) }
        switch input {
        case .close(let outcome): return close(as: outcome, state)
        case .decline: return decline(state)
        // What a visit tells has happened, whatever was planned.
        case .loseVisit: return lose(state)
        case .see(true): return see(own: true, state)
        case .schedule(true): return schedule(own: true, state)
        case .activate: return state.status == .draft ? active(state, .activated) : .unchanged
        case .resume: return state.status == .onHold ? active(state, .resumed) : .unchanged
        case .reopen: return .unchanged
        case .hold: return hold(state)
        case .accept, .attempt, .schedule(false), .see(false), .report, .acknowledge: break
        }
        if state.status == .draft { return .refused(.draft) }
        if state.status == .onHold { return .refused(.onHold) }
        switch input {
        case .accept: return accept(state)
        case .attempt(let reached): return attempt(reached, state)
        case .schedule: return schedule(own: false, state)
        case .see: return see(own: false, state)
        case .report: return report(state)
        case .acknowledge: return acknowledge(state)
        case .close, .decline, .loseVisit, .activate, .resume, .reopen, .hold: return .unchanged
        }
    }

    private static func change(
        _ state: ReferralState, to stage: ReferralStage, _ event: ReferralEvent, hasVisit: Bool = false
    ) -> Outcome {
        var new = state
        new.stage = stage
        new.hasVisit = hasVisit
        return .changed(new, event)
    }

    private static func active(_ state: ReferralState, _ event: ReferralEvent) -> Outcome {
        var new = state
        new.status = .active
        return .changed(new, event)
    }

    // MARK: Closed

    private static func closed(_ input: ReferralInput, _ state: ReferralState) -> Outcome {
        switch input {
        case .close(let outcome): return outcome == state.outcome ? .unchanged : .refused(.closed)
        case .decline: return state.outcome == .notAccepted ? .unchanged : .refused(.closed)
        // A visit of a closed referral goes its own way.
        case .loseVisit, .see(true), .schedule(true): return .unchanged
        case .reopen:
            guard state.outcome != .enteredInError, state.outcome != .deceased else { return .refused(.finished) }
            var new = state
            new.status = .active
            new.stage = state.kind == .result ? .reported : .accepted
            new.vain = 0
            new.isAcknowledged = false
            new.outcome = nil
            return .changed(new, .reopened)
        case .activate, .accept, .attempt, .schedule(false), .see(false), .report, .acknowledge, .hold, .resume:
            return .refused(.closed)
        }
    }

    private static func close(as outcome: ReferralOutcome, _ state: ReferralState) -> Outcome {
        if let refusal = obstacle(to: outcome, state) { return .refused(refusal) }
        var new = state
        new.status = outcome.status
        new.stage = .closed
        new.hasVisit = false
        new.outcome = outcome
        return .changed(new, .closed)
    }

    private static func obstacle(to outcome: ReferralOutcome, _ state: ReferralState) -> ReferralRefusal? {
        if outcome.needsNoUndoing { return nil }
        if outcome == .completed {
            if state.status == .draft { return .draft }
            if state.stage != .reported { return state.stage == .seen ? .loopOpen : .notSeen }
            return state.kind.awaitsReport && !state.isAcknowledged ? .notAcknowledged : nil
        }
        if !state.stage.isBeforeSeen {
            // A result was never to be seen; who asked for it may still take it back.
            return state.kind == .result && outcome == .cancelledByRequester ? nil : .alreadySeen
        }
        if state.hasVisit { return .visitBooked }
        switch outcome {
        case .notAccepted: return state.stage == .received ? nil : .alreadyAccepted
        case .unreachable: return state.vain >= state.enough ? nil : .tooFewAttempts
        case .completed, .declinedByPatient, .redirected, .cancelledByRequester, .duplicate, .deceased, .enteredInError:
            return nil
        }
    }

    private static func decline(_ state: ReferralState) -> Outcome {
        state.stage == .received ? close(as: .notAccepted, state) : .refused(.alreadyAccepted)
    }

    // MARK: Steps

    private static func hold(_ state: ReferralState) -> Outcome {
        if state.status == .draft { return .refused(.draft) }
        if state.stage == .scheduled && state.hasVisit { return .refused(.visitBooked) }
        guard state.stage.isBeforeSeen else { return .refused(.alreadySeen) }
        var new = state
        new.status = .onHold
        return state.status == .onHold ? .unchanged : .changed(new, .held)
    }

    private static func accept(_ state: ReferralState) -> Outcome {
        state.stage == .received ? change(state, to: .accepted, .accepted) : .unchanged
    }

    private static func attempt(_ reached: Bool, _ state: ReferralState) -> Outcome {
        switch state.stage {
        case .received: return .refused(.notAccepted)
        case .accepted, .contacting:
            var new = state
            new.stage = .contacting
            new.vain = reached ? 0 : state.vain + 1
            return .changed(new, .attempted)
        case .scheduled: return .refused(.alreadyScheduled)
        case .seen, .reported, .closed: return .refused(.alreadySeen)
        }
    }

    private static func schedule(own: Bool, _ state: ReferralState) -> Outcome {
        switch state.stage {
        case .received where !own: return .refused(.notAccepted)
        case .scheduled where state.hasVisit && !own: return .refused(.visitDecides)
        case .received, .accepted, .contacting, .scheduled:
            var new = state
            new.stage = .scheduled
            new.hasVisit = own
            new.vain = 0
            // A visit of ours says that it is being worked on.
            if own { new.status = .active }
            return .changed(new, .scheduled)
        case .seen, .reported, .closed: return own ? .unchanged : .refused(.alreadySeen)
        }
    }

    private static func lose(_ state: ReferralState) -> Outcome {
        state.stage == .scheduled ? change(state, to: .contacting, .returned) : .unchanged
    }

    private static func see(own: Bool, _ state: ReferralState) -> Outcome {
        switch state.stage {
        case .received where !own: return .refused(.notAccepted)
        case .scheduled where state.hasVisit && !own: return .refused(.visitDecides)
        case .received, .accepted, .contacting, .scheduled:
            var new = state
            new.stage = .seen
            new.hasVisit = false
            if own { new.status = .active }
            return .changed(new, .seen)
        case .seen: return .unchanged
        case .reported, .closed: return own ? .unchanged : .refused(.alreadySeen)
        }
    }

    private static func report(_ state: ReferralState) -> Outcome {
        switch state.stage {
        case .reported: return .unchanged
        case .seen: return change(state, to: .reported, .reported)
        case .received, .accepted, .contacting, .scheduled:
            // What was done elsewhere may be heard of by its report alone.
            guard state.kind.awaitsReport else { return .refused(.notSeen) }
            return state.hasVisit ? .refused(.visitDecides) : change(state, to: .reported, .reported)
        case .closed: return .refused(.closed)
        }
    }

    private static func acknowledge(_ state: ReferralState) -> Outcome {
        guard state.kind.awaitsReport else { return .refused(.nothingToAcknowledge) }
        guard state.stage == .reported else { return .refused(.notReported) }
        if state.isAcknowledged { return .unchanged }
        var new = state
        new.isAcknowledged = true
        return .changed(new, .acknowledged)
    }
}

extension ReferralRefusal {
    /// The refusal as its caller should tell it.
    package var fault: Fault {
        let (message, remedy): (String, String?) =
            switch self {
            case .draft: ("The referral is a draft.", "Make it active first.")
            case .onHold: ("The referral is on hold.", "Resume it first.")
            case .closed: ("The referral is closed.", "Reopen it first.")
            case .alreadyAccepted: ("The referral was accepted.", "Close it with another outcome.")
            case .notAccepted: ("The referral was not accepted yet.", "Accept or decline it first.")
            case .alreadyScheduled: ("The referral is scheduled.", nil)
            case .alreadySeen: ("The patient was seen.", nil)
            case .visitDecides: ("A visit of ours is booked for it.", "Complete, move or cancel the visit.")
            case .notSeen: ("The patient was not seen yet.", nil)
            case .notReported: ("No report has come in.", nil)
            case .nothingToAcknowledge: ("There is no report to acknowledge.", nil)
            case .loopOpen: ("The report is missing.", "Record the report first.")
            case .notAcknowledged: ("Nobody has looked at the report.", "Acknowledge it first.")
            case .tooFewAttempts: ("The patient was not tried often enough.", "Record more attempts.")
            case .visitBooked: ("A visit of ours is booked for it.", "Cancel the visit first.")
            case .finished: ("This outcome is final.", "Record a new referral.")
            }
        return Fault(.conflict, "referral." + rawValue, message, remedy: remedy)
    }
}
