import Kernel
import Store
import Testing

@Suite("Migrations")
struct MigrationTests {
    private static let first = Migration(
        "2026-01-01.a.1",
        ["CREATE TABLE pet (tenant BIGINT NOT NULL, id BIGINT NOT NULL, photo BLOB, PRIMARY KEY (tenant, id))"])
    private static let second = Migration(
        "2026-02-01.b.1", ["ALTER TABLE pet ADD COLUMN name TEXT", "CREATE INDEX pet_name ON pet (tenant, name)"])

    @Test("steps run once, in the order of their ids, however they are listed", arguments: TestStore.engines)
    func order(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            #expect(
                try await Migrations.run([Self.second, Self.first], on: store.database) == [
                    Self.first.id, Self.second.id,
                ])
            #expect(try await Migrations.run([Self.second, Self.first], on: store.database) == [])
            let positions = try await store.database.read(.installation) { transaction in
                try transaction.rows("SELECT id FROM migration ORDER BY position").map { try $0["id"] as String }
            }
            #expect(positions == [Self.first.id, Self.second.id])
        }
    }

    @Test("a landed step that was edited is refused by name", arguments: TestStore.engines)
    func edited(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            _ = try await Migrations.run([Self.first], on: store.database)
            let edited = Migration(Self.first.id, ["CREATE TABLE pet (tenant BIGINT NOT NULL)"])
            let fault = await #expect(throws: Fault.self) { try await Migrations.run([edited], on: store.database) }
            #expect(fault?.code == "migration.edited")
            #expect(fault?.message.contains(Self.first.id) == true)
        }
    }

    @Test("two steps of one name are refused before anything runs", arguments: TestStore.engines)
    func duplicates(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            let fault = await #expect(throws: Fault.self) {
                try await Migrations.run([Self.first, Migration(Self.first.id, [])], on: store.database)
            }
            #expect(fault?.code == "migration.duplicate")
            let taken = try await Migrations.run([Self.first], on: store.database)
            #expect(taken == [Self.first.id])
        }
    }

    @Test(
        "a step that fails leaves nothing, the ones before it stay, and it can run again", arguments: TestStore.engines)
    func failing(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            let broken = Migration(Self.second.id, Self.second.statements + ["CREATE TABLE pet (id BIGINT)"])
            await #expect(throws: StoreError.self) {
                try await Migrations.run([Self.first, broken], on: store.database)
            }
            let taken = try await Migrations.run([Self.first, Self.second], on: store.database)
            #expect(taken == [Self.second.id])
        }
    }

    @Test("a step of a newer release is left alone", arguments: TestStore.engines)
    func newer(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            _ = try await Migrations.run([Self.first, Self.second], on: store.database)
            #expect(try await Migrations.run([Self.first], on: store.database) == [])
        }
    }

    @Test("nodes that start at once run each step once", arguments: TestStore.engines)
    func together(engine: Engine) async throws {
        try await TestStore.with(engine) { store in
            let nodes = try (0..<3).map { _ in try store.reopen() }
            let taken = try await withThrowingTaskGroup(of: [String].self) { group in
                for node in nodes {
                    group.addTask {
                        try await Migrations.run([TermIndex.migration, Self.first, Self.second], on: node)
                    }
                }
                var taken: [String] = []
                for try await part in group { taken += part }
                return taken
            }
            for node in nodes { await node.close() }
            #expect(taken.sorted() == [Self.first.id, Self.second.id, TermIndex.migration.id])
        }
    }

    @Test("the fingerprint follows the text of either engine")
    func fingerprint() {
        let one = Migration("x", [.engine(sqlite: "A", postgres: "B")])
        #expect(one.fingerprint == Migration("y", [.engine(sqlite: "A", postgres: "B")]).fingerprint)
        #expect(one.fingerprint != Migration("x", [.engine(sqlite: "A", postgres: "C")]).fingerprint)
        #expect(one.fingerprint != Migration("x", [.engine(sqlite: "C", postgres: "B")]).fingerprint)
    }
}
