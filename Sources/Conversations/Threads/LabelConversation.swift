package import Kernel
package import Spine
import Store
package import Vault

/// Says what makes a conversation more sensitive than others: all its labels from now on. Its needs, its messages and
/// what the log tells of them are there only for who has the rights.
package struct LabelConversation: Command {
    package static let permission = Permission.labelWrite
    let conversation: ID<Conversation>
    let labels: Labels
    let messaging: Messaging

    package init(_ conversation: ID<Conversation>, _ labels: Labels, messaging: Messaging) {
        self.conversation = conversation
        self.labels = labels.intersection(.hiding)
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let (row, _) = try messaging.opened(
            conversation, .labelWrite, lock: true, access: context.access, in: context.transaction)
        context.concerns(row.owner)
        _ = try messaging.set(labels, on: row, context: context)
        return labels != row.labels
    }
}
