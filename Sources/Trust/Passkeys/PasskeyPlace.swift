/// Where passkeys hold: the origin that the browser names and the relying party's id, its host. Source: WebAuthn Level 3,
/// 5.1.2 and 13.4.9.
package struct PasskeyPlace: Sendable, Equatable {
    /// `https://access.example.org`, without a port that the scheme implies.
    package let origin: String
    package let rpID: String

    /// From the address that a page was asked for under. Nil when browsers allow no passkeys there: the host is a number
    /// and no name, or the connection is not secure (`localhost` counts as secure).
    package init?(base: String) {
        let lower = base.lowercased()
        guard let scheme = ["https", "http"].first(where: { lower.hasPrefix($0 + "://") }) else { return nil }
        let authority = lower.dropFirst(scheme.utf8.count + 3).prefix { $0 != "/" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), Self.isName(parts[0]) else { return nil }
        let host = String(parts[0])
        let isLocal = host == "localhost" || host.hasSuffix(".localhost")
        guard scheme == "https" || isLocal else { return nil }
        var origin = scheme + "://" + host
        if parts.count == 2 {
            guard let port = UInt16(parts[1]), port > 0 else { return nil }
            if port != (scheme == "https" ? 443 : 80) { origin += ":\(port)" }
        }
        self.origin = origin
        rpID = host
    }

    private static func isName(_ host: Substring) -> Bool {
        guard (1...253).contains(host.utf8.count), let last = host.split(separator: ".").last else { return false }
        let isPlain = host.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == 0x2D || $0 == 0x2E
        }
        // A last part of digits alone is an address. Source: WHATWG URL, "ends in a number".
        return isPlain && !last.utf8.allSatisfy { (48...57).contains($0) } && !last.hasPrefix("0x")
    }
}
