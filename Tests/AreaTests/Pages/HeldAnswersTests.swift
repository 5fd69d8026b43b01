import App
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Spine
import Store
import Synchronization
import TestKit
import Testing
import Vault
import Web

/// Which answers of the server wait for the next moment of the grid, and which leave as soon as they are made. What is
/// looked at is how long the server means to wait, not how long things take on a machine that does much else.
@Suite("Answers leave on a grid of time: the server", .serialized)
struct HeldAnswersTests {
    private static let step = Duration.seconds(3600)

    private static let doors: [Route] = [
        .get("/held/quick", .account { _, _ in .text("done\n") }),
        .get("/held/open", .open(reason: "a link") { _ in .text("done\n") }),
        .post("/held/link", .open(reason: "a link") { _ in .text("done\n") }),
        .get("/held/forbidden", .page(Permission("nobody.has-this")) { _, _ in .text("done\n") }),
        .tenantless("/held/description", .open(reason: "no data") { _ in .text("done\n") }),
        .post("/hooks/held/taken", .open(reason: "signed") { _ in .text("done\n") }),
        .post("/hooks/held/refused", .open(reason: "signed") { _ in throw Fault.unsigned }),
    ]

    /// The waits that a server asked for; none of them is waited.
    private final class Waits: Sendable {
        private let asked = Mutex<[Duration]>([])

        var pause: Grid.Pause { { [self] wait in asked.withLock { $0.append(wait) } } }

        func taken() -> [Duration] {
            asked.withLock { waits in
                defer { waits = [] }
                return waits
            }
        }
    }

    private func status(
        _ server: Server, _ method: HTTPRequest.Method = .get, _ target: String, cookie: String = "", key: String = "",
        body: RequestBody = RequestBody(buffer: ByteBuffer())
    ) async throws -> Int {
        var head = HTTPRequest(method: method, scheme: "http", authority: "clinic.example", path: target)
        if !cookie.isEmpty { head.headerFields[.cookie] = "\(Server.cookieName)=\(cookie)" }
        if !key.isEmpty { head.headerFields[.authorization] = "Bearer " + key }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
        return try await server.respond(to: Request(head: head, body: body), context: context).status.code
    }

    @Test("a page is held whoever asks; so are open pages and every refusal")
    func held() async throws {
        try await PageWorld.with(.sqlite) { world in
            let waits = Waits()
            let server = try await world.platform.server(adding: Self.doors, grid: Self.step, pause: waits.pause)
            let cookie = try await world.signIn().cookie
            let asked: [(HTTPRequest.Method, String, cookie: String, key: String, status: Int)] = [
                (.get, "/held/quick", cookie, "", 200), (.head, "/held/quick", cookie, "", 200),
                (.get, "/held/quick", "", "", 303),
                (.get, "/held/open", "", "", 200), (.get, "/held/forbidden", cookie, "", 403),
                (.get, "/session", "", "", 200), (.get, "/held/nothing", cookie, "", 404),
                (.post, "/held/quick", cookie, "", 405), (.get, "/assets/nothing.css", "", "", 404),
                (.get, "/api/v1/patients", "", "", 401), (.get, "/api/v1/patients", "", "tl_clinic_wrong", 401),
                (.post, "/hooks/held/refused", "", "", 403),
            ]
            for (method, target, cookie, key, status) in asked {
                let began = ContinuousClock.now
                #expect(
                    try await self.status(server, method, target, cookie: cookie, key: key) == status,
                    "\(method) \(target)")
                let taken = ContinuousClock.now - began
                let wait = waits.taken()
                #expect(wait.count == 1, "\(method) \(target): \(wait)")
                #expect(wait.allSatisfy { $0 < Self.step && $0 >= Self.step - taken }, "\(method) \(target): \(wait)")
            }
        }
    }

    @Test("files, what belongs to the installation and webhooks that were taken are not held")
    func free() async throws {
        try await PageWorld.with(.sqlite) { world in
            let waits = Waits()
            let server = try await world.platform.server(adding: Self.doors, grid: Self.step, pause: waits.pause)
            let asked: [(HTTPRequest.Method, String)] = [
                (.get, "/assets/icons.svg"), (.get, "/healthz"), (.get, "/held/description"),
                (.post, "/hooks/held/taken"),
            ]
            for (method, target) in asked {
                #expect(try await status(server, method, target) == 200, "\(target)")
                #expect(waits.taken().isEmpty, "\(target)")
            }
        }
    }

    @Test("the wait is waited, and the metrics tell the work alone")
    func work() async throws {
        try await PageWorld.with(.sqlite) { world in
            let waits = Waits()
            let server = try await world.platform.server(adding: Self.doors, grid: .seconds(1)) { wait in
                try await waits.pause(wait)
                try await Task.sleep(for: wait)
            }
            let began = ContinuousClock.now
            #expect(try await status(server, .get, "/held/open") == 200)
            let whole = ContinuousClock.now - began
            #expect(whole >= .seconds(1))
            let line = try #require(
                world.spine.metrics.text.firstMatch(
                    of: /throughline_http_seconds_sum\{route="GET \/held\/open"\} ([0-9.e-]+)/))
            let work = try #require(Double(line.output.1))
            // What it waits is nearly the whole second, or on a busy machine what is left of a later one.
            let wait = waits.taken()
            #expect(wait.count == 1 && wait.allSatisfy { .seconds(work) <= whole - $0 }, "\(wait), \(work) of \(whole)")
        }
    }

    @Test("the grid begins when the body is there, so that sending it slowly chooses no moment")
    func slowBody() async throws {
        try await PageWorld.with(.sqlite) { world in
            let waits = Waits()
            let server = try await world.platform.server(adding: Self.doors, grid: Self.step, pause: waits.pause)
            let (body, source) = RequestBody.makeStream()
            async let answer = status(server, .post, "/held/link", body: body)
            try await Task.sleep(for: .milliseconds(400))
            let whole = ContinuousClock.now
            await source.yield(ByteBuffer(string: "a=b"))
            source.finish()
            #expect(try await answer == 200)
            // Had it begun with the head, the wait would be shorter by what the body took.
            let sinceBody = ContinuousClock.now - whole
            let wait = waits.taken()
            #expect(wait.count == 1 && wait.allSatisfy { $0 >= Self.step - sinceBody }, "\(wait) after \(sinceBody)")
        }
    }

    @Test("a request that is cancelled does not wait on", .timeLimit(.minutes(30)))
    func cancelled() async throws {
        try await PageWorld.with(.sqlite) { world in
            let server = try await world.platform.server(adding: Self.doors, grid: .seconds(86_400))
            let held = Task { try await self.status(server, .get, "/held/open") }
            try await Task.sleep(for: .milliseconds(100))
            held.cancel()
            _ = try await held.value
        }
    }
}
