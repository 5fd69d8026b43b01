import Hummingbird
import NIOCore
import ServiceLifecycle

extension WebResponse {
    /// The answer as it goes out.
    var sent: Response {
        switch body {
        case .bytes(let bytes):
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let stream):
            return Response(
                status: status, headers: headers,
                body: .init { writer in
                    // A stream has no end of its own: it ends when the server is told to stop.
                    for await chunk in stream.cancelOnGracefulShutdown() {
                        try await writer.write(ByteBuffer(string: chunk))
                    }
                    try await writer.finish(nil)
                })
        case .pieces(let next):
            return Response(
                status: status, headers: headers,
                body: .init { writer in
                    while let piece = try await next() { try await writer.write(ByteBuffer(bytes: piece)) }
                    try await writer.finish(nil)
                })
        }
    }
}
