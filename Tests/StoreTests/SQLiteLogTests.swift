import Foundation
import Kernel
import Store
import StoreSQLite
import Testing

@Suite("SQLite's log at the end")
struct SQLiteLogTests {
    @Test("an orderly end leaves no log beside the file, and everything is in the file")
    func folded() async throws {
        try await Self.with { path in
            let database = try Self.open(path)
            try await Self.fill(database)
            #expect(Self.size(path + "-wal") > 1 << 20)
            #expect(try await database.read(.north) { try Self.count($0) } == 400)
            await database.close()
            #expect(Self.size(path + "-wal") == 0)
            #expect(Self.size(path) > 8 << 20)

            let again = try Self.open(path)
            #expect(try await again.read(.north) { try Self.count($0) } == 400)
            try await Self.deleteOne(again)
            await again.close()
            #expect(Self.size(path + "-wal") == 0)
        }
    }

    @Test("a commit waits for the disk, whatever the library prefers")
    func synchronous() async throws {
        try await Self.with { path in
            let database = try Self.open(path)
            let level = try await database.write(.north) { transaction -> Int? in
                try transaction.value("PRAGMA synchronous")
            }
            // 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
            #expect(level == 2)
            await database.close()
        }
    }

    @Test("while another process has the file open its log stays with it, and nothing is lost")
    func shared() async throws {
        try await Self.with { path in
            let other = try Self.open(path)
            let database = try Self.open(path)
            try await Self.fill(database)
            #expect(try await other.read(.north) { try Self.count($0) } == 400)
            await database.close()
            #expect(try await other.read(.north) { try Self.count($0) } == 400)
            try await Self.deleteOne(other)
            await other.close()
            #expect(Self.size(path + "-wal") == 0)
            let again = try Self.open(path)
            #expect(try await again.read(.north) { try Self.count($0) } == 399)
            await again.close()
        }
    }

    @Test("a file that was put in the place of ours is not touched")
    func replaced() async throws {
        try await Self.with { path in
            let database = try Self.open(path)
            try await Self.fill(database)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".aside")
            let letter = Data("Somebody else's file.".utf8)
            try letter.write(to: URL(fileURLWithPath: path))
            await database.close()
            #expect(FileManager.default.contents(atPath: path) == letter)
        }
    }

    // MARK: The file

    private static func with(_ body: (String) async throws -> Void) async throws {
        let folder = try TestStore.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a test's own folder
        try await body(folder + "/store.sqlite")
    }

    private static func open(_ path: String) throws -> SQLiteDatabase {
        var options = SQLiteDatabase.Options()
        options.foldsLogOnClose = true
        options.cachePerConnection = 1 << 20
        return try SQLiteDatabase(path: path, options: options)
    }

    private static func fill(_ database: SQLiteDatabase) async throws {
        try await database.migrate { transaction in
            try transaction.execute(
                "CREATE TABLE note (tenant BIGINT NOT NULL, id BIGINT NOT NULL, body BLOB, PRIMARY KEY (tenant, id))")
        }
        for id in 0..<400 {
            _ = try await database.write(.north) { transaction in
                try transaction.execute(
                    """
                    INSERT INTO note (tenant, id, body)
                    VALUES (\(.tenant), \(id), \([UInt8](repeating: UInt8(truncatingIfNeeded: id), count: 24 << 10)))
                    """)
            }
        }
    }

    private static func deleteOne(_ database: SQLiteDatabase) async throws {
        let count = try await database.write(.north) { transaction in
            try transaction.execute("DELETE FROM note WHERE tenant = \(.tenant) AND id = 1")
        }
        #expect(count == 1)
    }

    private static func count(_ transaction: any Transaction) throws -> Int {
        try transaction.value("SELECT COUNT(*) FROM note WHERE tenant = \(.tenant)") ?? 0
    }

    /// Zero for a file that is not there.
    private static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}
