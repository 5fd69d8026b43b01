package import Kernel
import Vault

/// Form or query fields in order. Source: WHATWG URL standard, application/x-www-form-urlencoded parsing.
package struct FormFields: Sendable {
    package let fields: [(name: String, value: String)]

    /// At most this many fields are read from one form, unless its page says otherwise.
    package static let largestCount = 500

    package init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    package init(parsing bytes: some Collection<UInt8>) throws(Fault) {
        try self.init(parsing: bytes, atMost: Self.largestCount)
    }

    /// For the few forms that are longer.
    package init(parsing bytes: some Collection<UInt8>, atMost largest: Int) throws(Fault) {
        var fields: [(name: String, value: String)] = []
        for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            guard fields.count < largest else {
                throw Fault(.tooLarge, "form.fields", "The form has more than \(largest) fields.")
            }
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let name = try Self.decode(pair[pair.startIndex..<(equals ?? pair.endIndex)])
            let value = try equals.map { (at) throws(Fault) in try Self.decode(pair[pair.index(after: at)...]) } ?? ""
            fields.append((name, value))
        }
        self.fields = fields
    }

    package subscript(name: String) -> String? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    /// The value without surrounding white space; nil when empty.
    package func trimmed(_ name: String) -> String? {
        guard let value = self[name] else { return nil }
        let text = value.drop(while: \.isWhitespace)
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(text[...last])
    }

    package func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    package func id<Subject>(_ name: String, of _: Subject.Type = Subject.self) -> ID<Subject>? {
        self[name].flatMap { ID<Subject>($0) }
    }

    /// In forms and queries a `+` is a space; in paths it is itself.
    static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = true) throws(Fault) -> String {
        var decoded: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next(), let low = iterator.next(),
                    let pair = Hex.decode(String(decoding: [high, low], as: UTF8.self)), pair.count == 1
                else { throw malformed }
                decoded.append(pair[0])
            default: decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self), !text.utf8.contains(0) else { throw malformed }
        return text
    }

    private static var malformed: Fault {
        Fault(
            .invalid, "form.encoding", "The form or query is not validly encoded.",
            remedy: "Use UTF-8 and percent-encoding.")
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    package static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return encoded
    }
}
