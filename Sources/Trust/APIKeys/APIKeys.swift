import JSON
package import Kernel
package import Spine
import Store
package import Vault
package import Web

/// Bearer keys of programs: `tl_TENANT_RANDOM`, of which only the keyed hash is kept. A key has roles like a person; it
/// can expire and be revoked.
package enum APIKeys {
    package static let capability = Capability(
        "api-keys",
        schema: [
            Migration(
                "2026-11-22.trust.api-keys",
                [
                    """
                    CREATE TABLE api_key (
                        tenant BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, token_hash BLOB NOT NULL,
                        roles TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, revoked_at BIGINT,
                        PRIMARY KEY (tenant, id))
                    """,
                    "CREATE UNIQUE INDEX api_key_token ON api_key (tenant, token_hash)",
                ])
        ],
        tables: [TableRule("api_key", .none(reason: "belongs to a program, not to a person"))],
        permissions: [.userManage])

    /// A fresh key's text.
    package static func text(tenantKey: String) -> String { "tl_\(tenantKey)_" + Base64URL.encode(Secret.bytes(24)) }
}

/// Stores a key's hash. The text is made by the caller, who shows it once.
package struct AddAPIKey: Command {
    package static let permission = Permission.userManage
    package let name: String
    package let text: Redacted<String>
    package let roles: [String]
    package let expiresAt: Instant?

    package init(name: String, text: Redacted<String>, roles: [String], expiresAt: Instant?) {
        self.name = name
        self.text = text
        self.roles = roles
        self.expiresAt = expiresAt
    }

    package func validate() throws {
        if name.isEmpty || name.utf8.count > 120 { throw Fault.invalid("name", "Give the key a name.") }
        if roles.isEmpty { throw Fault.invalid("roles", "Give at least one role.") }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let id: ID<APIKey> = context.newID()
        try context.transaction.send(
            """
            INSERT INTO api_key (tenant, id, name, token_hash, roles, created_at, expires_at)
            VALUES (\(.tenant), \(id), \(name), \(APIKeyStore.hash(text.value, context.vault)),
                \(roles.joined(separator: " ")), \(context.now), \(expiresAt))
            """)
        if case .user(let owner) = context.caller.actor { try KeyOwners.set(id, owner: owner, in: context.transaction) }
        context.emit(NewEvent(EventKind("api-key.added"), body: ["key": .string(id.text)]))
        return id.raw
    }
}

package struct RevokeAPIKey: Command {
    package static let permission = Permission.userManage
    package let id: ID<APIKey>

    package init(id: ID<APIKey>) { self.id = id }

    package func run(_ context: CommandContext) throws -> Bool {
        let changed = try context.transaction.execute(
            "UPDATE api_key SET revoked_at = \(context.now) WHERE tenant = \(.tenant) AND id = \(id) AND revoked_at IS NULL"
        )
        guard changed == 1 else { throw Fault.notFound("key") }
        context.emit(NewEvent(EventKind("api-key.revoked"), body: ["key": .string(id.text)]))
        return true
    }
}

enum APIKeyStore {
    struct Key: Sendable {
        let id: ID<APIKey>
        let name: String
        let roles: [String]
        let createdAt: Instant
        let expiresAt: Instant?
        let revokedAt: Instant?
    }

    static func hash(_ text: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(text.utf8), label: "api-key")
    }

    static func find(_ hash: [UInt8], in transaction: any Transaction) throws -> Key? {
        try transaction.row("SELECT \(columns) FROM api_key WHERE tenant = \(.tenant) AND token_hash = \(hash)").map(
            read)
    }

    static func all(in transaction: any Transaction) throws -> [Key] {
        try transaction.rows("SELECT \(columns) FROM api_key WHERE tenant = \(.tenant) ORDER BY id LIMIT 500").map(read)
    }

    private static let columns: SQL = "id, name, roles, created_at, expires_at, revoked_at"

    private static func read(_ row: Row) throws -> Key {
        let roles: String = try row["roles"]
        return Key(
            id: try row["id"], name: try row["name"], roles: roles.split(separator: " ").map(String.init),
            createdAt: try row["created_at"], expiresAt: try row["expires_at"], revokedAt: try row["revoked_at"])
    }
}
