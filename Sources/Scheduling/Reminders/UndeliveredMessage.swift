import ConversationsAPI
import JSON
import Kernel
import Spine
import Vault

/// A message that reached nobody, as the log tells it: refused for good, or taken back before it was tried. One of
/// which nobody knows whether it arrived is none.
struct UndeliveredMessage {
    static let kinds: Set<EventKind> = [.messageFailed, .messageWithdrawn]

    let id: ID<Message>
    /// The reason as the rows of what was asked have it.
    let reason: String

    /// Reasons of the contact policy, which came to be after the message was queued.
    private static let ofPolicy: Set<String> = ["opted-out", "deceased", "consent-expired"]

    init?(_ event: StoredEvent) {
        guard let id = event.body["message"]?.string.flatMap({ ID<Message>($0) }) else { return nil }
        self.id = id
        let code = event.body["code"]?.string ?? ""
        reason = Self.ofPolicy.contains(code) ? code : "undelivered"
    }

    /// The reasons by message.
    static func reasons(_ events: [StoredEvent]) -> [ID<Message>: String] {
        Dictionary(
            events.compactMap(UndeliveredMessage.init).map { ($0.id, $0.reason) }, uniquingKeysWith: { $1 })
    }
}
