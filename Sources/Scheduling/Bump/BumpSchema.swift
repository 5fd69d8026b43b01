import Store
import Vault
import Web

enum BumpSchema {
    /// `made_by` is who recorded it. A visit's proposal is a hold for moving it; its columns say where to.
    static let tables = Migration(
        "2026-11-27.scheduling.bump-list",
        [
            """
            CREATE TABLE schedule_absence (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('practitioner', 'resource', 'location')), key TEXT NOT NULL,
                start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, zone TEXT NOT NULL, reason TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'withdrawn')),
                made_by_kind TEXT NOT NULL, made_by BIGINT NOT NULL, created_at BIGINT NOT NULL, closed_at BIGINT,
                PRIMARY KEY (tenant, id), CHECK (start_at < end_at), CHECK ((state = 'open') = (closed_at IS NULL)))
            """,
            "CREATE INDEX schedule_absence_end ON schedule_absence (tenant, end_at)",
            """
            CREATE TABLE bump_visit (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, absence BIGINT NOT NULL, appointment BIGINT NOT NULL,
                patient BIGINT NOT NULL, labels BIGINT NOT NULL, rank BIGINT NOT NULL, start_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'moved', 'cancelled', 'kept', 'over')),
                hold BIGINT, held_until BIGINT, new_practitioner TEXT, new_location TEXT, new_start BIGINT,
                looked_at BIGINT, settled_at BIGINT, settled_by TEXT,
                PRIMARY KEY (tenant, id), CHECK ((state = 'waiting') = (settled_at IS NULL)),
                CHECK ((hold IS NULL) = (held_until IS NULL)))
            """,
            "CREATE UNIQUE INDEX bump_visit_once ON bump_visit (tenant, absence, appointment)",
            "CREATE INDEX bump_visit_appointment ON bump_visit (tenant, appointment)",
            "CREATE INDEX bump_visit_patient ON bump_visit (tenant, patient)",
            "CREATE INDEX appointment_practitioner ON appointment (tenant, practitioner, start_at)",
        ])

    static let rules = [
        TableRule("schedule_absence", .none(reason: "when somebody or something of the practice is away")),
        TableRule("bump_visit", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
    ]
}
