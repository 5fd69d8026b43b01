import Kernel
import Spine
import Store
import StudioAPI

/// Identifies one notice; the target of its timer.
enum Notice {}

struct NoticeRow: Sendable {
    let id: ID<Notice>
    let appointment: ID<Appointment>
    let patient: ID<Patient>
    let placement: Int
    let kind: NoticeKind
    let ordinal: Int
    let state: String
    let dueAt: Instant
    let settledAt: Instant?
    let message: ID<Message>?
    let reason: String?
    /// For a reminder: days before the visit's day.
    let daysBefore: Int
    /// For a reminder: whether who has confirmed does without it.
    let unlessConfirmed: Bool

    /// Whether it only brings the invitation again, after the rules of the zone have changed: its number is then the
    /// version of the visit.
    var isInvitationAgain: Bool { kind == .confirmation && ordinal > 0 }
}

/// Every SQL statement over notices.
enum NoticeStore {
    private static let columns: SQL = """
        id, appointment, patient, placement, kind, ordinal, state, due_at, settled_at, message, reason,
        days_before, unless_confirmed
        """

    /// Plans a notice. False: it is planned, said or dropped already.
    static func plan(
        _ id: ID<Notice>, _ kind: NoticeKind, ordinal: Int, _ reminder: ReminderPlanDefinition.Reminder?,
        of row: AppointmentRow, due: Instant, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO appointment_notice
                (tenant, id, appointment, patient, placement, kind, ordinal, state, due_at, planned_at, days_before,
                unless_confirmed)
            VALUES (\(.tenant), \(id), \(row.id), \(row.patient), \(row.placement), \(kind.rawValue), \(ordinal),
                'planned', \(due), \(now), \(reminder?.daysBefore), \(reminder?.unlessConfirmed))
            ON CONFLICT DO NOTHING
            """) == 1
    }

    static func find(_ id: ID<Notice>, in transaction: any Transaction) throws -> NoticeRow? {
        try transaction.row(
            "SELECT \(columns) FROM appointment_notice WHERE tenant = \(.tenant) AND id = \(id)\(SQL.forUpdate)"
        ).map(read)
    }

    static func of(_ appointment: ID<Appointment>, in transaction: any Transaction) throws -> [NoticeRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM appointment_notice WHERE tenant = \(.tenant) AND appointment = \(appointment)
            ORDER BY placement, due_at, id
            """
        ).map(read)
    }

    static func settle(
        _ id: ID<Notice>, as state: String, message: ID<Message>? = nil, reason: String? = nil, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE appointment_notice SET state = \(state), settled_at = \(now), message = \(message), reason = \(reason)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Drops what is still planned for a visit; the ids, for their timers.
    static func cancelPlanned(
        of appointment: ID<Appointment>, at now: Instant, in transaction: any Transaction
    ) throws -> [ID<Notice>] {
        try transaction.rows(
            """
            UPDATE appointment_notice SET state = 'cancelled', settled_at = \(now)
            WHERE tenant = \(.tenant) AND appointment = \(appointment) AND state = 'planned' RETURNING id
            """
        ).map { try $0["id"] }
    }

    private static func read(_ row: Row) throws -> NoticeRow {
        let kind: String = try row["kind"]
        guard let kind = NoticeKind(rawValue: kind) else {
            throw Fault(.internalError, "notice.kind", "A notice has an unknown kind.")
        }
        let ordinal: Int = try row["ordinal"]
        let days: Int? = try row["days_before"]
        let unless: Bool? = try row["unless_confirmed"]
        let known = ReminderPlanDefinition.builtIn.reminders
        let builtIn = known.indices.contains(ordinal) ? known[ordinal] : nil
        return NoticeRow(
            id: try row["id"], appointment: try row["appointment"], patient: try row["patient"],
            placement: try row["placement"], kind: kind, ordinal: ordinal, state: try row["state"],
            dueAt: try row["due_at"], settledAt: try row["settled_at"], message: try row["message"],
            reason: try row["reason"], daysBefore: days ?? builtIn?.daysBefore ?? 1,
            unlessConfirmed: unless ?? builtIn?.unlessConfirmed ?? false)
    }
}
