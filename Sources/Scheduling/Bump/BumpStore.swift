import Kernel
import SchedulingAPI
import Spine
import Store
import Vault

struct AbsenceRow: Sendable {
    let id: ID<ScheduleAbsence>
    let kind: AbsenceRequest.Kind
    let key: String
    let span: TimeSpan
    let zone: String
    let reason: String
    /// open, closed, withdrawn.
    let state: String
    let createdAt: Instant

    static let columns: SQL = "b.id, b.kind, b.key, b.start_at, b.end_at, b.zone, b.reason, b.state, b.created_at"

    init(
        id: ID<ScheduleAbsence>, kind: AbsenceRequest.Kind, key: String, span: TimeSpan, zone: String, reason: String,
        state: String, createdAt: Instant
    ) {
        self.id = id
        self.kind = kind
        self.key = key
        self.span = span
        self.zone = zone
        self.reason = reason
        self.state = state
        self.createdAt = createdAt
    }

    init(_ row: Row) throws {
        let kind: String = try row["kind"]
        guard let kind = AbsenceRequest.Kind(rawValue: kind) else {
            throw Fault(.internalError, "absence.kind", "An absence has an unknown kind.")
        }
        self.init(
            id: try row["id"], kind: kind, key: try row["key"],
            span: TimeSpan(start: try row["start_at"], end: try row["end_at"]), zone: try row["zone"],
            reason: try row["reason"], state: try row["state"], createdAt: try row["created_at"])
    }
}

struct BumpedRow: Sendable {
    let id: ID<BumpedVisit>
    let absence: ID<ScheduleAbsence>
    let appointment: ID<Appointment>
    let patient: ID<Patient>
    let labels: Labels
    let rank: Int
    let start: Instant
    /// waiting, moved, cancelled, kept, over.
    let state: String
    let hold: ID<SlotHold>?
    let heldUntil: Instant?
    let newPractitioner: String?
    let newLocation: String?
    let newStart: Instant?
    let lookedAt: Instant?
    let settledBy: String?

    static let columns: SQL = """
        v.id, v.absence, v.appointment, v.patient, v.labels, v.rank, v.start_at, v.state, v.hold, v.held_until,
        v.new_practitioner, v.new_location, v.new_start, v.looked_at, v.settled_by
        """

    init(_ row: Row) throws {
        id = try row["id"]
        absence = try row["absence"]
        appointment = try row["appointment"]
        patient = try row["patient"]
        labels = Labels(rawValue: try row["labels"])
        rank = try row["rank"]
        start = try row["start_at"]
        state = try row["state"]
        hold = try row["hold"]
        heldUntil = try row["held_until"]
        newPractitioner = try row["new_practitioner"]
        newLocation = try row["new_location"]
        newStart = try row["new_start"]
        lookedAt = try row["looked_at"]
        settledBy = try row["settled_by"]
    }

    func isHeld(at now: Instant) -> Bool { hold != nil && (heldUntil.map { $0 > now } ?? false) }
}

/// Every SQL statement over absences and the visits on their lists.
enum BumpStore {
    static func insert(_ row: AbsenceRow, by actor: Actor, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO schedule_absence (tenant, id, kind, key, start_at, end_at, zone, reason, state, made_by_kind,
                made_by, created_at)
            VALUES (\(.tenant), \(row.id), \(row.kind.rawValue), \(row.key), \(row.span.start), \(row.span.end),
                \(row.zone), \(row.reason), 'open', \(actor.kind), \(actor.raw), \(row.createdAt))
            """)
    }

    static func absence(
        _ id: ID<ScheduleAbsence>, locking: Bool = false, in transaction: any Transaction
    ) throws -> AbsenceRow? {
        try transaction.row(
            """
            SELECT \(AbsenceRow.columns) FROM schedule_absence b
            WHERE b.tenant = \(.tenant) AND b.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(AbsenceRow.init)
    }

    /// Absences that are not over, the soonest first.
    static func absences(after now: Instant, limit: Int, in transaction: any Transaction) throws -> [AbsenceRow] {
        try transaction.rows(
            """
            SELECT \(AbsenceRow.columns) FROM schedule_absence b
            WHERE b.tenant = \(.tenant) AND b.end_at > \(now) ORDER BY b.start_at, b.id LIMIT \(limit)
            """
        ).map(AbsenceRow.init)
    }

    /// Absences that stand and meet a stretch.
    static func standing(_ span: TimeSpan, in transaction: any Transaction) throws -> [AbsenceRow] {
        try transaction.rows(
            """
            SELECT \(AbsenceRow.columns) FROM schedule_absence b
            WHERE b.tenant = \(.tenant) AND b.end_at > \(span.start) AND b.start_at < \(span.end)
                AND b.state <> 'withdrawn'
            ORDER BY b.id
            """
        ).map(AbsenceRow.init)
    }

    static func end(
        _ id: ID<ScheduleAbsence>, as state: String, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE schedule_absence SET state = \(state), closed_at = \(now) WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Closes a list on which nobody waits.
    static func closeIfDone(_ id: ID<ScheduleAbsence>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE schedule_absence SET state = 'closed', closed_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'open' AND NOT EXISTS (
                SELECT 1 FROM bump_visit v WHERE v.tenant = schedule_absence.tenant AND v.absence = \(id)
                    AND v.state = 'waiting')
            """)
    }

    // MARK: Visits

    /// Visits to come of a practitioner or at a place, or some by their ids, that meet a stretch.
    static func touched(
        _ row: AbsenceRow, owners: [Int64], after now: Instant, in transaction: any Transaction
    ) throws -> [ID<Appointment>] {
        let whose: SQL =
            switch row.kind {
            case .practitioner: "a.practitioner = \(row.key)"
            case .location: "a.location = \(row.key)"
            case .resource: "a.id IN \(list: owners)"
            }
        return try transaction.rows(
            """
            SELECT a.id FROM appointment a
            WHERE a.tenant = \(.tenant) AND \(whose) AND a.start_at > \(now) AND a.start_at < \(row.span.end)
                AND a.start_at > \(row.span.start - 86_400_000_000) AND a.end_at > \(row.span.start)
                AND a.status IN ('pending', 'booked')
            ORDER BY a.start_at, a.id LIMIT \(BumpRules.mostVisits)
            """
        ).map { try $0["id"] }
    }

    /// How often visits were bumped before, by the patient.
    static func bumps(of patients: [ID<Patient>], in transaction: any Transaction) throws -> [ID<Patient>: Int] {
        try transaction.rows(
            """
            SELECT patient, COUNT(*) AS bumps FROM bump_visit
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND state IN ('moved', 'cancelled')
            GROUP BY patient
            """
        ).reduce(into: [:]) { $0[try $1["patient"]] = try $1["bumps"] }
    }

    static func insert(
        _ id: ID<BumpedVisit>, of visit: AppointmentRow, on absence: ID<ScheduleAbsence>, rank: Int,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO bump_visit (tenant, id, absence, appointment, patient, labels, rank, start_at, state)
            VALUES (\(.tenant), \(id), \(absence), \(visit.id), \(visit.patient), \(visit.place.labels.rawValue),
                \(rank), \(visit.place.span.start), 'waiting')
            """)
    }

    static func find(
        _ id: ID<BumpedVisit>, locking: Bool = false, in transaction: any Transaction
    ) throws -> BumpedRow? {
        try transaction.row(
            """
            SELECT \(BumpedRow.columns) FROM bump_visit v
            WHERE v.tenant = \(.tenant) AND v.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(BumpedRow.init)
    }

    static func waiting(on absence: ID<ScheduleAbsence>, in transaction: any Transaction) throws -> [BumpedRow] {
        try transaction.rows(
            """
            SELECT \(BumpedRow.columns) FROM bump_visit v
            WHERE v.tenant = \(.tenant) AND v.absence = \(absence) AND v.state = 'waiting' ORDER BY v.rank, v.id
            """
        ).map(BumpedRow.init)
    }

    static func waiting(for visit: ID<Appointment>, in transaction: any Transaction) throws -> [BumpedRow] {
        try transaction.rows(
            """
            SELECT \(BumpedRow.columns) FROM bump_visit v
            WHERE v.tenant = \(.tenant) AND v.appointment = \(visit) AND v.state = 'waiting' ORDER BY v.id
            """
        ).map(BumpedRow.init)
    }

    /// The list as far as the caller may see its patients.
    static func list(
        _ absences: [ID<ScheduleAbsence>], for caller: Caller, in transaction: any Transaction
    ) throws -> [BumpedRow] {
        if absences.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(BumpedRow.columns) FROM bump_visit v
            WHERE v.tenant = \(.tenant) AND v.absence IN \(list: absences)
                AND \(Policy.scope(caller, .bumpRead, patient: "v.patient", labels: "v.labels"))
            ORDER BY v.absence, v.rank, v.id LIMIT 5000
            """
        ).map(BumpedRow.init)
    }

    static func propose(
        _ id: ID<BumpedVisit>, _ hold: HoldRow?, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET hold = \(hold?.id), held_until = \(hold?.expiresAt),
                new_practitioner = \(hold?.practitioner), new_location = \(hold?.location),
                new_start = \(hold?.span.start), looked_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Lets the machine look again.
    static func forget(_ id: ID<BumpedVisit>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE bump_visit SET looked_at = NULL WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'")
    }

    static func settle(
        _ row: BumpedRow, as state: String, by: String, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET state = \(state), settled_at = \(now), settled_by = \(by), hold = NULL,
                held_until = NULL
            WHERE tenant = \(.tenant) AND id = \(row.id) AND state = 'waiting'
            """)
    }
}
