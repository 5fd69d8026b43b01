import ConversationsAPI
import Kernel
import Spine
import Store
import Vault

/// Every statement about the consent ledger.
enum ConsentStore {
    static let migration = Migration(
        "2026-11-22.conversations.consent",
        [
            """
            CREATE TABLE contact_consent (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT, channel TEXT NOT NULL, address_hash BLOB,
                purpose TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('given', 'withdrawn')), source TEXT NOT
                NULL,
                message BIGINT, recorded_at BIGINT NOT NULL, PRIMARY KEY (tenant, id),
                CHECK (patient IS NOT NULL OR address_hash IS NOT NULL))
            """,
            """
            CREATE INDEX contact_consent_address ON contact_consent (tenant, address_hash, channel, purpose, id)
            WHERE address_hash IS NOT NULL
            """,
            """
            CREATE INDEX contact_consent_patient ON contact_consent (tenant, patient, channel, purpose, id)
            WHERE patient IS NOT NULL
            """,
        ])

    /// Adds a word to the ledger; the ledger is never changed.
    static func record(
        _ id: Int64, patient: ID<Patient>?, address: [UInt8]?, channel: String, purpose: String, given: Bool,
        source: String, message: ID<Message>?, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO contact_consent (tenant, id, patient, channel, address_hash, purpose, state, source, message,
                recorded_at)
            VALUES (\(.tenant), \(id), \(patient), \(channel), \(address), \(purpose), \(given ? "given" : "withdrawn"),
                \(source), \(message), \(now))
            """)
    }

    /// What a number has said, about everything and about one purpose.
    static func state(
        address: [UInt8], channel: String, purpose: String, in transaction: any Transaction
    ) throws -> ConsentState {
        try read(
            transaction.rows(
                """
                SELECT id, purpose, state FROM contact_consent
                WHERE tenant = \(.tenant) AND address_hash = \(address) AND channel = \(channel)
                    AND purpose IN ('*', \(purpose)) ORDER BY +id
                """))
    }

    /// What was recorded about a person's records, about everything and about one purpose.
    static func state(
        patients: [ID<Patient>], channel: String, purpose: String, in transaction: any Transaction
    ) throws -> ConsentState {
        try read(
            transaction.rows(
                """
                SELECT id, purpose, state FROM contact_consent
                WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND channel = \(channel)
                    AND purpose IN ('*', \(purpose)) AND address_hash IS NULL ORDER BY +id
                """))
    }

    /// Every word about a person, the oldest first: their own entries and those of the numbers we write to them at.
    static func words(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> Asked<[ConsentSummary]> {
        let own = try transaction.ask(
            """
            SELECT id, channel, purpose, state, source, recorded_at FROM contact_consent
            WHERE tenant = \(.tenant) AND patient IN \(list: patients)
            """)
        let said = try transaction.ask(
            """
            SELECT k.id, k.channel, k.purpose, k.state, k.source, k.recorded_at FROM conversation c
            JOIN contact_consent k ON k.tenant = c.tenant AND k.address_hash = c.address_hash
            WHERE c.tenant = \(.tenant) AND c.patient IN \(list: patients)
            """)
        return Asked {
            var words: [Int64: ConsentSummary] = [:]
            for row in try own.get() + said.get() {
                let state: String = try row["state"]
                words[try row["id"]] = ConsentSummary(
                    channel: try row["channel"], purpose: try row["purpose"], given: state == "given",
                    source: try row["source"], recordedAt: try row["recorded_at"])
            }
            return words.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private static func read(_ rows: [Row]) throws -> ConsentState {
        var state = ConsentState()
        for row in rows {
            let purpose: String = try row["purpose"]
            let word: String = try row["state"]
            let entry = ConsentState.Entry(id: try row["id"], given: word == "given")
            if purpose == "*" { state.everything = entry } else { state.purpose = entry }
        }
        return state
    }

    /// Whether a number is opted out of everything on a channel.
    static func isOptedOut(address: [UInt8], channel: String, in transaction: any Transaction) throws -> Bool {
        try state(address: address, channel: channel, purpose: "*", in: transaction).everything?.given == false
    }
}
