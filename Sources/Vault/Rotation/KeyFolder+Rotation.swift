import Crypto
import Foundation
import Kernel

/// The keys that are replaced by exchanging their files. While that is under way there are up to three of each.
package enum KeyFile: String, Sendable, CaseIterable {
    case master = "master.key"
    case signing = "signing.key"
    case backup = "backup.key"

    var next: String { rawValue + ".next" }
    var previous: String { rawValue + ".previous" }
}

extension KeyFolder {
    /// The files that may hold a master key. More than the first are there only while it is being replaced.
    package enum MasterFile: String, Sendable, CaseIterable {
        case current = "master.key"
        case next = "master.key.next"
        case previous = "master.key.previous"
    }

    package func has(_ file: MasterFile) -> Bool { isThere(file.rawValue) }

    /// Whether the replacement of a key was begun and has not ended.
    package func isReplacing(_ key: KeyFile) -> Bool { isThere(key.next) || isThere(key.previous) }

    func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    func masterKey(_ file: MasterFile) throws(Fault) -> SymmetricKey {
        SymmetricKey(data: try secret(file.rawValue))
    }

    /// Every master key that may have wrapped something: the one in use first.
    func masters() throws(Fault) -> [SymmetricKey] {
        var keys = [try masterKey(.current)]
        for file in [MasterFile.next, .previous] where has(file) {
            do {
                keys.append(try masterKey(file))
            } catch  where error.code == "keys.missing" {
                // It took another name a moment ago; whoever needs it reads again.
                continue
            }
        }
        return keys
    }

    /// One rotation at a time; the lock goes with the process that holds it.
    func lock() throws -> FolderLock { try FolderLock(path) }

    /// Makes the next key when there is none.
    func makeNext(_ key: KeyFile) throws {
        if isThere(key.next) {
            _ = try secret(key.next)
            return
        }
        try writeWhole(SymmetricKey(size: .bits256).withUnsafeBytes { Hex.encode(Array($0)) } + "\n", as: key.next)
    }

    /// Writes a file of the folder (0600): whole under its name or not there at all, and durable when this returns.
    func writeWhole(_ text: String, as name: String) throws {
        let place = path + "/" + name
        let fresh = place + ".new"
        try removeIfThere(fresh)
        guard
            FileManager.default.createFile(
                atPath: fresh, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Self.unwritable(fresh) }
        // Made by root for a server that runs as somebody else: it belongs to whom the folder belongs to.
        var owner = stat()
        if geteuid() == 0, stat(path, &owner) == 0, chown(fresh, owner.st_uid, owner.st_gid) != 0 {
            throw Self.unwritable(fresh)
        }
        try synchronise(file: fresh)
        guard rename(fresh, place) == 0 else { throw Self.unwritable(place) }
        try synchronise(file: path)
    }

    /// Gives the key in use a second name.
    func keepPrevious(_ key: KeyFile) throws {
        if isThere(key.previous) { return }
        let (current, previous) = (path + "/" + key.rawValue, path + "/" + key.previous)
        guard link(current, previous) == 0 else { throw Self.unwritable(previous) }
        try synchronise(file: path)
    }

    func promoteNext(_ key: KeyFile) throws {
        let (current, next) = (path + "/" + key.rawValue, path + "/" + key.next)
        guard rename(next, current) == 0 else { throw Self.unwritable(current) }
        try synchronise(file: path)
    }

    /// Whether a rotation got as far as exchanging the keys, and no further.
    func isPromoted(_ key: KeyFile) throws -> Bool {
        guard isThere(key.previous) else { return false }
        return try secret(key.previous) != secret(key.rawValue)
    }

    /// Overwrites the earlier key and deletes it. Cut off in between, the file still reads as a key: one that opens
    /// nothing.
    func removePrevious(_ key: KeyFile) throws {
        let previous = path + "/" + key.previous
        guard isThere(key.previous) else { return }
        guard let handle = FileHandle(forUpdatingAtPath: previous) else { throw Self.unwritable(previous) }
        let rest = max(0, Int(try handle.seekToEnd()) - 64)
        try handle.seek(toOffset: 0)
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 64)
        try handle.write(contentsOf: zeros + [UInt8](repeating: UInt8(ascii: "\n"), count: rest))
        try handle.synchronize()
        try handle.close()
        try removeIfThere(previous)
        try synchronise(file: path)
    }

    private func removeIfThere(_ file: String) throws {
        if unlink(file) != 0, errno != ENOENT { throw Self.unwritable(file) }
    }

    private func synchronise(file: String) throws {
        let descriptor = open(file, O_RDONLY)
        guard descriptor >= 0 else { throw Self.unwritable(file) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.unwritable(file) }
    }

    private static func unwritable(_ place: String) -> Fault {
        Fault(
            .unavailable, "keys.write", "The key file cannot be written.",
            remedy: "Check the disk and the permissions of the folder, then run the command again.", place: place)
    }
}

/// The key folder, locked for one process.
final class FolderLock {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            throw Fault(
                .conflict, "keys.busy", "A key is being replaced by another process.",
                remedy: "Wait until it has ended.", place: path)
        }
    }

    func unlock() { close(descriptor) }
}
