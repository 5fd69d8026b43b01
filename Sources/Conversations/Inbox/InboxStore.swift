import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// Which needs the inbox shows.
package enum InboxFilter: String, Sendable, CaseIterable {
    case mine, team, unassigned, waiting, closed
}

package enum InboxOrder: String, Sendable, CaseIterable {
    case due, newest, oldest
}

/// Every statement of the inbox's reading side.
enum InboxStore {
    /// One row: a need, its conversation, and the newest message there.
    struct Item {
        let need: NeedRow
        let standing: ConversationRow.Standing
        let address: Sealed<ContactAddress>
        let addressSubject: ID<KeySubject>
        let lastAt: Instant
        let lastIsInbound: Bool
        let lastMessage: (id: ID<Message>, subject: ID<KeySubject>, sealed: Sealed<MessageContent>, media: Int)?
        /// What the list is ordered by, for the cursor.
        let place: Int64
    }

    static func items(
        _ filter: InboxFilter, _ order: InboxOrder, user: ID<User>?, scope: SQL?, after: Cursor?, limit: Int,
        in transaction: any Transaction
    ) throws -> [Item] {
        let (column, ascending): (SQL, Bool) =
            filter == .closed
            ? ("n.closed_at", false) : order == .due ? ("n.due_at", true) : ("n.opened_at", order == .oldest)
        var condition = condition(filter, user: user)
        if let scope { condition = condition + " AND " + scope }
        if let after, after.values.count == 2 {
            condition =
                condition
                + (ascending
                    ? " AND (\(column), n.id) > (\(after.values[0]), \(after.values[1]))"
                    : " AND (\(column), n.id) < (\(after.values[0]), \(after.values[1]))")
        }
        let direction: SQL = ascending ? "ASC" : "DESC"
        return try transaction.rows(
            """
            SELECT \(NeedStore.columns), \(column) AS place, c.standing, c.sealed AS address, c.key_subject AS
            address_subject,
                c.last_message_at, c.last_direction, m.id AS message, m.key_subject AS message_subject,
                m.sealed AS message_sealed, m.media
            FROM need n
            JOIN conversation c ON c.tenant = n.tenant AND c.id = n.conversation
            LEFT JOIN message m ON m.tenant = c.tenant AND m.id = c.last_message
            WHERE n.tenant = \(.tenant) AND \(condition)
            ORDER BY \(column) \(direction), n.id \(direction) LIMIT \(limit)
            """
        ).map(read)
    }

    private static func condition(_ filter: InboxFilter, user: ID<User>?) -> SQL {
        switch filter {
        case .mine: "n.stage <> 'closed' AND n.owner IS NOT NULL AND n.owner = \(user?.raw ?? 0)"
        case .team: "n.stage <> 'closed'"
        case .unassigned: "n.stage <> 'closed' AND n.owner IS NULL"
        case .waiting: "n.stage = 'waiting-patient'"
        case .closed: "n.stage = 'closed'"
        }
    }

    private static func read(_ row: Row) throws -> Item {
        let standing: String = try row["standing"]
        let direction: String? = try row["last_direction"]
        let message: ID<Message>? = try row["message"]
        return Item(
            need: try NeedStore.read(row), standing: ConversationRow.Standing(rawValue: standing) ?? .unknown,
            address: try row["address"], addressSubject: try row["address_subject"], lastAt: try row["last_message_at"],
            lastIsInbound: direction == "in",
            lastMessage: try message.map {
                ($0, try row["message_subject"], try row["message_sealed"], try row["media"])
            },
            place: try row["place"])
    }

    /// Beyond this a count says "99+": counting on would cost more with every need.
    static let largestCount = 100

    /// Open needs by filter, each at most `largestCount`.
    static func counts(
        user: ID<User>?, scope: SQL?, in transaction: any Transaction
    ) throws -> [InboxFilter: Int] {
        let seen: SQL = scope.map { " AND " + $0 } ?? ""
        func part(_ filter: InboxFilter) -> SQL {
            """
            (SELECT COUNT(*) FROM (SELECT 1 FROM need n
                WHERE n.tenant = \(.tenant) AND \(condition(filter, user: user))\(seen)
                ORDER BY n.due_at LIMIT \(largestCount)) AS part)
            """
        }
        guard
            let row = try transaction.row(
                """
                SELECT \(part(.mine)) AS mine, \(part(.team)) AS team, \(part(.unassigned)) AS unassigned,
                    \(part(.waiting)) AS waiting
                """)
        else { return [:] }
        return [
            .mine: try row["mine"], .team: try row["team"], .unassigned: try row["unassigned"],
            .waiting: try row["waiting"],
        ]
    }

    // MARK: An open conversation

    struct ThreadMessage {
        let id: ID<Message>
        let inbound: Bool
        let state: String
        let senderKind: String
        let sender: ID<User>?
        let language: String?
        let at: Instant
        let errorCode: String?
        let text: String
        /// Of another conversation with the same person: it went by e-mail.
        let byMail: Bool
    }

    /// The newest messages, the oldest of them first. `withMail`: what went to the same person by e-mail stands among
    /// them.
    static func messages(
        of conversation: ConversationRow, before: ID<Message>? = nil, limit: Int, withMail: Bool = false, grant: Grant,
        in transaction: any Transaction
    ) throws -> [ThreadMessage] {
        let mail = withMail ? try self.mail(beside: conversation, in: transaction) : []
        let among: SQL =
            mail.isEmpty
            ? "conversation = \(conversation.id)" : "conversation IN \(list: [conversation.id] + mail)"
        return try transaction.rows(
            """
            SELECT id, direction, state, sender_kind, sender, language, at, error_code, key_subject, sealed,
                conversation
            FROM message
            WHERE tenant = \(.tenant) AND \(among) AND id < \(before?.raw ?? Int64.max)
            ORDER BY id DESC LIMIT \(limit)
            """
        ).map { row in
            let place: ID<Conversation> = try row["conversation"]
            let id: ID<Message> = try row["id"]
            let direction: String = try row["direction"]
            let sealed: Sealed<MessageContent> = try row["sealed"]
            let content = try sealed.open(grant, of: conversation.owner, id: id.raw, subject: try row["key_subject"])
            return ThreadMessage(
                id: id, inbound: direction == "in", state: try row["state"], senderKind: try row["sender_kind"],
                sender: try row["sender"], language: try row["language"], at: try row["at"],
                errorCode: try row["error_code"], text: content.text, byMail: mail.contains(place))
        }.reversed()
    }

    /// The e-mail conversations with the person of a text conversation; one that is more sensitive stays by itself.
    private static func mail(
        beside conversation: ConversationRow, in transaction: any Transaction
    ) throws -> [ID<Conversation>] {
        guard let patient = conversation.patient, conversation.channel == .sms else { return [] }
        return try transaction.rows(
            """
            SELECT id FROM conversation
            WHERE tenant = \(.tenant) AND patient = \(patient) AND medium = 'email' AND labels = 0
            """
        ).map { try $0["id"] }
    }

    struct ThreadMedia {
        let id: Int64
        let message: ID<Message>
        let state: String
        let type: String?
        let size: Int?
    }

    static func media(of messages: [ID<Message>], in transaction: any Transaction) throws -> [ThreadMedia] {
        if messages.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT id, message, number, state, media_type, size FROM message_media
            WHERE tenant = \(.tenant) AND message IN \(list: messages) ORDER BY +message, number
            """
        ).map { row in
            ThreadMedia(
                id: try row["id"], message: try row["message"], state: try row["state"], type: try row["media_type"],
                size: try row["size"])
        }
    }

    struct ThreadNote {
        let author: ID<User>
        let kind: String
        let at: Instant
        let text: String
    }

    static func notes(
        of conversation: ConversationRow, grant: Grant, in transaction: any Transaction
    ) throws -> [ThreadNote] {
        try transaction.rows(
            """
            SELECT id, author, kind, at, key_subject, sealed FROM need_note
            WHERE tenant = \(.tenant) AND conversation = \(conversation.id) ORDER BY id DESC LIMIT 100
            """
        ).map { row in
            let id: Int64 = try row["id"]
            let sealed: Sealed<NoteText> = try row["sealed"]
            return ThreadNote(
                author: try row["author"], kind: try row["kind"], at: try row["at"],
                text: try sealed.open(grant, of: conversation.owner, id: id, subject: try row["key_subject"]).text)
        }
    }

    /// What happened to the needs of a conversation, from the log: there is no second history. The order is by an
    /// expression, so that no engine walks the whole log backwards for it.
    static func happenings(
        of needs: [ID<Need>], for caller: Caller, in transaction: any Transaction
    ) throws -> [StoredEvent] {
        if needs.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT 0 AS position, \(EventStore.columns) FROM event e
            WHERE e.tenant = \(.tenant) AND e.need IN \(list: needs)
                AND \(Policy.seen(caller, .needRead, patient: "e.patient", labels: "e.labels")) ORDER BY +e.id DESC LIMIT 300
            """
        ).map(EventStore.read).filter { shownKinds.contains($0.kind) }
    }

    private static let shownKinds: Set<EventKind> = [
        .needOpened, .needTaken, .needReleased, .needHandedOff, .needClosed, .needReopened,
        EventKind("appointment.booked"), EventKind("appointment.confirmed"), EventKind("appointment.cancelled"),
    ]

    /// The needs of a conversation with their words: open ones first, as they came, then the newest closed ones.
    static func needs(
        of conversation: ConversationRow, grant: Grant, in transaction: any Transaction
    ) throws -> [(need: NeedRow, title: String)] {
        try transaction.rows(
            """
            SELECT \(NeedStore.columns), n.sealed FROM need n
            WHERE n.tenant = \(.tenant) AND n.conversation = \(conversation.id)
            ORDER BY CASE WHEN n.stage = 'closed' THEN 1 ELSE 0 END, CASE WHEN n.stage = 'closed' THEN -n.id ELSE n.id
            END
            LIMIT 12
            """
        ).map { row in
            let need = try NeedStore.read(row)
            let sealed: Sealed<NeedText> = try row["sealed"]
            return (
                need, try sealed.open(grant, of: conversation.owner, id: need.id.raw, subject: need.keySubject).title
            )
        }
    }

    static func title(of need: NeedRow, grant: Grant, in transaction: any Transaction) throws -> String {
        let sealed: Sealed<NeedText>? = try transaction.value(
            "SELECT sealed FROM need WHERE tenant = \(.tenant) AND id = \(need.id)")
        return try sealed?.open(grant, of: need.dataOwner, id: need.id.raw, subject: need.keySubject).title ?? ""
    }

    struct KnownFact {
        let need: ID<Need>
        let code: String
        let value: String
        let source: String
        let sourceID: Int64?
        let at: Instant
    }

    static func facts(
        of needs: [ID<Need>], owner: DataSubject, grant: Grant, in transaction: any Transaction
    ) throws -> [KnownFact] {
        try transaction.rows(
            """
            SELECT id, need, code, source, source_id, recorded_at, key_subject, sealed FROM need_fact
            WHERE tenant = \(.tenant) AND need IN \(list: needs) ORDER BY +id LIMIT 200
            """
        ).map { row in
            let id: Int64 = try row["id"]
            let sealed: Sealed<FactText> = try row["sealed"]
            return KnownFact(
                need: try row["need"], code: try row["code"],
                value: try sealed.open(grant, of: owner, id: id, subject: try row["key_subject"]).value,
                source: try row["source"], sourceID: try row["source_id"], at: try row["recorded_at"])
        }
    }

    /// How many open needs each of some users has, of those within a caller's scope.
    static func load(
        of users: [ID<User>], scope: SQL?, in transaction: any Transaction
    ) throws -> [ID<User>: Int] {
        let seen: SQL = scope.map { " AND " + $0 } ?? ""
        var load: [ID<User>: Int] = [:]
        for row in try transaction.rows(
            """
            SELECT n.owner, COUNT(*) AS needs FROM need n
            WHERE n.tenant = \(.tenant) AND n.stage <> 'closed' AND n.owner IS NOT NULL AND n.owner IN \(list: users)
                \(seen)
            GROUP BY n.owner
            """)
        { load[try row["owner"]] = try row["needs"] }
        return load
    }

    /// The newest need of a conversation: where a link to the conversation leads.
    static func newestNeed(of conversation: ID<Conversation>, in transaction: any Transaction) throws -> ID<Need>? {
        try transaction.value(
            """
            SELECT id FROM need WHERE tenant = \(.tenant) AND conversation = \(conversation)
            ORDER BY CASE WHEN stage = 'closed' THEN 1 ELSE 0 END, id DESC LIMIT 1
            """)
    }
}
