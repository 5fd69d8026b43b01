package import Crypto
package import Kernel

/// The public half of the installation's signing key. By it anybody can check what was signed here, without the
/// installation.
package struct PublicSigningKey: Sendable, Equatable {
    /// Ed25519, 32 bytes.
    package let bytes: [UInt8]

    package init(_ key: Curve25519.Signing.PublicKey) { bytes = Array(key.rawRepresentation) }

    /// Nil: not 64 hexadecimal digits.
    package init?(hex text: String) {
        guard let bytes = Hex.decode(text), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    package var hex: String { Hex.encode(bytes) }

    /// Names the key: the first 16 hexadecimal digits of its SHA-256.
    package var id: String { String(Hex.encode(SHA256.hash(data: bytes)).prefix(16)) }

    /// Whether a text can be a key's name: what names a key in a file from anywhere may hold anything.
    package static func isID(_ text: String) -> Bool { text.utf8.count == 16 && Hex.decode(text) != nil }

    package func isValid(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        // 32 bytes that are no key have signed nothing.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: signed)
    }
}

/// A certificate of disposal as the file that people keep: the signed lines, the signature, and which key made it.
///
/// The form is frozen: what is signed begins with `throughline disposal 1`; then `signature ed25519` and 128 hexadecimal
/// digits; then `signing-key` and the key's id. Each line ends with a line feed. The last line only helps to find the
/// key; files of earlier releases do not have it.
package struct CertificateFile: Sendable, Equatable {
    package let certificate: DisposalCertificate
    package let keyID: String?

    private static let head = "throughline disposal 1"
    private static let signature = Array("signature ed25519 ".utf8)
    private static let key = Array("signing-key ".utf8)

    /// Names the key that signed, when it was one of these.
    package init(_ certificate: DisposalCertificate, by keys: [PublicSigningKey]) {
        self.certificate = certificate
        let signed = Array(certificate.text.utf8)
        keyID = keys.first { $0.isValid(certificate.signature, of: signed) }?.id
    }

    /// Reads a file to the letter: whatever `text` would not have written is refused.
    package init(reading bytes: [UInt8]) throws(Fault) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty == true, var last = lines.popLast() else { throw Self.unreadable }
        var name: String?
        if last.starts(with: Self.key) {
            name = String(decoding: last.dropFirst(Self.key.count), as: UTF8.self)
            guard let line = lines.popLast() else { throw Self.unreadable }
            last = line
        }
        let digits = String(decoding: last.dropFirst(Self.signature.count), as: UTF8.self)
        guard last.starts(with: Self.signature), let signature = Hex.decode(digits), signature.count == 64 else {
            throw Self.unreadable
        }
        let signed = Array(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
        certificate = DisposalCertificate(text: String(decoding: signed, as: UTF8.self), signature: signature)
        keyID = name
        guard certificate.text.hasPrefix(Self.head + "\n"), Array(text.utf8) == bytes else { throw Self.unreadable }
    }

    package var text: String {
        let signed = certificate.text + "signature ed25519 " + Hex.encode(certificate.signature) + "\n"
        return keyID.map { signed + "signing-key " + $0 + "\n" } ?? signed
    }

    /// What is wrong with it; nil: this key signed it, and nothing was changed since.
    ///
    /// - until: when the key was replaced, as far as that is known. What says that it was signed long after is not
    ///   believed: somebody may have kept the key.
    package func problem(under key: PublicSigningKey, until: Instant? = nil) -> String? {
        if let keyID, keyID != key.id { return "It names the key \(Self.shown(keyID)), and this key is \(key.id)." }
        guard key.isValid(certificate.signature, of: Array(certificate.text.utf8)) else {
            return "The signature is not this key's, or something was changed."
        }
        // Moments in this form are ordered as texts.
        guard let until, let completed, completed > (until + Self.grace).iso8601 else { return nil }
        return "It says that it was made at \(completed), and this key signed until \(until.iso8601)."
    }

    /// Machines that serve one installation do not replace the key at the same moment.
    private static let grace: Duration = .days(1)

    /// When the disposal was done, as the certificate says.
    private var completed: String? {
        let begin = "completed "
        return certificate.text.split(separator: "\n").first { $0.hasPrefix(begin) }
            .map { String($0.dropFirst(begin.count)) }
    }

    private static func shown(_ id: String) -> String { PublicSigningKey.isID(id) ? id : "(unreadable)" }

    private static let unreadable = Fault(
        .invalid, "certificate.unreadable", "This is no certificate of disposal as it was downloaded.",
        remedy: "Take the file itself, to the last line feed.")
}
