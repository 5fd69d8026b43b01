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
        try await body.write(Collector(kept: kept))
        return kept.bytes.withLock { $0 }
    }

    private final class Kept: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private struct Collector: ResponseBodyWriter {
        let kept: Kept

        mutating func write(_ buffer: ByteBuffer) async throws {
            kept.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
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
