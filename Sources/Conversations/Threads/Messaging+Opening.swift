import Kernel
import PeopleAPI
import Spine
import Store
import Vault

// What is not there and what is out of the caller's reach are one: the same answer, after as much work.
extension Messaging {
    /// A conversation with the grant that opens it.
    func opened(
        _ id: ID<Conversation>, _ action: Permission, lock: Bool = false, access: Access,
        in transaction: any Transaction
    ) throws -> (conversation: ConversationRow, grant: Grant) {
        guard let row = try ThreadStore.conversation(id, lock: lock, in: transaction) else {
            throw try absent("conversation", action, access: access, in: transaction)
        }
        return (row, try grant(action, for: row, as: "conversation", access: access, in: transaction))
    }

    /// A need and its conversation with the grant that opens them.
    func opened(
        _ id: ID<Need>, _ action: Permission, lock: Bool = false, access: Access, in transaction: any Transaction
    ) throws -> (need: NeedRow, conversation: ConversationRow, grant: Grant) {
        guard let need = try NeedStore.need(id, lock: lock, in: transaction),
            let row = try ThreadStore.conversation(need.conversation, in: transaction)
        else { throw try absent("need", action, early: true, access: access, in: transaction) }
        return (need, row, try grant(action, for: row, as: "need", access: access, in: transaction))
    }

    // MARK: Labels

    /// The conversation with these labels beside its own. Its needs and what is on the log about it get them too.
    func label(
        _ conversation: ConversationRow, with more: Labels, context: CommandContext
    ) throws -> ConversationRow {
        try set(conversation.labels.union(more), on: conversation, context: context)
    }

    /// The conversation with exactly these labels.
    func set(
        _ labels: Labels, on conversation: ConversationRow, context: CommandContext
    ) throws -> ConversationRow {
        guard labels != conversation.labels else { return conversation }
        var labelled = conversation
        labelled.labels = labels
        try ThreadStore.setLabels(labels, of: conversation.id, in: context.transaction)
        try EventStore.label(.conversation(conversation.id), labels, in: context.transaction)
        context.emit(.about(labelled, .conversationLabelled))
        return labelled
    }
}
