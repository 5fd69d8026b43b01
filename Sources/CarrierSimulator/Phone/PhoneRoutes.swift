import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The phone in a browser page. It works by forms and reloads; with scripts it is live.
struct PhoneRoutes {
    let ledger: Ledger
    let dispatcher: Dispatcher

    /// Messages shown; older ones have scrolled away for good.
    private static let shown = 200
    private static let heartbeat = Duration.seconds(15)

    func add(to router: Router<SimulatorContext>) {
        router.get("/", use: showPage)
        router.get("phone/conversation", use: showThread)
        router.get("phone/events", use: followThread)
        router.post("phone/messages", use: send)
        router.get("assets/phone.css") { _, _ in Response.text(PhoneStyle.css, type: "text/css; charset=utf-8") }
        router.get("assets/phone.js") { _, _ in Response.text(PhoneScript.js, type: "text/javascript; charset=utf-8") }
        router.get("assets/phone.svg") { _, _ in Response.text(PhoneIcon.favicon, type: "image/svg+xml") }
    }

    @Sendable private func showPage(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let query = request.queryForm
        let language = language(request, query["lang"])
        guard let typed = query["handset"], !typed.isEmpty else {
            return answer(page(for: ledger.handsets.first?.handset, language))
        }
        guard let number = PhoneNumber(typed: typed), number != ledger.configuration.clinicNumber else {
            var page = page(for: ledger.handsets.first?.handset, language)
            page.badNumber = String(typed.prefix(40))
            return answer(page, status: .unprocessableContent)
        }
        return answer(page(for: handset(number), language))
    }

    /// The bubbles alone, for a live page to put in place.
    @Sendable private func showThread(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let thread = thread(of: try number(request), language(request, request.queryForm["lang"]))
        return .text(thread.html().text, type: "text/html; charset=utf-8")
    }

    /// Sends one text; a reload of the page that follows does not send it again.
    @Sendable private func send(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let body = try await ControlBody(request)
        let language = language(request, body.form["lang"])
        let number = body.form["handset"].flatMap { PhoneNumber(typed: $0) }
        let words = body.form["quick"] ?? body.form["body"] ?? ""
        do throws(OutgoingText.Flaw) {
            let text = try OutgoingText(
                handset: number, body: Self.unixLines(words), pictures: body.form["quick"] == nil ? body.pictures : [],
                clinic: ledger.configuration.clinicNumber)
            _ = text.send(ledger, dispatcher)
            return .redirect(to: PhonePage.address("/", handset(text.handset), language))
        } catch {
            var page = page(for: number.map(handset), language)
            page.draft = words
            page.sendProblem = page.text.flaws(error)
            return answer(page, status: .unprocessableContent)
        }
    }

    /// Browsers send CR LF for every line end of a form; a phone sends LF.
    private static func unixLines(_ text: String) -> String {
        text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
    }

    /// Server-sent events: one `conversation` event at the start and after each change, and a comment now and then so
    /// that a closed page is noticed.
    @Sendable private func followThread(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let changes = ledger.watch(try number(request))
        let clock = ledger.clock
        let body = ResponseBody { writer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (events, inlet) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(4))
                let event = "event: conversation\ndata: changed\n\n"
                inlet.yield("retry: 1000\n" + event)
                group.addTask {
                    for await _ in changes { inlet.yield(event) }
                    inlet.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        try await clock.sleep(Self.heartbeat)
                        inlet.yield(": still here\n\n")
                    }
                }
                // The server waits for its answers to end before it stops; this one would never.
                try await withGracefulShutdownHandler {
                    for await text in events { try await writer.write(ByteBuffer(string: text)) }
                } onGracefulShutdown: {
                    inlet.finish()
                }
                group.cancelAll()
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}

// MARK: Parts of a page

extension PhoneRoutes {
    private func page(for handset: Handset?, _ language: PhoneText.Language) -> PhonePage {
        let thread = thread(of: handset?.number, language)
        return PhonePage(
            text: thread.text, clinicName: thread.clinicName, clinicNumber: ledger.configuration.clinicNumber,
            handsets: ledger.handsets.map(\.handset), handset: handset, thread: thread)
    }

    private func thread(of number: PhoneNumber?, _ language: PhoneText.Language) -> PhoneThread {
        let conversation = number.map { ledger.conversation(with: $0, limit: Self.shown) }
        return PhoneThread(
            messages: conversation?.messages ?? [], hasOptedOut: conversation?.hasOptedOut ?? false,
            hasWebhook: ledger.webhook != nil, clinicName: ledger.configuration.clinicName, text: .in(language),
            now: ledger.clock.now(), zone: ledger.clock.zone)
    }

    /// The listed person with this number, or the number itself as a nameless phone.
    private func handset(_ number: PhoneNumber) -> Handset {
        ledger.handsets.map(\.handset).first { $0.number == number } ?? Handset(number: number, name: number.written)
    }

    private func number(_ request: Request) throws(Problem) -> PhoneNumber {
        guard let number = request.queryForm["handset"].flatMap({ PhoneNumber(typed: $0) }) else {
            throw Problem(422, "handset: a telephone number is needed")
        }
        return number
    }

    private func language(_ request: Request, _ asked: String?) -> PhoneText.Language {
        PhoneText.Language(query: asked, acceptLanguage: request.headers[.acceptLanguage])
    }

    private func answer(_ page: PhonePage, status: HTTPResponse.Status = .ok) -> Response {
        var response = Response.text(page.html().text, type: "text/html; charset=utf-8", status: status)
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        return response
    }
}
