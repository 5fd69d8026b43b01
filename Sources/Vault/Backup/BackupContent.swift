import Kernel

/// What a part of a backup comes to: its content's size and SHA-256.
package struct BackupPart: Sendable, Equatable {
    package let name: String
    package let bytes: Int64
    package let hash: [UInt8]

    package init(name: String, bytes: Int64, hash: [UInt8]) {
        self.name = name
        self.bytes = bytes
        self.hash = hash
    }
}

/// Writes the two files of a backup, `data` and `index`. A chunk that the base or this backup has already is not stored
/// again.
package final class BackupWriter {
    package struct Result: Sendable {
        package let parts: [BackupPart]
        package let data: SealedFileWriter.Total
        package let index: SealedFileWriter.Total
        /// Earlier backups whose files this one needs.
        package let bases: [String]
        package let storedBytes: Int64
        package let reusedBytes: Int64
    }

    private let folder: String
    private let id: String
    private let key: BackupKey
    private let data: SealedFileWriter
    private var index: BackupIndex
    private var known: [ChunkHash: BackupIndex.Chunk] = [:]
    private var parts: [BackupPart] = []
    private var hash = ContentHash()
    private var bytes: Int64 = 0
    private var stored: Int64 = 0
    private var reused: Int64 = 0

    package init(folder: String, id: String, key: BackupKey, base: BackupIndex?) throws {
        self.folder = folder
        self.id = id
        self.key = key
        data = try SealedFileWriter(folder + "/data", SealedFile(id: id, stream: .data), key: key)
        index = BackupIndex(sources: [id] + (base?.sources ?? []), parts: [])
        for part in base?.parts ?? [] {
            for chunk in part.chunks {
                var chunk = chunk
                chunk.source += 1
                known[chunk.hash] = chunk
            }
        }
    }

    package func begin(_ part: String) {
        endPart()
        index.parts.append(BackupIndex.Part(name: part, chunks: []))
    }

    /// The next piece of the part, at most `SealedFile.largestChunk` bytes.
    package func add(_ chunk: [UInt8]) throws {
        hash.add(chunk)
        bytes += Int64(chunk.count)
        let name = ChunkHash(chunk)
        if let there = known[name], there.length == chunk.count {
            index.parts[index.parts.count - 1].chunks.append(there)
            reused += Int64(chunk.count)
            return
        }
        let (number, offset) = try data.append(chunk)
        let entry = BackupIndex.Chunk(source: 0, number: number, offset: offset, length: chunk.count, hash: name)
        known[name] = entry
        index.parts[index.parts.count - 1].chunks.append(entry)
        stored += Int64(chunk.count)
    }

    package func finish() throws -> Result {
        endPart()
        let total = try data.finish()
        dropUnusedSources()
        let writer = try SealedFileWriter(folder + "/index", SealedFile(id: id, stream: .index), key: key)
        var rest = index.encode()[...]
        while !rest.isEmpty {
            try writer.append(Array(rest.prefix(SealedFile.largestChunk)))
            rest = rest.dropFirst(SealedFile.largestChunk)
        }
        return Result(
            parts: parts, data: total, index: try writer.finish(), bases: Array(index.sources.dropFirst()),
            storedBytes: stored, reusedBytes: reused)
    }

    private func endPart() {
        guard let part = index.parts.last else { return }
        parts.append(BackupPart(name: part.name, bytes: bytes, hash: hash.finish()))
        hash = ContentHash()
        bytes = 0
    }

    private func dropUnusedSources() {
        var used = Set([0])
        for part in index.parts { for chunk in part.chunks { used.insert(chunk.source) } }
        let kept = used.sorted()
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        index.sources = kept.map { index.sources[$0] }
        for part in index.parts.indices {
            for chunk in index.parts[part].chunks.indices {
                let source = index.parts[part].chunks[chunk].source
                index.parts[part].chunks[chunk].source = places[source] ?? 0
            }
        }
    }
}

/// Reads the content of a backup, its own chunks and those it takes from earlier ones.
package final class BackupReader {
    package let index: BackupIndex
    private let key: (String) throws -> BackupKey
    private let folder: (String) -> String
    private var files: [Int: SealedFileReader] = [:]

    /// `key`, `folder`: what a backup is sealed under and where its files are, by its id. An earlier backup may have been
    /// sealed under an earlier key.
    package init(
        id: String, key: @escaping (String) throws -> BackupKey, folder: @escaping (String) -> String
    ) throws {
        self.key = key
        self.folder = folder
        let reader = try SealedFileReader(folder(id) + "/index", .index, id: id, key: try key(id))
        var bytes: [UInt8] = []
        while let chunk = try reader.next() { bytes += chunk }
        index = try BackupIndex(decoding: bytes)
    }

    /// For backups that are all sealed under one key.
    package convenience init(id: String, key: BackupKey, folder: @escaping (String) -> String) throws {
        try self.init(id: id, key: { _ in key }, folder: folder)
    }

    /// Everything of a part in order, each piece authenticated; throws when it is not what was put in.
    package func read(_ part: BackupPart, _ take: ([UInt8]) throws -> Void) throws {
        guard let entry = index.parts.first(where: { $0.name == part.name }) else {
            throw Self.damaged("the part \(part.name) is not in its index")
        }
        var hash = ContentHash()
        var bytes: Int64 = 0
        for chunk in entry.chunks {
            let plain = try file(chunk.source).chunk(chunk.number, at: chunk.offset)
            guard plain.count == chunk.length, ChunkHash(plain) == chunk.hash else {
                throw Self.damaged("a chunk of the part \(part.name) holds something else")
            }
            hash.add(plain)
            bytes += Int64(plain.count)
            try take(plain)
        }
        guard bytes == part.bytes, hash.finish() == part.hash else {
            throw Self.damaged("the part \(part.name) is not what its manifest says")
        }
    }

    private func file(_ source: Int) throws -> SealedFileReader {
        if let open = files[source] { return open }
        let id = index.sources[source]
        let reader = try SealedFileReader(folder(id) + "/data", .data, id: id, key: try key(id))
        files[source] = reader
        return reader
    }

    private static func damaged(_ what: String) -> Fault {
        Fault(
            .invalid, "backup.damaged", "The backup is damaged: \(what).",
            remedy: "Use another copy of it, or an earlier backup.")
    }
}
