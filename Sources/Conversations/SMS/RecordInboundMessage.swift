import JSON
import Kernel
import PeopleAPI
package import SchedulingAPI
package import Spine
import Store
import StudioAPI
package import Vault

/// What came of an inbound message.
package struct InboundOutcome: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        case stored
        /// It was here before; nothing changed.
        case duplicate
        /// Its number was never seen: a conversation of its own needs a key of its own (`RecordFirstMessage`).
        case needsKey
    }

    package let status: Status
    /// The message, 0 when none was stored.
    package let message: Int64
}

extension Permission {
    /// Only the recorded run that stands for the channel has it.
    package static let messageReceive = Permission("message.receive")
}

/// What is understood of a text whosever it is. It is read where the request runs: in the transaction everybody would
/// wait for it.
struct InboundReading: Sendable {
    let consent: ConsentReading?
    /// Whether it is one of the words that carriers honour, and nothing but that.
    let isAlwaysStop: Bool
    let needs: [NeedClassifier.Found]

    init(_ text: String, _ classifier: NeedClassifier) {
        consent = ConsentWords.read(text)
        isAlwaysStop = consent?.certainty == .keyword && ConsentWords.isAlwaysStop(text)
        needs = classifier.needs(in: text)
    }
}

/// Stores a text from somebody who is known by number: a patient, or a number that wrote before.
package struct RecordInboundMessage: Command {
    package static let permission = Permission.messageReceive

    let text: InboundText
    let reading: InboundReading
    let messaging: Messaging
    let book: any AppointmentBook

    package init(_ text: InboundText, messaging: Messaging, book: any AppointmentBook) {
        self.text = text
        reading = InboundReading(text.text, messaging.classifier)
        self.messaging = messaging
        self.book = book
    }

    package func run(_ context: CommandContext) throws -> InboundOutcome {
        try InboundRecorder(text: text, reading: reading, messaging: messaging, book: book, mayTakeKey: false)
            .record(context)
    }
}

/// The same for a number that was never seen, with a key for its conversation.
package struct RecordFirstMessage: Command {
    package static let permission = Permission.messageReceive
    package static let freshSubjects = 1

    let text: InboundText
    let reading: InboundReading
    let messaging: Messaging
    let book: any AppointmentBook

    package init(_ text: InboundText, messaging: Messaging, book: any AppointmentBook) {
        self.text = text
        reading = InboundReading(text.text, messaging.classifier)
        self.messaging = messaging
        self.book = book
    }

    package func run(_ context: CommandContext) throws -> InboundOutcome {
        try InboundRecorder(text: text, reading: reading, messaging: messaging, book: book, mayTakeKey: true)
            .record(context)
    }
}

/// One inbound message on its way into the database.
struct InboundRecorder {
    let text: InboundText
    let reading: InboundReading
    let messaging: Messaging
    let book: any AppointmentBook
    let mayTakeKey: Bool

    func record(_ context: CommandContext) throws -> InboundOutcome {
        let providerHash = ThreadHashes.providerID(text.providerID, context.vault)
        if try ThreadStore.isKnown(providerHash: providerHash, in: context.transaction) {
            return InboundOutcome(status: .duplicate, message: 0)
        }
        guard var conversation = try party(context) else { return InboundOutcome(status: .needsKey, message: 0) }
        context.concerns(conversation.owner)
        let message: ID<Message> = context.newID()
        let configuration = try messaging.definitions.configuration(of: context.caller.tenant)
        let meaning = configuration.consentPolicy.flatMap {
            messaging.replyWords.words(context.caller.tenant, configuration, $0.value).meaning(of: text.text)
        }
        let open = try NeedStore.open(in: conversation.id, context.transaction)
        try store(message, providerHash, conversation, need: open.first?.id, context)
        conversation.lastInboundAt = context.now
        let replies = KeywordReplies(
            messaging: messaging, book: book, configuration: configuration, conversation: conversation,
            number: text.from, message: message, text: text.text, reading: reading)
        if try replies.handle(meaning, open: open, context: context) {
            return InboundOutcome(status: .stored, message: message.raw)
        }
        try work(message, conversation, open, replies, context)
        return InboundOutcome(status: .stored, message: message.raw)
    }

    // MARK: Whose it is

    /// The conversation it belongs to, locked. Nil: a key is needed first.
    private func party(_ context: CommandContext) throws -> ConversationRow? {
        // While this waits for the row somebody may say whose the conversation is: then it is chosen anew. That happens
        // to a conversation once.
        for _ in 0..<3 {
            guard let chosen = try chosen(context) else { return nil }
            let locked = try ThreadStore.conversation(chosen.id, lock: true, in: context.transaction)
            if let locked, locked.patient == chosen.patient { return locked }
        }
        throw Fault(.unavailable, "conversation.busy", "The conversation changes all the time.", remedy: "Try again.")
    }

    /// A number of one patient is that patient's; a number of nobody is the person an agent once put it with, else
    /// somebody new; a number of several is never guessed.
    private func chosen(_ context: CommandContext) throws -> ConversationRow? {
        let hash = ThreadHashes.number(text.from, context.vault)
        let known = try ThreadStore.conversations(at: hash, in: context.transaction)
        let reachable = try messaging.patients.reachable(
            at: text.from, vault: context.vault, in: context.transaction)
        if reachable.count == 1 { return try patientParty(reachable[0], known, context) }
        if reachable.isEmpty, let assigned = known.first(where: { $0.patient != nil }) { return assigned }
        let standing: ConversationRow.Standing = reachable.isEmpty ? .unknown : .ambiguous
        if let unassigned = known.first(where: { $0.patient == nil }) {
            if unassigned.standing == standing { return unassigned }
            try ThreadStore.setStanding(standing, of: unassigned.id, in: context.transaction)
            return try ThreadStore.conversation(unassigned.id, in: context.transaction)
        }
        guard mayTakeKey else { return nil }
        let row = ConversationRow(
            id: context.newID(), patient: nil, standing: standing, addressHash: hash, lane: ThreadHashes.lane(hash),
            keySubject: try context.takeSubject(), lastInboundAt: nil)
        if try ThreadStore.insert(
            row, address: ContactAddress(text.from), at: context.now, vault: context.vault, in: context.transaction)
        {
            return row
        }
        return try ThreadStore.conversations(at: hash, in: context.transaction).first { $0.patient == nil }
    }

    private func patientParty(
        _ patient: ID<Patient>, _ known: [ConversationRow], _ context: CommandContext
    ) throws -> ConversationRow {
        if let own = known.first(where: { $0.patient == patient }) { return own }
        let set = try messaging.patients.set(of: patient, in: context.transaction)
        if let linked = known.first(where: { $0.patient.map(set.contains) ?? false }) { return linked }
        guard let plain = try messaging.patients.plain(of: [patient], in: context.transaction)[patient] else {
            throw Fault(.internalError, "patient.missing", "The directory named a patient it does not have.")
        }
        return try messaging.conversation(with: plain, at: text.from, context: context)
    }

    // MARK: What is stored

    private func store(
        _ message: ID<Message>, _ providerHash: [UInt8], _ conversation: ConversationRow, need: ID<Need>?,
        _ context: CommandContext
    ) throws {
        let new = ThreadStore.NewMessage(
            id: message, conversation: conversation, inbound: true, state: "received", sender: ("person", nil),
            need: need, media: text.media.count, providerHash: providerHash, at: context.now,
            content: MessageContent(text: text.text, providerID: text.providerID))
        try ThreadStore.insert(new, vault: context.vault, in: context.transaction)
        try ThreadStore.touch(
            conversation.id, message: message, inbound: true, at: context.now, in: context.transaction)
        for (number, source) in text.media.enumerated() {
            let id = context.ids.nextRaw()
            try MediaStore.insert(
                id, message: message, number: number, source: source, subject: conversation.keySubject,
                vault: context.vault, in: context.transaction)
            // Its own lane: a picture that cannot be fetched holds up nothing.
            try Outbox.enqueue(
                kind: SMSOutbox.media, target: id, lane: id, purpose: "media-fetch", consent: "not-required",
                decision: "sent-by-person", notBefore: context.now, context: context)
        }
        context.emit(
            .about(
                conversation, .messageReceived, need: need,
                [
                    ("message", .string(message.text)), ("channel", "sms"), ("media", .int(Int64(text.media.count))),
                ]))
    }

    // MARK: What must be done

    /// Reasons that stand for work of their own beside a need that is already open.
    private static let standAlone: Set<NeedReason> = [.refill, .billing, .insuranceChange]

    private func work(
        _ message: ID<Message>, _ conversation: ConversationRow, _ open: [NeedRow], _ replies: KeywordReplies,
        _ context: CommandContext
    ) throws {
        let found = reading.needs
        let heard = try heard(open, context)
        for need in open where need.id != heard {
            try messaging.patientWrote(need, in: conversation, context: context)
        }
        if let newest = open.first, try !wantsAnew(found, beside: open, conversation, context) {
            let reasons = Set(open.map(\.reason))
            for need in found {
                if Self.standAlone.contains(need.reason), !reasons.contains(need.reason) {
                    _ = try messaging.open(need, in: conversation, from: message, context: context)
                } else {
                    let target = open.first { $0.reason == need.reason } ?? newest
                    try messaging.record(
                        need.facts, on: target.id, subject: conversation.keySubject, message: message, context: context)
                }
            }
            return
        }
        let step: NextStep? = conversation.patient == nil ? .decidePerson : nil
        var wanted = found
        let mayWantNone = reading.consent?.certainty == .suspected
        if wanted.isEmpty, !text.media.isEmpty || text.text.isEmpty || mayWantNone {
            // A picture without words is somebody's work too, and so is the question whether to write no more.
            wanted = [NeedClassifier.Found(reason: .other, words: text.text, facts: [])]
        }
        var opened: [(found: NeedClassifier.Found, need: ID<Need>)] = []
        for need in wanted {
            let id = try messaging.open(need, in: conversation, from: message, step: step, context: context)
            opened.append((need, id))
        }
        if !wanted.isEmpty { try replies.acknowledgeSharedNumber(context) }
        try ask(opened, conversation, context)
    }

    // MARK: What rules may serve

    /// The open need whose rules hear it, instead of a person. None where it may answer what somebody has asked about
    /// another need.
    private func heard(_ open: [NeedRow], _ context: CommandContext) throws -> ID<Need>? {
        let free = open.filter { $0.owner == nil && $0.firstResponseAt == nil && $0.stage != .scheduled }
        let isAsked = open.contains { need in
            need.stage == .waitingPatient && !free.contains { $0.id == need.id }
        }
        if free.isEmpty || isAsked { return nil }
        let isCourtesy = reading.needs.isEmpty && text.media.isEmpty && reading.consent == nil
        return try book.said(
            TextSaid(words: text.text, isCourtesy: isCourtesy, needs: free.map(\.id)), context: context)
    }

    /// Whether it wants another thing of a visit that is agreed: the needs that are open only wait for their visits,
    /// and rules may serve a new one.
    private func wantsAnew(
        _ found: [NeedClassifier.Found], beside open: [NeedRow], _ conversation: ConversationRow,
        _ context: CommandContext
    ) throws -> Bool {
        guard conversation.patient != nil, found.count == 1,
            found[0].reason == .reschedule || found[0].reason == .cancellation,
            open.allSatisfy({ $0.stage == .scheduled && $0.owner == nil })
        else { return false }
        return try book.servesTexts(of: context.caller.tenant)
    }

    /// Tells the book of visits what is wanted of it when that is one thing, of one person, and nothing beside it has to
    /// be looked at by somebody.
    private func ask(
        _ opened: [(found: NeedClassifier.Found, need: ID<Need>)], _ conversation: ConversationRow,
        _ context: CommandContext
    ) throws {
        let asks = opened.filter { $0.found.reason.textAsk != nil }
        guard asks.count == 1, let kind = asks[0].found.reason.textAsk, let patient = conversation.patient,
            conversation.channel == .sms, conversation.labels.isEmpty, text.media.isEmpty,
            reading.consent?.certainty != .suspected,
            asks[0].found.facts.allSatisfy({ $0.code == .whenPossible || $0.code == .notPossible })
        else { return }
        // What is said of another need says nothing of the visit.
        let words = opened.count == 1 ? text.text : asks[0].found.words
        try book.asked(
            TextAsk(kind: kind, patient: patient, need: asks[0].need, number: text.from, words: words),
            context: context)
    }
}
