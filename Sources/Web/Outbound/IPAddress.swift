#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package let isSix: Bool
    /// The first 64 bits of an IPv6 address; 0 of an IPv4 one.
    package let high: UInt64
    package let low: UInt64

    package init(four: UInt32) {
        isSix = false
        high = 0
        low = UInt64(four)
    }

    package init(high: UInt64, low: UInt64) {
        isSix = true
        self.high = high
        self.low = low
    }

    /// Only the one usual form: `10.0.0.1`, never `10.1`, `012.0.0.1`, `0x0a000001` or `167772161`, which programs read
    /// differently. IPv6 without brackets or zone.
    package init?(_ text: some StringProtocol) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let six = Self.six(text) else { return nil }
            self = six
            return
        }
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if digits > 0 && part == 0 { return nil }
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                if part > 255 { return nil }
            case UInt8(ascii: "."):
                if digits == 0 || dots == 3 { return nil }
                value = value << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            default: return nil
            }
        }
        guard dots == 3, digits > 0 else { return nil }
        self.init(four: value << 8 | part)
    }

    private static func six(_ text: some StringProtocol) -> IPAddress? {
        guard text.utf8.count <= 45 else { return nil }
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, String(text), &bytes) == 1 else { return nil }
        return withUnsafeBytes(of: &bytes) { IPAddress(sixteen: $0) }
    }

    package init(sixteen bytes: UnsafeRawBufferPointer) {
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// In the one form of RFC 5952, as the network library writes it: `2001:db8::7`.
    package var description: String {
        if !isSix { return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xff) }.joined(separator: ".") }
        var bytes = (high.bigEndian, low.bigEndian)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            guard let start = text.baseAddress, inet_ntop(AF_INET6, &bytes, start, socklen_t(text.count)) != nil else {
                preconditionFailure("an address has no text")
            }
            return String(cString: start)
        }
    }

    /// The IPv4 address inside `::ffff:0:0/96`; itself otherwise.
    package var unmapped: IPAddress {
        isSix && high == 0 && low >> 32 == 0xffff ? IPAddress(four: UInt32(truncatingIfNeeded: low)) : self
    }

    /// What one subscriber is given: of IPv6 the /64 around it, of IPv4, also mapped into IPv6, the address itself.
    package var subscriber: IPAddress {
        let address = unmapped
        return address.isSix ? IPAddress(high: address.high, low: 0) : address
    }

    /// The subscriber of an address as a connection tells it: behind a percent sign stands the interface of a
    /// link-local one. Nil: it is no address.
    package static func subscriber(of text: String) -> IPAddress? {
        let bare = text.utf8.contains(UInt8(ascii: "%")) ? String(text.prefix { $0 != "%" }) : text
        return IPAddress(bare)?.subscriber
    }

    package var isLoopback: Bool { isSix ? high == 0 && low == 1 : low >> 24 == 127 }

    /// 169.254/16 and fe80::/10: where clouds answer questions about a machine's own credentials.
    package var isLinkLocal: Bool {
        isSix ? high >> 54 == 0x3fa : low >> 16 == 0xa9fe
    }

    /// Whether the address is one of the public internet. Source: IANA IPv4 and IPv6 Special-Purpose Address Registries
    /// (RFC 6890 and its updates), 2025-10.
    package var isPublic: Bool {
        if isSix {
            // Only global unicast is given out; what is special within it is taken off. Everything else is mapped,
            // translated, local or multicast.
            return Network.globalUnicast.contains(self) && !Network.special6.contains { $0.contains(self) }
        }
        return !Network.special4.contains { $0.contains(self) }
    }

    /// `10.0.0.0/8`; an address alone is a network of one.
    package struct Network: Hashable, Sendable, CustomStringConvertible {
        package let address: IPAddress
        package let prefix: Int

        package var description: String { "\(address)/\(prefix)" }

        package init?(_ text: some StringProtocol) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
            let length = address.isSix ? 128 : 32
            if parts.count == 2 {
                guard let prefix = Int(parts[1]), (0...length).contains(prefix), !parts[1].hasPrefix("+") else {
                    return nil
                }
                self.prefix = prefix
            } else {
                prefix = length
            }
            self.address = address
        }

        package func contains(_ other: IPAddress) -> Bool {
            guard other.isSix == address.isSix else { return false }
            guard other.isSix else { return Self.same(other.low << 32, address.low << 32, prefix) }
            return Self.same(other.high, address.high, min(prefix, 64))
                && Self.same(other.low, address.low, max(0, prefix - 64))
        }

        private static func same(_ one: UInt64, _ other: UInt64, _ bits: Int) -> Bool {
            bits == 0 || (one ^ other) >> UInt64(64 - bits) == 0
        }

        private static func list(_ texts: [String]) -> [Network] {
            texts.map { text in
                guard let network = Network(text) else { preconditionFailure("\(text) is no network") }
                return network
            }
        }

        fileprivate static let globalUnicast = list(["2000::/3"])[0]
        fileprivate static let special6 = list(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"])
        fileprivate static let special4 = list([
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ])
    }
}
