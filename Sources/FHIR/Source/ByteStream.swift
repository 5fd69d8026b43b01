/// Bytes of one file behind a buffer of fixed size, with the place of the next one.
final class ByteStream {
    private let source: any ByteReader
    private let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)
    private var end = 0
    private var bytesBeforeBuffer = 0

    /// Index of the next byte in the buffer.
    var at = 0
    /// Line of the next byte, from 1. Whoever passes a line feed counts it.
    var line = 1

    init(_ source: any ByteReader) { self.source = source }

    deinit { memory.deallocate() }

    /// Bytes of the file before the next one.
    var offset: Int { bytesBeforeBuffer + at }
    var consumedBytes: Int { source.consumedBytes }

    /// What is in the buffer from the next byte on; empty at the end of the file only.
    func window() throws(FHIRFault.Reason) -> UnsafeBufferPointer<UInt8> {
        if at == end {
            bytesBeforeBuffer += end
            at = 0
            end = 0
            end = try source.fill(UnsafeMutableRawBufferPointer(memory))
        }
        return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(memory)[at..<end])
    }

    /// The next byte, left in place; `nil` at the end.
    func peek() throws(FHIRFault.Reason) -> UInt8? {
        if at < end { return memory[at] }
        return try window().first
    }

    /// The next byte that is no white space, left in place; `nil` at the end.
    func peekPastSpace() throws(FHIRFault.Reason) -> UInt8? {
        while let byte = try peek() {
            switch byte {
            case 0x20, 0x09, 0x0D: break
            case 0x0A: line += 1
            default: return byte
            }
            at += 1
        }
        return nil
    }

    /// Takes the byte if it is the next after white space.
    func take(_ byte: UInt8) throws(FHIRFault.Reason) -> Bool {
        guard try peekPastSpace() == byte else { return false }
        at += 1
        return true
    }

    /// Takes a byte order mark at the start, which some programs write though JSON forbids it.
    func skipByteOrderMark() throws(FHIRFault.Reason) {
        for byte: UInt8 in [0xEF, 0xBB, 0xBF] {
            guard try peek() == byte else { return }
            at += 1
        }
    }

    /// Takes the bytes to the end of the line, without its feed; `nil` at the end of the file. What is beyond `limit`
    /// is taken too and left out: then the result is longer than `limit` by one byte.
    func takeLine(limit: Int) throws(FHIRFault.Reason) -> [UInt8]? {
        var result: [UInt8] = []
        var isFirst = true
        while true {
            let window = try window()
            if window.isEmpty { return isFirst ? nil : result }
            isFirst = false
            let length = window.firstIndex(of: 0x0A) ?? window.count
            result.append(contentsOf: window.prefix(min(length, limit + 1 - result.count)))
            at += length
            if length < window.count {
                at += 1
                line += 1
                return result
            }
        }
    }
}
