import Kernel
import Spine
import Store
import Vault

/// What a measure is counted from: one row per need or visit, within the caller's scope.
struct Measured: Sendable {
    let need: ID<Need>
    let patient: ID<Patient>?
    let from: Instant
    let to: Instant

    var seconds: Double { Double((to - from).microseconds) / 1e6 }
}

/// The measures of the dashboard, by the names they have in addresses.
enum Measure: String, Sendable, CaseIterable {
    case firstResponse = "first-response"
    case booked
    case confirmed
    case arrived
    case completed
    case resolution

    /// The stages of a need's way, in order.
    static let stages: [Measure] = [.firstResponse, .booked, .confirmed, .arrived, .completed, .resolution]

    fileprivate var column: SQL {
        switch self {
        case .firstResponse: "g.first_response_at"
        case .booked: "g.booked_at"
        case .confirmed: "g.confirmed_at"
        case .arrived: "g.arrived_at"
        case .completed: "g.completed_at"
        case .resolution: "g.closed_at"
        }
    }
}

/// All statements about progress.
enum ProgressStore {
    /// At most this many rows are measured at once; a longer period says so.
    static let largest = 20_000

    /// Needs that reached a stage within a period, newest first.
    static func measured(
        _ measure: Measure, from: Instant, to: Instant, location: ID<Location>?, limit: Int, caller: Caller,
        in transaction: any Transaction
    ) throws -> [Measured] {
        try transaction.rows(
            """
            SELECT g.need, g.patient, g.opened_at, \(measure.column) AS reached FROM need_progress g
            WHERE g.tenant = \(.tenant) AND \(measure.column) >= \(from) AND \(measure.column) < \(to)
                \(scope(caller, location)) ORDER BY \(measure.column) DESC LIMIT \(limit)
            """
        ).map {
            Measured(need: try $0["need"], patient: try $0["patient"], from: try $0["opened_at"], to: try $0["reached"])
        }
    }

    /// Open needs: opened and not closed, oldest first.
    static func open(
        location: ID<Location>?, caller: Caller, in transaction: any Transaction
    ) throws -> [(Measured, String)] {
        try transaction.rows(
            """
            SELECT g.need, g.patient, g.opened_at, g.booked_at, g.first_response_at FROM need_progress g
            WHERE g.tenant = \(.tenant) AND g.closed_at IS NULL \(scope(caller, location))
            ORDER BY g.opened_at LIMIT \(largest)
            """
        ).map { row in
            let opened: Instant = try row["opened_at"]
            let booked: Instant? = try row["booked_at"]
            let answered: Instant? = try row["first_response_at"]
            let stage = booked != nil ? "booked" : answered != nil ? "answered" : "new"
            return (Measured(need: try row["need"], patient: try row["patient"], from: opened, to: opened), stage)
        }
    }

    /// Inbound messages of a period by the day they came, given the days' beginnings; the last entry is the end.
    static func inbound(
        days: [Instant], location: ID<Location>?, caller: Caller, in transaction: any Transaction
    ) throws -> [Int] {
        try zip(days, days.dropFirst()).map { from, to in
            try transaction.value(
                """
                SELECT COUNT(*) FROM event e WHERE e.tenant = \(.tenant) AND e.kind = 'message.received'
                    AND e.occurred_at >= \(from) AND e.occurred_at < \(to) \(eventScope(caller, location))
                """) ?? 0
        }
    }

    /// Events of a kind within a period, newest first, for drilling down.
    static func events(
        kind: String, from: Instant, to: Instant, location: ID<Location>?, limit: Int, caller: Caller,
        in transaction: any Transaction
    ) throws -> [StoredEvent] {
        try transaction.rows(
            """
            SELECT 0 AS position, \(EventStore.columns) FROM event e
            WHERE e.tenant = \(.tenant) AND e.kind = \(kind) AND e.occurred_at >= \(from) AND e.occurred_at < \(to)
                \(eventScope(caller, location)) ORDER BY e.occurred_at DESC, e.id DESC LIMIT \(limit)
            """
        ).map(EventStore.read)
    }

    /// What each need is about, by its code.
    static func reasons(of needs: [ID<Need>], in transaction: any Transaction) throws -> [ID<Need>: String] {
        if needs.isEmpty { return [:] }
        let rows = try transaction.rows(
            "SELECT need, reason FROM need_progress WHERE tenant = \(.tenant) AND need IN \(list: needs)")
        return Dictionary(try rows.map { (try $0["need"], try $0["reason"]) }, uniquingKeysWith: { first, _ in first })
    }

    /// Who made the event that reached a stage first, by need.
    static func actors(
        of needs: [ID<Need>], kinds: [String], in transaction: any Transaction
    ) throws -> [ID<Need>: Actor] {
        var actors: [ID<Need>: Actor] = [:]
        let rows = try transaction.rows(
            """
            SELECT need, actor_kind, actor FROM event
            WHERE tenant = \(.tenant) AND need IN \(list: needs) AND kind IN \(list: kinds) ORDER BY id DESC
            """)
        for row in rows {
            let kind: String = try row["actor_kind"]
            if let actor = Actor(kind: kind, raw: try row["actor"]) { actors[try row["need"]] = actor }
        }
        return actors
    }

    private static func scope(_ caller: Caller, _ location: ID<Location>?) -> SQL {
        var condition: SQL = ""
        if !Policy.seesEverything(caller) {
            condition =
                " AND \(Policy.scope(caller, .dashboardRead, patient: "g.patient", labels: "g.labels", strangers: true))"
        }
        guard let location else { return condition }
        return condition
            + """
             AND EXISTS (SELECT 1 FROM patient_scope l WHERE l.tenant = g.tenant AND l.patient = g.patient
                AND l.location = \(location))
            """
    }

    private static func eventScope(_ caller: Caller, _ location: ID<Location>?) -> SQL {
        var condition: SQL = ""
        if !Policy.seesEverything(caller) {
            condition =
                " AND \(Policy.scope(caller, .dashboardRead, patient: "e.patient", labels: "e.labels", strangers: true))"
        }
        guard let location else { return condition }
        return condition
            + """
             AND EXISTS (SELECT 1 FROM patient_scope l WHERE l.tenant = e.tenant AND l.patient = e.patient
                AND l.location = \(location))
            """
    }
}
