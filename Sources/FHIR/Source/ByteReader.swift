#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bytes in order.
protocol ByteReader: AnyObject {
    /// Bytes taken from the origin so far, before decompression.
    var consumedBytes: Int { get }

    /// Fills a part of the buffer and tells how much; 0 at the end only.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FHIRFault.Reason) -> Int
}

/// The bytes of a file. Closed when it goes.
final class FileBytes: ByteReader {
    private let descriptor: Int32
    private(set) var consumedBytes = 0

    init(path: String) throws(FHIRFault.Reason) {
        // without waiting: opening a pipe must not hang; a pipe is refused below
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotRead(code: errno) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            let code = errno
            close(descriptor)
            throw .cannotRead(code: code)
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notARegularFile
        }
    }

    deinit { close(descriptor) }

    /// Size of the file in bytes; 0 if it cannot be told, which weakens the progress figure only: opening names the
    /// error.
    static func size(of path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : 0
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FHIRFault.Reason) -> Int {
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                consumedBytes += count
                return count
            }
            if errno != EINTR { throw .cannotRead(code: errno) }
        }
    }
}

/// Bytes that are in memory already.
final class MemoryBytes: ByteReader {
    private let bytes: [UInt8]
    private(set) var consumedBytes = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - consumedBytes)
        buffer.copyBytes(from: bytes[consumedBytes..<consumedBytes + count])
        consumedBytes += count
        return count
    }
}

/// Passes bytes on until there are too many of them, or too many for what went in.
final class BoundedBytes: ByteReader {
    private let source: any ByteReader
    private let limits: FHIRLimits
    private var produced = 0

    init(_ source: any ByteReader, limits: FHIRLimits) {
        self.source = source
        self.limits = limits
    }

    var consumedBytes: Int { source.consumedBytes }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FHIRFault.Reason) -> Int {
        let count = try source.fill(buffer)
        produced += count
        guard produced <= limits.fileBytes else { throw .tooLarge(limit: limits.fileBytes) }
        guard produced <= 16 << 20 || produced / max(consumedBytes, 1) <= limits.ratio else {
            throw .ratioTooHigh(limit: limits.ratio)
        }
        return count
    }
}

extension FHIRInput {
    /// Opens the input from its start, decompressed and bounded.
    func open(_ limits: FHIRLimits) throws(FHIRFault.Reason) -> any ByteReader {
        let plain: any ByteReader
        switch origin {
        case .file(let path): plain = try FileBytes(path: path)
        case .memory(let bytes): plain = MemoryBytes(bytes)
        }
        switch compression {
        case .none: return BoundedBytes(plain, limits: limits)
        case .gzip: return BoundedBytes(try GzipBytes(plain), limits: limits)
        case .bzip2: return BoundedBytes(try Bzip2Bytes(plain), limits: limits)
        }
    }
}
