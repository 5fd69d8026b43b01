package import Kernel
package import Store

/// A named right that one node holds at a time, until it expires. Taking it over raises the token, so a holder that
/// slept too long finds its writes refused.
package enum Lease {
    package static let migration = Migration(
        "2026-11-22.spine.leases",
        [
            """
            CREATE TABLE lease (
                tenant BIGINT NOT NULL, name TEXT NOT NULL, holder BIGINT NOT NULL, token BIGINT NOT NULL,
                expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, name))
            """
        ])

    /// A lease that lasts longer than one can is of a clock that was set back since: it counts as expired.
    static let largestSkew = Duration.minutes(1)

    /// Takes or renews the lease; its token, or nil when another holder's lease has not expired.
    package static func take(
        _ name: String, holder: Int64, for duration: Duration, now: Instant, in transaction: any Transaction
    ) throws -> Int64? {
        try transaction.value(
            """
            INSERT INTO lease (tenant, name, holder, token, expires_at)
            VALUES (\(.tenant), \(name), \(holder), 1, \(now + duration))
            ON CONFLICT (tenant, name) DO UPDATE SET
                token = CASE WHEN lease.holder = excluded.holder THEN lease.token ELSE lease.token + 1 END,
                holder = excluded.holder, expires_at = excluded.expires_at
            WHERE lease.holder = excluded.holder OR lease.expires_at <= \(now)
                OR lease.expires_at > \(now + duration + largestSkew)
            RETURNING token
            """)
    }

    /// Holds the lease's row for the rest of the transaction and says whether this holder still has it.
    package static func holds(
        _ name: String, holder: Int64, token: Int64, in transaction: any Transaction
    ) throws -> Bool {
        let row = try transaction.row(
            "SELECT holder, token FROM lease WHERE tenant = \(.tenant) AND name = \(name)\(SQL.forUpdate)")
        guard let row else { return false }
        return try row["holder"] == holder && row["token"] == token
    }
}
