import CArgon2
import Kernel

/// Password hashes: Argon2id by libargon2, in its encoded text form.
///
/// Parameters: 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet (2024).
package enum Password {
    private static let memoryKiB: UInt32 = 19_456
    private static let passes: UInt32 = 2
    private static let hashLength = 32
    /// Hashing is not for Swift's cooperative threads, and not for many at once.
    private static let queue = HashingQueue()

    /// What is wrong with a new password; `trust.password.` with its raw value is told to its person.
    package enum Problem: String, Sendable, Error {
        case short, long, known, familiar, breached
    }

    /// What is wrong with a new password, or nil. Source: NIST SP 800-63B-4, 3.1.1.2: length counts, composition does not,
    /// nothing expires; what is known from breaches, or is little more than names that anybody knows, is refused.
    package static func problem(
        _ password: String, login: String? = nil, familiar: FamiliarWords = .none, breached: BreachedPasswords
    ) throws -> Problem? {
        if password.unicodeScalars.count < 12 { return .short }
        if password.utf8.count > 512 { return .long }
        if let login, password.lowercased() == login.lowercased() { return .known }
        if familiar.make(password) { return .familiar }
        return try breached.contains(password) ? .breached : nil
    }

    package static func hash(_ password: String) async throws -> String {
        try await queue.run { try hashNow(password) }
    }

    /// What is right for nobody's password, nor for an account without one, takes as long as a wrong password.
    package static func verify(_ password: String, against encoded: String?) async throws -> Bool {
        let isUsable = encoded.map(isUsable) ?? false
        let compared = isUsable ? encoded ?? decoy : decoy
        let matches = try await queue.run {
            argon2id_verify(compared, password, password.utf8.count) == ARGON2_OK.rawValue
        }
        return matches && isUsable
    }

    /// What stands in place of the hash of somebody who has no password: they sign in by passkey or at an identity
    /// provider. An account that was disposed of has an empty one.
    package static let none = "none"

    package static func isUsable(_ encoded: String) -> Bool { encoded.hasPrefix("$argon2id$") }

    /// A hash of nothing anybody knows: verified when there is no such user, or none with a password, so that the answer takes as long.
    package static let decoy =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$bm9ib2R5IGtub3dzIHRoaXMgcGFzc3dvcmQgYXQgYWw"

    private static func hashNow(_ password: String) throws -> String {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let length = argon2_encodedlen(passes, memoryKiB, 1, UInt32(salt.count), UInt32(hashLength), Argon2_id)
        var encoded = [CChar](repeating: 0, count: length)
        let code = argon2id_hash_encoded(
            passes, memoryKiB, 1, password, password.utf8.count, salt, salt.count, hashLength, &encoded, length)
        guard code == ARGON2_OK.rawValue else {
            throw Fault(.internalError, "password.hash", "A password could not be hashed (\(code)).")
        }
        return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Random text for passwords and tokens.
package enum Secret {
    /// 26 characters of Crockford's alphabet: 130 bits.
    package static func password() -> String {
        var random = SystemRandomNumberGenerator()
        return String((0..<26).map { _ in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".randomElement(using: &random) ?? "0" })
    }

    package static func bytes(_ count: Int) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
}
