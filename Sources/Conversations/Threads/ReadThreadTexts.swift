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
        let (row, grant) = try messaging.opened(conversation, .messageRead, access: access, in: transaction)
        return try InboxStore.messages(of: row, limit: 100, grant: grant, in: transaction).map(\.text)
    }
}
