/// Appends JSON to bytes, without white space. Commas and colons are set by the writer.
///
/// The caller keeps the grammar: every `begin` gets its `end`, and inside an object each value follows its `key`.
/// U+2028 and U+2029 are always escaped, so the text may stand in JavaScript.
///
/// ```swift
/// var json = JSONWriter()
/// json.beginObject()
/// json.key("id"); json.string("7")
/// json.field("open", true)
/// json.endObject()
/// ```
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private let escapesMarkup: Bool
    private var needsComma = false

    /// `escapesMarkup`: write `<`, `>` and `&` as escapes, for a text that stands inside an HTML page.
    package init(reserving capacity: Int = 256, escapesMarkup: Bool = false) {
        self.escapesMarkup = escapesMarkup
        bytes.reserveCapacity(capacity)
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the next member.
    package mutating func key(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { quote($0) }
        endKey()
    }

    /// The name of the next member, known at run time only.
    package mutating func key(named name: String) {
        separate()
        quote(name)
        endKey()
    }

    package mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    package mutating func int(_ number: Int64) {
        separate()
        append(decimal: number)
    }

    package mutating func int(_ number: Int) { int(Int64(number)) }

    /// The shortest decimal that reads back as the same number. JSON has no infinity and no NaN: they become `null`.
    package mutating func double(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    package mutating func bool(_ truth: Bool) { word(truth ? "true" : "false") }

    package mutating func null() { word("null") }

    /// A whole value.
    package mutating func value(_ value: JSONValue) { self.value(value, sortsKeys: false) }

    /// Bytes that are one JSON value already; they are copied as they are.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }
}

// Members in one call
extension JSONWriter {
    package mutating func field(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    package mutating func field(_ name: StaticString, _ number: Int64) {
        key(name)
        int(number)
    }

    package mutating func field(_ name: StaticString, _ number: Int) {
        key(name)
        int(number)
    }

    package mutating func field(_ name: StaticString, _ number: Double) {
        key(name)
        double(number)
    }

    package mutating func field(_ name: StaticString, _ truth: Bool) {
        key(name)
        bool(truth)
    }

    package mutating func field(_ name: StaticString, _ json: JSONValue) {
        key(name)
        value(json)
    }

    /// A member that is a list of texts.
    package mutating func field(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// A member that is a list of objects; `fields` writes what stands in each.
    @inlinable
    package mutating func list<Elements: Sequence>(
        _ name: StaticString, _ elements: Elements, _ fields: (Elements.Element, inout JSONWriter) throws -> Void
    ) rethrows {
        key(name)
        beginArray()
        for element in elements {
            beginObject()
            try fields(element, &self)
            endObject()
        }
        endArray()
    }

    /// Leaves the member out when there is no text.
    package mutating func field(_ name: StaticString, ifPresent text: String?) {
        if let text { field(name, text) }
    }
}

extension JSONWriter {
    mutating func value(_ value: JSONValue, sortsKeys: Bool) {
        switch value {
        case .null: null()
        case .bool(let truth): bool(truth)
        case .int(let number): int(number)
        case .double(let number): double(number)
        case .number(let token): raw(token.utf8)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element, sortsKeys: sortsKeys) }
            endArray()
        case .object(let object):
            beginObject()
            let members =
                sortsKeys
                ? object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : object.members
            for member in members {
                key(named: member.key)
                self.value(member.value, sortsKeys: sortsKeys)
            }
            endObject()
        }
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func endKey() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func word(_ word: StaticString) {
        separate()
        word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quote($0) }
    }

    /// Copies runs that need no escape at once.
    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var runStart = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte > 0x3E, byte != UInt8(ascii: "\\"), byte != 0xE2 {  // most characters, at one look
                index += 1
                continue
            }
            let length = lengthToEscape(text, at: index)
            if length > 0 {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart..<index]))
                appendEscape(text, at: index)
                index += length
                runStart = index
            } else {
                index += 1
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart...]))
        bytes.append(UInt8(ascii: "\""))
    }

    /// How many bytes from here are one character that must be escaped; 0 if none.
    private func lengthToEscape(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        switch text[index] {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): 1
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): escapesMarkup ? 1 : 0
        case 0xE2: index + 2 < text.count && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8 ? 3 : 0
        default: 0
        }
    }

    private mutating func appendEscape(_ text: UnsafeBufferPointer<UInt8>, at index: Int) {
        let byte = text[index]
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0xE2: bytes.append(contentsOf: (text[index + 2] == 0xA8 ? "u2028" : "u2029").utf8)
        default:
            bytes.append(contentsOf: "u00".utf8)
            for nibble in [byte >> 4, byte & 15] {
                bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
        }
    }

    private mutating func append(decimal number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let first = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[first...].reverse()
    }
}

extension JSONValue {
    /// The value as text without white space, members in their order. Reads back equal.
    package func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// As `encode`, with members sorted by the bytes of their names: the same content always gives the same bytes, so
    /// these can be hashed. Numbers stay as they were written, so `1.50` and `1.5` differ.
    package var canonical: [UInt8] {
        var writer = JSONWriter()
        writer.value(self, sortsKeys: true)
        return writer.bytes
    }
}
