import Foundation
import Kernel
import Store
import StorePostgres
import Testing

@Suite(
    "Tables of PostgreSQL out and in",
    .enabled(if: ProcessInfo.processInfo.environment["THROUGHLINE_TEST_SKIP_POSTGRES"] != "1"))
struct PostgresCopyTests {
    @Test("whole tables go out of one moment and into another schema, those that are referred to first")
    func roundTrip() async throws {
        try await Self.with { source, target in
            let reader = try PostgresCopy(url: try TestStore.postgresURL, schema: source.schema)
            let tables = try reader.beginReading()
            #expect(tables.map(\.name) == ["child", "parent"])
            #expect(tables[1].columns == ["id", "body", "words"])
            // Written after the moment: not in it.
            _ = try await source.database.write(.north) { try $0.execute("DELETE FROM child") }
            var parts: [String: [[UInt8]]] = [:]
            for table in tables {
                try reader.read(table) { parts[table.name, default: []].append(Array($0)) }
            }
            try reader.endReading()

            let writer = try PostgresCopy(url: try TestStore.postgresURL, schema: target.schema)
            let order = try writer.beginWriting()
            #expect(order.map(\.name) == ["parent", "child"])
            for table in order {
                try writer.beginTable(table)
                for bytes in parts[table.name] ?? [] { try writer.write(bytes) }
                try writer.endTable()
            }
            try writer.commit()
            let (rows, children) = try await target.database.read(.north) { transaction in
                (
                    try transaction.rows("SELECT id, body FROM parent ORDER BY id").map {
                        "\(try $0["id"] as Int64) \(try $0["body"] as String)"
                    },
                    try transaction.value("SELECT COUNT(*) FROM child") as Int?
                )
            }
            #expect(rows == ["1 one", "2 \\N\ttwo\n\"ü\""])
            #expect(children == 2)
        }
    }

    @Test("a load that fails leaves nothing")
    func failing() async throws {
        try await Self.with { _, target in
            let writer = try PostgresCopy(url: try TestStore.postgresURL, schema: target.schema)
            let order = try writer.beginWriting()
            try writer.beginTable(order[0])
            try writer.write(Array("this is no such format".utf8))
            #expect(throws: StoreError.self) { try writer.endTable() }
            #expect(throws: StoreError.self) { try writer.beginTable(order[1]) }
            #expect(try PostgresCopy(url: try TestStore.postgresURL, schema: target.schema).isThere())
            #expect(try !PostgresCopy(url: try TestStore.postgresURL, schema: target.schema + "x").isThere())
        }
    }

    private struct Place {
        let schema: String
        let database: PostgresDatabase

        init() throws {
            schema = "copy_" + UUID().uuidString.lowercased().replacing("-", with: "")
            var options = PostgresDatabase.Options()
            options.schema = schema
            options.connections = 2
            database = try PostgresDatabase(url: try TestStore.postgresURL, options: options)
        }

        func prepare() async throws {
            try await database.migrate { transaction in
                try transaction.execute(
                    "CREATE TABLE parent (id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL, words BIGINT[])")
                try transaction.execute(
                    """
                    CREATE TABLE child (id BIGINT NOT NULL PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parent (id),
                        sealed BLOB)
                    """)
            }
        }

        func end() async throws {
            try await database.dropSchema()
            await database.close()
        }
    }

    private static func with(_ body: (Place, Place) async throws -> Void) async throws {
        let source = try Place()
        let target = try Place()
        try await source.prepare()
        try await target.prepare()
        _ = try await source.database.write(.north) { transaction in
            try transaction.execute("INSERT INTO parent (id, body, words) VALUES (1, 'one', '{1,2,3}')")
            try transaction.execute("INSERT INTO parent (id, body) VALUES (2, \("\\N\ttwo\n\"ü\""))")
            try transaction.execute("INSERT INTO child (id, parent, sealed) VALUES (1, 1, \([UInt8](0...255)))")
            try transaction.execute("INSERT INTO child (id, parent) VALUES (2, 2)")
        }
        do {
            try await body(source, target)
        } catch {
            try await source.end()
            try await target.end()
            throw error
        }
        try await source.end()
        try await target.end()
    }
}
