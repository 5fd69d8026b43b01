import Kernel
import SchedulingAPI
import Spine
import Store
import Vault

/// Every SQL statement over absences and the visits on their lists.
enum BumpStore {
    /// False: it stands already.
    static func insert(_ row: AbsenceRow, by actor: Actor, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO schedule_absence (tenant, id, kind, key, start_at, end_at, zone, reason, offers, state,
                made_by_kind, made_by, created_at)
            VALUES (\(.tenant), \(row.id), \(row.kind.rawValue), \(row.key), \(row.span.start), \(row.span.end),
                \(row.zone), \(row.reason), \(row.offers ? 1 : 0), 'open', \(actor.kind), \(actor.raw),
                \(row.createdAt))
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// The same absence, as it stands.
    static func same(as row: AbsenceRow, in transaction: any Transaction) throws -> AbsenceRow? {
        try transaction.row(
            """
            SELECT \(AbsenceRow.columns) FROM schedule_absence b
            WHERE b.tenant = \(.tenant) AND b.kind = \(row.kind.rawValue) AND b.key = \(row.key)
                AND b.start_at = \(row.span.start) AND b.end_at = \(row.span.end) AND b.state <> 'withdrawn'
            """
        ).map(AbsenceRow.init)
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

    /// Absences that are not over, the soonest first, from one on.
    static func absences(
        after now: Instant, from: (start: Int64, id: Int64)?, limit: Int, in transaction: any Transaction
    ) throws -> [AbsenceRow] {
        let from = from ?? (Int64.min, 0)
        return try transaction.rows(
            """
            SELECT \(AbsenceRow.columns) FROM schedule_absence b
            WHERE b.tenant = \(.tenant) AND b.end_at > \(now)
                AND (b.start_at > \(from.start) OR b.start_at = \(from.start) AND b.id > \(from.id))
            ORDER BY b.start_at, b.id LIMIT \(limit)
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

    static func startOffering(_ id: ID<ScheduleAbsence>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE schedule_absence SET offers = 1 WHERE tenant = \(.tenant) AND id = \(id) AND state = 'open'")
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

    /// Visits to come of a practitioner or at a place, or some by their ids, that meet a stretch: one more than a list may
    /// have at most.
    static func touched(
        _ row: AbsenceRow, owners: [Int64], after now: Instant, locking: Bool, in transaction: any Transaction
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
            ORDER BY a.start_at, a.id LIMIT \(BumpRules.mostVisits + 1)\(locking ? SQL.forUpdate : "")
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
        _ id: ID<BumpedVisit>, of visit: AppointmentRow, on absence: ID<ScheduleAbsence>, rank: Int, lapse: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO bump_visit (tenant, id, absence, appointment, patient, labels, rank, start_at, lapse_at, state,
                more, asked, calls)
            VALUES (\(.tenant), \(id), \(absence), \(visit.id), \(visit.patient), \(visit.place.labels.rawValue),
                \(rank), \(visit.place.span.start), \(lapse), 'waiting', 0, 0, 0)
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

    /// The oldest list on which each of these visits waits: it alone looks for times and asks.
    static func leading(
        _ visits: [ID<Appointment>], in transaction: any Transaction
    ) throws -> [ID<Appointment>: (visit: ID<BumpedVisit>, absence: ID<ScheduleAbsence>)] {
        if visits.isEmpty { return [:] }
        return try transaction.rows(
            """
            SELECT v.id, v.absence, v.appointment FROM bump_visit v
            WHERE v.tenant = \(.tenant) AND v.appointment IN \(list: visits) AND v.state = 'waiting' ORDER BY v.id DESC
            """
        ).reduce(into: [:]) { $0[try $1["appointment"]] = (try $1["id"], try $1["absence"]) }
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
            ORDER BY v.absence, v.rank, v.id
            """
        ).map(BumpedRow.init)
    }

    // MARK: Looking

    /// The times that visits have, or had, in the order in which they were found.
    static func choices(
        of visits: [ID<BumpedVisit>], in transaction: any Transaction
    ) throws -> [ID<BumpedVisit>: [BumpChoice]] {
        if visits.isEmpty { return [:] }
        let choices = try transaction.rows(
            """
            SELECT \(BumpChoice.columns) FROM bump_choice c
            JOIN slot_hold h ON h.tenant = c.tenant AND h.id = c.hold
            WHERE c.tenant = \(.tenant) AND c.visit IN \(list: visits) ORDER BY c.visit, c.hold
            """
        ).map(BumpChoice.init)
        return Dictionary(grouping: choices, by: \.visit)
    }

    /// Whose time a hold is.
    static func visit(
        choosing hold: ID<SlotHold>, in transaction: any Transaction
    ) throws -> ID<BumpedVisit>? {
        try transaction.row(
            "SELECT visit FROM bump_choice WHERE tenant = \(.tenant) AND hold = \(hold)"
        ).map { try $0["visit"] }
    }

    /// The lists on which something is lost when these holds end.
    static func absences(
        holding holds: [Int64], in transaction: any Transaction
    ) throws -> [ID<ScheduleAbsence>] {
        if holds.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT DISTINCT v.absence FROM bump_choice c JOIN bump_visit v ON v.tenant = c.tenant AND v.id = c.visit
            WHERE c.tenant = \(.tenant) AND c.hold IN \(list: holds) AND v.state = 'waiting' ORDER BY v.absence
            """
        ).map { try $0["absence"] }
    }

    static func insert(
        _ hold: HoldRow, for row: BumpedRow, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO bump_choice (tenant, hold, visit, patient, made_at)
            VALUES (\(.tenant), \(hold.id), \(row.id), \(row.patient), \(now))
            """)
    }

    /// `more`: further times than the first were looked for.
    static func looked(
        _ id: ID<BumpedVisit>, more: Bool, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET looked_at = \(now), more = \(more ? 1 : 0) WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Lets the machine look again.
    static func forget(_ id: ID<BumpedVisit>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE bump_visit SET looked_at = NULL WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'")
    }

    // MARK: Asking

    static func asked(
        _ id: ID<BumpedVisit>, by message: ID<Message>, until: Instant, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET asked = asked + 1, asked_at = \(now), answer_by = \(until), withheld = NULL,
                message = \(message)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'
            """)
    }

    /// Visits that wait and whose patient was last asked by one of these messages.
    static func waiting(
        askedBy messages: [ID<Message>], in transaction: any Transaction
    ) throws -> [BumpedRow] {
        if messages.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(BumpedRow.columns) FROM bump_visit v
            WHERE v.tenant = \(.tenant) AND v.message IN \(list: messages) AND v.message IS NOT NULL
                AND v.state = 'waiting'
            ORDER BY v.absence, v.id
            """
        ).map(BumpedRow.init)
    }

    static func withhold(_ id: ID<BumpedVisit>, reason: String, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET withheld = \(reason) WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'
            """)
    }

    static func wantsNone(
        _ id: ID<BumpedVisit>, by: String, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET answer = 'none', answered_at = \(now), answered_by = \(by)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'
            """)
    }

    static func called(_ id: ID<BumpedVisit>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET calls = calls + 1, called_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'
            """)
    }

    static func settle(
        _ row: BumpedRow, as state: String, by: String, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE bump_visit SET state = \(state), settled_at = \(now), settled_by = \(by)
            WHERE tenant = \(.tenant) AND id = \(row.id) AND state = 'waiting'
            """)
    }
}
