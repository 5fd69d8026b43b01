import Crypto
package import Kernel
import Web

/// Codes of authenticator apps. Source: RFC 4226 (HOTP) and RFC 6238 (TOTP): HMAC-SHA-1, steps of 30 seconds, six digits,
/// which is what every app understands.
package enum TOTP {
    package static let seconds: Int64 = 30
    /// Steps that a clock may be off, either way. Source: RFC 6238, 5.2.
    private static let drift: Int64 = 1
    /// 160 bits. Source: RFC 4226, 4, R6.
    package static let secretLength = 20

    /// The code of one counter.
    package static func code(secret: [UInt8], counter: Int64, digits: Int = 6) -> String {
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * Int64($0))) }
        let mac = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let offset = Int(mac[19] & 0x0F)
        let value = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        var modulus: UInt32 = 1
        for _ in 0..<digits { modulus *= 10 }
        let text = String(value % modulus)
        return String(repeating: "0", count: digits - text.count) + text
    }

    package static func step(at now: Instant) -> Int64 { now.seconds / seconds }

    /// The step whose code this is; nil when it is none of this time's, or of a step that was used already.
    package static func step(of code: String, secret: [UInt8], at now: Instant, after last: Int64) -> Int64? {
        let current = step(at: now)
        var found: Int64?
        // Every step is compared, so that the time taken does not tell which one it was.
        for step in (current - drift)...(current + drift) {
            let matches = Timing.equal(Array(code.utf8), Array(Self.code(secret: secret, counter: step).utf8))
            if matches && step > last && found == nil { found = step }
        }
        return found
    }

    /// What an app reads from the picture. Source: the Key Uri Format of Google Authenticator.
    package static func address(secret: [UInt8], account: String, issuer: String) -> String {
        let issuer = FormFields.encode(issuer)
        return "otpauth://totp/\(issuer):\(FormFields.encode(account))?secret=\(Base32.encode(secret))&issuer=\(issuer)"
    }
}

/// RFC 4648, 6, without padding.
package enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var group: UInt64 = 0
        var bits: UInt64 = 0
        for byte in bytes {
            group = group << 8 | UInt64(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(group >> bits & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(group << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
