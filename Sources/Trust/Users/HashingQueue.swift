import Dispatch
import Kernel
import Synchronization

/// Work that takes much memory and time by design, a few at once: each Argon2 hash holds 19 MiB for tens of milliseconds,
/// so a flood of sign-ins must not hold a machine's worth of it. Who waits too long, or finds too many waiting, is told
/// to come again.
package final class HashingQueue: Sendable {
    private struct Job: Sendable {
        let id: Int
        let begin: @Sendable () -> Void
        let giveUp: @Sendable (any Error) -> Void
    }

    private struct State {
        var next = 0
        var running = 0
        var waiting: [Job] = []
    }

    private let atOnce: Int
    private let longest: Int
    private let patience: Duration
    private let queue = DispatchQueue(label: "argon2", attributes: .concurrent)
    private let state = Mutex(State())

    /// `longest`: how many may wait.
    package init(atOnce: Int = 2, longest: Int = 200, patience: Duration = .seconds(10)) {
        self.atOnce = atOnce
        self.longest = longest
        self.patience = patience
    }

    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            // Exactly one of the two is called: a job leaves the list when it begins or is given up.
            take(
                begin: { continuation.resume(with: Result { try body() }) },
                giveUp: { continuation.resume(throwing: $0) })
        }
    }

    private enum Answer {
        case begin(Job)
        case wait(Job)
        case full(Job)
    }

    private func take(begin: @escaping @Sendable () -> Void, giveUp: @escaping @Sendable (any Error) -> Void) {
        let answer = state.withLock { state -> Answer in
            state.next += 1
            let job = Job(id: state.next, begin: begin, giveUp: giveUp)
            if state.running < atOnce {
                state.running += 1
                return .begin(job)
            }
            if state.waiting.count >= longest { return .full(job) }
            state.waiting.append(job)
            return .wait(job)
        }
        switch answer {
        case .begin(let job): start(job)
        case .full(let job): job.giveUp(Self.busy)
        case .wait(let job):
            queue.asyncAfter(deadline: .now() + .microseconds(Int(patience.microseconds))) { [self] in
                let late = state.withLock { state -> Job? in
                    guard let index = state.waiting.firstIndex(where: { $0.id == job.id }) else { return nil }
                    return state.waiting.remove(at: index)
                }
                late?.giveUp(Self.busy)
            }
        }
    }

    private func start(_ job: Job) {
        queue.async { [self] in
            job.begin()
            let next = state.withLock { state -> Job? in
                if state.waiting.isEmpty {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            if let next { start(next) }
        }
    }

    private static var busy: Fault {
        Fault(
            .tooMany, "password.busy", "Too many people are signing in at once.", remedy: "Try again in a few seconds.")
    }
}
