import Foundation
import Kernel
import Store
import StorePostgres
import StoreSQLite
import Synchronization
import Testing

/// A fresh store of one engine, for one test: a SQLite file in a folder of its own, or a PostgreSQL schema of its own
/// in the database that `THROUGHLINE_TEST_POSTGRES` names.
struct TestStore: Sendable {
    let database: any Store.Database
    let engine: Engine
    /// Opens the same data once more, as another process would.
    let reopen: @Sendable () throws -> any Store.Database
    private let end: @Sendable () async throws -> Void

    /// The engines a test runs on. Without a PostgreSQL URL its tests fail, unless they are skipped by name.
    static let engines: [Engine] =
        ProcessInfo.processInfo.environment["THROUGHLINE_TEST_SKIP_POSTGRES"] == "1" ? [.sqlite] : [.sqlite, .postgres]

    static var postgresURL: String {
        get throws {
            guard let url = ProcessInfo.processInfo.environment["THROUGHLINE_TEST_POSTGRES"] else {
                throw Fault(
                    .unavailable, "test.postgres", "There is no PostgreSQL to test on.",
                    remedy: "Set THROUGHLINE_TEST_POSTGRES to a URL, or THROUGHLINE_TEST_SKIP_POSTGRES=1.")
            }
            return url
        }
    }

    /// Runs `body` on a fresh store and removes it afterwards, also when `body` throws.
    static func with(_ engine: Engine, _ body: (TestStore) async throws -> Void) async throws {
        await places.take()
        defer { places.give() }
        let store = try engine == .sqlite ? sqlite() : postgres()
        do {
            try await body(store)
        } catch {
            try await store.end()
            throw error
        }
        try await store.end()
    }

    private static func sqlite() throws -> TestStore {
        let folder = try makeFolder()
        let open: @Sendable () throws -> any Store.Database = {
            var options = SQLiteDatabase.Options()
            options.mappedMemory = 0
            options.cachePerConnection = 1 << 20
            return try SQLiteDatabase(path: folder + "/store.sqlite", options: options)
        }
        let database = try open()
        return TestStore(database: database, engine: .sqlite, reopen: open) {
            await database.close()
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    private static func postgres() throws -> TestStore {
        let url = try postgresURL
        var options = PostgresDatabase.Options()
        options.connections = 4
        options.schema = freshName("t")
        let database = try PostgresDatabase(url: url, options: options)
        return TestStore(
            database: database, engine: .postgres,
            reopen: { [options] in try PostgresDatabase(url: url, options: options) }
        ) {
            try await database.dropSchema()
            await database.close()
        }
    }

    /// Tests run side by side; a server takes only so many connections.
    static let places = Places(8)

    static func freshName(_ prefix: String) -> String {
        prefix + "_" + UUID().uuidString.lowercased().replacing("-", with: "")
    }

    static func makeFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/" + freshName("store")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}

/// So many at a time; the others wait in turn.
final class Places: Sendable {
    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(_ count: Int) {
        state = Mutex((count, []))
    }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free == 0 { state.waiting.append(continuation) }
                let isFree = state.free > 0
                if isFree { state.free -= 1 }
                return isFree
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}

extension ID where Subject == Tenant {
    static var north: ID<Tenant> { ID(raw: 1) }
    static var south: ID<Tenant> { ID(raw: 2) }
}

/// The kind of the store error that `body` throws; nil when it throws none, which the test then tells.
func kind(_ body: () async throws -> Void) async -> StoreError.Kind? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StoreError)?.kind
    }
}

/// Records an issue unless `body` throws a `Failure`. For closures inside closures, where Swift 6.3 gives several
/// `#expect(throws:)` one symbol and runs the wrong one's body.
func mustThrow<Failure: Error>(
    _: Failure.Type, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch is Failure {
        return
    } catch {
        Issue.record(error, "another error was thrown", sourceLocation: sourceLocation)
    }
}
