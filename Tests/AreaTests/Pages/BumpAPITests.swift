import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import PeopleAPI
import Store
import Synchronization
import TestKit
import Testing
import Vault
import Web

private struct Answered: Equatable {
    let status: Int
    let text: String
}

/// A program with a key asks the API, through the server.
private struct Program {
    let server: Server
    let key: String

    func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Answered {
        var head = HTTPRequest(method: method, scheme: "http", authority: "clinic.example", path: path)
        head.headerFields[.authorization] = "Bearer " + key
        if !body.isEmpty { head.headerFields[.contentType] = "application/json" }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
        let response = try await server.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: Array(body.utf8)))), context: context)
        let collected = Collected()
        try await response.body.write(Collector(collected: collected))
        return Answered(status: response.status.code, text: collected.text)
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

@Suite("Absences at the API")
struct BumpAPITests {
    private static func program(_ world: PageWorld) async throws -> Program {
        let administrator = try await world.signIn()
        let rights = ["bump.read", "bump.write", "appointment.read"].map { ("permission", $0) }
        let made = try await administrator.post("/keys", [("name", "Rota"), ("role", "clinic-manager")] + rights)
        #expect(made.status == 200)
        let secret = try #require(made.html.firstMatch(of: /id="new-key">([^<]+)</)).output.1
        return Program(server: world.server, key: String(secret))
    }

    @Test("programs record absences and list them; what is not known is refused, all of it together")
    func api() async throws {
        try await PageWorld.with(.sqlite) { world in
            _ = try await world.people.book(try await world.people.register(.maria), day: "2026-03-12")
            let program = try await Self.program(world)
            func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") async throws -> Answered {
                try await program.ask(method, path, body)
            }
            let wrong = try await ask(
                .post, "/api/v1/absences", #"{"kind":"dog","key":7,"from":"soon","offer":"maybe","extra":"x"}"#)
            #expect(wrong.status == 400)
            for field in ["kind", "key", "from", "to", "reason", "offer", "extra"] {
                #expect(wrong.text.contains("\"\(field)\""), "\(field)")
            }
            let body =
                #"{"kind":"practitioner","key":"elena-alvarez","from":"2026-03-12T07:00","to":"2026-03-12T18:00","#
                + #""reason":"leave","offer":"no"}"#
            let made = try await ask(.post, "/api/v1/absences", body)
            let again = try await ask(.post, "/api/v1/absences", body)
            #expect(made.status == 201 && again == made)
            let list = try await ask(.get, "/api/v1/absences?limit=1")
            #expect(
                list.status == 200 && list.text.contains("\"elena-alvarez\"") && list.text.contains("\"offer\":\"no\""))
            #expect(list.text.contains("\"waiting\"") && !list.text.contains("\"next\""))
            #expect(try await ask(.get, "/api/v1/absences?limit=0").status == 400)
        }
    }
}
