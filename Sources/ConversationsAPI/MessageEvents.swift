package import Spine

/// What other areas follow of a message that they had sent. Bodies: `message, conversation, channel, code`.
extension EventKind {
    /// The carrier, or the reader's mail server, refused it for good.
    package static let messageFailed = EventKind("message.failed")
    /// It was taken back before it was tried.
    package static let messageWithdrawn = EventKind("message.withdrawn")
}
