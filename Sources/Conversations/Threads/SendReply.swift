import ConversationsAPI
import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
import StudioAPI
package import Vault

/// A message that was stored to be sent, or why it was not.
package struct ReplyOutcome: Codable, Sendable, Equatable {
    /// 0 when nothing was stored.
    package let message: Int64
    /// Nil: it leaves now. Microseconds.
    package let heldUntil: Int64?
    /// A code when nothing was stored: deceased, opted-out, no-consent.
    package let withheld: String?
}

/// An agent's text in a conversation. It answers its need: whoever writes takes what nobody owns, and is refused what
/// somebody else has in hand.
package struct SendReply: Command {
    package static let permission = Permission.messageSend

    let conversation: ID<Conversation>
    let need: ID<Need>?
    let text: String
    /// The key of the template it was made from.
    let template: String?
    let language: Language
    let messaging: Messaging

    package init(
        conversation: ID<Conversation>, need: ID<Need>?, text: String, template: String? = nil, language: Language,
        messaging: Messaging
    ) {
        self.conversation = conversation
        self.need = need
        self.text = text
        self.template = template
        self.language = language
        self.messaging = messaging
    }

    package func validate() throws {
        if !text.contains(where: { !$0.isWhitespace }) { throw Fault.invalid("text", "Write a message.") }
        if text.unicodeScalars.count > Messaging.longestText {
            throw Fault.invalid("text", "A text message has at most 1,600 characters.")
        }
        if !MessageTemplateDefinition.unfilled(in: text).isEmpty { throw Self.unfilled }
    }

    private static var unfilled: Fault {
        Fault(
            .unprocessable, "message.unfilled", "The text has a place that nobody filled in.",
            remedy: "Put the words in, or take the place out.")
    }

    /// The template must be one of ours, and "…" is how a place of it looks that nobody filled in.
    private func check(_ configuration: Configuration) throws {
        guard let template else { return }
        guard let used = configuration.messageTemplates[template]?.value else {
            throw Fault.invalid("template", "There is no such template.")
        }
        let own = Array(used.body.texts.values) + Array(used.shared?.texts.values ?? [:].values)
        if text.contains("…"), !own.contains(where: { $0.contains("…") }) { throw Self.unfilled }
    }

    package func run(_ context: CommandContext) throws -> ReplyOutcome {
        let (row, _) = try messaging.opened(
            conversation, .messageSend, lock: true, access: context.access, in: context.transaction)
        context.concerns(row.owner)
        let configuration = try messaging.definitions.configuration(of: context.caller.tenant)
        try check(configuration)
        let answered = try answered(context)
        for need in answered { try hold(need, in: row, context) }
        let outcome = try messaging.queue(
            Messaging.Draft(
                conversation: row, purpose: .reply, text: text, template: template, language: language.rawValue,
                sender: (
                    Messaging.user(context.caller) == nil ? "system" : "user", Messaging.user(context.caller)?.raw
                ),
                need: need ?? answered.first?.id, locationZone: try messaging.homeZone(configuration)),
            context: context)
        switch outcome {
        case .withheld(let reason):
            return ReplyOutcome(message: 0, heldUntil: nil, withheld: reason)
        case .held(let id, let until):
            try respond(answered, in: row, leavesNow: false, context)
            return ReplyOutcome(message: id.raw, heldUntil: until.microseconds, withheld: nil)
        case .queued(let id):
            try respond(answered, in: row, leavesNow: true, context)
            return ReplyOutcome(message: id.raw, heldUntil: nil, withheld: nil)
        }
    }

    /// The open needs it answers, locked until the answer stands: all of the conversation, or the one that is named. To
    /// somebody whose need was closed meanwhile one may still write.
    private func answered(_ context: CommandContext) throws -> [NeedRow] {
        let open = try NeedStore.open(in: conversation, lock: true, context.transaction)
        guard let need else { return open }
        let named = open.filter { $0.id == need }
        if named.isEmpty, try NeedStore.need(need, in: context.transaction)?.conversation != conversation {
            throw Fault(
                .conflict, "need.elsewhere", "This need is not in this conversation.", remedy: "Look at it again.")
        }
        return named
    }

    /// Two people must not answer one patient: a need that somebody else has in hand is theirs to answer.
    private func hold(_ need: NeedRow, in row: ConversationRow, _ context: CommandContext) throws {
        guard let user = Messaging.user(context.caller) else { return }
        if let owner = need.owner {
            guard owner != user else { return }
            let name = try messaging.staff.names(of: [owner], in: context.transaction)[owner]?.name
            throw Fault(
                .conflict, "need.owned", "\(name ?? "Somebody else") has this need in hand.",
                remedy: "Ask for a hand-off before you answer.", place: owner.text)
        }
        if context.caller.permissions.contains(.needWrite) {
            _ = try context.run(TakeNeed(need: need.id, messaging: messaging))
        }
    }

    private func respond(
        _ needs: [NeedRow], in row: ConversationRow, leavesNow: Bool, _ context: CommandContext
    ) throws {
        guard Messaging.user(context.caller) != nil else { return }
        for need in needs {
            guard let current = try NeedStore.need(need.id, in: context.transaction) else { continue }
            try messaging.responded(to: current, in: row, leavesNow: leavesNow, context: context)
        }
    }
}

/// A person decides about a message that a machine gave up.
package struct SettleMessage: Command {
    package static let permission = Permission.messageSend

    package enum Decision: String, Sendable, CaseIterable {
        /// It did not go out: send it again.
        case resend
        /// It went out, or is no longer wanted.
        case giveUp = "give-up"
    }

    let message: ID<Message>
    let decision: Decision
    let messaging: Messaging

    package init(message: ID<Message>, decision: Decision, messaging: Messaging) {
        self.message = message
        self.decision = decision
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> Bool {
        guard let row = try ThreadStore.outbound(message, lock: true, in: context.transaction) else {
            throw try messaging.absent(
                "message", .messageSend, early: true, access: context.access, in: context.transaction)
        }
        _ = try messaging.grant(
            .messageSend, for: row.conversation, as: "message", access: context.access, in: context.transaction)
        context.concerns(row.conversation.owner)
        let changed: Bool
        switch decision {
        case .resend:
            changed = try Outbox.replay(
                kind: row.conversation.outboxKind, target: message.raw, at: context.now, in: context.transaction)
            if changed { try ThreadStore.requeue(message, in: context.transaction) }
        case .giveUp:
            changed = try Outbox.giveUp(
                kind: row.conversation.outboxKind, target: message.raw, reason: "person", at: context.now,
                in: context.transaction)
            if changed {
                try ThreadStore.setState(
                    .withdrawn, of: message, code: "person", at: context.now, in: context.transaction)
            }
        }
        guard changed else {
            throw Fault(.conflict, "message.settled", "This message is not waiting for a decision.")
        }
        context.emit(
            .about(
                row.conversation, decision == .resend ? .messageQueued : .messageWithdrawn, need: row.need,
                [
                    ("message", .string(message.text)), ("channel", .string(row.conversation.channel.rawValue)),
                ]))
        return true
    }
}
