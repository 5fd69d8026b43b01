import Kernel
import Store
import StorePostgres
import Testing

@Suite("Statements that travel together")
struct TogetherTests {
    @Test("what is sent is done in order, and seen by what comes after", arguments: TestStore.engines)
    func order(engine: Engine) async throws {
        try await DatabaseTests.with(engine) { store in
            let seen = try await store.database.write(.north) { transaction -> [Int?] in
                try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 1, 5)")
                try transaction.send("UPDATE counter SET n = n + 1 WHERE tenant = \(.tenant) AND id = 1")
                let before = try transaction.ask("SELECT n FROM counter WHERE tenant = \(.tenant) AND id = 1")
                try transaction.send("UPDATE counter SET n = n * 2 WHERE tenant = \(.tenant) AND id = 1")
                let after: Int? = try transaction.value("SELECT n FROM counter WHERE tenant = \(.tenant) AND id = 1")
                return [try before.map { try $0.first?.value(at: 0, as: Int.self) }.get(), after]
            }
            #expect(seen == [6, 12])
            #expect(try await DatabaseTests.value(of: 1, .north, store.database) == 12)
        }
    }

    @Test(
        "what is sent and refused undoes the whole transaction, though nothing comes after",
        arguments: TestStore.engines)
    func refusedAtTheEnd(engine: Engine) async throws {
        try await DatabaseTests.with(engine) { store in
            try await store.database.write(.north) { try DatabaseTests.insert(1, in: $0) }
            let outcome = await kind {
                try await store.database.write(.north) { transaction in
                    try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 2, 0)")
                    try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 1, 0)")
                    try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 3, 0)")
                }
            }
            #expect(outcome == .unique)
            #expect(try await store.database.read(.north) { try DatabaseTests.ids($0) } == [1])
            // The connection is as good as before.
            try await store.database.write(.north) { try DatabaseTests.insert(4, in: $0) }
            #expect(try await store.database.read(.north) { try DatabaseTests.ids($0) } == [1, 4])
        }
    }

    @Test("a question after a refusal has no answer", arguments: TestStore.engines)
    func noAnswer(engine: Engine) async throws {
        try await DatabaseTests.with(engine) { store in
            try await store.database.write(.north) { try DatabaseTests.insert(1, in: $0) }
            let outcome = await kind {
                try await store.database.write(.north) { transaction in
                    // SQLite refuses on the spot; the caller who swallows it learns of it all the same.
                    _ = try? transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 1, 0)")
                    // So does who asks on without looking.
                    _ = try? transaction.ask("SELECT n FROM counter WHERE tenant = \(.tenant)").get()
                }
            }
            #expect(outcome == .unique)
        }
    }

    @Test("what a savepoint sends fails in it, what was sent before fails outside", arguments: TestStore.engines)
    func savepoints(engine: Engine) async throws {
        try await DatabaseTests.with(engine) { store in
            try await store.database.write(.north) { try DatabaseTests.insert(1, in: $0) }
            try await store.database.write(.north) { transaction in
                try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 2, 0)")
                var inner: StoreError.Kind?
                do {
                    try transaction.savepoint {
                        try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 3, 0)")
                        try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 1, 0)")
                    }
                } catch let refusal as StoreError {
                    inner = refusal.kind
                }
                #expect(inner == .unique)
                try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 4, 0)")
            }
            #expect(try await store.database.read(.north) { try DatabaseTests.ids($0) } == [1, 2, 4])

            let whole = await kind {
                try await store.database.write(.north) { transaction in
                    try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 1, 0)")
                    try transaction.savepoint {
                        try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), 5, 0)")
                    }
                }
            }
            #expect(whole == .unique)
            #expect(try await store.database.read(.north) { try DatabaseTests.ids($0) } == [1, 2, 4])
        }
    }

    @Test("thousands of statements sent in one transaction, some inside a loop over rows", arguments: TestStore.engines)
    func many(engine: Engine) async throws {
        try await DatabaseTests.with(engine) { store in
            try await store.database.write(.north) { transaction in
                for id in 0..<3_000 {
                    try transaction.send("INSERT INTO counter (tenant, id, n) VALUES (\(.tenant), \(id), 1)")
                }
                try transaction.forEach("SELECT id FROM counter WHERE tenant = \(.tenant) ORDER BY id") { row in
                    let id: Int = try row["id"]
                    try transaction.send("UPDATE counter SET n = \(id) WHERE tenant = \(.tenant) AND id = \(id)")
                }
            }
            let sum: Int? = try await store.database.read(.north) {
                try $0.value("SELECT SUM(n) FROM counter WHERE tenant = \(.tenant)")
            }
            #expect(sum == 3_000 * 2_999 / 2)
        }
    }

    @Test("a null takes the type that the statement knows: one preparation serves every combination of nulls")
    func nulls() async throws {
        var options = PostgresDatabase.Options()
        options.connections = 1
        try await PostgresDatabaseTests.with(options) { database in
            try await database.write(.north) { transaction in
                for id in 0..<16 {
                    let n: Int? = id & 1 == 0 ? nil : id
                    let text: String? = id & 2 == 0 ? nil : "t\(id)"
                    try transaction.send(
                        "INSERT INTO item (tenant, id, n) VALUES (\(.tenant), \(id), COALESCE(\(n), LENGTH(\(text)), 0))"
                    )
                }
            }
            let kept: Int? = try await database.read(.north) {
                try $0.value(
                    "SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO item%COALESCE%'")
            }
            #expect((1...3).contains(kept ?? 0))
            let sum: Int? = try await database.read(.north) { try $0.value("SELECT SUM(n) FROM item") }
            #expect(sum == [1, 3, 5, 7, 9, 11, 13, 15].reduce(0, +) + 2 * 2 + 2 * 3)
        }
    }
}
