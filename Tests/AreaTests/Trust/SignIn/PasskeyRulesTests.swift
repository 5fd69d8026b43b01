import Testing
import Trust
import Vault

@Suite("What makes a passkey right")
struct PasskeyRulesTests {
    private static let challenge = Secret.bytes(32)

    private func expected() throws -> PasskeyRules.Expected {
        PasskeyRules.Expected(
            challenge: Self.challenge, place: try #require(PasskeyPlace(base: SoftPasskey.base)))
    }

    /// What is wrong with what this authenticator makes; nil: nothing.
    private func registering(_ passkey: SoftPasskey, _ challenge: [UInt8] = challenge) throws -> PasskeyRules.Problem? {
        let client = passkey.clientData("webauthn.create", challenge)
        let attestation = try passkey.attestation()
        let expected = try expected()
        do {
            let made = try PasskeyRules.registration(clientData: client, attestation: attestation, expected)
            #expect(made.id == passkey.id)
            return nil
        } catch {
            return error
        }
    }

    private func using(
        _ passkey: SoftPasskey, key other: SoftPasskey? = nil, _ challenge: [UInt8] = challenge
    ) throws -> PasskeyRules.Problem? {
        let field = try passkey.used(challenge, handle: nil)
        let assertion = try #require(PasskeyAssertion(field: field))
        let key = try #require(PasskeyKey(stored: try (other ?? passkey).cose))
        let expected = try expected()
        do {
            let count = try PasskeyRules.assertion(
                clientData: assertion.clientData, authenticatorData: assertion.authenticatorData,
                signature: assertion.signature, key: key, expected)
            #expect(count == Int64(passkey.count))
            return nil
        } catch {
            return error
        }
    }

    @Test("each algorithm registers and signs", arguments: SoftPasskey.Algorithm.allCases)
    func algorithms(_ algorithm: SoftPasskey.Algorithm) throws {
        var passkey = try SoftPasskey(algorithm)
        passkey.count = 0x01020304
        #expect(try registering(passkey) == nil)
        #expect(try using(passkey) == nil)
        let other = try SoftPasskey(algorithm)
        #expect(try using(passkey, key: other) == .signature)
        passkey.flipsSignature = true
        #expect(try using(passkey) == .signature)
    }

    @Test("each rule that is broken is found, when registering and when signing")
    func rules() throws {
        let breaks: [(PasskeyRules.Problem, @Sendable (inout SoftPasskey) -> Void)] = [
            (.origin, { $0.origin = "https://clinic.example.evil.example" }),
            (.origin, { $0.origin = "http://clinic.example" }),
            (.origin, { $0.origin = "https://clinic.example:8443" }), (.origin, { $0.crossOrigin = true }),
            (.relyingParty, { $0.rpID = "evil.example" }), (.relyingParty, { $0.rpID = "example" }),
            (.presence, { $0.flags &= ~0x01 }), (.verification, { $0.flags &= ~0x04 }),
            (.backup, { $0.flags = 0x15 }), (.format, { $0.trailing = [0] }), (.format, { $0.flags |= 0x80 }),
            (.type, { $0.type = "payment.get" }),
        ]
        for (problem, change) in breaks {
            var passkey = try SoftPasskey()
            change(&passkey)
            #expect(try registering(passkey) == problem)
            #expect(try using(passkey) == problem)
        }
        let passkey = try SoftPasskey()
        #expect(try registering(passkey, Secret.bytes(32)) == .challenge)
        #expect(try using(passkey, key: nil, Secret.bytes(32)) == .challenge)
        #expect(try registering(passkey, []) == .challenge)
    }

    @Test("only the attestation that says nothing is taken, and only keys of ours")
    func attestation() throws {
        var passkey = try SoftPasskey()
        passkey.format = "packed"
        #expect(try registering(passkey) == .attestation)
        var cose = try SoftPasskey().cose
        #expect(PasskeyKey(stored: cose) != nil)
        // A point off the curve, another curve, another algorithm, a byte too many.
        cose[15] ^= 1
        #expect(PasskeyKey(stored: cose) == nil)
        for (index, value) in [(6, 2), (4, 0x38), (2, 3)] as [(Int, UInt8)] {
            var other = try SoftPasskey().cose
            other[index] = value
            #expect(PasskeyKey(stored: other) == nil, "\(index)")
        }
        #expect(PasskeyKey(stored: try SoftPasskey().cose + [0]) == nil)
    }

    @Test("a signature for registering is none for signing in")
    func types() throws {
        var passkey = try SoftPasskey()
        passkey.type = "webauthn.create"
        #expect(try using(passkey) == .type)
        passkey.type = "webauthn.get"
        #expect(try registering(passkey) == .type)
    }

    @Test("a counter goes on, or is zero for ever")
    func counter() {
        #expect(!PasskeyRules.isCloned(stored: 0, given: 0))
        #expect(!PasskeyRules.isCloned(stored: 0, given: 1))
        #expect(!PasskeyRules.isCloned(stored: 7, given: 8))
        #expect(PasskeyRules.isCloned(stored: 7, given: 7))
        #expect(PasskeyRules.isCloned(stored: 7, given: 6))
        #expect(PasskeyRules.isCloned(stored: 7, given: 0))
    }

    @Test("passkeys need a secure address with a name")
    func places() {
        #expect(PasskeyPlace(base: "https://Access.Example.org")?.origin == "https://access.example.org")
        #expect(PasskeyPlace(base: "https://access.example.org:443/")?.origin == "https://access.example.org")
        #expect(PasskeyPlace(base: "https://access.example.org:8443")?.rpID == "access.example.org")
        #expect(PasskeyPlace(base: "http://localhost:8080")?.origin == "http://localhost:8080")
        #expect(PasskeyPlace(base: "http://clinic.localhost")?.rpID == "clinic.localhost")
        for base in [
            "http://127.0.0.1:8080", "https://127.0.0.1", "https://[::1]:8443", "http://access.example.org",
            "https://1.2.0x3", "ftp://localhost", "https://", "https://a b", "https://a:b", "https://a:0",
            "https://a@b",
        ] {
            #expect(PasskeyPlace(base: base) == nil, "\(base)")
        }
    }

    @Test("bytes that are changed anywhere are never taken for right and never stop the program")
    func changed() throws {
        let passkey = try SoftPasskey()
        let client = passkey.clientData("webauthn.create", Self.challenge)
        let attestation = try passkey.attestation()
        let expected = try expected()
        for index in attestation.indices {
            for bit in [0x01, 0x80] as [UInt8] {
                var bytes = attestation
                bytes[index] ^= bit
                // What is not read (the authenticator's make) or not checked (the id itself) may be anything.
                let made = try? PasskeyRules.registration(clientData: client, attestation: bytes, expected)
                if let made { #expect(made.key.count == (try passkey.cose).count) }
            }
            let cut = try? PasskeyRules.registration(
                clientData: client, attestation: Array(attestation.prefix(index)), expected)
            #expect(cut == nil, "cut at \(index)")
        }
    }
}
