package import ConversationsAPI
package import Kernel
package import Spine
package import Store
import Vault

// What rules that serve a need by themselves ask and do of it: see `NeedLookup`.
extension Messaging {
    package func standing(of id: ID<Need>, in transaction: any Transaction) throws -> NeedStanding? {
        guard let known = try NeedStore.need(id, in: transaction),
            let conversation = try ThreadStore.conversation(known.conversation, lock: true, in: transaction),
            let need = try NeedStore.need(id, lock: true, in: transaction), need.isOpen
        else { return nil }
        return NeedStanding(
            patient: need.patient, version: need.version, isNew: need.stage == .new,
            isFree: need.owner == nil && need.firstResponseAt == nil && need.stage != .scheduled,
            labels: conversation.labels)
    }

    package func waitsForPatient(_ id: ID<Need>, context: CommandContext) throws -> Int? {
        guard let (need, conversation) = try openNeed(id, context) else { return nil }
        if need.stage == .waitingPatient { return need.version }
        // By the end the service level allows, or by a new first answer when that is past.
        let end = try NeedStore.resolveBy(id, in: context.transaction) ?? need.dueAt
        let due = try end > context.now ? end : self.due(need, context: context)
        try move(
            need, NeedStore.Change(stage: .waitingPatient, nextStep: .awaitReply, dueAt: due), in: conversation,
            context: context)
        return need.version + 1
    }

    package func needsPerson(_ id: ID<Need>, context: CommandContext) throws {
        guard let (need, conversation) = try openNeed(id, context), need.owner == nil, need.stage == .waitingPatient
        else {
            return
        }
        let due = try self.due(need, context: context)
        try move(
            need, NeedStore.Change(stage: .inProgress, nextStep: need.reason.firstStep, dueAt: due), in: conversation,
            context: context)
    }

    package func answered(_ id: ID<Need>, context: CommandContext) throws {
        guard let (need, conversation) = try openNeed(id, context) else { return }
        try patientWrote(need, in: conversation, context: context)
    }

    package func served(_ id: ID<Need>, context: CommandContext) throws {
        guard let (need, conversation) = try openNeed(id, context) else { return }
        try close(need, .completed, in: conversation, context: context)
    }

    /// An open need, locked, with its conversation.
    private func openNeed(
        _ id: ID<Need>, _ context: CommandContext
    ) throws -> (need: NeedRow, conversation: ConversationRow)? {
        guard let need = try NeedStore.need(id, lock: true, in: context.transaction), need.isOpen,
            let conversation = try ThreadStore.conversation(need.conversation, in: context.transaction)
        else { return nil }
        return (need, conversation)
    }
}
