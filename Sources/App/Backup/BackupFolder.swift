import Foundation
import Kernel
import Vault

/// A folder of backups: one folder for each, called by its id, with `manifest.json`, its signature, `index` and `data`.
struct BackupFolder: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Ids begin with the time to the microsecond, so their order is that of time; the rest is chance, so that none comes
    /// twice.
    static func freshID(at now: Instant) -> String {
        let time = now.iso8601.prefix(19).filter { $0 != "-" && $0 != ":" }
        let part = String(1_000_000 + ((now.microseconds % 1_000_000) + 1_000_000) % 1_000_000).dropFirst()
        let chance = String(UInt64.random(in: .min ... .max), radix: 16)
        return time + "." + part + "Z-" + String(repeating: "0", count: 16 - chance.count) + chance
    }

    func folder(of id: String) -> String { path + "/" + id }

    /// The finished backups, the oldest first.
    func ids() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { Self.isID($0) && FileManager.default.fileExists(atPath: folder(of: $0) + "/manifest.json") }
            .sorted()
    }

    /// The latest backup, or the latest whose id begins as given.
    func find(_ wanted: String?) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Fault(
                .notFound, "backup.none", "There is no folder of backups here.", remedy: "Give another --from.",
                place: path)
        }
        if let found = try ids().last(where: { $0.hasPrefix(wanted ?? "") }) { return found }
        throw Fault(
            .notFound, "backup.none",
            wanted.map { "There is no backup whose id begins with \($0)." } ?? "There is no backup here.",
            remedy: "A backup is a folder in it with a manifest.json.", place: path)
    }

    /// Reads a manifest after its signature was found to be of these keys.
    func manifest(_ id: String, keys: KeyFolder) throws -> BackupManifest {
        let place = folder(of: id) + "/manifest.json"
        let bytes = try contents(place)
        let signature = String(decoding: try contents(folder(of: id) + "/manifest.sig"), as: UTF8.self)
        guard try keys.isSigned(bytes, signature.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Fault(
                .invalid, "backup.signature",
                "The backup's manifest is not signed by these keys: it was changed, or the keys are another installation's.",
                remedy: "Use another copy of the backup, or --keys with the key folder that belongs to it.",
                place: place)
        }
        let manifest = try BackupManifest(parsing: bytes, place: place)
        guard manifest.id == id else {
            throw Fault(
                .invalid, "backup.manifest", "The manifest is that of another backup, \(manifest.id).",
                remedy: "Give the backup's folder its own name again.", place: place)
        }
        return manifest
    }

    /// Reads a backup and what it needs of earlier ones, each by the key that its manifest names. Throws
    /// `backup.wrong-key` when one of them is not in the key folder.
    func reader(_ manifest: BackupManifest, keys: KeyFolder) throws -> BackupReader {
        try manifest.checkKeys(keys)
        return try BackupReader(
            id: manifest.id, key: { try keys.backupKey(named: manifest.keyName(of: $0)) }, folder: { folder(of: $0) })
    }

    /// The key folder a manifest names. Nothing else of it is believed before its signature was checked by that folder.
    func namedKeys(_ id: String) throws -> String {
        let place = folder(of: id) + "/manifest.json"
        return try BackupManifest(parsing: try contents(place), place: place).keys
    }

    private func contents(_ file: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Fault(
                .unavailable, "backup.missing", "A file of the backup is missing or cannot be read.",
                remedy: "Put it back from another copy of the backup.", place: file)
        }
        return Array(data)
    }

    private static func isID(_ name: String) -> Bool {
        name.wholeMatch(of: /\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{16}/) != nil
    }

    // MARK: Writing

    /// Makes the folder if need be and holds it for one backup at a time.
    func hold() throws -> FileHandle {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Fault(
                .unavailable, "backup.folder", "The folder for backups cannot be made.",
                remedy: "Check the path and its permissions.", place: path, cause: error)
        }
        let descriptor = open(path + "/.lock", O_RDWR | O_CREAT, 0o600)
        guard descriptor >= 0 else {
            throw Fault(
                .unavailable, "backup.folder", "The folder for backups cannot be written.",
                remedy: "Check its permissions.", place: path)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Fault(
                .conflict, "backup.running", "Another backup is being written into this folder.",
                remedy: "Wait for its end.", place: path)
        }
        // What a backup that was cut off has left; nothing refers to it.
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(Self.unfinished) {
            try FileManager.default.removeItem(atPath: path + "/" + name)
        }
        return handle
    }

    private static let unfinished = ".unfinished"

    /// A folder for a backup that is being written.
    func beginning(_ id: String) throws -> String {
        let folder = path + "/" + id + Self.unfinished
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return folder
    }

    /// Writes manifest and signature and gives the backup its name: from then on it is there.
    func finish(_ manifest: BackupManifest, in beginning: String, keys: KeyFolder) throws {
        let bytes = manifest.encode()
        for (name, content) in [("manifest.json", bytes), ("manifest.sig", Array((try keys.sign(bytes) + "\n").utf8))] {
            try DurableFile.write(content, to: beginning + "/" + name)
        }
        try DurableFile.synchronise(folder: beginning)
        try FileManager.default.moveItem(atPath: beginning, toPath: folder(of: manifest.id))
        try DurableFile.synchronise(folder: path)
    }
}

/// Small files that are on the disk when they are said to be.
enum DurableFile {
    /// Writes a file (0600) whole or not at all.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let fresh = path + ".new"
        let made = FileManager.default.createFile(
            atPath: fresh, contents: nil, attributes: [.posixPermissions: 0o600])
        guard made, let handle = FileHandle(forWritingAtPath: fresh) else { throw failed(path) }
        do {
            try handle.write(contentsOf: bytes)
            try handle.synchronize()
            try handle.close()
        } catch {
            throw failed(path, error)
        }
        guard rename(fresh, path) == 0 else { throw failed(path) }
    }

    /// Makes the names in a folder durable.
    static func synchronise(folder: String) throws {
        let descriptor = open(folder, O_RDONLY)
        guard descriptor >= 0 else { throw failed(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failed(folder) }
    }

    private static func failed(_ path: String, _ cause: (any Error)? = nil) -> Fault {
        Fault(
            .unavailable, "file.write", "A file cannot be written.", remedy: "Check the disk and the permissions.",
            place: path, cause: cause)
    }
}
