import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The handle by which tests and the phone page move the simulator. No part of the provider's API; all of it is under
/// `/simulator`.
struct ControlRoutes {
    let ledger: Ledger
    let dispatcher: Dispatcher

    func add(to router: Router<SimulatorContext>) {
        let simulator = router.group("simulator")
        simulator.get("healthz") { _, _ in try Response.json(["status": "ok"]) }
        simulator.post("inbound", use: sendText)
        simulator.get("messages", use: listMessages)
        simulator.get("messages/{message}", use: fetchMessage)
        simulator.post("messages/{message}/redelivery", use: redeliver)
        simulator.get("media/{media}", use: fetchMedia)
        simulator.get("faults") { _, _ in try Response.json(FaultSettingsResource(settings: ledger.faultSettings)) }
        simulator.post("faults", use: changeFaults)
        simulator.get("handsets") { _, _ in try Response.json(ledger.handsets.map(HandsetResource.init)) }
        simulator.post("handsets", use: setHandsets)
        simulator.get("webhook") { _, _ in try Response.json(["url": ledger.webhook]) }
        simulator.post("webhook", use: setWebhook)
        simulator.post("reset", use: reset)
    }

    // MARK: Messages

    /// Texts the clinic: `from`, `body`, and pictures. With `?wait=true` the answer comes when the webhook was called.
    @Sendable private func sendText(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let body = try await ControlBody(request)
        let text = try OutgoingText(body, clinic: ledger.configuration.clinicNumber)
        let message = text.send(ledger, dispatcher)
        guard request.queryForm["wait"] == "true" else {
            return try .json(SimulatedMessage(message: message), status: .accepted)
        }
        return try .json(SimulatedMessage(message: await settled(message)), status: .created)
    }

    /// Every message kept, in the order in which it was seen, then the tally. `handset`, `direction`, `after` (a
    /// sequence number) and `limit` narrow it.
    @Sendable private func listMessages(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let query = request.queryForm
        let handset = query["handset"]
        let direction = query["direction"]
        let first = query["after"].flatMap { Int($0) }.map { max($0, -1) &+ 1 } ?? 0
        let limit = query["limit"].flatMap { Int($0) } ?? .max
        let ledger = ledger
        let stream = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "{\"messages\":["))
            var next: Int? = first
            var written = 0
            while let start = next, written < limit {
                let page = ledger.messages(from: start, limit: 500)
                next = page.next
                let wanted = page.messages.filter {
                    (handset == nil || $0.handset.description == handset)
                        && (direction == nil || $0.direction.rawValue == direction)
                }
                for message in wanted.prefix(limit - written) {
                    if written > 0 { try await writer.write(ByteBuffer(string: ",")) }
                    try await writer.write(try Self.encode(SimulatedMessage(message: message)))
                    written += 1
                }
            }
            try await writer.write(ByteBuffer(string: "],\"tally\":"))
            try await writer.write(try Self.encode(Tally(ledger)))
            try await writer.write(ByteBuffer(string: "}"))
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: stream)
    }

    private static func encode(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    @Sendable private func fetchMessage(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        try .json(SimulatedMessage(message: try message(context)))
    }

    /// Calls the webhook of a text once more, as a provider does that lost track.
    @Sendable private func redeliver(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let message = try message(context)
        guard message.direction == .inbound else { throw Problem(409, "Only texts to the clinic have a webhook") }
        ledger.unsettle(message.sid)
        dispatcher.deliver(InboundLane.Delivery(sequence: message.sequence), of: message.handset)
        guard request.queryForm["wait"] == "true" else {
            return try .json(SimulatedMessage(message: message), status: .accepted)
        }
        return try .json(SimulatedMessage(message: await settled(message)))
    }

    @Sendable private func fetchMedia(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        guard let sid = Sid(context.parameters.get("media") ?? "", kinds: .media), let picture = ledger.picture(sid)
        else { throw Problem(404, "There is no such picture") }
        return Response(
            status: .ok, headers: [.contentType: picture.kind.rawValue, .cacheControl: "private, max-age=3600"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture.bytes)))
    }

    /// The message when all was done about it, or as it is when the simulator stops before.
    private func settled(_ message: Message) async -> Message {
        await cancelWhenGracefulShutdown { await ledger.settled(message.sid) } ?? message
    }

    private func message(_ context: SimulatorContext) throws(Problem) -> Message {
        guard let sid = Sid(context.parameters.get("message") ?? "", kinds: .message, .mediaMessage),
            let message = ledger.message(sid)
        else { throw Problem(404, "There is no such message") }
        return message
    }

    // MARK: Settings

    /// Changes the fault settings that are named, keeps the others, and answers all of them.
    @Sendable private func changeFaults(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let changes = try await ControlBody(request).form
        do {
            return try .json(FaultSettingsResource(settings: try ledger.changeFaults(changes)))
        } catch let failure as FaultSettings.Failure {
            throw Problem(422, "Nothing was changed", failure.problems)
        }
    }

    @Sendable private func setHandsets(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let bytes = try await request.bytes(upTo: 256 * 1024)
        do throws(Handset.ListFailure) {
            ledger.setHandsets(try Handset.list(json: Data(bytes)))
        } catch {
            throw Problem(422, "Nothing was changed", [error.description])
        }
        return try .json(ledger.handsets.map(HandsetResource.init))
    }

    @Sendable private func setWebhook(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let url = try await ControlBody(request).form["url"] ?? ""
        guard SimulatorConfiguration.isWebAddress(url) else {
            throw Problem(422, "Nothing was changed", ["url: a web address is needed"])
        }
        ledger.webhook = url
        return try .json(["url": url])
    }

    @Sendable private func reset(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        ledger.reset()
        return try .json(["status": "reset"])
    }
}

/// A handset as the control side shows it.
private struct HandsetResource: Encodable {
    let number: PhoneNumber
    let name: String
    let hint: String
    let hasOptedOut: Bool

    init(_ entry: (handset: Handset, hasOptedOut: Bool)) {
        number = entry.handset.number
        name = entry.handset.name
        hint = entry.handset.hint
        hasOptedOut = entry.hasOptedOut
    }
}
