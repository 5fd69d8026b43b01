import ConversationsAPI
import JSON
import Kernel
package import PeopleAPI
import Spine
import Store
package import StudioAPI
package import TimeZones
import Vault

/// What writing to people needs to know: the directory, the definitions, the zones and the staff. Implements what other
/// areas may ask (`PatientMessaging`), and is made before the area itself, because the schedule needs it first.
package struct Messaging: PatientMessaging {
    let patients: any PatientDirectory
    let definitions: any DefinitionReading
    let zones: TimeZoneDatabase
    let staff: any StaffDirectory
    /// Nil: nobody is known to act for anybody, so a shared number is never told whose visit it is.
    let proxies: (any ProxyReading)?
    /// Nil: nothing goes by e-mail.
    let mail: MailSettings?
    let replyWords = ReplyWordsCache()
    let classifier = NeedClassifier()

    package init(
        patients: any PatientDirectory, definitions: any DefinitionReading, zones: TimeZoneDatabase,
        staff: any StaffDirectory, proxies: (any ProxyReading)? = nil, mail: MailSettings? = nil
    ) {
        self.mail = mail
        self.proxies = proxies
        self.patients = patients
        self.definitions = definitions
        self.zones = zones
        self.staff = staff
    }

    /// A zone by its name; nil for none or one this release does not know, which counts as not known.
    func zone(_ name: String?) throws -> Zone? { try name.flatMap { try zones.zone(ifKnown: $0) } }

    /// The zone that stands for the practice where no location does.
    func homeZone(_ configuration: Configuration) throws -> Zone {
        guard let organization = configuration.organization else {
            throw Fault(
                .unavailable, "configuration.missing", "No organization is configured.",
                remedy: "Apply a blueprint.")
        }
        return try zones.zone(organization.zone)
    }

    // MARK: Queueing

    /// One message to be sent, with all that the policy must know.
    struct Draft {
        var conversation: ConversationRow
        var purpose: MessagePurpose
        var text: String
        var template: String?
        var language: String
        var sender: (kind: String, id: Int64?)
        var need: ID<Need>?
        /// The visit whose confirmation a reply gives.
        var prompts: ID<Appointment>?
        /// Times of which a reply with a number takes one.
        var choices: [ID<Appointment>] = []
        var notBefore: Instant?
        var locationZone: Zone
        /// The key of the place it is about.
        var location: String?
        var answersKeyword = false
        /// What goes with an e-mail.
        var calendar: CalendarFile?
        /// Of what it is about.
        var labels: Labels = []
    }

    /// The longest text that is sent, in characters. Source: Twilio's limit for a message body.
    package static let longestText = 1600

    /// Stores a message and its outbox row when the policy allows it; the outcome says why nothing was stored.
    func queue(_ draft: Draft, context: CommandContext) throws -> MessageOutcome {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        guard let policy = configuration.consentPolicy else { return .withheld(reason: "no-consent") }
        let question = try question(
            purpose: draft.purpose, draft.conversation, now: context.now, notBefore: draft.notBefore,
            answersKeyword: draft.answersKeyword, locationZone: draft.locationZone, location: draft.location,
            in: context.transaction)
        switch ContactPolicy.decide(question, by: policy) {
        case .withheld(let reason):
            return .withheld(reason: reason)
        case .allowed(let at, _, let consent, let decision):
            let id: ID<Message> = context.newID()
            let consent = try entry(consent, for: draft, policy, context)
            let waits = at > context.now
            var draft = draft
            draft.conversation = try label(draft.conversation, with: draft.labels, context: context)
            try store(draft, id: id, waits: waits, context: context)
            try Outbox.enqueue(
                kind: draft.conversation.outboxKind, target: id.raw,
                lane: waits ? draft.conversation.heldLane : draft.conversation.lane, purpose: draft.purpose.rawValue,
                consent: consent, decision: decision, notBefore: at, context: context)
            context.emit(
                .about(
                    draft.conversation, .messageQueued, need: draft.need,
                    [
                        ("message", .string(id.text)), ("channel", .string(draft.conversation.channel.rawValue)),
                        ("purpose", .string(draft.purpose.rawValue)), ("held", .bool(waits)),
                    ]))
            return waits ? .held(id, until: at) : .queued(id)
        }
    }

    /// Everything the policy looks at, for a message to a conversation.
    func question(
        purpose: MessagePurpose, _ conversation: ConversationRow, now: Instant, notBefore: Instant? = nil,
        answersKeyword: Bool = false, locationZone: Zone, location: String? = nil,
        in transaction: any Transaction
    ) throws -> ContactPolicy.Question {
        var question = ContactPolicy.Question(
            purpose: purpose, channel: conversation.channel, now: now, notBefore: notBefore,
            number: try ConsentStore.state(
                address: conversation.addressHash, channel: conversation.channel.rawValue, purpose: purpose.rawValue,
                scope: location ?? "*", in: transaction),
            answersKeyword: answersKeyword, heardAt: conversation.lastInboundAt, locationZone: locationZone)
        let configuration = try definitions.configuration(of: transaction.tenant)
        if let state = location.flatMap({ configuration.known(location: $0)?.address.state }) {
            question.states.insert(state)
        }
        if let patient = conversation.patient {
            let members = try patients.set(of: patient, in: transaction).members
            let plain = try patients.plain(of: members, in: transaction)
            question.deceased = plain.values.contains(where: \.deceased)
            question.patientZone = try zone(plain[patient]?.zone)
            question.states.formUnion(plain[patient]?.region.flatMap(PostalRegions.state).map { [$0] } ?? [])
            question.consent = try ConsentStore.state(
                patients: members, channel: conversation.channel.rawValue, purpose: purpose.rawValue,
                scope: location ?? "*", in: transaction)
        }
        return question
    }

    private func store(_ draft: Draft, id: ID<Message>, waits: Bool, context: CommandContext) throws {
        let state: DeliveryState = waits ? .held : .queued
        let message = ThreadStore.NewMessage(
            id: id, conversation: draft.conversation, inbound: false, state: state.rawValue, sender: draft.sender,
            purpose: draft.purpose.rawValue, template: draft.template, language: draft.language, need: draft.need,
            location: draft.location, media: 0, at: context.now,
            content: MessageContent(text: draft.text, providerID: nil, calendar: draft.calendar))
        try ThreadStore.insert(message, vault: context.vault, in: context.transaction)
        try ThreadStore.touch(
            draft.conversation.id, message: id, inbound: false, at: context.now, in: context.transaction)
        guard let patient = draft.conversation.patient, draft.prompts != nil || !draft.choices.isEmpty else { return }
        try PromptStore.clearNumbers(at: draft.conversation.addressHash, in: context.transaction)
        var prompts: [(ID<Appointment>, Int?)] = draft.choices.enumerated().map { ($1, $0 + 1) }
        if let visit = draft.prompts { prompts.append((visit, nil)) }
        for (appointment, choice) in prompts {
            try PromptStore.insert(
                context.ids.nextRaw(), message: id, conversation: draft.conversation, patient: patient,
                appointment: appointment, choice: choice, at: context.now, in: context.transaction)
        }
    }

    // MARK: Reading

    /// A grant for whoever a conversation's rows are about.
    func grant(
        _ action: Permission, for conversation: ConversationRow, access: Access, in transaction: any Transaction
    ) throws -> Grant {
        guard let patient = conversation.patient else {
            return try access.grant(action, for: conversation.owner, labels: conversation.labels)
        }
        return try patients.grant(
            action, for: patient, labels: conversation.labels, access: access, in: transaction
        ).grant
    }

    /// The same for who asked by the id of `what`: hidden is told in the words of absent.
    func grant(
        _ action: Permission, for conversation: ConversationRow, as what: String, access: Access,
        in transaction: any Transaction
    ) throws -> Grant {
        do {
            return try grant(action, for: conversation, access: access, in: transaction)
        } catch let fault as Fault where fault.category == .notFound || fault.category == .forbidden {
            // Of a stranger too: who lacks the right cannot tell a labelled conversation from none.
            throw Fault.notFound(what)
        }
    }

    /// What is told of `what` when it is not there, after as much work as a hidden one takes: the same questions, and a
    /// denial on the trail. `early`: not even its conversation was looked for.
    func absent(
        _ what: String, _ action: Permission, early: Bool = false, access: Access, in transaction: any Transaction
    ) throws -> Fault {
        if early { _ = try ThreadStore.conversation(ID(raw: 0), in: transaction) }
        _ = try patients.set(of: ID(raw: 0), in: transaction)
        _ = try Policy.scopeRows(of: [ID(raw: 0)], for: access.caller, in: transaction)
        return access.absent(action, what)
    }

    /// Throws as if `what` were absent when the caller may not act for who writes there. Nothing is opened, so that only a
    /// denial is on the trail.
    func reach(
        _ action: Permission, _ conversation: ConversationRow, as what: String, access: Access,
        in transaction: any Transaction
    ) throws {
        guard let patient = conversation.patient else {
            if Policy.decide(access.caller, action, .item(of: nil, conversation.labels)) == .permit { return }
            _ = try grant(action, for: conversation, as: what, access: access, in: transaction)
            return
        }
        let scope = try Policy.scopeRows(of: [patient], for: access.caller, in: transaction)[patient] ?? []
        if Policy.decide(access.caller, action, .item(of: scope, conversation.labels)) == .permit { return }
        _ = try grant(action, for: conversation, as: what, access: access, in: transaction)
    }

    // MARK: Conversations

    /// The conversation with a patient at a number, opened when there is none.
    func conversation(
        with plain: PatientPlain, at number: PhoneNumber, context: CommandContext
    ) throws -> ConversationRow {
        try conversation(
            with: plain, ContactAddress(number), .sms, ThreadHashes.number(number, context.vault), context: context)
    }

    func conversation(
        with patient: PatientPlain, _ address: ContactAddress, _ channel: MessageChannel, _ hash: [UInt8],
        context: CommandContext
    ) throws -> ConversationRow {
        func existing() throws -> ConversationRow? {
            try ThreadStore.conversations(at: hash, in: context.transaction).first { $0.patient == patient.id }
        }
        if let found = try existing() { return found }
        let row = ConversationRow(
            id: context.newID(), patient: patient.id, standing: .known, addressHash: hash,
            lane: ThreadHashes.lane(hash),
            keySubject: patient.keySubject, lastInboundAt: nil, channel: channel)
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

/// The kinds of outbox row this area delivers.
enum SMSOutbox {
    static let message = "sms"
    static let media = "sms.media"
}
