import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Kernel
import Store
import Synchronization

/// The one writer. All writes that arrive while a commit is under way go into the next transaction together, so that
/// durable writes scale with load.
///
/// A batch first runs without savepoints, which is faster (and FTS5 flushes at each savepoint). A job that fails before
/// it changed anything fails alone. When one fails after a change, the whole batch is rolled back and run again with a
/// savepoint round each job. A full disk or an I/O error can end the transaction itself: then every waiting caller
/// gets the error.
final class SQLiteWriter: Sendable {
    private struct Job: Sendable {
        let tenant: ID<Tenant>
        let run: @Sendable (any Transaction) throws -> Void
        /// nil: committed. Otherwise the error that undid the job.
        let finish: @Sendable ((any Error)?) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var stopped = false
        var restartsLog = false
    }

    /// At most this many jobs share one commit, so that the first of them does not wait for ever.
    private static let largestBatch = 512

    /// Milliseconds: for a new log, and for another process's write.
    private static let waitForReaders: CInt = 50
    private static let waitForOthers: CInt = 10_000

    private let pool: DatabasePool
    private let statements = SQLiteStatements()
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(pool: DatabasePool) {
        self.pool = pool
        let thread = Thread { [self] in
            loop()
            ended.signal()
        }
        thread.name = "sqlite-writer"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func submit<Value: Sendable>(
        tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let shared = Shared<Value>()
            let job = Job(
                tenant: tenant,
                run: { transaction in
                    let value = try body(transaction)
                    shared.set(value)
                },
                finish: { error in
                    if let error {
                        continuation.resume(throwing: error)
                    } else if let value = shared.take() {
                        continuation.resume(returning: value)
                    }
                })
            let accepted = state.withLock { state in
                if state.stopped { return false }
                state.waiting.append(job)
                return true
            }
            if accepted {
                wake.signal()
            } else {
                continuation.resume(throwing: StoreError(.unavailable, message: "the database is closed"))
            }
        }
    }

    /// Waits for what was submitted, then ends the thread.
    func stop() {
        let first = state.withLock { state in
            defer { state.stopped = true }
            return !state.stopped
        }
        guard first else { return }
        wake.signal()
        ended.wait()
    }

    private final class Shared<Value: Sendable>: Sendable {
        private let value = Mutex<Value?>(nil)
        func set(_ new: Value) { value.withLock { $0 = new } }
        func take() -> Value? { value.withLock { $0 } }
    }

    private func loop() {
        while true {
            let (batch, stopped) = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.largestBatch))
                state.waiting.removeFirst(batch.count)
                return (batch, state.stopped)
            }
            if batch.isEmpty {
                if stopped {
                    pool.unsafeReentrantWrite { _ in statements.clear() }
                    return
                }
                wake.wait()
                continue
            }
            commit(batch)
            if state.withLock({ $0.restartsLog }) { restartLog() }
        }
    }

    /// Asks for the log to begin anew after the batch under way.
    func askForNewLog() {
        state.withLock { $0.restartsLog = true }
    }

    /// What is left to copy is copied, and the next commit begins the log from its start.
    private func restartLog() {
        state.withLock { $0.restartsLog = false }
        // A reader is still in it, or the disk fails: it goes on as it is, and the checkpointer asks again. A backup reads
        // for long; no writer waits for its end.
        _ = try? pool.writeWithoutTransaction { db in
            sqlite3_busy_timeout(db.sqliteConnection, Self.waitForReaders)
            defer { sqlite3_busy_timeout(db.sqliteConnection, Self.waitForOthers) }
            try db.checkpoint(.restart)
        }
    }

    private func commit(_ batch: [Job]) {
        var outcomes = [(any Error)?](repeating: nil, count: batch.count)
        var actions: [@Sendable () -> Void] = []
        do {
            try pool.writeWithoutTransaction { db in
                if try !attempt(batch, in: db, savepoints: false, &outcomes, &actions) {
                    outcomes = [(any Error)?](repeating: nil, count: batch.count)
                    actions = []
                    _ = try attempt(batch, in: db, savepoints: true, &outcomes, &actions)
                }
            }
        } catch {
            let error = SQLiteErrors.translate(error)
            for job in batch { job.finish(error) }
            return
        }
        for action in actions { action() }
        for (job, outcome) in zip(batch, outcomes) { job.finish(outcome) }
    }

    /// Runs the batch and commits. False: a job failed after a change, nothing was kept, run again with savepoints.
    /// Throws when the transaction as a whole was lost.
    private func attempt(
        _ batch: [Job], in db: GRDB.Database, savepoints: Bool,
        _ outcomes: inout [(any Error)?], _ actions: inout [@Sendable () -> Void]
    ) throws -> Bool {
        try db.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
        do {
            let schema = try schemaVersion(db)
            for (index, job) in batch.enumerated() {
                let transaction = SQLiteTransaction(
                    db: db, statements: statements, tenant: job.tenant, isSnapshot: false)
                let before = sqlite3_total_changes64(db.sqliteConnection)
                do {
                    if savepoints {
                        try transaction.savepoint { try run(job, transaction) }
                    } else {
                        try run(job, transaction)
                    }
                    actions.append(contentsOf: transaction.actions)
                } catch {
                    let error = SQLiteErrors.translate(error)
                    guard db.isInsideTransaction else { throw error }
                    if let store = error as? StoreError, store.kind == .full || store.kind == .io { throw error }
                    // The count of changes leaves out CREATE, ALTER and DROP.
                    let changed =
                        try sqlite3_total_changes64(db.sqliteConnection) != before
                        || schemaVersion(db) != schema
                    if !savepoints, changed {
                        try db.execute(sql: "ROLLBACK")
                        return false
                    }
                    outcomes[index] = error
                }
            }
            try db.cachedStatement(sql: "COMMIT").execute()
        } catch {
            // The transaction may already be gone; if not, it must not stay open.
            if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
            throw error
        }
        return true
    }

    private func run(_ job: Job, _ transaction: SQLiteTransaction) throws {
        try job.run(transaction)
        if let failure = transaction.failure { throw failure }
        try transaction.checkDeferredReferences()
    }

    private func schemaVersion(_ db: GRDB.Database) throws -> Int64? {
        try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA schema_version"))
    }
}
