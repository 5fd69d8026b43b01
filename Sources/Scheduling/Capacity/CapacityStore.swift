import Kernel
import Store
import StudioAPI
import TimeZones
import Vault

/// Every SQL statement of capacity.
enum CapacityStore {
    /// The most visits that are counted at once.
    static let most = 300_000

    /// Visits of places that begin between two moments, as far as the caller may see them, by start.
    static func visits(
        at locations: [String], from start: Int64, to end: Int64, _ types: [String: VisitTypeDefinition],
        for caller: Caller, in transaction: any Transaction
    ) throws -> [CapacityVisit] {
        var found: [CapacityVisit] = []
        try transaction.forEach(
            """
            SELECT a.id, a.visit_type, a.practitioner, a.location, a.start_at, a.end_at, a.local_start, a.status,
                COALESCE(a.booked_at, a.created_at), a.cancelled_at, a.cancel_reason, a.missed_reason
            FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.location IN \(list: locations) AND a.start_at >= \(start)
                AND a.start_at < \(end)\(seen(caller)) ORDER BY a.start_at, a.id LIMIT \(most)
            """
        ) { row in
            let local: String = try row.value(at: 6), code: String = try row.value(at: 7)
            guard let status = AppointmentStatus(rawValue: code), let time = CivilDateTime(iso: local) else {
                throw Fault(.internalError, "appointment.status", "An appointment has an unknown status or time.")
            }
            let type: String = try row.value(at: 1)
            found.append(
                CapacityVisit(
                    id: try row.value(at: 0), visitType: type, practitioner: try row.value(at: 2),
                    location: try row.value(at: 3),
                    span: TimeSpan(start: try row.value(at: 4), end: try row.value(at: 5)),
                    day: time.date.daysSinceEpoch, minute: time.time.minutesOfDay, status: status,
                    bookedAt: try row.value(at: 8), cancelledAt: try row.value(at: 9),
                    cancelReason: try row.value(at: 10), missedReason: try row.value(at: 11),
                    notice: CancellationCode.notice(types[type])))
        }
        return found
    }

    /// Whose these visits are.
    static func patients(
        of visits: [ID<Appointment>], in transaction: any Transaction
    ) throws -> [ID<Patient>] {
        if visits.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT DISTINCT a.patient AS patient FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.id IN \(list: visits)
            """
        ).map { try $0["patient"] }
    }

    /// A visit that somebody asked for: what, where, how far ahead, by whom.
    struct Asked {
        let patient: ID<Patient>
        let visitType: String
        let location: String
        let leadDays: Int
        let isEstablished: Bool
        let status: AppointmentStatus
        let isCalledOffLate: Bool
        let askedAt: Int64
    }

    /// Visits that were agreed between two moments, the newest first; those recorded from elsewhere too.
    static func asked(
        at locations: [String], from start: Int64, to end: Int64, _ types: [String: VisitTypeDefinition], limit: Int,
        for caller: Caller, in transaction: any Transaction
    ) throws -> [Asked] {
        try transaction.rows(
            """
            SELECT a.patient, a.visit_type, a.location, a.start_at - a.created_at, a.status, a.start_at,
                a.cancelled_at, a.cancel_reason,
                EXISTS (SELECT 1 FROM appointment b WHERE b.tenant = a.tenant AND b.patient = a.patient
                    AND b.status = 'fulfilled' AND b.start_at < a.start_at), a.created_at
            FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.location IN \(list: locations) AND a.start_at >= \(start)
                AND a.created_at >= \(start) AND a.created_at <= \(end)\(seen(caller))
            ORDER BY a.created_at DESC, a.id LIMIT \(limit)
            """
        ).map { row in
            let code: String = try row.value(at: 4), cancelled: Int64? = try row.value(at: 6)
            let reason: String? = try row.value(at: 7), begins: Int64 = try row.value(at: 5)
            let lead: Int64 = try row.value(at: 3), type: String = try row.value(at: 1)
            guard let status = AppointmentStatus(rawValue: code) else {
                throw Fault(.internalError, "appointment.status", "An appointment has an unknown status.")
            }
            let day: Int64 = 86_400_000_000
            return Asked(
                patient: try row.value(at: 0), visitType: type, location: try row.value(at: 2),
                leadDays: Int(max(0, lead) / day), isEstablished: try row.value(at: 8), status: status,
                isCalledOffLate: status == .cancelled
                    && CancellationCode.isCalledOffLate(
                        reason, at: cancelled, start: begins, within: CancellationCode.notice(types[type])),
                askedAt: try row.value(at: 9))
        }
    }

    private static func seen(_ caller: Caller) -> SQL {
        if Policy.seesEveryone(caller) { return "" }
        return " AND \(Policy.scope(caller, .capacityRead, patient: "a.patient", labels: "a.labels"))"
    }

    // MARK: What was available

    static func isRecorded(_ day: CivilDate, in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            "SELECT 1 FROM capacity_available WHERE tenant = \(.tenant) AND day = \(day.iso) LIMIT 1") != nil
    }

    static func record(_ row: RecordedAvailability, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO capacity_available (tenant, day, visit_type, location, first_days, third_days, taken_at)
            VALUES (\(.tenant), \(row.day.iso), \(row.visitType), \(row.location), \(row.first), \(row.third), \(now))
            ON CONFLICT (tenant, day, visit_type, location) DO NOTHING
            """)
    }

    static func recorded(from day: CivilDate, in transaction: any Transaction) throws -> [RecordedAvailability] {
        try transaction.rows(
            """
            SELECT day, visit_type, location, first_days, third_days FROM capacity_available
            WHERE tenant = \(.tenant) AND day >= \(day.iso) ORDER BY day, visit_type, location LIMIT 100000
            """
        ).map { row in
            let text: String = try row["day"]
            guard let day = CivilDate(iso: text) else {
                throw Fault(.internalError, "capacity.day", "A recorded day is no date.")
            }
            return RecordedAvailability(
                day: day, visitType: try row["visit_type"], location: try row["location"],
                first: try row["first_days"], third: try row["third_days"])
        }
    }
}
