import Foundation
import Kernel
import Store
import StoreSQLite
import Synchronization
import Testing

@Suite("The image of a SQLite file")
struct SQLiteImageTests {
    @Test("an image under load is of one moment, and writers go on beside it", .timeLimit(.minutes(10)))
    func underLoad() async throws {
        try await Self.with { folder in
            let path = folder + "/live.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Self.fill(database)
            // Two rows that always sum to nothing, changed by every write.
            let written = Atomic(0)
            let writer = Task {
                while !Task.isCancelled {
                    let (one, other) = (Int.random(in: 0..<2000), Int.random(in: 0..<2000))
                    _ = try await database.write(.north) { transaction in
                        try transaction.execute("UPDATE pair SET value = value + 1 WHERE id = \(one)")
                        try transaction.execute("UPDATE pair SET value = value - 1 WHERE id = \(other)")
                    }
                    written.add(1, ordering: .relaxed)
                }
            }
            while written.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(1)) }
            for round in 0..<4 {
                let copy = folder + "/copy\(round).sqlite"
                try Self.copy(path, to: copy)
                let image = try SQLiteDatabase(path: copy)
                let (sum, count, sound) = try await image.read(.north) { transaction in
                    (
                        try transaction.value("SELECT SUM(value) FROM pair") as Int?,
                        try transaction.value("SELECT COUNT(*) FROM pair") as Int?,
                        try transaction.value("PRAGMA integrity_check(1)") as String?
                    )
                }
                #expect(sum == 0 && count == 2000 && sound == "ok")
                await image.close()
            }
            let during = written.load(ordering: .relaxed)
            while written.load(ordering: .relaxed) == during { try await Task.sleep(for: .milliseconds(1)) }
            writer.cancel()
            try await writer.value
            await database.close()
        }
    }

    @Test("what was committed before stands in the image, also when it is still in the log")
    func log() async throws {
        try await Self.with { folder in
            let path = folder + "/live.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Self.fill(database)
            _ = try await database.write(.north) { try $0.execute("UPDATE pair SET value = 5 WHERE id = 7") }
            try Self.copy(path, to: folder + "/copy.sqlite")
            let image = try SQLiteDatabase(path: folder + "/copy.sqlite")
            let value: Int? = try await image.read(.north) { try $0.value("SELECT value FROM pair WHERE id = 7") }
            #expect(value == 5)
            await image.close()
            // Nothing was left behind that keeps the log from being folded.
            await database.close()
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count > 0)
        }
    }

    @Test("a file that is not there is told by name")
    func missing() throws {
        #expect(throws: Fault.self) { try SQLiteImage.read("/nowhere/at/all.sqlite", chunk: 4096) { _ in } }
    }

    private static func fill(_ database: SQLiteDatabase) async throws {
        try await database.migrate { transaction in
            try transaction.execute(
                "CREATE TABLE pair (id BIGINT NOT NULL PRIMARY KEY, value BIGINT NOT NULL, pad TEXT)")
            for id in 0..<2000 {
                let pad = String(repeating: "x", count: 300)
                try transaction.execute("INSERT INTO pair (id, value, pad) VALUES (\(id), 0, \(pad))")
            }
        }
    }

    private static func copy(_ path: String, to copy: String) throws {
        var bytes: [UInt8] = []
        try SQLiteImage.read(path, chunk: 64 << 10) { chunk in
            #expect(chunk.count <= 64 << 10)
            bytes += chunk
        }
        try Data(bytes).write(to: URL(fileURLWithPath: copy))
    }

    private static func with(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/image_" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }
}
