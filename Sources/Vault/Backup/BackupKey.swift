import Crypto
package import Kernel

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
    /// The keys that sealed backups before, a line each. They are secrets.
    static let earlierBackupKeys = "backup-keys.earlier"

    /// The key that seals this installation's backups. `creating`: an installation that is older than backups, and has
    /// none, gets one; where there are backups, the key that they are sealed under has to be put back.
    package func backupKey(creating: Bool = false) throws -> BackupKey {
        if creating, missing.contains(KeyFile.backup.rawValue), !hasBackups { try make(KeyFile.backup.rawValue) }
        return BackupKey(bytes: try secret(KeyFile.backup.rawValue))
    }

    /// Every key that may have sealed something: the one in use first, then the newest of the earlier ones, and the one
    /// that is about to follow, by which another machine may seal already. In this order: a key is on the list before
    /// another takes its file.
    package func backupKeys() throws -> [BackupKey] {
        var keys = [try backupKey()]
        keys += try earlierBackupKeyLines().reversed().map(\.key)
        if let next = try nextBackupKey() { keys.append(next) }
        return keys
    }

    private func nextBackupKey() throws(Fault) -> BackupKey? {
        guard isThere(KeyFile.backup.next) else { return nil }
        do {
            return BackupKey(bytes: try secret(KeyFile.backup.next))
        } catch  where error.code == "keys.missing" || error.code == "keys.damaged" {
            // It took its name a moment ago, or is still being brought here: nothing here is sealed by it yet.
            return nil
        }
    }

    /// The key of this name. Throws `backup.wrong-key`, which tells the name, when it is not there.
    package func backupKey(named name: String) throws -> BackupKey {
        if let key = try backupKeys().first(where: { $0.name == name }) { return key }
        throw Fault(
            .invalid, "backup.wrong-key",
            "The backup was sealed with another backup key, \(name), which is not in this key folder.",
            remedy: "Give --keys with the key folder that was used when it was made, or a later copy of that.",
            place: path + "/" + KeyFile.backup.rawValue)
    }

    /// The names of the earlier keys with the moment until which each sealed, the oldest first.
    package func earlierBackupKeyNames() throws -> [(name: String, until: Instant)] {
        try earlierBackupKeyLines().map { ($0.key.name, $0.until) }
    }

    /// Writes down that the key in use seals until now. Once more after a rotation that was cut off.
    func listBackupKey(until now: Instant) throws {
        let bytes = try secret(KeyFile.backup.rawValue)
        let key = BackupKey(bytes: bytes)
        let kept = try earlierBackupKeyLines().filter { $0.key.name != key.name }.map(\.text)
        let line = "backup-key \(key.name) until \(now.microseconds) is \(Hex.encode(bytes))"
        try writeWhole((kept + [line]).map { $0 + "\n" }.joined(), as: Self.earlierBackupKeys)
    }

    private func earlierBackupKeyLines() throws -> [EarlierBackupKey] {
        guard isThere(Self.earlierBackupKeys) else { return [] }
        var keys: [EarlierBackupKey] = []
        for line in try lines(of: Self.earlierBackupKeys) {
            guard let key = EarlierBackupKey(line) else {
                throw Fault(
                    .unavailable, "keys.damaged", "The list of earlier backup keys is damaged.",
                    remedy: "Put back the file from its safe copy; without it older backups cannot be read.",
                    place: path + "/" + Self.earlierBackupKeys)
            }
            keys.append(key)
        }
        return keys
    }

    private var hasBackups: Bool {
        ["keystore.sealed", "backups.jsonl", Self.earlierBackupKeys].contains { isThere($0) }
    }

    /// Signs with the installation's signing key (Ed25519), in hexadecimal digits; the key's name follows, unless it is
    /// the first one.
    package func sign(_ bytes: [UInt8]) throws -> String {
        let ring = try signingRing()
        let signature = Hex.encode(try ring.sign(bytes))
        return ring.name.map { signature + " " + $0 } ?? signature
    }

    /// Whether a signature is of this installation and over these bytes. Throws `backup.signature` when it names a key
    /// that is not there.
    package func isSigned(_ bytes: [UInt8], _ signature: String) throws -> Bool {
        let words = signature.split(separator: " ").map(String.init)
        guard (1...2).contains(words.count), let digits = Hex.decode(words[0]) else { return false }
        let name = words.count == 2 ? words[1] : nil
        let ring = try signingRing()
        if let name, PublicSigningKey.isID(name), !ring.knows(name) {
            throw Fault(
                .invalid, "backup.signature",
                "The backup's manifest is signed by the key \(name), which is not in this key folder.",
                remedy: "Give --keys with the key folder that was used when it was made, or a later copy of that.",
                place: path + "/" + Self.earlierSigners)
        }
        return ring.isSigned(bytes, by: digits, named: name)
    }
}

/// A line of the list of earlier keys.
private struct EarlierBackupKey {
    let text: String
    let key: BackupKey
    let until: Instant

    /// Nil: it is no such line, or the key is not the one that it names.
    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 6, words[0] == "backup-key", words[2] == "until", let until = Int64(words[3]),
            words[4] == "is", let bytes = Hex.decode(words[5]), bytes.count == 32
        else { return nil }
        let key = BackupKey(bytes: bytes)
        guard key.name == words[1] else { return nil }
        self.key = key
        self.until = Instant(microseconds: until)
        text = line
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
