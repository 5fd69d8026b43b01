import Foundation
import Kernel
import Store
import Synchronization

/// The threads that run transactions, each with its connection, and the queue they share: first come, first served.
/// The thread that has been idle for the shortest time takes the next job, so connections are opened only as far as
/// transactions really run side by side.
final class PostgresPool: Sendable {
    struct Job: Sendable {
        let tenant: ID<Tenant>
        let mode: PostgresTransaction.Mode
        let run: @Sendable (PostgresTransaction) throws -> Void
        /// nil: committed. Otherwise the error that undid the job.
        let finish: @Sendable ((any Error)?) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        /// The jobs before this index have been taken.
        var taken = 0
        var threads: Int
        /// What wakes each idle thread, the latest last.
        var idle: [DispatchSemaphore] = []
        var stopped = false
        var ended: [CheckedContinuation<Void, Never>] = []

        mutating func next() -> Job? {
            guard taken < waiting.count else { return nil }
            defer {
                taken += 1
                if taken > 1024 || taken == waiting.count {
                    waiting.removeFirst(taken)
                    taken = 0
                }
            }
            return waiting[taken]
        }
    }

    private let state: Mutex<State>
    /// Whether the last try to connect failed: then a job asks once and gives its answer at once.
    let isAway = Mutex(false)

    init(_ settings: PostgresConnection.Settings, connections: Int) {
        state = Mutex(State(threads: connections))
        for number in 1...connections {
            let thread = Thread { [self] in
                let worker = PostgresWorker(settings, pool: self)
                let wake = DispatchSemaphore(value: 0)
                while let job = take(wake) { worker.perform(job) }
                end()
            }
            thread.name = "postgres-\(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func submit<Value: Sendable>(
        _ tenant: ID<Tenant>, _ mode: PostgresTransaction.Mode,
        _ body: @escaping @Sendable (PostgresTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            append(tenant, mode, body) { continuation.resume(with: $0) }
        }
    }

    /// As `submit`, blocking the calling thread.
    func wait<Value: Sendable>(
        _ tenant: ID<Tenant>, _ mode: PostgresTransaction.Mode,
        _ body: @escaping @Sendable (PostgresTransaction) throws -> Value
    ) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let outcome = Outcome<Result<Value, any Error>>()
        append(tenant, mode, body) { result in
            outcome.value.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        guard let result = outcome.value.withLock({ $0 }) else { throw PostgresErrors.closed }
        return try result.get()
    }

    private func append<Value: Sendable>(
        _ tenant: ID<Tenant>, _ mode: PostgresTransaction.Mode,
        _ body: @escaping @Sendable (PostgresTransaction) throws -> Value,
        _ answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let outcome = Outcome<Value>()
        let job = Job(
            tenant: tenant, mode: mode,
            run: { transaction in
                let value = try body(transaction)
                outcome.value.withLock { $0 = value }
            },
            finish: { error in
                if let error {
                    answer(.failure(error))
                } else if let value = outcome.value.withLock({ $0 }) {
                    answer(.success(value))
                }
            })
        let (accepted, sleeper) = state.withLock { state in
            if state.stopped { return (false, nil as DispatchSemaphore?) }
            state.waiting.append(job)
            return (true, state.idle.popLast())
        }
        sleeper?.signal()
        if !accepted { answer(.failure(PostgresErrors.closed)) }
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// Waits until all that was submitted is done and every thread has ended.
    func stop() async {
        let sleepers = state.withLock { state in
            defer { state.idle = [] }
            state.stopped = true
            return state.idle
        }
        for sleeper in sleepers { sleeper.signal() }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.ended.append(continuation) }
                return state.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// The next job; nil when the pool has stopped and none is left.
    private func take(_ wake: DispatchSemaphore) -> Job? {
        while true {
            let (job, stopped) = state.withLock { state in
                let job = state.next()
                if job == nil, !state.stopped { state.idle.append(wake) }
                return (job, state.stopped)
            }
            if job != nil || stopped { return job }
            wake.wait()
        }
    }

    private func end() {
        let ended = state.withLock { state in
            state.threads -= 1
            return state.threads == 0 ? state.ended : []
        }
        for continuation in ended { continuation.resume() }
    }
}
