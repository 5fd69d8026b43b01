package import Kernel
import Logging
import Spine
package import Store
import Vault
package import Web

/// Bearer keys of programs: `tl_TENANT_RANDOM`.
///
/// - Only a keyed hash of a key is kept; its text is shown once.
/// - A key has roles like a person, and can be held to some of their rights and to some locations.
/// - It ends: after 90 days if nothing else is said, after a year at the latest.
/// - A new secret (rotation) sets a new end. The old secret goes on for as long as was chosen, a week at most.
/// - Taking a key away ends both secrets, on every node within a second.
package enum APIKeys {
    package static let standardLifetime = 90
    package static let lifetimes = [30, 90, 180, 365]
    package static let longestLifetime: Duration = .days(366)
    /// Hours for which the old secret may go on.
    package static let overlaps = [0, 1, 24, 168]
    package static let longestOverlap: Duration = .days(7)
    /// A key that ends within this is shown as such.
    package static let soon: Duration = .days(14)

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
                ]),
            Migration(
                "2026-11-23.trust.api-key-limits",
                [
                    "ALTER TABLE api_key ADD COLUMN permissions TEXT",
                    "ALTER TABLE api_key ADD COLUMN locations TEXT",
                    "ALTER TABLE api_key ADD COLUMN previous_hash BLOB",
                    "ALTER TABLE api_key ADD COLUMN previous_until BIGINT",
                    "ALTER TABLE api_key ADD COLUMN rotated_at BIGINT",
                    "ALTER TABLE api_key ADD COLUMN used_at BIGINT",
                    "CREATE INDEX api_key_previous ON api_key (tenant, previous_hash)",
                ]),
        ],
        tables: [TableRule("api_key", .none(reason: "belongs to a program, not to a person"))],
        recurring: [
            Recurring("api-key-ends", every: .hours(24)) { spine, tenant in
                let now = spine.clock.now()
                let keys = try await spine.database.read(tenant) { try APIKeyStore.all(in: $0) }
                let ending = keys.filter { $0.standing(at: now) == .soon }
                for key in ending {
                    spine.logger.warning(
                        "an API key runs out soon",
                        metadata: ["key": "\(key.id.text)", "until": "\(key.expiresAt?.iso8601 ?? "-")"])
                }
                return ending.count
            }
        ], permissions: [.userManage])

    /// A fresh key's text.
    package static func text(tenantKey: String) -> String { "tl_\(tenantKey)_" + Base64URL.encode(Secret.bytes(24)) }

    /// How the keys of a tenant stand.
    package struct Standings: Sendable {
        package let valid: Int
        /// Of those, the ones that end soon, and the ones without an end: made before keys had one.
        package let soon: Int
        package let endless: Int
    }

    package static func standings(at now: Instant, in transaction: any Transaction) throws -> Standings {
        let keys = try APIKeyStore.all(in: transaction).filter { $0.holds(at: now) }
        return Standings(
            valid: keys.count, soon: keys.count { $0.standing(at: now) == .soon },
            endless: keys.count { $0.expiresAt == nil })
    }
}
