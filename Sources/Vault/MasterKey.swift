package import Crypto
import Foundation
package import Kernel

/// The key at the top: it wraps each tenant's key. A file of 64 hexadecimal digits in `DIR.keys/`, mode 0600, or from
/// the environment; never inside the data directory or a backup.
package struct MasterKey: Sendable {
    let key: SymmetricKey
    package init(key: SymmetricKey) { self.key = key }
}

/// The installation's secrets outside the database: master key, signing key of audit anchors, and the anchors.
package struct KeyFolder: Sendable {
    package let path: String

    /// The folder beside a data directory: `DIR.keys`.
    package init(besideData directory: String) {
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        path = directory + ".keys"
    }

    /// The files that hold a secret each.
    package static let secrets = ["master.key", "signing.key", "backup.key"]

    /// A folder of keys wherever it is.
    package init(path: String) {
        self.path = path
    }

    package var anchorsPath: String { path + "/audit-anchors.jsonl" }

    /// Makes the folder (0700) and its keys (0600) where they are missing. Never overwrites one.
    package func create() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in Self.secrets where !FileManager.default.fileExists(atPath: path + "/" + name) {
            let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Hex.encode(Array($0)) }
            let made = FileManager.default.createFile(
                atPath: path + "/" + name, contents: Data((fresh + "\n").utf8), attributes: [.posixPermissions: 0o600])
            guard made, try synchronise(path + "/" + name), try synchronise(path) else {
                throw Fault(
                    .unavailable, "keys.write", "The key file cannot be written.",
                    remedy: "Check the permissions of the folder.", place: path + "/" + name)
            }
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
        MasterKey(key: SymmetricKey(data: try secret("master.key")))
    }

    package func signing() throws(Fault) -> Curve25519.Signing.PrivateKey {
        do {
            return try Curve25519.Signing.PrivateKey(rawRepresentation: try secret("signing.key"))
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(
                .unavailable, "keys.damaged", "The signing key is damaged.", place: path + "/signing.key", cause: error)
        }
    }

    func secret(_ name: String) throws(Fault) -> [UInt8] {
        let file = path + "/" + name
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Fault(
                .unavailable, "keys.missing", "The key file is missing or cannot be read.",
                remedy:
                    "Put back the key folder that belongs to this data directory; without it the data stays sealed.",
                place: file)
        }
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
