import Kernel
import Store
import Synchronization
import Testing

@Suite("Transactions")
struct DatabaseTests {
    struct Refusal: Error {}

    @Test("no statement marked with the tenant sees or changes another tenant's rows", arguments: TestStore.engines)
    func tenants(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { try Self.insert(1, in: $0) }
            try await store.database.write(.south) { try Self.insert(2, in: $0) }
            let changed = try await store.database.write(.south) { transaction in
                try transaction.execute("UPDATE counter SET n = 9 WHERE tenant = \(.tenant)")
            }
            #expect(changed == 1)
            #expect(try await Self.value(of: 1, .north, store.database) == 0)
            #expect(try await Self.value(of: 2, .south, store.database) == 9)
            #expect(try await store.database.read(.installation) { try Self.ids($0) } == [])
        }
    }

    @Test("what was acknowledged is there when the store is opened anew", arguments: TestStore.engines)
    func durability(engine: Engine) async throws {
        try await Self.with(engine) { store in
            for id in 0..<20 { try await store.database.write(.north) { try Self.insert(id, in: $0) } }
            let other = try store.reopen()
            #expect(try await other.read(.north) { try Self.ids($0) } == Array(0..<20))
            await other.close()
            let again = try store.reopen()
            #expect(try await again.read(.north) { try Self.ids($0) } == Array(0..<20))
            await again.close()
        }
    }

    @Test("a closed store refuses work with `unavailable`", arguments: TestStore.engines)
    func closed(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let other = try store.reopen()
            _ = try await other.read(.north) { try Self.ids($0) }
            await other.close()
            await other.close()
            #expect(await kind { try await other.write(.north) { try Self.insert(1, in: $0) } } == .unavailable)
        }
    }

    @Test("64 writers incrementing counters lose nothing", arguments: TestStore.engines)
    func counters(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { transaction in
                for id in 0..<4 { try Self.insert(id, in: transaction) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<64 {
                    group.addTask {
                        for round in 0..<8 {
                            let id = (writer + round) % 4
                            try await store.database.write(.north) { transaction in
                                let n: Int? = try transaction.value(
                                    "SELECT n FROM counter WHERE tenant = \(.tenant) AND id = \(id)\(.forUpdate)")
                                try transaction.execute(
                                    "UPDATE counter SET n = \(n.map { $0 + 1 }) WHERE tenant = \(.tenant) AND id = \(id)"
                                )
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for id in 0..<4 { #expect(try await Self.value(of: id, .north, store.database) == 128) }
        }
    }

    @Test("a read sees one snapshot, whatever commits meanwhile", arguments: TestStore.engines)
    func snapshot(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let gate = Gate()
            async let seen = store.database.read(.north) { transaction in
                let before = try Self.ids(transaction)
                gate.hold()
                return try (before, Self.ids(transaction))
            }
            await gate.arrival()
            try await store.database.write(.north) { try Self.insert(1, in: $0) }
            gate.open()
            let (before, after) = try await seen
            #expect(before == [])
            #expect(after == [])
            #expect(try await store.database.read(.north) { try Self.ids($0) } == [1])
            #expect(try Self.blockingIDs(store.database) == [1])
        }
    }

    @Test("a failed savepoint undoes itself alone, also inside another", arguments: TestStore.engines)
    func savepoints(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let ids = try await store.database.write(.north) { transaction in
                try Self.insert(1, in: transaction)
                try transaction.savepoint { try Self.insert(2, in: transaction) }
                try transaction.savepoint {
                    try Self.insert(3, in: transaction)
                    mustThrow(Refusal.self) {
                        try transaction.savepoint {
                            try Self.insert(4, in: transaction)
                            throw Refusal()
                        }
                    }
                    mustThrow(StoreError.self) {
                        try transaction.savepoint { try Self.insert(3, in: transaction) }
                    }
                    try Self.insert(5, in: transaction)
                }
                mustThrow(Refusal.self) {
                    try transaction.savepoint {
                        try Self.insert(7, in: transaction)
                        throw Refusal()
                    }
                }
                try Self.insert(6, in: transaction)
                return try Self.ids(transaction)
            }
            #expect(ids == [1, 2, 3, 5, 6])
            #expect(try await store.database.read(.north) { try Self.ids($0) } == [1, 2, 3, 5, 6])
        }
    }

    @Test("a refused statement fails its transaction even when its error is swallowed", arguments: TestStore.engines)
    func swallowed(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { try Self.insert(1, in: $0) }
            let swallowing: @Sendable (any Transaction) throws -> Void = { transaction in
                try Self.insert(2, in: transaction)
                mustThrow(StoreError.self) { try Self.insert(1, in: transaction) }
            }
            #expect(await kind { try await store.database.write(.north, swallowing) } == .unique)
            let goingOn: @Sendable (any Transaction) throws -> Void = { transaction in
                mustThrow(StoreError.self) { try Self.insert(1, in: transaction) }
                try Self.insert(3, in: transaction)
            }
            #expect(await kind { try await store.database.write(.north, goingOn) } == .unique)
            #expect(try await store.database.read(.north) { try Self.ids($0) } == [1])
        }
    }

    @Test("of writes that meet, each failing one fails alone, before or after a change", arguments: TestStore.engines)
    func failingAlone(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let jobs = (0..<30).map { id -> @Sendable (any Transaction) throws -> Void in
                switch id % 10 {
                case 3: { _ in throw Refusal() }
                case 7:
                    { transaction in
                        try Self.insert(id, in: transaction)
                        throw Refusal()
                    }
                case 8:
                    { transaction in
                        try transaction.execute("CREATE TABLE half_made (id BIGINT)")
                        throw Refusal()
                    }
                default: { try Self.insert(id, in: $0) }
                }
            }
            let errors = await store.database.together(jobs)
            for (id, error) in errors.enumerated() {
                #expect((error is Refusal) == [3, 7, 8].contains(id % 10), "job \(id)")
            }
            let kept = (0..<30).filter { ![3, 7, 8].contains($0 % 10) }
            let found = try await store.database.read(.north) { try Self.ids($0) }
            #expect(found == kept)
            #expect(
                await kind { try await store.database.read(.north) { _ = try $0.rows("SELECT * FROM half_made") } }
                    == .other)
        }
    }

    @Test("a dangling reference that is checked at commit fails its own write only", arguments: TestStore.engines)
    func deferredReference(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.migrate { transaction in
                try transaction.execute(
                    """
                    CREATE TABLE child (tenant BIGINT NOT NULL, id BIGINT NOT NULL, parent BIGINT NOT NULL,
                        PRIMARY KEY (tenant, id),
                        FOREIGN KEY (tenant, parent) REFERENCES counter (tenant, id) DEFERRABLE INITIALLY DEFERRED)
                    """)
            }
            let errors = await store.database.together([
                { try Self.insert(1, in: $0) },
                { try $0.execute("INSERT INTO child (tenant, id, parent) VALUES (\(.tenant), 1, 77)") },
                { transaction in
                    try transaction.execute("INSERT INTO child (tenant, id, parent) VALUES (\(.tenant), 2, 2)")
                    try Self.insert(2, in: transaction)
                },
            ])
            #expect(errors.map { ($0 as? StoreError)?.kind } == [nil, .foreignKey, nil])
            #expect(try await store.database.read(.north) { try Self.ids($0) } == [1, 2])
        }
    }

    @Test("afterCommit runs after a commit only, and not for a savepoint that was undone", arguments: TestStore.engines)
    func afterCommit(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let told = Mutex<[String]>([])
            let tell: @Sendable (String) -> @Sendable () -> Void = { word in { told.withLock { $0.append(word) } } }
            try await store.database.write(.north) { transaction in
                transaction.afterCommit(tell("first"))
                try Self.insert(1, in: transaction)
                mustThrow(Refusal.self) {
                    try transaction.savepoint {
                        transaction.afterCommit(tell("undone"))
                        throw Refusal()
                    }
                }
                try transaction.savepoint { transaction.afterCommit(tell("second")) }
                #expect(told.withLock { $0 } == [])
            }
            #expect(told.withLock { $0 } == ["first", "second"])
            await #expect(throws: Refusal.self) {
                try await store.database.write(.north) { transaction in
                    try Self.insert(2, in: transaction)
                    transaction.afterCommit(tell("rolled back"))
                    throw Refusal()
                }
            }
            #expect(told.withLock { $0 } == ["first", "second"])
        }
    }

    @Test("rows come one by one, and other statements may run between them", arguments: TestStore.engines)
    func streaming(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { transaction in
                for id in 0..<300 { try Self.insert(id, in: transaction) }
            }
            let (outer, inner) = try await store.database.write(.north) { transaction in
                var outer: [Int] = []
                var inner = 0
                try transaction.forEach("SELECT id FROM counter WHERE tenant = \(.tenant) AND id >= \(0) ORDER BY id") {
                    row in
                    let id: Int = try row["id"]
                    outer.append(id)
                    if id % 100 == 50 {
                        // The same statement inside itself.
                        try transaction.forEach(
                            "SELECT id FROM counter WHERE tenant = \(.tenant) AND id >= \(id) ORDER BY id"
                        ) { _ in inner += 1 }
                        try transaction.execute("UPDATE counter SET n = 5 WHERE tenant = \(.tenant) AND id = \(id)")
                    }
                }
                return (outer, inner)
            }
            #expect(outer == Array(0..<300))
            #expect(inner == 250 + 150 + 50)
            #expect(try await Self.value(of: 250, .north, store.database) == 5)
            let survivors = try await store.database.write(.north) { transaction in
                mustThrow(Refusal.self) {
                    try transaction.forEach("SELECT id FROM counter ORDER BY id") { row in
                        if try row["id"] == 7 { throw Refusal() }
                    }
                }
                return try Self.ids(transaction).count
            }
            #expect(survivors == 300)
        }
    }

    @Test("a statement tells how many rows it changed, and returns rows when asked", arguments: TestStore.engines)
    func changes(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { transaction in
                for id in 0..<5 { try Self.insert(id, in: transaction) }
                #expect(
                    try transaction.execute("UPDATE counter SET n = 1 WHERE tenant = \(.tenant) AND id < \(3)") == 3)
                #expect(try transaction.execute("DELETE FROM counter WHERE tenant = \(.tenant) AND id = \(99)") == 0)
                let claimed = try transaction.rows(
                    "UPDATE counter SET n = n + 1 WHERE tenant = \(.tenant) AND id = \(1) RETURNING n")
                #expect(try claimed.map { try $0["n"] as Int } == [2])
                let again: SQL = """
                    INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 1, 0)
                    ON CONFLICT DO NOTHING
                    """
                #expect(try transaction.execute(again) == 0)
            }
        }
    }

    // MARK: The table

    static func with(_ engine: Engine, _ body: (TestStore) async throws -> Void) async throws {
        try await TestStore.with(engine) { store in
            try await store.database.migrate { transaction in
                try transaction.execute(
                    "CREATE TABLE counter (tenant BIGINT NOT NULL, id BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (tenant, id))"
                )
            }
            try await body(store)
        }
    }

    static func insert(_ id: Int, in transaction: any Transaction) throws {
        try transaction.execute("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), \(id), 0)")
    }

    static func ids(_ transaction: any Transaction) throws -> [Int] {
        try transaction.rows("SELECT id FROM counter WHERE tenant = \(.tenant) ORDER BY id").map { try $0["id"] }
    }

    private static func blockingIDs(_ database: any Store.Database) throws -> [Int] {
        try database.readNow(.north) { try ids($0) }
    }

    static func value(of id: Int, _ tenant: ID<Tenant>, _ database: any Store.Database) async throws -> Int? {
        try await database.read(tenant) { transaction in
            try transaction.value("SELECT n FROM counter WHERE tenant = \(.tenant) AND id = \(id)")
        }
    }
}
