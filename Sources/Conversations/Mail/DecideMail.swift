import ConversationsAPI
package import Kernel
package import Spine
import Store
import StudioAPI
package import Vault

/// A reader says by the link in an e-mail whether they want more. What waits for the address is taken back in the same
/// transaction; saying it again changes nothing.
package struct DecideMail: Command {
    package static let permission = Permission.consentWrite

    let conversation: ID<Conversation>
    let wanted: Bool
    let messaging: Messaging

    package init(conversation: ID<Conversation>, wanted: Bool, messaging: Messaging) {
        self.conversation = conversation
        self.wanted = wanted
        self.messaging = messaging
    }

    /// Whether it changed anything.
    package func run(_ context: CommandContext) throws -> Bool {
        let (row, _) = try messaging.opened(
            conversation, .consentWrite, lock: true, access: context.access, in: context.transaction)
        guard row.channel == .email else { throw Fault.notFound("conversation") }
        context.concerns(row.owner)
        let isStopped = try ConsentStore.isOptedOut(
            address: row.addressHash, channel: row.channel.rawValue, in: context.transaction)
        guard isStopped == wanted else { return false }
        if wanted {
            try messaging.recordNumber(row, given: true, source: "link", message: nil, context: context)
        } else {
            try messaging.optOut(row, source: "link", message: nil, context: context) {}
        }
        return true
    }
}
