import ConversationsAPI
package import Kernel
import PeopleAPI
package import Spine
import Store
package import StudioAPI
package import Vault

/// A person of the staff writes down what a patient said, in person, on the telephone or on a form.
package struct RecordConsent: Command {
    package static let permission = Permission.consentWrite

    package enum Source: String, Sendable, CaseIterable {
        case verbal, form
    }

    /// What was said.
    package struct Said: Sendable {
        package var given: Bool
        package var channel: MessageChannel
        /// Nil: everything.
        package var purpose: MessagePurpose?
        /// The key of a location; nil: the whole practice.
        package var location: String?
        package var source: Source
        package var document: String?
        /// Nil: until it is withdrawn.
        package var expiresAt: Instant?

        package init(
            given: Bool, channel: MessageChannel, purpose: MessagePurpose? = nil, location: String? = nil,
            source: Source = .verbal, document: String? = nil, expiresAt: Instant? = nil
        ) {
            self.given = given
            self.channel = channel
            self.purpose = purpose
            self.location = location
            self.source = source
            self.document = document
            self.expiresAt = expiresAt
        }
    }

    let patient: ID<Patient>
    let said: Said
    let messaging: Messaging

    package init(of patient: ID<Patient>, said: Said, messaging: Messaging) {
        self.patient = patient
        self.said = said
        self.messaging = messaging
    }

    package func validate() throws {
        guard let document = said.document else { return }
        let isPlain = document.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " ./-_".contains($0)) }
        guard isPlain, (1...60).contains(document.count) else {
            throw Fault.invalid("document", "The name and version of a form, at most 60 letters, digits and . / - _")
        }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let (set, _) = try messaging.patients.grant(
            .consentWrite, for: patient, access: context.access, in: context.transaction)
        context.concerns(.patient(set.primary))
        let configuration = try messaging.definitions.configuration(of: context.caller.tenant)
        if let location = said.location, configuration.locations[location] == nil {
            throw Fault.invalid("scope", "There is no such place.")
        }
        if let expiresAt = said.expiresAt, said.given, expiresAt <= context.now {
            throw Fault.invalid("expires", "The last day is over already.")
        }
        try messaging.record(
            ConsentSummary(
                channel: said.channel.rawValue, purpose: said.purpose?.rawValue ?? "*", given: said.given,
                source: said.source.rawValue, recordedAt: context.now, scope: said.location ?? "*",
                document: said.document, expiresAt: said.given ? said.expiresAt : nil,
                recordedBy: Messaging.user(context.caller)),
            of: set.primary, context: context)
        return true
    }
}

/// A person decides whether a text asked for no more texts.
package struct DecideConsentHint: Command {
    package static let permission = Permission.consentWrite

    let conversation: ID<Conversation>
    let message: ID<Message>
    let stop: Bool
    let messaging: Messaging

    package init(conversation: ID<Conversation>, message: ID<Message>, stop: Bool, messaging: Messaging) {
        self.conversation = conversation
        self.message = message
        self.stop = stop
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let (row, _) = try messaging.opened(
            conversation, .consentWrite, lock: true, access: context.access, in: context.transaction)
        context.concerns(row.owner)
        guard let user = Messaging.user(context.caller) else {
            throw Fault(.forbidden, "consent.person", "Only a person decides about this.")
        }
        let decided = try ConsentStore.decideHints(
            in: conversation, upTo: message, stopped: stop, by: user, at: context.now, in: context.transaction)
        guard decided > 0 else {
            throw Fault(.conflict, "consent.decided", "Somebody has already decided about this.")
        }
        guard stop else { return true }
        try messaging.optOut(row, source: "free-text", message: message, by: user, context: context) {
            try confirm(row, context)
        }
        return true
    }

    private func confirm(_ row: ConversationRow, _ context: CommandContext) throws {
        let configuration = try messaging.definitions.configuration(of: context.caller.tenant)
        guard let template = configuration.template(for: .optOutConfirmation) else { return }
        let plain = try row.patient.flatMap {
            try messaging.patients.plain(of: [$0], in: context.transaction)[$0]
        }
        let language = plain.map { Language(tag: $0.language) } ?? .english
        _ = try messaging.queue(
            Messaging.Draft(
                conversation: row, purpose: template.value.purpose,
                text: try template.value.filled(language, TemplateWords.practice(configuration)),
                template: template.key, language: language.rawValue, sender: ("system", nil),
                locationZone: try messaging.homeZone(configuration), answersKeyword: true),
            context: context)
    }
}
