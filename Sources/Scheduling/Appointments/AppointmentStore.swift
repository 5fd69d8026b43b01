import Kernel
import Spine
import Store
import Vault

/// Every SQL statement over appointments.
enum AppointmentStore {
    private static let columns: SQL = """
        a.id, a.patient, a.need, a.status, a.visit_type, a.practitioner, a.location, a.local_start, a.zone, a.tz_version,
        a.start_at, a.end_at, a.placement, a.version, a.source, a.created_at, a.booked_at, a.confirmed_at, a.confirmed_by,
        a.arrived_at, a.completed_at, a.missed_at, a.cancelled_at, a.cancel_reason, a.key_subject, a.sealed,
        a.reminder_plan, a.reminder_version, a.labels, a.missed_reason
        """

    static func insert(_ row: AppointmentRow, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO appointment (tenant, id, patient, need, status, visit_type, practitioner, location, local_start,
                zone, tz_version, start_at, end_at, minutes, placement, version, source, created_at, booked_at,
                confirmed_at, confirmed_by, arrived_at, completed_at, missed_at, cancelled_at, cancel_reason,
                key_subject, sealed, reminder_plan, reminder_version, labels, missed_reason)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.need), \(row.status.rawValue), \(row.place.visitType),
                \(row.place.practitioner), \(row.place.location), \(row.place.localStart), \(row.place.zone),
                \(row.place.timeZoneVersion), \(row.place.span.start), \(row.place.span.end), \(row.place.minutes),
                \(row.placement), \(row.version), \(row.source), \(row.createdAt), \(row.bookedAt), \(row.confirmedAt),
                \(row.confirmedBy), \(row.arrivedAt), \(row.completedAt), \(row.missedAt), \(row.cancelledAt),
                \(row.cancelReason), \(row.keySubject), \(row.note), \(row.place.reminders?.key),
                \(row.place.reminders?.version), \(row.place.labels.rawValue), \(row.missedReason))
            """)
    }

    /// Writes all that can change. False: somebody else changed the row since it was read.
    static func update(_ row: AppointmentRow, from version: Int, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE appointment SET status = \(row.status.rawValue), visit_type = \(row.place.visitType),
                practitioner = \(row.place.practitioner), location = \(row.place.location),
                local_start = \(row.place.localStart), zone = \(row.place.zone),
                tz_version = \(row.place.timeZoneVersion), start_at = \(row.place.span.start),
                end_at = \(row.place.span.end), minutes = \(row.place.minutes), placement = \(row.placement),
                version = \(row.version), booked_at = \(row.bookedAt), confirmed_at = \(row.confirmedAt),
                confirmed_by = \(row.confirmedBy), arrived_at = \(row.arrivedAt), completed_at = \(row.completedAt),
                missed_at = \(row.missedAt), cancelled_at = \(row.cancelledAt), cancel_reason = \(row.cancelReason),
                key_subject = \(row.keySubject), sealed = \(row.note), reminder_plan = \(row.place.reminders?.key),
                reminder_version = \(row.place.reminders?.version), labels = \(row.place.labels.rawValue),
                missed_reason = \(row.missedReason)
            WHERE tenant = \(.tenant) AND id = \(row.id) AND version = \(version)
            """) == 1
    }

    static func find(
        _ id: ID<Appointment>, locking: Bool = false, in transaction: any Transaction
    ) throws -> AppointmentRow? {
        try transaction.row(
            """
            SELECT \(columns) FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(read)
    }

    /// The next visit that is still ahead, or under way.
    static func next(
        of patients: [ID<Patient>], after now: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<AppointmentRow?> {
        try transaction.ask(
            """
            SELECT \(columns) FROM appointment a
            WHERE a.tenant = \(.tenant) AND \(among(patients)) AND \(seen(caller)) AND a.start_at >= \(now - .days(1))
                AND a.end_at > \(now) AND a.status IN ('pending', 'booked', 'arrived')
            ORDER BY a.start_at LIMIT 1
            """
        ).map { try $0.first.map(read) }
    }

    /// The visits that have not begun, by start.
    static func ahead(
        of patients: [ID<Patient>], after now: Instant, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        try rows(
            """
            \(among(patients)) AND \(seen(caller)) AND a.start_at > \(now) AND a.status IN ('pending', 'booked')
            ORDER BY a.start_at, a.id LIMIT \(limit)
            """, in: transaction)
    }

    static func visits(
        of patients: [ID<Patient>], limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM appointment a WHERE a.tenant = \(.tenant) AND \(among(patients))
                AND \(seen(caller))
            ORDER BY a.start_at DESC LIMIT \(limit)
            """
        ).map(read)
    }

    /// A page of the visits that begin between two moments, the newest first; `last`: that of the page before.
    static func visits(
        of patients: [ID<Patient>], from start: Int64?, to end: Int64?, after last: (start: Int64, id: Int64)?,
        limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        var condition: SQL = "\(among(patients)) AND \(seen(caller))"
        if let start { condition = condition + " AND a.start_at >= \(start)" }
        if let end { condition = condition + " AND a.start_at < \(end)" }
        if let last {
            condition =
                condition + """
                     AND (a.start_at < \(last.start) OR (a.start_at = \(last.start) AND a.id < \(last.id)))
                    """
        }
        return try rows("\(condition) ORDER BY a.start_at DESC, a.id DESC LIMIT \(limit)", in: transaction)
    }

    /// Whether one of them has had a completed visit.
    static func hasCompletedVisit(_ patients: [ID<Patient>], in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 FROM appointment a
            WHERE a.tenant = \(.tenant) AND \(among(patients)) AND a.status = 'fulfilled' LIMIT 1
            """) != nil
    }

    /// Completed visits with some practitioners at some places that begin between two moments. For counting only: whose
    /// they are is not read.
    static func done(
        with practitioners: [String], at places: [String], from start: Int64, to end: Int64,
        in transaction: any Transaction
    ) throws -> [DoneVisit] {
        try transaction.rows(
            """
            SELECT a.practitioner, a.visit_type, a.location, a.start_at, a.end_at FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.location IN \(list: places) AND a.start_at >= \(start)
                AND a.start_at < \(end) AND a.status = 'fulfilled' AND a.practitioner IN \(list: practitioners)
            """
        ).map { row in
            DoneVisit(
                practitioner: try row.value(at: 0), visitType: try row.value(at: 1), location: try row.value(at: 2),
                span: TimeSpan(start: try row.value(at: 3), end: try row.value(at: 4)))
        }
    }

    /// The visits at one place that begin between two moments, by start, as far as the caller may see their patients.
    static func day(
        location: String, from start: Int64, to end: Int64, for caller: Caller, _ action: Permission, limit: Int,
        in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.location = \(location) AND a.start_at >= \(start) AND a.start_at < \(end)
                AND \(Policy.scope(caller, action, patient: "a.patient", labels: "a.labels"))
            ORDER BY a.start_at, a.id LIMIT \(limit)
            """
        ).map(read)
    }

    /// The visits that take time between two moments at some places, by start: of one practitioner, or of all.
    static func calendar(
        of practitioner: String?, at places: [String], from start: Int64, to end: Int64, for caller: Caller,
        _ action: Permission, limit: Int, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        let only: SQL = practitioner.map { " AND a.practitioner = \($0)" } ?? ""
        return try transaction.rows(
            """
            SELECT \(columns) FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.location IN \(list: places) AND a.start_at >= \(start)
                AND a.start_at < \(end)\(only) AND a.status IN ('pending', 'booked', 'arrived', 'fulfilled')
                AND \(Policy.scope(caller, action, patient: "a.patient", labels: "a.labels"))
            ORDER BY a.start_at, a.id LIMIT \(limit)
            """
        ).map(read)
    }

    /// The visits of a chain that the caller sees, by start.
    static func chain(_ chain: Int64, for caller: Caller, in transaction: any Transaction) throws -> [AppointmentRow] {
        try rows(
            """
            a.id IN (SELECT appointment FROM visit_chain WHERE tenant = \(.tenant) AND chain = \(chain))
                AND \(seen(caller)) ORDER BY a.start_at, a.id
            """, in: transaction)
    }

    /// Visits of some types that take time and begin between two moments, by start.
    static func near(
        _ patients: [ID<Patient>], types: [String], from start: Int64, to end: Int64, for caller: Caller,
        in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        try rows(
            """
            \(among(patients)) AND a.visit_type IN \(list: types) AND a.start_at >= \(start) AND a.start_at < \(end)
                AND a.status IN ('pending', 'booked', 'arrived', 'fulfilled') AND \(seen(caller))
            ORDER BY a.start_at, a.id
            """, in: transaction)
    }

    /// Visits by a condition over `a`, with its order.
    static func rows(_ condition: SQL, in transaction: any Transaction) throws -> [AppointmentRow] {
        try transaction.rows(
            "SELECT \(columns) FROM appointment a WHERE a.tenant = \(.tenant) AND \(condition)"
        ).map(read)
    }

    /// What happened with a visit, newest first: its patient's events that name it.
    static func history(of row: AppointmentRow, in transaction: any Transaction) throws -> [StoredEvent] {
        try transaction.rows(
            """
            SELECT 0, \(EventStore.columns) FROM event e
            WHERE e.tenant = \(.tenant) AND e.patient = \(row.patient) AND e.kind LIKE 'appointment.%'
                AND e.body LIKE \("%" + row.id.text + "%")
            ORDER BY e.id DESC LIMIT 100
            """
        ).map(EventStore.read)
    }

    /// Visits of patients the caller sees that no label hides.
    private static func seen(_ caller: Caller) -> SQL {
        Policy.seen(caller, .appointmentRead, patient: "a.patient", labels: "a.labels")
    }

    /// One patient is the rule; several are the members of one person's set.
    private static func among(_ patients: [ID<Patient>]) -> SQL {
        patients.count == 1 ? "a.patient = \(patients[0])" : "a.patient IN \(list: patients)"
    }

    /// By position: `columns` stands beside it.
    private static func read(_ row: Row) throws -> AppointmentRow {
        let status: String = try row.value(at: 3)
        guard let status = AppointmentStatus(rawValue: status) else {
            throw Fault(.internalError, "appointment.status", "An appointment has an unknown status.")
        }
        let plan: String? = try row.value(at: 26)
        let version: Int? = try row.value(at: 27)
        let place = Placement(
            visitType: try row.value(at: 4), practitioner: try row.value(at: 5), location: try row.value(at: 6),
            localStart: try row.value(at: 7), zone: try row.value(at: 8), timeZoneVersion: try row.value(at: 9),
            span: TimeSpan(start: try row.value(at: 10), end: try row.value(at: 11)),
            reminders: plan.flatMap { key in version.map { ReminderPlanVersion(key: key, version: $0) } },
            labels: Labels(rawValue: try row.value(at: 28)))
        return AppointmentRow(
            id: try row.value(at: 0), patient: try row.value(at: 1), need: try row.value(at: 2), status: status,
            place: place, placement: try row.value(at: 12), version: try row.value(at: 13),
            source: try row.value(at: 14),
            createdAt: try row.value(at: 15), bookedAt: try row.value(at: 16), confirmedAt: try row.value(at: 17),
            confirmedBy: try row.value(at: 18), arrivedAt: try row.value(at: 19), completedAt: try row.value(at: 20),
            missedAt: try row.value(at: 21), cancelledAt: try row.value(at: 22), cancelReason: try row.value(at: 23),
            missedReason: try row.value(at: 29),
            keySubject: try row.value(at: 24), note: try row.value(at: 25))
    }
}
