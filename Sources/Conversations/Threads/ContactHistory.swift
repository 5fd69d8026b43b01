package import Kernel
import PeopleAPI
package import Store

/// The last words of patients and of strangers, for retention.
package struct ContactHistory: ActivityHistory, StrangerConversations {
    package init() {}

    static let migration = Migration(
        "2026-11-23.conversations.strangers",
        ["CREATE INDEX conversation_stranger ON conversation (tenant, id) WHERE patient IS NULL"])

    package func lastActivity(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> [ID<Patient>: Instant] {
        let rows = try transaction.rows(
            """
            SELECT patient, MAX(last_message_at) AS last FROM conversation
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) GROUP BY patient
            """)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["patient"], try $0["last"]) })
    }

    package func open(of patients: [ID<Patient>], in transaction: any Transaction) throws -> Set<ID<Patient>> {
        Set(
            try transaction.rows(
                """
                SELECT DISTINCT patient FROM need
                WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND stage <> 'closed'
                """
            ).map { try $0["patient"] as ID<Patient> })
    }

    package func quiet(
        since moment: Instant, after conversation: ID<Conversation>?, limit: Int, in transaction: any Transaction
    ) throws -> [(id: ID<Conversation>, lastMessageAt: Instant)] {
        try transaction.rows(
            """
            SELECT c.id, c.last_message_at FROM conversation c
            WHERE c.tenant = \(.tenant) AND c.patient IS NULL AND c.id > \(conversation ?? ID(raw: 0))
                AND c.last_message_at < \(moment)
                AND NOT EXISTS (SELECT 1 FROM need n
                    WHERE n.tenant = \(.tenant) AND n.conversation = c.id AND n.stage <> 'closed')
            ORDER BY c.id LIMIT \(limit)
            """
        ).map { (try $0["id"], try $0["last_message_at"]) }
    }

    package func keys(
        of conversation: ID<Conversation>, in transaction: any Transaction
    ) throws -> [ID<KeySubject>]? {
        let own: ID<KeySubject>? = try transaction.value(
            """
            SELECT key_subject FROM conversation
            WHERE tenant = \(.tenant) AND id = \(conversation) AND patient IS NULL
            """)
        guard let own else { return nil }
        let others: [ID<KeySubject>] = try transaction.rows(
            """
            SELECT key_subject FROM message
            WHERE tenant = \(.tenant) AND conversation = \(conversation) AND patient IS NULL
            UNION SELECT key_subject FROM need
            WHERE tenant = \(.tenant) AND conversation = \(conversation) AND patient IS NULL
            """
        ).map { try $0["key_subject"] }
        return Array(Set(others + [own])).sorted()
    }
}
