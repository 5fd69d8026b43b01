import Crypto
import Foundation
import Vault

/// Lists of passwords that are known from breaches: files of lines `SHA-1:COUNT`, upper or lower case, sorted by the
/// hash, as the password list of haveibeenpwned.com is given out; a hash may be cut to its first characters. They are
/// looked up by bisection, some thirty short reads each, and never held in memory. Without a file nothing is checked.
package struct BreachedPasswords: Sendable {
    /// The one that is configured.
    private let path: String?
    /// The one that comes with the program: of the commonest, in lower case.
    private let common: String?
    /// A hash cut shorter than this would refuse passwords that nobody has seen.
    private static let shortest = 10
    private static let longestLine = 128

    package init(path: String?, common: String? = nil) {
        self.path = path
        self.common = common
    }

    package static let none = BreachedPasswords(path: nil)

    /// Whether the file is there, when one is configured.
    package var isMissing: Bool { path.map(Self.isAbsent) ?? false }

    /// Whether the list of the commonest is not where it should be.
    package var lacksCommon: Bool { common.map(Self.isAbsent) ?? false }

    private static func isAbsent(_ path: String) -> Bool { !FileManager.default.isReadableFile(atPath: path) }

    /// Throws when a file is there and cannot be read.
    package func contains(_ password: String) throws -> Bool {
        if let path, try Self.contains(password, in: path) { return true }
        guard let common else { return false }
        return try Self.contains(password.lowercased(), in: common)
    }

    private static func contains(_ password: String, in path: String) throws -> Bool {
        guard !isAbsent(path) else { return false }
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer {
            // It was read only; what closing says changes nothing.
            try? file.close()
        }
        let wanted = Array(Hex.encode(Array(Insecure.SHA1.hash(data: Array(password.utf8)))).uppercased().utf8)
        var low: UInt64 = 0
        var high = try file.seekToEnd()
        // Lines that begin before `low` are smaller, lines that begin at `high` or after are larger.
        while low < high {
            let middle = low + (high - low) / 2
            guard let (line, next) = try line(from: middle, before: high, file) else {
                high = middle
                continue
            }
            let hash = line.prefix { $0 != UInt8(ascii: ":") }.map { (97...102).contains($0) ? $0 - 32 : $0 }
            if hash.count >= shortest, wanted.starts(with: hash) { return true }
            if hash.lexicographicallyPrecedes(wanted) {
                low = next
            } else {
                high = middle
            }
        }
        return false
    }

    /// The first whole line that begins at `place` or after it and before `end`, and where the one after it begins. A
    /// line begins at 0 or after a line feed.
    private static func line(
        from place: UInt64, before end: UInt64, _ file: FileHandle
    ) throws -> (line: [UInt8], next: UInt64)? {
        // From one byte earlier: then a line that begins exactly at `place` is seen to begin there.
        let start = place == 0 ? 0 : place - 1
        try file.seek(toOffset: start)
        let bytes = Array(try file.read(upToCount: 2 * longestLine) ?? Data())
        var first = 0
        if place > 0 {
            guard let feed = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            first = feed + 1
        }
        guard first < bytes.count, start + UInt64(first) < end else { return nil }
        let rest = bytes[first...]
        let feed = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        return (rest[..<feed].filter { $0 != UInt8(ascii: "\r") }, start + UInt64(feed) + 1)
    }
}
