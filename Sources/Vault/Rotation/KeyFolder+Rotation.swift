import Crypto
import Foundation
import Kernel

extension KeyFolder {
    /// The files that may hold a master key. More than the first are there only while it is being replaced.
    package enum MasterFile: String, Sendable, CaseIterable {
        case current = "master.key"
        case next = "master.key.next"
        case previous = "master.key.previous"
    }

    package func has(_ file: MasterFile) -> Bool {
        FileManager.default.fileExists(atPath: path + "/" + file.rawValue)
    }

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

    /// Makes the next master key when there is none.
    func makeNextMaster() throws {
        if has(.next) {
            _ = try masterKey(.next)
            return
        }
        // Whole under its name or not there at all.
        let place = path + "/" + MasterFile.next.rawValue
        let fresh = place + ".new"
        let text = SymmetricKey(size: .bits256).withUnsafeBytes { Hex.encode(Array($0)) } + "\n"
        try removeIfThere(fresh)
        guard
            FileManager.default.createFile(
                atPath: fresh, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Self.unwritable(fresh) }
        try synchronise(file: fresh)
        guard rename(fresh, place) == 0 else { throw Self.unwritable(place) }
        try synchronise(file: path)
    }

    /// Gives the master key in use a second name.
    func keepPreviousMaster() throws {
        if has(.previous) { return }
        let (current, previous) = (path + "/" + MasterFile.current.rawValue, path + "/" + MasterFile.previous.rawValue)
        guard link(current, previous) == 0 else { throw Self.unwritable(previous) }
        try synchronise(file: path)
    }

    func promoteNextMaster() throws {
        let (current, next) = (path + "/" + MasterFile.current.rawValue, path + "/" + MasterFile.next.rawValue)
        guard rename(next, current) == 0 else { throw Self.unwritable(current) }
        try synchronise(file: path)
    }

    /// Overwrites the earlier master key and deletes it.
    func removePreviousMaster() throws {
        let previous = path + "/" + MasterFile.previous.rawValue
        guard has(.previous) else { return }
        guard let handle = FileHandle(forUpdatingAtPath: previous) else { throw Self.unwritable(previous) }
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data(repeating: UInt8(ascii: "0"), count: Int(size)))
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
                .conflict, "keys.busy", "The master key is being replaced by another process.",
                remedy: "Wait until it has ended.", place: path)
        }
    }

    func unlock() { close(descriptor) }
}
