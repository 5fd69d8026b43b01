package import Kernel
package import SchedulingAPI

// Booking, moving and calling off a visit by text, as a machine: `(state, input) → (state, action)`, without a clock
// and without a store.
//
//     asked → choosing-visit → choosing-time → done
//           → choosing-type  ↗               ↘ handed-over
//           → confirming-cancel → done
//
// Where there is no plain way on, a person has it: `handed-over`. Where a person has it already, it ends: `ended`.

/// How far it has come. The raw values stand in rows and are frozen.
package enum TextBookingPhase: String, Sendable, CaseIterable {
    /// Nobody has looked at it yet.
    case asked
    case choosingVisit = "choosing-visit"
    case choosingType = "choosing-type"
    case choosingTime = "choosing-time"
    case confirmingCancel = "confirming-cancel"
    case done
    case handedOver = "handed-over"
    case ended

    package var isOpen: Bool {
        switch self {
        case .asked, .choosingVisit, .choosingType, .choosingTime, .confirmingCancel: true
        case .done, .handedOver, .ended: false
        }
    }
}

package struct TextBookingState: Sendable, Equatable {
    package var kind: TextAsk.Kind
    package var phase: TextBookingPhase
    /// The visit that is moved or called off, once it is known.
    package var visit: ID<Appointment>?
    /// The key of the type that is booked, once it is known.
    package var visitType: String?
    /// How often times were offered.
    package var round: Int

    package init(
        _ kind: TextAsk.Kind, phase: TextBookingPhase = .asked, visit: ID<Appointment>? = nil,
        visitType: String? = nil, round: Int = 0
    ) {
        self.kind = kind
        self.phase = phase
        self.visit = visit
        self.visitType = visitType
        self.round = round
    }
}

/// What the words can be about.
package struct TextBookingMeant: Sendable, Equatable {
    /// Visits to come that may be moved, or called off, by text now, the soonest first.
    package var visits: [ID<Appointment>]
    /// Whether there are others that may not.
    package var hasOthers: Bool
    /// Whether one of them is more sensitive than others.
    package var isLabelled: Bool
    /// Keys of the types that this patient may book by text.
    package var types: [String]
    /// Keys of the types that the words name, whether they may be booked or not.
    package var named: [String]

    package init(
        visits: [ID<Appointment>] = [], hasOthers: Bool = false, isLabelled: Bool = false, types: [String] = [],
        named: [String] = []
    ) {
        self.visits = visits
        self.hasOthers = hasOthers
        self.isLabelled = isLabelled
        self.types = types
        self.named = named
    }
}

/// What a number stands for.
package enum TextAnswer: Sendable, Equatable {
    case visit(ID<Appointment>)
    case type(String)
    /// Call the visit off.
    case cancel
    /// Find another time for it.
    case another
    case time
}

package enum TextBookingInput: Sendable, Equatable {
    case asked(TextBookingMeant)
    case chose(TextAnswer)
    /// None of what was offered.
    case declined
    /// Times that fit other words.
    case wished
    /// The time that was chosen has gone.
    case gone
    /// What was wanted is done.
    case finished
    /// It cannot go on.
    case stopped(TextBookingStop)
}

/// Why a person has it. The raw values stand in rows and events and are frozen.
package enum TextBookingStop: String, Sendable, CaseIterable {
    case noVisit = "no-visit"
    case noType = "no-type"
    case tooMany = "too-many"
    case labelled
    case declined
    case noTimes = "no-times"
    case tooOften = "too-often"
    case unanswered
    case deceased
    /// The number is somebody else's too, or not theirs any more.
    case number
    /// The contact policy keeps the question back, or there are no words for it.
    case withheld
    case undelivered
    /// The visit, or the rules of its type, are not what they were.
    case changed
    /// They wrote what is no plain answer.
    case saidElse = "said-else"
}

package enum TextBookingAction: Sendable, Equatable {
    case nothing
    case askVisit([ID<Appointment>])
    case askType([String])
    case askCancel
    case offer(TextOffer)
    /// Book or move to the chosen time.
    case take
    case cancel
    case handOver(TextBookingStop)
}

/// Why times are offered.
package enum TextOffer: Sendable, Equatable {
    case first, again, gone
}

package enum TextBookingMachine {
    package static let mostRounds = 3
    /// What a question numbers.
    package static let mostChoices = 9

    package typealias Next = (state: TextBookingState, action: TextBookingAction)

    package static func apply(_ input: TextBookingInput, to state: TextBookingState) -> Next {
        guard state.phase.isOpen else { return (state, .nothing) }
        switch input {
        case .asked(let meant) where state.phase == .asked: return begin(meant, state)
        case .chose(let answer): return chose(answer, state)
        case .declined: return handOver(.declined, state)
        case .wished where state.phase == .choosingTime: return offer(.again, state)
        case .gone where state.phase == .choosingTime: return offer(.gone, state)
        case .finished: return (asking(.done, state), .nothing)
        case .stopped(let why): return handOver(why, state)
        case .asked, .wished, .gone: return (state, .nothing)
        }
    }

    private static func begin(_ meant: TextBookingMeant, _ state: TextBookingState) -> Next {
        state.kind == .book ? beginBooking(meant, state) : beginWithVisit(meant, state)
    }

    private static func beginBooking(_ meant: TextBookingMeant, _ state: TextBookingState) -> Next {
        // What they name and may not have is nothing that another type stands in for.
        let types = meant.named.isEmpty ? meant.types : meant.types.filter(meant.named.contains)
        if types.count == 1 { return chose(.type(types[0]), asking(.choosingType, state)) }
        if types.isEmpty { return handOver(.noType, state) }
        guard types.count <= mostChoices else { return handOver(.tooMany, state) }
        return (asking(.choosingType, state), .askType(types))
    }

    private static func beginWithVisit(_ meant: TextBookingMeant, _ state: TextBookingState) -> Next {
        if meant.isLabelled { return handOver(.labelled, state) }
        if meant.visits.isEmpty { return handOver(.noVisit, state) }
        // Where there is one more that may not be touched, nobody guesses which one is meant.
        if meant.visits.count == 1, !meant.hasOthers {
            return chose(.visit(meant.visits[0]), asking(.choosingVisit, state))
        }
        guard meant.visits.count <= mostChoices else { return handOver(.tooMany, state) }
        return (asking(.choosingVisit, state), .askVisit(meant.visits))
    }

    private static func chose(_ answer: TextAnswer, _ state: TextBookingState) -> Next {
        var next = state
        switch (state.phase, answer) {
        case (.choosingVisit, .visit(let visit)):
            next.visit = visit
            guard state.kind == .cancel else { return offer(.first, next) }
            return (asking(.confirmingCancel, next), .askCancel)
        case (.choosingType, .type(let type)):
            next.visitType = type
            return offer(.first, next)
        case (.confirmingCancel, .cancel): return (state, .cancel)
        case (.confirmingCancel, .another):
            next.kind = .move
            return offer(.first, next)
        case (.choosingTime, .time): return (state, .take)
        default: return (state, .nothing)
        }
    }

    private static func offer(_ why: TextOffer, _ state: TextBookingState) -> Next {
        guard state.round < mostRounds else { return handOver(.tooOften, state) }
        var next = asking(.choosingTime, state)
        next.round += 1
        return (next, .offer(why))
    }

    private static func asking(_ phase: TextBookingPhase, _ state: TextBookingState) -> TextBookingState {
        var next = state
        next.phase = phase
        return next
    }

    private static func handOver(_ why: TextBookingStop, _ state: TextBookingState) -> Next {
        (asking(.handedOver, state), .handOver(why))
    }
}
