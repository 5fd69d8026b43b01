import Foundation

/// A message as the provider's API shows it: every published field present, absent values as `null`.
///
/// Source: Twilio documentation, "Messages resource" (API version 2010-04-01).
package struct MessageResource: Encodable, Sendable {
    package static let apiVersion = "2010-04-01"

    let message: Message
    let account: Sid

    package init(_ message: Message, account: Sid) {
        self.message = message
        self.account = account
    }

    private enum CodingKeys: String, CodingKey {
        case body, direction, from, price, sid, status, to, uri
        case accountSid = "account_sid"
        case apiVersion = "api_version"
        case dateCreated = "date_created"
        case dateSent = "date_sent"
        case dateUpdated = "date_updated"
        case errorCode = "error_code"
        case errorMessage = "error_message"
        case messagingServiceSid = "messaging_service_sid"
        case numMedia = "num_media"
        case numSegments = "num_segments"
        case priceUnit = "price_unit"
        case subresourceURIs = "subresource_uris"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let base = "/\(Self.apiVersion)/Accounts/\(account)/Messages/\(message.sid)"
        try container.encode(account, forKey: .accountSid)
        try container.encode(Self.apiVersion, forKey: .apiVersion)
        try container.encode(message.body, forKey: .body)
        try container.encode(MailDate.write(message.createdAt), forKey: .dateCreated)
        try container.encode(message.sentAt.map(MailDate.write), forKey: .dateSent)
        try container.encode(MailDate.write(message.updatedAt), forKey: .dateUpdated)
        try container.encode(message.direction.rawValue, forKey: .direction)
        try container.encode(message.errorCode, forKey: .errorCode)
        try container.encode(message.errorCode.map(Self.errorMessage), forKey: .errorMessage)
        // A message given to a messaging service has no sender until one is chosen for it.
        try container.encode(message.status == .accepted ? nil : message.from, forKey: .from)
        try container.encode(message.messagingService, forKey: .messagingServiceSid)
        try container.encode("\(message.media.count)", forKey: .numMedia)
        try container.encode("\(message.segments)", forKey: .numSegments)
        try container.encode(String?.none, forKey: .price)
        try container.encode("USD", forKey: .priceUnit)
        try container.encode(message.sid, forKey: .sid)
        try container.encode(message.status.rawValue, forKey: .status)
        try container.encode(["media": base + "/Media.json"], forKey: .subresourceURIs)
        try container.encode(message.to, forKey: .to)
        try container.encode(base + ".json", forKey: .uri)
    }

    private static func errorMessage(_ code: Int) -> String {
        switch code {
        case 11200: "HTTP retrieval failure"
        case 21610: "Attempt to send to unsubscribed recipient"
        case 30003: "Unreachable destination handset"
        case 30004: "Message blocked"
        case 30005: "Unknown destination handset"
        case 30006: "Landline or unreachable carrier"
        case 30007: "Message filtered"
        case 30008: "Unknown error"
        default: "Delivery failed"
        }
    }
}

/// A page of messages or media, with the provider's paging fields.
package struct PageResource<Item: Encodable & Sendable>: Encodable, Sendable {
    var name: String
    var items: [Item]
    var page: Int
    var pageSize: Int
    var uri: String
    var firstPageURI: String
    var nextPageURI: String?
    var previousPageURI: String?

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        let start = page * pageSize
        try container.encode(start + max(items.count - 1, 0), forKey: Key("end"))
        try container.encode(firstPageURI, forKey: Key("first_page_uri"))
        try container.encode(items, forKey: Key(name))
        try container.encode(nextPageURI, forKey: Key("next_page_uri"))
        try container.encode(page, forKey: Key("page"))
        try container.encode(pageSize, forKey: Key("page_size"))
        try container.encode(previousPageURI, forKey: Key("previous_page_uri"))
        try container.encode(start, forKey: Key("start"))
        try container.encode(uri, forKey: Key("uri"))
    }
}

/// A picture of a message, as the provider's API shows it.
package struct MediaResource: Encodable, Sendable {
    let media: Media
    let message: Message
    let account: Sid

    private enum CodingKeys: String, CodingKey {
        case sid, uri
        case accountSid = "account_sid"
        case contentType = "content_type"
        case dateCreated = "date_created"
        case dateUpdated = "date_updated"
        case parentSid = "parent_sid"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .accountSid)
        try container.encode(media.kind.rawValue, forKey: .contentType)
        try container.encode(MailDate.write(message.createdAt), forKey: .dateCreated)
        try container.encode(MailDate.write(message.createdAt), forKey: .dateUpdated)
        try container.encode(message.sid, forKey: .parentSid)
        try container.encode(media.sid, forKey: .sid)
        let base = "/\(MessageResource.apiVersion)/Accounts/\(account)/Messages/\(message.sid)"
        try container.encode("\(base)/Media/\(media.sid).json", forKey: .uri)
    }
}
