import Crypto
import Foundation
import Kernel

/// The key that backups are sealed under: a file beside the other keys, never in a backup. Each file of a backup has a key
/// of its own, derived from it (HKDF-SHA256, RFC 5869).
package struct BackupKey: Sendable {
    private let key: SymmetricKey

    package init(bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
    }

    /// Sixteen digits that tell one key from another and nothing else about it.
    package var name: String {
        Hex.encode(
            Self.bytes(
                HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: key, salt: [UInt8](), info: Array("throughline backup 1 name".utf8),
                    outputByteCount: 8)))
    }

    func key(of file: SealedFile) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: Array(file.id.utf8),
            info: Array("throughline backup 1 \(file.stream.rawValue)".utf8), outputByteCount: 32)
    }

    private static func bytes(_ key: SymmetricKey) -> [UInt8] { key.withUnsafeBytes { Array($0) } }
}

extension KeyFolder {
    /// The key of this installation's backups. `creating`: an installation that is older than backups, and has none,
    /// gets one; where there are backups, the key that they are sealed under has to be put back.
    package func backupKey(creating: Bool = false) throws -> BackupKey {
        if creating, missing.contains("backup.key"), !hasBackups { try make("backup.key") }
        return BackupKey(bytes: try secret("backup.key"))
    }

    private var hasBackups: Bool {
        ["keystore.sealed", "backups.jsonl"].contains { FileManager.default.fileExists(atPath: path + "/" + $0) }
    }

    /// Signs with the installation's signing key (Ed25519), in hexadecimal digits.
    package func sign(_ bytes: [UInt8]) throws -> String { Hex.encode(try signing().signature(for: bytes)) }

    /// Whether a signature is of this installation and over these bytes.
    package func isSigned(_ bytes: [UInt8], _ signature: String) throws -> Bool {
        guard let signature = Hex.decode(signature) else { return false }
        return try signing().publicKey.isValidSignature(signature, for: bytes)
    }
}

/// SHA-256 of what comes piece by piece.
package struct ContentHash: Sendable {
    private var hasher = SHA256()

    package init() {}

    package mutating func add(_ bytes: [UInt8]) { hasher.update(data: bytes) }
    package func finish() -> [UInt8] { Array(hasher.finalize()) }

    package static func of(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
