import Foundation

/// An error as the provider answers it: an HTTP status and a JSON body with the published code.
///
/// Source: Twilio documentation, "Error and warning dictionary"; the body is `code`, `message`, `more_info`, `status`.
package struct ProviderError: Error, Sendable, Encodable, Equatable {
    package let code: Int
    package let message: String
    package let status: Int

    package init(_ code: Int, status: Int = 400, _ message: String) {
        self.code = code
        self.message = message
        self.status = status
    }

    package static let authenticate = ProviderError(20003, status: 401, "Authenticate")
    package static let methodNotAllowed = ProviderError(20004, status: 405, "Method not allowed")
    package static let toRequired = ProviderError(21604, "A 'To' phone number is required.")
    package static let fromRequired = ProviderError(21603, "A 'From' phone number is required.")
    package static let bodyRequired = ProviderError(21602, "Message body is required.")
    package static let bodyTooLong = ProviderError(
        21617, "The concatenated message body exceeds the 1600 character limit")
    package static let tooManyMedia = ProviderError(21623, "Number of media files exceeds allowed limit")
    package static let mediaURL = ProviderError(21620, "Invalid media URL(s)")
    package static let statusCallback = ProviderError(21609, "Invalid 'StatusCallback' URL")
    package static let sameNumber = ProviderError(21266, "'To' and 'From' number cannot be the same")
    package static let unsubscribed = ProviderError(21610, "Attempt to send to unsubscribed recipient")
    package static let queueFull = ProviderError(
        21611, status: 429, "This 'From' number has exceeded the maximum number of queued messages")

    package static func notFound(_ path: String) -> ProviderError {
        ProviderError(20404, status: 404, "The requested resource \(path) was not found")
    }

    package static func invalidTo(_ text: String) -> ProviderError {
        ProviderError(21211, "The 'To' number \(text) is not a valid phone number.")
    }

    package static func invalidFrom(_ text: String) -> ProviderError {
        ProviderError(
            21212, "The 'From' number \(text) is not a valid phone number, shortcode, or alphanumeric sender ID.")
    }

    package static func foreignFrom(_ text: String) -> ProviderError {
        ProviderError(
            21606,
            "The 'From' phone number provided (\(text)) is not a valid message-capable Twilio phone number for this "
                + "destination/account")
    }

    package static func unknownMessagingService(_ text: String) -> ProviderError {
        ProviderError(21701, status: 404, "The Messaging Service resource \(text) does not exist")
    }

    /// What a fault answers instead of accepting a send.
    package static func rejected(status: Int) -> ProviderError {
        switch status {
        case 429: ProviderError(20429, status: 429, "Too Many Requests")
        case 503: ProviderError(20503, status: 503, "Service is unavailable. Please try again.")
        default: ProviderError(20500, status: status, "An internal server error has occurred")
        }
    }

    private enum CodingKeys: String, CodingKey {
        case code, message, status
        case moreInfo = "more_info"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
        try container.encode("https://www.twilio.com/docs/errors/\(code)", forKey: .moreInfo)
        try container.encode(status, forKey: .status)
    }
}
