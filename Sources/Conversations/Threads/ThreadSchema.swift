import Store

enum ThreadSchema {
    static let labels = Migration(
        "2026-11-25.conversations.labels",
        [
            "ALTER TABLE conversation ADD COLUMN labels BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE need ADD COLUMN labels BIGINT NOT NULL DEFAULT 0",
        ])

    /// By what a conversation is held. The column `channel`, whose check only knows texts, stays as it landed: who
    /// reads it is a release that knows nothing else.
    static let media = Migration(
        "2026-11-26.conversations.mail",
        [
            "ALTER TABLE conversation ADD COLUMN medium TEXT NOT NULL DEFAULT 'sms' CHECK (medium IN ('sms', 'email'))"
        ])

    static let migration = Migration(
        "2026-11-22.conversations.threads",
        [
            """
            CREATE TABLE conversation (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, channel TEXT NOT NULL CHECK (channel IN ('sms')),
                patient BIGINT, standing TEXT NOT NULL CHECK (standing IN ('known', 'unknown', 'ambiguous')),
                address_hash BLOB NOT NULL, lane BIGINT NOT NULL, opened_at BIGINT NOT NULL, last_message BIGINT,
                last_message_at BIGINT NOT NULL, last_direction TEXT, last_inbound_at BIGINT, key_subject BIGINT NOT
                NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, id),
                CHECK ((standing = 'known') = (patient IS NOT NULL)))
            """,
            // One conversation for a number and a person, and one for the number's unassigned messages.
            """
            CREATE UNIQUE INDEX conversation_party ON conversation
                (tenant, channel, address_hash, (COALESCE(patient, 0)))
            """,
            """
            CREATE INDEX conversation_patient ON conversation (tenant, patient, last_message_at)
            WHERE patient IS NOT NULL
            """,
            """
            CREATE TABLE message (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, conversation BIGINT NOT NULL, patient BIGINT,
                direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
                state TEXT NOT NULL CHECK (state IN ('received', 'queued', 'held', 'uncertain', 'sent', 'delivered',
                    'failed', 'withdrawn')),
                sender_kind TEXT NOT NULL CHECK (sender_kind IN ('person', 'user', 'system')), sender BIGINT,
                purpose TEXT, template TEXT, language TEXT, need BIGINT, media BIGINT NOT NULL, provider_hash BLOB,
                at BIGINT NOT NULL, attempted_at BIGINT, settled_at BIGINT, error_code TEXT, key_subject BIGINT NOT
                NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, id),
                CHECK ((direction = 'in') = (state = 'received')),
                CHECK (direction = 'in' OR purpose IS NOT NULL))
            """,
            "CREATE UNIQUE INDEX message_provider ON message (tenant, provider_hash) WHERE provider_hash IS NOT NULL",
            "CREATE INDEX message_thread ON message (tenant, conversation, id)",
            "CREATE INDEX message_unsettled ON message (tenant, id) WHERE state = 'uncertain'",
            """
            CREATE TABLE message_media (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, message BIGINT NOT NULL, number BIGINT NOT NULL, blob
                BIGINT,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'stored', 'refused')), media_type TEXT, size BIGINT,
                reason TEXT, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id),
                CHECK ((state = 'stored') = (blob IS NOT NULL)))
            """,
            "CREATE UNIQUE INDEX message_media_place ON message_media (tenant, message, number)",
            """
            CREATE TABLE message_prompt (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, message BIGINT NOT NULL, conversation BIGINT NOT NULL,
                patient BIGINT NOT NULL, address_hash BLOB NOT NULL, appointment BIGINT NOT NULL, sent_at BIGINT NOT
                NULL,
                choice BIGINT, answered_at BIGINT, answer TEXT, PRIMARY KEY (tenant, id),
                CHECK ((answered_at IS NULL) = (answer IS NULL)))
            """,
            """
            CREATE INDEX message_prompt_waiting ON message_prompt (tenant, address_hash, id) WHERE answered_at IS NULL
            """,
            "CREATE INDEX message_prompt_patient ON message_prompt (tenant, patient, id)",
        ])
}
