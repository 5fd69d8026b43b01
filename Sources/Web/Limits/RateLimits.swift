/// How many requests are taken from whom. Each is a bucket that fills with `perSecond` and holds `burst`.
package struct RateLimits: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
        /// An API key.
        case key
        /// A signed-in browser.
        case session
        /// An address (of IPv6 its /64) that shows no valid key and no valid session.
        case address
        /// An address that calls webhooks, which are signed.
        case hook
    }

    package struct Rate: Sendable, Equatable {
        package let perSecond: Int
        package let burst: Int

        package init(perSecond: Int, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }

        /// `50/500`. A rate above a million a second is none.
        package init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let rate = parts[0], let burst = parts[1], (1...1_000_000).contains(rate),
                (1...10_000_000).contains(burst)
            else { return nil }
            self.init(perSecond: rate, burst: burst)
        }

        /// `"key";q=5000;w=5`: the whole burst, and the seconds in which it fills again.
        func policy(_ kind: Kind) -> String {
            "\"\(kind.rawValue)\";q=\(burst);w=\(max(1, (burst + perSecond - 1) / perSecond))"
        }
    }

    private var rates: [Kind: Rate] = [
        .key: Rate(perSecond: 1000, burst: 5000), .session: Rate(perSecond: 50, burst: 500),
        .address: Rate(perSecond: 50, burst: 500), .hook: Rate(perSecond: 500, burst: 5000),
    ]

    package init() {}

    package static let none: RateLimits = {
        var limits = RateLimits()
        limits.rates = [:]
        return limits
    }()

    package var isOff: Bool { rates.isEmpty }

    package subscript(_ kind: Kind) -> Rate? {
        get { rates[kind] }
        set { rates[kind] = newValue }
    }
}
