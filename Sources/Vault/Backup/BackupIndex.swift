package import Kernel

/// A SHA-256 hash as a value that is cheap to keep by the million.
package struct ChunkHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    package init(_ plain: [UInt8]) { self.init(hash: ContentHash.of(plain)[...]) }

    /// From 32 bytes.
    init(hash: ArraySlice<UInt8>) {
        func word(_ index: Int) -> UInt64 {
            hash.dropFirst(index * 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { BigEndian.bytes(Int64(bitPattern: $0)) }
    }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Where each chunk of each part of a backup stands: in its own file, or in that of an earlier backup that had it already.
package struct BackupIndex: Sendable, Equatable {
    package struct Chunk: Sendable, Equatable {
        /// Which of `sources` holds it.
        package var source: Int
        package let number: UInt64
        package let offset: UInt64
        /// Bytes of content.
        package let length: Int
        package let hash: ChunkHash

        package init(source: Int, number: UInt64, offset: UInt64, length: Int, hash: ChunkHash) {
            self.source = source
            self.number = number
            self.offset = offset
            self.length = length
            self.hash = hash
        }
    }

    package struct Part: Sendable, Equatable {
        package let name: String
        package var chunks: [Chunk]

        package init(name: String, chunks: [Chunk]) {
            self.name = name
            self.chunks = chunks
        }
    }

    /// Ids of backups.
    package var sources: [String]
    package var parts: [Part]

    package init(sources: [String], parts: [Part]) {
        self.sources = sources
        self.parts = parts
    }

    /// The version of the layout, the sources, the parts; numbers of eight bytes, big-endian; texts with their length before
    /// them.
    package func encode() -> [UInt8] {
        var bytes: [UInt8] = [1]
        func put(_ number: Int) { bytes += BigEndian.bytes(Int64(number)) }
        func put(_ text: String) {
            put(text.utf8.count)
            bytes += Array(text.utf8)
        }
        put(sources.count)
        for source in sources { put(source) }
        put(parts.count)
        for part in parts {
            put(part.name)
            put(part.chunks.count)
            for chunk in part.chunks {
                put(chunk.source)
                put(Int(chunk.number))
                put(Int(chunk.offset))
                put(chunk.length)
                bytes += chunk.hash.bytes
            }
        }
        return bytes
    }

    package init(decoding bytes: [UInt8]) throws(Fault) {
        var reader = Reader(bytes: bytes)
        guard bytes.first == 1 else { throw Reader.damaged }
        reader.position = 1
        var sources: [String] = []
        for _ in 0..<(try reader.count(of: 8)) { sources.append(try reader.text()) }
        var parts: [Part] = []
        for _ in 0..<(try reader.count(of: 16)) {
            let name = try reader.text()
            var chunks: [Chunk] = []
            for _ in 0..<(try reader.count(of: 64)) {
                let source = try reader.number()
                let number = try reader.number()
                let offset = try reader.number()
                let length = try reader.number()
                guard source < sources.count, length > 0, length <= SealedFile.largestChunk else {
                    throw Reader.damaged
                }
                chunks.append(
                    Chunk(
                        source: source, number: UInt64(number), offset: UInt64(offset), length: length,
                        hash: ChunkHash(hash: try reader.take(32))))
            }
            parts.append(Part(name: name, chunks: chunks))
        }
        guard reader.position == bytes.count else { throw Reader.damaged }
        self.init(sources: sources, parts: parts)
    }

    private struct Reader {
        static let damaged = Fault(.invalid, "backup.index", "The index of the backup cannot be read.")
        let bytes: [UInt8]
        var position = 0

        mutating func take(_ count: Int) throws(Fault) -> ArraySlice<UInt8> {
            guard count >= 0, bytes.count - position >= count else { throw Self.damaged }
            defer { position += count }
            return bytes[position..<position + count]
        }

        mutating func number() throws(Fault) -> Int {
            let value = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard let number = Int(exactly: value) else { throw Self.damaged }
            return number
        }

        /// How many things follow, of which each takes at least so many bytes.
        mutating func count(of least: Int) throws(Fault) -> Int {
            let count = try number()
            guard count <= (bytes.count - position) / least else { throw Self.damaged }
            return count
        }

        mutating func text() throws(Fault) -> String {
            let length = try number()
            guard let text = String(validating: try take(length), as: UTF8.self) else { throw Self.damaged }
            return text
        }
    }
}
