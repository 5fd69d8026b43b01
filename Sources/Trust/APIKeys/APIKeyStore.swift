import Kernel
import Store
import Vault

enum APIKeyStore {
    enum Standing: String {
        case active, soon, expired, revoked
    }

    struct Key: Sendable {
        let id: ID<APIKey>
        let name: String
        let roles: [String]
        /// Nil: all of its roles'.
        var permissions: Set<Permission>?
        /// Nil: everywhere.
        var locations: [String]?
        let createdAt: Instant
        /// Nil: made before keys had an end.
        var expiresAt: Instant?
        var revokedAt: Instant?
        var rotatedAt: Instant?
        /// The end of the secret before the last one.
        var previousUntil: Instant?
        var usedAt: Instant?

        func holds(at now: Instant) -> Bool { revokedAt == nil && (expiresAt.map { now < $0 } ?? true) }

        func standing(at now: Instant) -> Standing {
            if revokedAt != nil { return .revoked }
            guard let expiresAt else { return .active }
            if now >= expiresAt { return .expired }
            return expiresAt - now < APIKeys.soon ? .soon : .active
        }
    }

    /// How seldom it is written down that a key is in use.
    static let usedEvery: Duration = .minutes(1)

    static func hash(_ text: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(text.utf8), label: "api-key")
    }

    /// The key whose secret this is. An old secret counts until its end.
    static func find(_ hash: [UInt8], now: Instant, in transaction: any Transaction) throws -> Key? {
        let current = try transaction.row(
            "SELECT \(columns) FROM api_key WHERE tenant = \(.tenant) AND token_hash = \(hash)")
        if let current { return try read(current) }
        return try transaction.row(
            """
            SELECT \(columns) FROM api_key
            WHERE tenant = \(.tenant) AND previous_hash = \(hash) AND previous_until > \(now)
            """
        ).map(read)
    }

    static func key(_ id: ID<APIKey>, in transaction: any Transaction) throws -> Key? {
        try transaction.row("SELECT \(columns) FROM api_key WHERE tenant = \(.tenant) AND id = \(id)").map(read)
    }

    /// Those that hold first, the newest of them first.
    static func all(in transaction: any Transaction) throws -> [Key] {
        try transaction.rows(
            """
            SELECT \(columns) FROM api_key WHERE tenant = \(.tenant)
            ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT 500
            """
        ).map(read)
    }

    static func insert(_ key: Key, hash: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO api_key (tenant, id, name, token_hash, roles, permissions, locations, created_at, expires_at)
            VALUES (\(.tenant), \(key.id), \(key.name), \(hash), \(key.roles.joined(separator: " ")),
                \(key.permissions.map { $0.map(\.rawValue).sorted().joined(separator: " ") }),
                \(key.locations?.joined(separator: " ")), \(key.createdAt), \(key.expiresAt))
            """)
    }

    static func rotate(
        _ id: ID<APIKey>, hash: [UInt8], oldUntil: Instant, expiresAt: Instant, now: Instant,
        in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE api_key
            SET previous_hash = token_hash, previous_until = \(oldUntil), token_hash = \(hash),
                expires_at = \(expiresAt), rotated_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND revoked_at IS NULL
            """) == 1
    }

    static func revoke(_ id: ID<APIKey>, now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE api_key SET revoked_at = \(now) WHERE tenant = \(.tenant) AND id = \(id) AND revoked_at IS NULL"
        ) == 1
    }

    static func used(_ id: ID<APIKey>, now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE api_key SET used_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND (used_at IS NULL OR used_at < \(now - usedEvery))
            """)
    }

    private static let columns: SQL =
        """
        id, name, roles, permissions, locations, created_at, expires_at, revoked_at, rotated_at, previous_until, used_at
        """

    private static func read(_ row: Row) throws -> Key {
        let permissions = words(try row["permissions"])
        return Key(
            id: try row["id"], name: try row["name"], roles: words(try row["roles"]) ?? [],
            permissions: permissions.map { Set($0.map { Permission($0) }) }, locations: words(try row["locations"]),
            createdAt: try row["created_at"], expiresAt: try row["expires_at"], revokedAt: try row["revoked_at"],
            rotatedAt: try row["rotated_at"], previousUntil: try row["previous_until"], usedAt: try row["used_at"])
    }

    private static func words(_ text: String?) -> [String]? {
        text.map { $0.split(separator: " ").map(String.init) }
    }
}
