import ConversationsAPI
import JSON
package import Kernel
package import Spine
import Store
import StudioAPI
package import Vault

/// Takes in what the provider tells about a message it was given. Receipts come late, twice, in the wrong order and for
/// messages that are none of ours: only what moves a message forward changes anything.
package struct RecordDeliveryReceipt: Command {
    package static let permission = Permission.messageReceive

    /// The message as our callback address named it; nil when it named none.
    let intent: ID<Message>?
    let providerID: String
    let status: String
    let errorCode: String?
    let messaging: Messaging

    package init(
        intent: ID<Message>?, providerID: String, status: String, errorCode: String?, messaging: Messaging
    ) {
        self.intent = intent
        self.providerID = providerID
        self.status = status
        self.errorCode = errorCode
        self.messaging = messaging
    }

    /// Whether it changed anything.
    package func run(_ context: CommandContext) throws -> Bool {
        guard let report = DeliveryState(provider: status) else { return false }
        let hash = ThreadHashes.providerID(providerID, context.vault)
        let named = try intent.flatMap { try ThreadStore.outbound($0, lock: true, in: context.transaction) }
        guard let message = try named ?? ThreadStore.outbound(providerHash: hash, in: context.transaction) else {
            return false
        }
        context.concerns(message.conversation.owner)
        try ThreadStore.setProviderHash(hash, of: message.id, in: context.transaction)
        let code = errorCode.map { String($0.prefix(16)).filter { $0.isASCII && ($0.isLetter || $0.isNumber) } }
        return try messaging.settle(message, report: report, code: report == .failed ? code : nil, context: context)
    }
}

extension Messaging {
    /// Moves an outbound message forward and tells it; false when the report was no news.
    func settle(
        _ message: ThreadStore.Outbound, report: DeliveryState, code: String?, context: CommandContext
    ) throws -> Bool {
        guard let state = message.state.moved(to: report) else { return false }
        try ThreadStore.setState(state, of: message.id, code: code, at: context.now, in: context.transaction)
        if state == .sent || state == .delivered {
            // Somebody may have it on the list of things a machine gave up.
            _ = try Outbox.resolve(
                kind: message.conversation.outboxKind, target: message.id.raw, at: context.now, in: context.transaction)
            try firstAnswerLeft(message, context: context)
        }
        var body: [(String, JSONValue)] = [
            ("message", .string(message.id.text)), ("channel", .string(message.conversation.channel.rawValue)),
        ]
        if let code { body.append(("code", .string(code))) }
        context.emit(.about(message.conversation, Self.kind(of: state), need: message.need, body))
        if state == .failed { try undelivered(message, context: context) }
        return true
    }

    private static func kind(of state: DeliveryState) -> EventKind {
        switch state {
        case .queued, .held: .messageQueued
        case .uncertain: .messageUncertain
        case .sent: .messageSent
        case .delivered: .messageDelivered
        case .failed: .messageFailed
        case .withdrawn: .messageWithdrawn
        }
    }

    /// An answer that never arrived leaves its need with us: it does not wait for a patient who heard nothing.
    private func undelivered(_ message: ThreadStore.Outbound, context: CommandContext) throws {
        guard let id = message.need, let need = try NeedStore.need(id, lock: true, in: context.transaction), need.isOpen
        else { return }
        try patientWrote(need, in: message.conversation, context: context)
    }
}
