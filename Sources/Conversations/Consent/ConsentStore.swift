import ConversationsAPI
import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// One entry of the ledger.
struct ConsentWord {
    var id: Int64
    var patient: ID<Patient>?
    /// The keyed hash of a number or e-mail address, when it was said from there; else it is the person's word,
    /// wherever we write to.
    var address: [UInt8]?
    var channel = "sms"
    var purpose = "*"
    var given: Bool
    var source: String
    var message: ID<Message>?
    var scope = "*"
    /// `express`: somebody's word. `implied` and `answer`: what the policy allows without one.
    var basis = "express"
    var document: String?
    var expiresAt: Instant?
    var recordedBy: ID<User>?
}

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

    /// What the ledger says beyond a yes and a no, and what makes an uncertain text a question to a person.
    static let ledger = Migration(
        "2026-11-22.conversations.threads-consent",
        [
            "ALTER TABLE contact_consent ADD COLUMN scope TEXT NOT NULL DEFAULT '*'",
            "ALTER TABLE contact_consent ADD COLUMN basis TEXT NOT NULL DEFAULT 'express'",
            "ALTER TABLE contact_consent ADD COLUMN document TEXT",
            "ALTER TABLE contact_consent ADD COLUMN expires_at BIGINT",
            "ALTER TABLE contact_consent ADD COLUMN recorded_by BIGINT",
            "ALTER TABLE message ADD COLUMN location TEXT",
            "CREATE INDEX contact_consent_withdrawn ON contact_consent (tenant, id) WHERE state = 'withdrawn'",
            "CREATE INDEX message_waiting ON message (tenant, conversation, id) WHERE state IN ('queued', 'held')",
            """
            CREATE TABLE consent_hint (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, message BIGINT NOT NULL, language TEXT NOT NULL,
                at BIGINT NOT NULL, decision TEXT CHECK (decision IN ('stopped', 'kept')), decided_by BIGINT,
                decided_at BIGINT, PRIMARY KEY (tenant, id), CHECK ((decision IS NULL) = (decided_at IS NULL)))
            """,
            "CREATE UNIQUE INDEX consent_hint_message ON consent_hint (tenant, message)",
        ])

    /// Adds a word to the ledger; the ledger is never changed.
    static func record(_ word: ConsentWord, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO contact_consent (tenant, id, patient, channel, address_hash, purpose, state, source, message,
                recorded_at, scope, basis, document, expires_at, recorded_by)
            VALUES (\(.tenant), \(word.id), \(word.patient), \(word.channel), \(word.address), \(word.purpose),
                \(word.given ? "given" : "withdrawn"), \(word.source), \(word.message), \(now), \(word.scope),
                \(word.basis), \(word.document), \(word.expiresAt), \(word.recordedBy))
            """)
    }

    /// What a number has said, about everything and about one purpose, for the whole practice and for a place.
    static func state(
        address: [UInt8], channel: String, purpose: String, scope: String = "*", in transaction: any Transaction
    ) throws -> ConsentState {
        try read(
            transaction.rows(
                """
                SELECT id, purpose, state, basis, expires_at FROM contact_consent
                WHERE tenant = \(.tenant) AND address_hash = \(address) AND channel = \(channel)
                    AND purpose IN ('*', \(purpose)) AND scope IN ('*', \(scope)) ORDER BY +id
                """))
    }

    /// What was recorded about a person's records, about everything and about one purpose.
    static func state(
        patients: [ID<Patient>], channel: String, purpose: String, scope: String = "*",
        in transaction: any Transaction
    ) throws -> ConsentState {
        try read(
            transaction.rows(
                """
                SELECT id, purpose, state, basis, expires_at FROM contact_consent
                WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND channel = \(channel)
                    AND purpose IN ('*', \(purpose)) AND address_hash IS NULL AND scope IN ('*', \(scope))
                ORDER BY +id
                """))
    }

    // MARK: Texts that may ask for it

    static func hint(
        _ id: Int64, message: ID<Message>, language: String, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO consent_hint (tenant, id, message, language, at)
            VALUES (\(.tenant), \(id), \(message), \(language), \(now))
            """)
    }

    /// The newest text of a conversation that may ask for no more texts and that nobody has decided about.
    static func openHint(in conversation: ID<Conversation>, _ transaction: any Transaction) throws -> ID<Message>? {
        try transaction.value(
            """
            SELECT h.message FROM message m JOIN consent_hint h ON h.tenant = m.tenant AND h.message = m.id
            WHERE m.tenant = \(.tenant) AND m.conversation = \(conversation) AND h.decision IS NULL
            ORDER BY m.id DESC LIMIT 1
            """)
    }

    /// Decides about every open one of a conversation up to a text; how many.
    static func decideHints(
        in conversation: ID<Conversation>, upTo message: ID<Message>, stopped: Bool, by user: ID<User>,
        at now: Instant, in transaction: any Transaction
    ) throws -> Int {
        try transaction.execute(
            """
            UPDATE consent_hint SET decision = \(stopped ? "stopped" : "kept"), decided_by = \(user), decided_at = \(now)
            WHERE tenant = \(.tenant) AND decision IS NULL AND message IN (SELECT m.id FROM message m
                WHERE m.tenant = \(.tenant) AND m.conversation = \(conversation) AND m.id <= \(message))
            """)
    }

    // MARK: Reading

    /// Messages to some people that have not been tried, oldest first. `purpose` and `location` nil: whatever it is.
    static func waiting(
        of patients: [ID<Patient>], on channel: MessageChannel, purpose: String?, location: String?,
        in transaction: any Transaction
    ) throws -> [(message: ID<Message>, conversation: ID<Conversation>)] {
        let purposes: SQL = purpose.map { " AND m.purpose = \($0)" } ?? ""
        let only: SQL = location.map { purposes + " AND m.location = \($0)" } ?? purposes
        return try transaction.rows(
            """
            SELECT m.id, m.conversation FROM conversation c
            JOIN message m ON m.tenant = c.tenant AND m.conversation = c.id AND m.state IN ('queued', 'held')
            WHERE c.tenant = \(.tenant) AND c.patient IN \(list: patients) AND c.medium = \(channel.rawValue)\(only)
            ORDER BY m.id
            """
        ).map { (message: try $0["id"], conversation: try $0["conversation"]) }
    }

    struct Word: Sendable {
        let id: Int64
        /// Whether a number said it, not only somebody about the person.
        let isOfNumber: Bool
        let said: ConsentSummary
    }

    /// Every word about a person, the oldest first: their own entries and those of the numbers we write to them at.
    static func words(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> Asked<[Word]> {
        let own = try transaction.ask(
            """
            SELECT id, channel, purpose, state, source, recorded_at, scope, document, expires_at, recorded_by,
                (address_hash IS NOT NULL) AS of_number
            FROM contact_consent
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND basis = 'express'
            """)
        let said = try transaction.ask(
            """
            SELECT k.id, k.channel, k.purpose, k.state, k.source, k.recorded_at, k.scope, k.document, k.expires_at,
                k.recorded_by, TRUE AS of_number
            FROM conversation c
            JOIN contact_consent k ON k.tenant = c.tenant AND k.address_hash = c.address_hash
            WHERE c.tenant = \(.tenant) AND c.patient IN \(list: patients) AND k.basis = 'express'
            """)
        return Asked {
            var words: [Int64: Word] = [:]
            for row in try own.get() + said.get() {
                let id: Int64 = try row["id"]
                let state: String = try row["state"]
                words[id] = Word(
                    id: id, isOfNumber: try row["of_number"],
                    said: ConsentSummary(
                        channel: try row["channel"], purpose: try row["purpose"], given: state == "given",
                        source: try row["source"], recordedAt: try row["recorded_at"], scope: try row["scope"],
                        document: try row["document"], expiresAt: try row["expires_at"],
                        recordedBy: try row["recorded_by"]))
            }
            return words.values.sorted { $0.id < $1.id }
        }
    }

    private static func read(_ rows: [Row]) throws -> ConsentState {
        var state = ConsentState()
        for row in rows {
            let purpose: String = try row["purpose"]
            let word: String = try row["state"]
            let basis: String = try row["basis"]
            let entry = ConsentState.Entry(
                id: try row["id"], given: word == "given", expiresAt: try row["expires_at"])
            // What the policy itself allows is no word of anybody's: it only gives the message an entry to name.
            guard basis == "express" else {
                state.standing[basis] = entry.id
                continue
            }
            if purpose == "*" { state.everything = entry } else { state.purpose = entry }
        }
        return state
    }

    /// Whether a number is opted out of everything on a channel.
    static func isOptedOut(address: [UInt8], channel: String, in transaction: any Transaction) throws -> Bool {
        try state(address: address, channel: channel, purpose: "*", in: transaction).everything?.given == false
    }
}
