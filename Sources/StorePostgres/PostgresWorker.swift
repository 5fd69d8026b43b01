import Foundation
import Kernel
import Store
import Synchronization

/// Runs one job after another on one connection: connects, begins, retries, commits.
final class PostgresWorker {
    /// A closure that meets a conflict runs at most this often.
    private static let mostRuns = 12
    /// Waits between tries to connect, in seconds, each with jitter.
    private static let connectWaits = [0.05, 0.1, 0.2]

    private let settings: PostgresConnection.Settings
    private let pool: PostgresPool
    private var connection: PostgresConnection?

    init(_ settings: PostgresConnection.Settings, pool: PostgresPool) {
        self.settings = settings
        self.pool = pool
    }

    func perform(_ job: PostgresPool.Job) {
        var runs = 0
        while true {
            runs += 1
            let error: any Error
            switch attempt(job) {
            case .done: return
            case .failed(let failed): error = failed
            case .again(let failed):
                if runs < Self.mostRuns {
                    Self.pause(min(0.1, 0.001 * Double(1 << min(runs, 7))))
                    continue
                }
                error = failed
            }
            return job.finish(error)
        }
    }

    private enum End {
        /// The caller has its answer.
        case done
        case failed(any Error)
        /// Worth another run; the error is for the case that no run is left.
        case again(any Error)
    }

    private func attempt(_ job: PostgresPool.Job) -> End {
        let connection: PostgresConnection
        do {
            connection = try connected()
        } catch {
            return .failed(error)
        }
        let transaction = PostgresTransaction(connection, tenant: job.tenant, mode: job.mode)
        do {
            try job.run(transaction)
            if let failure = transaction.failure { throw failure.error }
            if job.mode != .read { try transaction.commit() }
        } catch {
            return end(transaction, on: connection, error)
        }
        finish(job, transaction, on: connection)
        return .done
    }

    /// Answers the caller of a committed transaction; what the connection still has to do follows after.
    private func finish(
        _ job: PostgresPool.Job, _ transaction: PostgresTransaction, on connection: PostgresConnection
    ) {
        if job.mode != .read {
            for action in transaction.actions { action() }
        }
        var isWhole = true
        do {
            if job.mode == .read { try transaction.sendEnd() }
        } catch {
            // The rows were read from one snapshot; that the connection broke afterwards takes nothing from them.
            isWhole = false
        }
        job.finish(nil)
        do {
            try connection.finishCommands()
            try connection.tidy()
        } catch {
            isWhole = false
        }
        if !isWhole { self.connection = nil }
    }

    private func end(
        _ transaction: PostgresTransaction, on connection: PostgresConnection, _ error: any Error
    ) -> End {
        transaction.rollback()
        if connection.broken { self.connection = nil }
        guard let failure = transaction.failure else { return .failed(error) }
        switch failure.consequence {
        case .refused: return .failed(error)
        case .conflict: return .again(failure.error)
        case .lost: return transaction.started ? .failed(error) : .again(failure.error)
        case .stale:
            do {
                try self.connection?.forgetStatements()
            } catch {
                self.connection = nil
            }
            return .again(failure.error)
        }
    }

    /// The connection, made anew when there is none. While the server is away each job asks once; a first failure is
    /// tried again a few times, since a restarting server is back soon.
    private func connected() throws -> PostgresConnection {
        if let connection { return connection }
        var waits = pool.isAway.withLock { $0 } ? [] : Self.connectWaits
        while true {
            do {
                let made = try PostgresConnection(settings)
                pool.isAway.withLock { $0 = false }
                connection = made
                return made
            } catch {
                guard !waits.isEmpty else {
                    pool.isAway.withLock { $0 = true }
                    throw (error as? PostgresFailure)?.error ?? error
                }
                Self.pause(waits.removeFirst())
            }
        }
    }

    /// Sleeps this thread, which is ours alone, for half to one and a half of `seconds`.
    private static func pause(_ seconds: Double) {
        Thread.sleep(forTimeInterval: seconds * Double.random(in: 0.5..<1.5))
    }
}
