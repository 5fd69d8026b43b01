/// Cuts one JSON value out of a stream by its brackets and quotes, without reading what it means.
///
/// It judges only what decides where the value ends. All else is left to the parser, which sees the value alone.
struct ValueCutter {
    enum Outcome: Equatable {
        case whole
        /// Whole, but longer than the limit; the bytes are not there.
        case tooLarge
        /// Brackets or quotes do not match. The stream stands at the byte that showed it.
        case lost
        /// The file ended within the value.
        case ended
    }

    private enum Last {
        case opening, comma, colon, key, value
    }

    private static let deepest = 10_000

    private let limit: Int
    private var last = Last.colon
    /// The byte taken last; 0 at the start.
    private var previous: UInt8 = 0
    /// Open brackets from the outside in.
    private var open: [UInt8] = []
    /// Length of the value so far, also beyond the limit.
    private var length = 0
    private(set) var bytes: [UInt8] = []
    /// Where the last string begins in `bytes`.
    private var lastString = 0

    /// The last string and what follows it. Where quotes do not match, what was taken for a string is not one.
    var tail: ArraySlice<UInt8> { bytes[min(lastString, bytes.count)...] }

    /// `resumingWith`: an opening brace, a key and its colon, which were taken from the stream already.
    init(limit: Int, resumingWith start: [UInt8] = []) {
        self.limit = limit
        bytes = start
        length = start.count
        lastString = start.count  // so that a start that was found once is not found in itself again
        if !start.isEmpty { open = [UInt8(ascii: "{")] }
    }

    /// Takes one value, whose first byte is the next of the stream.
    mutating func cut(_ stream: ByteStream) throws(FHIRFault.Reason) -> Outcome {
        while true {
            let window = try stream.window()
            guard let byte = window.first else { return .ended }
            switch byte {
            case 0x20, 0x09, 0x0D, 0x0A:
                space(window, stream)
                continue
            case UInt8(ascii: "\""):
                guard !isScalar(previous), previous != byte else { return .lost }
                let isKey = open.last == UInt8(ascii: "{") && last != .colon
                guard let isClosed = try string(stream) else { return .lost }
                if !isClosed { return .ended }
                last = isKey ? .key : .value
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard mayOpen, open.count < Self.deepest else { return .lost }
                open.append(byte)
                last = .opening
                take(byte, stream)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // "{" and "}", "[" and "]" are two apart
                guard open.last == byte - 2, last != .colon, last != .key else { return .lost }
                open.removeLast()
                last = .value
                take(byte, stream)
            case UInt8(ascii: ","):
                guard !open.isEmpty else { return .lost }
                last = .comma
                take(byte, stream)
            case UInt8(ascii: ":"):
                guard open.last == UInt8(ascii: "{"), last == .key else { return .lost }
                last = .colon
                take(byte, stream)
            default:
                guard previous != UInt8(ascii: "\"") else { return .lost }
                try scalar(stream)
                last = .value
            }
            if open.isEmpty { return length > limit ? .tooLarge : .whole }
        }
    }

    /// A value stands after a colon in an object, after the bracket or a comma in an array, or at the very start.
    private var mayOpen: Bool {
        open.last == UInt8(ascii: "[") ? last == .opening || last == .comma : last == .colon
    }

    /// Whether the byte belongs to a number or a word, or to nothing that JSON knows outside of strings.
    private func isScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00, 0x20, 0x09, 0x0A, 0x0D: false
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"): false
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "\""): false
        default: true
        }
    }

    /// Takes a line feed, or spaces to its next.
    private mutating func space(_ window: UnsafeBufferPointer<UInt8>, _ stream: ByteStream) {
        if window[0] == 0x0A { stream.line += 1 }
        var count = 1
        while count < window.count, window[count] == 0x20 { count += 1 }
        take(window.prefix(count), stream)
    }

    private mutating func scalar(_ stream: ByteStream) throws(FHIRFault.Reason) {
        while true {
            let window = try stream.window()
            var count = 0
            while count < window.count, isScalar(window[count]) || window[count] == 0 { count += 1 }
            take(window.prefix(count), stream)
            if count < window.count || window.isEmpty { return }
        }
    }

    /// Takes a string with its quotes. `nil` if a control character stands in it: then its end is not to be trusted.
    /// `false` if the file ends first.
    private mutating func string(_ stream: ByteStream) throws(FHIRFault.Reason) -> Bool? {
        lastString = bytes.count
        take(UInt8(ascii: "\""), stream)
        var isEscaped = false
        while true {
            let window = try stream.window()
            if window.isEmpty { return false }
            var count = 0
            while count < window.count {
                let byte = window[count]
                if byte < 0x20 {
                    take(window.prefix(count), stream)
                    return nil
                }
                count += 1
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    take(window.prefix(count), stream)
                    return true
                }
            }
            take(window.prefix(count), stream)
        }
    }

    private mutating func take(_ byte: UInt8, _ stream: ByteStream) {
        previous = byte
        length += 1
        if length <= limit { bytes.append(byte) } else { bytes = [] }
        stream.at += 1
    }

    private mutating func take(_ run: Slice<UnsafeBufferPointer<UInt8>>, _ stream: ByteStream) {
        guard let end = run.last else { return }
        previous = end
        length += run.count
        if length <= limit { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: run)) } else { bytes = [] }
        stream.at += run.count
    }
}
