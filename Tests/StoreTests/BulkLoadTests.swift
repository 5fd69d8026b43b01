import Kernel
import Store
import Testing

@Suite("After many rows have come in, or gone")
struct BulkLoadTests {
    @Test("what was removed leaves the index for good", arguments: TestStore.engines)
    func purge(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            _ = try await Migrations.run([TermIndex.migration], on: store.database)
            // Each in a transaction of its own, so that the index has many parts.
            for id in 1...310 as ClosedRange<Int64> {
                try await store.database.write(.north) { transaction in
                    try TermIndex.insert(id, terms: [id % 7, 1_000_000_007 * id], in: transaction)
                }
            }
            let gone: Int64 = 1_000_000_007 * 150
            let before = try await Self.places(of: gone, store)
            #expect(before > 0)
            try await store.database.write(.north) { try TermIndex.remove(150, in: $0) }
            if engine == .sqlite { #expect(try await Self.places(of: gone, store) > 0) }
            try await TermIndex.purge(.north, pages: 1, in: store.database)
            #expect(try await Self.places(of: gone, store) == 0)
            #expect(try await Self.found(gone, store) == [])
            #expect(try await Self.found(1_000_000_007 * 149, store) == [149])
            #expect(try await Self.found(3, store).count == 43)
            try await TermIndex.purge(.north, in: store.database)
            #expect(try await Self.found(3, store).count == 43)
        }
    }

    @Test("the engine that plans by counts has counted", arguments: TestStore.engines)
    func statistics(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            _ = try await Migrations.run(
                [
                    TermIndex.migration,
                    Migration(
                        "2026-01-01.tests.pets",
                        [
                            "CREATE TABLE \"Odd pet\" (tenant BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (tenant, id))"
                        ]
                    ),
                ], on: store.database)
            try await store.database.write(.north) { transaction in
                for id in 0..<500 {
                    try transaction.execute("INSERT INTO \"Odd pet\" (tenant, id) VALUES (\(.tenant), \(id))")
                    try TermIndex.insert(Int64(id), terms: [1], in: transaction)
                }
            }
            try await Statistics.settle(.north, in: store.database)
            #expect(try await Self.found(1, store).count == 500)
            guard engine == .postgres else { return }
            let counted = try await store.database.read(.north) { transaction in
                try transaction.rows(
                    """
                    SELECT reltuples::bigint AS rows FROM pg_class
                    WHERE relnamespace = current_schema()::regnamespace AND relname IN ('term', 'Odd pet')
                    """
                ).map { try $0["rows"] as Int64 }
            }
            #expect(counted == [500, 500])
        }
    }

    @Test("the schema is told as the engine has it, and tells a change", arguments: TestStore.engines)
    func dump(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            let pets = Migration(
                "2026-01-01.tests.pets",
                [
                    """
                    CREATE TABLE pet (
                        tenant BIGINT NOT NULL, id BIGINT NOT NULL, photo BLOB, name TEXT CHECK (name <> ''),
                        PRIMARY KEY (tenant, id))
                    """,
                    "CREATE UNIQUE INDEX pet_name ON pet (tenant, name) WHERE name IS NOT NULL",
                ])
            _ = try await Migrations.run([pets], on: store.database)
            let first = try await SchemaDump.text(of: store.database)
            for part in ["CREATE TABLE pet (", "PRIMARY KEY", "CREATE UNIQUE INDEX pet_name", "migration"] {
                #expect(first.contains(part), "\(part) is missing")
            }
            #expect(!first.contains("sqlite_"))
            let again = try await SchemaDump.text(of: store.database)
            #expect(again == first)
            let more = Migration("2026-01-02.tests.pets", ["ALTER TABLE pet ADD COLUMN age BIGINT"])
            _ = try await Migrations.run([pets, more], on: store.database)
            let second = try await SchemaDump.text(of: store.database)
            #expect(second != first)
            #expect(second.lowercased().contains("age bigint"))
        }
    }

    /// In how many places of the index's own storage the bytes of a term stand. FTS5 cuts what a term has in common with
    /// the one before it, so its end is looked for.
    private static func places(of term: Int64, _ store: TestStore) async throws -> Int {
        let end = Array(Crockford.encode(term).lowercased().utf8.suffix(7))
        return try await store.database.read(.north) { transaction in
            switch transaction.engine {
            case .sqlite:
                try transaction.value("SELECT COUNT(*) FROM term_index_data WHERE instr(block, \(end)) > 0") ?? 0
            case .postgres:
                try transaction.value("SELECT COUNT(*) FROM term WHERE \(term) = ANY (terms)") ?? 0
            }
        }
    }

    private static func found(_ term: Int64, _ store: TestStore) async throws -> [Int64] {
        try await store.database.read(.north) { transaction in
            let source = TermIndex.source(matching: [term], engine: transaction.engine)
            return try transaction.rows(
                """
                SELECT hit.id FROM \(source) AS hit JOIN term t ON t.tenant = \(.tenant) AND t.id = hit.id
                """
            ).map { try $0["id"] }
        }
    }
}
