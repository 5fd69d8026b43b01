package import ConversationsAPI
import JSON
package import Kernel
import PeopleAPI
package import Spine
package import Store
import StudioAPI
import Vault

extension Messaging: ConsentLedger {
    /// The newest word by channel and purpose: what was recorded of the person, and what was said from the numbers we
    /// write to them at.
    package func consents(of patients: PatientSet, in transaction: any Transaction) throws -> Asked<[ConsentSummary]> {
        try ConsentStore.words(of: patients.members, in: transaction).map { words in
            var newest: [String: ConsentSummary] = [:]
            for word in words { newest["\(word.channel) \(word.purpose)"] = word }
            return newest.values.sorted { ($0.channel, $0.purpose) < ($1.channel, $1.purpose) }
        }
    }

    /// Writes a word down. What waits to be sent asks the ledger again when its hour comes.
    package func record(_ word: ConsentSummary, of patient: ID<Patient>, context: CommandContext) throws {
        guard word.purpose == "*" || MessagePurpose(rawValue: word.purpose) != nil else {
            throw Fault.invalid("purpose", "There is no such purpose.")
        }
        let primary = try patients.set(of: patient, in: context.transaction).primary
        try ConsentStore.record(
            context.ids.nextRaw(), patient: primary, address: nil, channel: word.channel, purpose: word.purpose,
            given: word.given, source: word.source, message: nil, at: context.now, in: context.transaction)
        context.emit(
            NewEvent(
                word.given ? .consentGiven : .consentWithdrawn, patient: primary,
                body: [
                    "channel": .string(word.channel), "purpose": .string(word.purpose), "source": .string(word.source),
                ]))
    }

    /// Takes back every message to a number that has not been tried, in this transaction.
    func withdrawWaiting(in conversation: ConversationRow, context: CommandContext) throws {
        for lane in [conversation.lane, conversation.heldLane] {
            let taken = try Outbox.withdraw(
                kind: SMSOutbox.message, lane: lane, reason: "opted-out", at: context.now, in: context.transaction)
            for target in taken {
                let id = ID<Message>(raw: target)
                try ThreadStore.setState(
                    .withdrawn, of: id, code: "opted-out", at: context.now, in: context.transaction)
                context.emit(
                    .about(conversation, .messageWithdrawn, [("message", .string(id.text)), ("code", "opted-out")]))
            }
        }
    }
}
