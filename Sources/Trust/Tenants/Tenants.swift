package import Kernel
package import Store
import Synchronization
import Web

/// Tenants are found by host, by their key in a path or a token. A host that nobody claimed belongs to the only tenant
/// when there is just one, and to nobody otherwise.
package final class TenantDirectory: Tenants {
    package struct Tenant: Sendable {
        package let id: ID<Kernel.Tenant>
        package let key: String
        package let name: String
        package let hosts: [String]
    }

    private let database: any Database
    private let known = Mutex<[Tenant]?>(nil)

    package init(database: any Database) {
        self.database = database
    }

    package static let migration = Migration(
        "2026-11-22.trust.tenants",
        [
            """
            CREATE TABLE tenant (
                tenant BIGINT NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at BIGINT NOT NULL)
            """,
            """
            CREATE TABLE tenant_host (
                tenant BIGINT NOT NULL, host TEXT NOT NULL UNIQUE, PRIMARY KEY (tenant, host))
            """,
        ])

    package func tenant(host: String) async throws -> ID<Kernel.Tenant>? {
        let name = Self.withoutPort(host).lowercased()
        let tenants = try await list()
        if let claimed = tenants.first(where: { $0.hosts.contains(name) }) { return claimed.id }
        return tenants.count == 1 ? tenants[0].id : nil
    }

    package func tenant(key: String) async throws -> ID<Kernel.Tenant>? {
        try await list().first { $0.key == key }?.id
    }

    package func all() async throws -> [ID<Kernel.Tenant>] { try await list().map(\.id) }

    package func list() async throws -> [Tenant] {
        if let tenants = known.withLock({ $0 }) { return tenants }
        let tenants = try await database.read(.installation) { transaction in
            let hosts = try transaction.rows("SELECT tenant, host FROM tenant_host")
            return try transaction.rows("SELECT tenant, key, name FROM tenant ORDER BY tenant").map { row in
                let id: ID<Kernel.Tenant> = try row["tenant"]
                return Tenant(
                    id: id, key: try row["key"], name: try row["name"],
                    hosts: try hosts.filter { try $0["tenant"] == id.raw }.map { try $0["host"] })
            }
        }
        known.withLock { $0 = tenants.isEmpty ? nil : tenants }
        return tenants
    }

    /// Makes a tenant. The key is the lower-case short name in paths and tokens: letters, digits and dashes.
    package func create(id: ID<Kernel.Tenant>, key: String, name: String, at now: Instant) async throws {
        guard (2...40).contains(key.utf8.count),
            key.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") })
        else { throw Fault.invalid("key", "Use 2 to 40 lower-case letters, digits and dashes.") }
        _ = try await database.write(.installation) { transaction in
            try transaction.send(
                "INSERT INTO tenant (tenant, key, name, created_at) VALUES (\(id), \(key), \(name), \(now))")
        }
        known.withLock { $0 = nil }
    }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }
}
