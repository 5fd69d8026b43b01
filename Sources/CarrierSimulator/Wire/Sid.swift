/// A provider's identifier: two letters that name the resource, then 32 hexadecimal digits.
package struct Sid: Hashable, Sendable, CustomStringConvertible, Encodable {
    package enum Kind: String, Sendable {
        case account = "AC"
        case messagingService = "MG"
        /// A message of text only.
        case message = "SM"
        /// A message with pictures.
        case mediaMessage = "MM"
        case media = "ME"
    }

    package let description: String

    /// Nil when `text` is not an identifier of one of `kinds`.
    package init?(_ text: some StringProtocol, kinds: Kind...) {
        guard kinds.contains(where: { text.hasPrefix($0.rawValue) }), text.utf8.count == 34,
            text.utf8.dropFirst(2).allSatisfy(Self.isHexDigit)
        else { return nil }
        description = String(text)
    }

    /// A fresh identifier. Identifiers are never seeded in the running program: the clinic keeps those it has seen, so
    /// a restarted simulator must not use one again.
    package init(_ kind: Kind, using randomness: inout some RandomNumberGenerator) {
        var bytes = Array(kind.rawValue.utf8)
        bytes.reserveCapacity(34)
        for word in [randomness.next() as UInt64, randomness.next()] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8((word >> UInt64(shift)) & 15)
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        description = String(decoding: bytes, as: UTF8.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        Character(UnicodeScalar(byte)).isHexDigit && byte < 128
    }
}
