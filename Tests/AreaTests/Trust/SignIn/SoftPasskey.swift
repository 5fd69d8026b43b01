import Crypto
import CryptoExtras
import Foundation
import Kernel
import Trust
import Vault

/// An authenticator in software, which can also be one that does not keep to the rules.
struct SoftPasskey: Sendable {
    enum Algorithm: CaseIterable, Sendable { case es256, ed25519, rs256 }

    private enum Key: Sendable {
        case es256(P256.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
        case rs256(_RSA.Signing.PrivateKey)
    }

    static let base = "https://clinic.example"

    private let key: Key
    let id = Secret.bytes(32)
    var origin = SoftPasskey.base
    var rpID = "clinic.example"
    var count: UInt32 = 0
    /// Present, verified, may be backed up, is.
    var flags: UInt8 = 0x1D
    var format = "none"
    /// Changes what is signed and sent.
    var crossOrigin = false
    var type: String?
    var flipsSignature = false
    var trailing: [UInt8] = []

    init(_ algorithm: Algorithm = .es256) throws {
        key =
            switch algorithm {
            case .es256: .es256(P256.Signing.PrivateKey())
            case .ed25519: .ed25519(Curve25519.Signing.PrivateKey())
            case .rs256: .rs256(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            }
    }

    var cose: [UInt8] {
        get throws {
            switch key {
            case .es256(let key):
                let point = Array(key.publicKey.x963Representation)
                var bytes: [UInt8] = [0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]
                bytes += point[1..<33]
                bytes += [0x22, 0x58, 32]
                return bytes + point[33...]
            case .ed25519(let key):
                let head: [UInt8] = [0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32]
                return head + Array(key.publicKey.rawRepresentation)
            case .rs256(let key):
                let primitives = try key.publicKey.getKeyPrimitives()
                let modulus = Array(primitives.modulus)
                var bytes: [UInt8] = [0xA4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59]
                bytes += [UInt8(modulus.count >> 8), UInt8(modulus.count & 255)]
                return bytes + modulus + [0x21, 0x43, 1, 0, 1]
            }
        }
    }

    func clientData(_ type: String, _ challenge: [UInt8]) -> [UInt8] {
        Array(
            """
            {"type":"\(self.type ?? type)","challenge":"\(Base64URL.encode(challenge))","origin":"\(origin)",\
            "crossOrigin":\(crossOrigin)}
            """.utf8)
    }

    func authenticatorData(withKey: Bool) throws -> [UInt8] {
        var bytes = Array(SHA256.hash(data: Array(rpID.utf8)))
        bytes.append(flags | (withKey ? 0x40 : 0))
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        if withKey {
            bytes += [UInt8](repeating: 0, count: 16)
            bytes += [0, UInt8(id.count)]
            bytes += id
            bytes += try cose
        }
        return bytes + trailing
    }

    func attestation() throws -> [UInt8] {
        let data = try authenticatorData(withKey: true)
        var bytes: [UInt8] = [0xA3]
        bytes += text("fmt") + text(format)
        bytes += text("attStmt") + [0xA0]
        bytes += text("authData") + Self.head(ofBytes: data.count)
        return bytes + data
    }

    /// What stands before a byte string in CBOR: its length, in the shortest form.
    private static func head(ofBytes count: Int) -> [UInt8] {
        switch count {
        case ..<24: [0x40 + UInt8(count)]
        case ..<256: [0x58, UInt8(count)]
        default: [0x59, UInt8(count >> 8), UInt8(count & 255)]
        }
    }

    /// A short text in CBOR.
    private func text(_ text: String) -> [UInt8] { [0x60 + UInt8(text.utf8.count)] + Array(text.utf8) }

    func signature(_ message: [UInt8]) throws -> [UInt8] {
        var signature: [UInt8]
        switch key {
        case .es256(let key): signature = Array(try key.signature(for: message).derRepresentation)
        case .ed25519(let key): signature = Array(try key.signature(for: message))
        case .rs256(let key):
            signature = Array(
                try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation)
        }
        if flipsSignature { signature[signature.count - 1] ^= 1 }
        return signature
    }

    // MARK: As the page's script sends it

    func created(_ challenge: [UInt8]) throws -> String {
        """
        {"clientData":"\(Base64URL.encode(clientData("webauthn.create", challenge)))",\
        "attestation":"\(Base64URL.encode(try attestation()))"}
        """
    }

    func used(_ challenge: [UInt8], handle: [UInt8]?) throws -> String {
        let client = clientData("webauthn.get", challenge)
        let data = try authenticatorData(withKey: false)
        let signature = try signature(data + Array(SHA256.hash(data: client)))
        let owner = handle.map { ",\"userHandle\":\"\(Base64URL.encode($0))\"" } ?? ""
        return """
            {"id":"\(Base64URL.encode(id))","clientData":"\(Base64URL.encode(client))",\
            "authenticatorData":"\(Base64URL.encode(data))","signature":"\(Base64URL.encode(signature))"\(owner)}
            """
    }
}
