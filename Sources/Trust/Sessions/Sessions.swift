import Vault
package import Kernel
import Store
/// Sign-in sessions. A session ends when its person signs out, after 15 minutes without a request, or 12 hours after it
/// began, whatever happens in between. The cookie holds a random token; the database only its keyed hash.
///
/// After five wrong passwords an account waits, doubling from one minute to an hour; an address that fails often waits
/// too. A wrong name and a wrong password look alike and take as long.
package enum Sessions {
    package static let idle: Duration = .minutes(15)
    package static let absolute: Duration = .hours(12)
    static let freeFailures = 5

    static let migration = Migration(
        "2026-11-22.trust.sessions",
        [
            """
            CREATE TABLE user_session (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, user_id BIGINT NOT NULL, token_hash BLOB NOT NULL,
                created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE UNIQUE INDEX user_session_token ON user_session (tenant, token_hash)",
            "CREATE INDEX user_session_expiry ON user_session (tenant, expires_at)",
        ])

    /// How long an account waits after this many failures in a row; nil: not at all.
    package static func wait(after failures: Int) -> Duration? {
        guard failures >= freeFailures else { return nil }
        return .minutes(min(60, 1 << min(failures - freeFailures, 6)))
    }

    /// Whether a session still holds at `now`.
    package static func holds(seenAt: Instant, expiresAt: Instant, endedAt: Instant?, now: Instant) -> Bool {
        endedAt == nil && now < expiresAt && now < seenAt + idle
    }
}

enum SessionStore {
    struct Session: Sendable {
        let id: Int64
        let user: ID<User>
        let seenAt: Instant
        let expiresAt: Instant
        let endedAt: Instant?
    }

    static func tokenHash(_ token: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(token.utf8), label: "session")
    }

    static func insert(
        id: Int64, user: ID<User>, hash: [UInt8], now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO user_session (tenant, id, user_id, token_hash, created_at, seen_at, expires_at)
            VALUES (\(.tenant), \(id), \(user), \(hash), \(now), \(now), \(now + Sessions.absolute))
            """)
    }

    static func find(_ hash: [UInt8], in transaction: any Transaction) throws -> Session? {
        try transaction.row(
            """
            SELECT id, user_id, seen_at, expires_at, ended_at FROM user_session
            WHERE tenant = \(.tenant) AND token_hash = \(hash)
            """
        ).map { row in
            Session(
                id: try row["id"], user: try row["user_id"], seenAt: try row["seen_at"],
                expiresAt: try row["expires_at"],
                endedAt: try row["ended_at"])
        }
    }

    static func touch(_ id: Int64, now: Instant, in transaction: any Transaction) throws {
        try transaction.send("UPDATE user_session SET seen_at = \(now) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    static func end(_ id: Int64, now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE user_session SET ended_at = \(now) WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL")
    }

    static func purge(before now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.execute("DELETE FROM user_session WHERE tenant = \(.tenant) AND expires_at < \(now - .days(7))")
    }
}
