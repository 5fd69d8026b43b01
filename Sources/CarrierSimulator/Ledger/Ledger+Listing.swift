package import Foundation
import Synchronization

extension Ledger {
    /// What a listing of messages asks for.
    package struct Listing: Sendable {
        package var to: PhoneNumber?
        package var from: PhoneNumber?
        /// Half-open range of the time of sending; a message not sent yet counts by its creation.
        package var since: Date?
        package var before: Date?
        package var limit: Int
        /// Messages to pass over, newest first.
        package var offset = 0
        /// Only messages older than this one.
        package var after: Sid?

        package init(
            to: PhoneNumber? = nil, from: PhoneNumber? = nil, since: Date? = nil, before: Date? = nil, limit: Int,
            offset: Int = 0, after: Sid? = nil
        ) {
            self.to = to
            self.from = from
            self.since = since
            self.before = before
            self.limit = limit
            self.offset = offset
            self.after = after
        }

        func matches(_ message: Message) -> Bool {
            if let to, message.to != to { return false }
            if let from, message.from != from { return false }
            let time = message.sentAt ?? message.createdAt
            if let since, time < since { return false }
            if let before, time >= before { return false }
            return true
        }
    }

    /// The messages asked for, newest first, and whether there are more after them.
    package func list(_ listing: Listing) -> (messages: [Message], hasMore: Bool) {
        state.withLock { state in
            let end = listing.after.flatMap { state.bySid[$0] } ?? state.messages.end
            // A handset's own messages are indexed; only a listing by the clinic's number, or by none, reads them all.
            let handsets = [listing.to, listing.from].compactMap { $0 }.filter { $0 != configuration.clinicNumber }
            if let handset = handsets.first {
                let numbers = state.byHandset[handset]?.elements ?? []
                return Self.collect(listing, numbers.reversed().lazy.filter { $0 < end }, state.messages)
            }
            return Self.collect(listing, (min(state.messages.start, end)..<end).reversed(), state.messages)
        }
    }

    private static func collect(
        _ listing: Listing, _ numbers: some Sequence<Int>, _ log: BoundedLog<Message>
    ) -> (messages: [Message], hasMore: Bool) {
        var found: [Message] = []
        var toSkip = listing.offset
        for number in numbers {
            guard let message = log[number], listing.matches(message) else { continue }
            if toSkip > 0 {
                toSkip -= 1
            } else if found.count == listing.limit {
                return (found, true)
            } else {
                found.append(message)
            }
        }
        return (found, false)
    }
}
