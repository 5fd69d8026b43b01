package import ConversationsAPI
import Kernel
import PeopleAPI
package import Spine
import Store
import StudioAPI
import TimeZones
import Vault

extension Messaging {
    /// The right under which the number is read: whichever the caller acts by. An agent who books may have the
    /// confirmation sent without the right to write texts of their own.
    private static let rights: [Permission] = [.messageSend, .appointmentWrite, .needWrite, .patientRead]

    package func send(_ request: MessageRequest, context: CommandContext) throws -> MessageOutcome {
        let transaction = context.transaction
        let configuration = try definitions.configuration(of: context.caller.tenant)
        let template =
            configuration.messageTemplates[request.template]
            ?? TemplateUse(rawValue: request.template).flatMap { configuration.template(for: $0) }
        guard let template else { return .withheld(reason: MessageOutcome.noTemplate) }
        let primary = try patients.set(of: request.patient, in: transaction).primary
        guard let plain = try patients.plain(of: [primary], in: transaction)[primary] else {
            throw Fault.notFound("patient")
        }
        if plain.deceased { return .withheld(reason: "deceased") }
        let action = Self.rights.first(where: context.caller.permissions.contains) ?? .messageSend
        let (set, grant) = try patients.grant(action, for: primary, access: context.access, in: transaction)
        guard let card = try patients.cards(of: [primary], grant: grant, in: transaction)[primary] else {
            return .withheld(reason: MessageOutcome.noPhone)
        }
        if let outcome = try sendByMail(request, template.value.use, plain, card, configuration, context) {
            return outcome
        }
        guard let phone = card.textPhone else { return .withheld(reason: MessageOutcome.noPhone) }
        let language = Language(tag: plain.language)
        var values = TemplateWords.practice(configuration)
        values[TemplateVariable.patientName.rawValue] = card.preferredName ?? card.givenName
        // Who has no page to lead to says nothing of one.
        values[TemplateVariable.link.rawValue] = ""
        for (name, value) in request.values { values[name] = value }
        // Mostly nobody knows who reads at a number that several share.
        let readers = Readers(set: set, phone: phone, labels: request.labels, grant: grant)
        let purpose = MessagePurpose(rawValue: request.purpose) ?? template.value.purpose
        let mayName = try self.mayName(purpose, readers, at: context.now, context)
        guard let text = try template.value.filled(language, values, toSharedNumber: !mayName) else {
            return .withheld(reason: "shared-number")
        }
        let conversation = try conversation(with: plain, at: phone.number, context: context)
        var draft = Draft(
            conversation: conversation, purpose: purpose, text: text, template: template.key,
            language: language.rawValue, sender: ("system", nil), need: request.need,
            prompts: request.expectsReply ? request.appointment : nil, choices: request.choices,
            notBefore: request.notBefore, locationZone: try zone(request.locationZone) ?? homeZone(configuration),
            location: request.location, labels: request.labels)
        // What waits for the morning is read in the morning: by then somebody may have come of age.
        if phone.shared, mayName, let leaves = try leaving(draft, context), leaves > context.now,
            try !self.mayName(purpose, readers, at: leaves, context)
        {
            guard let nameless = try template.value.filled(language, values, toSharedNumber: true) else {
                return .withheld(reason: "shared-number")
            }
            draft.text = nameless
        }
        return try queue(draft, context: context)
    }
}

/// Values for what templates may name.
enum TemplateWords {
    static func practice(_ configuration: Configuration) -> [String: String] {
        guard let organization = configuration.organization else { return [:] }
        return [
            TemplateVariable.practice.rawValue: organization.name,
            TemplateVariable.practicePhone.rawValue: PhoneNumber(organization.phone)?.display ?? organization.phone,
        ]
    }
}
