import Kernel
import Store
import StudioAPI

/// What of the schedule names a definition and is not over. Of everybody: what the caller may not see stands there all
/// the same.
enum UseStore {
    static func visits(
        naming column: SQL, _ key: String, at now: Instant, in transaction: any Transaction
    ) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM appointment a
            WHERE a.tenant = \(.tenant) AND \(column) = \(key) AND a.end_at > \(now)
                AND a.start_at > \(now.microseconds - IntervalStore.longest)
                AND a.status IN ('pending', 'booked', 'arrived')
            """) ?? 0
    }

    static func holds(
        naming column: SQL, _ key: String, at now: Instant, in transaction: any Transaction
    ) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM slot_hold h
            WHERE h.tenant = \(.tenant) AND \(column) = \(key) AND h.state = 'held' AND h.expires_at > \(now)
            """) ?? 0
    }

    /// Visits, and groups that meet, which have a thing. Its absences have its time too, and do not count.
    static func visits(with thing: Int64, at now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(DISTINCT i.owner) FROM booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = \(thing) AND i.expires_at IS NULL
                AND i.start_at > \(now.microseconds - IntervalStore.longest) AND i.end_at > \(now)
                AND (i.owner < 0 OR EXISTS (SELECT 1 FROM appointment a WHERE a.tenant = i.tenant AND a.id = i.owner))
            """) ?? 0
    }

    static func holds(of thing: Int64, at now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(DISTINCT i.owner) FROM booking_interval i
            WHERE i.tenant = \(.tenant) AND i.resource = \(thing) AND i.expires_at > \(now)
                AND i.start_at > \(now.microseconds - IntervalStore.longest) AND i.end_at > \(now)
            """) ?? 0
    }

    static func waiting(for visitType: String, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM waitlist_entry e
            WHERE e.tenant = \(.tenant) AND e.state = 'waiting' AND e.visit_type = \(visitType)
            """) ?? 0
    }

    /// Of a column that holds keys with blanks between them. A key has no sign that `LIKE` reads otherwise.
    static func waiting(naming column: SQL, _ key: String, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM waitlist_entry e
            WHERE e.tenant = \(.tenant) AND e.state = 'waiting' AND ' ' || \(column) || ' ' LIKE \("% " + key + " %")
            """) ?? 0
    }

    static func referrals(naming column: SQL, _ key: String, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            "SELECT COUNT(*) FROM referral r WHERE r.tenant = \(.tenant) AND r.stage <> 'closed' AND \(column) = \(key)"
        ) ?? 0
    }
}
