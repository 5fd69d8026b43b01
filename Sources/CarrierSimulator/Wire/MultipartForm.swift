/// A `multipart/form-data` body: what a browser sends when a form carries a file.
///
/// Source: RFC 7578. The charset of texts is UTF-8; nested multiparts and transfer encodings are not accepted, as no
/// browser sends them.
package struct MultipartForm: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        package var name: String
        package var fileName: String?
        package var bytes: [UInt8]
    }

    package let parts: [Part]

    /// Why a body is not a form.
    package struct Failure: Error, Equatable {
        package let reason: String
    }

    /// The boundary named by a `Content-Type` header, nil when it is no multipart form.
    package static func boundary(contentType: String) -> String? {
        let pieces = contentType.split(separator: ";").map { $0.drop(while: { $0 == " " }) }
        guard pieces.first?.lowercased() == "multipart/form-data" else { return nil }
        guard let piece = pieces.first(where: { $0.lowercased().hasPrefix("boundary=") }) else { return nil }
        let boundary = piece.dropFirst(9).filter { $0 != "\"" }
        return (1...70).contains(boundary.utf8.count) ? boundary : nil
    }

    package init(parsing bytes: [UInt8], boundary: String) throws(Failure) {
        let delimiter = Array("--\(boundary)".utf8)
        var found: [Part] = []
        guard var position = Self.find(delimiter, in: bytes, from: 0).map({ $0 + delimiter.count }) else {
            throw Failure(reason: "the boundary does not occur")
        }
        let lineDelimiter = [13, 10] + delimiter
        while !bytes[position...].starts(with: "--".utf8) {
            guard bytes[position...].starts(with: [13, 10]) else { throw Failure(reason: "no line after a boundary") }
            position += 2
            guard let end = Self.find(lineDelimiter, in: bytes, from: position) else {
                throw Failure(reason: "a part has no end")
            }
            guard let headEnd = Self.find([13, 10, 13, 10], in: bytes, from: position), headEnd <= end - 4 else {
                throw Failure(reason: "a part has no header")
            }
            found.append(try Self.part(head: bytes[position..<headEnd], content: bytes[(headEnd + 4)..<end]))
            guard found.count <= 32 else { throw Failure(reason: "more than 32 parts") }
            position = end + lineDelimiter.count
        }
        parts = found
    }

    /// The text under `name`, nil when there is none.
    package func text(_ name: String) -> String? {
        parts.first { $0.name == name && $0.fileName == nil }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The files under `name` that were chosen: a browser sends an empty part for a file field left alone.
    package func files(_ name: String) -> [Part] {
        parts.filter { $0.name == name && $0.fileName != nil && !$0.bytes.isEmpty }
    }

    private static func part(head: ArraySlice<UInt8>, content: ArraySlice<UInt8>) throws(Failure) -> Part {
        let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let disposition = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }) else {
            throw Failure(reason: "a part has no Content-Disposition")
        }
        guard let name = parameter("name", of: disposition) else { throw Failure(reason: "a part has no name") }
        return Part(name: name, fileName: parameter("filename", of: disposition), bytes: Array(content))
    }

    /// The quoted parameter `name` of a header line; a quote in it is written `%22` (RFC 7578, section 4.2).
    private static func parameter(_ name: String, of line: Substring) -> String? {
        let opening = " \(name)=\""
        var rest = line[...]
        while let start = rest.firstIndex(of: " ") {
            rest = rest[start...]
            if rest.hasPrefix(opening) {
                let value = rest.dropFirst(opening.count)
                guard let end = value.firstIndex(of: "\"") else { return nil }
                return String(value[..<end])
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var index = start
        while index <= bytes.count - needle.count {
            guard let next = bytes[index...(bytes.count - needle.count)].firstIndex(of: first) else { return nil }
            if bytes[next..<(next + needle.count)].elementsEqual(needle) { return next }
            index = next + 1
        }
        return nil
    }
}
