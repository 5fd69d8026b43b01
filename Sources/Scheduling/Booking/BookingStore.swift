import Kernel
import Spine
import Store

/// A stretch that somebody has.
struct TakenInterval: Sendable {
    let resource: Int64
    let lane: Int
    let span: TimeSpan
    /// The id of an appointment or hold, or the number of a group.
    let owner: Int64
    /// Set for a hold.
    let expiresAt: Instant?
    /// Of a practitioner's time, when it was said; a place in a group has them too.
    let place: Int64?
    let visitType: Int64?
    let visitAt: Int64?
    let isSeat: Bool

    func isOver(at now: Instant) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

extension TakenInterval {
    /// A claim in its lane as it is about to be taken.
    init(_ claim: TimeClaim, owner: Int64) {
        self.init(
            resource: claim.resource, lane: claim.lane ?? 0, span: claim.span, owner: claim.group ?? owner,
            expiresAt: nil, place: claim.visit?.place, visitType: claim.visit?.visitType, visitAt: claim.visit?.start,
            isSeat: claim.isSeat)
    }
}

/// Every SQL statement over intervals.
enum IntervalStore {
    /// The longest interval, by the schema; it bounds how far back a search has to look.
    static let longest: Int64 = 86_400_000_000

    private static let columns: SQL = """
        i.resource, i.lane, i.start_at, i.end_at, i.owner, i.expires_at, i.place, i.visit_type, i.visit_at, i.seat
        """

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
            SELECT \(columns) FROM booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource IN (\(resources)) AND i.lane = 0
                AND i.start_at < \(end) AND i.start_at > \(start - longest) AND i.end_at > \(start)
            """
        ).map(read).filter { taken in
            claims.contains {
                $0.resource == taken.resource && ($0.lane ?? 0) == taken.lane && $0.span.overlaps(taken.span)
            }
        }
    }

    /// Takes the claims, each in its lane (the first when none is named), for an owner or for their groups. False:
    /// another transaction was faster, and none was taken.
    static func take(
        _ claims: [TimeClaim], owner: Int64, patient: ID<Patient>?, expires: Instant?, in transaction: any Transaction
    ) throws -> Bool {
        var taken: [Row] = []
        for start in stride(from: 0, to: claims.count, by: mostRows) {
            let some = claims[start..<min(start + mostRows, claims.count)]
            let new = try insert(some, owner: owner, patient: patient, expires: expires, in: transaction)
            taken += new
            if new.count < some.count { break }
        }
        if taken.count == claims.count { return true }
        for row in taken {
            let resource: Int64 = try row.value(at: 0), lane: Int64 = try row.value(at: 1)
            let start: Int64 = try row.value(at: 2)
            try transaction.send(
                """
                DELETE FROM booking_interval
                WHERE tenant = \(.tenant) AND resource = \(resource) AND lane = \(lane) AND start_at = \(start)
                """)
        }
        return false
    }

    /// A statement binds fewer than a thousand values.
    private static let mostRows = 30

    /// The keys of those that were free.
    private static func insert(
        _ claims: ArraySlice<TimeClaim>, owner: Int64, patient: ID<Patient>?, expires: Instant?,
        in transaction: any Transaction
    ) throws -> [Row] {
        var rows: SQL = ""
        for (index, claim) in claims.enumerated() {
            if index > 0 { rows = rows + ", " }
            // A group outlives the hold or the visit with which it began.
            let until = claim.group == nil ? expires : nil
            let who = claim.group == nil ? patient : nil
            rows =
                rows + """
                    (\(.tenant), \(claim.resource), \(claim.lane ?? 0), \(claim.span.start), \(claim.span.end),
                        \(claim.group ?? owner), \(who), \(until), \(claim.visit?.place),
                        \(claim.visit?.visitType), \(claim.visit?.start), \(claim.isSeat ? 1 : 0))
                    """
        }
        return try transaction.rows(
            """
            INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner, patient, expires_at, place,
                visit_type, visit_at, seat)
            VALUES \(rows) ON CONFLICT DO NOTHING RETURNING resource, lane, start_at
            """)
    }

    /// Gives an owner's time back; that of a group in which nobody has a place then, too.
    static func free(_ owner: Int64, in transaction: any Transaction) throws {
        try dissolve(
            seats: transaction.rows(
                """
                DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner = \(owner) RETURNING resource, seat
                """), in: transaction)
    }

    /// Takes away the time of a hold that is over; nothing when it became an appointment meanwhile.
    static func freeExpired(_ hold: Int64, at now: Instant, in transaction: any Transaction) throws {
        try dissolve(
            seats: transaction.rows(
                """
                DELETE FROM booking_interval
                WHERE tenant = \(.tenant) AND owner = \(hold) AND expires_at IS NOT NULL AND expires_at <= \(now)
                RETURNING resource, seat
                """), in: transaction)
    }

    /// Frees what the groups have of whose places the last was given back. Whoever joins one locks it too.
    private static func dissolve(seats rows: [Row], in transaction: any Transaction) throws {
        let groups = Set(
            try rows.compactMap { row -> Int64? in
                let seat: Int64 = try row.value(at: 1)
                let resource: Int64 = try row.value(at: 0)
                return seat == 1 ? resource : nil
            })
        for group in groups.sorted() { try dissolve(group, in: transaction) }
    }

    /// Frees what a group has when nobody has a place in it.
    static func dissolve(_ group: Int64, in transaction: any Transaction) throws {
        guard try lock(group: group, in: transaction) else { return }
        try transaction.send(
            """
            DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner = \(group) AND NOT EXISTS (
                SELECT 1 FROM booking_interval s
                WHERE s.tenant = booking_interval.tenant AND s.resource = \(group))
            """)
    }

    /// Keeps a group from being dissolved, or joined, before this transaction has ended. False: it meets no more.
    static func lock(group: Int64, in transaction: any Transaction) throws -> Bool {
        try !transaction.rows(
            """
            SELECT i.owner FROM booking_interval i WHERE i.tenant = \(.tenant) AND i.owner = \(group)
            ORDER BY i.resource, i.lane, i.start_at\(SQL.forUpdate)
            """
        ).isEmpty
    }

    /// Whether an absence has some of what a group has: nobody joins it any more.
    static func isAway(group: Int64, in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 FROM booking_interval i JOIN booking_interval b ON b.tenant = i.tenant
                AND b.resource = i.resource AND b.lane >= \(BumpClaims.ownLane) AND b.start_at < i.end_at
                AND b.start_at > i.start_at - \(longest) AND b.end_at > i.start_at
            WHERE i.tenant = \(.tenant) AND i.owner = \(group) LIMIT 1
            """) != nil
    }

    /// Lets one transaction after the other count what others have. On SQLite they follow one another anyway.
    static func takeTurn(_ turns: [BookableResource], in transaction: any Transaction) throws {
        for key in turns.map(\.key).sorted() {
            _ = try transaction.execute(
                """
                INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                VALUES (\(.tenant), \(key), 0, 0, 1, \(key)) ON CONFLICT DO NOTHING
                """)
            // Others wait for the end of this transaction all the same.
            try transaction.send("DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner = \(key)")
        }
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
            "SELECT \(columns) FROM booking_interval i WHERE i.tenant = \(.tenant) AND i.owner = \(owner)"
        ).map { row in
            let taken = try read(row)
            return TimeClaim(resource: taken.resource, span: taken.span)
        }
    }

    /// What resources have between two moments, holds that are over left out. The resources come first in the join, whatever
    /// SQLite's planner thinks of a list whose length it cannot know: otherwise it walks every interval there is.
    static func taken(
        _ resources: [Int64], from start: Int64, to end: Int64, at now: Instant, in transaction: any Transaction
    ) throws -> [TakenInterval] {
        try stored(resources, from: start, to: end, in: transaction).filter { !$0.isOver(at: now) }
    }

    /// The same by resource, without what one owner has.
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

    /// The same with what holds that are over still stand for.
    static func stored(
        _ resources: [Int64], from start: Int64, to end: Int64, in transaction: any Transaction
    ) throws -> [TakenInterval] {
        if resources.isEmpty { return [] }
        var taken: [TakenInterval] = []
        // Lanes above the first are rare: their index is small.
        try transaction.forEach(
            """
            SELECT \(columns) FROM \(list: resources) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.lane = 0 AND i.start_at < \(end)
                AND i.start_at > \(start - longest)
            UNION ALL
            SELECT \(columns) FROM \(list: resources) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.lane > 0 AND i.start_at < \(end)
                AND i.start_at > \(start - longest)
            """
        ) { row in
            let interval = try read(row)
            if interval.span.end > start { taken.append(interval) }
        }
        return taken
    }

    /// What recorded absences have of resources between two moments. As above the lanes are found by their small index.
    static func absences(
        of resources: [Int64], from start: Int64, to end: Int64, in transaction: any Transaction
    ) throws -> [Int64: BusyTimes] {
        if resources.isEmpty { return [:] }
        var spans: [Int64: [TimeSpan]] = [:]
        try transaction.forEach(
            """
            SELECT i.resource, i.start_at, i.end_at FROM \(list: resources) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.lane > 0 AND i.lane >= \(BumpClaims.ownLane)
                AND i.start_at < \(end) AND i.start_at > \(start - longest)
            """
        ) { row in
            let resource: Int64 = try row.value(at: 0), from: Int64 = try row.value(at: 1)
            spans[resource, default: []].append(TimeSpan(start: from, end: try row.value(at: 2)))
        }
        return spans.mapValues(BusyTimes.init)
    }

    /// What resources have that begins in a stretch of time, held time that is over included.
    static func begun(
        _ resources: [Int64], from start: Int64, to end: Int64, in transaction: any Transaction
    ) throws -> [TakenInterval] {
        try transaction.rows(
            """
            SELECT \(columns) FROM \(list: resources) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.lane = 0 AND i.start_at >= \(start)
                AND i.start_at < \(end)
            UNION ALL
            SELECT \(columns) FROM \(list: resources) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.lane > 0 AND i.start_at >= \(start)
                AND i.start_at < \(end)
            """
        ).map(read)
    }

    /// What all but patients have that begins at a moment or later.
    static func begun(
        from start: Int64, in transaction: any Transaction, _ take: (TakenInterval) -> Void
    ) throws {
        try transaction.forEach(
            """
            SELECT \(columns) FROM booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource < 0 AND i.start_at >= \(start)
            """
        ) { take(try read($0)) }
    }

    /// All that owners have.
    static func stored(of owners: [Int64], in transaction: any Transaction) throws -> [TakenInterval] {
        try transaction.rows(
            """
            SELECT \(columns) FROM booking_interval i WHERE i.tenant = \(.tenant) AND i.owner IN \(list: owners)
            ORDER BY i.owner, i.resource, i.lane, i.start_at
            """
        ).map(read)
    }

    /// Gives back what owners have and nothing else: whoever calls this takes it elsewhere for them.
    static func giveUp(_ owners: [Int64], in transaction: any Transaction) throws {
        try transaction.send(
            "DELETE FROM booking_interval WHERE tenant = \(.tenant) AND owner IN \(list: owners)")
    }

    /// Who has a place in groups.
    static func seats(of groups: [Int64], in transaction: any Transaction) throws -> [TakenInterval] {
        if groups.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(columns) FROM \(list: groups) AS r CROSS JOIN booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = r.value AND i.seat = 1
            """
        ).map(read)
    }

    private static func read(_ row: Row) throws -> TakenInterval {
        let seat: Int64 = try row.value(at: 9)
        return TakenInterval(
            resource: try row.value(at: 0), lane: try row.value(at: 1),
            span: TimeSpan(start: try row.value(at: 2), end: try row.value(at: 3)), owner: try row.value(at: 4),
            expiresAt: try row.value(at: 5), place: try row.value(at: 6), visitType: try row.value(at: 7),
            visitAt: try row.value(at: 8), isSeat: seat == 1)
    }
}
