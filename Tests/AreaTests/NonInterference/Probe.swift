import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import TestKit
import Vault
import Web

/// What one route is asked: an address and a body with places for ids, `<patient>`, and who asks how.
struct Template: Sendable {
    enum Body: Sendable {
        case none
        case form([(String, String)])
        case json(String)
    }

    var method: HTTPRequest.Method
    var target: String
    var body: Body = .none
    /// Asked once in a run: it takes long.
    var slow = false

    static func get(_ target: String) -> Template { Template(method: .get, target: target) }
    static func form(_ target: String, _ fields: [(String, String)] = [], slow: Bool = false) -> Template {
        Template(method: .post, target: target, body: .form(fields), slow: slow)
    }
    static func json(_ target: String, _ text: String, _ method: HTTPRequest.Method = .post) -> Template {
        Template(method: method, target: target, body: .json(text))
    }

    /// The names of the ids it has places for, each once, in order.
    var names: [String] {
        var text = target
        switch body {
        case .none: break
        case .form(let fields): text += fields.map { $0.1 }.joined()
        case .json(let json): text += json
        }
        var names: [String] = []
        for match in text.matches(of: /<([a-z]+)>/) where !names.contains(String(match.output.1)) {
            names.append(String(match.output.1))
        }
        return names
    }

    /// With ids of people who stand so to the caller: the first name as `first`, the others as `rest`. Those that the
    /// caller may see are the ones of `other`, when there is such a probe.
    func filled(
        _ first: Sight, _ rest: Sight, _ known: Known, route: String, _ random: inout SeededGenerator,
        keeping other: Probe? = nil
    ) -> Probe {
        var ids: [(String, String)] = []
        for (index, name) in names.enumerated() {
            let sight = index == 0 ? first : rest
            let kept = sight == .visible ? other?.ids[index] : nil
            ids.append((name, kept ?? known.pick(sight, name, &random)))
        }
        func put(_ text: String) -> String {
            ids.reduce(text) { $0.replacing("<\($1.0)>", with: $1.1) }
        }
        var probe = Probe(route: route, method: method, target: put(target), sight: names.isEmpty ? nil : (first, rest))
        probe.ids = ids.map(\.1)
        switch body {
        case .none: break
        case .form(let fields): probe.body = .form(fields.map { ($0.0, put($0.1)) })
        case .json(let text): probe.body = .json(put(text))
        }
        return probe
    }
}

/// One question to both worlds.
struct Probe: Sendable {
    let route: String
    let method: HTTPRequest.Method
    var target: String
    let sight: (first: Sight, rest: Sight)?
    var body: Template.Body = .none
    var ids: [String] = []

    var isForPrograms: Bool { ["/api/", "/scim/"].contains(where: target.hasPrefix) }
    var said: String {
        let how = sight.map { " (\($0.first.rawValue), \($0.rest.rawValue))" } ?? ""
        switch body {
        case .none: return "\(method.rawValue) \(target)\(how)"
        case .form(let fields): return "\(method.rawValue) \(target) \(fields)\(how)"
        case .json(let text): return "\(method.rawValue) \(target) \(text)\(how)"
        }
    }

    /// Sends it as a browser without scripts or a program would, and reads the whole answer.
    func ask(_ server: Server, cookie: String, csrf: String, key: String) async throws -> Seen {
        let response = try await send(server, cookie: cookie, csrf: csrf, key: key)
        let reader = Reader()
        try await response.body.write(reader.writer)
        return Seen(
            status: response.status.code,
            headers: response.headers.map { "\($0.name.canonicalName): \($0.value)" }.sorted(), body: reader.bytes)
    }

    func send(
        _ server: Server, cookie: String, csrf: String, key: String, more: [(HTTPField.Name, String)] = []
    ) async throws -> Response {
        var head = HTTPRequest(method: method, scheme: "http", authority: "clinic.example", path: target)
        var bytes: [UInt8] = []
        if isForPrograms {
            head.headerFields[.authorization] = "Bearer " + key
            head.headerFields[.accept] = "application/json"
        } else {
            head.headerFields[.cookie] = "\(Server.cookieName)=\(cookie); throughline-language=en"
            head.headerFields[.accept] = "text/html"
        }
        switch body {
        case .none: break
        case .form(let fields):
            let pairs = fields + [("csrf", csrf)]
            bytes = Array(
                pairs.map { "\(FormFields.encode($0.0))=\(FormFields.encode($0.1))" }.joined(separator: "&").utf8)
            head.headerFields[.contentType] = "application/x-www-form-urlencoded"
        case .json(let text):
            bytes = Array(text.utf8)
            head.headerFields[.contentType] = "application/json"
        }
        for (name, value) in more { head.headerFields[name] = value }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
        return try await server.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes))), context: context)
    }
}

/// Collects a body as it is written.
final class Reader: Sendable {
    private let held = Mutex<[UInt8]>([])

    var bytes: [UInt8] { held.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var writer: Writer { Writer(reader: self) }

    struct Writer: ResponseBodyWriter {
        let reader: Reader

        mutating func write(_ buffer: ByteBuffer) async throws {
            reader.held.withLock { $0.append(contentsOf: buffer.readableBytesView) }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

/// An answer, whole.
struct Seen: Equatable, Sendable {
    var status: Int
    var headers: [String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var isPage: Bool { headers.contains { $0.hasPrefix("content-type: text/html") } }

    /// What differs first, with what stands round it; nil: nothing.
    func difference(to other: Seen) -> String? {
        if self == other { return nil }
        if status != other.status { return "status \(status) against \(other.status)" }
        if headers != other.headers {
            let own = headers.filter { !other.headers.contains($0) }
            return "headers \(own) against \(other.headers.filter { !headers.contains($0) })"
        }
        let same = zip(body, other.body).prefix { $0 == $1 }.count
        func around(_ bytes: [UInt8]) -> String {
            String(decoding: bytes[max(0, same - 80)..<min(bytes.count, same + 80)], as: UTF8.self)
        }
        return
            "byte \(same) of \(body.count) and \(other.body.count): …\(around(body))… against …\(around(other.body))…"
    }
}
