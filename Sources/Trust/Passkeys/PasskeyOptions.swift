import JSON
import Kernel
import Vault

/// What a browser is told to ask an authenticator for, as JSON; bytes are base64url. Source: WebAuthn Level 3, 5.4 and 5.5.
enum PasskeyOptions {
    private static let timeout: Int64 = 300_000

    /// For signing in (`allowed` empty: whatever passkey of ours the person has) and confirming.
    static func request(_ challenge: [UInt8], _ place: PasskeyPlace, allowed: [[UInt8]] = []) -> [UInt8] {
        bytes([
            "challenge": .string(Base64URL.encode(challenge)), "rpId": .string(place.rpID),
            "timeout": .int(timeout), "userVerification": "required", "allowCredentials": list(allowed),
        ])
    }

    static func creation(
        _ challenge: [UInt8], _ place: PasskeyPlace, handle: [UInt8], login: String, name: String, practice: String,
        known: [[UInt8]]
    ) -> [UInt8] {
        bytes([
            "challenge": .string(Base64URL.encode(challenge)),
            "rp": ["id": .string(place.rpID), "name": .string(practice)],
            "user": [
                "id": .string(Base64URL.encode(handle)), "name": .string(login), "displayName": .string(name),
            ],
            "pubKeyCredParams": .array(PasskeyKey.algorithms.map { ["type": "public-key", "alg": .int($0)] }),
            "timeout": .int(timeout), "attestation": "none", "excludeCredentials": list(known),
            "authenticatorSelection": [
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            ],
        ])
    }

    private static func list(_ credentials: [[UInt8]]) -> JSONValue {
        .array(credentials.map { ["type": "public-key", "id": .string(Base64URL.encode($0))] })
    }

    private static func bytes(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }
}
