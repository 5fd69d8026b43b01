import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The provider's published API, as far as a clinic's text messaging uses it, and nothing beside it: no key that makes
/// a send idempotent, no other way to send.
struct ProviderRoutes {
    let ledger: Ledger
    let dispatcher: Dispatcher

    /// Room for 1,600 characters of four bytes each, percent-encoded, and ten addresses.
    private static let bodyLimit = 64 * 1024
    /// How long a silent connection is kept open.
    private static let longestSilence = Duration.seconds(60)

    func add(to router: Router<SimulatorContext>) {
        let account = router.group("\(MessageResource.apiVersion)/Accounts/{account}")
        account.post("Messages.json", use: createMessage)
        account.get("Messages.json", use: listMessages)
        account.get("Messages/{message}", use: fetchMessage)
        account.get("Messages/{message}/Media.json", use: listMedia)
        account.get("Messages/{message}/Media/{media}", use: fetchMedia)
    }

    private var configuration: SimulatorConfiguration { ledger.configuration }

    // MARK: Messages

    @Sendable private func createMessage(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let account = try authenticate(request, context)
        let form = Form(encoded: try await request.bytes(upTo: Self.bodyLimit))
        let sendRequest: SendRequest
        do throws(ProviderError) {
            sendRequest = try SendRequest(form, configuration: configuration)
        } catch {
            throw ledger.refuse(error)
        }
        let accepted = try ledger.accept(sendRequest.send)
        dispatcher.start(accepted, mediaURLs: sendRequest.mediaURLs)
        switch accepted.answer {
        case .now: break
        case .late(let milliseconds): try await ledger.clock.sleep(.milliseconds(milliseconds))
        case .lost(let loss): try await lose(context, loss)
        }
        return try .json(MessageResource(accepted.message, account: account), status: .created)
    }

    /// Leaves a request without an answer. The answer that is written after this finds a closed connection.
    ///
    /// A silent connection is not watched for the client's leaving: its body was read, and the framework's watch for
    /// that needs an unread one.
    private func lose(_ context: SimulatorContext, _ loss: FaultSettings.Loss) async throws {
        if loss == .silence {
            do {
                try await cancelWhenGracefulShutdown { try await ledger.clock.sleep(Self.longestSilence) }
            } catch is CancellationError {
                // The simulator stops: the silence is over.
            }
        }
        do {
            try await context.channel.close()
        } catch ChannelError.alreadyClosed {
            return
        }
    }

    @Sendable private func listMessages(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let account = try authenticate(request, context)
        let list = try ListRequest(request.queryForm)
        if let sid = list.listing.after, ledger.message(sid) == nil {
            throw ProviderError(20001, "Invalid parameter PageToken")
        }
        let found = list.matchesNothing ? ([], false) : ledger.list(list.listing)
        return try .json(
            list.resource(found.0, hasMore: found.1, account: account, path: request.uri.path))
    }

    @Sendable private func fetchMessage(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let account = try authenticate(request, context)
        return try .json(MessageResource(try message(request, context), account: account))
    }

    // MARK: Media

    @Sendable private func listMedia(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let account = try authenticate(request, context)
        let message = try message(request, context)
        let path = request.uri.path
        let items = message.media.map { MediaResource(media: $0, message: message, account: account) }
        return try .json(
            PageResource(
                name: "media_list", items: items, page: 0, pageSize: 50, uri: "\(path)?PageSize=50&Page=0",
                firstPageURI: "\(path)?PageSize=50&Page=0"))
    }

    /// The picture itself; with `.json` at the end, what is known about it.
    @Sendable private func fetchMedia(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let account = try authenticate(request, context)
        let message = try message(request, context)
        let name = context.parameters.get("media") ?? ""
        guard let media = message.media.first(where: { name == $0.sid.description || name == "\($0.sid).json" }) else {
            throw ProviderError.notFound(request.uri.path)
        }
        if name.hasSuffix(".json") {
            return try .json(MediaResource(media: media, message: message, account: account))
        }
        guard let picture = ledger.picture(media.sid) else { throw ProviderError.notFound(request.uri.path) }
        return Response(
            status: .ok, headers: [.contentType: picture.kind.rawValue],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture.bytes)))
    }

    // MARK: Who asks, and for what

    /// The account that a request speaks for. Throws 20003 when its credentials are not this account's.
    private func authenticate(_ request: Request, _ context: SimulatorContext) throws(ProviderError) -> Sid {
        let account = configuration.account
        let expected = Data("\(account):\(configuration.authToken)".utf8).base64EncodedString()
        guard context.parameters.get("account") == account.description,
            let header = request.headers[.authorization], header.utf8.count == expected.utf8.count + 6,
            header.prefix(6).lowercased() == "basic ", header.dropFirst(6) == expected
        else { throw .authenticate }
        return account
    }

    /// The message named by the path, with or without `.json`.
    private func message(_ request: Request, _ context: SimulatorContext) throws(ProviderError) -> Message {
        var name = (context.parameters.get("message") ?? "")[...]
        if name.hasSuffix(".json") { name = name.dropLast(5) }
        guard let sid = Sid(name, kinds: .message, .mediaMessage), let message = ledger.message(sid) else {
            throw .notFound(request.uri.path)
        }
        return message
    }
}
