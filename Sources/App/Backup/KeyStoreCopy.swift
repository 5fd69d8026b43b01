import Foundation
package import Kernel
package import Store
import Vault

/// The key store as it is now, sealed in a file beside the other keys: what a restore takes the keys from.
///
/// There is only ever one state of it. A backup writes it anew, and so does a disposal, so that a key that was deleted is
/// in no copy; the old file is overwritten before it goes.
package struct KeyStoreCopy: Sendable {
    private let place: StorePlace
    private let folder: KeyFolder

    package init(_ options: Installation.Options) {
        place = options.keyStore
        folder = KeyFolder(besideData: options.directory)
    }

    static func path(in folder: KeyFolder) -> String { folder.path + "/keystore.sealed" }
    private var path: String { Self.path(in: folder) }

    package var isThere: Bool { FileManager.default.fileExists(atPath: path) }

    /// How often keys were disposed of, over all tenants: raised by each disposal.
    package static func generation(in keys: any Database) async throws -> Int64 {
        try await keys.read(.installation) { transaction in
            // A key store that an earlier release left has no such table yet.
            let tables: SQL = .engine(
                sqlite: "SELECT name FROM sqlite_schema WHERE name = 'key_generation'",
                postgres: """
                    SELECT tablename FROM pg_tables
                    WHERE tablename = 'key_generation' AND schemaname = current_schema()
                    """)
            if try transaction.rows(tables).isEmpty { return 0 }
            return try transaction.value("SELECT CAST(COALESCE(SUM(generation), 0) AS BIGINT) FROM key_generation") ?? 0
        }
    }

    /// Writes the copy anew when there is one and keys were disposed of since; whether it did. `anew`: in any case,
    /// because another key seals now.
    package func catchUp(_ keys: any Database, at now: Instant, anew: Bool = false) async throws -> Bool {
        guard isThere else { return false }
        let generation = try await Self.generation(in: keys)
        if !anew, try copied() == generation { return false }
        // Reading the whole store takes a while: not on Swift's cooperative threads.
        try await withCheckedThrowingContinuation { continuation in
            Self.queue.async { continuation.resume(with: Result { try write(generation: generation, at: now) }) }
        }
        return true
    }

    private static let queue = DispatchQueue(label: "key-store-copy")

    /// Writes the key store's present state. `generation` was read before. It blocks.
    func write(generation: Int64, at now: Instant) throws {
        let fresh = path + "." + BackupFolder.freshID(at: now)
        defer { try? FileManager.default.removeItem(atPath: fresh) }  // it is there only when something failed
        let file = SealedFile(id: BackupFolder.freshID(at: now), stream: .keys)
        let writer = try SealedFileWriter(fresh, file, key: try folder.backupKey(creating: true))
        try writer.append(Frame.head(generation).bytes)
        try place.read(
            { try writer.append(Frame.part($0).bytes) },
            { try writer.append(Frame.content($0).bytes) })
        _ = try writer.finish()
        let old = FileHandle(forUpdatingAtPath: path)
        guard rename(fresh, path) == 0 else {
            throw Fault(.unavailable, "keys.write", "The copy of the key store cannot be written.", place: path)
        }
        try DurableFile.synchronise(folder: folder.path)
        try old.map(Self.overwrite)
    }

    /// The generation of the copy that is there.
    private func copied() throws -> Int64? {
        let reader = try Self.reader(path, folder)
        guard let first = try reader.next(), case .head(let generation)? = Frame(first) else { return nil }
        return generation
    }

    /// By whichever of the folder's keys it is sealed under: while the key is being replaced, and when a process that
    /// began before that writes it, that is an earlier one.
    private static func reader(_ place: String, _ folder: KeyFolder) throws -> SealedFileReader {
        let keys = try folder.backupKeys()
        let key = try keys.first { try opens(place, $0) } ?? keys[0]
        return try SealedFileReader(place, .keys, key: key)
    }

    private static func opens(_ place: String, _ key: BackupKey) throws -> Bool {
        do {
            _ = try SealedFileReader(place, .keys, key: key).next()
            return true
        } catch let fault as Fault where fault.code == "backup.damaged" {
            return false
        }
    }

    /// No disk promises that this reaches the old place; a file system in place does.
    private static func overwrite(_ handle: FileHandle) throws {
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        var left = Int(size)
        while left > 0 {
            try handle.write(contentsOf: zeros.prefix(left))
            left -= zeros.count
        }
        try handle.synchronize()
        try handle.close()
    }

    /// Fills a fresh key store from the copy in a key folder.
    static func load(from folder: KeyFolder, into loader: StoreLoader) throws {
        let place = path(in: folder)
        guard FileManager.default.fileExists(atPath: place) else {
            throw Fault(
                .unavailable, "restore.no-keys", "The key folder holds no copy of the key store.",
                remedy: "Give --keys with the key folder as it stands beside the data: a backup writes keystore.sealed "
                    + "there, and without it nothing that is sealed can be read.", place: place)
        }
        let reader = try Self.reader(place, folder)
        var isSkipped = false
        while let bytes = try reader.next() {
            switch Frame(bytes) {
            case .head: continue
            case .part(let part):
                // The steps that have run here are this program's.
                isSkipped = part.name == "migration"
                if !isSkipped { try loader.begin(part) }
            case .content(let content):
                if !isSkipped { try loader.add(content) }
            case nil:
                throw Fault(.invalid, "backup.damaged", "The copy of the key store cannot be read.", place: place)
            }
        }
        try loader.finish()
    }

    /// What a chunk of the copy is.
    private enum Frame {
        case head(Int64)
        case part(StorePlace.Part)
        case content([UInt8])

        var bytes: [UInt8] {
            switch self {
            case .head(let generation): [UInt8(ascii: "G")] + Array(String(generation).utf8)
            case .part(let part): [UInt8(ascii: "P")] + Array(([part.name] + part.columns).joined(separator: "\n").utf8)
            case .content(let bytes): [UInt8(ascii: "D")] + bytes
            }
        }

        init?(_ bytes: [UInt8]) {
            let rest = Array(bytes.dropFirst())
            switch bytes.first {
            case UInt8(ascii: "G"):
                guard let generation = Int64(String(decoding: rest, as: UTF8.self)) else { return nil }
                self = .head(generation)
            case UInt8(ascii: "P"):
                let names = String(decoding: rest, as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).map(String.init)
                guard let name = names.first else { return nil }
                self = .part(StorePlace.Part(name: name, columns: Array(names.dropFirst())))
            case UInt8(ascii: "D"): self = .content(rest)
            default: return nil
            }
        }
    }
}
