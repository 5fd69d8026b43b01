package import Kernel
import Synchronization

/// Who looks at or writes in which conversation: a courtesy kept in memory, forgotten after a moment, never stored. Two
/// nodes do not share it; what must not collide is decided by the need's owner.
package final class Presence: Sendable {
    private struct Mark {
        let user: ID<User>
        let name: String
        let at: Instant
    }

    private let marks = Mutex<[ID<Conversation>: [Mark]]>([:])
    /// How long "is replying" stays after the last key.
    private static let writing: Duration = .seconds(10)
    /// More conversations than this are never marked at once; then the oldest marks go.
    private static let limit = 5_000

    package init() {}

    /// Notes that somebody writes; true when that is news to others.
    package func writes(_ user: ID<User>, name: String, in conversation: ID<Conversation>, at now: Instant) -> Bool {
        marks.withLock { marks in
            if marks.count >= Self.limit {
                marks = marks.filter { $0.value.contains { now - $0.at < Self.writing } }
            }
            let current = (marks[conversation] ?? []).filter { now - $0.at < Self.writing }
            let isNews = !current.contains { $0.user == user }
            marks[conversation] = current.filter { $0.user != user } + [Mark(user: user, name: name, at: now)]
            return isNews
        }
    }

    /// The message was sent: nobody waits for it any more.
    package func ends(_ user: ID<User>, in conversation: ID<Conversation>) {
        marks.withLock { marks in
            let rest = (marks[conversation] ?? []).filter { $0.user != user }
            marks[conversation] = rest.isEmpty ? nil : rest
        }
    }

    /// The first names of others who write there now.
    package func others(in conversation: ID<Conversation>, than user: ID<User>, at now: Instant) -> [String] {
        marks.withLock { marks in
            guard let here = marks[conversation] else { return [] }
            return here.filter { $0.user != user && now - $0.at < Self.writing }
                .map { String($0.name.prefix { $0 != " " }) }
        }
    }
}
