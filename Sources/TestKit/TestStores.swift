import Foundation
import Kernel
package import Store
import StorePostgres
import StoreSQLite
import Synchronization

/// Fresh stores of one engine for one test: SQLite files in a folder of their own, or PostgreSQL schemas of their own in
/// the database that `THROUGHLINE_TEST_POSTGRES` names.
package struct TestStores: Sendable {
    package let engine: Engine
    package let main: any Database
    package let keys: any Database
    /// A scratch folder; `folder + ".keys"` is for key files.
    package let folder: String
    private let end: @Sendable () async throws -> Void

    /// The engines tests run on. Without a PostgreSQL URL its tests fail, unless they are skipped by name.
    package static let engines: [Engine] =
        ProcessInfo.processInfo.environment["THROUGHLINE_TEST_SKIP_POSTGRES"] == "1" ? [.sqlite] : [.sqlite, .postgres]

    /// Tests run side by side; a database server takes only so many connections.
    package static let places = Places(8)

    package static func open(_ engine: Engine) throws -> TestStores {
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let folder = FileManager.default.temporaryDirectory.path + "/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        switch engine {
        case .sqlite:
            var options = SQLiteDatabase.Options()
            options.mappedMemory = 0
            options.cachePerConnection = 1 << 20
            let main = try SQLiteDatabase(path: folder + "/throughline.sqlite", options: options)
            let keys = try SQLiteDatabase(path: folder + "/keys.sqlite", options: options)
            return TestStores(engine: engine, main: main, keys: keys, folder: folder) {
                await main.close()
                await keys.close()
            }
        case .postgres:
            let url = try postgresURL()
            var options = PostgresDatabase.Options()
            options.connections = 6
            options.schema = name
            let main = try PostgresDatabase(url: url, options: options)
            options.connections = 2
            options.schema = name + "_keys"
            let keys = try PostgresDatabase(url: url, options: options)
            return TestStores(engine: engine, main: main, keys: keys, folder: folder) {
                try await main.dropSchema()
                try await keys.dropSchema()
                await main.close()
                await keys.close()
            }
        }
    }

    /// The server that PostgreSQL tests run on.
    package static func postgresURL() throws -> String {
        guard let url = ProcessInfo.processInfo.environment["THROUGHLINE_TEST_POSTGRES"] else {
            throw Fault(
                .unavailable, "test.postgres", "There is no PostgreSQL to test on.",
                remedy: "Set THROUGHLINE_TEST_POSTGRES to a URL, or THROUGHLINE_TEST_SKIP_POSTGRES=1.")
        }
        return url
    }

    /// Removes the two schemas that a whole program has made for itself.
    package static func dropPostgres(schema: String) async throws {
        for name in [schema, schema + "_keys"] {
            var options = PostgresDatabase.Options()
            options.connections = 1
            options.schema = name
            let database = try PostgresDatabase(url: try postgresURL(), options: options)
            try await database.dropSchema()
            await database.close()
        }
    }

    package func close() async throws {
        try await end()
        try FileManager.default.removeItem(atPath: folder)
        // The key folder is there only when a test made one.
        try? FileManager.default.removeItem(atPath: folder + ".keys")
    }
}

/// So many at a time; the others wait in turn.
package final class Places: Sendable {
    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    package init(_ count: Int) {
        state = Mutex((count, []))
    }

    package func take() async {
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

    package func give() {
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
