import HTTPTypes
import Hummingbird
import Kernel
import NIOCore

/// The plain listener beside TLS: it leads people to the same page over TLS and does nothing else.
///
/// What programs call is refused instead of led on: a client that sent its key in the clear must notice.
/// Source: OWASP ASVS 5.0.0, 4.1.2.
struct HTTPSRedirect: HTTPResponder {
    typealias Context = BasicRequestContext

    /// `https://access.example.org`; nil: the name the client used, with `port`.
    let base: String?
    let port: Int

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let target = request.uri.string
        let isForPrograms = ["/api", "/hooks", "/fhir", "/scim"].contains {
            target == $0 || target.hasPrefix($0 + "/") || target.hasPrefix($0 + "?")
        }
        guard request.method == .get || request.method == .head, !isForPrograms, target.hasPrefix("/"),
            let base = base ?? Self.base(request.head.authority ?? "", port)
        else {
            return Response(
                status: .forbidden, headers: [.contentType: "text/plain; charset=utf-8", .connection: "close"],
                body: .init(byteBuffer: ByteBuffer(string: "Use https.\n")))
        }
        return Response(
            status: .permanentRedirect,
            headers: [.location: base + target, .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: "Use https.\n")))
    }

    /// Nil: what the client named is no host.
    static func base(_ authority: String, _ port: Int) -> String? {
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
        } else {
            host = authority.prefix { $0 != ":" }
        }
        let isHost = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default:
                [UInt8(ascii: "."), UInt8(ascii: "-")].contains(byte)
                    || (host.hasPrefix("[")
                        && [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":")].contains(byte))
            }
        }
        guard !host.isEmpty, host.utf8.count <= 255, isHost else { return nil }
        return port == 443 ? "https://\(host)" : "https://\(host):\(port)"
    }
}
