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

    /// A stream of wake-ups that holds at most one that was not taken yet.
    package func listen() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let key = state.withLock { state in
                state.next += 1
                state.listeners[state.next] = continuation
                return state.next
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.listeners[key] = nil }
            }
        }
    }
}
