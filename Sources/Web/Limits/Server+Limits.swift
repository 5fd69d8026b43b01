import HTTPTypes
import Hummingbird
import Kernel

/// Rate limits, as the server keeps them. The fields follow draft-ietf-httpapi-ratelimit-headers-10 (2025).
extension Server {
    /// What a request is counted for. Nil: there are no limits.
    func admit(_ request: Request, path: String, remote: String, at now: Int64) -> RateLimiter.Pass? {
        guard let limiter else { return nil }
        let client = { self.client(request.headers, remote) }
        if path.hasPrefix("/hooks/") {
            return limiter.admit(credential: nil, address: .address(client(), kind: .hook), at: now)
        }
        return limiter.admit(credential: credential(request), address: .address(client()), at: now)
    }

    private func credential(_ request: Request) -> RateLimiter.Slot? {
        if let header = request.headers[.authorization], header.utf8.count > 7 {
            return .credential(.key, header.dropFirst(7))
        }
        guard let cookie = Cookie.parse(request.headers[values: .cookie])[cookieName] else { return nil }
        return .credential(.session, cookie)
    }

    static var oneTooMany: Fault {
        Fault(
            .tooMany, "rate.limit", "These are too many requests at once.",
            remedy: "Wait as many seconds as Retry-After says, and ask more slowly.")
    }

    /// The fields that tell a program how much is left; a refusal tells it to everybody.
    func tell(_ pass: RateLimiter.Pass, isAPI: Bool, in response: inout WebResponse) {
        let verdict = pass.verdict
        guard isAPI || !verdict.isTaken, let policy = limiter?.policy(verdict.kind) else { return }
        response.headers[.rateLimitPolicy] = policy
        response.headers[.rateLimit] = "\"\(verdict.kind.rawValue)\";r=\(verdict.remaining);t=\(verdict.reset)"
        if !verdict.isTaken { response.headers[.retryAfter] = String(verdict.retry) }
    }

    /// The address a request comes from: the peer's, or the one that a proxy of ours names.
    func client(_ headers: HTTPFields, _ remote: String) -> String {
        Forwarded.client(headers, peer: remote, trusted: settings.trustedProxies)
    }

    /// Nanoseconds of a steady clock.
    static func steady(_ instant: ContinuousClock.Instant) -> Int64 {
        let parts = (instant - start).components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }

    private static let start = ContinuousClock.now
}
