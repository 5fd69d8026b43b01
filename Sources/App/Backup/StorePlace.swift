import Foundation
import Kernel
import StorePostgres
import StoreSQLite

/// Where one store of an installation is, and how its whole content goes out and in.
///
/// A SQLite store is one part: its file. A PostgreSQL store is a part for each table, in `COPY`'s binary format.
enum StorePlace: Sendable {
    case file(String)
    case schema(url: String, name: String)

    struct Part: Sendable, Equatable {
        let name: String
        /// Of a table; empty for a file.
        let columns: [String]
    }

    /// Sixteen pages: a change of one page costs this much in the next backup.
    private static let fileChunk = 64 << 10

    /// The content as it is at one moment, beside whoever works on it. It blocks.
    func read(_ begin: (Part) throws -> Void, _ add: ([UInt8]) throws -> Void) throws {
        switch self {
        case .file(let path):
            try begin(Part(name: (path as NSString).lastPathComponent, columns: []))
            try SQLiteImage.read(path, chunk: Self.fileChunk, add)
        case .schema(let url, let name):
            let copy = try PostgresCopy(url: url, schema: name)
            for table in try copy.beginReading() {
                try begin(Part(name: table.name, columns: table.columns))
                var cutter = RowCutter()
                try copy.read(table) { try cutter.add($0, add) }
                try cutter.finish(add)
            }
            try copy.endReading()
        }
    }

    /// The engine's version as far as it shows in the text of a schema.
    func engineVersion() throws -> String {
        switch self {
        case .file: ""
        case .schema(let url, let name): String(try PostgresCopy(url: url, schema: name).majorVersion)
        }
    }

    func isThere() throws -> Bool {
        switch self {
        case .file(let path): FileManager.default.fileExists(atPath: path)
        case .schema(let url, let name): try PostgresCopy(url: url, schema: name).isThere()
        }
    }

    /// Whether there is a store with anything in it; an empty schema that somebody prepared is nothing yet.
    func holdsAnything() throws -> Bool {
        switch self {
        case .file(let path): return FileManager.default.fileExists(atPath: path)
        case .schema(let url, let name):
            let copy = try PostgresCopy(url: url, schema: name)
            return try copy.isThere() && !copy.beginReading().isEmpty
        }
    }

    /// Deletes what a failed restore has left.
    func remove() throws {
        switch self {
        case .file(let path):
            for ending in ["", "-wal", "-shm", StoreLoader.unfinished]
            where FileManager.default.fileExists(atPath: path + ending) {
                try FileManager.default.removeItem(atPath: path + ending)
            }
        case .schema(let url, let name): try PostgresCopy(url: url, schema: name).dropSchema()
        }
    }
}

/// Puts rows together into chunks, cut at places that depend on the rows themselves: where nothing changed between two
/// backups the chunks are the same, whatever was added before them.
struct RowCutter {
    private static let least = 16 << 10
    private static let most = 256 << 10
    private var waiting: [UInt8] = []

    mutating func add(_ row: UnsafeRawBufferPointer, _ take: ([UInt8]) throws -> Void) throws {
        if !waiting.isEmpty, waiting.count + row.count > Self.most { try finish(take) }
        if row.count > Self.most {
            var rest = row[...]
            while !rest.isEmpty {
                try take(Array(rest.prefix(Self.most)))
                rest = rest.dropFirst(Self.most)
            }
            return
        }
        waiting.append(contentsOf: row)
        if waiting.count >= Self.least, Self.isPlace(row) { try finish(take) }
    }

    mutating func finish(_ take: ([UInt8]) throws -> Void) throws {
        if waiting.isEmpty { return }
        try take(waiting)
        waiting.removeAll(keepingCapacity: true)
    }

    /// One row of 128, by FNV-1a over its beginning, which holds its id.
    private static func isPlace(_ row: UnsafeRawBufferPointer) -> Bool {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in row.prefix(64) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash >> 32) & 127 == 0
    }
}

/// Fills one fresh store: all of it or nothing.
final class StoreLoader {
    static let unfinished = ".restoring"

    private enum Target {
        case file(path: String, handle: FileHandle)
        case schema(PostgresCopy, tables: [PostgresCopy.Table])
    }

    private let target: Target
    private var isInTable = false

    /// A file must not be there yet; a schema's tables must be, as fresh as can be.
    init(_ place: StorePlace) throws {
        switch place {
        case .file(let path):
            let descriptor = open(path + Self.unfinished, O_WRONLY | O_CREAT | O_EXCL, 0o600)
            guard descriptor >= 0, !FileManager.default.fileExists(atPath: path) else {
                throw Fault(
                    .conflict, "restore.not-empty", "There is a database here already, or none can be made.",
                    remedy: "Restore into a directory that is not there yet.", place: path)
            }
            target = .file(path: path, handle: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
        case .schema(let url, let name):
            let copy = try PostgresCopy(url: url, schema: name)
            target = .schema(copy, tables: try copy.beginWriting())
        }
    }

    /// These parts in an order in which they can be loaded.
    func ordered(_ names: [String]) -> [String] {
        guard case .schema(_, let tables) = target else { return names }
        let places = Dictionary(
            tables.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        return names.sorted { places[$0] ?? .max < places[$1] ?? .max }
    }

    func begin(_ part: StorePlace.Part) throws {
        guard case .schema(let copy, let tables) = target else { return }
        try endTable()
        guard tables.contains(where: { $0.name == part.name }) else {
            throw Fault(
                .invalid, "restore.table", "The backup has a table \(part.name) that this program does not know.",
                remedy: "Restore with the release that made the backup, or a newer one.")
        }
        try copy.beginTable(PostgresCopy.Table(name: part.name, columns: part.columns))
        isInTable = true
    }

    func add(_ bytes: [UInt8]) throws {
        switch target {
        case .file(let path, let handle):
            do {
                try handle.write(contentsOf: bytes)
            } catch {
                throw Fault(
                    .unavailable, "restore.write", "The database file cannot be written.",
                    remedy: "Free space on the disk.", place: path, cause: error)
            }
        case .schema(let copy, _): try copy.write(bytes)
        }
    }

    func finish() throws {
        switch target {
        case .file(let path, let handle):
            try handle.synchronize()
            try handle.close()
            try FileManager.default.moveItem(atPath: path + Self.unfinished, toPath: path)
        case .schema(let copy, _):
            try endTable()
            try copy.commit()
        }
    }

    private func endTable() throws {
        guard isInTable, case .schema(let copy, _) = target else { return }
        isInTable = false
        try copy.endTable()
    }
}

extension Installation.Options {
    var dataStore: StorePlace {
        if let databaseURL { return .schema(url: databaseURL, name: schema) }
        return .file(directory + "/throughline.sqlite")
    }

    var keyStore: StorePlace {
        if let databaseURL { return .schema(url: databaseURL, name: schema + "_keys") }
        return .file(directory + "/keys.sqlite")
    }
}
