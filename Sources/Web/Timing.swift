/// Comparison whose time does not tell where two texts differ.
package enum Timing {
    package static func equal(_ lhs: [UInt8], _ rhs: [UInt8]) -> Bool {
        guard lhs.count == rhs.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(lhs, rhs) { difference |= left ^ right }
        return difference == 0
    }
}

/// The text of an API key: `tl_TENANT_RANDOM`. The tenant's key leads, so that the tenant is known before any look-up.
package enum APIKeyText {
    package static func tenantKey(_ text: some StringProtocol) -> String? {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("tl".utf8), !parts[1].isEmpty else { return nil }
        return String(decoding: parts[1], as: UTF8.self)
    }
}
