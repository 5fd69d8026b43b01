import Kernel
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

// What a text does at once: a row, an answer in it, and a timer that is due now. All else waits for that timer, which
// has rights of its own. Whatever is done here is done with the conversation locked.

enum TextReplies {
    /// Writes down what somebody wants, when the visit types let texts do something and the words are plain.
    static func asked(_ ask: TextAsk, _ plans: SchedulePlans, context: CommandContext) throws {
        let tenant = context.caller.tenant
        let plan = try plans.plan(of: tenant)
        guard plan.servesTexts, PlainAsk.isPlain(ask.words) else { return }
        let id: ID<TextBooking> = context.newID()
        let wish = TextTimes(ask.words, of: ask.kind, today: try plans.today(of: tenant, at: context.now))
        let named = ask.kind == .book ? TextTypes.named(in: ask.words, among: Array(plan.visitTypes.values)) : []
        try TextBookingStore.insert(
            id, ask, number: TextBookingRules.mark(ask.number, context.vault), wish, named: named, at: context.now,
            in: context.transaction)
        try wake(id, context)
    }

    /// The need with which rules go on after what was written beside an answer: with other times that are wished for,
    /// and with thanks, which change nothing. Nil: a person reads it, and they stop.
    static func said(_ said: TextSaid, _ plans: SchedulePlans, context: CommandContext) throws -> ID<Need>? {
        let tenant = context.caller.tenant
        guard try plans.plan(of: tenant).servesTexts,
            let row = try TextBookingStore.open(said.needs, in: context.transaction)
        else { return nil }
        let times = TextTimes(said.words, of: row.state.kind, today: try plans.today(of: tenant, at: context.now))
        // A polite word is in many a sentence that says something.
        if said.isCourtesy, times.isWhole, !times.narrows { return row.need }
        if row.isAnswered {
            if try repeats(said.words, row, in: context.transaction) { return row.need }
        } else if row.state.phase == .choosingTime || row.state.phase == .asked {
            if times.isWhole, times.narrows, row.state.round < TextBookingMachine.mostRounds {
                try TextBookingStore.wish(row.id, row.wish.narrowed(by: times), in: context.transaction)
                try wake(row.id, context)
                return row.need
            }
        }
        try TextBookingStore.end(
            row.id, as: .handedOver, outcome: TextBookingStop.saidElse.rawValue, at: context.now,
            in: context.transaction)
        try Timers.cancel(TextBookingRules.lapse, target: row.id.raw, in: context.transaction)
        context.emit(
            TextBookingDesk.event(.textBookingHandedOver, row, [("reason", TextBookingStop.saidElse.rawValue)]))
        return nil
    }

    /// The same number once more.
    private static func repeats(
        _ words: String, _ row: TextBookingRow, in transaction: any Transaction
    ) throws -> Bool {
        guard let answer = row.answer, let choice = try TextBookingStore.choice(answer, in: transaction) else {
            return false
        }
        return TextWords.of(words).map(\.text) == [String(choice.number)]
    }

    /// An answer to the question that is asked now; nil: there is none by this id.
    static func proposed(_ id: ID<Appointment>, in transaction: any Transaction) throws -> AppointmentSummary? {
        guard let choice = try TextBookingStore.choice(ID(raw: id.raw), in: transaction),
            let row = try TextBookingStore.find(choice.booking, in: transaction), row.isOpen, !row.isAnswered,
            row.question == choice.question, let answerBy = row.answerBy
        else { return nil }
        return AppointmentSummary(
            id: id, patient: row.patient, need: row.need, status: "question", confirmed: false, pendingExternal: false,
            localStart: "", zone: "", startsAt: answerBy, endsAt: answerBy, minutes: 0, visitType: "",
            practitioner: "", location: "")
    }

    /// Whether it was such an answer: then it is kept, to be acted on at once.
    static func keep(_ id: ID<Appointment>, isNo: Bool, context: CommandContext) throws -> Bool {
        guard let choice = try TextBookingStore.choice(ID(raw: id.raw), in: context.transaction) else { return false }
        let transaction = context.transaction
        let isKept =
            try isNo
            ? TextBookingStore.decline(choice, in: transaction) : TextBookingStore.answer(choice, in: transaction)
        if isKept { try wake(choice.booking, context) }
        return true
    }

    private static func wake(_ id: ID<TextBooking>, _ context: CommandContext) throws {
        try Timers.set(
            TextBookingRules.step, target: id.raw, due: context.now, ids: context.ids, in: context.transaction)
    }
}
