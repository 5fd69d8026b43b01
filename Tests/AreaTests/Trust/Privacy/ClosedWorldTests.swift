import App
import Kernel
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

/// What is forgotten about a table, read off the schema of the store itself.
struct ClosedWorld {
    /// Columns by table.
    let columns: [String: Set<String>]

    static func read(_ platform: Platform) async throws -> ClosedWorld {
        let rows = try await platform.installation.database.read(.installation) { transaction in
            let sql: SQL =
                transaction.engine == .sqlite
                ? """
                SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'term_index%'
                """
                : """
                SELECT CAST(c.relname AS text) AS table_name, CAST(a.attname AS text) AS column_name
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
                    AND NOT a.attisdropped
                """
            return try transaction.rows(sql).map { (try $0["table_name"] as String, try $0["column_name"] as String) }
        }
        return ClosedWorld(
            columns: Dictionary(rows.map { ($0.0, [$0.1]) }, uniquingKeysWith: { $0.union($1) }))
    }

    func findings(_ rules: [TableRule]) -> [String] {
        var found: [String] = []
        let ruled = Dictionary(rules.map { ($0.table, $0) }, uniquingKeysWith: { first, _ in first })
        for table in columns.keys.sorted() {
            guard let rule = ruled[table] else {
                found.append("\(table) has no rule")
                continue
            }
            let isPersonal = if case .none = rule.personal { false } else { true }
            if isPersonal {
                if case .unsaid = rule.export { found.append("\(table) says nothing of export") }
                if case .unsaid = rule.merge { found.append("\(table) says nothing of merge") }
            } else if !(columns[table] ?? []).isDisjoint(with: ["patient", "key_subject"]) {
                // It names a person and says that nothing of a person stands in it.
                if case .notExported(let reason) = rule.export, reason.isEmpty {
                    found.append("\(table) has no reason")
                }
            }
            if case .rows = rule.export {
                let unknown = (columns[table] ?? []).filter { ExportColumns.kind($0) == nil }
                found += unknown.sorted().map { "\(table).\($0) is of no known kind" }
            }
        }
        found += ruled.keys.filter { columns[$0] == nil }.sorted().map { "\($0) is ruled and not there" }
        return found
    }
}

@Suite("Every table takes part in export, merge and disposal")
struct ClosedWorldTests {
    @Test("no table of the program is forgotten, on either engine", arguments: TestStores.engines)
    func program(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let closed = try await ClosedWorld.read(world.platform)
            #expect(closed.columns.count > 50)
            #expect(closed.findings(world.platform.tables) == [])
        }
    }

    @Test(
        "a table that is added and forgotten is found, and so is one whose rule says too little",
        arguments: TestStores.engines)
    func forgotten(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await world.platform.installation.database.migrate { transaction in
                _ = try transaction.execute(
                    """
                    CREATE TABLE forgotten (
                        tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, mood TEXT NOT NULL,
                        PRIMARY KEY (tenant, id))
                    """)
            }
            let closed = try await ClosedWorld.read(world.platform)
            let tables = world.platform.tables
            #expect(closed.findings(tables) == ["forgotten has no rule"])
            let bare = tables + [TableRule("forgotten", .patient(column: "patient"))]
            #expect(
                closed.findings(bare) == ["forgotten says nothing of export", "forgotten says nothing of merge"])
            let half =
                tables + [TableRule("forgotten", .patient(column: "patient"), export: .plain(.about), merge: .follows)]
            #expect(closed.findings(half) == ["forgotten.mood is of no known kind"])
            let reasoned =
                tables + [
                    TableRule(
                        "forgotten", .patient(column: "patient"), export: .notExported(reason: "a test"),
                        merge: .follows)
                ]
            #expect(closed.findings(reasoned) == [])
        }
    }

    @Test("each thing that can stand in a readable record has words in the catalogue")
    func words() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let catalogue = world.platform.pages.catalogue
            let ana = try await world.story("Ana", phone: "+13035550142", hour: 8)
            let copy = try await world.copy(ana.patient)
            var silent: Set<String> = []
            for entry in copy.entries {
                if !catalogue.has("privacy.table.\(entry.table)") { silent.insert(entry.table) }
            }
            for rule in world.platform.tables {
                if case .rows = rule.export, !catalogue.has("privacy.table.\(rule.table)") { silent.insert(rule.table) }
            }
            #expect(silent.sorted() == [])
            for language in Language.allCases {
                let html = String(
                    decoding: try #require(try await world.folder(ana.patient, language)["record.html"]), as: UTF8.self)
                let bare = html.matches(of: /\[[a-z]+\.[a-z._-]+\]/).map { String($0.output) }
                #expect(Set(bare).sorted() == [])
            }
        }
    }
}
