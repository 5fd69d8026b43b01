package import Kernel

/// Where we may call: the rule for every address that an administrator can set, and that a machine of theirs could abuse
/// to reach what only this machine reaches (server-side request forgery).
///
/// - `https` on port 443 to a name or an address of the public internet.
/// - Nothing private, shared, local, multicast or reserved, unless `outbound.allow` names it.
/// - `http` only to this machine itself, and only when `outbound.allow` names it: for simulators and tests.
/// - An address is written in its one usual form, without user or password.
///
/// Source: OWASP ASVS 5.0.0, 1.3.6 and 15.3.2; OWASP SSRF Prevention Cheat Sheet.
package struct OutboundRules: Sendable {
    /// A line of `outbound.allow`: `10.2.0.0/16`, `sms.internal.example`, `127.0.0.1:8081`.
    private struct Allowance: Sendable {
        let network: IPAddress.Network?
        let name: String?
        let port: Int?

        init?(_ text: String) {
            let text = text.lowercased()
            if let network = IPAddress.Network(text) {
                self.init(network: network, name: nil, port: nil)
                return
            }
            guard let (host, port) = OutboundRules.split(text[...]) else { return nil }
            if let network = IPAddress.Network(host) {
                self.init(network: network, name: nil, port: port)
            } else if OutboundRules.isName(host), !OutboundRules.isNumber(host) {
                self.init(network: nil, name: String(host), port: port)
            } else {
                return nil
            }
        }

        private init(network: IPAddress.Network?, name: String?, port: Int?) {
            self.network = network
            self.name = name
            self.port = port
        }
    }

    /// Where a call goes, read once: what is checked is what is called.
    package struct Target: Sendable, Equatable {
        package let isPlain: Bool
        /// Lower case, IPv6 without brackets.
        package let host: String
        package let port: Int
        /// Nil: a name, to be looked up.
        package let address: IPAddress?
        /// Path and query, as given.
        package let rest: String

        package var url: String {
            let shown = address?.isSix == true ? "[\(host)]" : host
            return (isPlain ? "http://" : "https://") + shown + (port == (isPlain ? 80 : 443) ? "" : ":\(port)") + rest
        }
    }

    private let allowances: [Allowance]

    /// Nothing is allowed but the public internet.
    package init() { allowances = [] }

    /// Throws for a line that is neither a host nor a network.
    package init(allow: [String]) throws(Fault) {
        var allowances: [Allowance] = []
        for line in allow {
            let text = String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            guard let allowance = Allowance(text) else {
                throw Fault(
                    .invalid, "config.outbound-allow", "outbound.allow holds something that is no host and no network.",
                    remedy: "Write a host, a host with a port, an address, or a network: 10.2.0.0/16.", place: text)
            }
            allowances.append(allowance)
        }
        self.allowances = allowances
    }

    // MARK: What can be said before a name is looked up

    package func target(_ url: String) throws(Fault) -> Target {
        guard (1...2048).contains(url.utf8.count), url.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x5c })
        else { throw Self.refusal("outbound.form", "It holds characters that an address does not have.") }
        let isPlain: Bool
        let afterScheme: Substring
        if url.prefix(8).lowercased() == "https://" {
            isPlain = false
            afterScheme = url.dropFirst(8)
        } else if url.prefix(7).lowercased() == "http://" {
            isPlain = true
            afterScheme = url.dropFirst(7)
        } else {
            throw Self.refusal("outbound.scheme", "It does not begin with https://.")
        }
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let rest = afterScheme[authority.endIndex...].prefix { $0 != "#" }
        if authority.contains("@") { throw Self.refusal("outbound.user", "It holds a user or a password.") }
        guard let (text, given) = Self.split(authority), !text.isEmpty else {
            throw Self.refusal("outbound.host", "Its host or port cannot be read.")
        }
        let host = text.lowercased()
        let address = IPAddress(host)
        guard address != nil || (Self.isName(host[...]) && !Self.isNumber(host[...])) else {
            throw Self.refusal("outbound.host", "Its host is neither a name nor an address in its usual form.")
        }
        let port = given ?? (isPlain ? 80 : 443)
        let target = Target(isPlain: isPlain, host: host, port: port, address: address, rest: String(rest))
        if let address { try check([address], target) }
        return target
    }

    // MARK: What can be said of the addresses

    /// All of them have to be right: which one is called is then no question.
    package func check(_ addresses: [IPAddress], _ target: Target) throws(Fault) {
        guard !addresses.isEmpty else {
            throw Fault(
                .unavailable, "outbound.name", "The name is not known.", remedy: "Is it written right?",
                place: target.host)
        }
        for address in addresses {
            let isNamed = isNamed(address, target)
            if target.isPlain {
                guard isNamed, address.isLoopback else {
                    throw Self.refusal(
                        "outbound.scheme", "Only https is called, but for this machine itself when it is allowed.")
                }
                continue
            }
            guard isNamed || address.isPublic else {
                throw Self.refusal("outbound.private", "It leads to an address that is not of the public internet.")
            }
            guard isNamed || target.port == 443 else {
                throw Self.refusal("outbound.port", "It names a port that is not allowed.")
            }
        }
    }

    /// The same for a mail server: one of the ports for mail, with TLS; plainly only to this machine, when it is
    /// allowed.
    func check(_ addresses: [IPAddress], mailHost host: String, port: Int, isPlain: Bool) throws(Fault) {
        guard Self.isName(host[...]) && !Self.isNumber(host[...]) || IPAddress(host) != nil else {
            throw Self.refusal("outbound.host", "Its host is neither a name nor an address in its usual form.")
        }
        let isForMail = [25, 465, 587].contains(port)
        let target = Target(
            isPlain: isPlain, host: host, port: port, address: IPAddress(host), rest: "")
        if isPlain { return try check(addresses, target) }
        guard !addresses.isEmpty else {
            throw Fault(.unavailable, "outbound.name", "The name is not known.", place: host)
        }
        for address in addresses {
            let isNamed = isNamed(address, target)
            guard isNamed || address.isPublic else {
                throw Self.refusal("outbound.private", "It leads to an address that is not of the public internet.")
            }
            guard isNamed || isForMail else {
                throw Self.refusal("outbound.port", "It names a port that is not one for mail: 25, 465 or 587.")
            }
        }
    }

    /// Whether `outbound.allow` names this address, or the host by name; a name never stands for a link-local address.
    private func isNamed(_ address: IPAddress, _ target: Target) -> Bool {
        allowances.contains { allowance in
            guard allowance.port == nil || allowance.port == target.port else { return false }
            if let network = allowance.network { return network.contains(address) }
            return allowance.name == target.host && !address.isLinkLocal && !address.unmapped.isLinkLocal
        }
    }

    private static func refusal(_ code: String, _ message: String) -> Fault {
        Fault(
            .forbidden, code, "The address may not be called. " + message,
            remedy: "Use an https address of the public internet, or let outbound.allow name the host.")
    }

    // MARK: Reading

    /// Host and port; nil when they cannot be read. IPv6 stands in brackets.
    fileprivate static func split(_ authority: Substring) -> (host: Substring, port: Int?)? {
        let host: Substring
        let after: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            guard host.contains(":") else { return nil }
            after = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            after = authority[host.endIndex...]
        }
        if after.isEmpty { return (host, nil) }
        let digits = after.dropFirst()
        guard after.hasPrefix(":"), (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        return (host, port)
    }

    /// Letters, digits and dashes between dots. No trailing dot: it would be another name to some and the same to others.
    fileprivate static func isName(_ host: Substring) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        return host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy {
                    (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                }
        }
    }

    /// Whether programs would read the host as a number: its last part is one, decimal, octal or hexadecimal.
    /// Source: WHATWG URL, "ends in a number".
    fileprivate static func isNumber(_ host: Substring) -> Bool {
        guard let last = host.split(separator: ".").last else { return true }
        return last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.hasPrefix("0x")
    }
}
