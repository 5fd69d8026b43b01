import Crypto
import Foundation
import Kernel

/// Which file of a backup this is, and what for: part of its key and of what every chunk is authenticated with.
package struct SealedFile: Sendable, Equatable {
    package enum Stream: UInt8, Sendable {
        /// Chunks of the stores' content.
        case data = 1
        /// Where each chunk of each part stands.
        case index = 2
        /// The current state of the key store.
        case keys = 3
    }

    package let id: String
    package let stream: Stream

    package init(id: String, stream: Stream) {
        self.id = id
        self.stream = stream
    }

    /// Bytes a chunk may hold.
    package static let largestChunk = 1 << 20
    static let magic = Array("TLSEALD1".utf8)
    static let tag = 16

    /// The head in plain: which file it is. It is believed only when the chunks open.
    var head: [UInt8] { Self.magic + [stream.rawValue, UInt8(id.utf8.count)] + Array(id.utf8) }

    func associated(_ number: UInt64, isEnd: Bool) -> [UInt8] {
        head + BigEndian.bytes(Int64(bitPattern: number)) + [isEnd ? 1 : 0]
    }

    /// The number of the chunk: a key seals one file, and a number in it comes once.
    static func nonce(_ number: UInt64) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(data: [0, 0, 0, 0] + BigEndian.bytes(Int64(bitPattern: number)))
    }
}

/// Writes a file of sealed chunks: AES-256-GCM, each chunk authenticated with the file it belongs to and its number; the
/// last one is empty and says that it is the last. Changing, moving, exchanging or cutting anything is found.
///
/// Layout: the head, then for each chunk four bytes with the length of what is sealed (big-endian), the sealed bytes and
/// the tag of 16 bytes.
package final class SealedFileWriter {
    package struct Total: Sendable, Equatable {
        package let bytes: Int64
        /// SHA-256 of the file.
        package let hash: [UInt8]

        package init(bytes: Int64, hash: [UInt8]) {
            self.bytes = bytes
            self.hash = hash
        }
    }

    private let path: String
    private let file: SealedFile
    private let key: SymmetricKey
    private let handle: FileHandle
    private var hash = ContentHash()
    private(set) var number: UInt64 = 0
    private(set) var offset: UInt64 = 0

    /// Makes the file (0600), which must not be there yet.
    package init(_ path: String, _ file: SealedFile, key: BackupKey) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            throw Fault(
                .unavailable, "backup.write", "A file of the backup cannot be made.",
                remedy: "Check the folder and its permissions.", place: path)
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        self.path = path
        self.file = file
        self.key = key.key(of: file)
        try write(file.head)
    }

    /// Seals one chunk; where it stands.
    @discardableResult
    package func append(_ plain: [UInt8]) throws -> (number: UInt64, offset: UInt64) {
        precondition(!plain.isEmpty && plain.count <= SealedFile.largestChunk, "a chunk has 1 byte to 1 MiB")
        return try put(plain, isEnd: false)
    }

    /// Seals the end, waits for the disk and closes the file.
    package func finish() throws -> Total {
        try put([], isEnd: true)
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw Self.failed(path, error)
        }
        return Total(bytes: Int64(offset), hash: hash.finish())
    }

    @discardableResult
    private func put(_ plain: [UInt8], isEnd: Bool) throws -> (number: UInt64, offset: UInt64) {
        let place = (number, offset)
        let box = try AES.GCM.seal(
            plain, using: key, nonce: try SealedFile.nonce(number),
            authenticating: file.associated(number, isEnd: isEnd))
        var frame: [UInt8] = []
        frame.reserveCapacity(plain.count + 4 + SealedFile.tag)
        frame.append(contentsOf: BigEndian.bytes(Int64(plain.count)).suffix(4))
        frame.append(contentsOf: box.ciphertext)
        frame.append(contentsOf: box.tag)
        try write(frame)
        number += 1
        return place
    }

    private func write(_ bytes: [UInt8]) throws {
        do {
            try handle.write(contentsOf: bytes)
        } catch {
            throw Self.failed(path, error)
        }
        hash.add(bytes)
        offset += UInt64(bytes.count)
    }

    private static func failed(_ path: String, _ error: any Error) -> Fault {
        Fault(
            .unavailable, "backup.write", "The backup cannot be written.",
            remedy: "Free space where it is kept, or check the disk.", place: path, cause: error)
    }
}

/// Reads a file of sealed chunks, one after another or any of them.
package final class SealedFileReader {
    package let file: SealedFile
    private let path: String
    private let key: SymmetricKey
    private let handle: FileHandle
    private var number: UInt64 = 0
    private var offset: UInt64
    private var ended = false

    /// Opens the file. `expecting`: it must say that it is this one; without it, what it says holds.
    package init(_ path: String, _ stream: SealedFile.Stream, id: String? = nil, key: BackupKey) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Fault(
                .unavailable, "backup.missing", "A file of the backup is missing or cannot be read.",
                remedy: "Put it back from another copy of the backup.", place: path)
        }
        self.handle = handle
        self.path = path
        let start = Array(try handle.read(upToCount: SealedFile.magic.count + 2) ?? Data())
        guard start.count == SealedFile.magic.count + 2, start.starts(with: SealedFile.magic),
            start[SealedFile.magic.count] == stream.rawValue,
            let name = try handle.read(upToCount: Int(start[SealedFile.magic.count + 1])),
            name.count == Int(start[SealedFile.magic.count + 1])
        else { throw Self.damaged(path, "its beginning is not that of such a file") }
        file = SealedFile(id: String(decoding: name, as: UTF8.self), stream: stream)
        if let id, id != file.id { throw Self.damaged(path, "it belongs to the backup \(file.id)") }
        self.key = key.key(of: file)
        offset = UInt64(file.head.count)
    }

    /// The next chunk; nil at the end, which is authenticated too.
    package func next() throws -> [UInt8]? {
        if ended { return nil }
        let (plain, isEnd, after) = try chunk(number, at: offset, endIsAllowed: true)
        number += 1
        offset = after
        guard isEnd else { return plain }
        ended = true
        guard try handle.read(upToCount: 1)?.isEmpty ?? true else {
            throw Self.damaged(path, "something follows its end")
        }
        return nil
    }

    /// A chunk by its number and place.
    package func chunk(_ number: UInt64, at offset: UInt64) throws -> [UInt8] {
        try chunk(number, at: offset, endIsAllowed: false).plain
    }

    private func chunk(
        _ number: UInt64, at offset: UInt64, endIsAllowed: Bool
    ) throws -> (plain: [UInt8], isEnd: Bool, after: UInt64) {
        try handle.seek(toOffset: offset)
        let head = Array(try handle.read(upToCount: 4) ?? Data())
        guard head.count == 4 else { throw Self.damaged(path, "it was cut off before chunk \(number)") }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= SealedFile.largestChunk, length > 0 || endIsAllowed else {
            throw Self.damaged(path, "the length of chunk \(number) was changed")
        }
        let sealed = try handle.read(upToCount: length + SealedFile.tag) ?? Data()
        guard sealed.count == length + SealedFile.tag else {
            throw Self.damaged(path, "it was cut off in chunk \(number)")
        }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: try SealedFile.nonce(number), ciphertext: sealed.prefix(length),
                tag: sealed.suffix(SealedFile.tag))
            let plain = try AES.GCM.open(
                box, using: key, authenticating: file.associated(number, isEnd: length == 0))
            return (Array(plain), length == 0, offset + UInt64(4 + length + SealedFile.tag))
        } catch {
            throw Self.damaged(
                path, "chunk \(number) was changed, moved or taken from elsewhere, or the key is another one")
        }
    }

    private static func damaged(_ path: String, _ what: String) -> Fault {
        Fault(
            .invalid, "backup.damaged", "The backup is damaged: \(what).",
            remedy: "Use another copy of it, or an earlier backup.", place: path)
    }
}
