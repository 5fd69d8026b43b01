/// A 64-bit, time-ordered identifier that knows what it identifies.
///
/// Shape: 41 bits of milliseconds since 2020-01-01T00:00:00Z, 10 bits of node, 12 bits of sequence; always positive.
/// Shown to people and in URLs as 13 Crockford base-32 characters.
/// The phantom `Subject` keeps one kind of id from being passed where another is meant.
package struct ID<Subject>: Hashable, Sendable, Comparable {
    package let raw: Int64

    package init(raw: Int64) {
        self.raw = raw
    }

    /// Reads the 13-character text form; upper or lower case, `O` for `0`, `I` and `L` for `1`. Nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard let raw = Crockford.decode(text) else { return nil }
        self.raw = raw
    }

    /// The 13-character text form.
    package var text: String { Crockford.encode(raw) }

    /// The same number as an id of another kind: only for tables that share one id space on purpose.
    package func cast<Other>(to _: Other.Type = Other.self) -> ID<Other> { ID<Other>(raw: raw) }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.raw < rhs.raw }
}

extension ID: CustomStringConvertible {
    package var description: String { text }
}

/// Crockford's base 32 over 64 bits: 13 characters, no I, L, O, U. Source: crockford.com/base32.
package enum Crockford {
    private static let alphabet: [UInt8] = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    package static func encode(_ value: Int64) -> String {
        var bits = UInt64(bitPattern: value)
        return String(unsafeUninitializedCapacity: 13) { buffer in
            for index in stride(from: 12, through: 0, by: -1) {
                buffer[index] = alphabet[Int(bits & 31)]
                bits >>= 5
            }
            return 13
        }
    }

    package static func decode(_ text: some StringProtocol) -> Int64? {
        var value: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            guard let digit = digit(byte) else { return nil }
            if count == 0 && digit > 15 { return nil }
            value = value << 5 | UInt64(digit)
            count += 1
            if count > 13 { return nil }
        }
        return count == 13 ? Int64(bitPattern: value) : nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
        case UInt8(ascii: "o"), UInt8(ascii: "O"): return 0
        case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "l"), UInt8(ascii: "L"): return 1
        default: break
        }
        let upper = byte >= UInt8(ascii: "a") ? byte &- 32 : byte
        guard let index = alphabet.firstIndex(of: upper) else { return nil }
        return UInt8(index)
    }
}
