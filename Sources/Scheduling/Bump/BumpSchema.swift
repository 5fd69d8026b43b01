import Store
import Vault
import Web

enum BumpSchema {
    /// `made_by` is who recorded it, `offers` whether patients are asked. The same absence stands once.
    ///
    /// Of a visit: `asked` counts messages, `answer_by` is until when the last one may be answered, `withheld` is why none
    /// was sent or arrived, `more` whether further times were looked for. A choice is a hold for moving the visit; whether it can still be
    /// had, the hold says.
    static let tables = Migration(
        "2026-11-27.scheduling.bump-list",
        [
            """
            CREATE TABLE schedule_absence (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('practitioner', 'resource', 'location')), key TEXT NOT NULL,
                start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, zone TEXT NOT NULL, reason TEXT NOT NULL,
                offers BIGINT NOT NULL CHECK (offers IN (0, 1)),
                state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'withdrawn')),
                made_by_kind TEXT NOT NULL, made_by BIGINT NOT NULL, created_at BIGINT NOT NULL, closed_at BIGINT,
                PRIMARY KEY (tenant, id), CHECK (start_at < end_at), CHECK ((state = 'open') = (closed_at IS NULL)))
            """,
            "CREATE INDEX schedule_absence_end ON schedule_absence (tenant, end_at)",
            """
            CREATE UNIQUE INDEX schedule_absence_once ON schedule_absence (tenant, kind, key, start_at, end_at)
                WHERE state <> 'withdrawn'
            """,
            """
            CREATE TABLE bump_visit (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, absence BIGINT NOT NULL, appointment BIGINT NOT NULL,
                patient BIGINT NOT NULL, labels BIGINT NOT NULL, rank BIGINT NOT NULL, start_at BIGINT NOT NULL,
                lapse_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'moved', 'cancelled', 'kept', 'over')),
                looked_at BIGINT, more BIGINT NOT NULL, asked BIGINT NOT NULL, asked_at BIGINT,
                answer_by BIGINT, answer TEXT CHECK (answer IN ('none')), answered_at BIGINT, answered_by TEXT,
                withheld TEXT, calls BIGINT NOT NULL, called_at BIGINT, settled_at BIGINT, settled_by TEXT,
                PRIMARY KEY (tenant, id), CHECK ((state = 'waiting') = (settled_at IS NULL)),
                CHECK ((asked = 0) = (answer_by IS NULL)))
            """,
            "CREATE UNIQUE INDEX bump_visit_once ON bump_visit (tenant, absence, appointment)",
            "CREATE INDEX bump_visit_appointment ON bump_visit (tenant, appointment)",
            "CREATE INDEX bump_visit_patient ON bump_visit (tenant, patient)",
            """
            CREATE TABLE bump_choice (
                tenant BIGINT NOT NULL, hold BIGINT NOT NULL, visit BIGINT NOT NULL, patient BIGINT NOT NULL,
                made_at BIGINT NOT NULL, PRIMARY KEY (tenant, hold))
            """,
            "CREATE INDEX bump_choice_visit ON bump_choice (tenant, visit)",
            "CREATE INDEX bump_choice_patient ON bump_choice (tenant, patient)",
        ])

    /// What the patient was asked by last: when it does not arrive, they are to be called.
    static let messages = Migration(
        "2026-11-29.scheduling.bump-messages",
        [
            "ALTER TABLE bump_visit ADD COLUMN message BIGINT",
            "CREATE INDEX bump_visit_message ON bump_visit (tenant, message) WHERE message IS NOT NULL",
        ])

    static let rules = [
        TableRule("schedule_absence", .none(reason: "when somebody or something of the practice is away")),
        TableRule("bump_visit", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
        TableRule(
            "bump_choice", .patient(column: "patient"),
            export: .notExported(reason: "which held times were for which visit; the times are given out as held"),
            merge: .follows),
    ]
}
