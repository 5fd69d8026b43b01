package import Kernel
package import Store
import Synchronization
import Web

/// Tenants are found by host, by their key in a path or a token. A host that nobody claimed belongs to the only tenant, or
/// to the only one without a host of its own, and to nobody otherwise.
package final class TenantDirectory: Tenants {
    package struct Tenant: Sendable {
        package let id: ID<Kernel.Tenant>
        package let key: String
        package let name: String
        package let hosts: [String]
    }

    private let database: any Database
    /// What was read, and when: another process may make a tenant or give one a host.
    private let known = Mutex<(tenants: [Tenant], at: ContinuousClock.Instant)?>(nil)
    private static let memory: Duration = .seconds(5)

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
        if tenants.count == 1 { return tenants[0].id }
        let hostless = tenants.filter(\.hosts.isEmpty)
        return hostless.count == 1 ? hostless[0].id : nil
    }

    package func tenant(key: String) async throws -> ID<Kernel.Tenant>? {
        try await list().first { $0.key == key }?.id
    }

    package func all() async throws -> [ID<Kernel.Tenant>] { try await list().map(\.id) }

    /// The key of the tenant whose transaction it is.
    package static func key(in transaction: any Transaction) throws -> String {
        let key: String? = try transaction.value("SELECT key FROM tenant WHERE tenant = \(.tenant)")
        guard let key else { throw Fault.notFound("tenant") }
        return key
    }

    package func list() async throws -> [Tenant] {
        if let known = known.withLock({ $0 }), known.at.duration(to: .now) < Self.memory { return known.tenants }
        let tenants = try await database.read(.installation) { transaction in
            let hosts = try transaction.rows("SELECT tenant, host FROM tenant_host")
            return try transaction.rows("SELECT tenant, key, name FROM tenant ORDER BY tenant").map { row in
                let id: ID<Kernel.Tenant> = try row["tenant"]
                return Tenant(
                    id: id, key: try row["key"], name: try row["name"],
                    hosts: try hosts.filter { try $0["tenant"] == id.raw }.map { try $0["host"] })
            }
        }
        known.withLock { $0 = tenants.isEmpty ? nil : (tenants, .now) }
        return tenants
    }

    /// Makes a tenant. The key is the lower-case short name in paths and tokens: letters, digits and dashes. A tenant that
    /// is not the first needs a host of its own, else nobody could tell whose address is whose.
    package func create(
        id: ID<Kernel.Tenant>, key: String, name: String, hosts: [String] = [], at now: Instant
    ) async throws {
        try await check(key: key, hosts: hosts)
        let names = try Self.hosts(hosts)
        _ = try await database.write(.installation) { transaction in
            try transaction.send(
                "INSERT INTO tenant (tenant, key, name, created_at) VALUES (\(id), \(key), \(name), \(now))")
            try Self.claim(names, for: id, in: transaction)
        }
        known.withLock { $0 = nil }
    }

    /// Throws what `create` would throw, before anything of the tenant is made.
    package func check(key: String, hosts: [String]) async throws {
        let others = try await list()
        guard !hosts.isEmpty || others.isEmpty else {
            throw Fault(
                .invalid, "tenant.host", "There is a tenant here already; a further one needs a host of its own.",
                remedy: "Give --host, the name in the address under which its people will come.")
        }
        guard (2...40).contains(key.utf8.count),
            key.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") })
        else { throw Fault.invalid("key", "Use 2 to 40 lower-case letters, digits and dashes.") }
        let names = try Self.hosts(hosts)
        if let taken = others.flatMap(\.hosts).first(where: names.contains) { throw Self.isTaken(taken) }
    }

    private static func isTaken(_ host: String) -> Fault {
        Fault(.conflict, "tenant.host-taken", "Another tenant has the host \(host).")
    }

    /// Gives a tenant hosts beside those it has. Throws `tenant.host-taken` when one is another's.
    package func claim(_ hosts: [String], for id: ID<Kernel.Tenant>) async throws {
        let names = try Self.hosts(hosts)
        _ = try await database.write(.installation) { try Self.claim(names, for: id, in: $0) }
        known.withLock { $0 = nil }
    }

    private static func claim(
        _ hosts: [String], for id: ID<Kernel.Tenant>, in transaction: any Transaction
    ) throws {
        for host in hosts {
            let owner: ID<Kernel.Tenant>? = try transaction.value(
                "SELECT tenant FROM tenant_host WHERE host = \(host)")
            if owner == id { continue }
            guard owner == nil else { throw isTaken(host) }
            try transaction.send("INSERT INTO tenant_host (tenant, host) VALUES (\(id), \(host))")
        }
    }

    /// As they are compared: without a port, in lower case, each once.
    private static func hosts(_ given: [String]) throws -> [String] {
        var names: [String] = []
        for host in given {
            let name = withoutPort(host).lowercased()
            let isName = name.utf8.allSatisfy {
                (97...122).contains($0) || (48...58).contains($0) || [0x2D, 0x2E, 0x5B, 0x5D].contains($0)
            }
            guard (1...253).contains(name.utf8.count), isName else {
                throw Fault.invalid("host", "A host is a name or an address, as in access.example.org.")
            }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }
}
