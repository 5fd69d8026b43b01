import Store

/// Holds, and the intervals that keep two of anything from happening at once.
enum BookingSchema {
    /// One row per resource and stretch of time that an appointment or a hold has. `resource` is `BookableResource.key`;
    /// `lane` is 0 until a rule allows overbooking. No two rows of a lane overlap: a trigger sees to it on SQLite, an
    /// exclusion constraint on PostgreSQL.
    ///
    /// Since they do not overlap, the row with the greatest start before the new end is the only one that can be in the
    /// way, so the trigger looks at one row.
    static let intervals = Migration(
        "2026-11-22.scheduling.1-intervals",
        [
            .engine(
                sqlite: """
                    CREATE TABLE booking_interval (
                        tenant BIGINT NOT NULL, resource BIGINT NOT NULL, lane BIGINT NOT NULL,
                        start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, owner BIGINT NOT NULL, patient BIGINT,
                        expires_at BIGINT,
                        PRIMARY KEY (tenant, resource, lane, start_at),
                        CHECK (start_at < end_at), CHECK (end_at - start_at <= 86400000000)) WITHOUT ROWID
                    """,
                postgres: """
                    CREATE TABLE booking_interval (
                        tenant BIGINT NOT NULL, resource BIGINT NOT NULL, lane BIGINT NOT NULL,
                        start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, owner BIGINT NOT NULL, patient BIGINT,
                        expires_at BIGINT,
                        PRIMARY KEY (tenant, resource, lane, start_at),
                        CHECK (start_at < end_at), CHECK (end_at - start_at <= 86400000000),
                        CONSTRAINT booking_interval_overlap EXCLUDE USING gist (
                            tenant WITH =, resource WITH =, lane WITH =, int8range(start_at, end_at) WITH &&))
                    """),
            "CREATE INDEX booking_interval_owner ON booking_interval (tenant, owner)",
            .engine(
                sqlite: """
                    CREATE TRIGGER booking_interval_overlap BEFORE INSERT ON booking_interval BEGIN
                        SELECT RAISE(ABORT, 'overlap: resource') WHERE NEW.start_at < (
                            SELECT end_at FROM booking_interval
                            WHERE tenant = NEW.tenant AND resource = NEW.resource AND lane = NEW.lane
                                AND start_at < NEW.end_at
                            ORDER BY start_at DESC LIMIT 1);
                    END
                    """,
                postgres: "COMMENT ON CONSTRAINT booking_interval_overlap ON booking_interval IS 'no double booking'"),
            .engine(
                sqlite: """
                    CREATE TRIGGER booking_interval_moved
                    BEFORE UPDATE OF tenant, resource, lane, start_at, end_at ON booking_interval BEGIN
                        SELECT RAISE(ABORT, 'check: an interval is replaced, never moved');
                    END
                    """,
                postgres: "COMMENT ON TABLE booking_interval IS 'who has which time'"),
        ])

    /// A row for every change of the time of anything but a patient, in the same transaction: what `TakenIndex` follows.
    /// `week`: that in which the interval begins, since the epoch. `position`: the number of the change, on PostgreSQL that of
    /// its transaction. The table's name comes after the other's: a restored one is filled last, without the rows that filling
    /// the other has written.
    static let changes = Migration(
        "2026-11-29.scheduling.interval-changes",
        [
            .engine(
                sqlite: """
                    CREATE TABLE booking_interval_change (
                        tenant BIGINT NOT NULL, position BIGINT NOT NULL, resource BIGINT NOT NULL,
                        week BIGINT NOT NULL, PRIMARY KEY (tenant, position)) WITHOUT ROWID
                    """,
                postgres: """
                    CREATE TABLE booking_interval_change (
                        tenant BIGINT NOT NULL,
                        position BIGINT NOT NULL DEFAULT CAST(CAST(pg_current_xact_id() AS text) AS bigint),
                        resource BIGINT NOT NULL, week BIGINT NOT NULL,
                        PRIMARY KEY (tenant, position, resource, week))
                    """),
            .engine(
                sqlite: """
                    CREATE TRIGGER booking_interval_added AFTER INSERT ON booking_interval
                    WHEN NEW.resource < 0 AND NEW.start_at > 0 BEGIN
                        INSERT INTO booking_interval_change (tenant, position, resource, week)
                        SELECT NEW.tenant, coalesce(max(position), 0) + 1, NEW.resource, NEW.start_at / 604800000000
                        FROM booking_interval_change WHERE tenant = NEW.tenant;
                    END
                    """,
                postgres: """
                    CREATE FUNCTION booking_interval_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                    DECLARE
                        changed booking_interval;
                    BEGIN
                        IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
                        INSERT INTO booking_interval_change (tenant, resource, week)
                        VALUES (changed.tenant, changed.resource, changed.start_at / 604800000000)
                        ON CONFLICT DO NOTHING;
                        RETURN NULL;
                    END $$
                    """),
            .engine(
                sqlite: """
                    CREATE TRIGGER booking_interval_changed AFTER UPDATE ON booking_interval
                    WHEN NEW.resource < 0 AND NEW.start_at > 0 BEGIN
                        INSERT INTO booking_interval_change (tenant, position, resource, week)
                        SELECT NEW.tenant, coalesce(max(position), 0) + 1, NEW.resource, NEW.start_at / 604800000000
                        FROM booking_interval_change WHERE tenant = NEW.tenant;
                    END
                    """,
                postgres: """
                    CREATE TRIGGER booking_interval_changed AFTER INSERT OR UPDATE ON booking_interval
                    FOR EACH ROW WHEN (NEW.resource < 0 AND NEW.start_at > 0)
                    EXECUTE FUNCTION booking_interval_changed()
                    """),
            .engine(
                sqlite: """
                    CREATE TRIGGER booking_interval_removed AFTER DELETE ON booking_interval
                    WHEN OLD.resource < 0 AND OLD.start_at > 0 BEGIN
                        INSERT INTO booking_interval_change (tenant, position, resource, week)
                        SELECT OLD.tenant, coalesce(max(position), 0) + 1, OLD.resource, OLD.start_at / 604800000000
                        FROM booking_interval_change WHERE tenant = OLD.tenant;
                    END
                    """,
                postgres: """
                    CREATE TRIGGER booking_interval_removed AFTER DELETE ON booking_interval
                    FOR EACH ROW WHEN (OLD.resource < 0 AND OLD.start_at > 0)
                    EXECUTE FUNCTION booking_interval_changed()
                    """),
        ])

    static let holds = Migration(
        "2026-11-22.scheduling.2-holds",
        [
            """
            CREATE TABLE slot_hold (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT, need BIGINT, moving BIGINT,
                visit_type TEXT NOT NULL, practitioner TEXT NOT NULL, location TEXT NOT NULL,
                local_start TEXT NOT NULL, zone TEXT NOT NULL, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('held', 'booked', 'released', 'expired')),
                made_by_kind TEXT NOT NULL, made_by BIGINT NOT NULL, created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, id), CHECK (start_at < end_at))
            """,
            "CREATE INDEX slot_hold_expiry ON slot_hold (tenant, expires_at) WHERE state = 'held'",
            "CREATE INDEX slot_hold_patient ON slot_hold (tenant, patient) WHERE state = 'held'",
        ])

    /// For disposal: holds that are over too.
    static let holdsOfPatients = Migration(
        "2026-11-22.scheduling.5-hold-patients",
        ["CREATE INDEX slot_hold_person ON slot_hold (tenant, patient) WHERE patient IS NOT NULL"])

    /// What a practitioner's time is taken for (`StableKey`s and the visit's own start), for ways between places, limits of a
    /// day and groups; `seat` marks a place in a group. Lanes above the first are few.
    static let visits = Migration(
        "2026-11-23.scheduling.interval-visits",
        [
            "ALTER TABLE booking_interval ADD COLUMN place BIGINT",
            "ALTER TABLE booking_interval ADD COLUMN visit_type BIGINT",
            "ALTER TABLE booking_interval ADD COLUMN visit_at BIGINT",
            "ALTER TABLE booking_interval ADD COLUMN seat BIGINT NOT NULL DEFAULT 0",
            "CREATE INDEX booking_interval_lanes ON booking_interval (tenant, resource, start_at) WHERE lane > 0",
        ])
}
