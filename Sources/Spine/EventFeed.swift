package import Kernel
import Synchronization
package import Vault

/// Events as they get their positions, handed to whoever watches in this process. Each listener has a bounded buffer; one
/// that falls behind loses the oldest and catches up by position.
package final class EventFeed: Sendable {
    package struct Notice: Sendable {
        package let tenant: ID<Tenant>
        package let position: Int64
        package let kind: EventKind
        package let patient: ID<Patient>?
        package let need: ID<Need>?
        package let labels: Labels
        /// Not empty: no event happened, only these topics changed (presence).
        package let topics: [String]

        package init(
            tenant: ID<Tenant>, position: Int64, kind: EventKind, patient: ID<Patient>?, need: ID<Need>?,
            labels: Labels = [], topics: [String] = []
        ) {
            self.tenant = tenant
            self.position = position
            self.kind = kind
            self.patient = patient
            self.need = need
            self.labels = labels
            self.topics = topics
        }
    }

    private struct State {
        var next = 0
        var listeners: [Int: (tenant: ID<Tenant>, continuation: AsyncStream<Notice>.Continuation)] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package var listenerCount: Int { state.withLock { $0.listeners.count } }

    package func listen(_ tenant: ID<Tenant>) -> AsyncStream<Notice> {
        AsyncStream(bufferingPolicy: .bufferingNewest(256)) { continuation in
            let key = state.withLock { state in
                state.next += 1
                state.listeners[state.next] = (tenant, continuation)
                return state.next
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.listeners[key] = nil }
            }
        }
    }

    /// Tells listeners of this process that topics changed without an event; those who may see `patient`, when it is one,
    /// and what carries `labels`.
    package func nudge(_ tenant: ID<Tenant>, patient: ID<Patient>? = nil, labels: Labels = [], topics: [String]) {
        publish([
            Notice(
                tenant: tenant, position: 0, kind: EventKind("nudge"), patient: patient, need: nil, labels: labels,
                topics: topics)
        ])
    }

    package func publish(_ notices: [Notice]) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for notice in notices {
            for listener in listeners where listener.tenant == notice.tenant { listener.continuation.yield(notice) }
        }
    }
}
