import Kernel
import Store
import StorePostgres
import Synchronization
import Testing

private let withoutPostgres = !TestStore.engines.contains(.postgres)

@Suite("PostgreSQL under stress", .disabled(if: withoutPostgres, "skipped by THROUGHLINE_TEST_SKIP_POSTGRES"))
struct PostgresDatabaseTests {
    @Test("while the server is away work ends with `unavailable`; when it is back the pool recovers by itself")
    func restart() async throws {
        let cluster = try PostgresCluster()
        var options = PostgresDatabase.Options()
        options.connections = 3
        let database = try PostgresDatabase(url: cluster.url, options: options)
        do {
            try await Self.makeTable(database)
            for id in 0..<10 { try await database.write(.north) { try Self.insert(id, $0) } }

            let gate = Gate()
            async let broken = kind {
                try await database.write(.north) { transaction in
                    try Self.insert(100, transaction)
                    gate.hold()
                    try Self.insert(101, transaction)
                }
            }
            await gate.arrival()
            try cluster.crash()
            gate.open()
            #expect(await broken == .unavailable)
            for id in 102..<108 {
                #expect(await kind { try await database.write(.north) { try Self.insert(id, $0) } } == .unavailable)
            }
            #expect(await kind { _ = try await database.read(.north) { try Self.ids($0) } } == .unavailable)

            try cluster.start()
            try await database.write(.north) { try Self.insert(200, $0) }
            for _ in 0..<10 {
                #expect(try await database.read(.north) { try Self.ids($0) } == Array(0..<10) + [200])
            }
            // Connections that died while idle are not the caller's concern.
            try cluster.crash()
            try cluster.start()
            for id in 201..<210 { try await database.write(.north) { try Self.insert(id, $0) } }
        } catch {
            await database.close()
            try cluster.remove()
            throw error
        }
        await database.close()
        try cluster.remove()
    }

    @Test("a connection that breaks while the commit is under way leaves the outcome uncertain, told as such")
    func uncertain() async throws {
        try await Self.with { database in
            try await database.migrate { transaction in
                try transaction.execute(
                    """
                    CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
                    """)
                try transaction.execute(
                    """
                    CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW WHEN (NEW.id = 13) EXECUTE FUNCTION cut()
                    """)
            }
            let runs = Counter()
            let outcome = await kind {
                try await database.write(.north) { transaction in
                    runs.increment()
                    try Self.insert(13, transaction)
                }
            }
            #expect(outcome == .uncertain)
            #expect(runs.value == 1, "an uncertain commit must not run again by itself")
            try await database.write(.north) { try Self.insert(14, $0) }
            #expect(try await database.read(.north) { try Self.ids($0) } == [14])
        }
    }

    @Test("of two writers in a deadlock both get their way: the refused one runs again")
    func deadlock() async throws {
        try await Self.with { database in
            try await database.write(.north) { transaction in
                try Self.insert(1, transaction)
                try Self.insert(2, transaction)
            }
            let gates = [Gate(), Gate()]
            let runs = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, order) in [[1, 2], [2, 1]].enumerated() {
                    let firstRun = Mutex(true)
                    group.addTask {
                        try await database.write(.north) { transaction in
                            runs.increment()
                            try Self.add(order[0], transaction)
                            let isFirst = firstRun.withLock { first in
                                defer { first = false }
                                return first
                            }
                            if isFirst { gates[index].hold() }
                            try Self.add(order[1], transaction)
                        }
                    }
                }
                for gate in gates { await gate.arrival() }
                for gate in gates { gate.open() }
                try await group.waitForAll()
            }
            #expect(runs.value >= 3)
            let total: Int? = try await database.read(.north) { try $0.value("SELECT SUM(n) FROM item") }
            #expect(total == 4)
        }
    }

    @Test("a conflict that outlasts its retries is told as contention, after a bounded number of runs")
    func contention() async throws {
        try await Self.with { database in
            let runs = Counter()
            let outcome = await kind {
                try await database.write(.north) { transaction in
                    runs.increment()
                    try transaction.execute("DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '40001'; END $$")
                }
            }
            #expect(outcome == .contention)
            #expect(runs.value == 12)
        }
    }

    @Test("a statement prepared before a schema change works after it")
    func stalePlans() async throws {
        try await Self.with { database in
            let count: @Sendable () async throws -> Int = {
                try await database.read(.north) {
                    try $0.rows("SELECT * FROM item ORDER BY id").first?.values.count ?? 0
                }
            }
            try await database.write(.north) { try Self.insert(1, $0) }
            for _ in 0..<20 { #expect(try await count() == 3) }
            try await database.migrate { _ = try $0.execute("ALTER TABLE item ADD COLUMN more TEXT") }
            for _ in 0..<20 { #expect(try await count() == 4) }
        }
    }

    @Test("the prepared statements of a connection are bounded, and an evicted one can be used again")
    func statementCache() async throws {
        var options = PostgresDatabase.Options()
        options.connections = 1
        options.largestStatementCache = 3
        try await Self.with(options) { database in
            try await database.write(.north) { try Self.insert(1, $0) }
            let statements: [SQL] = [
                "SELECT id FROM item", "SELECT n FROM item", "SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5",
            ]
            for _ in 0..<3 {
                for sql in statements { #expect(try await database.read(.north) { try $0.rows(sql).count } == 1) }
            }
            // Alone in its transaction, it counts what earlier ones have left, and itself.
            let held: Int? = try await database.read(.north) {
                try $0.value("SELECT COUNT(*) FROM pg_prepared_statements")
            }
            #expect((held ?? 0) <= 4)
        }
    }

    @Test("the server's codes become the kinds that tell a caller what to do")
    func codes() async throws {
        try await Self.with { database in
            let cases: [(SQL, StoreError.Kind)] = [
                ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$", .full),
                ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '58030'; END $$", .io),
                ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'XX001'; END $$", .io),
                ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '55P03'; END $$", .contention),
                ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57014'; END $$", .unavailable),
                ("DO $$ BEGIN RAISE EXCEPTION 'overlap: lane'; END $$", .overlap),
                ("DO $$ BEGIN RAISE EXCEPTION 'check: lane'; END $$", .check),
                ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '22000'; END $$", .other),
            ]
            for (sql, expected) in cases {
                #expect(
                    await kind { try await database.write(.north) { _ = try $0.execute(sql) } } == expected, "\(sql)")
            }
        }
    }

    @Test("numerics and small integers read as the portable types")
    func portableTypes() async throws {
        try await Self.with { database in
            let row = try await database.read(.north) { transaction in
                try transaction.row(
                    """
                    SELECT 7::smallint AS small, -8::integer AS medium, 0::numeric AS zero, 100000000::numeric AS round,
                        -12345.6789::numeric AS decimal, 0.00012::numeric AS little, 1e30::numeric AS vast,
                        'a'::varchar(3) AS varying, '{"a":1}'::jsonb AS document, 1.5::real AS short, NULL AS nothing
                    """)
            }
            let found = try #require(row)
            #expect(
                found.values == [
                    .integer(7), .integer(-8), .integer(0), .integer(100_000_000), .real(-12345.6789), .real(0.00012),
                    .text("1" + String(repeating: "0", count: 30)), .text("a"), .text("{\"a\": 1}"), .real(1.5), .null,
                ])
            let fault = await #expect(throws: Fault.self) {
                try await database.read(.north) { try $0.rows("SELECT ARRAY[1, 2] AS list").count }
            }
            #expect(fault?.code == "store.column-type")
            #expect(try await database.read(.north) { try $0.rows("SELECT 1").count } == 1)
        }
    }

    @Test("a read cannot write")
    func readOnly() async throws {
        try await Self.with { database in
            #expect(await kind { try await database.read(.north) { try Self.insert(1, $0) } } == .other)
            let ids = try await database.read(.north) { try Self.ids($0) }
            #expect(ids == [])
        }
    }

    @Test("a URL or schema name that cannot be read is refused without repeating it")
    func badURL() throws {
        let url = "postgres://user:hunter2@host:port:port/x?no_such=1"
        let fault = #expect(throws: Fault.self) { try PostgresDatabase(url: url) }
        #expect(fault?.code == "store.postgres-url")
        #expect(fault?.description.contains("hunter2") == false)
        var options = PostgresDatabase.Options()
        options.schema = "x\"; DROP SCHEMA public"
        let hostile = options
        let good = try TestStore.postgresURL
        let second = #expect(throws: Fault.self) { try PostgresDatabase(url: good, options: hostile) }
        #expect(second?.code == "store.postgres-schema")
    }

    // MARK: The table

    static func with(
        _ options: PostgresDatabase.Options = PostgresDatabase.Options(),
        _ body: (PostgresDatabase) async throws -> Void
    ) async throws {
        await TestStore.places.take()
        defer { TestStore.places.give() }
        var options = options
        options.schema = TestStore.freshName("t")
        options.connections = min(options.connections, 3)
        let database = try PostgresDatabase(url: TestStore.postgresURL, options: options)
        do {
            try await makeTable(database)
            try await body(database)
        } catch {
            try await database.dropSchema()
            await database.close()
            throw error
        }
        try await database.dropSchema()
        await database.close()
    }

    private static func makeTable(_ database: PostgresDatabase) async throws {
        try await database.migrate { transaction in
            try transaction.execute(
                "CREATE TABLE item (tenant BIGINT NOT NULL, id BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (tenant, id))"
            )
        }
    }

    private static func insert(_ id: Int, _ transaction: any Transaction) throws {
        try transaction.execute("INSERT INTO item (tenant, id, n) VALUES (\(.tenant), \(id), 0)")
    }

    private static func add(_ id: Int, _ transaction: any Transaction) throws {
        try transaction.execute("UPDATE item SET n = n + 1 WHERE tenant = \(.tenant) AND id = \(id)")
    }

    private static func ids(_ transaction: any Transaction) throws -> [Int] {
        try transaction.rows("SELECT id FROM item WHERE tenant = \(.tenant) ORDER BY id").map { try $0["id"] }
    }
}
