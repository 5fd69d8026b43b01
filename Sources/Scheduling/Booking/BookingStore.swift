import Kernel
import Spine
import Store

/// A stretch that somebody has.
struct TakenInterval: Sendable {
    let resource: Int64
    let span: TimeSpan
    /// The id of an appointment or hold.
    let owner: Int64
    /// Set for a hold.
    let expiresAt: Instant?

    func isOver(at now: Instant) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// Every SQL statement over intervals.
enum IntervalStore {
    /// The longest interval, by the schema; it bounds how far back a search has to look.
    private static let longest: Int64 = 86_400_000_000

    /// What stands in the way of the claims, held time that is over included.
    static func conflicts(_ claims: [TimeClaim], in transaction: any Transaction) throws -> [TakenInterval] {
        guard let first = claims.first else { return [] }
        let start = claims.map(\.span.start).min() ?? first.span.start
        let end = claims.map(\.span.end).max() ?? first.span.end
        var resources: SQL = "\(first.resource)"
        for claim in claims.dropFirst() where claim.resource != first.resource {
            resources = resources + ", \(claim.resource)"
        }
        return try transaction.rows(
            """
            SELECT resource, start_at, end_at, owner, expires_at FROM booking_interval
            WHERE tenant = \(.tenant) AND resource IN (\(resources)) AND lane = 0
                AND start_at < \(end) AND start_at > \(start - longest) AND end_at > \(start)
            """
        ).map(read).filter { taken in
            claims.contains { $0.resource == taken.resource && $0.span.overlaps(taken.span) }
        }
    }

    /// Takes the claims for an owner. False: another transaction was faster.
    static func take(
        _ claims: [TimeClaim], owner: Int64, patient: ID<Patient>?, expires: Instant?, in transaction: any Transaction
    ) throws -> Bool {
        if claims.isEmpty { return true }
        var rows: SQL = ""
        for (index, claim) in claims.enumerated() {
            if index > 0 { rows = rows + ", " }
            rows =
                rows + """
                    (\(.tenant), \(claim.resource), 0, \(claim.span.start), \(claim.span.end), \(owner), \(patient), \(expires))
                    """
        }
        let taken = try transaction.execute(
            """
            INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner, patient, expires_at)
            VALUES \(rows) ON CONFLICT DO NOTHING
            """)
        return taken == claims.count
    }

    /// Gives an owner's time back.
    static func free(_ owner: Int64, in transaction: any Transaction) throws {
        try transaction.send("DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner = \(owner)")
    }

    /// Takes away the time of a hold that is over; nothing when it became an appointment meanwhile.
    static func freeExpired(_ hold: Int64, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            DELETE FROM booking_interval
            WHERE tenant = \(.tenant) AND owner = \(hold) AND expires_at IS NOT NULL AND expires_at <= \(now)
            """)
    }

    /// Makes a hold's time an appointment's. The number of stretches that changed hands.
    static func passOn(
        from hold: Int64, to appointment: Int64, patient: ID<Patient>, in transaction: any Transaction
    ) throws -> Int {
        try transaction.execute(
            """
            UPDATE booking_interval SET owner = \(appointment), patient = \(patient), expires_at = NULL
            WHERE tenant = \(.tenant) AND owner = \(hold)
            """)
    }

    static func owned(by owner: Int64, in transaction: any Transaction) throws -> [TimeClaim] {
        try transaction.rows(
            """
            SELECT resource, start_at, end_at, owner, expires_at FROM booking_interval
            WHERE tenant = \(.tenant) AND owner = \(owner)
            """
        ).map { row in
            let taken = try read(row)
            return TimeClaim.stored(resource: taken.resource, span: taken.span)
        }
    }

    /// What resources have between two moments, holds that are over left out. The resources come first in the join, whatever
    /// SQLite's planner thinks of a list whose length it cannot know: otherwise it walks every interval there is.
    static func taken(
        _ resources: [Int64], from start: Int64, to end: Int64, at now: Instant, in transaction: any Transaction
    ) throws -> [TakenInterval] {
        if resources.isEmpty { return [] }
        var taken: [TakenInterval] = []
        try transaction.forEach(
            """
            SELECT i.resource, i.start_at, i.end_at, i.owner, i.expires_at
            FROM \(list: resources) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.lane = 0 AND i.start_at < \(end) AND i.start_at > \(start - longest)
            """
        ) { row in
            let interval = try read(row)
            if interval.span.end > start, !interval.isOver(at: now) { taken.append(interval) }
        }
        return taken
    }

    /// The same by resource, without what one owner has: for a search.
    static func busy(
        _ resources: [Int64], from start: Int64, to end: Int64, without owner: Int64?, at now: Instant,
        in transaction: any Transaction
    ) throws -> [Int64: BusyTimes] {
        var spans: [Int64: [TimeSpan]] = [:]
        for interval in try taken(resources, from: start, to: end, at: now, in: transaction)
        where interval.owner != owner {
            spans[interval.resource, default: []].append(interval.span)
        }
        return spans.mapValues(BusyTimes.init)
    }

    private static func read(_ row: Row) throws -> TakenInterval {
        TakenInterval(
            resource: try row.value(at: 0), span: TimeSpan(start: try row.value(at: 1), end: try row.value(at: 2)),
            owner: try row.value(at: 3), expiresAt: try row.value(at: 4))
    }
}
