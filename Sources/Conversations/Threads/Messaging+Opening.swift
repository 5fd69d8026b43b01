import Kernel
import PeopleAPI
import Spine
import Store
import Vault

// What is not there and what is out of the caller's reach are one: the same answer, after the same questions, with the
// same record on the trail.
extension Messaging {
    private static let nobody: ID<Patient> = ID(raw: 0)

    /// A conversation with the grant that opens it.
    func opened(
        _ id: ID<Conversation>, _ action: Permission, lock: Bool = false, access: Access,
        in transaction: any Transaction
    ) throws -> (conversation: ConversationRow, grant: Grant) {
        let row = try ThreadStore.conversation(id, lock: lock, in: transaction)
        let grant = try grant(action, for: row, named: "conversation", access: access, in: transaction)
        guard let row, let grant else { throw Fault.notFound("conversation") }
        return (row, grant)
    }

    /// A need and its conversation with the grant that opens them.
    func opened(
        _ id: ID<Need>, _ action: Permission, lock: Bool = false, access: Access, in transaction: any Transaction
    ) throws -> (need: NeedRow, conversation: ConversationRow, grant: Grant) {
        let need = try NeedStore.need(id, lock: lock, in: transaction)
        let row = try ThreadStore.conversation(need?.conversation ?? ID(raw: 0), in: transaction)
        let grant = try grant(action, for: row, named: "need", access: access, in: transaction)
        guard let need, let row, let grant else { throw Fault.notFound("need") }
        return (need, row, grant)
    }

    /// Nil only when there is no conversation, and then never without the denial of a patient who does not exist.
    func grant(
        _ action: Permission, for row: ConversationRow?, named noun: String, access: Access,
        in transaction: any Transaction
    ) throws -> Grant? {
        do {
            if let row { return try grant(action, for: row, access: access, in: transaction) }
            _ = try patients.grant(action, for: Self.nobody, access: access, in: transaction)
            return nil
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound(noun)
        }
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
