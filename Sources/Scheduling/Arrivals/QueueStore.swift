import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Vault

/// What a practitioner's queue knows of a visit beside its row.
struct QueueMark: Sendable {
    /// "K417": what is called out and shown in the waiting room.
    let number: String
    let calledAt: Instant?
}

/// What was last said about the delay of a visit.
struct DelayTold: Sendable {
    let at: Instant
    let lateMinutes: Int
    let state: String
}

/// Every SQL statement over the queue.
enum QueueStore {
    /// Letters that are told apart when they are called out.
    private static let letters = Array("ABCEFHJKLMPRTUVX")
    private static let mostTries = 12

    /// A number that comes of the visit's id, or the next that is free. It says nothing of how many others there are.
    static func number(_ id: ID<Appointment>, attempt: Int) -> String {
        var bits = UInt64(bitPattern: id.raw) &+ UInt64(attempt + 1) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return String(letters[Int(bits % UInt64(letters.count))]) + String(100 + Int(bits >> 8 % 900))
    }

    /// Gives who checks in a number. Somebody who has one keeps it.
    static func enter(_ row: AppointmentRow, in transaction: any Transaction) throws {
        let day = String(row.place.localStart.prefix(10))
        for attempt in 0..<mostTries {
            let entered = try transaction.execute(
                """
                INSERT INTO visit_queue (tenant, appointment, patient, location, queue_day, number)
                VALUES (\(.tenant), \(row.id), \(row.patient), \(row.place.location), \(day),
                    \(number(row.id, attempt: attempt)))
                ON CONFLICT DO NOTHING
                """)
            if try entered == 1 || mark(of: row.id, in: transaction) != nil { return }
        }
        throw Fault(.conflict, "queue.full", "No number is left for this place and day.")
    }

    static func mark(of id: ID<Appointment>, in transaction: any Transaction) throws -> QueueMark? {
        try marks(of: [id], in: transaction)[id]
    }

    static func marks(
        of visits: [ID<Appointment>], in transaction: any Transaction
    ) throws -> [ID<Appointment>: QueueMark] {
        if visits.isEmpty { return [:] }
        let rows = try transaction.rows(
            """
            SELECT appointment, number, called_in_at FROM visit_queue
            WHERE tenant = \(.tenant) AND appointment IN \(list: visits)
            """)
        var marks: [ID<Appointment>: QueueMark] = [:]
        for row in rows {
            let id: ID<Appointment> = try row.value(at: 0)
            marks[id] = QueueMark(number: try row.value(at: 1), calledAt: try row.value(at: 2))
        }
        return marks
    }

    /// False: they were called in already, or have not checked in.
    static func call(_ id: ID<Appointment>, at now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE visit_queue SET called_in_at = \(now)
            WHERE tenant = \(.tenant) AND appointment = \(id) AND called_in_at IS NULL
            """) == 1
    }

    // MARK: Days

    /// A practitioner's visits that begin between two moments, at one place or anywhere, as far as the caller may see
    /// their patients. `everybody`: all of them, for figures that name nobody.
    static func visits(
        of practitioner: String, at location: String?, from start: Int64, to end: Int64, for caller: Caller,
        _ action: Permission, everybody: Bool = false, limit: Int, in transaction: any Transaction
    ) throws -> [AppointmentRow] {
        let place: SQL = location.map { "a.location = \($0)" } ?? "TRUE"
        let scope: SQL =
            everybody ? "TRUE" : Policy.scope(caller, action, patient: "a.patient", labels: "a.labels")
        return try AppointmentStore.rows(
            """
            a.practitioner = \(practitioner) AND \(place) AND a.start_at >= \(start) AND a.start_at < \(end)
                AND \(scope)
            ORDER BY a.start_at, a.id LIMIT \(limit)
            """, in: transaction)
    }

    /// What was recorded of the visits of practitioners since a moment, until another.
    static func past(
        of practitioners: [String], from start: Int64, to end: Int64, for caller: Caller, _ action: Permission,
        everybody: Bool = false, in transaction: any Transaction
    ) throws -> [String: [PastVisit]] {
        if practitioners.isEmpty { return [:] }
        let scope: SQL =
            everybody ? "TRUE" : Policy.scope(caller, action, patient: "a.patient", labels: "a.labels")
        var past: [String: [PastVisit]] = [:]
        let rows = try transaction.rows(
            """
            SELECT a.practitioner, a.local_start, a.start_at, a.end_at, a.arrived_at, q.called_in_at, a.completed_at,
                a.status
            FROM appointment a LEFT JOIN visit_queue q ON q.tenant = a.tenant AND q.appointment = a.id
            WHERE a.tenant = \(.tenant) AND a.practitioner IN \(list: practitioners) AND a.start_at >= \(start)
                AND a.start_at < \(end) AND a.status IN ('fulfilled', 'noshow') AND \(scope)
            ORDER BY a.start_at DESC LIMIT \(PastDays.mostVisits)
            """)
        for row in rows {
            let practitioner: String = try row.value(at: 0)
            let local: String = try row.value(at: 1), status: String = try row.value(at: 7)
            past[practitioner, default: []].append(
                PastVisit(
                    day: String(local.prefix(10)),
                    planned: TimeSpan(start: try row.value(at: 2), end: try row.value(at: 3)),
                    arrivedAt: try row.value(at: 4), calledAt: try row.value(at: 5),
                    completedAt: try row.value(at: 6), missed: status == "noshow"))
        }
        return past
    }

    /// The practitioners and places where somebody who has checked in is not done yet.
    static func busy(
        since start: Instant, in transaction: any Transaction
    ) throws -> [(practitioner: String, location: String)] {
        try transaction.rows(
            """
            SELECT DISTINCT a.practitioner, a.location FROM appointment a
            WHERE a.tenant = \(.tenant) AND a.start_at >= \(start) AND a.start_at < \(start + .hours(36))
                AND a.status = 'arrived'
            """
        ).map { (try $0.value(at: 0), try $0.value(at: 1)) }
    }

    // MARK: Delays

    /// The last that was said about each visit.
    static func told(
        _ visits: [ID<Appointment>], in transaction: any Transaction
    ) throws -> [ID<Appointment>: DelayTold] {
        if visits.isEmpty { return [:] }
        var told: [ID<Appointment>: DelayTold] = [:]
        let rows = try transaction.rows(
            """
            SELECT appointment, said_at, late_minutes, state FROM delay_notice
            WHERE tenant = \(.tenant) AND appointment IN \(list: visits) ORDER BY said_at, id
            """)
        for row in rows {
            let id: ID<Appointment> = try row.value(at: 0)
            told[id] = DelayTold(
                at: try row.value(at: 1), lateMinutes: try row.value(at: 2), state: try row.value(at: 3))
        }
        return told
    }

    /// When each patient last got a text about a delay, whatever visit it was about.
    static func lastTexts(
        to patients: [ID<Patient>], since start: Instant, in transaction: any Transaction
    ) throws -> [ID<Patient>: Instant] {
        if patients.isEmpty { return [:] }
        var last: [ID<Patient>: Instant] = [:]
        let rows = try transaction.rows(
            """
            SELECT patient, MAX(said_at) FROM delay_notice
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND said_at >= \(start) AND state = 'sent'
            GROUP BY patient
            """)
        for row in rows { last[try row.value(at: 0)] = try row.value(at: 1) }
        return last
    }

    static func tell(
        _ id: ID<DelayNotice>, _ row: AppointmentRow, expected: Instant, late: Int, by: String,
        message: ID<Message>?, reason: String?, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO delay_notice (tenant, id, appointment, patient, said_at, expected_at, late_minutes, state,
                said_by, message, reason)
            VALUES (\(.tenant), \(id), \(row.id), \(row.patient), \(now), \(expected), \(late),
                \(message == nil ? "withheld" : "sent"), \(by), \(message), \(reason))
            """)
    }
}

/// One text about a delay.
package enum DelayNotice {}

/// How far back a practitioner's days are looked at.
enum PastDays {
    static let days = 60
    static let mostVisits = 6_000
}
