import Store
import Web

enum QueueSchema {
    /// Who has checked in, with the number by which they are called, and when that was. One number stands once for a place
    /// and day. And what was said to whom about a visit that begins late.
    static let queue = Migration(
        "2026-11-28.scheduling.queue",
        [
            """
            CREATE TABLE visit_queue (
                tenant BIGINT NOT NULL, appointment BIGINT NOT NULL, patient BIGINT NOT NULL, location TEXT NOT NULL,
                queue_day TEXT NOT NULL, number TEXT NOT NULL, called_in_at BIGINT,
                PRIMARY KEY (tenant, appointment))
            """,
            "CREATE UNIQUE INDEX visit_queue_number ON visit_queue (tenant, location, queue_day, number)",
            "CREATE INDEX visit_queue_patient ON visit_queue (tenant, patient)",
            """
            CREATE TABLE delay_notice (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, appointment BIGINT NOT NULL, patient BIGINT NOT NULL,
                said_at BIGINT NOT NULL, expected_at BIGINT NOT NULL, late_minutes BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('sent', 'withheld')), said_by TEXT NOT NULL,
                message BIGINT, reason TEXT,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX delay_notice_appointment ON delay_notice (tenant, appointment, said_at)",
            "CREATE INDEX delay_notice_patient ON delay_notice (tenant, patient)",
            // Who is there now, whatever the place.
            "CREATE INDEX appointment_here ON appointment (tenant, start_at) WHERE status = 'arrived'",
            // A practitioner's past days and the visits of a week, wherever they are.
            "CREATE INDEX appointment_practitioner ON appointment (tenant, practitioner, start_at)",
        ])

    static let rules = [
        TableRule("visit_queue", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
        TableRule("delay_notice", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
    ]
}
