package import Crypto
import Foundation
package import Kernel

/// The key at the top: it wraps each tenant's key. A file of 64 hexadecimal digits in `DIR.keys/`, mode 0600;
/// never inside the data directory or a backup. While it is being replaced there are two.
///
/// It is read when a tenant's keys are opened or made, so a running process needs no word of a rotation.
package struct MasterKey: Sendable {
    private let read: @Sendable () throws -> [SymmetricKey]

    package init(key: SymmetricKey) { read = { [key] } }

    /// - read: every key that may have wrapped something, the one in use first.
    init(reading read: @escaping @Sendable () throws -> [SymmetricKey]) { self.read = read }

    /// Wraps by the key in use.
    func wrap(_ key: SymmetricKey, tenant: ID<Tenant>, name: Int64) throws -> [UInt8] {
        guard let outer = try read().first else { throw KeyStore.wrongKey }
        return try Wrap.wrap(key, by: outer, tenant: tenant, name: name)
    }

    /// Unwraps by whichever key it was wrapped by. Throws `keys.wrong` when there is none.
    func unwrap(_ wrapped: [UInt8], tenant: ID<Tenant>, name: Int64) throws -> SymmetricKey {
        do {
            return try Self.unwrap(wrapped, byOneOf: try read(), tenant: tenant, name: name)
        } catch let fault as Fault where fault.code == "keys.wrong" {
            // The files may have changed names between the reading of two of them.
            return try Self.unwrap(wrapped, byOneOf: try read(), tenant: tenant, name: name)
        }
    }

    static func unwrap(
        _ wrapped: [UInt8], byOneOf keys: [SymmetricKey], tenant: ID<Tenant>, name: Int64
    ) throws -> SymmetricKey {
        for key in keys.dropLast() where Wrap.opens(wrapped, by: key, tenant: tenant, name: name) {
            return try Wrap.unwrap(wrapped, by: key, tenant: tenant, name: name)
        }
        guard let last = keys.last else { throw KeyStore.wrongKey }
        return try Wrap.unwrap(wrapped, by: last, tenant: tenant, name: name)
    }
}

/// The installation's secrets outside the database: master key, signing key, backup key, lists of the earlier ones, and
/// the anchors of the audit trail.
package struct KeyFolder: Sendable {
    package let path: String

    /// The folder beside a data directory: `DIR.keys`.
    package init(besideData directory: String) {
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        path = directory + ".keys"
    }

    /// The files that hold a secret each.
    package static let secrets = KeyFile.allCases.map(\.rawValue)

    /// Every file of keys: those that must be there, and the lists of earlier ones that are.
    package var files: [String] {
        Self.secrets + [Self.earlierSigners, Self.earlierBackupKeys].filter { isThere($0) }
    }

    /// A folder of keys wherever it is.
    package init(path: String) {
        self.path = path
    }

    package var anchorsPath: String { path + "/audit-anchors.jsonl" }

    /// The key files that are not there.
    package var missing: [String] {
        Self.secrets.filter { !FileManager.default.fileExists(atPath: path + "/" + $0) }
    }

    /// Whether what only an installation in use writes is there: anchors of its audit trail, the copy of its key store,
    /// the journal of its backups, lists of earlier keys.
    package var wasInUse: Bool {
        ["audit-anchors.jsonl", "keystore.sealed", "backups.jsonl", Self.earlierSigners, Self.earlierBackupKeys]
            .contains { isThere($0) }
    }

    /// What is told of a key file that an installation cannot do without.
    package func lack(of name: String) -> Fault {
        Fault(
            .unavailable, "keys.missing", "The key file is missing or cannot be read.",
            remedy:
                "Put back the key folder that belongs to this data directory, from where you keep its copy; without "
                + "it the data stays sealed, and a new key opens nothing.",
            place: path + "/" + name)
    }

    /// Makes the folder (0700) and its keys (0600) where they are missing. Never overwrites one.
    ///
    /// For an installation without data alone.
    package func create() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in missing { try make(name) }
    }

    /// Makes one key that is not there.
    func make(_ name: String) throws {
        let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Hex.encode(Array($0)) }
        let made = FileManager.default.createFile(
            atPath: path + "/" + name, contents: Data((fresh + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard made, try synchronise(path + "/" + name), try synchronise(path) else {
            throw Fault(
                .unavailable, "keys.write", "The key file cannot be written.",
                remedy: "Check the permissions of the folder.", place: path + "/" + name)
        }
    }

    /// A key must be on the disk before anything is sealed under it. False when the file or folder cannot be opened.
    private func synchronise(_ file: String) throws -> Bool {
        guard let handle = FileHandle(forReadingAtPath: file) else { return false }
        defer { try? handle.close() }  // opened for reading: nothing can be lost by it
        try handle.synchronize()
        return true
    }

    package func master() throws(Fault) -> MasterKey {
        _ = try masters()
        let folder = self
        return MasterKey(reading: { try folder.masters() })
    }

    /// The key in use alone; what signs and checks takes `signingKey`.
    package func signing() throws(Fault) -> Curve25519.Signing.PrivateKey {
        try signing(KeyFile.signing.rawValue)
    }

    func signing(_ name: String) throws(Fault) -> Curve25519.Signing.PrivateKey {
        do {
            return try Curve25519.Signing.PrivateKey(rawRepresentation: try secret(name))
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(
                .unavailable, "keys.damaged", "The signing key is damaged.", place: path + "/" + name, cause: error)
        }
    }

    func secret(_ name: String) throws(Fault) -> [UInt8] {
        let file = path + "/" + name
        guard let data = FileManager.default.contents(atPath: file) else { throw lack(of: name) }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Hex.decode(text), bytes.count == 32 else {
            throw Fault(
                .unavailable, "keys.damaged", "The key file does not hold 64 hexadecimal digits.",
                remedy: "Put back the key file from its safe copy.", place: file)
        }
        return bytes
    }
}

/// Lower-case hexadecimal text.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        let source = Array(text.utf8)
        guard source.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: source.count, by: 2) {
            guard let high = nibble(source[index]), let low = nibble(source[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
