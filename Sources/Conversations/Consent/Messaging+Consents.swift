package import ConversationsAPI
import JSON
package import Kernel
import PeopleAPI
package import Spine
package import Store
import StudioAPI
package import Vault

extension Messaging: ConsentLedger {
    /// The word that counts by channel and purpose: of the newest that was recorded of the person, and the newest that
    /// was said from the numbers we write to them at, a no, as the contact policy has it; else the newer one.
    package func consents(
        of patients: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<[ConsentSummary]> {
        try ConsentStore.words(of: patients.members, in: transaction).map { words in
            var own: [String: ConsentStore.Word] = [:]
            var numbers: [String: ConsentStore.Word] = [:]
            for word in words where word.said.scope == "*" && word.said.isSeen(by: caller) {
                let key = "\(word.said.channel) \(word.said.purpose)"
                if word.isOfNumber { numbers[key] = word } else { own[key] = word }
            }
            let counting = own.merging(numbers) { mine, theirs in
                if mine.said.given != theirs.said.given { return mine.said.given ? theirs : mine }
                return mine.id > theirs.id ? mine : theirs
            }
            return counting.values.map(\.said).sorted { ($0.channel, $0.purpose) < ($1.channel, $1.purpose) }
        }
    }

    /// Writes a word down. What waits to be sent against it is taken back in the same transaction; what is just being
    /// sent asks the ledger again before it leaves.
    package func record(_ word: ConsentSummary, of patient: ID<Patient>, context: CommandContext) throws {
        let isDisclosure = word.channel == ConsentSummary.disclosure && word.purpose == ConsentSummary.part2
        guard isDisclosure || word.purpose == "*" || MessagePurpose(rawValue: word.purpose) != nil else {
            throw Fault.invalid("purpose", "There is no such purpose.")
        }
        let set = try patients.set(of: patient, in: context.transaction)
        try ConsentStore.record(
            ConsentWord(
                id: context.ids.nextRaw(), patient: set.primary, channel: word.channel, purpose: word.purpose,
                given: word.given, source: word.source, scope: word.scope, document: word.document,
                expiresAt: word.expiresAt, recordedBy: word.recordedBy),
            at: context.now, in: context.transaction)
        context.emit(
            NewEvent(
                word.given ? .consentGiven : .consentWithdrawn, patient: set.primary,
                labels: ConsentSummary.labels(channel: word.channel),
                body: [
                    "channel": .string(word.channel), "purpose": .string(word.purpose), "source": .string(word.source),
                ]))
        if !word.given, let channel = MessageChannel(rawValue: word.channel), channel == .sms || channel == .email {
            try withdrawWaiting(
                of: set, on: channel, purpose: word.purpose == "*" ? nil : word.purpose,
                location: word.scope == "*" ? nil : word.scope, context: context)
        }
    }

    /// A number wants no more: it is opted out at once and what waits is taken back. `confirm` is asked for the one text
    /// that says so, and not again when the number was opted out already.
    func optOut(
        _ conversation: ConversationRow, source: String, message: ID<Message>?, by user: ID<User>? = nil,
        context: CommandContext, confirm: () throws -> Void
    ) throws {
        let before = try ConsentStore.isOptedOut(
            address: conversation.addressHash, channel: conversation.channel.rawValue, in: context.transaction)
        try recordNumber(conversation, given: false, source: source, message: message, by: user, context: context)
        try withdrawWaiting(in: conversation, context: context)
        if !before { try confirm() }
    }

    /// A number wants texts again. Where it is one person's alone this is their own word, and lifts an older no of
    /// theirs to everything on the channel. Where several share it nobody knows who said it, and theirs stay. False:
    /// somebody's no still stands, and a person has to ask.
    func optIn(
        _ conversation: ConversationRow, at number: PhoneNumber, source: String, message: ID<Message>,
        context: CommandContext
    ) throws -> Bool {
        let transaction = context.transaction
        let channel = conversation.channel.rawValue
        try recordNumber(conversation, given: true, source: source, message: message, context: context)
        let holders = try patients.reachable(at: number, vault: context.vault, in: transaction)
        var people = try holders.map { try patients.set(of: $0, in: transaction) }
        // Somebody whom a member of the staff put the conversation with may have another number on record.
        if let patient = conversation.patient, !people.contains(where: { $0.contains(patient) }) {
            people.append(try patients.set(of: patient, in: transaction))
        }
        let refusing = try people.filter { set in
            let word = try ConsentStore.state(
                patients: set.members, channel: channel, purpose: "*", in: transaction
            ).everything
            return word?.given == false
        }
        guard let person = refusing.first else { return true }
        guard holders.count == 1, people.count == 1 else { return false }
        try record(
            ConsentSummary(channel: channel, purpose: "*", given: true, source: source, recordedAt: context.now),
            of: person.primary, context: context)
        return true
    }

    /// What a number said about everything.
    func recordNumber(
        _ conversation: ConversationRow, given: Bool, source: String, message: ID<Message>?, by user: ID<User>? = nil,
        context: CommandContext
    ) throws {
        try ConsentStore.record(
            ConsentWord(
                id: context.ids.nextRaw(), patient: conversation.patient, address: conversation.addressHash,
                channel: conversation.channel.rawValue, given: given, source: source, message: message, recordedBy: user
            ),
            at: context.now, in: context.transaction)
        var body: [(String, JSONValue)] = [
            ("channel", .string(conversation.channel.rawValue)), ("purpose", "*"), ("source", .string(source)),
        ]
        if let message { body.append(("message", .string(message.text))) }
        context.emit(.about(conversation, given ? .consentGiven : .consentWithdrawn, body))
    }

    /// Takes back every message to a number that has not been tried, in this transaction.
    func withdrawWaiting(in conversation: ConversationRow, context: CommandContext) throws {
        for lane in [conversation.lane, conversation.heldLane] {
            let taken = try Outbox.withdraw(
                kind: conversation.outboxKind, lane: lane, reason: "opted-out", at: context.now, in: context.transaction
            )
            for target in taken { try markWithdrawn(ID(raw: target), in: conversation, context) }
        }
    }

    /// The same for all numbers, or all e-mail addresses, of a person, and nothing of others who share one of them.
    /// `purpose` and `location` nil: whatever it is.
    private func withdrawWaiting(
        of set: PatientSet, on channel: MessageChannel, purpose: String?, location: String?, context: CommandContext
    ) throws {
        for waiting in try ConsentStore.waiting(
            of: set.members, on: channel, purpose: purpose, location: location, in: context.transaction)
        {
            guard let conversation = try ThreadStore.conversation(waiting.conversation, in: context.transaction),
                try Outbox.withdraw(
                    kind: conversation.outboxKind, target: waiting.message.raw, reason: "opted-out", at: context.now,
                    in: context.transaction)
            else { continue }
            try markWithdrawn(waiting.message, in: conversation, context)
        }
    }

    private func markWithdrawn(
        _ id: ID<Message>, in conversation: ConversationRow, _ context: CommandContext
    ) throws {
        try ThreadStore.setState(.withdrawn, of: id, code: "opted-out", at: context.now, in: context.transaction)
        context.emit(.about(conversation, .messageWithdrawn, [("message", .string(id.text)), ("code", "opted-out")]))
    }

    /// The consent as it stands beside the message: always with an entry of the ledger. What the policy allows without
    /// anybody's word gets an entry of its own the first time, with the policy's version as its document.
    func entry(
        _ consent: String, for draft: Draft, _ policy: Published<ConsentPolicyDefinition>, _ context: CommandContext
    ) throws -> String {
        if consent.contains(":") { return consent }
        let id = context.ids.nextRaw()
        let conversation = draft.conversation
        try ConsentStore.record(
            ConsentWord(
                id: id, patient: conversation.patient,
                address: conversation.patient == nil ? conversation.addressHash : nil,
                channel: conversation.channel.rawValue, purpose: draft.purpose.rawValue,
                given: true, source: "policy", basis: consent == "implied" ? "implied" : "answer",
                document: "\(policy.value.key)/\(policy.version)"),
            at: context.now, in: context.transaction)
        return "\(consent):\(Crockford.encode(id))"
    }
}
