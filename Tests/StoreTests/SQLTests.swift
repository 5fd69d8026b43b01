import Kernel
import Store
import Testing

@Suite("SQL and its values")
struct SQLTests {
    @Test("a statement's values are parameters, never text")
    func rendering() {
        let hostile = "'; DROP TABLE t; --"
        let sql: SQL = "SELECT * FROM t WHERE tenant = \(.tenant) AND a = \(hostile) AND b = \(7)"
        let sqlite = sql.rendered(for: .sqlite, tenant: .north)
        #expect(sqlite.text == "SELECT * FROM t WHERE tenant = ?1 AND a = ?2 AND b = ?3")
        #expect(sqlite.values == [.integer(1), .text(hostile), .integer(7)])
        let postgres = sql.rendered(for: .postgres, tenant: .south)
        #expect(postgres.text == "SELECT * FROM t WHERE tenant = $1 AND a = $2 AND b = $3")
        #expect(postgres.values == [.integer(2), .text(hostile), .integer(7)])
        #expect(!sql.description.contains("DROP"))
    }

    @Test("fragments keep their values in order, and lists make one text whatever their length")
    func fragments() {
        let condition: SQL = "b = \(2)"
        let sql: SQL = "SELECT \(1) WHERE \(condition) AND c IN \(list: [3, 4, 5] as [Int64])\(.forUpdate)"
        let longer: SQL = "SELECT \(1) WHERE \(condition) AND c IN \(list: [Int64](0..<100))\(.forUpdate)"
        for engine in Engine.allCases {
            #expect(sql.rendered(for: engine, tenant: .north).text == longer.rendered(for: engine, tenant: .north).text)
        }
        #expect(sql.rendered(for: .sqlite, tenant: .north).values == [.integer(1), .integer(2), .text("[3,4,5]")])
        #expect(sql.rendered(for: .postgres, tenant: .north).text.hasSuffix(" FOR UPDATE"))
        #expect(!sql.rendered(for: .sqlite, tenant: .north).text.contains("FOR UPDATE"))
    }

    @Test("every type comes back as it was stored", arguments: TestStore.engines)
    func roundTrip(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            try await Self.makeTable(store)
            let texts = ["", "plain", "'\"\\;--\n\t", "ß 漢字 🩺 e\u{301}", String(repeating: "x", count: 100_000)]
            let integers: [Int64] = [0, -1, .min, .max]
            let reals = [0, -0.5, .pi, 1e-300, .greatestFiniteMagnitude]
            let blobs: [[UInt8]] = [[], [0], [0, 255, 0], [UInt8](repeating: 7, count: 70_000)]
            for index in 0..<20 {
                let text = texts[index % texts.count]
                let integer = integers[index % integers.count]
                let real = reals[index % reals.count]
                let blob = blobs[index % blobs.count]
                let row = try await store.database.write(.north) { transaction in
                    try transaction.execute(
                        """
                        INSERT INTO every_type (tenant, id, integer_value, real_value, text_value, blob_value, flag)
                        VALUES (\(.tenant), \(index), \(integer), \(real), \(text), \(blob), \(index % 2 == 0))
                        """)
                    return try transaction.row("SELECT * FROM every_type WHERE tenant = \(.tenant) AND id = \(index)")
                }
                let found = try #require(row)
                #expect(try found["integer_value"] == integer)
                #expect(try found["real_value"] == real)
                #expect(try found["text_value"] == text)
                #expect(try found["blob_value"] == blob)
                #expect(try found["flag"] == (index % 2 == 0))
            }
        }
    }

    @Test("nil is stored as null, and null reads only as an optional", arguments: TestStore.engines)
    func nulls(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            try await Self.makeTable(store)
            let row = try await store.database.write(.north) { transaction in
                let none: Int64? = nil
                let some: Int64? = 5
                try transaction.execute(
                    """
                    INSERT INTO every_type (tenant, id, integer_value, real_value, text_value, blob_value, flag)
                    VALUES (\(.tenant), 1, \(some), \(nil as Double?), \(nil as String?), \(nil as [UInt8]?), \(nil as Bool?))
                    """)
                try transaction.execute("UPDATE every_type SET id = 2 WHERE COALESCE(\(none), 1) = id")
                return try transaction.row("SELECT * FROM every_type WHERE CAST(\(none) AS BIGINT) IS NULL")
            }
            let found = try #require(row)
            #expect(try found["integer_value"] as Int64? == 5)
            #expect(try found["id"] == 2)
            #expect(try found["text_value"] as String? == nil)
            #expect(try found["blob_value"] as [UInt8]? == nil)
            #expect(try found["real_value"] as Double? == nil)
            #expect(try found["flag"] as Bool? == nil)
            #expect(throws: Fault.self) { try found["text_value"] as String }
            #expect(throws: Fault.self) { try found["no_such_column"] as String }
        }
    }

    @Test("ids, instants and whole sums read as what they are", arguments: TestStore.engines)
    func derivedTypes(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            try await Self.makeTable(store)
            let instant = Instant(microseconds: 1_795_316_820_123_456)
            let row = try await store.database.write(.north) { transaction in
                for (id, value) in [(1, instant), (2, Instant(seconds: -5))] {
                    try transaction.execute(
                        "INSERT INTO every_type (tenant, id, integer_value) VALUES (\(.tenant), \(id), \(value))")
                }
                return try transaction.row(
                    """
                    SELECT MAX(tenant) AS tenant, MAX(integer_value) AS latest, SUM(integer_value) AS total,
                        AVG(id) AS mean, COUNT(*) AS count, -SUM(id) * 1000000 AS negative
                    FROM every_type
                    """)
            }
            let found = try #require(row)
            #expect(try found["tenant"] == ID<Tenant>.north)
            #expect(try found["latest"] == instant)
            #expect(try found["total"] == instant.microseconds - 5_000_000)
            #expect(try found["mean"] == 1.5)
            #expect(try found["count"] == 2)
            #expect(try found["negative"] == -3_000_000)
        }
    }

    @Test("a list finds exactly its strings, however hostile", arguments: TestStore.engines)
    func lists(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            try await Self.makeTable(store)
            let hostile = ["\"", "\\", "\\u0041", "A", "\n\u{1}\u{1f}", "'),('x", "]", "é", "e\u{301}", "🩺", "", "%"]
            try await store.database.write(.north) { transaction in
                for (id, text) in hostile.enumerated() {
                    try transaction.execute(
                        "INSERT INTO every_type (tenant, id, text_value) VALUES (\(.tenant), \(id), \(text))")
                }
            }
            func found(_ strings: [String]) async throws -> [Int] {
                try await store.database.read(.north) { transaction in
                    try transaction.rows("SELECT id FROM every_type WHERE text_value IN \(list: strings) ORDER BY id")
                        .map { try $0["id"] }
                }
            }
            for (id, text) in hostile.enumerated() { #expect(try await found([text, "absent"]) == [id]) }
            #expect(try await found(hostile) == Array(hostile.indices))
            #expect(try await found([]) == [])
            let none = try await store.database.read(.north) { transaction in
                try transaction.rows("SELECT id FROM every_type WHERE id IN \(list: [] as [Int64])").count
            }
            #expect(none == 0)
            let extremes = try await store.database.read(.north) { transaction in
                try transaction.rows("SELECT id FROM every_type WHERE id IN \(list: [.min, 3, .max] as [Int64])").count
            }
            #expect(extremes == 1)
        }
    }

    @Test("a blob of 20 MB comes back whole", arguments: TestStore.engines)
    func hugeBlob(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            try await Self.makeTable(store)
            let blob = [UInt8](unsafeUninitializedCapacity: 20 << 20) { buffer, count in
                for index in 0..<(20 << 20) { buffer[index] = UInt8(truncatingIfNeeded: index &* 31 >> 3) }
                count = 20 << 20
            }
            let isSame = try await store.database.write(.north) { transaction in
                try transaction.execute(
                    "INSERT INTO every_type (tenant, id, blob_value) VALUES (\(.tenant), 1, \(blob))")
                let found: [UInt8]? = try transaction.value("SELECT blob_value FROM every_type")
                return found == blob
            }
            #expect(isSame)
        }
    }

    @Test("U+0000 in a text is kept by SQLite and refused by PostgreSQL with a remedy", arguments: TestStore.engines)
    func nul(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            try await Self.makeTable(store)
            let text = "a\u{0}b"
            let insert: @Sendable (any Transaction) throws -> Void = { transaction in
                try transaction.execute(
                    "INSERT INTO every_type (tenant, id, text_value) VALUES (\(.tenant), 1, \(text))")
            }
            let find: @Sendable (any Transaction) throws -> Int = { transaction in
                try transaction.rows("SELECT id FROM every_type WHERE text_value IN \(list: [text])").count
            }
            if engine == .sqlite {
                try await store.database.write(.north, insert)
                let found: String? = try await store.database.read(.north) {
                    try $0.value("SELECT text_value FROM every_type")
                }
                #expect(found == text)
            } else {
                let inserting = await #expect(throws: Fault.self) { try await store.database.write(.north, insert) }
                #expect(inserting?.code == "store.text-nul")
                try await store.database.write(.north) { transaction in
                    _ = try transaction.execute(
                        "INSERT INTO every_type (tenant, id, text_value) VALUES (\(.tenant), 1, 'a')")
                }
                let finding = await #expect(throws: Fault.self) { _ = try await store.database.read(.north, find) }
                #expect(finding?.category == .invalid)
            }
        }
    }

    private static func makeTable(_ store: TestStore) async throws {
        try await store.database.migrate { transaction in
            try transaction.execute(
                """
                CREATE TABLE every_type (
                    tenant BIGINT NOT NULL, id BIGINT NOT NULL, integer_value BIGINT, real_value DOUBLE PRECISION,
                    text_value TEXT, blob_value BLOB, flag BOOLEAN, PRIMARY KEY (tenant, id))
                """)
        }
    }
}
