import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Web

extension Server {
    /// What the server answers to a request, without a socket. `peer`: from where it comes; nil: from nowhere.
    func answer(_ head: HTTPRequest, _ body: [UInt8] = [], from peer: String? = nil) async throws -> Response {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServerContext(
            source: ApplicationRequestContextSource(channel: try EmbeddedChannel.at(peer), logger: logger))
        return try await respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body))), context: context)
    }
}

extension Response {
    /// The whole body.
    func collected() async throws -> [UInt8] {
        let kept = Kept()
        try await body.write(Collector(kept: kept, first: nil))
        return kept.bytes.withLock { $0 }
    }

    /// What arrived, and what broke the body off; nil: it ended. `first` runs once a first part has arrived.
    func collected(
        first: @escaping @Sendable () async throws -> Void
    ) async -> (bytes: [UInt8], error: (any Error)?) {
        let kept = Kept()
        do {
            try await body.write(Collector(kept: kept, first: first))
            return (kept.bytes.withLock { $0 }, nil)
        } catch {
            return (kept.bytes.withLock { $0 }, error)
        }
    }

    private final class Kept: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private struct Collector: ResponseBodyWriter {
        let kept: Kept
        /// Nil: it has run.
        var first: (@Sendable () async throws -> Void)?

        mutating func write(_ buffer: ByteBuffer) async throws {
            kept.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
            let first = first
            self.first = nil
            try await first?()
        }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

extension EmbeddedChannel {
    /// A connection from there.
    static func at(_ peer: String?) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        if let peer { channel.remoteAddress = try SocketAddress(ipAddress: peer, port: 50_000) }
        return channel
    }
}
