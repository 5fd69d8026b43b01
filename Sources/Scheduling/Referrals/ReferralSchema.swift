import Store
import Vault
import Web

enum ReferralSchema {
    /// Plain are codes, states, moments and keys of definitions; who asked, for what and why are sealed under the patient's
    /// key. `source_hash` is a keyed hash of the requester's own identifier. An open referral has a clock and a moment; a
    /// closed one has an outcome: there is no third way.
    static let referrals = Migration(
        "2026-11-26.scheduling.referrals",
        [
            """
            CREATE TABLE referral (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('inbound', 'outbound', 'order', 'result')),
                category TEXT CHECK (category IN ('imaging', 'laboratory', 'procedure')),
                status TEXT NOT NULL
                    CHECK (status IN ('draft', 'active', 'on-hold', 'completed', 'revoked', 'entered-in-error')),
                stage TEXT NOT NULL CHECK (stage IN
                    ('received', 'accepted', 'contacting', 'scheduled', 'seen', 'reported', 'closed')),
                priority TEXT NOT NULL CHECK (priority IN ('routine', 'urgent', 'asap', 'stat')),
                service_line TEXT, visit_type TEXT, performer TEXT, requester TEXT, code TEXT, code_system TEXT,
                authorization_state TEXT NOT NULL
                    CHECK (authorization_state IN ('not-needed', 'needed', 'granted', 'denied')),
                authorized_from TEXT, authorized_to TEXT, expires_on TEXT, source TEXT NOT NULL, source_hash BLOB,
                owner BIGINT, attempts BIGINT NOT NULL, vain BIGINT NOT NULL, enough BIGINT NOT NULL,
                policy TEXT, policy_version BIGINT, received_at BIGINT NOT NULL, accepted_at BIGINT,
                first_contact_at BIGINT, returned_at BIGINT, appointment BIGINT, hold BIGINT, scheduled_at BIGINT,
                seen_at BIGINT, seen_place TEXT CHECK (seen_place IN ('as-referred', 'elsewhere')),
                reported_at BIGINT, acknowledged_at BIGINT, held_until TEXT, clock TEXT, due_at BIGINT,
                overdue_at BIGINT, outcome TEXT CHECK (outcome IN ('completed', 'not-accepted', 'declined-by-patient',
                    'unreachable', 'redirected', 'cancelled-by-requester', 'duplicate', 'deceased', 'entered-in-error')),
                closed_at BIGINT, version BIGINT NOT NULL, labels BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id),
                CHECK ((category IS NOT NULL) = (kind = 'order')),
                CHECK ((stage = 'closed') = (outcome IS NOT NULL)),
                CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
                CHECK ((stage = 'closed') = (due_at IS NULL)),
                CHECK ((due_at IS NULL) = (clock IS NULL)),
                CHECK ((stage = 'closed') = (status IN ('completed', 'revoked', 'entered-in-error'))),
                CHECK ((status = 'completed') = (COALESCE(outcome, '') = 'completed')),
                CHECK ((status = 'on-hold') = (held_until IS NOT NULL)),
                CHECK (stage <> 'seen' OR seen_at IS NOT NULL),
                CHECK (stage <> 'reported' OR reported_at IS NOT NULL),
                CHECK (vain <= attempts), CHECK ((policy IS NULL) = (policy_version IS NULL)))
            """,
            "CREATE INDEX referral_due ON referral (tenant, due_at, id) WHERE stage <> 'closed'",
            "CREATE INDEX referral_closed ON referral (tenant, closed_at, id) WHERE stage = 'closed'",
            "CREATE INDEX referral_patient ON referral (tenant, patient)",
            "CREATE UNIQUE INDEX referral_source ON referral (tenant, source_hash) WHERE source_hash IS NOT NULL",
            "CREATE INDEX referral_appointment ON referral (tenant, appointment) WHERE appointment IS NOT NULL",
            """
            CREATE TABLE referral_attempt (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, referral BIGINT NOT NULL, patient BIGINT NOT NULL,
                at BIGINT NOT NULL, by_kind TEXT NOT NULL, by_actor BIGINT NOT NULL,
                channel TEXT NOT NULL CHECK (channel IN ('phone', 'text', 'email', 'letter', 'in-person')),
                outcome TEXT NOT NULL CHECK (outcome IN ('reached', 'no-answer', 'message-left', 'wrong-number')),
                key_subject BIGINT, sealed BLOB, PRIMARY KEY (tenant, id),
                CHECK ((sealed IS NULL) = (key_subject IS NULL)))
            """,
            "CREATE INDEX referral_attempt_referral ON referral_attempt (tenant, referral, id)",
            "CREATE INDEX referral_attempt_patient ON referral_attempt (tenant, patient)",
            """
            CREATE TABLE referral_document (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, referral BIGINT NOT NULL, patient BIGINT NOT NULL,
                blob BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('request', 'report')),
                media_type TEXT NOT NULL, size BIGINT NOT NULL, added_at BIGINT NOT NULL, by_kind TEXT NOT NULL, by_actor BIGINT NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX referral_document_referral ON referral_document (tenant, referral, id)",
            "CREATE INDEX referral_document_patient ON referral_document (tenant, patient)",
        ])

    static let tables = [
        TableRule(
            "referral", .patient(column: "patient"), sealed: .rows(ReferralContent.sealKind),
            export: .rows(.visits, opening: ReferralContent.self), merge: .follows),
        TableRule(
            "referral_attempt", .patient(column: "patient"), sealed: .rows(ReferralAttemptNote.sealKind),
            export: .rows(.visits, opening: ReferralAttemptNote.self), merge: .follows),
        TableRule(
            "referral_document", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
    ]
}
