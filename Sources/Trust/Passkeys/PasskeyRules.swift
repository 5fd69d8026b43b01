import Crypto
import Foundation
import JSON
import Vault
import Web

/// What makes a registration or an assertion right. Pure: the challenge and the place are passed in.
/// Source: WebAuthn Level 3, 7.1 and 7.2.
package enum PasskeyRules {
    /// What is wrong; told to tests and nobody else.
    package enum Problem: String, Error, Sendable {
        case format, type, challenge, origin, relyingParty, presence, verification, backup, attestation, key, signature
    }

    /// What this ceremony has to be about.
    package struct Expected: Sendable {
        package let challenge: [UInt8]
        package let place: PasskeyPlace

        package init(challenge: [UInt8], place: PasskeyPlace) {
            self.challenge = challenge
            self.place = place
        }
    }

    package struct NewCredential: Sendable {
        package let id: [UInt8]
        /// The COSE key as it came.
        package let key: [UInt8]
        package let signCount: Int64
    }

    package static let largestCredentialID = 1023

    /// A new credential; its attestation is `none`, so the browser is believed about the authenticator.
    package static func registration(
        clientData: [UInt8], attestation: [UInt8], _ expected: Expected
    ) throws(Problem) -> NewCredential {
        try check(clientData, type: "webauthn.create", expected)
        let object = try parsed(attestation)
        guard let members = object.members, members.count == 3, let data = object["authData"]?.bytes else {
            throw .format
        }
        guard object["fmt"]?.text == "none", object["attStmt"]?.members?.isEmpty == true else { throw .attestation }
        let read = try authenticator(data, expected.place)
        guard let credential = read.credential else { throw .format }
        return NewCredential(id: credential.id, key: credential.key, signCount: read.signCount)
    }

    /// The sign counter of a right assertion.
    package static func assertion(
        clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8], key: PasskeyKey, _ expected: Expected
    ) throws(Problem) -> Int64 {
        try check(clientData, type: "webauthn.get", expected)
        let read = try authenticator(authenticatorData, expected.place)
        guard read.credential == nil else { throw .format }
        let message = authenticatorData + Array(SHA256.hash(data: clientData))
        guard key.isSignature(signature, of: message) else { throw .signature }
        return read.signCount
    }

    /// Whether a counter shows that there are two of this key. An authenticator without a counter says zero for ever.
    package static func isCloned(stored: Int64, given: Int64) -> Bool {
        (stored != 0 || given != 0) && given <= stored
    }

    /// The challenge that a browser says it was given; nil when there is none to be read.
    package static func challenge(in clientData: [UInt8]) -> [UInt8]? {
        (try? clientObject(clientData))?["challenge"]?.string.flatMap { Base64URL.decode($0) }  // read strictly later
    }

    // MARK: Client data

    private static func clientObject(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        guard bytes.count <= 4096, let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 4, values: 50)),
            value.object != nil
        else { throw .format }  // what does not parse is an expected input
        return value
    }

    private static func check(_ clientData: [UInt8], type: String, _ expected: Expected) throws(Problem) {
        let object = try clientObject(clientData)
        guard object["type"]?.string == type else { throw .type }
        guard let text = object["challenge"]?.string, let given = Base64URL.decode(text),
            Timing.equal(given, expected.challenge)
        else { throw .challenge }
        guard object["origin"]?.string == expected.place.origin else { throw .origin }
        // Inside another site's frame it is not our page that asked.
        guard object["crossOrigin"]?.bool != true, object["topOrigin"] == nil else { throw .origin }
    }

    // MARK: Authenticator data

    private struct AuthenticatorData {
        var signCount: Int64
        var credential: (id: [UInt8], key: [UInt8])?
    }

    /// Source: WebAuthn Level 3, 6.1: hash of the relying party's id, flags, counter, then what the flags announce.
    private static func authenticator(_ bytes: [UInt8], _ place: PasskeyPlace) throws(Problem) -> AuthenticatorData {
        guard (37...8192).contains(bytes.count) else { throw .format }
        let name = Array(SHA256.hash(data: Array(place.rpID.utf8)))
        guard Timing.equal(Array(bytes[0..<32]), name) else { throw .relyingParty }
        let flags = bytes[32]
        guard flags & 0x01 != 0 else { throw .presence }
        guard flags & 0x04 != 0 else { throw .verification }
        // Backed up, but not able to be: no authenticator says so.
        guard flags & 0x10 == 0 || flags & 0x08 != 0 else { throw .backup }
        var data = AuthenticatorData(signCount: bytes[33..<37].reduce(0) { $0 << 8 | Int64($1) })
        var position = 37
        if flags & 0x40 != 0 {
            guard bytes.count >= 55 else { throw .format }
            let length = Int(bytes[53]) << 8 | Int(bytes[54])
            guard (1...largestCredentialID).contains(length), bytes.count >= 55 + length else { throw .format }
            let start = 55 + length
            var reader = CBORReader(bytes, from: start)
            // What does not parse is an expected input.
            guard let key = try? reader.value(), PasskeyKey(key) != nil else { throw .key }
            position = reader.position
            data.credential = (Array(bytes[55..<start]), Array(bytes[start..<position]))
        }
        if flags & 0x80 != 0 {
            var reader = CBORReader(bytes, from: position)
            // The same.
            guard let extensions = try? reader.value(), extensions.members != nil else { throw .format }
            position = reader.position
        }
        guard position == bytes.count else { throw .format }
        return data
    }

    private static func parsed(_ bytes: [UInt8]) throws(Problem) -> CBOR {
        // The same.
        guard bytes.count <= 8192, let value = try? CBOR(parsing: bytes) else { throw .format }
        return value
    }
}

/// What a browser sends of a new credential. A form's field holds it as JSON.
package struct PasskeyRegistration: Sendable {
    package let clientData: [UInt8]
    package let attestation: [UInt8]

    package init?(field: String) {
        guard let value = PasskeyField.object(field), let clientData = value.bytes("clientData"),
            let attestation = value.bytes("attestation")
        else { return nil }
        self.clientData = clientData
        self.attestation = attestation
    }
}

/// What a browser sends of a signature made with a credential.
package struct PasskeyAssertion: Sendable {
    package let id: [UInt8]
    package let clientData: [UInt8]
    package let authenticatorData: [UInt8]
    package let signature: [UInt8]
    /// Whose credential the authenticator says it is; it may be silent when it was told which one to use.
    package let userHandle: [UInt8]?

    package init?(field: String) {
        guard let value = PasskeyField.object(field), let id = value.bytes("id"),
            (1...PasskeyRules.largestCredentialID).contains(id.count), let clientData = value.bytes("clientData"),
            let authenticatorData = value.bytes("authenticatorData"), let signature = value.bytes("signature")
        else { return nil }
        self.id = id
        self.clientData = clientData
        self.authenticatorData = authenticatorData
        self.signature = signature
        userHandle = value.bytes("userHandle")
    }
}

private enum PasskeyField {
    static func object(_ field: String) -> JSONValue? {
        guard field.utf8.count <= 20_000,
            let value = try? JSONValue(parsing: field, limits: JSONLimits(depth: 2, values: 20)), value.object != nil
        else { return nil }  // what does not parse is an expected input
        return value
    }
}

extension JSONValue {
    /// The bytes of a member in base64url without padding.
    fileprivate func bytes(_ name: String) -> [UInt8]? {
        self[name]?.string.flatMap { Base64URL.decode($0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
