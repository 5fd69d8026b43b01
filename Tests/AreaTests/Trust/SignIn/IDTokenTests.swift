import Crypto
import CryptoExtras
import Foundation
import JSON
import Kernel
import Testing
import Trust
import Vault

@Suite("The statement of an identity provider")
struct IDTokenTests {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let nonce = "n-0S6_WzA2Mj"

    /// A provider with one key of each kind.
    private struct Provider {
        let ec = P256.Signing.PrivateKey()
        let ed = Curve25519.Signing.PrivateKey()
        let rsa: _RSA.Signing.PrivateKey

        init() throws { rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

        func keys() throws -> [ProviderKey] {
            let point = Array(ec.publicKey.x963Representation)
            let numbers = try rsa.publicKey.getKeyPrimitives()
            let list: [JSONValue] = [
                [
                    "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig",
                    "x": .string(Base64URL.encode(Array(point[1..<33]))),
                    "y": .string(Base64URL.encode(Array(point[33...]))),
                ],
                [
                    "kty": "OKP", "crv": "Ed25519", "kid": "ed",
                    "x": .string(Base64URL.encode(Array(ed.publicKey.rawRepresentation))),
                ],
                [
                    "kty": "RSA", "kid": "rsa", "alg": "RS256",
                    "n": .string(Base64URL.encode(Array(numbers.modulus))), "e": "AQAB",
                ],
            ]
            return list.compactMap { ProviderKey($0) }
        }

        func token(_ claims: JSONValue, alg: String = "ES256", kid: String? = "ec", more: String = "") throws -> String
        {
            let name = kid.map { ",\"kid\":\"\($0)\"" } ?? ""
            let header = Base64URL.encode(Array("{\"alg\":\"\(alg)\"\(name)\(more)}".utf8))
            var writer = JSONWriter()
            writer.value(claims)
            let message = header + "." + Base64URL.encode(writer.bytes)
            let bytes = Array(message.utf8)
            let signature: [UInt8]
            switch alg {
            case "ES256": signature = Array(try ec.signature(for: bytes).rawRepresentation)
            case "EdDSA": signature = Array(try ed.signature(for: bytes))
            case "RS256":
                signature = Array(
                    try rsa.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation)
            case "HS256":
                // The public key as the secret: the attack that allow-lists are for.
                let secret = SymmetricKey(data: rsa.publicKey.pkcs1DERRepresentation)
                signature = Array(HMAC<SHA256>.authenticationCode(for: bytes, using: secret))
            default: signature = []
            }
            return message + "." + Base64URL.encode(signature)
        }
    }

    private func claims(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
        let seconds = Self.now.seconds
        var object = JSONObject()
        for (name, value) in [
            ("iss", "https://login.example.org"), ("sub", "248289761001"), ("aud", "throughline"),
            ("exp", .int(seconds + 300)), ("iat", .int(seconds - 2)), ("nonce", .string(Self.nonce)),
            ("email", "ana@clinic.example"), ("email_verified", true), ("amr", ["pwd", "mfa"]),
            ("auth_time", .int(seconds - 20)),
        ] as [(String, JSONValue)] { object[name] = value }
        for (name, value) in changes { object[name] = value }
        return .object(object)
    }

    private func problem(_ token: String, _ keys: [ProviderKey]) async -> IDToken.Problem? {
        do {
            _ = try await IDToken(
                token, keys: keys, issuer: "https://login.example.org", clientID: "throughline", nonce: Self.nonce,
                now: Self.now)
            return nil
        } catch {
            return error as? IDToken.Problem
        }
    }

    @Test("each algorithm that is taken is checked", arguments: [("ES256", "ec"), ("EdDSA", "ed"), ("RS256", "rsa")])
    func algorithms(_ alg: String, _ kid: String) async throws {
        let provider = try Provider()
        let keys = try provider.keys()
        #expect(keys.count == 3)
        let token = try provider.token(claims(), alg: alg, kid: kid)
        #expect(await problem(token, keys) == nil)
        #expect(await problem(try provider.token(claims(), alg: alg, kid: nil), keys) == nil)
        #expect(await problem(try Provider().token(claims(), alg: alg, kid: kid), keys) == .signature)
        let other = token.split(separator: ".")
        let changed = try provider.token(claims(["sub": "1"]), alg: alg, kid: kid).split(separator: ".")
        #expect(await problem("\(other[0]).\(changed[1]).\(other[2])", keys) == .signature)
    }

    @Test("without a signature, with a shared secret, or for a key of another kind it is refused")
    func confused() async throws {
        let provider = try Provider()
        let keys = try provider.keys()
        for alg in ["none", "None", "HS256", "RS512", "ES384", "PS256", ""] {
            #expect(await problem(try provider.token(claims(), alg: alg, kid: "rsa"), keys) == .algorithm, "\(alg)")
        }
        let parts = try provider.token(claims()).split(separator: ".")
        #expect(await problem("\(parts[0]).\(parts[1]).", keys) == .format)
        #expect(await problem("\(parts[0]).\(parts[1])", keys) == .format)
        #expect(await problem(try provider.token(claims(), alg: "ES256", kid: "rsa"), keys) == .unknownKey)
        #expect(await problem(try provider.token(claims(), alg: "ES256", kid: "gone"), keys) == .unknownKey)
        #expect(await problem(try provider.token(claims(), more: ",\"crit\":[\"b64\"]"), keys) == .algorithm)
        #expect(await problem("", keys) == .format)
        #expect(await problem("a.b.c", keys) == .format)
    }

    @Test("each claim that is wrong is found")
    func wrong() async throws {
        let provider = try Provider()
        let keys = try provider.keys()
        let seconds = Self.now.seconds
        let cases: [(IDToken.Problem?, KeyValuePairs<String, JSONValue?>)] = [
            (.issuer, ["iss": "https://login.example.org/"]), (.issuer, ["iss": nil]),
            (.audience, ["aud": "another"]), (.audience, ["aud": nil]), (.audience, ["aud": ["another"]]),
            (.party, ["aud": ["throughline", "another"]]), (.party, ["azp": "another"]),
            (nil, ["aud": ["throughline", "another"], "azp": "throughline"]),
            (.expired, ["exp": .int(seconds - 61)]), (.expired, ["exp": nil]), (.expired, ["exp": "soon"]),
            (nil, ["exp": .int(seconds - 59)]), (.issued, ["iat": .int(seconds + 61)]),
            (.issued, ["iat": .int(seconds - 601)]), (.issued, ["iat": nil]), (.issued, ["nbf": .int(seconds + 90)]),
            (.nonce, ["nonce": "another"]), (.nonce, ["nonce": nil]), (.subject, ["sub": nil]), (.subject, ["sub": ""]),
            (.subject, ["sub": .string(String(repeating: "s", count: 256))]),
        ]
        for (expected, changes) in cases {
            let token = try provider.token(claims(changes))
            #expect(await problem(token, keys) == expected, "\(changes)")
        }
    }

    @Test("an address counts when the provider has verified it")
    func email() async throws {
        let provider = try Provider()
        for (verified, expected) in [(JSONValue.bool(true), "ana@clinic.example"), (.bool(false), nil), ("true", nil)]
            as [(JSONValue, String?)]
        {
            let token = try await IDToken(
                try provider.token(claims(["email_verified": verified])), keys: try provider.keys(),
                issuer: "https://login.example.org", clientID: "throughline", nonce: Self.nonce, now: Self.now)
            #expect(token.verifiedEmail == expected)
            #expect(token.subject == "248289761001")
            #expect(token.methods == ["pwd", "mfa"])
        }
    }

    @Test("addresses of providers are https, or this machine where that is allowed")
    func addresses() {
        for address in ["https://login.example.org", "https://login.example.org:8443/a?b=c"] {
            #expect(Outbound.isAllowed(address, allowsPlainLoopback: false))
        }
        for address in ["http://localhost:9400/a", "http://127.0.0.1:9400"] {
            #expect(Outbound.isAllowed(address, allowsPlainLoopback: true))
            #expect(!Outbound.isAllowed(address, allowsPlainLoopback: false))
        }
        for address in [
            "http://login.example.org", "ftp://localhost", "https://user@login.example.org", "https://", "localhost",
            "https://login.example.org/#x", "http://localhost.example.org", "file:///etc/passwd",
        ] {
            #expect(!Outbound.isAllowed(address, allowsPlainLoopback: true), "\(address)")
        }
    }
}
