/// A value of CBOR, as far as WebAuthn uses it. Sources: RFC 8949; the canonical form of CTAP 2.1, 8.
package indirect enum CBOR: Sendable, Equatable {
    case unsigned(UInt64)
    /// `negative(n)` is the number -1 - n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    case map([Member])
    case bool(Bool)
    case null

    package struct Member: Sendable, Equatable {
        package let key: CBOR
        package let value: CBOR
    }

    /// Why bytes are not CBOR that we read.
    package enum Problem: String, Error, Sendable {
        /// It ends before it is whole.
        case short
        /// A form that is not read: of unknown length, tagged, a fraction, a number longer than it needs to be.
        case form
        /// Nested too deep, or too many values.
        case large
        /// A key that appears twice in one map, or is neither a number nor a text.
        case key
        /// A text that is not UTF-8.
        case text
        /// Something stands after the value.
        case trailing
    }

    /// The one value that these bytes are, and nothing after it.
    package init(parsing bytes: [UInt8]) throws(Problem) {
        var reader = CBORReader(bytes)
        self = try reader.value()
        if !reader.isAtEnd { throw .trailing }
    }

    package var int: Int64? {
        switch self {
        case .unsigned(let number): Int64(exactly: number)
        case .negative(let number): Int64(exactly: number).map { -1 - $0 }
        default: nil
        }
    }

    package var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    package var members: [Member]? {
        if case .map(let members) = self { members } else { nil }
    }

    package subscript(key: Int64) -> CBOR? { members?.first { $0.key.int == key }?.value }
    package subscript(key: String) -> CBOR? { members?.first { $0.key.text == key }?.value }
}

/// Reads one value after another from untrusted bytes. Everything is bounded: depth, the number of values, and lengths by
/// what is left of the input, so that nothing is reserved for a length that somebody made up.
package struct CBORReader {
    package static let largestDepth = 6
    package static let largestCount = 500

    private let bytes: [UInt8]
    /// Where the next value begins.
    package private(set) var position: Int
    private var count = 0

    package init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        position = min(max(0, start), bytes.count)
    }

    package var isAtEnd: Bool { position == bytes.count }

    package mutating func value() throws(CBOR.Problem) -> CBOR { try value(depth: 0) }

    private mutating func value(depth: Int) throws(CBOR.Problem) -> CBOR {
        count += 1
        if depth > Self.largestDepth || count > Self.largestCount { throw .large }
        let first = try byte()
        let (major, low) = (first >> 5, first & 31)
        switch major {
        case 0: return .unsigned(try argument(low))
        case 1: return .negative(try argument(low))
        case 2: return .bytes(Array(try take(try argument(low))))
        case 3:
            let taken = try take(try argument(low))
            guard let text = String(validating: taken, as: UTF8.self) else { throw .text }
            return .text(text)
        case 4: return .array(try array(try argument(low), depth: depth + 1))
        case 5: return .map(try map(try argument(low), depth: depth + 1))
        case 7:
            switch low {
            case 20: return .bool(false)
            case 21: return .bool(true)
            case 22: return .null
            default: throw .form
            }
        default: throw .form
        }
    }

    private mutating func array(_ length: UInt64, depth: Int) throws(CBOR.Problem) -> [CBOR] {
        if length > UInt64(Self.largestCount) { throw .large }
        var elements: [CBOR] = []
        for _ in 0..<length { elements.append(try value(depth: depth)) }
        return elements
    }

    private mutating func map(_ length: UInt64, depth: Int) throws(CBOR.Problem) -> [CBOR.Member] {
        if length > UInt64(Self.largestCount) { throw .large }
        var members: [CBOR.Member] = []
        for _ in 0..<length {
            let key = try value(depth: depth)
            switch key {
            case .unsigned, .negative, .text: break
            default: throw .key
            }
            if members.contains(where: { $0.key == key }) { throw .key }
            members.append(CBOR.Member(key: key, value: try value(depth: depth)))
        }
        return members
    }

    /// The number in or after the first byte, in its shortest form.
    private mutating func argument(_ low: UInt8) throws(CBOR.Problem) -> UInt64 {
        if low < 24 { return UInt64(low) }
        guard low < 28 else { throw .form }
        let length = 1 << Int(low - 24)
        var number: UInt64 = 0
        for _ in 0..<length { number = number << 8 | UInt64(try byte()) }
        let least: UInt64 = length == 1 ? 24 : 1 << (UInt64(length) * 4)
        if number < least { throw .form }
        return number
    }

    private mutating func byte() throws(CBOR.Problem) -> UInt8 {
        guard position < bytes.count else { throw .short }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ length: UInt64) throws(CBOR.Problem) -> ArraySlice<UInt8> {
        guard length <= UInt64(bytes.count - position) else { throw .short }
        defer { position += Int(length) }
        return bytes[position..<position + Int(length)]
    }
}
