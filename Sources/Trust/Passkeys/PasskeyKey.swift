import Crypto
import CryptoExtras
import Foundation

/// The public key of a passkey. Sources: RFC 9053 (COSE algorithms), RFC 8812 (RS256), WebAuthn Level 3, 5.8.5.
package struct PasskeyKey: Sendable {
    /// COSE's numbers of the algorithms that we take, the preferred one first.
    package static let algorithms: [Int64] = [-7, -8, -257]

    private enum Key: Sendable {
        case es256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
        case rs256(_RSA.Signing.PublicKey)
    }

    private let key: Key

    /// Nil when it is not a key of ours: another algorithm or curve, a point off the curve, a length that does not fit.
    package init?(_ cose: CBOR) {
        switch (cose[1]?.int, cose[3]?.int) {
        case (2, -7):
            guard cose[-1]?.int == 1, let x = cose[-2]?.bytes, let y = cose[-3]?.bytes, x.count == 32, y.count == 32,
                // A point that is not on the curve is an expected input, not a failure.
                let made = try? P256.Signing.PublicKey(x963Representation: [0x04] + x + y)
            else { return nil }
            key = .es256(made)
        case (1, -8):
            guard cose[-1]?.int == 6, let x = cose[-2]?.bytes, x.count == 32,
                // The same for a key that is none.
                let made = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
            else { return nil }
            key = .ed25519(made)
        case (3, -257):
            guard let modulus = cose[-1]?.bytes, let exponent = cose[-2]?.bytes, (256...512).contains(modulus.count),
                exponent == [1, 0, 1],
                // The same for numbers that are no key.
                let made = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
            else { return nil }
            key = .rs256(made)
        default: return nil
        }
    }

    /// The same from the bytes that are stored.
    package init?(stored bytes: [UInt8]) {
        // What does not parse is no key.
        guard let cose = try? CBOR(parsing: bytes) else { return nil }
        self.init(cose)
    }

    package func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch key {
        case .es256(let key):
            // A signature that does not parse is a wrong one.
            guard let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(parsed, for: message)
        case .ed25519(let key): return key.isValidSignature(signature, for: message)
        case .rs256(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: message),
                padding: .insecurePKCS1v1_5)
        }
    }
}
