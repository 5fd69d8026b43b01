/// What one text may cost. A text beyond a limit is refused with an error that names the limit.
package struct JSONLimits: Sendable {
    /// Length of the whole text in bytes.
    package var bytes: Int
    /// Arrays and objects inside each other. The parser recurses, so more than 1,000 counts as 1,000.
    package var depth: Int
    /// Values of any kind, the containers included.
    package var values: Int
    /// Length of one string or name in bytes of UTF-8, before escapes are resolved.
    package var stringBytes: Int
    /// Length of one number's token in bytes.
    package var numberBytes: Int
    /// Whether a string may contain U+0000, which SQL text columns cannot store (RFC 8259 §9 leaves this to us).
    package var acceptsNUL: Bool

    package init(
        bytes: Int = 64 << 20, depth: Int = 64, values: Int = 1_000_000, stringBytes: Int = 16 << 20,
        numberBytes: Int = 1_000, acceptsNUL: Bool = false
    ) {
        self.bytes = bytes
        self.depth = min(depth, 1_000)
        self.values = values
        self.stringBytes = stringBytes
        self.numberBytes = numberBytes
        self.acceptsNUL = acceptsNUL
    }

    /// 64 MiB, depth 64, a million values, strings to 16 MiB.
    package static let `default` = JSONLimits()
}

/// Why a text is not JSON, or is too much, and where.
package struct JSONError: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        case unexpectedEnd
        case unexpectedByte(UInt8)
        case trailingBytes
        case byteOrderMark
        case invalidNumber
        case invalidEscape
        case loneSurrogate
        case controlCharacter
        case invalidUTF8
        case nulCharacter
        case duplicateKey
        case tooManyBytes(limit: Int)
        case tooDeep(limit: Int)
        case tooManyValues(limit: Int)
        case stringTooLong(limit: Int)
        case numberTooLong(limit: Int)
    }

    package let reason: Reason
    /// Bytes before the place, from 0.
    package let offset: Int
    /// From 1; lines end with LF.
    package let line: Int
    /// From 1, in Unicode scalars.
    package let column: Int
    /// JSON Pointer (RFC 6901) of the value that was being read; names are cut to 64 characters. Empty for the root.
    package var path: String
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        "line \(line), column \(column) (byte \(offset))\(path.isEmpty ? "" : " at \(path)"): \(reason)"
    }
}

extension JSONError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedByte(let byte):
            if byte > 0x20, byte < 0x7F {
                "unexpected character \"\(Character(Unicode.Scalar(byte)))\""
            } else {
                "unexpected byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
            }
        case .trailingBytes: "something follows the value"
        case .byteOrderMark: "the text begins with a byte order mark"
        case .invalidNumber: "not a number as JSON writes it"
        case .invalidEscape: "unknown escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .controlCharacter: "control character in a string; write it as an escape"
        case .invalidUTF8: "not valid UTF-8"
        case .nulCharacter: "U+0000 in a string is not accepted"
        case .duplicateKey: "the name of this member appeared before"
        case .tooManyBytes(let limit): "the text is longer than \(limit) bytes"
        case .tooDeep(let limit): "arrays and objects nested deeper than \(limit)"
        case .tooManyValues(let limit): "more than \(limit) values"
        case .stringTooLong(let limit): "a string longer than \(limit) bytes"
        case .numberTooLong(let limit): "a number longer than \(limit) characters"
        }
    }
}
