/// How far an outbound message has come. Raw values stand in rows.
///
/// Receipts come out of order, twice or never; a state therefore only ever moves forward, and an end stays an end.
package enum DeliveryState: String, Sendable, CaseIterable {
    /// Stored, not yet given to the provider.
    case queued
    /// Waits for quiet hours to end.
    case held
    /// Nobody knows whether the provider took it; a person or a receipt will tell.
    case uncertain
    /// The provider took it.
    case sent
    case delivered
    /// The provider or the handset refused it for good.
    case failed
    /// Taken back before it was tried.
    case withdrawn

    /// Reads a provider's word (`MessageStatus`). Nil: a word without meaning for us.
    /// Source: Twilio documentation, "Message status values".
    package init?(provider status: String) {
        switch status {
        case "accepted", "scheduled", "queued", "sending", "sent": self = .sent
        case "delivered", "read": self = .delivered
        case "undelivered", "failed", "canceled": self = .failed
        default: return nil
        }
    }

    private var rank: Int {
        switch self {
        case .queued, .held: 0
        case .uncertain: 1
        case .sent: 2
        case .delivered, .failed, .withdrawn: 3
        }
    }

    /// The state after a report, or nil when the report changes nothing. A message that a machine had taken back or
    /// given up and that arrives all the same is told as it is: a receipt wins over our own belief, never over
    /// another receipt.
    package func moved(to report: DeliveryState) -> DeliveryState? {
        if self == .withdrawn { return report.rank >= 2 && report != .withdrawn ? report : nil }
        return report.rank > rank ? report : nil
    }
}
