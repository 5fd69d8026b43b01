import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Web

/// A program with a key that asks the API, through the server.
struct KeyedProgram {
    private let server: Server
    private let key: String
    /// Where it runs; nil: on no network.
    var peer: String?

    /// With a key of the clinic manager's role for these rights.
    static func with(_ rights: [String], in world: PageWorld) async throws -> KeyedProgram {
        let administrator = try await world.signIn()
        let made = try await administrator.post(
            "/keys", [("name", "Program"), ("role", "clinic-manager")] + rights.map { ("permission", $0) })
        #expect(made.status == 200)
        let secret = try #require(made.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1
        return KeyedProgram(server: world.server, key: String(secret))
    }

    func get(_ path: String) async throws -> (status: Int, json: JSONValue) { try await ask(.get, path, "") }

    func post(_ path: String, _ body: String = "") async throws -> (status: Int, json: JSONValue) {
        try await ask(.post, path, body)
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String
    ) async throws -> (status: Int, json: JSONValue) {
        var head = HTTPRequest(method: method, scheme: "http", authority: "clinic.example", path: path)
        head.headerFields[.authorization] = "Bearer " + key
        if !body.isEmpty { head.headerFields[.contentType] = "application/json" }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: try EmbeddedChannel.at(peer), logger: logger))
        let response = try await server.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: Array(body.utf8)))), context: context)
        let collected = Collected()
        try await response.body.write(Collector(collected: collected))
        return (response.status.code, try JSONValue(parsing: collected.text))
    }

    private final class Collected: Sendable {
        private let kept = Mutex<[UInt8]>([])

        func add(_ buffer: ByteBuffer) { kept.withLock { $0.append(contentsOf: buffer.readableBytesView) } }
        var text: String { String(decoding: kept.withLock { $0 }, as: UTF8.self) }
    }

    private struct Collector: ResponseBodyWriter {
        let collected: Collected

        mutating func write(_ buffer: ByteBuffer) async throws { collected.add(buffer) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
