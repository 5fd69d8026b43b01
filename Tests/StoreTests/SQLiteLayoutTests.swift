import Kernel
import Store
import Testing

@Suite("How SQLite lays tables out")
struct SQLiteLayoutTests {
    private static let schema = Migration(
        "2026-01-01.tests.layout",
        [
            """
            CREATE TABLE owner (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, id), CHECK (name <> ''))
            """,
            """
            CREATE TABLE pet (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, owner BIGINT NOT NULL, photo BLOB,
                PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, owner) REFERENCES owner (tenant, id))
            """,
            "CREATE TABLE visit (tenant BIGINT NOT NULL, pet BIGINT NOT NULL, day BIGINT NOT NULL, PRIMARY KEY (tenant, pet, day))",
            "CREATE TABLE word (tenant BIGINT NOT NULL, pet BIGINT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (tenant, pet, word))",
        ])

    @Test("one tree for a table by id and for a table of numbers; wide rows keep their own")
    func layout() async throws {
        try await TestStore.with(.sqlite) { store in
            _ = try await Migrations.run([Self.schema], on: store.database)
            let trees = try await store.database.read(.installation) { transaction in
                try transaction.rows(
                    """
                    SELECT tbl_name, COUNT(*) FROM sqlite_master WHERE rootpage > 0 AND tbl_name <> 'migration'
                    GROUP BY tbl_name ORDER BY tbl_name
                    """
                ).map { "\(try $0.value(at: 0, as: String.self)) \(try $0.value(at: 1, as: Int.self))" }
            }
            #expect(trees == ["owner 1", "pet 1", "visit 1", "word 2"])
        }
    }

    @Test("keys and references hold all the same", arguments: TestStore.engines)
    func rules(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            _ = try await Migrations.run([Self.schema], on: store.database)
            try await store.database.write(.north) { transaction in
                try transaction.send("INSERT INTO owner (tenant, id, name) VALUES (\(.tenant), 7, 'Ines')")
                try transaction.send("INSERT INTO pet (tenant, id, owner) VALUES (\(.tenant), 8, 7)")
                try transaction.send("INSERT INTO visit (tenant, pet, day) VALUES (\(.tenant), 8, 1)")
            }
            let refused: [(SQL, StoreError.Kind)] = [
                ("INSERT INTO owner (tenant, id, name) VALUES (\(.tenant), 7, 'Ines again')", .unique),
                ("INSERT INTO owner (tenant, id, name) VALUES (\(.tenant), 9, '')", .check),
                ("INSERT INTO pet (tenant, id, owner) VALUES (\(.tenant), 9, 1)", .foreignKey),
                ("INSERT INTO visit (tenant, pet, day) VALUES (\(.tenant), 8, 1)", .unique),
                ("DELETE FROM owner WHERE tenant = \(.tenant) AND id = 7", .foreignKey),
            ]
            for (statement, expected) in refused {
                let got = await kind { try await store.database.write(.north) { try $0.send(statement) } }
                #expect(got == expected, "\(statement)")
            }
        }
    }
}
