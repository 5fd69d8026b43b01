/// The fields of an `application/x-www-form-urlencoded` body or query, in their order, repeated names kept.
///
/// Source: WHATWG URL Standard, section 5 (`application/x-www-form-urlencoded`).
package struct Form: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package private(set) var fields: [Field]

    package init(_ fields: [(String, String)] = []) {
        self.fields = fields.map { Field(name: $0.0, value: $0.1) }
    }

    /// Reads encoded text. A broken percent sequence stays as it is written, and bytes that are not UTF-8 become
    /// U+FFFD, as the standard says: a form has no syntax errors.
    package init(encoded bytes: some Collection<UInt8>) {
        fields = bytes.split(separator: UInt8(ascii: "&")).map { pair in
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return Field(name: Self.decode(parts[0]), value: parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }

    package init(encoded text: String) {
        self.init(encoded: text.utf8)
    }

    package mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value under `name`, nil when there is none.
    package subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// Every value under `name`, in their order.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    package var encoded: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.count * 32)
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            Self.encode(field.name, into: &bytes)
            bytes.append(UInt8(ascii: "="))
            Self.encode(field.value, into: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decode(_ bytes: some Collection<UInt8>) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            if byte == UInt8(ascii: "+") {
                decoded.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), let value = hexPair(bytes, at: index) {
                decoded.append(value)
                bytes.formIndex(&index, offsetBy: 2)
            } else {
                decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexPair<Bytes: Collection<UInt8>>(_ bytes: Bytes, at index: Bytes.Index) -> UInt8? {
        guard index < bytes.endIndex, let high = Character(UnicodeScalar(bytes[index])).hexDigitValue else {
            return nil
        }
        let next = bytes.index(after: index)
        guard next < bytes.endIndex, let low = Character(UnicodeScalar(bytes[next])).hexDigitValue else { return nil }
        return UInt8(high * 16 + low)
    }

    private static func encode(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                bytes.append(byte)
            case UInt8(ascii: " "):
                bytes.append(UInt8(ascii: "+"))
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
