import Foundation
import HTTPTypes
import Hummingbird

/// What a request to the control side carries, whichever way it was written: form, multipart form or JSON.
struct ControlBody {
    let form: Form
    /// Bytes of the pictures, from a file field or as base64 in JSON.
    let pictures: [[UInt8]]

    /// A picture in base64, and room for the rest.
    private static let bodyLimit = Media.maximumBytes * 4 / 3 + 64 * 1024

    init(_ request: Request) async throws {
        let type = request.headers[.contentType] ?? ""
        let bytes: [UInt8]
        do {
            bytes = try await request.bytes(upTo: Self.bodyLimit)
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw Problem(413, "The request is too large", ["a picture may have 5 MB at most"])
        }
        if let boundary = MultipartForm.boundary(contentType: type) {
            (form, pictures) = try Self.readMultipart(bytes, boundary)
        } else if type.lowercased().hasPrefix("application/json") {
            (form, pictures) = try Self.readJSON(bytes)
        } else {
            (form, pictures) = (Form(encoded: bytes), [])
        }
    }

    private static func readMultipart(_ bytes: [UInt8], _ boundary: String) throws(Problem) -> (Form, [[UInt8]]) {
        do throws(MultipartForm.Failure) {
            let multipart = try MultipartForm(parsing: bytes, boundary: boundary)
            let texts = multipart.parts.filter { $0.fileName == nil }
            let fields = texts.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) }
            return (Form(fields), multipart.files("picture").map(\.bytes))
        } catch {
            throw Problem(400, "The form cannot be read", [error.reason])
        }
    }

    private static func readJSON(_ bytes: [UInt8]) throws(Problem) -> (Form, [[UInt8]]) {
        let tree: JSONTree
        do {
            tree = try JSONDecoder().decode(JSONTree.self, from: Data(bytes))
        } catch {
            throw Problem(400, "The JSON cannot be read", [JSONTree.explain(error)])
        }
        var form = Form()
        var pictures: [[UInt8]] = []
        for (name, value) in tree.flattened() {
            guard name == "picture" else {
                form.append(name, value)
                continue
            }
            guard let data = Data(base64Encoded: value) else { throw Problem(400, "picture is not base64") }
            pictures.append(Array(data))
        }
        return (form, pictures)
    }
}

/// A JSON document of any shape, to be flattened into fields: `{"a": {"b": 1}}` is `a.b=1`, and each element of an
/// array is one field under the array's name.
private indirect enum JSONTree: Decodable {
    case leaf(String)
    case null
    case list([JSONTree])
    case object([(String, JSONTree)])

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        guard decoder.codingPath.count < 8 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "nested too deep"))
        }
        if let object = try? decoder.container(keyedBy: Key.self) {  // another shape is tried next
            self = .object(
                try object.allKeys.sorted { $0.stringValue < $1.stringValue }
                    .map { ($0.stringValue, try object.decode(JSONTree.self, forKey: $0)) })
        } else if var list = try? decoder.unkeyedContainer() {  // another shape is tried next
            var elements: [JSONTree] = []
            while !list.isAtEnd { elements.append(try list.decode(JSONTree.self)) }
            self = .list(elements)
        } else {
            self = try Self.leaf(try decoder.singleValueContainer())
        }
    }

    private static func leaf(_ value: any SingleValueDecodingContainer) throws -> JSONTree {
        if value.decodeNil() { return .null }
        if let flag = try? value.decode(Bool.self) { return .leaf(flag ? "true" : "false") }  // else another type
        if let whole = try? value.decode(UInt64.self) { return .leaf("\(whole)") }  // else another type
        if let number = try? value.decode(Double.self) { return .leaf("\(number)") }  // else a string
        return .leaf(try value.decode(String.self))
    }

    func flattened(under name: String = "") -> [(String, String)] {
        switch self {
        case .leaf(let text): [(name, text)]
        case .null: []
        case .list(let elements): elements.flatMap { $0.flattened(under: name) }
        case .object(let members):
            members.flatMap { $0.1.flattened(under: name.isEmpty ? $0.0 : "\(name).\($0.0)") }
        }
    }

    static func explain(_ error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error else { return "it is not JSON" }
        return context.debugDescription
    }
}
