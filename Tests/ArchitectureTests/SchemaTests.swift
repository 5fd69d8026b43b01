import App
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault
import Web

/// The schema as it is committed in `docs/schema`, so that a reviewer sees each change of it.
@Suite("The schema")
struct SchemaTests {
    private static func committed(_ name: String) throws -> String {
        try String(contentsOfFile: Checkout.root + "/docs/schema/" + name, encoding: .utf8)
    }

    private static let remedy: Comment = "build a release and run bin/schema, then look at what it changed"

    @Test("the committed dump is what the migrations make of a fresh store", arguments: TestStores.engines)
    func dump(_ engine: Engine) async throws {
        try await ComposedWorld.with { platform in
            try await Self.withStores(engine) { stores in
                _ = try await Migrations.run(KeyStore.migrations, on: stores.keys)
                _ = try await Migrations.run(platform.migrations, on: stores.main)
                let dump = try await SchemaDump.document(data: stores.main, keys: stores.keys)
                let known = try Self.committed(engine == .sqlite ? "sqlite.sql" : "postgresql.sql")
                let lines = dump.split(separator: "\n").difference(from: known.split(separator: "\n"))
                let isKnown = dump == known
                #expect(isKnown, Self.remedy)
                for change in lines.prefix(20) { Issue.record("\(change)") }
            }
        }
    }

    @Test("every migration runs once, by date, and run again changes nothing", arguments: TestStores.engines)
    func twice(_ engine: Engine) async throws {
        try await ComposedWorld.with { platform in
            try await Self.withStores(engine) { stores in
                let first = try await Migrations.run(platform.migrations, on: stores.main)
                #expect(first == platform.migrations.map(\.id).sorted())
                let before = try await SchemaDump.text(of: stores.main)
                let second = try await Migrations.run(platform.migrations.reversed(), on: stores.main)
                #expect(second == [])
                let isSame = try await SchemaDump.text(of: stores.main) == before
                #expect(isSame)
            }
        }
    }

    @Test("landed migrations stand as they landed, in the order of their dates, and each is in the manifest")
    func manifest() async throws {
        try await ComposedWorld.with { platform in
            let landed = try Self.committed("migrations.txt").split(separator: "\n").map(String.init)
            let now = platform.migrationManifest.split(separator: "\n").map(String.init)
            for line in landed where !now.contains(line) {
                Issue.record("\(line) is gone or was changed: put it back, and the change into a new migration")
            }
            #expect(landed == now, Self.remedy)
            #expect(landed == landed.sorted())
            let ids = platform.allMigrations.map(\.id)
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test("nothing that the previous release needs is dropped, renamed or made stricter")
    func expandFirst() async throws {
        try await ComposedWorld.with { platform in
            for migration in platform.allMigrations {
                #expect(Self.contractions(in: migration) == [], "\(migration.id)")
            }
        }
        let bad: [SQL] = [
            "DROP TABLE pet", "drop  table if exists pet", "ALTER TABLE pet DROP COLUMN name",
            "ALTER TABLE pet RENAME TO animal", "ALTER TABLE pet RENAME COLUMN name TO title", "DROP VIEW pets",
            "ALTER TABLE pet ALTER COLUMN name SET NOT NULL", "ALTER TABLE pet ALTER COLUMN name TYPE BIGINT",
            "ALTER TABLE pet ADD COLUMN age BIGINT NOT NULL", "ALTER TABLE pet ADD CONSTRAINT named CHECK (name <> '')",
            "ALTER TABLE pet DROP CONSTRAINT named", "DELETE FROM pet WHERE name IS NULL",
            .engine(sqlite: "SELECT 1", postgres: "ALTER TABLE pet ALTER name DROP DEFAULT"),
        ]
        for statement in bad {
            #expect(Self.contractions(in: Migration("x", [statement])).count == 1, "\(statement)")
        }
        let good: [SQL] = [
            "CREATE TABLE pet (tenant BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (tenant, id))",
            "ALTER TABLE pet ADD COLUMN age BIGINT", "ALTER TABLE pet ADD COLUMN age BIGINT NOT NULL DEFAULT 0",
            "CREATE INDEX pet_age ON pet (tenant, age)", "DROP INDEX pet_age", "UPDATE pet SET age = 0",
        ]
        for statement in good { #expect(Self.contractions(in: Migration("x", [statement])) == [], "\(statement)") }
    }

    /// Statements that the previous release could not live with: it runs on the new schema while nodes are upgraded one
    /// by one, and after a roll-back.
    private static func contractions(in migration: Migration) -> [String] {
        migration.statements.compactMap { statement in
            let texts = Engine.allCases.map { statement.rendered(for: $0, tenant: .installation).text }
            return texts.first { text in
                let plain = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
                if plain.contains(/\b(?:rename|drop (?!index\b)|delete from|truncate)/) { return true }
                if plain.contains(/\balter table \S+ (?:alter|add constraint)\b/) { return true }
                return plain.contains(/\badd column\b.*\bnot null\b/) && !plain.contains(/\bdefault\b/)
            }
        }
    }

    private static func withStores(_ engine: Engine, _ body: (TestStores) async throws -> Void) async throws {
        await TestStores.places.take()
        defer { TestStores.places.give() }
        let stores = try TestStores.open(engine)
        do {
            try await body(stores)
        } catch {
            try await stores.close()
            throw error
        }
        try await stores.close()
    }
}
