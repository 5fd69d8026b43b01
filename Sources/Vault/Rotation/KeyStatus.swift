package import Kernel
import Store

/// How a tenant's keys are: ages and what is under way. Numbers only.
package struct KeyStatus: Sendable, Equatable {
    /// The version of the key that wraps subjects' keys.
    package let version: Int64
    package let versionMadeAt: Instant?
    /// When the root was made, from which index keys are derived.
    package let rootMadeAt: Instant
    /// Subjects' keys that are there, and that were disposed of.
    package let subjects: Int
    package let disposed: Int
    /// Subjects' keys that a rotation of the tenant's key has not come to yet.
    package let waiting: Int
    /// Whether a rotation of the tenant's key was begun and has not ended.
    package let isTenantKeyRotating: Bool
    /// Subjects whose own key is being replaced.
    package let rotating: Int
}

extension KeyStore {
    package func status(_ tenant: ID<Tenant>) async throws -> KeyStatus {
        try await database.read(tenant) { transaction in
            let key = try transaction.row(
                """
                SELECT k.wrapping, k.created_at, v.created_at AS version_at FROM tenant_key k
                LEFT JOIN wrapping_key v ON v.tenant = k.tenant AND v.version = k.wrapping
                WHERE k.tenant = \(.tenant)
                """)
            guard let key else { throw Self.noTenant }
            let version: Int64 = try key["wrapping"]
            let counts = try transaction.row(
                """
                SELECT COUNT(*) AS held, COUNT(wrapped) AS there, COUNT(previous) AS rotating,
                    COUNT(CASE WHEN wrapped IS NOT NULL AND wrapping < \(version) THEN 1 END) AS waiting
                FROM subject_key WHERE tenant = \(.tenant)
                """)
            let open: Int64? = try transaction.value(
                """
                SELECT COUNT(*) FROM wrapping_key
                WHERE tenant = \(.tenant) AND version < \(version) AND retired_at IS NULL
                """)
            let there: Int = try counts?["there"] ?? 0
            return KeyStatus(
                version: version, versionMadeAt: try key["version_at"], rootMadeAt: try key["created_at"],
                subjects: there, disposed: (try counts?["held"] ?? 0) - there, waiting: try counts?["waiting"] ?? 0,
                isTenantKeyRotating: (open ?? 0) > 0, rotating: try counts?["rotating"] ?? 0)
        }
    }
}
