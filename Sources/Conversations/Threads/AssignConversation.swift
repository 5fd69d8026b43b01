import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
import StudioAPI
package import Vault

/// Whose conversation it turned out to be.
package struct AssignedConversation: Codable, Sendable, Equatable {
    package let conversation: Int64
    package let patient: Int64
}

/// An agent says who writes: a patient, or somebody new. What the conversation held is sealed anew under that
/// person's key.
package struct AssignConversation: Command {
    package static let permission = Permission.needWrite
    package static let freshSubjects = 1

    package enum Person: Sendable {
        case patient(ID<Patient>)
        case new
    }

    let conversation: ID<Conversation>
    let person: Person
    let messaging: Messaging

    package init(conversation: ID<Conversation>, person: Person, messaging: Messaging) {
        self.conversation = conversation
        self.person = person
        self.messaging = messaging
    }

    package func run(_ context: CommandContext) throws -> AssignedConversation {
        let transaction = context.transaction
        let (from, grant) = try messaging.opened(
            conversation, .needWrite, lock: true, access: context.access, in: transaction)
        guard from.patient == nil else {
            throw Fault(.conflict, "conversation.assigned", "Somebody has already said whose conversation this is.")
        }
        let number = try ThreadStore.number(of: from, grant: grant, in: transaction)
        let patient = try self.patient(number, context)
        guard let plain = try messaging.patients.plain(of: [patient], in: transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        let found = try target(from, plain, number, context)
        try Reseal(from: from, to: found, grant: grant, context: context).run()
        let to = try messaging.label(found, with: from.labels, context: context)
        context.concerns(.patient(patient))
        context.emit(.about(to, .conversationAssigned, [("from", .string(from.id.text))]))
        // What waited for this decision goes on with its own next step.
        for need in try NeedStore.open(in: to.id, lock: true, transaction) where need.nextStep == .decidePerson {
            try NeedStore.update(
                need, NeedStore.Change(nextStep: need.reason.firstStep), at: context.now, in: transaction)
        }
        return AssignedConversation(conversation: to.id.raw, patient: patient.raw)
    }

    private func patient(_ number: PhoneNumber, _ context: CommandContext) throws -> ID<Patient> {
        switch person {
        case .patient(let id):
            let (set, _) = try messaging.patients.grant(
                .needWrite, for: id, access: context.access, in: context.transaction)
            return set.primary
        case .new:
            try context.access.require(.patientWrite)
            var new = NewPatient()
            new.phones = [(number: number, use: "mobile")]
            new.contactPreference = "sms"
            new.source = "sms"
            return try messaging.patients.register(new, context: context)
        }
    }

    /// The patient's own conversation at this number, locked, or this one made theirs.
    private func target(
        _ from: ConversationRow, _ plain: PatientPlain, _ number: PhoneNumber, _ context: CommandContext
    ) throws -> ConversationRow {
        let own = try ThreadStore.conversations(at: from.addressHash, in: context.transaction)
            .first { $0.patient == plain.id }
        if let own { return try ThreadStore.conversation(own.id, lock: true, in: context.transaction) ?? own }
        let row = ConversationRow(
            id: from.id, patient: plain.id, standing: .known, addressHash: from.addressHash, lane: from.lane,
            keySubject: plain.keySubject, lastInboundAt: from.lastInboundAt)
        try ThreadStore.hand(row, number: number, vault: context.vault, in: context.transaction)
        return row
    }
}

/// Seals everything of an unassigned conversation under the key of the person it belongs to, and moves it to their
/// conversation when they had one.
struct Reseal {
    let from: ConversationRow
    let to: ConversationRow
    let grant: Grant
    let context: CommandContext

    func run() throws {
        try messages()
        try media()
        try needs()
        if to.id != from.id { try ThreadStore.settleOrder(of: [from.id, to.id], in: context.transaction) }
    }

    private var owner: DataSubject { from.owner }

    private func messages() throws {
        for row in try ThreadStore.sealedMessages(in: from.id, from.keySubject, context.transaction) {
            let id: ID<Message> = try row["id"]
            let sealed: Sealed<MessageContent> = try row["sealed"]
            let content = try sealed.open(grant, of: owner, id: id.raw, subject: from.keySubject)
            try ThreadStore.reseal(id, content, to: to, vault: context.vault, in: context.transaction)
        }
    }

    private func media() throws {
        for row in try MediaStore.all(in: to.id, context.transaction) {
            let id: Int64 = try row["id"]
            let subject: ID<KeySubject> = try row["key_subject"]
            guard subject == from.keySubject else { continue }
            let sealed: Sealed<MediaSource> = try row["sealed"]
            let source = try sealed.open(grant, of: owner, id: id, subject: subject)
            try MediaStore.reseal(
                id, source: source, subject: to.keySubject, vault: context.vault, in: context.transaction)
            if let blob = try row["blob"] as ID<Blob>? {
                try Blobs.move(
                    blob, owner: owner, grant: grant, to: to.keySubject, vault: context.vault, in: context.transaction)
            }
        }
    }

    private func needs() throws {
        let transaction = context.transaction
        for row in try NeedStore.sealed(in: from.id, from.keySubject, transaction) {
            let id: ID<Need> = try row["id"]
            let sealed: Sealed<NeedText> = try row["sealed"]
            let text = try sealed.open(grant, of: owner, id: id.raw, subject: from.keySubject)
            try NeedStore.reseal(id, text, to: to, vault: context.vault, in: transaction)
            for fact in try NeedStore.sealedFacts(of: id, from.keySubject, transaction) {
                let fact: (id: Int64, sealed: Sealed<FactText>) = (try fact["id"], try fact["sealed"])
                let value = try fact.sealed.open(grant, of: owner, id: fact.id, subject: from.keySubject)
                try NeedStore.resealFact(fact.id, value, subject: to.keySubject, vault: context.vault, in: transaction)
            }
        }
        for row in try NeedStore.sealedNotes(in: from.id, from.keySubject, transaction) {
            let note: (id: Int64, sealed: Sealed<NoteText>) = (try row["id"], try row["sealed"])
            let text = try note.sealed.open(grant, of: owner, id: note.id, subject: from.keySubject)
            try NeedStore.resealNote(note.id, text, to: to, vault: context.vault, in: transaction)
        }
    }
}
