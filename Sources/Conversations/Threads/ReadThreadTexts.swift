package import Kernel
import Spine
package import Store
package import Vault

/// The words of a conversation's newest messages, the oldest of them first.
package struct ReadThreadTexts: Query {
    package static let permission = Permission.messageRead

    let conversation: ID<Conversation>
    let messaging: Messaging

    package init(conversation: ID<Conversation>, messaging: Messaging) {
        self.conversation = conversation
        self.messaging = messaging
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [String] {
        guard let row = try ThreadStore.conversation(conversation, in: transaction) else {
            throw Fault.notFound("conversation")
        }
        let grant = try messaging.grant(.messageRead, for: row, access: access, in: transaction)
        return try InboxStore.messages(of: row, limit: 100, grant: grant, in: transaction).map(\.text)
    }
}
