package import Kernel
import Synchronization

/// Tells sleeping workers that something was committed. Polling stays the truth; a lost wake-up costs one poll.
package final class Wakeups: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var relays: [@Sendable (ID<Tenant>) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Called after a commit. Coalesced: a listener that has not looked yet is woken once.
    package func wake(_ tenant: ID<Tenant>) {
        let (listeners, relays) = state.withLock { (Array($0.listeners.values), $0.relays) }
        for listener in listeners { listener.yield() }
        for relay in relays { relay(tenant) }
    }

    /// Woken by another node: does not go back out.
    package func wakeLocally() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield() }
    }

    /// Passes wake-ups on to other nodes.
    package func addRelay(_ relay: @escaping @Sendable (ID<Tenant>) -> Void) {
        state.withLock { $0.relays.append(relay) }
    }

    /// A stream that yields at least once every `every`, and after each commit when `wakes`. It holds at most one wake-up
    /// that was not taken yet. It ends when the task that reads it is cancelled.
    package func listen(every: Duration, wakes: Bool) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let ticker = Task {
                while !Task.isCancelled {
                    continuation.yield()
                    // Cancelled: the stream has ended.
                    try? await Task.sleep(for: every)
                }
            }
            let key = state.withLock { state in
                state.next += 1
                if wakes { state.listeners[state.next] = continuation }
                return state.next
            }
            continuation.onTermination = { [weak self] _ in
                ticker.cancel()
                self?.state.withLock { $0.listeners[key] = nil }
            }
        }
    }
}
