import Store

enum NeedSchema {
    static let migration = Migration(
        "2026-11-22.conversations.needs",
        [
            // The invariant of the work list stands here: what is open has a team, a next step and a due time.
            """
            CREATE TABLE need (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, conversation BIGINT NOT NULL, patient BIGINT,
                reason TEXT NOT NULL CHECK (reason <> ''), priority TEXT NOT NULL
                    CHECK (priority IN ('routine', 'urgent', 'asap', 'stat')),
                stage TEXT NOT NULL CHECK (stage IN ('new', 'in-progress', 'waiting-patient', 'scheduled', 'closed')),
                owner BIGINT, team TEXT NOT NULL CHECK (team <> ''), next_step TEXT NOT NULL CHECK (next_step <> ''),
                due_at BIGINT NOT NULL CHECK (due_at > 0), resolve_by BIGINT NOT NULL CHECK (resolve_by > 0),
                opened_at BIGINT NOT NULL, stage_at BIGINT NOT NULL, first_response_at BIGINT, closed_at BIGINT,
                outcome TEXT, appointment BIGINT, version BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, id),
                CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
                CHECK ((stage = 'closed') = (outcome IS NOT NULL)),
                CHECK (stage <> 'new' OR owner IS NULL))
            """,
            "CREATE INDEX need_due ON need (tenant, due_at, id) WHERE stage <> 'closed'",
            "CREATE INDEX need_opened ON need (tenant, opened_at, id) WHERE stage <> 'closed'",
            "CREATE INDEX need_owner ON need (tenant, owner, due_at, id) WHERE stage <> 'closed' AND owner IS NOT NULL",
            "CREATE INDEX need_unowned ON need (tenant, due_at, id) WHERE stage <> 'closed' AND owner IS NULL",
            "CREATE INDEX need_waiting ON need (tenant, due_at, id) WHERE stage = 'waiting-patient'",
            "CREATE INDEX need_closed ON need (tenant, closed_at, id) WHERE stage = 'closed'",
            "CREATE INDEX need_conversation ON need (tenant, conversation, id)",
            "CREATE INDEX need_patient ON need (tenant, patient, id) WHERE patient IS NOT NULL",
            """
            CREATE TABLE need_fact (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, need BIGINT NOT NULL, code TEXT NOT NULL,
                source TEXT NOT NULL CHECK (source IN ('message', 'agent', 'system')), source_id BIGINT,
                recorded_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant,
                id))
            """,
            "CREATE INDEX need_fact_need ON need_fact (tenant, need, id)",
            """
            CREATE TABLE need_note (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, need BIGINT NOT NULL, conversation BIGINT NOT NULL,
                author BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('note', 'handoff', 'closing')),
                at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX need_note_conversation ON need_note (tenant, conversation, id)",
        ])
}
