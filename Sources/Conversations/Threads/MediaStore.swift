import Kernel
import Spine
import Store
import Vault

/// Every statement about the pictures of messages.
enum MediaStore {
    struct Media {
        let id: Int64
        let message: ID<Message>
        let conversation: ConversationRow
        let blob: ID<Blob>?
        let state: String
        let keySubject: ID<KeySubject>
        let sealed: Sealed<MediaSource>
    }

    static func insert(
        _ id: Int64, message: ID<Message>, number: Int, source: MediaSource, subject: ID<KeySubject>,
        vault: TenantVault,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO message_media (tenant, id, message, number, state, key_subject, sealed)
            VALUES (\(.tenant), \(id), \(message), \(number), 'waiting', \(subject),
                \(try vault.seal(source, id: id, subject: subject)))
            """)
    }

    static func media(_ id: Int64, in transaction: any Transaction) throws -> Media? {
        guard
            let row = try transaction.row(
                """
                SELECT d.message, d.blob, d.state, d.key_subject, d.sealed, m.conversation FROM message_media d
                JOIN message m ON m.tenant = d.tenant AND m.id = d.message
                WHERE d.tenant = \(.tenant) AND d.id = \(id)
                """), let conversation = try ThreadStore.conversation(row["conversation"], in: transaction)
        else { return nil }
        return Media(
            id: id, message: try row["message"], conversation: conversation, blob: try row["blob"],
            state: try row["state"], keySubject: try row["key_subject"], sealed: try row["sealed"])
    }

    static func stored(
        _ id: Int64, blob: ID<Blob>, type: MediaType, size: Int, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE message_media SET state = 'stored', blob = \(blob), media_type = \(type.rawValue), size = \(size)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    static func refused(_ id: Int64, reason: String, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE message_media SET state = 'refused', reason = \(reason)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'
            """)
    }

    /// The pictures of a conversation's messages, for a move to another key subject.
    static func all(in conversation: ID<Conversation>, _ transaction: any Transaction) throws -> [Row] {
        try transaction.rows(
            """
            SELECT d.id, d.blob, d.key_subject, d.sealed FROM message_media d
            JOIN message m ON m.tenant = d.tenant AND m.id = d.message
            WHERE d.tenant = \(.tenant) AND m.conversation = \(conversation)
            """)
    }

    static func reseal(
        _ id: Int64, source: MediaSource, subject: ID<KeySubject>, vault: TenantVault, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE message_media SET key_subject = \(subject), sealed = \(try vault.seal(source, id: id, subject:
            subject))
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }
}
