import Kernel
import SchedulingAPI
import Spine
import Store
import Vault
import Web

/// What stands on the list of those who must be told.
struct ZoneChangeRow: Sendable {
    let appointment: ID<Appointment>
    let patient: ID<Patient>
    let visitType: String
    let practitioner: String
    let location: String
    let localStart: String
    let zone: String
    /// `moved`, `conflict` or `unknown-zone`.
    let outcome: String
    let fromVersion: String
    let toVersion: String
    let from: Int64
    let to: Int64
}

enum ZoneChangeSchema {
    /// One row for each visit and release that gave it another moment, or would have. The index is for visits that an
    /// older release placed.
    static let changes = Migration(
        "2026-11-27.scheduling.zone-changes",
        [
            """
            CREATE TABLE zone_change (
                tenant BIGINT NOT NULL, appointment BIGINT NOT NULL, to_version TEXT NOT NULL, patient BIGINT NOT NULL,
                outcome TEXT NOT NULL CHECK (outcome IN ('moved', 'conflict', 'unknown-zone')),
                from_version TEXT NOT NULL, from_start_at BIGINT NOT NULL, to_start_at BIGINT NOT NULL,
                found_at BIGINT NOT NULL, told_at BIGINT, told_by_kind TEXT, told_by BIGINT,
                PRIMARY KEY (tenant, appointment, to_version), CHECK ((told_at IS NULL) = (told_by IS NULL)))
            """,
            "CREATE INDEX zone_change_untold ON zone_change (tenant, to_start_at, appointment) WHERE told_at IS NULL",
            "CREATE INDEX zone_change_patient ON zone_change (tenant, patient)",
            """
            CREATE INDEX appointment_tz_version ON appointment (tenant, tz_version, start_at)
                WHERE status IN ('pending', 'booked')
            """,
        ])

    static let tables = [
        TableRule(
            "zone_change", .patient(column: "patient"),
            export: .notExported(reason: "how a visit's moment was counted anew; it goes out with the visit"),
            merge: .follows)
    ]
}

/// Every SQL statement over zone changes.
enum ZoneChangeStore {
    /// Visits ahead that an older release placed, in order of their start. Releases are compared as texts: a year and a
    /// letter.
    static func candidates(
        before version: String, after now: Instant, in transaction: any Transaction
    ) throws -> [ReplanCandidate] {
        try transaction.rows(
            """
            SELECT a.id, a.local_start, a.zone, a.start_at FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.status IN ('pending', 'booked') AND a.tz_version < \(version)
                AND a.start_at > \(now)
            ORDER BY a.start_at, a.id
            """
        ).map { row in
            ReplanCandidate(
                id: try row.value(at: 0), localStart: try row.value(at: 1), zone: try row.value(at: 2),
                start: try row.value(at: 3))
        }
    }

    /// How many visits ahead a newer release placed.
    static func newer(than version: String, after now: Instant, in transaction: any Transaction) throws -> Int {
        let count: Int? = try transaction.value(
            """
            SELECT COUNT(*) FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.status IN ('pending', 'booked') AND a.tz_version > \(version)
                AND a.start_at > \(now)
            """)
        return count ?? 0
    }

    static func note(
        _ row: AppointmentRow, _ found: ReplannedVisit, _ version: String, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO zone_change (tenant, appointment, to_version, patient, outcome, from_version, from_start_at,
                to_start_at, found_at)
            VALUES (\(.tenant), \(row.id), \(version), \(row.patient), \(found.outcome.rawValue),
                \(row.place.timeZoneVersion), \(found.from), \(found.to), \(now))
            ON CONFLICT (tenant, appointment, to_version) DO UPDATE SET outcome = excluded.outcome,
                from_start_at = excluded.from_start_at, to_start_at = excluded.to_start_at
            """)
    }

    /// False: there was nothing left to tell.
    static func tell(
        _ appointment: ID<Appointment>, by actor: Actor, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE zone_change SET told_at = \(now), told_by_kind = \(actor.kind), told_by = \(actor.raw)
            WHERE tenant = \(.tenant) AND appointment = \(appointment) AND outcome = 'moved' AND told_at IS NULL
            """) > 0
    }

    /// What nobody was told of yet, of visits that are still ahead, as far as the caller may see their patients. A visit
    /// that could not be placed leaves the list when somebody has moved it or called it off.
    static func untold(
        after cursor: (start: Int64, appointment: Int64)?, limit: Int, now: Instant, for caller: Caller,
        _ action: Permission, in transaction: any Transaction
    ) throws -> [ZoneChangeRow] {
        let start = max(cursor?.start ?? 0, now.microseconds)
        let appointment = cursor?.appointment ?? 0
        return try transaction.rows(
            """
            SELECT a.id, a.patient, a.visit_type, a.practitioner, a.location, a.local_start, a.zone, z.outcome,
                z.from_version, z.to_version, z.from_start_at, z.to_start_at
            FROM zone_change z JOIN appointment a ON a.tenant = z.tenant AND a.id = z.appointment
            WHERE z.tenant = \(.tenant) AND z.told_at IS NULL AND z.to_start_at >= \(start)
                AND (z.to_start_at > \(start) OR z.appointment > \(appointment))
                AND a.status IN ('pending', 'booked')
                AND (z.outcome = 'moved' OR a.tz_version < z.to_version)
                AND \(Policy.scope(caller, action, patient: "a.patient", labels: "a.labels"))
            ORDER BY z.to_start_at, z.appointment LIMIT \(limit)
            """
        ).map { row in
            ZoneChangeRow(
                appointment: try row.value(at: 0), patient: try row.value(at: 1), visitType: try row.value(at: 2),
                practitioner: try row.value(at: 3), location: try row.value(at: 4), localStart: try row.value(at: 5),
                zone: try row.value(at: 6), outcome: try row.value(at: 7), fromVersion: try row.value(at: 8),
                toVersion: try row.value(at: 9), from: try row.value(at: 10), to: try row.value(at: 11))
        }
    }

    static func postpone(_ notice: ID<Notice>, to due: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE appointment_notice SET due_at = \(due)
            WHERE tenant = \(.tenant) AND id = \(notice) AND state = 'planned'
            """)
    }
}
