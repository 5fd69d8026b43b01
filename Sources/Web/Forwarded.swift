package import HTTPTypes

/// Whom a proxy forwards for. A header can be written by anybody, so it counts only from a peer that is a proxy of
/// ours, and is read from its end: each proxy adds whom it heard, so the last name that is no proxy of ours is the
/// client's, and what stands before it are the client's own words.
package enum Forwarded {
    /// The peer itself unless it is trusted; an address that cannot be read ends the reading. Each address comes out in
    /// one form.
    package static func client(_ headers: HTTPFields, peer: String, trusted: [IPAddress.Network]) -> String {
        let isSix = peer.utf8.contains(UInt8(ascii: ":"))
        guard isSix || !trusted.isEmpty, let address = IPAddress(peer)?.unmapped else { return peer }
        guard isTrusted(address, trusted) else { return isSix ? address.description : peer }
        var client = address
        for name in headers[values: .forwardedFor].flatMap({ $0.split(separator: ",") }).reversed() {
            guard let next = Self.address(name) else { break }
            client = next
            if !isTrusted(next, trusted) { break }
        }
        return isSix || client != address ? client.description : peer
    }

    private static func isTrusted(_ address: IPAddress, _ trusted: [IPAddress.Network]) -> Bool {
        trusted.contains { $0.contains(address) }
    }

    /// `198.51.100.7`, `2001:db8::7`, and as some proxies write them `198.51.100.7:5000`, `[2001:db8::7]:5000`.
    private static func address(_ name: Substring) -> IPAddress? {
        let text = name.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard text.utf8.count <= 64 else { return nil }
        if text.first == "[" { return IPAddress(text.dropFirst().prefix { $0 != "]" })?.unmapped }
        let isWithPort = text.contains(".") && text.count { $0 == ":" } == 1
        return IPAddress(isWithPort ? text.prefix { $0 != ":" } : text)?.unmapped
    }
}

extension Server.Settings {
    /// The address that links of ours begin with: the configured one, or the one that was asked for, by how we speak.
    /// No header says how (`X-Forwarded-Proto` is not read): behind a proxy the configuration does.
    package func base(authority: String?) -> String {
        publicBase ?? "\(speaksTLS ? "https" : "http")://\(authority ?? "localhost")"
    }
}
