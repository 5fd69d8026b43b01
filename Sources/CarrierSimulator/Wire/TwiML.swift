/// What a webhook's answer asks the provider to do, in TwiML.
///
/// Understood: `<Response/>`, and in it any number of `<Message>text</Message>` or
/// `<Message><Body>text</Body></Message>`, with an optional `to`. Any other verb is an error, as a messaging webhook
/// has no use for one here. Source: Twilio documentation, "TwiML for Programmable Messaging".
package struct TwiML: Equatable, Sendable {
    package struct Reply: Equatable, Sendable {
        package var to: String?
        package var body: String

        package init(to: String?, body: String) {
            self.to = to
            self.body = body
        }
    }

    package var replies: [Reply] = []

    package init(replies: [Reply] = []) {
        self.replies = replies
    }

    /// Reads a document; the error says what is wrong and at which byte.
    package init(parsing text: String) throws(Failure) {
        var reader = XMLReader(text)
        guard let root = try reader.nextElement() else { throw Failure(reason: "no <Response> element", offset: 0) }
        guard root.name == "Response" else { throw Failure(reason: "root is <\(root.name)>", offset: root.offset) }
        guard !root.isEmpty else {
            try reader.expectEnd()
            return
        }
        while let element = try reader.nextElement(endingAt: "Response") {
            guard element.name == "Message" else {
                throw Failure(reason: "unknown verb <\(element.name)>", offset: element.offset)
            }
            let body = element.isEmpty ? "" : try Self.readBody(&reader)
            replies.append(Reply(to: element.attributes["to"], body: body))
        }
        try reader.expectEnd()
    }

    private static func readBody(_ reader: inout XMLReader) throws(Failure) -> String {
        var body = try reader.text()
        while let element = try reader.nextElement(endingAt: "Message") {
            guard element.name == "Body" else {
                throw Failure(reason: "unknown noun <\(element.name)>", offset: element.offset)
            }
            if !element.isEmpty {
                body = try reader.text()
                guard try reader.nextElement(endingAt: "Body") == nil else {
                    throw Failure(reason: "element in <Body>", offset: element.offset)
                }
            }
            _ = try reader.text()
        }
        return body.drop(while: \.isWhitespace).trimmingTrailingWhitespace()
    }

    /// Why a document is not TwiML we know.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let reason: String
        package let offset: Int
        package var description: String { "\(reason) (at byte \(offset))" }
    }
}

/// The few parts of XML that TwiML needs: elements, attributes, text, the five named entities, numeric references,
/// comments and CDATA. No document types, so no entity expansion.
private struct XMLReader {
    struct Element {
        var name: String
        var attributes: [String: String]
        var isEmpty: Bool
        var offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next start tag, or nil at the end of the document or at the end tag `parent`, which is consumed.
    mutating func nextElement(endingAt parent: String? = nil) throws(TwiML.Failure) -> Element? {
        let between = try text()
        guard between.allSatisfy(\.isWhitespace) else { throw failure("text outside a message") }
        if position == bytes.count {
            guard parent == nil else { throw failure("document ends inside <\(parent ?? "")>") }
            return nil
        }
        if starts(with: "</") {
            position += 2
            let name = try self.name()
            skipSpace()
            guard name == parent, take(">") else { throw failure("unexpected </\(name)>") }
            return nil
        }
        return try startTag()
    }

    mutating func expectEnd() throws(TwiML.Failure) {
        guard try nextElement() == nil else { throw failure("more after </Response>") }
    }

    /// Text up to the next tag, comments skipped, references resolved.
    mutating func text() throws(TwiML.Failure) -> String {
        var collected: [UInt8] = []
        while position < bytes.count {
            if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<![CDATA[") {
                position += 9
                let start = position
                try skip(past: "]]>")
                collected += bytes[start..<(position - 3)]
            } else if starts(with: "<?") {
                try skip(past: "?>")
            } else if bytes[position] == UInt8(ascii: "<") {
                break
            } else {
                try collectCharacter(into: &collected)
            }
        }
        return String(decoding: collected, as: UTF8.self)
    }

    private mutating func startTag() throws(TwiML.Failure) -> Element {
        let offset = position
        guard take("<") else { throw failure("expected a tag") }
        var element = Element(name: try name(), attributes: [:], isEmpty: false, offset: offset)
        while true {
            skipSpace()
            if take("/>") {
                element.isEmpty = true
                return element
            }
            if take(">") { return element }
            let attribute = try name()
            skipSpace()
            guard take("=") else { throw failure("attribute \(attribute) without a value") }
            skipSpace()
            element.attributes[attribute] = try quoted()
        }
    }

    private mutating func quoted() throws(TwiML.Failure) -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
        else {
            throw failure("attribute value without quotes")
        }
        let quote = bytes[position]
        position += 1
        var collected: [UInt8] = []
        while position < bytes.count, bytes[position] != quote {
            try collectCharacter(into: &collected)
        }
        guard position < bytes.count else { throw failure("attribute value without an end") }
        position += 1
        return String(decoding: collected, as: UTF8.self)
    }

    private mutating func name() throws(TwiML.Failure) -> String {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > start else { throw failure("expected a name") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func collectCharacter(into collected: inout [UInt8]) throws(TwiML.Failure) {
        guard bytes[position] == UInt8(ascii: "&") else {
            collected.append(bytes[position])
            position += 1
            return
        }
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw failure("& without a reference")
        }
        let reference = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
        guard let scalar = Self.scalar(reference) else { throw failure("unknown reference &\(reference);") }
        collected += Array(String(Character(scalar)).utf8)
        position = end + 1
    }

    private static func scalar(_ reference: String) -> UnicodeScalar? {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            if reference.hasPrefix("#x") {
                return UInt32(reference.dropFirst(2), radix: 16).flatMap(UnicodeScalar.init)
            }
            if reference.hasPrefix("#") { return UInt32(reference.dropFirst(1)).flatMap(UnicodeScalar.init) }
            return nil
        }
    }

    private mutating func skip(past text: String) throws(TwiML.Failure) {
        while position < bytes.count, !starts(with: text) { position += 1 }
        guard take(text) else { throw failure("no \(text)") }
    }

    private mutating func skipSpace() {
        while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        guard starts(with: text) else { return false }
        position += text.utf8.count
        return true
    }

    private func starts(with text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    private func failure(_ reason: String) -> TwiML.Failure {
        TwiML.Failure(reason: reason, offset: position)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}

extension Substring {
    fileprivate func trimmingTrailingWhitespace() -> String {
        var end = endIndex
        while end > startIndex, self[index(before: end)].isWhitespace { end = index(before: end) }
        return String(self[..<end])
    }
}
