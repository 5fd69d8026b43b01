package import Kernel
import Web

/// One text as the provider's webhook told it.
package struct InboundText: Sendable {
    package let providerID: String
    package let from: PhoneNumber
    package let text: String
    package let media: [MediaSource]

    /// At most this many pictures. Source: Twilio's limit for a message.
    static let mediaLimit = 10

    package init(providerID: String, from: PhoneNumber, text: String, media: [MediaSource] = []) {
        self.providerID = providerID
        self.from = from
        self.text = text
        self.media = media
    }

    /// Reads the parameters; everything that is wrong is reported together.
    /// Source: Twilio documentation, "Twilio's request to your incoming message webhook URL".
    init(_ form: FormFields) throws(Fault) {
        var problems: [Fault.Field] = []
        let sid = form["MessageSid"] ?? ""
        if !(1...64).contains(sid.utf8.count) { problems.append(.init("MessageSid", "1 to 64 characters.")) }
        let number = PhoneNumber(form["From"] ?? "")
        if number == nil { problems.append(.init("From", "A telephone number in E.164 form.")) }
        let body = form["Body"] ?? ""
        if body.unicodeScalars.count > Messaging.longestText {
            problems.append(.init("Body", "At most 1,600 characters."))
        }
        let count = form["NumMedia"].map { Int($0) ?? -1 } ?? 0
        if !(0...Self.mediaLimit).contains(count) { problems.append(.init("NumMedia", "0 to \(Self.mediaLimit).")) }
        guard let number, problems.isEmpty else { throw Fault.invalid(problems) }
        var media: [MediaSource] = []
        for index in 0..<count {
            guard let url = form["MediaUrl\(index)"], (1...2048).contains(url.utf8.count) else {
                throw Fault.invalid("MediaUrl\(index)", "The address of the picture.")
            }
            media.append(MediaSource(url: url, declaredType: form["MediaContentType\(index)"]))
        }
        self.init(providerID: sid, from: number, text: body, media: media)
    }
}
