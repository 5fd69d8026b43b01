import Dispatch
import Kernel
import Store
import Synchronization

/// Holds a closure on a storage thread until a test lets it go.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let reached: AsyncStream<Void>
    private let reach: AsyncStream<Void>.Continuation

    init() {
        (reached, reach) = AsyncStream.makeStream()
    }

    /// Called in the closure: tells the test that it is here and waits, a minute at most.
    func hold() {
        reach.yield()
        _ = opened.wait(timeout: .now() + 60)
    }

    /// Waits until the closure is here.
    func arrival() async {
        for await _ in reached { return }
    }

    func open() { opened.signal() }
}

/// A counter that many tasks share.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    @discardableResult func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

extension Store.Database {
    /// Runs all `jobs` while the store is held by another write, so that on SQLite they meet in one batch, and returns
    /// each one's error.
    func together(_ jobs: [@Sendable (any Transaction) throws -> Void]) async -> [(any Error)?] {
        let gate = Gate()
        let started = Counter()
        let (all, allStarted) = AsyncStream.makeStream(of: Void.self)
        return await withTaskGroup(of: (Int, (any Error)?).self) { group in
            group.addTask {
                do {
                    try await self.write(.installation) { _ in gate.hold() }
                    return (-1, nil)
                } catch {
                    return (-1, error)
                }
            }
            await gate.arrival()
            for (index, job) in jobs.enumerated() {
                group.addTask {
                    if started.increment() == jobs.count { allStarted.yield() }
                    do {
                        try await self.write(.north, job)
                        return (index, nil)
                    } catch {
                        return (index, error)
                    }
                }
            }
            for await _ in all { break }
            gate.open()
            var errors = [(any Error)?](repeating: nil, count: jobs.count)
            for await (index, error) in group where index >= 0 { errors[index] = error }
            return errors
        }
    }
}
