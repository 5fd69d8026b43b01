import App
import Kernel
import Store
import Testing
import TestKit
import Vault
import Web

/// Closed-world tests over the composed program: what was forgotten.
@Suite("The composed program")
struct ComposedTests {
    @Test("every table has a rule for disposal, merge and export, and every rule names a table")
    func tables() async throws {
        try await ComposedWorld.with { platform in
            let known = try await platform.installation.database.read(.installation) { transaction in
                try transaction.rows(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'term_index%'"
                ).map { try $0["name"] as String }
            }
            let ruled = (Platform.baseTables + platform.capabilities.flatMap(\.tables)).map(\.table)
            #expect(Set(known).subtracting(ruled).sorted() == [])
            #expect(Set(ruled).subtracting(known).sorted() == [])
            #expect(ruled.count == Set(ruled).count)
        }
    }

    @Test("every table's primary key begins with the tenant, and no table is without one")
    func keys() async throws {
        try await ComposedWorld.with { platform in
            let bad = try await platform.installation.database.read(.installation) { transaction in
                try transaction.rows(
                    """
                    SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                        AND m.name NOT LIKE 'term_index%' AND m.name <> 'migration'
                        AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.pk = 1 AND c.name = 'tenant')
                    """
                ).map { try $0["name"] as String }
            }
            #expect(bad == [])
        }
    }

    @Test("every route has its own method and path, a leading slash, and no verb in its path")
    func routes() async throws {
        try await ComposedWorld.with { platform in
            let routes = platform.routes
            _ = try RouteTable(routes)
            #expect(routes.allSatisfy { $0.path.hasPrefix("/") })
            let verbs = ["/get", "/create", "/update", "/delete", "/take", "/close-", "/send", "/do-"]
            #expect(routes.filter { route in verbs.contains { route.path.contains($0) } }.map(\.path) == [])
        }
    }

    @Test("every permission that a route asks for is one that a role can give")
    func permissions() async throws {
        try await ComposedWorld.with { platform in
            let asked = Set(platform.routes.compactMap(\.permission))
            #expect(asked.subtracting(platform.permissions).map(\.rawValue).sorted() == [])
        }
    }

    @Test("every kind of sealed value has a number of its own")
    func seals() async throws {
        try await ComposedWorld.with { platform in
            let numbers = platform.capabilities.flatMap(\.seals).map(\.number)
            #expect(numbers.count == Set(numbers).count)
        }
    }

    @Test("the schema is brought up once and a second start finds nothing to do")
    func migrations() async throws {
        try await ComposedWorld.with { platform in
            let again = try await platform.installation.migrate(platform.migrations)
            #expect(again == [])
        }
    }
}
