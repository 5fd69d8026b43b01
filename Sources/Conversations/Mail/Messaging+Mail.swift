import ConversationsAPI
package import Kernel
import PeopleAPI
import Spine
package import Store
import StudioAPI
package import Vault

extension Messaging {
    /// How a message goes by e-mail to one patient.
    struct MailWay {
        let settings: MailSettings
        let address: MailAddress
        let template: Published<MessageTemplateDefinition>
    }

    /// The rule of who gets e-mail: who prefers it, or has no number and an address. Nil: not they, because this is not
    /// set up, there is no address we can write to, or no words for it.
    func mailWay(to card: PatientCard, _ use: TemplateUse, _ configuration: Configuration) -> MailWay? {
        guard let mail, let address = card.email.flatMap(MailAddress.init),
            card.contactPreference == "email" || card.textPhone == nil,
            let template = configuration.template(for: use, on: .email)
        else { return nil }
        return MailWay(settings: mail, address: address, template: template)
    }

    package func mailed(
        _ template: String, to patients: [ID<Patient>], _ action: Permission, access: Access,
        in transaction: any Transaction
    ) throws -> Set<ID<Patient>> {
        let configuration = try definitions.configuration(of: transaction.tenant)
        guard mail != nil, let use = use(of: template, configuration),
            configuration.template(for: use, on: .email) != nil
        else { return [] }
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(action, forList: patients.map { ($0, scopes[$0] ?? []) })
        let cards = try self.patients.cards(of: patients, grant: grant, in: transaction)
        return Set(cards.filter { mailWay(to: $0.value, use, configuration) != nil }.keys)
    }

    package func letters(among messages: [ID<Message>], in transaction: any Transaction) throws -> Set<ID<Message>> {
        try ThreadStore.letters(among: messages, in: transaction)
    }

    /// What a template is for that is named by its key or by its use.
    private func use(of template: String, _ configuration: Configuration) -> TemplateUse? {
        configuration.messageTemplates[template]?.value.use ?? TemplateUse(rawValue: template)
    }

    /// Queues a message as an e-mail when that is how it goes to the patient; nil: it goes otherwise.
    func sendByMail(
        _ request: MessageRequest, _ use: TemplateUse, _ plain: PatientPlain, _ card: PatientCard,
        _ configuration: Configuration, _ context: CommandContext
    ) throws -> MessageOutcome? {
        guard let form = request.mail else { return nil }
        guard let way = mailWay(to: card, use, configuration) else {
            return form.isForCalendar ? .withheld(reason: "no-email") : nil
        }
        let (address, template) = (way.address, way.template)
        let transaction = context.transaction
        let readers = try patients.reachable(atEmail: address.text, vault: context.vault, in: transaction)
        let isShared = readers.contains { $0 != plain.id }
        if isShared, form.isForCalendar { return .withheld(reason: "shared-number") }
        let language = Language(tag: plain.language)
        var values = TemplateWords.practice(configuration)
        values[TemplateVariable.patientName.rawValue] = card.preferredName ?? card.givenName
        values[TemplateVariable.link.rawValue] = ""
        for (name, value) in request.values { values[name] = value }
        for (name, value) in form.values { values[name] = value }
        // Nobody knows who reads at an address that several share, nor who looks into a calendar there.
        guard let text = try template.value.filled(language, values, toSharedNumber: isShared) else {
            return .withheld(reason: "shared-number")
        }
        let parties = MailParties(organizer: try way.settings.sender(transaction).text, attendee: address.text)
        let conversation = try conversation(
            with: plain, ContactAddress(address), .email, ThreadHashes.email(address, context.vault), context: context)
        return try queue(
            Draft(
                conversation: conversation,
                purpose: MessagePurpose(rawValue: request.purpose) ?? template.value.purpose,
                text: text, template: template.key, language: language.rawValue, sender: ("system", nil),
                need: request.need, notBefore: request.notBefore,
                locationZone: try zone(request.locationZone) ?? homeZone(configuration), location: request.location,
                calendar: isShared ? nil : try form.calendar?(parties), labels: request.labels),
            context: context)
    }

    /// What may have happened since a message was queued: a death, or a no that came while it was being tried. An answer
    /// to STOP, START or HELP goes whatever was said: without it nobody knows that they were heard.
    func stop(
        _ message: ThreadStore.Outbound, at now: Instant, in transaction: any Transaction
    ) throws -> String? {
        let channel = message.conversation.channel.rawValue
        if let patient = message.conversation.patient {
            let members = try patients.set(of: patient, in: transaction).members
            let plain = try patients.plain(of: members, in: transaction)
            if plain.values.contains(where: \.deceased) { return "deceased" }
            if message.purpose == "service-notice" { return nil }
            let consent = try ConsentStore.state(
                patients: members, channel: channel, purpose: message.purpose, scope: message.location ?? "*",
                in: transaction)
            if consent.isWithdrawn { return "opted-out" }
            if message.purpose != "reply", consent.hasExpired(at: now) { return "consent-expired" }
        }
        if message.purpose == "service-notice" { return nil }
        let optedOut = try ConsentStore.isOptedOut(
            address: message.conversation.addressHash, channel: channel, in: transaction)
        return optedOut ? "opted-out" : nil
    }
}
