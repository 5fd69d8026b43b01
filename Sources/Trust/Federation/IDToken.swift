import Foundation
import JSON
package import Kernel
import Vault
import Web

/// What an identity provider says about who somebody is. Source: OpenID Connect Core 1.0, 3.1.3.7; RFC 8725.
package struct IDToken: Sendable {
    package enum Problem: String, Error, Sendable {
        case format, algorithm, unknownKey, signature, issuer, audience, party, expired, issued, nonce, subject
    }

    package let subject: String
    /// The address, when the provider has checked that it is this person's.
    package let verifiedEmail: String?
    /// How they proved it there: `amr`, and `acr`.
    package let methods: Set<String>
    let authenticatedAt: Instant?

    /// How far the provider's clock may be from ours.
    static let drift: Duration = .minutes(1)
    /// How old a token may be that has just been asked for.
    static let longestAge: Duration = .minutes(10)

    /// Checks everything; nothing of a token is used before its signature is right.
    package init(
        _ text: String, keys: [ProviderKey], issuer: String, clientID: String, nonce: String, now: Instant
    ) async throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 32_000, parts.count == 3, let header = Self.object(parts[0]),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty
        else {
            // Without a signature is one of the shapes of `none`: what it says of itself decides which problem it is.
            if parts.count == 3, let header = Self.object(parts[0]), Self.algorithm(header) == nil {
                throw Problem.algorithm
            }
            throw Problem.format
        }
        guard let algorithm = Self.algorithm(header), header["crit"] == nil else { throw Problem.algorithm }
        let fitting = keys.filter { $0.algorithm == algorithm }
        let name = header["kid"]?.string
        // Some providers name no key: then it is any of theirs.
        let candidates = name == nil ? fitting : fitting.filter { $0.id == name }
        guard !candidates.isEmpty else { throw Problem.unknownKey }
        let message = Array("\(parts[0]).\(parts[1])".utf8)
        var isSigned = false
        for key in candidates where await key.isSignature(signature, of: message) { isSigned = true }
        // By a key without a name it may be one that is newer than those we know.
        guard isSigned else { throw name == nil ? Problem.unknownKey : Problem.signature }
        guard let claims = Self.object(parts[1]) else { throw Problem.format }
        try Self.check(claims, issuer: issuer, clientID: clientID, nonce: nonce, now: now)
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count) else { throw Problem.subject }
        self.subject = subject
        let email = claims["email"]?.string
        verifiedEmail = claims["email_verified"]?.bool == true ? email : nil
        let methods = claims["amr"]?.array?.compactMap(\.string) ?? []
        self.methods = Set(methods + [claims["acr"]?.string].compactMap(\.self))
        authenticatedAt = claims["auth_time"]?.int.flatMap(Self.instant)
    }

    private static func check(
        _ claims: JSONValue, issuer: String, clientID: String, nonce: String, now: Instant
    ) throws(Problem) {
        guard claims["iss"]?.string == issuer else { throw .issuer }
        let audience: [String]
        if let one = claims["aud"]?.string {
            audience = [one]
        } else {
            audience = claims["aud"]?.array?.compactMap(\.string) ?? []
        }
        guard audience.contains(clientID) else { throw .audience }
        // Meant for several: it has to say that it was made for us.
        if audience.count > 1 || claims["azp"] != nil {
            guard claims["azp"]?.string == clientID else { throw .party }
        }
        guard let expires = claims["exp"]?.int.flatMap(instant), now < expires + drift else { throw .expired }
        guard let issued = claims["iat"]?.int.flatMap(instant), issued <= now + drift, now - issued < longestAge else {
            throw .issued
        }
        if let notBefore = claims["nbf"]?.int.flatMap(instant), notBefore > now + drift { throw .issued }
        guard let given = claims["nonce"]?.string, Timing.equal(Array(given.utf8), Array(nonce.utf8)) else {
            throw .nonce
        }
    }

    private static func algorithm(_ header: JSONValue) -> ProviderKey.Algorithm? {
        header["alg"]?.string.flatMap(ProviderKey.Algorithm.init(rawValue:))
    }

    /// Seconds since 1970, within the years that a token can be of.
    private static func instant(_ seconds: Int64) -> Instant? {
        (0...253_402_300_799).contains(seconds) ? Instant(microseconds: seconds * 1_000_000) : nil
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.decode(part),
            let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 12, values: 2000))
        else { return nil }  // what does not parse is an expected input
        return value.object == nil ? nil : value
    }
}
