import Foundation
import GRDB
package import Kernel
package import Store
import Synchronization

/// The embedded engine: SQLite in WAL mode with `synchronous=FULL`, a pool of readers, one writer that commits
/// concurrent writes together, and a checkpointer on a connection of its own.
package final class SQLiteDatabase: Store.Database {
    package let engine = Engine.sqlite

    /// How the files are opened. Sizes are in bytes.
    package struct Options: Sendable {
        /// Reads at the same time; connections are opened as they are needed.
        package var readers = 8
        package var cachePerConnection = 32 << 20
        /// A transaction that changes more pages than this holds writes them twice.
        package var writerCache = 96 << 20
        /// 0: reads go through the cache. Measured: with a mapped file each growth of the file unmaps it for every
        /// reader, which cost more than the copies it saved, and a failing disk would kill the process.
        package var mappedMemory = 0
        /// A write-ahead log larger than this is folded back by force.
        package var largestLog = 256 << 20
        /// Whether closing leaves no log behind: for a program that ends in order and whose files are its own.
        package var foldsLogOnClose = false

        package init() {}
    }

    private let pool: DatabasePool
    private let readers: SQLiteReaders
    private let writer: SQLiteWriter
    private let checkpointer: SQLiteCheckpointer
    private let foldsLogOnClose: Bool

    /// Opens or creates the file at `path`. Throws a `Fault` that names the file when it cannot.
    package init(path: String, options: Options = Options()) throws {
        _ = SQLiteSetup.done
        var configuration = Configuration()
        configuration.maximumReaderCount = 1
        configuration.busyMode = .timeout(10)
        configuration.label = "throughline"
        let mapped = options.mappedMemory
        configuration.prepareDatabase { db in
            if !db.configuration.readonly {
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA secure_delete = ON")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            }
            let cache = db.configuration.readonly ? options.cachePerConnection : options.writerCache
            try db.execute(sql: "PRAGMA cache_size = -\(cache / 1024)")
            try db.execute(sql: "PRAGMA mmap_size = \(mapped)")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        do {
            pool = try Self.pool(path, configuration)
        } catch {
            throw Fault(
                .unavailable, "store.open", "The database file cannot be opened.",
                remedy: "Check that the folder exists, that this user may write there, and that the file is ours.",
                place: path, cause: SQLiteErrors.translate(error))
        }
        readers = SQLiteReaders(path: path, configuration: configuration, limit: options.readers)
        writer = SQLiteWriter(pool: pool)
        checkpointer = try SQLiteCheckpointer(path: path, largestLog: options.largestLog) { [writer] in
            writer.askForNewLog()
        }
        foldsLogOnClose = options.foldsLogOnClose
    }

    /// The pool, with every commit on the disk before it returns.
    private static func pool(_ path: String, _ configuration: Configuration) throws -> DatabasePool {
        var attempts = 0
        while true {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration)
                // GRDB sets NORMAL when it switches to WAL, after the connection was prepared.
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                return pool
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && attempts < 100 {
                // Processes that find a fresh file at once all want to switch it to WAL, and SQLite refuses all but one
                // of them without waiting.
                attempts += 1
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    package func read<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try readNow(tenant, body)
    }

    package func readNow<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) throws -> Value {
        do {
            return try readers.read(tenant, body)
        } catch {
            throw SQLiteErrors.translate(error)
        }
    }

    package func write<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        let value = try await writer.submit(tenant: tenant, body)
        checkpointer.noteCommit()
        return value
    }

    package func migrate(_ body: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        try await write(.installation, body)
    }

    package func close() async {
        writer.stop()
        checkpointer.stop()
        readers.close()
        // A connection that will not close is closed by the end of the process; it holds nothing that is not written.
        try? pool.close()
        checkpointer.close(folding: foldsLogOnClose)
    }
}
