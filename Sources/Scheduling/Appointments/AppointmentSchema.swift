import Store

enum AppointmentSchema {
    /// `local_start`, `zone` and `tz_version` are what was agreed; `start_at` and `end_at` follow from them.
    /// `placement` counts the times a visit was moved. `cancel_reason` and `source` are codes. The note is sealed under
    /// the patient's key.
    static let appointments = Migration(
        "2026-11-22.scheduling.3-appointments",
        [
            """
            CREATE TABLE appointment (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, need BIGINT,
                status TEXT NOT NULL
                    CHECK (status IN ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')),
                visit_type TEXT NOT NULL, practitioner TEXT NOT NULL, location TEXT NOT NULL,
                local_start TEXT NOT NULL, zone TEXT NOT NULL, tz_version TEXT NOT NULL,
                start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, minutes BIGINT NOT NULL CHECK (minutes > 0),
                placement BIGINT NOT NULL, version BIGINT NOT NULL, source TEXT NOT NULL,
                created_at BIGINT NOT NULL, booked_at BIGINT, confirmed_at BIGINT, confirmed_by TEXT, arrived_at BIGINT,
                completed_at BIGINT, missed_at BIGINT, cancelled_at BIGINT, cancel_reason TEXT,
                key_subject BIGINT, sealed BLOB,
                PRIMARY KEY (tenant, id), CHECK (start_at < end_at),
                CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
                CHECK (status NOT IN ('arrived', 'fulfilled') OR arrived_at IS NOT NULL),
                CHECK (status <> 'fulfilled' OR completed_at IS NOT NULL),
                CHECK ((sealed IS NULL) = (key_subject IS NULL)))
            """,
            "CREATE INDEX appointment_day ON appointment (tenant, location, start_at)",
            "CREATE INDEX appointment_patient ON appointment (tenant, patient, start_at)",
            "CREATE INDEX appointment_need ON appointment (tenant, need) WHERE need IS NOT NULL",
        ])

    /// The reminder plan that was published when the visit was agreed; none: the one that is built in.
    static let reminderPlans = Migration(
        "2026-11-22.scheduling.5-reminder-plans",
        [
            "ALTER TABLE appointment ADD COLUMN reminder_plan TEXT",
            "ALTER TABLE appointment ADD COLUMN reminder_version BIGINT",
        ])

    /// A code: why the patient did not come, as far as anybody has said.
    static let missedReasons = Migration(
        "2026-11-28.scheduling.missed-reason", ["ALTER TABLE appointment ADD COLUMN missed_reason TEXT"])

    /// What the kind of visit made of it when it was booked.
    static let labels = Migration(
        "2026-11-25.scheduling.labels", ["ALTER TABLE appointment ADD COLUMN labels BIGINT NOT NULL DEFAULT 0"])
}
