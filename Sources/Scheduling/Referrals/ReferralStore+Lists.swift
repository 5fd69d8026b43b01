import Kernel
import SchedulingAPI
import Spine
import Store
import Vault

/// What the list shows.
struct ReferralFilter: Sendable, Equatable {
    enum Show: String, Sendable, CaseIterable {
        case open, overdue, received, contacting, scheduled, seen, reported, held, closed
    }

    /// In place of a key: those that name none.
    static let unsaid = "-"

    var show = Show.open
    var kind: ReferralKind?
    /// Key.
    var serviceLine: String?
    var owner: ID<User>?
    /// Of those we sent away: what became of them.
    var fate: ReferralFate?
    /// Key of the practitioner who asked.
    var requester: String?
    /// Recorded since.
    var since: Instant?

    init() {}
}

/// What became of somebody we sent elsewhere.
enum ReferralFate: String, Sendable, CaseIterable {
    /// Seen where we sent them.
    case kept
    /// Seen, or gone, somewhere else.
    case elsewhere
    /// It was closed, and they were seen nowhere.
    case never
    /// Not known yet.
    case waiting
}

extension ReferralStore {
    private static func wanted(_ filter: ReferralFilter, now: Instant) -> SQL {
        var condition: SQL =
            switch filter.show {
            case .open: "r.stage <> 'closed'"
            case .overdue: "r.stage <> 'closed' AND r.due_at <= \(now)"
            case .received: "r.stage = 'received'"
            case .contacting: "r.stage IN ('accepted', 'contacting')"
            case .scheduled: "r.stage = 'scheduled'"
            case .seen: "r.stage = 'seen'"
            case .reported: "r.stage = 'reported'"
            case .held: "r.stage <> 'closed' AND r.status = 'on-hold'"
            case .closed: "r.stage = 'closed'"
            }
        // A fate is of open and closed ones alike.
        if let fate = filter.fate { condition = "r.kind = 'outbound' AND \(became) = \(fate.rawValue)" }
        if let kind = filter.kind { condition = condition + " AND r.kind = \(kind.rawValue)" }
        if let line = filter.serviceLine {
            condition =
                condition
                + (line == ReferralFilter.unsaid ? " AND r.service_line IS NULL" : " AND r.service_line = \(line)")
        }
        if let owner = filter.owner { condition = condition + " AND r.owner = \(owner)" }
        if let requester = filter.requester {
            condition =
                condition
                + (requester == ReferralFilter.unsaid ? " AND r.requester IS NULL" : " AND r.requester = \(requester)")
        }
        if let since = filter.since { condition = condition + " AND r.received_at >= \(since)" }
        return condition
    }

    /// What became of it; nothing for those that count for nothing: recorded twice, by mistake, or of somebody who died.
    private static let became: SQL = """
        CASE WHEN r.outcome IN ('duplicate', 'entered-in-error', 'deceased') THEN 'none'
            WHEN r.seen_place = 'as-referred' THEN 'kept'
            WHEN r.seen_place = 'elsewhere' OR r.outcome = 'redirected' THEN 'elsewhere'
            WHEN r.stage = 'closed' THEN 'never' ELSE 'waiting' END
        """

    private static func scope(_ caller: Caller) -> SQL {
        Policy.scope(caller, .referralRead, patient: "r.patient", labels: "r.labels")
    }

    /// By the moment that is due, closed ones the newest first; after a place in the list.
    static func list(
        _ filter: ReferralFilter, now: Instant, after: Cursor?, limit: Int, for caller: Caller,
        in transaction: any Transaction
    ) throws -> [ReferralRow] {
        let byEnd = filter.show == .closed && filter.fate == nil
        var condition = wanted(filter, now: now)
        let order: SQL
        if byEnd {
            if let place = after?.values, place.count == 2 {
                condition =
                    condition
                    + " AND (r.closed_at < \(place[0]) OR (r.closed_at = \(place[0]) AND r.id < \(place[1])))"
            }
            order = "r.closed_at DESC, r.id DESC"
        } else if filter.fate != nil {
            if let place = after?.values, place.count == 2 { condition = condition + " AND r.id < \(place[1])" }
            order = "r.id DESC"
        } else {
            if let place = after?.values, place.count == 2 {
                condition =
                    condition + " AND (r.due_at > \(place[0]) OR (r.due_at = \(place[0]) AND r.id > \(place[1])))"
            }
            order = "r.due_at, r.id"
        }
        return try transaction.rows(
            """
            SELECT \(columns) FROM referral r WHERE r.tenant = \(.tenant) AND \(condition) AND \(scope(caller))
            ORDER BY \(order) LIMIT \(limit)
            """
        ).map(read)
    }

    /// Open ones by stage, and how many of them are late.
    static func counts(
        now: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> (stages: [ReferralStage: Int], overdue: Int) {
        var stages: [ReferralStage: Int] = [:]
        var overdue = 0
        let rows = try transaction.rows(
            """
            SELECT r.stage, COUNT(*) AS n, SUM(CASE WHEN r.due_at <= \(now) THEN 1 ELSE 0 END) AS late
            FROM referral r WHERE r.tenant = \(.tenant) AND r.stage <> 'closed' AND \(scope(caller)) GROUP BY r.stage
            """)
        for row in rows {
            let stage: ReferralStage = try code(row["stage"] as String)
            let late: Int = try row["late"]
            stages[stage] = try row["n"]
            overdue += late
        }
        return (stages, overdue)
    }

    /// Of those we sent elsewhere since a moment: how many had which fate, by service line and by who asked.
    static func fates(
        since: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> [(serviceLine: String?, requester: String?, fate: ReferralFate, count: Int)] {
        try transaction.rows(
            """
            SELECT r.service_line, r.requester, \(became) AS fate, COUNT(*) AS n FROM referral r
            WHERE r.tenant = \(.tenant) AND r.kind = 'outbound' AND r.received_at >= \(since) AND \(scope(caller))
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        ).compactMap { row in
            let fate: String = try row["fate"]
            guard let fate = ReferralFate(rawValue: fate) else { return nil }
            return (try row["service_line"], try row["requester"], fate, try row["n"])
        }
    }

    /// Of a person whom the caller sees, but for what a label hides: open ones first.
    static func of(
        _ patients: [ID<Patient>], limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [ReferralRow] {
        let seen = Policy.seen(caller, .referralRead, patient: "r.patient", labels: "r.labels")
        return try transaction.rows(
            """
            SELECT \(columns) FROM referral r
            WHERE r.tenant = \(.tenant) AND r.patient IN \(list: patients) AND \(seen)
            ORDER BY CASE WHEN r.stage = 'closed' THEN 1 ELSE 0 END, r.received_at DESC, r.id DESC LIMIT \(limit)
            """
        ).map(read)
    }
}
