import Crypto
package import Kernel
import Vault
package import Web

// The text-message channel, in the published wire format of Twilio.
//
// - A webhook is believed only with a valid signature over the address as the provider called it and its parameters.
// - A message is stored in one transaction before it is acknowledged; the same message again changes nothing.
// - Sending: see SMSDelivery.swift for what is certain, what is not, and why nothing is ever sent twice by a machine.

/// One tenant's account with the provider.
package struct SMSSettings: Sendable {
    package let accountSID: String
    package let authToken: Redacted<String>
    /// The number that patients write to.
    package let from: PhoneNumber
    /// Where the provider's API is: `https://api.twilio.com`, without a slash at the end.
    package let apiBase: String
    /// How the provider reaches us: what it signs begins with this. Without a slash at the end.
    package let publicBase: String

    package init(
        accountSID: String, authToken: Redacted<String>, from: PhoneNumber, apiBase: String, publicBase: String
    ) {
        self.accountSID = accountSID
        self.authToken = authToken
        self.from = from
        self.apiBase = Self.trimmed(apiBase)
        self.publicBase = Self.trimmed(publicBase)
    }

    private static func trimmed(_ base: String) -> String {
        var base = base[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        return String(base)
    }

    /// `Authorization: Basic …`
    var basicAuthorization: String {
        "Basic " + Base64.encode(Array("\(accountSID):\(authToken.value)".utf8))
    }

    var messagesURL: String { "\(apiBase)/2010-04-01/Accounts/\(accountSID)/Messages.json" }
}

/// The provider's webhook signature (`X-Twilio-Signature`): base 64 of HMAC-SHA1, keyed by the auth token, over the
/// full address as called, followed by each POST parameter's name and value, sorted by name in byte order.
/// Source: Twilio documentation, "Webhooks security: validating requests".
package struct WebhookSignature: Sendable {
    private let key: SymmetricKey

    package init(authToken: Redacted<String>) {
        key = SymmetricKey(data: Array(authToken.value.utf8))
    }

    package func sign(url: String, form: FormFields) -> String {
        Base64.encode(Array(code(url: url, form: form)))
    }

    /// Compared in constant time. A signature that is no base 64 of twenty bytes is no signature.
    package func isValid(_ signature: String, url: String, form: FormFields) -> Bool {
        guard let given = Base64.decode(signature), given.count == Insecure.SHA1.byteCount else { return false }
        let wanted = Array(code(url: url, form: form))
        return zip(given, wanted).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func code(url: String, form: FormFields) -> HMAC<Insecure.SHA1>.MAC {
        var authenticator = HMAC<Insecure.SHA1>(key: key)
        authenticator.update(data: Array(url.utf8))
        // Stable: parameters of one name keep their order.
        let sorted = form.fields.enumerated().sorted { left, right in
            let (a, b) = (left.element.name.utf8, right.element.name.utf8)
            if a.elementsEqual(b) { return left.offset < right.offset }
            return a.lexicographicallyPrecedes(b)
        }
        for (_, field) in sorted {
            authenticator.update(data: Array(field.name.utf8))
            authenticator.update(data: Array(field.value.utf8))
        }
        return authenticator.finalize()
    }
}

/// Standard base 64 with padding (RFC 4648 §4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let rest = min(3, bytes.count - start)
            var group = UInt32(bytes[start]) << 16
            if rest > 1 { group |= UInt32(bytes[start + 1]) << 8 }
            if rest > 2 { group |= UInt32(bytes[start + 2]) }
            for place in 0..<4 {
                text.append(place <= rest ? alphabet[Int(group >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 4), text.utf8.count <= 4096 else { return nil }
        var padding = 0
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        for (index, character) in text.utf8.enumerated() {
            var value = UInt32(0)
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(character) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(character) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(character) + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "=") where index >= text.utf8.count - 2: padding += 1
            default: return nil
            }
            if padding > 0, character != UInt8(ascii: "=") { return nil }
            group = group << 6 | value
            if index % 4 == 3 {
                bytes += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
                group = 0
            }
        }
        return Array(bytes.dropLast(padding))
    }
}
