import Kernel
import SchedulingAPI
import Spine
import Store
import TimeZones
import Vault

/// Every SQL statement over entries of the list; openings and offers stand in files of their own.
enum WaitlistStore {
    /// More people than one time suits at a practice. Of more the most urgent, then the longest waiting, are looked at.
    static let mostCandidates = 5_000

    struct NewEntry: Sendable {
        let id: ID<WaitlistEntry>
        let patient: ID<Patient>
        let need: ID<Need>?
        let wish: WaitlistWish
        let priority: String
        let group: String
        let authorized: Bool
        let labels: Labels
        let source: String
    }

    /// False: they wait for this visit type already.
    static func insert(_ entry: NewEntry, at now: Instant, in transaction: any Transaction) throws -> Bool {
        let wish = entry.wish
        return try transaction.execute(
            """
            INSERT INTO waitlist_entry (tenant, id, patient, need, state, visit_type, practitioners, locations,
                weekdays, from_minute, to_minute, earliest, latest, notice_minutes, priority, group_code, authorized,
                labels, source, version, joined_at)
            VALUES (\(.tenant), \(entry.id), \(entry.patient), \(entry.need), 'waiting', \(wish.visitType),
                \(joined(wish.practitioners)), \(joined(wish.locations)), \(weekdays(wish)), \(wish.fromMinute),
                \(wish.toMinute), \(wish.earliest?.iso), \(wish.latest?.iso), \(wish.noticeMinutes), \(entry.priority),
                \(entry.group), \(entry.authorized), \(entry.labels.rawValue), \(entry.source), 1, \(now))
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// What somebody wants, without the visit type. False: somebody else changed it meanwhile.
    static func update(
        _ id: ID<WaitlistEntry>, _ wish: WaitlistWish, priority: String, authorized: Bool, from version: Int,
        in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE waitlist_entry SET practitioners = \(joined(wish.practitioners)),
                locations = \(joined(wish.locations)), weekdays = \(weekdays(wish)), from_minute = \(wish.fromMinute),
                to_minute = \(wish.toMinute), earliest = \(wish.earliest?.iso), latest = \(wish.latest?.iso),
                notice_minutes = \(wish.noticeMinutes), priority = \(priority), authorized = \(authorized),
                version = \(version + 1)
            WHERE tenant = \(.tenant) AND id = \(id) AND version = \(version) AND state = 'waiting'
            """) == 1
    }

    static func end(
        _ id: ID<WaitlistEntry>, as state: String, reason: String, appointment: ID<Appointment>? = nil,
        at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE waitlist_entry SET state = \(state), ended_at = \(now), end_reason = \(reason),
                appointment = \(appointment), version = version + 1
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'waiting'
            """)
    }

    static func find(
        _ id: ID<WaitlistEntry>, locking: Bool = false, in transaction: any Transaction
    ) throws -> EntryRow? {
        try transaction.row(
            """
            SELECT \(EntryRow.columns) FROM waitlist_entry e
            WHERE e.tenant = \(.tenant) AND e.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(EntryRow.init)
    }

    static func waiting(
        _ patients: [ID<Patient>], _ visitType: String, in transaction: any Transaction
    ) throws -> ID<WaitlistEntry>? {
        try transaction.row(
            """
            SELECT e.id FROM waitlist_entry e WHERE e.tenant = \(.tenant) AND e.patient IN \(list: patients)
                AND e.visit_type = \(visitType) AND e.state = 'waiting' LIMIT 1
            """
        ).map { try $0["id"] }
    }

    /// Everybody who waits for one of these and whose wishes an opening may meet: for the machine, which asks them. It
    /// keeps nobody out whom `WaitlistMatching` would let in, so that a long list is not read whole for each opening.
    /// `priorities`: the most urgent first.
    static func candidates(
        _ visitTypes: [String], for opening: OpeningRow, priorities: [String], at now: Instant,
        in transaction: any Transaction
    ) throws -> [EntryRow] {
        if visitTypes.isEmpty { return [] }
        let local = try opening.question(opening.visitType).localStart
        let (date, minute) = (local.date.iso, local.time.minutesOfDay)
        let weekday: String = "%\(local.date.weekday)%"
        let minutesLeft = (opening.span.start - now.microseconds) / 60_000_000
        var rank: SQL = "CASE e.priority WHEN '' THEN CAST(\(priorities.count) AS BIGINT)"
        for (index, key) in priorities.enumerated() { rank = rank + " WHEN \(key) THEN CAST(\(index) AS BIGINT)" }
        return try transaction.rows(
            """
            SELECT \(EntryRow.columns) FROM waitlist_entry e
            WHERE e.tenant = \(.tenant) AND e.state = 'waiting' AND e.visit_type IN \(list: visitTypes)
                AND (e.practitioners = '' OR ' ' || e.practitioners || ' ' LIKE \("% " + opening.practitioner + " %"))
                AND (e.locations = '' OR ' ' || e.locations || ' ' LIKE \("% " + opening.location + " %"))
                AND (e.weekdays = '' OR e.weekdays LIKE \(weekday))
                AND e.from_minute <= \(minute) AND e.to_minute > \(minute)
                AND (e.earliest IS NULL OR e.earliest <= \(date)) AND (e.latest IS NULL OR e.latest >= \(date))
                AND e.notice_minutes <= \(minutesLeft)
            ORDER BY \(rank) ELSE CAST(\(priorities.count) AS BIGINT) END, e.joined_at, e.id LIMIT \(mostCandidates)
            """
        ).map(EntryRow.init)
    }

    static func waitingTypes(in transaction: any Transaction) throws -> [String] {
        try transaction.rows(
            "SELECT DISTINCT visit_type FROM waitlist_entry WHERE tenant = \(.tenant) AND state = 'waiting'"
        ).map { try $0["visit_type"] }
    }

    static func heads(in transaction: any Transaction) throws -> [String: Int] {
        try transaction.rows(
            """
            SELECT group_code, COUNT(*) AS heads FROM waitlist_entry
            WHERE tenant = \(.tenant) AND state = 'waiting' GROUP BY group_code
            """
        ).reduce(into: [:]) { $0[try $1["group_code"]] = try $1["heads"] }
    }

    // MARK: For readers

    /// Those who wait and whom the caller may see, the longest waiting first.
    static func list(
        visitType: String? = nil, priority: String? = nil, location: String? = nil, after: (Int64, Int64)? = nil,
        limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [EntryRow] {
        var condition: SQL = ""
        if let visitType { condition = condition + " AND e.visit_type = \(visitType)" }
        if let priority { condition = condition + " AND e.priority = \(priority)" }
        if let location {
            condition =
                condition + " AND (e.locations = '' OR ' ' || e.locations || ' ' LIKE \("% " + location + " %"))"
        }
        if let after {
            condition =
                condition
                + " AND (e.joined_at > \(after.0) OR (e.joined_at = \(after.0) AND e.id > \(after.1)))"
        }
        return try transaction.rows(
            """
            SELECT \(EntryRow.columns) FROM waitlist_entry e
            WHERE e.tenant = \(.tenant) AND e.state = 'waiting'
                AND \(Policy.scope(caller, .waitlistRead, patient: "e.patient", labels: "e.labels"))\(condition)
            ORDER BY e.joined_at, e.id LIMIT \(limit)
            """
        ).map(EntryRow.init)
    }

    /// What some patients wait for, whom the caller is known to see.
    static func of(
        _ patients: [ID<Patient>], for caller: Caller, in transaction: any Transaction
    ) throws -> [EntryRow] {
        try transaction.rows(
            """
            SELECT \(EntryRow.columns) FROM waitlist_entry e
            WHERE e.tenant = \(.tenant) AND e.patient IN \(list: patients) AND e.state = 'waiting'
                AND \(Policy.seen(caller, .waitlistRead, patient: "e.patient", labels: "e.labels"))
            ORDER BY e.joined_at, e.id LIMIT 20
            """
        ).map(EntryRow.init)
    }

    // MARK: About the people

    /// Which of them have a visit of the type that begins between two moments.
    static func haveSooner(
        _ patients: [ID<Patient>], _ visitTypes: [String], after now: Instant, until start: Instant,
        in transaction: any Transaction
    ) throws -> Set<String> {
        if patients.isEmpty || visitTypes.isEmpty { return [] }
        return Set(
            try transaction.rows(
                """
                SELECT patient, visit_type FROM appointment
                WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND visit_type IN \(list: visitTypes)
                    AND status IN ('pending', 'booked') AND start_at > \(now) AND start_at <= \(start)
                """
            ).map { row in
                let patient: ID<Patient> = try row["patient"]
                let visitType: String = try row["visit_type"]
                return patient.text + " " + visitType
            })
    }

    /// The next visit of a type that begins after a moment and could be moved: what an earlier time takes the place of.
    static func later(
        of patients: [ID<Patient>], _ visitType: String, after start: Instant, in transaction: any Transaction
    ) throws -> ID<Appointment>? {
        try transaction.row(
            """
            SELECT id FROM appointment
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND visit_type = \(visitType)
                AND status IN ('pending', 'booked') AND start_at > \(start)
            ORDER BY start_at, id LIMIT 1
            """
        ).map { try $0["id"] }
    }

    private static func joined(_ keys: Set<String>) -> String { keys.sorted().joined(separator: " ") }
    private static func weekdays(_ wish: WaitlistWish) -> String {
        wish.weekdays.sorted().map(String.init).joined(separator: " ")
    }
}
