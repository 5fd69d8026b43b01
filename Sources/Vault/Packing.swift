package import Kernel

/// A value that can be sealed: it writes itself as numbered fields, so that old rows stay readable when fields are added.
package protocol Sealable: Sendable {
    /// A frozen number, unique over the whole product; it is part of the associated data.
    static var sealKind: SealKind { get }
    func pack(into packer: inout Packer)
    init(unpacking fields: Unpacker) throws(Fault)
}

/// A frozen number for a kind of sealed value. A test checks that no two kinds share one.
package struct SealKind: Hashable, Sendable {
    package let number: UInt16
    package init(_ number: UInt16) { self.number = number }
}

/// Writes numbered fields: a varint of `number << 1 | isBytes`, then a zigzag varint or a length and bytes.
/// Empty optionals and empty lists are left out.
package struct Packer: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(256) }

    package mutating func put(_ number: Int, _ value: Int64?) {
        guard let value else { return }
        varint(UInt64(number) << 1)
        varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    package mutating func put(_ number: Int, _ value: Bool) { put(number, value ? Int64(1) : nil) }
    package mutating func put(_ number: Int, _ value: Instant?) { put(number, value?.microseconds) }

    package mutating func put(_ number: Int, _ value: String?) {
        guard var value else { return }
        varint(UInt64(number) << 1 | 1)
        value.withUTF8 { text in
            varint(UInt64(text.count))
            bytes.append(contentsOf: text)
        }
    }

    package mutating func put(_ number: Int, bytes value: [UInt8]?) {
        guard let value else { return }
        varint(UInt64(number) << 1 | 1)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func put(_ number: Int, _ values: [String]) {
        for value in values { put(number, value) }
    }

    /// A list of structures, each packed by `body`.
    package mutating func put<Element>(_ number: Int, list: [Element], _ body: (Element, inout Packer) -> Void) {
        for element in list {
            var inner = Packer()
            body(element, &inner)
            put(number, bytes: inner.bytes)
        }
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads what `Packer` wrote. Unknown numbers are kept aside, missing ones read as nil or empty.
package struct Unpacker: Sendable {
    private enum Field {
        case integer(Int64)
        case bytes(Range<Int>)
    }

    private let source: [UInt8]
    private let fields: [(number: Int, field: Field)]

    package init(_ source: [UInt8]) throws(Fault) {
        var fields: [(number: Int, field: Field)] = []
        fields.reserveCapacity(16)
        var position = 0
        while position < source.count {
            let tag = try Self.varint(source, &position)
            let number = Int(tag >> 1)
            if tag & 1 == 0 {
                let raw = try Self.varint(source, &position)
                fields.append((number, .integer(Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))))
            } else {
                let length = try Self.varint(source, &position)
                guard length <= UInt64(source.count - position) else { throw Self.damaged }
                fields.append((number, .bytes(position..<position + Int(length))))
                position += Int(length)
            }
        }
        self.source = source
        self.fields = fields
    }

    package func integer(_ number: Int) -> Int64? {
        for field in fields where field.number == number {
            if case .integer(let value) = field.field { return value }
        }
        return nil
    }

    package func bool(_ number: Int) -> Bool { integer(number) == 1 }
    package func instant(_ number: Int) -> Instant? { integer(number).map(Instant.init(microseconds:)) }

    package func string(_ number: Int) -> String? {
        for field in fields where field.number == number {
            if case .bytes(let range) = field.field { return String(decoding: source[range], as: UTF8.self) }
        }
        return nil
    }

    /// The text of a field that every version wrote.
    package func required(_ number: Int) throws(Fault) -> String {
        guard let value = string(number) else { throw Self.damaged }
        return value
    }

    package func bytes(_ number: Int) -> [UInt8]? {
        for field in fields where field.number == number {
            if case .bytes(let range) = field.field { return Array(source[range]) }
        }
        return nil
    }

    package func strings(_ number: Int) -> [String] {
        fields.compactMap { field in
            guard field.number == number, case .bytes(let range) = field.field else { return nil }
            return String(decoding: source[range], as: UTF8.self)
        }
    }

    package func list<Element>(
        _ number: Int, _ body: (Unpacker) throws(Fault) -> Element
    ) throws(Fault) -> [Element] {
        var elements: [Element] = []
        for field in fields where field.number == number {
            guard case .bytes(let range) = field.field else { continue }
            elements.append(try body(try Unpacker(Array(source[range]))))
        }
        return elements
    }

    private static func varint(_ source: [UInt8], _ position: inout Int) throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < source.count, shift < 64 {
            let byte = source[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw damaged
    }

    private static var damaged: Fault {
        Fault(.internalError, "sealed.damaged", "A sealed value does not have the shape it should have.")
    }
}
