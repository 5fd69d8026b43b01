package import Foundation

/// One text or picture message that passed the simulator, with everything that became of it.
package struct Message: Sendable {
    package enum Direction: String, Sendable {
        /// From a handset to the clinic.
        case inbound
        /// A send through the API.
        case outboundAPI = "outbound-api"
        /// Sent by the provider because a webhook's answer said so.
        case outboundReply = "outbound-reply"
    }

    package enum Status: String, Sendable {
        /// Given to a messaging service, sender not chosen yet.
        case accepted
        case queued, sent, delivered, undelivered, failed
        /// Inbound messages only.
        case received
    }

    /// Place in the order in which the simulator saw messages, from 0.
    package let sequence: Int
    package let sid: Sid
    package let direction: Direction
    package let from: PhoneNumber
    package let to: PhoneNumber
    package let body: String
    package var media: [Media]
    package let segments: Int
    package let messagingService: Sid?
    package let statusCallback: String?
    package var status: Status
    package var errorCode: Int?
    package let createdAt: Date
    package var sentAt: Date?
    package var updatedAt: Date
    /// The faults that struck this message, in order.
    package var faults: [FaultKind]
    /// Calls made to the clinic about this message, oldest first; the last `webhookLimit` are kept.
    package var webhooks: [WebhookCall] = []
    /// Whether everything planned for this message (webhooks, receipts) has been done.
    package var isSettled = false

    package static let webhookLimit = 32

    /// The person's number, whichever way the message goes.
    package var handset: PhoneNumber { direction == .inbound ? from : to }

    /// Whether the clinic took the message: nil as long as no call about it has been answered or given up.
    package var reachedClinic: Bool? {
        let calls = webhooks.filter { $0.event == .inbound }
        if calls.contains(where: \.isSuccess) { return true }
        return isSettled ? false : nil
    }
}

/// A picture that belongs to a message; its bytes are in the `MediaStore`.
package struct Media: Sendable, Equatable {
    /// The types a message may carry here.
    package enum Kind: String, Sendable {
        case png = "image/png"
        case jpeg = "image/jpeg"
        case gif = "image/gif"

        /// Recognised by content, never by what the sender says.
        package init?(sniffing bytes: [UInt8]) {
            if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if bytes.starts(with: "GIF8".utf8) {
                self = .gif
            } else {
                return nil
            }
        }
    }

    /// Largest picture, in bytes (5 MB, as the provider's).
    package static let maximumBytes = 5 * 1024 * 1024

    package let sid: Sid
    package let kind: Kind
    package let byteCount: Int
}

/// One attempt to call the clinic, and how it ended.
package struct WebhookCall: Sendable {
    package enum Event: Sendable, Equatable {
        case inbound
        case status(Message.Status)
    }

    package let event: Event
    package let url: String
    package let startedAt: Date
    package let milliseconds: Int
    /// 1 for the first attempt, then one more for each retry.
    package let attempt: Int
    /// The HTTP status that was answered, nil when there was no answer.
    package let httpStatus: Int?
    /// The provider's error code (`11200`, `11205`, `12100`, `12300`), nil when all was well.
    package let errorCode: Int?

    package var isSuccess: Bool { httpStatus.map { (200..<300).contains($0) } ?? false }
}
