import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
import StudioAPI
import Vault

/// A conversation as it happened before this system: what generation and import bring. Nothing of it is ever sent.
package struct PastConversation: Sendable {
    package struct PastMessage: Sendable {
        package let text: String
        package let at: Instant
        /// Nil: from the person.
        package let sender: Sender?

        package enum Sender: Sendable {
            case system
            case user(ID<User>)
        }

        package init(text: String, at: Instant, sender: Sender?) {
            self.text = text
            self.at = at
            self.sender = sender
        }
    }

    package let patient: ID<Patient>
    package let keySubject: ID<KeySubject>
    package let number: PhoneNumber
    /// BCP-47.
    package let language: String
    /// The oldest first.
    package let messages: [PastMessage]

    package init(
        patient: ID<Patient>, keySubject: ID<KeySubject>, number: PhoneNumber, language: String, messages: [PastMessage]
    ) {
        self.patient = patient
        self.keySubject = keySubject
        self.number = number
        self.language = language
        self.messages = messages
    }
}

extension Messaging {
    /// How long a past need that nobody answered may stand open.
    private static let longestOpen: Duration = .days(2)

    /// Keeps a past conversation with its messages and the needs in them: an answered message's need is closed when
    /// it was answered; one that nobody answered stays open for two days and is closed then as unreachable. Writes
    /// the events that figures are counted from, each at the moment it happened. Expects that the patient has no
    /// conversation at this number yet.
    package func seed(_ past: PastConversation, context: CommandContext) throws {
        guard let first = past.messages.first, let last = past.messages.last else { return }
        let hash = ThreadHashes.number(past.number, context.vault)
        let row = ConversationRow(
            id: context.newID(), patient: past.patient, standing: .known, addressHash: hash,
            lane: ThreadHashes.lane(hash),
            keySubject: past.keySubject, lastInboundAt: nil)
        guard
            try ThreadStore.insert(
                row, address: ContactAddress(past.number), at: first.at, vault: context.vault, in: context.transaction)
        else { return }
        var waiting: (need: ID<Need>, reason: NeedReason, at: Instant)?
        for message in past.messages {
            let id: ID<Message> = context.newID()
            try insert(message, id: id, in: row, past, need: waiting?.need, context)
            if message.sender == nil {
                if waiting == nil { waiting = try openPast(message, id, in: row, context) }
            } else if let answered = waiting {
                try closePast(answered, .completed, at: message.at, in: row, context)
                waiting = nil
            }
            if message.at == last.at {
                try ThreadStore.touch(
                    row.id, message: id, inbound: message.sender == nil, at: message.at, in: context.transaction)
            }
        }
        if let left = waiting, left.at + Self.longestOpen < context.now {
            try closePast(left, .unreachable, at: left.at + Self.longestOpen, in: row, context)
        }
    }

    private func insert(
        _ message: PastConversation.PastMessage, id: ID<Message>, in row: ConversationRow, _ past: PastConversation,
        need: ID<Need>?, _ context: CommandContext
    ) throws {
        let sender: (String, Int64?)
        switch message.sender {
        case nil: sender = ("person", nil)
        case .system?: sender = ("system", nil)
        case .user(let user)?: sender = ("user", user.raw)
        }
        let inbound = message.sender == nil
        try ThreadStore.insert(
            ThreadStore.NewMessage(
                id: id, conversation: row, inbound: inbound, state: inbound ? "received" : "delivered", sender: sender,
                purpose: inbound ? nil : MessagePurpose.reply.rawValue, language: past.language, need: need, media: 0,
                at: message.at, content: MessageContent(text: message.text, providerID: nil)),
            vault: context.vault, in: context.transaction)
        context.emit(
            .about(
                row, inbound ? .messageReceived : .messageSent, need: need, at: message.at,
                [("message", .string(id.text)), ("channel", "sms")]))
    }

    private func openPast(
        _ message: PastConversation.PastMessage, _ id: ID<Message>, in row: ConversationRow, _ context: CommandContext
    ) throws -> (need: ID<Need>, reason: NeedReason, at: Instant)? {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        // A keyword is nobody's work.
        if let policy = configuration.consentPolicy,
            replyWords.words(context.caller.tenant, configuration, policy.value).meaning(of: message.text) != nil
        {
            return nil
        }
        guard let found = classifier.needs(in: message.text).first else { return nil }
        let plan = try NeedPlan.make(found.reason, at: message.at, configuration, zones: zones)
        let need: ID<Need> = context.newID()
        try NeedStore.insert(
            NeedStore.NewNeed(
                id: need, conversation: row, reason: found.reason, plan: plan, nextStep: found.reason.firstStep,
                title: Self.title(found.words), at: message.at),
            vault: context.vault, in: context.transaction)
        context.emit(
            .about(
                row, .needOpened, need: need, at: message.at,
                [
                    ("reason", .string(found.reason.rawValue)), ("priority", .string(plan.priority.rawValue)),
                    ("team", .string(plan.team)),
                ]))
        return (need, found.reason, message.at)
    }

    private func closePast(
        _ answered: (need: ID<Need>, reason: NeedReason, at: Instant), _ outcome: NeedOutcome, at moment: Instant,
        in row: ConversationRow, _ context: CommandContext
    ) throws {
        let seconds = (moment - answered.at).components.seconds
        try NeedStore.closePast(answered.need, outcome, at: moment, in: context.transaction)
        if outcome == .completed {
            context.emit(
                .about(row, .needResponded, need: answered.need, at: moment, [("seconds", .int(seconds))]))
        }
        context.emit(
            .about(
                row, .needClosed, need: answered.need, at: moment,
                [
                    ("outcome", .string(outcome.rawValue)), ("reason", .string(answered.reason.rawValue)),
                    ("seconds", .int(seconds)),
                ]))
    }
}
