import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// Every statement about conversations and messages that commands run.
enum ThreadStore {
    private static let conversationColumns: SQL = """
        c.id, c.patient, c.standing, c.address_hash, c.lane, c.key_subject, c.last_inbound_at, c.labels,
        c.medium
        """

    // MARK: Conversations

    /// `lock`: whoever writes into a conversation, or says whose it is, does so one after the other. It is taken before
    /// the lock of a need, and one conversation is locked before another only when the first is handed to the second.
    static func conversation(
        _ id: ID<Conversation>, lock: Bool = false, in transaction: any Transaction
    ) throws -> ConversationRow? {
        try transaction.row(
            """
            SELECT \(conversationColumns) FROM conversation c
            WHERE c.tenant = \(.tenant) AND c.id = \(id)\(lock ? SQL.forUpdate : "")
            """
        ).map(conversation)
    }

    /// All conversations of a number, the one with the newest message first.
    static func conversations(
        at address: [UInt8], channel: String = "sms", in transaction: any Transaction
    ) throws -> [ConversationRow] {
        try transaction.rows(
            """
            SELECT \(conversationColumns) FROM conversation c
            WHERE c.tenant = \(.tenant) AND c.channel = \(channel) AND c.address_hash = \(address)
            ORDER BY c.last_message_at DESC, c.id DESC
            """
        ).map(conversation)
    }

    static func conversations(
        of patients: [ID<Patient>], limit: Int, in transaction: any Transaction
    ) throws -> [ConversationRow] {
        try transaction.rows(
            """
            SELECT \(conversationColumns) FROM conversation c
            WHERE c.tenant = \(.tenant) AND c.patient IN \(list: patients)
            ORDER BY c.last_message_at DESC LIMIT \(limit)
            """
        ).map(conversation)
    }

    private static func conversation(_ row: Row) throws -> ConversationRow {
        let standing: String = try row["standing"]
        guard let standing = ConversationRow.Standing(rawValue: standing) else {
            throw Fault(.internalError, "conversation.standing", "A conversation has an unknown standing.")
        }
        return ConversationRow(
            id: try row["id"], patient: try row["patient"], standing: standing, addressHash: try row["address_hash"],
            lane: try row["lane"], keySubject: try row["key_subject"], lastInboundAt: try row["last_inbound_at"],
            labels: Labels(rawValue: try row["labels"]), channel: try channel(row["medium"]))
    }

    private static func channel(_ medium: String) throws -> MessageChannel {
        guard let channel = MessageChannel(rawValue: medium) else {
            throw Fault(.internalError, "conversation.medium", "A conversation is held by something unknown.")
        }
        return channel
    }

    /// Adds a conversation. False: another transaction added it meanwhile; look again.
    static func insert(
        _ row: ConversationRow, address: ContactAddress, at now: Instant, vault: TenantVault,
        in transaction: any Transaction
    ) throws -> Bool {
        let sealed = try vault.seal(address, id: row.id.raw, subject: row.keySubject)
        return try transaction.execute(
            """
            INSERT INTO conversation (tenant, id, channel, patient, standing, address_hash, lane, opened_at,
                last_message_at, key_subject, sealed, medium)
            VALUES (\(.tenant), \(row.id), 'sms', \(row.patient), \(row.standing.rawValue), \(row.addressHash),
            \(row.lane),
                \(now), \(now), \(row.keySubject), \(sealed), \(row.channel.rawValue)) ON CONFLICT DO NOTHING
            """) > 0
    }

    static func setStanding(
        _ standing: ConversationRow.Standing, of id: ID<Conversation>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            "UPDATE conversation SET standing = \(standing.rawValue) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    /// Writes the labels of a conversation: all there are from now on, with its needs.
    static func setLabels(_ labels: Labels, of id: ID<Conversation>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE conversation SET labels = \(labels.rawValue) WHERE tenant = \(.tenant) AND id = \(id)")
        try transaction.send(
            "UPDATE need SET labels = \(labels.rawValue) WHERE tenant = \(.tenant) AND conversation = \(id)")
    }

    /// The number at the other end of texts.
    static func number(
        of row: ConversationRow, grant: Grant, in transaction: any Transaction
    ) throws -> PhoneNumber {
        guard let phone = try address(of: row, grant: grant, in: transaction).phone else {
            throw Fault(.internalError, "conversation.address", "A conversation has no number.")
        }
        return phone
    }

    static func address(
        of row: ConversationRow, grant: Grant, in transaction: any Transaction
    ) throws -> ContactAddress {
        let sealed: Sealed<ContactAddress>? = try transaction.value(
            "SELECT sealed FROM conversation WHERE tenant = \(.tenant) AND id = \(row.id)")
        guard let address = try sealed?.open(grant, of: row.owner, id: row.id.raw, subject: row.keySubject) else {
            throw Fault(.internalError, "conversation.address", "A conversation has no address.")
        }
        return address
    }

    /// Remembers the newest message; an older one that arrives late leaves the newest in place.
    static func touch(
        _ id: ID<Conversation>, message: ID<Message>, inbound: Bool, at moment: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE conversation SET last_message = \(message), last_message_at = \(moment),
                last_direction = \(inbound ? "in" : "out"),
                last_inbound_at = CASE WHEN \(inbound) THEN \(moment) ELSE last_inbound_at END
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    // MARK: Messages

    struct NewMessage {
        var id: ID<Message>
        var conversation: ConversationRow
        var inbound: Bool
        var state: String
        var sender: (kind: String, id: Int64?)
        var purpose: String?
        var template: String?
        var language: String?
        var need: ID<Need>?
        /// The key of the place it is about.
        var location: String?
        var media: Int
        var providerHash: [UInt8]?
        var at: Instant
        var content: MessageContent
    }

    static func insert(_ message: NewMessage, vault: TenantVault, in transaction: any Transaction) throws {
        let subject = message.conversation.keySubject
        try transaction.send(
            """
            INSERT INTO message (tenant, id, conversation, patient, direction, state, sender_kind, sender, purpose,
            template,
                language, need, media, provider_hash, at, location, key_subject, sealed)
            VALUES (\(.tenant), \(message.id), \(message.conversation.id), \(message.conversation.patient),
                \(message.inbound ? "in" : "out"), \(message.state), \(message.sender.kind), \(message.sender.id),
                \(message.purpose), \(message.template), \(message.language), \(message.need), \(message.media),
                \(message.providerHash), \(message.at), \(message.location), \(subject),
                \(try vault.seal(message.content, id: message.id.raw, subject: subject)))
            """)
    }

    static func isKnown(providerHash: [UInt8], in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            "SELECT id FROM message WHERE tenant = \(.tenant) AND provider_hash = \(providerHash)") != nil
    }

    /// An outbound message as delivery and receipts see it.
    struct Outbound {
        let id: ID<Message>
        let conversation: ConversationRow
        let state: DeliveryState
        let purpose: String
        /// The key of the template it was made from.
        let template: String?
        /// Of the product's languages, the one it is written in.
        let language: Language
        /// Whether a person of the staff wrote it.
        let isByUser: Bool
        let need: ID<Need>?
        let location: String?
        let queuedAt: Instant
        let attemptedAt: Instant?
        let keySubject: ID<KeySubject>
        let sealed: Sealed<MessageContent>
    }

    static func outbound(_ id: ID<Message>, lock: Bool = false, in transaction: any Transaction) throws -> Outbound? {
        guard
            let row = try transaction.row(
                """
                SELECT m.conversation, m.state, m.purpose, m.template, m.language, m.sender_kind, m.need, m.location,
                    m.at, m.attempted_at, m.key_subject, m.sealed
                FROM message m
                WHERE m.tenant = \(.tenant) AND m.id = \(id) AND m.direction = 'out'\(lock ? SQL.forUpdate : "")
                """), let conversation = try conversation(row["conversation"], in: transaction)
        else { return nil }
        let word: String = try row["state"]
        guard let state = DeliveryState(rawValue: word) else {
            throw Fault(.internalError, "message.state", "A message has an unknown state.")
        }
        let sender: String = try row["sender_kind"]
        let language: String? = try row["language"]
        return Outbound(
            id: id, conversation: conversation, state: state, purpose: try row["purpose"],
            template: try row["template"], language: Language(tag: language ?? ""), isByUser: sender == "user",
            need: try row["need"], location: try row["location"],
            queuedAt: try row["at"], attemptedAt: try row["attempted_at"], keySubject: try row["key_subject"],
            sealed: try row["sealed"])
    }

    /// Those of some messages that went by e-mail, or still may.
    static func letters(among messages: [ID<Message>], in transaction: any Transaction) throws -> Set<ID<Message>> {
        if messages.isEmpty { return [] }
        let rows = try transaction.rows(
            """
            SELECT m.id FROM message m JOIN conversation c ON c.tenant = m.tenant AND c.id = m.conversation
            WHERE m.tenant = \(.tenant) AND m.id IN \(list: messages) AND c.medium = 'email'
                AND m.state NOT IN ('failed', 'withdrawn')
            """)
        return Set(try rows.map { row -> ID<Message> in try row.value(at: 0) })
    }

    /// The message that already has a provider's name for it.
    static func holder(of providerHash: [UInt8], in transaction: any Transaction) throws -> ID<Message>? {
        try transaction.value(
            "SELECT id FROM message WHERE tenant = \(.tenant) AND provider_hash = \(providerHash)")
    }

    /// The outbound message that the provider calls by this id.
    static func outbound(providerHash: [UInt8], in transaction: any Transaction) throws -> Outbound? {
        let id: ID<Message>? = try transaction.value(
            "SELECT id FROM message WHERE tenant = \(.tenant) AND provider_hash = \(providerHash) AND direction = 'out'"
        )
        return try id.flatMap { try outbound($0, lock: true, in: transaction) }
    }

    static func setState(
        _ state: DeliveryState, of id: ID<Message>, code: String?, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE message SET state = \(state.rawValue), error_code = \(code), settled_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// A person had a message sent anew: whatever came of the earlier attempt no longer counts.
    static func requeue(_ id: ID<Message>, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE message SET state = 'queued', error_code = NULL, settled_at = NULL, attempted_at = NULL,
                provider_hash = NULL
            WHERE tenant = \(.tenant) AND id = \(id) AND direction = 'out'
            """)
    }

    /// Ties a message to the provider's name for it. Another row that has the name keeps it.
    static func setProviderHash(_ hash: [UInt8], of id: ID<Message>, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE message SET provider_hash = \(hash)
            WHERE tenant = \(.tenant) AND id = \(id) AND provider_hash IS NULL
                AND NOT EXISTS (SELECT 1 FROM message o WHERE o.tenant = \(.tenant) AND o.provider_hash = \(hash))
            """)
    }

    /// Remembers when the first attempt began: reconciling looks at what the provider has since then.
    static func markAttempt(_ id: ID<Message>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE message SET attempted_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND attempted_at IS NULL
            """)
    }

    /// Texts alone: whoever took an e-mail cannot be asked about it.
    static func uncertain(since: Instant, limit: Int, in transaction: any Transaction) throws -> [ID<Message>] {
        try transaction.rows(
            """
            SELECT m.id FROM message m
            JOIN conversation c ON c.tenant = m.tenant AND c.id = m.conversation AND c.medium = 'sms'
            WHERE m.tenant = \(.tenant) AND m.state = 'uncertain' AND m.at >= \(since)
            ORDER BY m.id LIMIT \(limit)
            """
        ).map { try $0["id"] }
    }
}
