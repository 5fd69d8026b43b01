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
            let ruled = platform.tables.map(\.table)
            #expect(Set(known).subtracting(ruled).sorted() == [])
            #expect(Set(ruled).subtracting(known).sorted() == [])
            #expect(ruled.count == Set(ruled).count)
            let silent = platform.tables.filter { rule in
                if case .unsaid = rule.export { return true }
                if case .unsaid = rule.merge { return true }
                return false
            }
            #expect(silent.map(\.table) == [], "say in the rule how the table is exported and merged")
        }
    }

    @Test("every table that names a patient or a key subject says what disposal does with it, and why nothing if so")
    func disposal() async throws {
        try await ComposedWorld.with { platform in
            let columns = try await Self.columns(platform, named: ["patient", "key_subject"])
            let kept = platform.tables.filter { rule in
                if case .kept = rule.disposal { return columns[rule.table] != nil }
                return false
            }.map(\.table)
            // Each has its reason in its rule. A new one needs a reason too, and a line in docs/security/disposal.md.
            #expect(kept.sorted() == ["audit_subject", "external_resource", "idempotency"])
            for rule in platform.tables {
                let named = columns[rule.table] ?? []
                switch rule.personal {
                case .patient(let column): #expect(named.contains(column.description) || column.description == "id")
                case .keySubject(let column): #expect(named.contains(column.description))
                case .none: #expect(!named.contains("patient") || kept.contains(rule.table), "\(rule.table)")
                }
            }
        }
    }

    @Test("every table with sealed values can be sealed anew, and every kind of value stands in a table that can")
    func sealed() async throws {
        try await ComposedWorld.with { platform in
            let holding = try await Self.columns(platform, named: ["sealed"]).keys.sorted()
            let known = platform.tables.filter { $0.sealed != nil }.map(\.table)
            #expect(known.sorted() == holding)
            let movable = Set(platform.tables.compactMap(\.sealed).flatMap(\.kinds))
            let made = Set(platform.capabilities.flatMap(\.seals))
            #expect(made.subtracting(movable).map(\.number).sorted() == [])
        }
    }

    /// The tables that have columns of these names, with those they have.
    private static func columns(_ platform: Platform, named names: [String]) async throws -> [String: Set<String>] {
        let rows = try await platform.installation.database.read(.installation) { transaction in
            try transaction.rows(
                """
                SELECT m.name AS name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.name IN \(list: names)
                """
            ).map { (try $0["name"] as String, try $0["column_name"] as String) }
        }
        return Dictionary(rows.map { ($0.0, [$0.1]) }, uniquingKeysWith: { $0.union($1) })
    }

    @Test("every table's primary key begins with the tenant or is an id beside a tenant, and no table is without one")
    func keys() async throws {
        try await ComposedWorld.with { platform in
            let bad = try await platform.installation.database.read(.installation) { transaction in
                try transaction.rows(
                    """
                    SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                        AND m.name NOT LIKE 'term_index%' AND m.name <> 'migration'
                        AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.pk = 1 AND c.name = 'tenant')
                        AND NOT (EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.pk = 1 AND c.name = 'id')
                            AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.cid = 0 AND c.name = 'tenant'))
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
