package import ConversationsAPI
package import Kernel
package import Spine
import Store
import StudioAPI
import TimeZones
import Vault

extension Messaging: NumberMessaging {
    package func send(
        _ use: String, to number: PhoneNumber, values more: [String: String], language tag: String,
        context: CommandContext
    ) throws -> MessageOutcome {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        guard let template = TemplateUse(rawValue: use).flatMap({ configuration.template(for: $0) }) else {
            return .withheld(reason: MessageOutcome.noTemplate)
        }
        let language = Language(tag: tag)
        var values = TemplateWords.practice(configuration)
        for (name, value) in more { values[name] = value }
        guard let text = try template.value.filled(language, values, toSharedNumber: true) else {
            return .withheld(reason: "shared-number")
        }
        var conversation = try nobodys(number, context: context)
        conversation.lastInboundAt = context.now
        return try queue(
            Draft(
                conversation: conversation, purpose: template.value.purpose, text: text, template: template.key,
                language: language.rawValue, sender: ("system", nil), locationZone: try homeZone(configuration)),
            context: context)
    }

    /// The conversation with a number that is no patient's.
    private func nobodys(_ number: PhoneNumber, context: CommandContext) throws -> ConversationRow {
        let hash = ThreadHashes.number(number, context.vault)
        func existing() throws -> ConversationRow? {
            try ThreadStore.conversations(at: hash, in: context.transaction).first { $0.patient == nil }
        }
        if let found = try existing() { return found }
        let row = ConversationRow(
            id: context.newID(), patient: nil, standing: .unknown, addressHash: hash, lane: ThreadHashes.lane(hash),
            keySubject: try context.takeSubject(), lastInboundAt: nil)
        let address = ContactAddress(number)
        if try ThreadStore.insert(row, address: address, at: context.now, vault: context.vault, in: context.transaction)
        {
            return row
        }
        guard let found = try existing() else {
            throw Fault(.internalError, "conversation.vanished", "A conversation could be neither made nor found.")
        }
        return found
    }
}
