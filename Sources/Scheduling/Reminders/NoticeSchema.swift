import Store

enum NoticeSchema {
    /// What is to be said to a patient about a visit, and what became of it. One row per visit, placement, kind and
    /// number: said once, however often the log is read again.
    static let notices = Migration(
        "2026-11-22.scheduling.4-notices",
        [
            """
            CREATE TABLE appointment_notice (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, appointment BIGINT NOT NULL, patient BIGINT NOT NULL,
                placement BIGINT NOT NULL,
                kind TEXT NOT NULL
                    CHECK (kind IN ('pending', 'confirmation', 'reminder', 'cancellation', 'reschedule')),
                ordinal BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('planned', 'sent', 'withheld', 'cancelled')),
                due_at BIGINT NOT NULL, planned_at BIGINT NOT NULL, settled_at BIGINT, message BIGINT, reason TEXT,
                PRIMARY KEY (tenant, id))
            """,
            """
            CREATE UNIQUE INDEX appointment_notice_once
                ON appointment_notice (tenant, appointment, placement, kind, ordinal)
            """,
        ])

    /// What the plan said of a reminder when it was planned: a plan that is changed later does not change it. Rows from
    /// before have neither; they were planned by the plan that is built in.
    static let reminders = Migration(
        "2026-11-22.scheduling.6-planned-reminders",
        [
            "ALTER TABLE appointment_notice ADD COLUMN days_before BIGINT",
            "ALTER TABLE appointment_notice ADD COLUMN unless_confirmed BOOLEAN",
        ])
}
