import Kernel
import Store
import Vault

/// All statements about sessions.
enum SessionStore {
    static let migrations = [
        Migration(
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
            ]),
        Migration(
            "2026-11-23.trust.session-devices",
            [
                "ALTER TABLE user_session ADD COLUMN confirmed_at BIGINT",
                "ALTER TABLE user_session ADD COLUMN second_step BOOLEAN",
                "ALTER TABLE user_session ADD COLUMN device TEXT",
                "ALTER TABLE user_session ADD COLUMN remote TEXT",
                "CREATE INDEX user_session_user ON user_session (tenant, user_id)",
            ]),
    ]

    struct Session: Sendable {
        let id: Int64
        let user: ID<User>
        var times: Sessions.Times
        /// When the person last showed that it is them: at sign-in, or since.
        let confirmedAt: Instant
        let hasSecondStep: Bool
        let device: String?
        let remote: String?
    }

    static func tokenHash(_ token: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(token.utf8), label: "session")
    }

    static func insert(_ session: Session, hash: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO user_session (tenant, id, user_id, token_hash, created_at, seen_at, expires_at, confirmed_at,
                second_step, device, remote)
            VALUES (\(.tenant), \(session.id), \(session.user), \(hash), \(session.times.createdAt),
                \(session.times.seenAt), \(session.times.expiresAt), \(session.confirmedAt), \(session.hasSecondStep),
                \(session.device), \(session.remote))
            """)
    }

    static func find(_ hash: [UInt8], in transaction: any Transaction) throws -> Session? {
        try transaction.row(
            "SELECT \(columns) FROM user_session WHERE tenant = \(.tenant) AND token_hash = \(hash)"
        ).map(read)
    }

    static func find(_ id: Int64, in transaction: any Transaction) throws -> Session? {
        try transaction.row("SELECT \(columns) FROM user_session WHERE tenant = \(.tenant) AND id = \(id)").map(read)
    }

    /// A person's sessions that nobody has ended, the latest first.
    static func open(of user: ID<User>, in transaction: any Transaction) throws -> [Session] {
        try transaction.rows(
            """
            SELECT \(columns) FROM user_session
            WHERE tenant = \(.tenant) AND user_id = \(user) AND ended_at IS NULL ORDER BY seen_at DESC, id LIMIT 200
            """
        ).map(read)
    }

    static func touch(_ id: Int64, now: Instant, in transaction: any Transaction) throws {
        try transaction.send("UPDATE user_session SET seen_at = \(now) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    static func confirm(_ id: Int64, now: Instant, in transaction: any Transaction) throws {
        try transaction.send("UPDATE user_session SET confirmed_at = \(now) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    static func setSecondStep(_ id: Int64, _ has: Bool, in transaction: any Transaction) throws {
        try transaction.send("UPDATE user_session SET second_step = \(has) WHERE tenant = \(.tenant) AND id = \(id)")
    }

    static func end(_ id: Int64, now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE user_session SET ended_at = \(now) WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL")
    }

    /// Ends one of a person's own; false: there is none of that id.
    static func end(_ id: Int64, of user: ID<User>, now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE user_session SET ended_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND user_id = \(user) AND ended_at IS NULL
            """) == 1
    }

    /// Ends all of a person's sessions but one; how many there were.
    static func endAll(
        of user: ID<User>, except kept: Int64 = 0, now: Instant, in transaction: any Transaction
    ) throws -> Int {
        try transaction.execute(
            """
            UPDATE user_session SET ended_at = \(now)
            WHERE tenant = \(.tenant) AND user_id = \(user) AND id <> \(kept) AND ended_at IS NULL
            """)
    }

    static func purge(before now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.execute("DELETE FROM user_session WHERE tenant = \(.tenant) AND expires_at < \(now - .days(7))")
    }

    private static let columns: SQL =
        """
        id, user_id, created_at, seen_at, expires_at, ended_at, confirmed_at, second_step, device, remote
        """

    private static func read(_ row: Row) throws -> Session {
        let created: Instant = try row["created_at"]
        let confirmed: Instant? = try row["confirmed_at"]
        let second: Bool? = try row["second_step"]
        return Session(
            id: try row["id"], user: try row["user_id"],
            times: Sessions.Times(
                createdAt: created, seenAt: try row["seen_at"], expiresAt: try row["expires_at"],
                endedAt: try row["ended_at"]),
            confirmedAt: confirmed ?? created, hasSecondStep: second ?? false, device: try row["device"],
            remote: try row["remote"])
    }
}

/// What a live stream's session hangs on.
extension SessionStore {
    struct Standing: Sendable {
        let session: Int64
        let user: ID<User>
        let times: Sessions.Times
        let state: String
        let roles: String
        let locations: String?
    }

    static func standings(of sessions: [Int64], in transaction: any Transaction) throws -> [Standing] {
        try transaction.rows(
            """
            SELECT s.id, s.user_id, s.created_at, s.seen_at, s.expires_at, s.ended_at, a.state, a.roles, a.locations
            FROM user_session s JOIN user_account a ON a.tenant = s.tenant AND a.id = s.user_id
            WHERE s.tenant = \(.tenant) AND s.id IN \(list: sessions)
            """
        ).map { row in
            Standing(
                session: try row["id"], user: try row["user_id"],
                times: Sessions.Times(
                    createdAt: try row["created_at"], seenAt: try row["seen_at"], expiresAt: try row["expires_at"],
                    endedAt: try row["ended_at"]),
                state: try row["state"], roles: try row["roles"], locations: try row["locations"])
        }
    }
}
