import Kernel
import Spine
import Store

/// Every statement about prompts that wait for an answer.
enum PromptStore {
    struct Prompt {
        let id: Int64
        let conversation: ID<Conversation>
        let patient: ID<Patient>
        let appointment: ID<Appointment>
        let choice: Int?
    }

    static func insert(
        _ id: Int64, message: ID<Message>, conversation: ConversationRow, patient: ID<Patient>,
        appointment: ID<Appointment>, choice: Int? = nil, at moment: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO message_prompt (tenant, id, message, conversation, patient, address_hash, appointment, choice,
                sent_at)
            VALUES (\(.tenant), \(id), \(message), \(conversation.id), \(patient), \(conversation.addressHash),
                \(appointment), \(choice), \(moment))
            """)
    }

    /// What was sent to a number and not answered, the newest first. Prompts whose message was never sent, because a
    /// STOP took it back or it failed, wait for nothing; a held one has not been sent yet.
    static func waiting(at address: [UInt8], limit: Int = 40, in transaction: any Transaction) throws -> [Prompt] {
        try transaction.rows(
            """
            SELECT p.id, p.conversation, p.patient, p.appointment, p.choice FROM message_prompt p
            JOIN message m ON m.tenant = p.tenant AND m.id = p.message
            WHERE p.tenant = \(.tenant) AND p.address_hash = \(address) AND p.answered_at IS NULL
                AND m.state NOT IN ('held', 'failed', 'withdrawn') ORDER BY p.id DESC LIMIT \(limit)
            """
        ).map { row in
            Prompt(
                id: try row["id"], conversation: try row["conversation"], patient: try row["patient"],
                appointment: try row["appointment"], choice: try row["choice"])
        }
    }

    /// Ends every waiting prompt of a number about a visit.
    static func settle(
        appointment: ID<Appointment>, at address: [UInt8], answer: String, now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE message_prompt SET answered_at = \(now), answer = \(answer)
            WHERE tenant = \(.tenant) AND address_hash = \(address) AND appointment = \(appointment)
                AND answered_at IS NULL
            """)
    }

    static func number(_ id: Int64, as choice: Int, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE message_prompt SET choice = \(choice) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    /// Forgets the numbers of an asked question: a newer prompt makes it a new question.
    static func clearNumbers(at address: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE message_prompt SET choice = NULL
            WHERE tenant = \(.tenant) AND address_hash = \(address) AND answered_at IS NULL AND choice IS NOT NULL
            """)
    }
}
