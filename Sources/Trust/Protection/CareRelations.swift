import JSON
import Kernel
import Spine
import Store
import TimeZones
import Vault
import Web

/// Who has a part in whose care, derived from the log: a visit makes its practitioner part of it for ninety days either
/// way, a need makes its team and its owner part of it until thirty days after its end. `rebuild care-relations` makes it
/// anew; what was written down by hand stays.
enum CareRelations {
    static let aroundVisit = Duration.days(90)
    static let afterNeed = Duration.days(30)
    private static let always = Instant(microseconds: 4_102_444_800_000_000)

    static let table = TableRule(
        "care_relation", .patient(column: "patient"),
        export: .notExported(reason: "derived from visits and needs, which go out themselves; rights of the staff"),
        merge: .apart(reason: "set for every record of a person; a visit or need belongs to one"))

    static let subscriber = Subscriber(
        "care-relations",
        kinds: Set(
            [
                "appointment.requested", "appointment.booked", "appointment.moved", "appointment.cancelled",
                "appointment.completed", "need.opened", "need.taken", "need.released", "need.handed-off",
                "need.closed", "need.reopened", "conversation.assigned",
            ].map { EventKind($0) }),
        reset: { try $0.execute("DELETE FROM care_relation WHERE tenant = \(.tenant) AND source <> 'hand'") },
        handle: { events, context in
            for event in events {
                guard let patient = event.patient else { continue }
                try apply(event, patient, in: context.transaction)
            }
        })

    private static func apply(
        _ event: StoredEvent, _ patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        if event.kind.rawValue.hasPrefix("appointment.") {
            return try visit(event, patient, in: transaction)
        }
        if event.kind.rawValue == "conversation.assigned" {
            // What was asked before anybody knew who it was has no patient on the log: whoever found out is part of it.
            guard case .user(let user) = event.actor else { return }
            return try insert(
                patient, CareParty.user(user), source: "conversation:" + (event.body["conversation"]?.string ?? ""),
                since: event.occurredAt, until: event.occurredAt + afterNeed, in: transaction)
        }
        guard let need = event.need else { return }
        let source = "need:" + need.text
        switch event.kind.rawValue {
        case "need.closed":
            return try setEnd(event.occurredAt + afterNeed, source: source, of: patient, in: transaction)
        case "need.reopened": return try setEnd(always, source: source, of: patient, in: transaction)
        default: break
        }
        if let team = event.body["team"]?.string {
            try end(source: source, party: nil, of: patient, in: transaction)
            try insert(
                patient, CareParty.team(team), source: source, since: event.occurredAt, until: always, in: transaction)
        }
        if let user = event.body["user"]?.string.flatMap({ ID<User>($0) }) {
            try insert(
                patient, CareParty.user(user), source: source, since: event.occurredAt, until: always, in: transaction)
        }
    }

    private static func visit(_ event: StoredEvent, _ patient: ID<Patient>, in transaction: any Transaction) throws {
        guard let id = event.body["appointment"]?.string, let practitioner = event.body["practitioner"]?.string else {
            return
        }
        let source = "appointment:" + id
        try end(source: source, party: nil, of: patient, in: transaction)
        if event.kind.rawValue == "appointment.cancelled" { return }
        guard let day = event.body["starts_at"]?.string.flatMap({ CivilDate(iso: String($0.prefix(10))) }) else {
            return
        }
        let start = Instant(seconds: Int64(day.daysSinceEpoch) * 86_400)
        try insert(
            patient, CareParty.practitioner(practitioner), source: source, since: start - aroundVisit,
            until: start + aroundVisit, in: transaction)
    }

    // MARK: Rows

    static func insert(
        _ patient: ID<Patient>, _ party: String, source: String, since: Instant, until: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO care_relation (tenant, patient, party, source, since, until)
            VALUES (\(.tenant), \(patient), \(party), \(source), \(since), \(until))
            ON CONFLICT (tenant, patient, party, source) DO UPDATE SET since = excluded.since, until = excluded.until
            """)
    }

    /// `party` nil: all of this source.
    static func end(
        source: String, party: String?, of patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        let only: SQL = party.map { " AND party = \($0)" } ?? ""
        try transaction.send(
            """
            DELETE FROM care_relation
            WHERE tenant = \(.tenant) AND patient = \(patient) AND source = \(source)\(only)
            """)
    }

    private static func setEnd(
        _ end: Instant, source: String, of patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE care_relation SET until = \(end)
            WHERE tenant = \(.tenant) AND patient = \(patient) AND source = \(source)
            """)
    }

    struct Relation: Sendable {
        let party: String
        let source: String
        let until: Instant
    }

    static func all(
        of patients: [ID<Patient>], at now: Instant, in transaction: any Transaction
    ) throws -> [Relation] {
        try transaction.rows(
            """
            SELECT DISTINCT party, source, until FROM care_relation
            WHERE tenant = \(.tenant) AND patient IN \(list: patients) AND since <= \(now) AND until > \(now)
            ORDER BY party, source LIMIT 200
            """
        ).map { Relation(party: try $0["party"], source: try $0["source"], until: try $0["until"]) }
    }

    /// What stands for people of the staff, beside themselves.
    static func parties(
        of users: [ID<User>], in transaction: any Transaction
    ) throws -> [ID<User>: [String]] {
        let rows = try transaction.rows(
            "SELECT user_id, party FROM staff_party WHERE tenant = \(.tenant) AND user_id IN \(list: users)")
        var parties: [ID<User>: [String]] = [:]
        for row in rows { parties[try row["user_id"], default: []].append(try row["party"]) }
        return parties
    }
}
