import JSON
import Kernel
import Vault
import Web

/// Where the public keys are told, by which anybody checks certificates of disposal.
enum SigningKeys {
    static let path = "/.well-known/throughline-signing-keys.json"

    /// A key as it is told: without an end it is the one that signs now.
    struct Published {
        let key: PublicSigningKey
        let until: Instant?
    }

    /// A JSON Web Key Set (RFC 7517, RFC 8037), with each key in hexadecimal digits too: the one that signs now, then
    /// those before it, the newest first, with their end and their own signature over which key follows.
    static func document(_ ring: SigningRing) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        write(ring.publicKey, nil, to: &writer)
        for earlier in ring.earlier.reversed() { write(earlier.key, earlier, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ key: PublicSigningKey, _ end: EarlierSigningKey?, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("kid", key.id)
        writer.field("kty", "OKP")
        writer.field("crv", "Ed25519")
        writer.field("use", "sig")
        writer.field("x", Base64URL.encode(key.bytes))
        writer.field("hex", key.hex)
        if let end {
            writer.field("until", end.until.iso8601)
            writer.field("next", end.next.id)
            writer.field("statement", end.statement)
            writer.field("signature", Hex.encode(end.signature))
        }
        writer.endObject()
    }

    /// The keys of a file of this form.
    static func keys(in document: [UInt8]) throws -> [Published] {
        try (JSONValue(parsing: document)["keys"]?.array ?? []).compactMap { entry -> Published? in
            guard let key = entry["hex"]?.string.flatMap({ PublicSigningKey(hex: $0) }) else { return nil }
            guard let statement = entry["statement"]?.string else { return Published(key: key, until: nil) }
            let end = EarlierSigningKey(line: statement + " " + (entry["signature"]?.string ?? ""))
            guard let end, end.key == key else {
                throw Fault(
                    .invalid, "certificate.keys",
                    "The file of keys was changed: the key \(key.id) did not sign its end.",
                    remedy: "Take it from \(path) of the installation that made the certificate.")
            }
            return Published(key: key, until: end.until)
        }
    }
}

extension Platform {
    var signingKeys: Route {
        .tenantless(
            SigningKeys.path,
            .open(reason: "public keys, by which anybody checks certificates") { [installation] _ in
                .json(SigningKeys.document(try installation.certificates.ring()))
            })
    }
}
