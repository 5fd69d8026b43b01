import Foundation
import JSON
import Kernel
import Vault

/// What was backed up, verified and restored, a line each, in `DIR.keys/backups.jsonl`: what `throughline doctor` looks at.
struct BackupJournal: Sendable {
    enum Act: String, Sendable {
        case backup, verify, restore
    }

    struct Entry: Sendable, Equatable {
        let act: Act
        let at: Instant
        let backup: String
        let folder: String
        /// Why it failed, as a code; nil: it was done.
        let failure: String?
        /// How long a trial or restore took, and how much it read. Nil: not measured, as by earlier releases.
        var seconds: Double?
        var bytes: Int64?
    }

    let path: String

    init(_ keys: KeyFolder) {
        path = keys.path + "/backups.jsonl"
    }

    func append(_ entry: Entry) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("act", entry.act.rawValue)
        writer.field("at", entry.at.iso8601)
        writer.field("microseconds", entry.at.microseconds)
        writer.field("backup", entry.backup)
        writer.field("folder", entry.folder)
        writer.field("failure", ifPresent: entry.failure)
        if let seconds = entry.seconds { writer.field("seconds", seconds) }
        if let bytes = entry.bytes { writer.field("bytes", bytes) }
        writer.endObject()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else {
            throw Fault(.unavailable, "backup.journal", "The list of backups cannot be written.", place: path)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: writer.bytes + [UInt8(ascii: "\n")])
        try handle.synchronize()
        try handle.close()
    }

    /// Every entry, the oldest first. A line that a crash has cut says nothing.
    func read() -> [Entry] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.split(separator: UInt8(ascii: "\n")).compactMap { line in
            // A torn line is left out; a missing entry makes the doctor stricter, never milder.
            guard let value = try? JSONValue(parsing: Array(line)), let word = value["act"]?.string,
                let act = Act(rawValue: word), let at = value["microseconds"]?.int
            else { return nil }
            return Entry(
                act: act, at: Instant(microseconds: at), backup: value["backup"]?.string ?? "",
                folder: value["folder"]?.string ?? "", failure: value["failure"]?.string,
                seconds: value["seconds"]?.double, bytes: value["bytes"]?.int)
        }
    }
}
