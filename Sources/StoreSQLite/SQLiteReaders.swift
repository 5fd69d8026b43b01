import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Kernel
import Store
import Synchronization

/// Connections that only read. A read runs on the thread that asks for it: a hop to another thread and back costs more
/// than most reads.
///
/// The connection used last is used next, so that few caches stay warm. When all are taken the caller waits.
final class SQLiteReaders: Sendable {
    /// A connection with its statements.
    private struct Reader: Sendable {
        let queue: DatabaseQueue
        let statements = SQLiteStatements()
    }

    private struct State {
        var idle: [Reader] = []
        var all: [Reader] = []
        var closed = false
    }

    private let path: String
    private let configuration: Configuration
    private let free: DispatchSemaphore
    private let state = Mutex(State())

    init(path: String, configuration: Configuration, limit: Int) {
        self.path = path
        var readOnly = configuration
        readOnly.readonly = true
        readOnly.label = "reader"
        self.configuration = readOnly
        free = DispatchSemaphore(value: limit)
    }

    /// Runs `body` in one snapshot.
    func read<Value>(_ tenant: ID<Tenant>, _ body: (any Transaction) throws -> Value) throws -> Value {
        free.wait()
        defer { free.signal() }
        let reader = try take()
        defer { giveBack(reader) }
        return try reader.queue.unsafeRead { db in
            let transaction = SQLiteTransaction(db: db, statements: reader.statements, tenant: tenant, isSnapshot: true)
            try transaction.control("BEGIN DEFERRED")
            do {
                let value = try body(transaction)
                try transaction.control("COMMIT")
                return value
            } catch {
                // A failed disk may have ended the transaction already; what failed first is told.
                if db.isInsideTransaction { try? transaction.control("ROLLBACK") }
                throw error
            }
        }
    }

    func close() {
        let all = state.withLock { state in
            state.closed = true
            defer { state.all = [] }
            return state.all
        }
        for reader in all {
            reader.queue.unsafeReentrantRead { _ in reader.statements.clear() }
            // A connection that will not close is closed by the end of the process; it holds no data of its own.
            try? reader.queue.close()
        }
    }

    private func take() throws -> Reader {
        let (idle, closed) = state.withLock { ($0.idle.popLast(), $0.closed) }
        if closed { throw StoreError(.unavailable, message: "the database is closed") }
        if let idle { return idle }
        let fresh = Reader(queue: try DatabaseQueue(path: path, configuration: configuration))
        state.withLock { $0.all.append(fresh) }
        return fresh
    }

    private func giveBack(_ reader: Reader) {
        state.withLock { state in
            if !state.closed { state.idle.append(reader) }
        }
    }
}
