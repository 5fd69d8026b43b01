import JSON
import Vault
import Web

/// Where the public key is told, by which anybody checks certificates of disposal.
enum SigningKeys {
    static let path = "/.well-known/throughline-signing-keys.json"

    /// A JSON Web Key Set (RFC 7517, RFC 8037), with the key in hexadecimal digits too.
    static func document(_ key: PublicSigningKey) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        writer.beginObject()
        writer.field("kid", key.id)
        writer.field("kty", "OKP")
        writer.field("crv", "Ed25519")
        writer.field("use", "sig")
        writer.field("x", Base64URL.encode(key.bytes))
        writer.field("hex", key.hex)
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The key that a file of this form names so, or its only one; nil: there is none.
    static func key(named id: String?, in document: [UInt8]) throws -> PublicSigningKey? {
        let keys = try JSONValue(parsing: document)["keys"]?.array ?? []
        let read = keys.compactMap { $0["hex"]?.string }.compactMap { PublicSigningKey(hex: $0) }
        guard let id else { return read.count == 1 ? read[0] : nil }
        return read.first { $0.id == id }
    }
}

extension Platform {
    var signingKeys: Route {
        let document = SigningKeys.document(installation.certificates.publicKey)
        return .tenantless(
            SigningKeys.path,
            .open(reason: "a public key, by which anybody checks certificates") { _ in
                .json(document)
            })
    }
}
