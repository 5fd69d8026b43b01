/// The first bytes of an entry that was found again behind a place where brackets or quotes did not match.
struct EntryStart {
    /// The brace, the first key and its colon.
    fileprivate(set) var bytes: [UInt8]
    let line: Int
    let offset: Int
}

/// Looks for what begins an entry: a brace, then `"fullUrl":` or `"resource":`.
///
/// Inside a valid string these bytes cannot stand, since its quotes would be escaped. An entry of a bundle in a bundle
/// may be taken for one of the outer; that can happen only behind brackets that did not match.
struct EntryStartFinder {
    private static let firstKeys = [Array("fullUrl\"".utf8), Array("resource\"".utf8)]

    private var candidate: EntryStart?
    /// The key so far, with its closing quote; `nil` before its opening one.
    private var key: [UInt8]?

    /// Takes the next byte; gives the start when the byte is the colon that completes it.
    mutating func feed(_ byte: UInt8, line: Int, offset: Int) -> EntryStart? {
        if byte == UInt8(ascii: "{") {
            candidate = EntryStart(bytes: [byte], line: line, offset: offset)
            key = nil
            return nil
        }
        guard candidate != nil else { return nil }
        candidate?.bytes.append(byte)
        let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
        guard let name = key else {
            if byte == UInt8(ascii: "\"") { key = [] } else if !isSpace { candidate = nil }
            return nil
        }
        guard name.last == UInt8(ascii: "\"") else {
            key = name + [byte]
            if name.count > 10 { candidate = nil }
            return nil
        }
        if byte == UInt8(ascii: ":"), Self.firstKeys.contains(name) { return candidate }
        if !isSpace { candidate = nil }
        return nil
    }
}

extension ByteStream {
    /// Goes on to the start of the next entry and past its first colon; `nil` at the end of the file.
    ///
    /// `tail`: what was taken last, in which it may begin, on the line where the stream stands.
    func findEntryStart(after tail: ArraySlice<UInt8>) throws(FHIRFault.Reason) -> EntryStart? {
        var finder = EntryStartFinder()
        for (index, byte) in tail.enumerated() {
            if let start = finder.feed(byte, line: line, offset: offset - tail.count + index) { return start }
        }
        while let byte = try peek() {
            let start = finder.feed(byte, line: line, offset: offset)
            at += 1
            if byte == 0x0A { line += 1 }
            if let start { return start }
        }
        return nil
    }
}
