package import HTTPTypes

/// Whom a proxy forwards for. Asked only when a proxy is configured: nobody else can then reach the program, so the last
/// name in the header is the one the proxy wrote, and those before it are the client's own words.
package enum Forwarded {
    package static func client(_ headers: HTTPFields, peer: String) -> String {
        let names = headers[values: .forwardedFor].flatMap { $0.split(separator: ",") }
        guard let last = names.last?.filter({ !$0.isWhitespace }), !last.isEmpty, last.utf8.count <= 64 else {
            return peer
        }
        return last
    }
}
