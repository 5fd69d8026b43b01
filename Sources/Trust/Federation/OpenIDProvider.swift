import Crypto
import Foundation
package import JSON
import JWTKit
package import Kernel
import Synchronization
import Vault
import Web

/// What is known of identity providers: their addresses and keys, read from them and kept for an hour. A key that is not
/// known is looked for once more, at most every few seconds. Source: OpenID Connect Discovery 1.0.
package final class OpenIDProvider: Sendable {
    package struct Addresses: Sendable, Equatable {
        package let authorization: String
        let token: String
        let keys: String
        /// Whether the client's secret goes in the form; else in a header.
        let takesSecretInForm: Bool
    }

    private struct Known: Sendable {
        let addresses: Addresses
        let readAt: Instant
        var keys: [ProviderKey]
        var keysReadAt: Instant?
        /// When they were last read because one was missing.
        var soughtAt: Instant?
    }

    private static let memory: Duration = .hours(1)
    private static let pause: Duration = .seconds(5)

    private let outbound: Outbound
    private let clock: any Kernel.Clock
    private let known = Mutex<[String: Known]>([:])

    package init(outbound: Outbound, clock: any Kernel.Clock) {
        self.outbound = outbound
        self.clock = clock
    }

    package func addresses(_ settings: OpenIDSettings) async throws(Fault) -> Addresses {
        try await read(settings).addresses
    }

    private func read(_ settings: OpenIDSettings) async throws(Fault) -> Known {
        let now = clock.now()
        if let known = known.withLock({ $0[settings.issuer] }), now - known.readAt < Self.memory, now >= known.readAt {
            return known
        }
        let base = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let document = try await object(base + "/.well-known/openid-configuration", settings)
        // Source: OpenID Connect Discovery 1.0, 4.3: byte for byte, or one provider could speak for another.
        guard document["issuer"]?.string == settings.issuer else { throw Self.impostor }
        guard let authorization = document["authorization_endpoint"]?.string,
            let token = document["token_endpoint"]?.string, let keys = document["jwks_uri"]?.string,
            [authorization, token, keys].allSatisfy({
                Outbound.isAllowed($0, allowsPlainLoopback: settings.allowsPlainLoopback)
            })
        else { throw Self.nonsense }
        // Source: OpenID Connect Discovery 1.0, 3: without the member it is the header.
        let ways = document["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string)
        let inForm = ways.map { !$0.contains("client_secret_basic") && $0.contains("client_secret_post") } ?? false
        let fresh = Known(
            addresses: Addresses(authorization: authorization, token: token, keys: keys, takesSecretInForm: inForm),
            readAt: now, keys: [])
        known.withLock { $0[settings.issuer] = fresh }
        return fresh
    }

    /// The keys it signs with. `anew`: one was missing; they are read again unless that was done just now.
    func keys(_ settings: OpenIDSettings, anew: Bool) async throws(Fault) -> [ProviderKey] {
        let now = clock.now()
        let found = try await read(settings)
        let (last, trust) = anew ? (found.soughtAt, Self.pause) : (found.keysReadAt, Self.memory)
        if let last, now >= last, now - last < trust { return found.keys }
        let document = try await object(found.addresses.keys, settings)
        guard let list = document["keys"]?.array else { throw Self.nonsense }
        let keys = list.prefix(50).compactMap(ProviderKey.init)
        known.withLock {
            $0[settings.issuer]?.keys = keys
            $0[settings.issuer]?.keysReadAt = now
            if anew { $0[settings.issuer]?.soughtAt = now }
        }
        return keys
    }

    /// Changes a code into the provider's statement about who it is. Nil: the provider says no to this code.
    func redeem(
        code: String, verifier: String, redirect: String, _ settings: OpenIDSettings
    ) async throws(Fault) -> String? {
        let addresses = try await read(settings).addresses
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ]
        var authorization: Redacted<String>?
        if addresses.takesSecretInForm {
            form += [("client_id", settings.clientID), ("client_secret", settings.clientSecret.value)]
        } else {
            // Source: RFC 6749, 2.3.1: both are encoded as in forms, then joined.
            let pair = FormFields.encode(settings.clientID) + ":" + FormFields.encode(settings.clientSecret.value)
            authorization = Redacted("Basic " + Data(pair.utf8).base64EncodedString())
        }
        let answer = try await outbound.fetch(
            addresses.token, form: form, authorization: authorization,
            allowsPlainLoopback: settings.allowsPlainLoopback)
        if (400..<500).contains(answer.status) { return nil }
        guard answer.status == 200, let token = Self.parsed(answer.bytes)?["id_token"]?.string else {
            throw Self.nonsense
        }
        return token
    }

    private func object(_ url: String, _ settings: OpenIDSettings) async throws(Fault) -> JSONValue {
        let answer = try await outbound.fetch(url, allowsPlainLoopback: settings.allowsPlainLoopback)
        guard answer.status == 200, let value = Self.parsed(answer.bytes) else { throw Self.nonsense }
        return value
    }

    private static func parsed(_ bytes: [UInt8]) -> JSONValue? {
        // What is not JSON is told as the provider's nonsense.
        let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 12, values: 10_000))
        return value?.object == nil ? nil : value
    }

    private static var impostor: Fault {
        Fault(
            .unavailable, "openid.issuer",
            "The identity provider's metadata name another issuer than the configured one.",
            remedy: "Set openid.TENANT.issuer exactly as the provider states its issuer.")
    }

    private static var nonsense: Fault {
        Fault(.unavailable, "openid.answer", "The identity provider's answer has no known shape.")
    }
}

/// A public key of a provider, for one algorithm. Source: RFC 7517, RFC 8037.
package struct ProviderKey: Sendable {
    /// The algorithms that are taken. Nothing symmetric, and never `none`.
    enum Algorithm: String, Sendable {
        case rs256 = "RS256"
        case es256 = "ES256"
        case eddsa = "EdDSA"
    }

    let id: String?
    let algorithm: Algorithm
    let jwk: JWK

    /// Nil when it is no key for signatures of ours.
    package init?(_ value: JSONValue) {
        if let use = value["use"]?.string, use != "sig" { return nil }
        id = value["kid"]?.string
        let name = JWKIdentifier(string: "key")
        switch (value["kty"]?.string, value["crv"]?.string) {
        case ("RSA", _):
            guard let modulus = value["n"]?.string, let bytes = Base64URL.decode(modulus), bytes.count >= 256,
                let exponent = value["e"]?.string
            else { return nil }
            algorithm = .rs256
            jwk = .rsa(.rs256, identifier: name, modulus: modulus, exponent: exponent)
        case ("EC", "P-256"):
            guard let x = value["x"]?.string, let y = value["y"]?.string else { return nil }
            algorithm = .es256
            jwk = .ecdsa(.es256, identifier: name, x: x, y: y, curve: .p256)
        case ("OKP", "Ed25519"):
            guard let x = value["x"]?.string else { return nil }
            algorithm = .eddsa
            jwk = .octetKeyPair(.eddsa, identifier: name, x: x, y: nil, curve: .ed25519)
        default: return nil
        }
        // A key that is meant for another algorithm is not ours to use.
        if let meant = value["alg"]?.string, meant != algorithm.rawValue { return nil }
    }

    func isSignature(_ signature: [UInt8], of message: [UInt8]) async -> Bool {
        // A key or signature that does not parse is a wrong one.
        guard let keys = try? await JWTKeyCollection().add(jwk: jwk),
            let key = try? await keys.getKey(for: JWKIdentifier(string: "key"), alg: algorithm.rawValue),  // the same
            key.name == algorithm.rawValue
        else { return false }
        return (try? key.verify(signature, signs: message)) ?? false  // the same
    }
}
