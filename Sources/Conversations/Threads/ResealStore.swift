import Kernel
import Spine
import Store
import Vault

// Statements that seal anew what an unassigned conversation held.

extension ThreadStore {
    /// Makes an unassigned conversation a patient's.
    static func hand(
        _ row: ConversationRow, number: PhoneNumber, vault: TenantVault, in transaction: any Transaction
    ) throws {
        let sealed = try vault.seal(ContactAddress(number), id: row.id.raw, subject: row.keySubject)
        try transaction.send(
            """
            UPDATE conversation SET patient = \(row.patient), standing = 'known', key_subject = \(row.keySubject),
                sealed = \(sealed)
            WHERE tenant = \(.tenant) AND id = \(row.id)
            """)
    }

    static func sealedMessages(
        in conversation: ID<Conversation>, _ subject: ID<KeySubject>, _ transaction: any Transaction
    ) throws -> [Row] {
        try transaction.rows(
            """
            SELECT id, sealed FROM message
            WHERE tenant = \(.tenant) AND conversation = \(conversation) AND key_subject = \(subject)
            """)
    }

    static func reseal(
        _ id: ID<Message>, _ content: MessageContent, to conversation: ConversationRow, vault: TenantVault,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE message SET conversation = \(conversation.id), patient = \(conversation.patient),
                key_subject = \(conversation.keySubject),
                sealed = \(try vault.seal(content, id: id.raw, subject: conversation.keySubject))
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Finds the newest message of conversations whose messages have moved.
    static func settleOrder(of conversations: [ID<Conversation>], in transaction: any Transaction) throws {
        for id in conversations {
            try transaction.send(
                """
                UPDATE conversation SET
                    last_message = (SELECT MAX(m.id) FROM message m
                        WHERE m.tenant = \(.tenant) AND m.conversation = \(id)),
                    last_message_at = COALESCE((SELECT MAX(m.at) FROM message m
                        WHERE m.tenant = \(.tenant) AND m.conversation = \(id)), opened_at),
                    last_inbound_at = (SELECT MAX(m.at) FROM message m
                        WHERE m.tenant = \(.tenant) AND m.conversation = \(id) AND m.direction = 'in'),
                    last_direction = (SELECT m.direction FROM message m
                        WHERE m.tenant = \(.tenant) AND m.conversation = \(id) ORDER BY m.id DESC LIMIT 1)
                WHERE tenant = \(.tenant) AND id = \(id)
                """)
        }
    }
}

extension NeedStore {
    static func sealed(
        in conversation: ID<Conversation>, _ subject: ID<KeySubject>, _ transaction: any Transaction
    ) throws -> [Row] {
        try transaction.rows(
            """
            SELECT id, sealed FROM need
            WHERE tenant = \(.tenant) AND conversation = \(conversation) AND key_subject = \(subject)
            """)
    }

    static func reseal(
        _ id: ID<Need>, _ text: NeedText, to conversation: ConversationRow, vault: TenantVault,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE need SET conversation = \(conversation.id), patient = \(conversation.patient),
                key_subject = \(conversation.keySubject), version = version + 1,
                sealed = \(try vault.seal(text, id: id.raw, subject: conversation.keySubject))
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    static func sealedFacts(
        of need: ID<Need>, _ subject: ID<KeySubject>, _ transaction: any Transaction
    ) throws -> [Row] {
        try transaction.rows(
            """
            SELECT id, sealed FROM need_fact
            WHERE tenant = \(.tenant) AND need = \(need) AND key_subject = \(subject)
            """)
    }

    static func resealFact(
        _ id: Int64, _ value: FactText, subject: ID<KeySubject>, vault: TenantVault, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE need_fact SET key_subject = \(subject), sealed = \(try vault.seal(value, id: id, subject: subject))
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    static func sealedNotes(
        in conversation: ID<Conversation>, _ subject: ID<KeySubject>, _ transaction: any Transaction
    ) throws -> [Row] {
        try transaction.rows(
            """
            SELECT id, sealed FROM need_note
            WHERE tenant = \(.tenant) AND conversation = \(conversation) AND key_subject = \(subject)
            """)
    }

    static func resealNote(
        _ id: Int64, _ text: NoteText, to conversation: ConversationRow, vault: TenantVault,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE need_note SET conversation = \(conversation.id), key_subject = \(conversation.keySubject),
                sealed = \(try vault.seal(text, id: id, subject: conversation.keySubject))
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }
}
