import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// Serves what was asked by text: each step is a timer's, with all that is known read anew.
struct TextBookingDesk: Sendable {
    let desk: SchedulingDesk

    /// One text that is served, locked, and whom it is for.
    struct Served {
        var row: TextBookingRow
        let client: SchedulingDesk.Client
    }

    var handlers: [TimerHandler] {
        [
            TimerHandler(TextBookingRules.step, permissions: TextBookingRules.permissions) { target, context in
                try step(ID(raw: target), context)
            },
            TimerHandler(TextBookingRules.lapse, permissions: TextBookingRules.permissions) { target, context in
                try stop(ID(raw: target), .unanswered, context) { row in
                    row.answerBy.map { $0 <= context.now } ?? true
                }
            },
        ]
    }

    /// What a question did not reach is a person's at once.
    var undelivered: Subscriber {
        Subscriber(
            "text-booking-undelivered", kinds: UndeliveredMessage.kinds, permissions: TextBookingRules.permissions
        ) { events, context in
            let messages = UndeliveredMessage.reasons(events).keys.sorted()
            for id in try TextBookingStore.waiting(askedBy: messages, in: context.transaction) {
                try stop(id, .undelivered, context) { !$0.isAnswered }
            }
        }
    }

    // MARK: Steps

    private func step(_ id: ID<TextBooking>, _ context: CommandContext) throws {
        guard let served = try opened(id, context) else { return }
        if let why = try obstacle(served, context) { return try apply(.stopped(why), served, context) }
        guard let input = try heard(served, context) else { return }
        try apply(input, served, context)
    }

    /// What stands at this moment for a row that nobody answers any more.
    private func stop(
        _ id: ID<TextBooking>, _ why: TextBookingStop, _ context: CommandContext, when: (TextBookingRow) -> Bool
    ) throws {
        guard let served = try opened(id, context), when(served.row) else { return }
        try apply(.stopped(why), served, context)
    }

    /// The row as it may go on. Where a person has done anything about the need, it ends here. The conversation and the
    /// need come first, as everybody locks them.
    private func opened(_ id: ID<TextBooking>, _ context: CommandContext) throws -> Served? {
        let transaction = context.transaction
        guard let known = try TextBookingStore.find(id, in: transaction), known.isOpen else { return nil }
        let standing = try desk.messaging.standing(of: known.need, in: transaction)
        guard let row = try TextBookingStore.find(id, locking: true, in: transaction), row.isOpen else { return nil }
        guard let standing, standing.isFree,
            row.state.phase == .asked ? standing.isNew : standing.version == row.needVersion
        else {
            try end(row, context)
            return nil
        }
        let client = try desk.client(row.patient, .appointmentWrite, in: context)
        guard let patient = standing.patient, client.set.contains(patient) else {
            try end(row, context)
            return nil
        }
        guard standing.labels.isEmpty else {
            try apply(.stopped(.labelled), Served(row: row, client: client), context)
            return nil
        }
        return Served(row: row, client: client)
    }

    /// Why nothing may be said to this patient by text; nil: nothing is in the way.
    private func obstacle(_ served: Served, _ context: CommandContext) throws -> TextBookingStop? {
        if served.client.plain.deceased { return .deceased }
        let primary = served.client.set.primary
        let (_, grant) = try desk.directory.grant(
            .appointmentWrite, for: primary, access: context.access, in: context.transaction)
        let card = try desk.directory.cards(of: [primary], grant: grant, in: context.transaction)[primary]
        // Texts go to one number of theirs; who wrote from another one would wait there.
        guard let phone = card?.textPhone, !phone.shared,
            TextBookingRules.mark(phone.number, context.vault) == served.row.number
        else { return .number }
        return nil
    }

    /// What there is to act on; nil: nothing new.
    private func heard(_ served: Served, _ context: CommandContext) throws -> TextBookingInput? {
        let row = served.row
        if row.state.phase == .asked { return .asked(try meant(served, context)) }
        if row.hasDeclined {
            context.emit(Self.event(.textBookingAnswered, row, [("what", "none")]))
            return .declined
        }
        if let answer = row.answer {
            guard let choice = try TextBookingStore.choice(answer, in: context.transaction) else { return nil }
            context.emit(Self.event(.textBookingAnswered, row, [("what", Self.code(choice.what))]))
            return .chose(choice.what)
        }
        return row.isRenewed ? .wished : nil
    }

    func apply(_ input: TextBookingInput, _ served: Served, _ context: CommandContext) throws {
        let next = TextBookingMachine.apply(input, to: served.row.state)
        var served = served
        served.row.state = next.state
        switch next.action {
        case .nothing: return
        case .askVisit(let visits): try askVisit(visits, served, context)
        case .askType(let types): try askType(types, served, context)
        case .askCancel: try askCancel(served, context)
        case .offer(let why): try offer(why, served, context)
        case .take: try take(served, context)
        case .cancel: try cancel(served, context)
        case .handOver(let why): try handOver(why, served.row, context)
        }
    }

    // MARK: Ends

    /// A person has it: with all that was said, and with the need as it was.
    private func handOver(_ why: TextBookingStop, _ row: TextBookingRow, _ context: CommandContext) throws {
        try close(row, as: .handedOver, outcome: why.rawValue, context)
        try desk.messaging.needsPerson(row.need, context: context)
        context.emit(Self.event(.textBookingHandedOver, row, [("reason", why.rawValue)]))
    }

    /// A person had it before: nothing is said. What was answered meanwhile is theirs to read.
    private func end(_ row: TextBookingRow, _ context: CommandContext) throws {
        try close(row, as: .ended, outcome: "in-hand", context)
        if row.isAnswered || row.isRenewed { try desk.messaging.answered(row.need, context: context) }
    }

    func finish(_ row: TextBookingRow, _ outcome: String, _ visit: ID<Appointment>, _ context: CommandContext) throws {
        let next = TextBookingMachine.apply(.finished, to: row.state)
        try close(row, as: next.state.phase, outcome: outcome, context)
        context.emit(Self.event(.textBookingDone, row, [("outcome", outcome), ("appointment", visit.text)]))
    }

    private func close(
        _ row: TextBookingRow, as phase: TextBookingPhase, outcome: String, _ context: CommandContext
    ) throws {
        try TextBookingStore.end(row.id, as: phase, outcome: outcome, at: context.now, in: context.transaction)
        try Timers.cancel(TextBookingRules.step, target: row.id.raw, in: context.transaction)
        try Timers.cancel(TextBookingRules.lapse, target: row.id.raw, in: context.transaction)
    }

    // MARK: On the log

    static func event(_ kind: EventKind, _ row: TextBookingRow, _ more: [(String, String)]) -> NewEvent {
        var body = JSONObject()
        body["kind"] = .string(row.state.kind.rawValue)
        for (key, value) in more { body[key] = .string(value) }
        return NewEvent(kind, patient: row.patient, need: row.need, body: .object(body))
    }

    private static func code(_ answer: TextAnswer) -> String {
        switch answer {
        case .visit: "visit"
        case .type: "type"
        case .cancel: "cancel"
        case .another: "another"
        case .time: "time"
        }
    }
}
