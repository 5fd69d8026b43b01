import App
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Spine
import Store
import TestKit
import Testing
import Vault
import Web

/// Which answers of the server leave on a grid of time, and which as soon as they are made. The step is far longer
/// than any of them takes.
@Suite("Answers leave on a grid of time: the server", .serialized)
struct HeldAnswersTests {
    private static let step = Duration.milliseconds(800)

    private static let doors: [Route] = [
        .get("/held/quick", .account { _, _ in .text("done\n") }),
        .get(
            "/held/slower",
            .account { _, _ in
                try await Task.sleep(for: .milliseconds(100))
                return .text("done\n")
            }),
        .get("/held/open", .open(reason: "a link") { _ in .text("done\n") }),
        .post("/held/link", .open(reason: "a link") { _ in .text("done\n") }),
        .get("/held/forbidden", .page(Permission("nobody.has-this")) { _, _ in .text("done\n") }),
        .tenantless("/held/description", .open(reason: "no data") { _ in .text("done\n") }),
        .post("/hooks/held/taken", .open(reason: "signed") { _ in .text("done\n") }),
        .post("/hooks/held/refused", .open(reason: "signed") { _ in throw Fault.unsigned }),
    ]

    private func taken(
        _ server: Server, _ method: HTTPRequest.Method = .get, _ target: String, cookie: String = "", key: String = "",
        body: RequestBody = RequestBody(buffer: ByteBuffer())
    ) async throws -> (status: Int, time: Duration) {
        var head = HTTPRequest(method: method, scheme: "http", authority: "clinic.example", path: target)
        if !cookie.isEmpty { head.headerFields[.cookie] = "\(Server.cookieName)=\(cookie)" }
        if !key.isEmpty { head.headerFields[.authorization] = "Bearer " + key }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
        let began = ContinuousClock.now
        let response = try await server.respond(to: Request(head: head, body: body), context: context)
        return (response.status.code, ContinuousClock.now - began)
    }

    private static func isOnFirstLine(_ time: Duration) -> Bool { time >= step && time < step * 2 }

    @Test("a page is held whoever asks and however long it took; so are open pages and every refusal")
    func held() async throws {
        try await PageWorld.with(.sqlite) { world in
            let server = try await world.platform.server(adding: Self.doors, grid: Self.step)
            let cookie = try await world.signIn().cookie
            let asked: [(HTTPRequest.Method, String, cookie: String, key: String, status: Int)] = [
                (.get, "/held/quick", cookie, "", 200), (.get, "/held/slower", cookie, "", 200),
                (.head, "/held/quick", cookie, "", 200), (.get, "/held/quick", "", "", 303),
                (.get, "/held/open", "", "", 200), (.get, "/held/forbidden", cookie, "", 403),
                (.get, "/session", "", "", 200), (.get, "/held/nothing", cookie, "", 404),
                (.post, "/held/quick", cookie, "", 405), (.get, "/assets/nothing.css", "", "", 404),
                (.get, "/api/v1/patients", "", "", 401), (.get, "/api/v1/patients", "", "tl_clinic_wrong", 401),
                (.post, "/hooks/held/refused", "", "", 403),
            ]
            for (method, target, cookie, key, status) in asked {
                let answer = try await taken(server, method, target, cookie: cookie, key: key)
                #expect(answer.status == status, "\(method) \(target)")
                #expect(Self.isOnFirstLine(answer.time), "\(method) \(target): \(answer.time)")
            }
        }
    }

    @Test("files, what belongs to the installation and webhooks that were taken are not held")
    func free() async throws {
        try await PageWorld.with(.sqlite) { world in
            let server = try await world.platform.server(adding: Self.doors, grid: Self.step)
            let asked: [(HTTPRequest.Method, String)] = [
                (.get, "/assets/icons.svg"), (.get, "/healthz"), (.get, "/held/description"),
                (.post, "/hooks/held/taken"),
            ]
            for (method, target) in asked {
                let answer = try await taken(server, method, target)
                #expect(answer.status == 200, "\(target)")
                #expect(answer.time < Self.step, "\(target): \(answer.time)")
            }
        }
    }

    @Test("without a grid nothing is held, and the metrics tell the work alone")
    func work() async throws {
        try await PageWorld.with(.sqlite) { world in
            let cookie = try await world.signIn().cookie
            let free = try await world.platform.server(adding: Self.doors)
            let answer = try await taken(free, .get, "/held/quick", cookie: cookie)
            #expect(answer.status == 200 && answer.time < Self.step, "\(answer)")
            let held = try await world.platform.server(adding: Self.doors, grid: Self.step)
            _ = try await taken(held, .get, "/held/open")
            let line = try #require(
                world.spine.metrics.text.firstMatch(
                    of: /throughline_http_seconds_sum\{route="GET \/held\/open"\} ([0-9.e-]+)/))
            #expect(try #require(Double(line.output.1)) < 0.8)
        }
    }

    @Test("the grid begins when the body is there, so that sending it slowly chooses no moment")
    func slowBody() async throws {
        try await PageWorld.with(.sqlite) { world in
            let server = try await world.platform.server(adding: Self.doors, grid: Self.step)
            let (body, source) = RequestBody.makeStream()
            async let answer = taken(server, .post, "/held/link", body: body)
            try await Task.sleep(for: Self.step / 2)
            let whole = ContinuousClock.now
            await source.yield(ByteBuffer(string: "a=b"))
            source.finish()
            #expect(try await answer.status == 200)
            #expect(ContinuousClock.now - whole >= Self.step)
        }
    }

    @Test("a request that is cancelled does not wait on")
    func cancelled() async throws {
        try await PageWorld.with(.sqlite) { world in
            let server = try await world.platform.server(adding: Self.doors, grid: .seconds(120))
            let began = ContinuousClock.now
            let held = Task { try await self.taken(server, .get, "/held/open").status }
            try await Task.sleep(for: .milliseconds(100))
            held.cancel()
            _ = try await held.value
            #expect(ContinuousClock.now - began < .seconds(60))
        }
    }
}
