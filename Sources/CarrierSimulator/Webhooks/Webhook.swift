import Foundation

/// One call to the clinic as it goes over the wire: address, parameters, and what they are signed with.
package struct Webhook: Sendable {
    package let event: WebhookCall.Event
    /// With its fragment of connection overrides, if any.
    package let url: String
    package let form: Form

    /// The parameters of an incoming message.
    ///
    /// Source: Twilio documentation, "Twilio's request to your incoming message webhook URL".
    package static func inbound(_ message: Message, url: String, account: Sid, base: String) -> Webhook {
        let sid = message.sid.description
        var form = Form([
            ("ToCountry", country(message.to)), ("ToState", ""), ("ToCity", ""), ("ToZip", ""),
            ("FromCountry", country(message.from)), ("FromState", ""), ("FromCity", ""), ("FromZip", ""),
            ("SmsMessageSid", sid), ("SmsSid", sid), ("MessageSid", sid), ("AccountSid", account.description),
            ("SmsStatus", "received"), ("From", message.from.description), ("To", message.to.description),
            ("Body", message.body), ("NumSegments", "\(message.segments)"), ("NumMedia", "\(message.media.count)"),
            ("ApiVersion", MessageResource.apiVersion),
        ])
        for (index, media) in message.media.enumerated() {
            let path = "/\(MessageResource.apiVersion)/Accounts/\(account)/Messages/\(sid)/Media/\(media.sid)"
            form.append("MediaContentType\(index)", media.kind.rawValue)
            form.append("MediaUrl\(index)", base + path)
        }
        return Webhook(event: .inbound, url: url, form: form)
    }

    /// The parameters of a status callback.
    ///
    /// Source: Twilio documentation, "Track outbound message status".
    package static func status(_ status: Message.Status, of message: Message, url: String, account: Sid) -> Webhook {
        let sid = message.sid.description
        var form = Form([
            ("SmsSid", sid), ("SmsStatus", status.rawValue), ("MessageStatus", status.rawValue),
            ("To", message.to.description), ("MessageSid", sid), ("AccountSid", account.description),
            ("From", message.from.description), ("ApiVersion", MessageResource.apiVersion),
        ])
        if let service = message.messagingService {
            form.append("MessagingServiceSid", service.description)
        }
        if [.undelivered, .failed].contains(status), let code = message.errorCode {
            form.append("ErrorCode", "\(code)")
        }
        return Webhook(event: .status(status), url: url, form: form)
    }

    private static func country(_ number: PhoneNumber) -> String {
        number.description.hasPrefix("+1") ? "US" : ""
    }
}
