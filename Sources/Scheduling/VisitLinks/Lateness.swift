import JSON
package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import TimeZones
package import Vault
import Web

// Running late.
//
// - It is said on the day, until an hour after the start, of a visit that is booked. It moves nothing by itself.
// - The newest word counts. Saying the same again changes nothing; who says it too often is asked to call.
// - It belongs to the time it was said of: a visit that was moved since is not late.

enum LatenessRules {
    /// Minutes that may be chosen.
    static let choices = [5, 10, 15, 20, 30, 45, 60]
    static let most = 180
    /// How often something new may be said of one visit.
    static let mostWords = 12
    /// How long before and after the start it may be said.
    static let before: Duration = .hours(6)
    static let after: Duration = .hours(1)

    static func mayBeSaid(of row: AppointmentRow, at now: Instant) -> Bool {
        let start = Instant(microseconds: row.place.span.start)
        return row.status == .booked && now >= start - before && now <= start + after
    }
}

/// What was said of one visit.
struct Lateness: Sendable, Equatable {
    let minutes: Int
    let saidAt: Instant
    /// How: link, sms.
    let by: String
    let placement: Int
    let words: Int
}

/// The patient will be so many minutes late.
package struct SayLate: Command {
    package static let permission = Permission.appointmentWrite
    private let id: ID<Appointment>
    private let minutes: Int
    private let by: String
    private let desk: SchedulingDesk

    /// `by`: how it was said: link, sms, phone.
    package init(_ id: ID<Appointment>, minutes: Int, by: String, desk: SchedulingDesk) {
        self.id = id
        self.minutes = minutes
        self.by = by
        self.desk = desk
    }

    package func validate() throws {
        guard (1...LatenessRules.most).contains(minutes) else {
            throw Fault.invalid("minutes", "From 1 to \(LatenessRules.most) minutes.")
        }
    }

    /// Whether it was news.
    package func run(_ context: CommandContext) throws -> Bool {
        let (row, _) = try AppointmentChange.row(id, desk: desk, in: context)
        return try LatenessStore.say(minutes, by: by, of: row, in: context)
    }
}

/// Every SQL statement over lateness.
enum LatenessStore {
    static let schema = Migration(
        "2026-11-27.scheduling.lateness",
        [
            """
            CREATE TABLE visit_lateness (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, placement BIGINT NOT NULL,
                minutes BIGINT NOT NULL CHECK (minutes > 0), said_at BIGINT NOT NULL, source TEXT NOT NULL,
                attempts BIGINT NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX visit_lateness_patient ON visit_lateness (tenant, patient)",
        ])

    static let tables = [
        TableRule("visit_lateness", .patient(column: "patient"), export: .plain(.visits), merge: .follows)
    ]

    /// Writes it down with the event. False: it was so already.
    static func say(
        _ minutes: Int, by: String, of row: AppointmentRow, in context: CommandContext
    ) throws -> Bool {
        guard LatenessRules.mayBeSaid(of: row, at: context.now) else {
            throw Fault(
                .conflict, "appointment.not-late", "This visit cannot be late now.", remedy: "Call the practice.")
        }
        let known = try find(row.id, in: context.transaction)
        if let known, known.minutes == minutes, known.placement == row.placement { return false }
        guard known?.words ?? 0 < LatenessRules.mostWords else {
            throw Fault(
                .conflict, "appointment.late-often", "That was said too often.", remedy: "Call the practice.")
        }
        if let known {
            try context.transaction.send(
                """
                UPDATE visit_lateness SET placement = \(row.placement), minutes = \(minutes), said_at = \(context.now),
                    source = \(by), attempts = \(known.words + 1) WHERE tenant = \(.tenant) AND id = \(row.id)
                """)
        } else {
            // Two at once: the row of the visit is locked by both, so the second finds the first's word.
            try context.transaction.send(
                """
                INSERT INTO visit_lateness (tenant, id, patient, placement, minutes, said_at, source, attempts)
                VALUES (\(.tenant), \(row.id), \(row.patient), \(row.placement), \(minutes), \(context.now), \(by), 1)
                """)
        }
        context.emit(
            .appointment(
                .runningLate, id: row.id, patient: row.patient, need: row.need, row.place,
                [("minutes", .int(Int64(minutes))), ("by", .string(by))]))
        return true
    }

    static func find(_ visit: ID<Appointment>, in transaction: any Transaction) throws -> Lateness? {
        try of([visit], in: transaction)[visit]
    }

    /// What was said of visits, of the times they have now or had: `placement` tells.
    static func of(
        _ visits: [ID<Appointment>], in transaction: any Transaction
    ) throws -> [ID<Appointment>: Lateness] {
        if visits.isEmpty { return [:] }
        let rows = try transaction.rows(
            """
            SELECT id, placement, minutes, said_at, source, attempts FROM visit_lateness
            WHERE tenant = \(.tenant) AND id IN \(list: visits)
            """)
        var found: [ID<Appointment>: Lateness] = [:]
        for row in rows {
            let id: ID<Appointment> = try row["id"]
            found[id] = Lateness(
                minutes: try row["minutes"], saidAt: try row["said_at"], by: try row["source"],
                placement: try row["placement"], words: try row["attempts"])
        }
        return found
    }

    /// For a page of visits: minutes of those that are still waited for.
    static func minutes(
        of rows: [AppointmentRow], in transaction: any Transaction
    ) throws -> [ID<Appointment>: Int] {
        let booked = rows.filter { $0.status == .booked }
        let said = try of(booked.map(\.id), in: transaction)
        var minutes: [ID<Appointment>: Int] = [:]
        for row in booked {
            if let word = said[row.id], word.placement == row.placement { minutes[row.id] = word.minutes }
        }
        return minutes
    }

    /// The visit that somebody means who says by text that they are late: the nearest of theirs that can be. The text is
    /// its patient's own word, so that no reader's reach is asked.
    static func meant(_ patients: PatientSet, in context: CommandContext) throws -> ID<Appointment>? {
        let now = context.now
        let rows = try context.transaction.rows(
            """
            SELECT id, start_at FROM appointment
            WHERE tenant = \(.tenant) AND patient IN \(list: patients.members) AND status = 'booked'
                AND start_at >= \(now - LatenessRules.after) AND start_at <= \(now + LatenessRules.before)
            ORDER BY start_at, id LIMIT 20
            """)
        var nearest: (distance: Int64, id: ID<Appointment>)?
        for row in rows {
            let start: Int64 = try row["start_at"]
            let distance = abs(start - now.microseconds)
            if distance < nearest?.distance ?? .max { nearest = (distance, try row["id"]) }
        }
        return nearest?.id
    }
}
