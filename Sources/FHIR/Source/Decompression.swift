import CBzip2
import CZlib

/// Compressed bytes waiting for the library, refilled from the source.
private final class CompressedInput {
    private let source: any ByteReader
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init(_ source: any ByteReader) { self.source = source }

    deinit { memory.deallocate() }

    var consumedBytes: Int { source.consumedBytes }
    private(set) var hasEnded = false

    /// The next bytes; empty at the end.
    func next() throws(FHIRFault.Reason) -> UnsafeMutableRawBufferPointer {
        let count = hasEnded ? 0 : try source.fill(memory)
        hasEnded = count == 0
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }
}

/// Decompresses gzip (RFC 1952), also several members one after another.
final class GzipBytes: ByteReader {
    private let input: CompressedInput
    // the library keeps the address of its stream, so it must not move
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isInMember = true

    init(_ source: any ByteReader) throws(FHIRFault.Reason) {
        input = CompressedInput(source)
        stream.initialize(to: z_stream())
        let gzipOnly: Int32 = 15 + 16
        guard inflateInit2_(stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .corrupt(compression: .gzip)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    var consumedBytes: Int { input.consumedBytes }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FHIRFault.Reason) -> Int {
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(buffer.count)
        while stream.pointee.avail_out == UInt32(buffer.count) {
            if stream.pointee.avail_in == 0 {
                let more = try input.next()
                stream.pointee.next_in = more.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_in = UInt32(more.count)
            }
            if !isInMember {
                if stream.pointee.avail_in == 0 { return 0 }
                guard inflateReset(stream) == Z_OK else { throw .corrupt(compression: .gzip) }
                isInMember = true
            }
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: isInMember = false
            default: throw .corrupt(compression: .gzip)
            }
            // asked even without new bytes, since the library may still hold some back
            let isStuck = input.hasEnded && stream.pointee.avail_out == UInt32(buffer.count)
            if isStuck, isInMember { throw .truncated }
        }
        return buffer.count - Int(stream.pointee.avail_out)
    }
}

/// Decompresses bzip2, also several streams one after another.
final class Bzip2Bytes: ByteReader {
    private let input: CompressedInput
    // the library keeps the address of its stream, so it must not move
    private let stream = UnsafeMutablePointer<bz_stream>.allocate(capacity: 1)
    private var isInStream = true

    init(_ source: any ByteReader) throws(FHIRFault.Reason) {
        input = CompressedInput(source)
        stream.initialize(to: bz_stream())
        guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw .corrupt(compression: .bzip2) }
    }

    deinit {
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
    }

    var consumedBytes: Int { input.consumedBytes }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FHIRFault.Reason) -> Int {
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_out = UInt32(buffer.count)
        while stream.pointee.avail_out == UInt32(buffer.count) {
            if stream.pointee.avail_in == 0 {
                let more = try input.next()
                stream.pointee.next_in = more.baseAddress?.assumingMemoryBound(to: CChar.self)
                stream.pointee.avail_in = UInt32(more.count)
            }
            if !isInStream {
                if stream.pointee.avail_in == 0 { return 0 }
                try beginNextStream()
            }
            switch BZ2_bzDecompress(stream) {
            case BZ_OK: break
            case BZ_STREAM_END: isInStream = false
            default: throw .corrupt(compression: .bzip2)
            }
            // asked even without new bytes, since the library may still hold some back
            let isStuck = input.hasEnded && stream.pointee.avail_out == UInt32(buffer.count)
            if isStuck, isInStream { throw .truncated }
        }
        return buffer.count - Int(stream.pointee.avail_out)
    }

    private func beginNextStream() throws(FHIRFault.Reason) {
        let waiting = stream.pointee
        BZ2_bzDecompressEnd(stream)
        stream.pointee = bz_stream()
        guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw .corrupt(compression: .bzip2) }
        stream.pointee.next_in = waiting.next_in
        stream.pointee.avail_in = waiting.avail_in
        stream.pointee.next_out = waiting.next_out
        stream.pointee.avail_out = waiting.avail_out
        isInStream = true
    }
}
