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

extension Server.Settings {
    /// The address that links of ours begin with: the configured one, or the one that was asked for, by how we speak.
    /// No header says how (`X-Forwarded-Proto` is not read): behind a proxy the configuration does.
    package func base(authority: String?) -> String {
        publicBase ?? "\(speaksTLS ? "https" : "http")://\(authority ?? "localhost")"
    }
}
