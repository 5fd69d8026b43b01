import Kernel
import Store
import Testing

@Suite("The inverted index of sealed search")
struct TermIndexTests {
    @Test("rows with every term are found, newest first", arguments: TestStore.engines)
    func conjunction(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { transaction in
                try Self.put(1, [10, 20], transaction)
                try Self.put(2, [10, 30], transaction)
                try Self.put(3, [10, 20, 30, .min, .max], transaction)
            }
            #expect(try await Self.found([10], store) == [3, 2, 1])
            #expect(try await Self.found([20, 10], store) == [3, 1])
            #expect(try await Self.found([20, 30], store) == [3])
            #expect(try await Self.found([.min, .max], store) == [3])
            #expect(try await Self.found([40], store) == [])
            #expect(try await Self.found([10, 40], store) == [])
            #expect(try await Self.found([], store) == [])
        }
    }

    @Test("a row's new terms replace its old ones, and a removed row is not found", arguments: TestStore.engines)
    func replacing(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { transaction in
                try Self.put(1, [10, 20], transaction)
                try Self.put(2, [10], transaction)
            }
            try await store.database.write(.north) { try TermIndex.put(1, terms: [20, 30], in: $0) }
            #expect(try await Self.found([10], store) == [2])
            #expect(try await Self.found([20, 30], store) == [1])
            try await store.database.write(.north) { transaction in
                try TermIndex.remove(1, in: transaction)
                try TermIndex.remove(404, in: transaction)
            }
            #expect(try await Self.found([20], store) == [])
            #expect(try await Self.found([10], store) == [2])
        }
    }

    @Test("a rolled-back change leaves the index as it was", arguments: TestStore.engines)
    func rollback(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { try Self.put(1, [10], $0) }
            await #expect(throws: DatabaseTests.Refusal.self) {
                try await store.database.write(.north) { transaction in
                    try TermIndex.put(1, terms: [20], in: transaction)
                    throw DatabaseTests.Refusal()
                }
            }
            #expect(try await Self.found([10], store) == [1])
            #expect(try await Self.found([20], store) == [])
        }
    }

    @Test("one tenant's search never shows another's row, and cannot remove it", arguments: TestStore.engines)
    func tenants(engine: Engine) async throws {
        try await Self.with(engine) { store in
            try await store.database.write(.north) { try Self.put(1, [10], $0) }
            try await store.database.write(.south) { transaction in
                try Self.put(2, [10], transaction)
                try TermIndex.remove(1, in: transaction)
            }
            #expect(try await Self.found([10], store) == [1])
            #expect(try await Self.found([10], store, .south) == [2])
        }
    }

    private static func with(_ engine: Engine, _ body: (TestStore) async throws -> Void) async throws {
        let table = Migration(
            "2026-12-01.test.1",
            ["CREATE TABLE thing (tenant BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (tenant, id))"])
        try await TestStore.with(engine) { store in
            _ = try await Migrations.run([TermIndex.migration, table], on: store.database)
            try await body(store)
        }
    }

    private static func put(_ id: Int64, _ terms: [Int64], _ transaction: any Transaction) throws {
        try transaction.execute("INSERT INTO thing (tenant, id) VALUES (\(.tenant), \(id))")
        try TermIndex.put(id, terms: terms, in: transaction)
    }

    private static func found(
        _ terms: [Int64], _ store: TestStore, _ tenant: ID<Tenant> = .north
    ) async throws -> [Int64] {
        try await store.database.read(tenant) { transaction in
            try transaction.rows(
                """
                SELECT thing.id FROM \(TermIndex.source(matching: terms, engine: transaction.engine)) AS hit
                JOIN thing ON thing.tenant = \(.tenant) AND thing.id = hit.id ORDER BY hit.id DESC
                """
            ).map { try $0["id"] }
        }
    }
}
