import Foundation
import Kernel
import Store
import StoreSQLite
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What is proven here: a full disk (by SQLite's own page limit, and by a small real file system when this user may
/// mount one) and a disk that refuses writes (the open files are exchanged for read-only ones under SQLite's feet) give
/// every waiting caller the error, keep nothing of a refused write, leave earlier data whole, and end by themselves.
@Suite("SQLite on a bad disk", .serialized)
struct SQLiteWriterTests {
    @Test("when the disk is full each caller of the batch is told, and earlier data stay")
    func full() async throws {
        try await Self.with { store in
            try await store.database.write(.installation) { transaction in
                _ = try transaction.rows("PRAGMA max_page_count = 60")
            }
            let (saved, failed) = try await Self.flood(store, expecting: .full)
            #expect(failed.contains { $0 % 2 == 0 }, "small rows of the batch must share its end")
            try await store.database.write(.installation) { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await Self.checkRecovery(store, saved: saved)
        }
    }

    @Test("a full file system does the same, and work goes on when there is room again", .enabled(if: Mount.isPossible))
    func fullFileSystem() async throws {
        let mount = try Mount(megabytes: 2)
        defer { mount.end() }
        try await Self.with(folder: mount.folder) { store in
            let filler = mount.folder + "/filler"
            #expect(FileManager.default.createFile(atPath: filler, contents: Data(count: 1 << 20)))
            let (saved, _) = try await Self.flood(store, expecting: .full)
            try FileManager.default.removeItem(atPath: filler)
            try await Self.checkRecovery(store, saved: saved)
        }
    }

    /// It exchanges descriptors of the whole process, which must not happen beside other tests: run with --slow.
    @Test(
        "a disk that refuses writes is told as `io`, and work goes on when it takes them again",
        .enabled(if: ProcessInfo.processInfo.environment["THROUGHLINE_SLOW"] == "1", "only with --slow"))
    func failing() async throws {
        try await Self.with { store in
            let log = store.folder + "/store.sqlite-wal"
            try Self.reopenDescriptors(of: log, O_RDONLY)
            let jobs = (0..<8).map { id -> @Sendable (any Transaction) throws -> Void in
                { try Self.insert(id, 10, $0) }
            }
            let errors = await store.together(jobs)
            #expect(errors.map { ($0 as? StoreError)?.kind } == Array(repeating: .io, count: 8))
            #expect(try await store.database.read(.north) { try Self.ids($0) } == [-1])
            try Self.reopenDescriptors(of: log, O_RDWR)
            try await Self.checkRecovery(store, saved: [])
        }
    }

    @Test("a file that cannot be opened is told with its place")
    func opening() throws {
        let folder = try TestStore.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a test's own folder
        let missing = folder + "/missing/store.sqlite"
        let fault = #expect(throws: Fault.self) { try SQLiteDatabase(path: missing) }
        #expect(fault?.code == "store.open")
        #expect(fault?.place == missing)
        let other = folder + "/other"
        try Data("This is no database, it is a letter.".utf8).write(to: URL(fileURLWithPath: other))
        let second = #expect(throws: Fault.self) { try SQLiteDatabase(path: other) }
        #expect(second?.remedy != nil)
    }

    // MARK: The store

    private struct Disk: Sendable {
        let database: any Store.Database
        let folder: String

        func together(_ jobs: [@Sendable (any Transaction) throws -> Void]) async -> [(any Error)?] {
            await database.together(jobs)
        }
    }

    private static func with(_ body: (Disk) async throws -> Void) async throws {
        let folder = try TestStore.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a test's own folder
        try await with(folder: folder, body)
    }

    private static func with(folder: String, _ body: (Disk) async throws -> Void) async throws {
        var options = SQLiteDatabase.Options()
        options.mappedMemory = 0
        options.cachePerConnection = 64 << 10
        let database = try SQLiteDatabase(path: folder + "/store.sqlite", options: options)
        try await database.migrate { transaction in
            try transaction.execute(
                "CREATE TABLE note (tenant BIGINT NOT NULL, id BIGINT NOT NULL, body BLOB, PRIMARY KEY (tenant, id))")
        }
        try await database.write(.north) { try insert(-1, 5000, $0) }
        try await body(Disk(database: database, folder: folder))
        await database.close()
    }

    /// Writes small rows (even ids) and large ones (odd ids) together until there is no room. Checks that each caller
    /// was told the truth.
    private static func flood(
        _ store: Disk, expecting kind: StoreError.Kind
    ) async throws -> (saved: [Int], failed: [Int]) {
        let jobs = (0..<40).map { id -> @Sendable (any Transaction) throws -> Void in
            { try insert(id, id % 2 == 0 ? 10 : 90_000, $0) }
        }
        let errors = await store.together(jobs)
        let failed = errors.indices.filter { errors[$0] != nil }
        let saved = errors.indices.filter { errors[$0] == nil }
        #expect(!failed.isEmpty)
        for id in failed { #expect((errors[id] as? StoreError)?.kind == kind, "job \(id)") }
        let ids = try await store.database.read(.north) { try Self.ids($0) }
        #expect(ids == [-1] + saved)
        return (saved, failed)
    }

    private static func checkRecovery(_ store: Disk, saved: [Int]) async throws {
        try await store.database.write(.north) { try insert(1000, 90_000, $0) }
        let (ids, judgement, length) = try await store.database.read(.north) { transaction in
            let judgement: String? = try transaction.value("PRAGMA integrity_check")
            let length: Int? = try transaction.value(
                "SELECT LENGTH(body) FROM note WHERE tenant = \(.tenant) AND id = -1")
            return (try Self.ids(transaction), judgement, length)
        }
        #expect(ids == [-1] + saved + [1000])
        #expect(judgement == "ok")
        #expect(length == 5000)
    }

    private static func insert(_ id: Int, _ bytes: Int, _ transaction: any Transaction) throws {
        let body = [UInt8](repeating: 1, count: bytes)
        try transaction.execute("INSERT INTO note (tenant, id, body) VALUES (\(.tenant), \(id), \(body))")
    }

    private static func ids(_ transaction: any Transaction) throws -> [Int] {
        try transaction.rows("SELECT id FROM note WHERE tenant = \(.tenant) ORDER BY id").map { try $0["id"] }
    }

    /// Exchanges every descriptor this process holds of a file for one opened with `flags`.
    private static func reopenDescriptors(of path: String, _ flags: Int32) throws {
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // The descriptor of the listing itself is gone by now.
            guard let number = Int32(name),
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"),
                target == real
            else { continue }
            let new = open(real, flags)
            try #require(new >= 0)
            try #require(dup2(new, number) == number)
            close(new)
            count += 1
        }
        try #require(count > 0)
    }
}

/// A small file system in memory, for who may mount one.
private struct Mount {
    let folder: String

    static let isPossible: Bool = {
        guard let mount = try? Mount(megabytes: 1) else { return false }  // the question itself
        mount.end()
        return true
    }()

    init(megabytes: Int) throws {
        folder = try TestStore.makeFolder()
        guard try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder) == 0 else {
            throw Fault(.forbidden, "test.mount", "This user may not mount a file system.")
        }
    }

    func end() {
        // A mount that stays is an empty one in memory.
        _ = try? Self.run("umount", "-l", folder)
        _ = try? FileManager.default.removeItem(atPath: folder)
    }

    private static func run(_ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
