import Testing
import Web

@Suite("Rate limits")
struct RateLimiterTests {
    private static let second: Int64 = 1_000_000_000

    private static func limiter(perSecond: Int = 2, burst: Int = 4, largest: Int = 1 << 17) -> RateLimiter {
        var limits = RateLimits()
        for kind in RateLimits.Kind.allCases { limits[kind] = .init(perSecond: perSecond, burst: burst) }
        return RateLimiter(limits, largest: largest)
    }

    private func take(
        _ limiter: RateLimiter, _ credential: RateLimiter.Slot? = nil, from address: String, at now: Int64
    ) throws -> RateLimiter.Pass {
        try #require(limiter.admit(credential: credential, address: .address(address), at: now))
    }

    @Test("a burst is taken at once, then as many as fill in")
    func bucket() throws {
        let limiter = Self.limiter()
        for left in [3, 2, 1, 0] {
            let verdict = try take(limiter, from: "192.0.2.1", at: 0).verdict
            #expect(verdict.isTaken)
            #expect(verdict.remaining == left)
        }
        let refused = try take(limiter, from: "192.0.2.1", at: 0).verdict
        #expect(!refused.isTaken)
        #expect(refused.retry == 1)
        #expect(refused.reset == 2)
        #expect(try take(limiter, from: "192.0.2.1", at: Self.second / 2).verdict.isTaken)
        #expect(try !take(limiter, from: "192.0.2.1", at: Self.second / 2).verdict.isTaken)
        // Who was refused is not made to wait longer for having asked.
        for _ in 0..<100 { _ = try take(limiter, from: "192.0.2.1", at: Self.second / 2) }
        #expect(try take(limiter, from: "192.0.2.1", at: Self.second).verdict.isTaken)
        #expect(try take(limiter, from: "192.0.2.1", at: 100 * Self.second).verdict.remaining == 3)
    }

    @Test("each address has its own bucket, an IPv6 subscriber one for all of theirs")
    func addresses() throws {
        let limiter = Self.limiter(burst: 1)
        #expect(try take(limiter, from: "192.0.2.1", at: 0).verdict.isTaken)
        #expect(try take(limiter, from: "192.0.2.2", at: 0).verdict.isTaken)
        #expect(try !take(limiter, from: "::ffff:192.0.2.1", at: 0).verdict.isTaken)
        #expect(try take(limiter, from: "2001:db8:1:2::1", at: 0).verdict.isTaken)
        #expect(try !take(limiter, from: "2001:db8:1:2:ffff::9", at: 0).verdict.isTaken)
        #expect(try !take(limiter, from: "2001:db8:1:2::7%eth0", at: 0).verdict.isTaken)
        #expect(try take(limiter, from: "2001:db8:1:3::1", at: 0).verdict.isTaken)
    }

    @Test("keys that were never valid count for their address; one that was has a bucket of its own")
    func credentials() throws {
        let limiter = Self.limiter()
        for guess in 0..<4 {
            let pass = try take(limiter, .credential(.key, "guess \(guess)"), from: "192.0.2.1", at: 0)
            #expect(pass.verdict.isTaken)
            #expect(pass.verdict.kind == .address)
        }
        #expect(try !take(limiter, .credential(.key, "guess 5"), from: "192.0.2.1", at: 0).verdict.isTaken)
        #expect(limiter.count == 1)
        // From elsewhere the right one gets in, and from then on it does from here too.
        let right = RateLimiter.Slot.credential(.key, "right")
        let pass = try take(limiter, right, from: "192.0.2.9", at: 0)
        limiter.prove(pass, at: 0)
        let known = try take(limiter, right, from: "192.0.2.1", at: 0)
        #expect(known.verdict.isTaken)
        #expect(known.verdict.kind == .key)
        limiter.disprove(known)
        #expect(try take(limiter, right, from: "192.0.2.1", at: 0).verdict.kind == .address)
    }

    @Test("the same text as a key and as a session are two")
    func kinds() throws {
        #expect(RateLimiter.Slot.credential(.key, "x") != RateLimiter.Slot.credential(.session, "x"))
        #expect(RateLimiter.Slot.address("192.0.2.1") != RateLimiter.Slot.address("192.0.2.1", kind: .hook))
    }

    @Test("memory is bounded, and who asks the most is not forgotten")
    func bounded() throws {
        let limiter = Self.limiter(perSecond: 1, burst: 50, largest: 1600)
        for _ in 0..<50 { _ = try take(limiter, from: "192.0.2.1", at: 0) }
        #expect(try !take(limiter, from: "192.0.2.1", at: 0).verdict.isTaken)
        for number in 0..<20_000 {
            _ = try take(limiter, from: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)", at: 1000)
        }
        #expect(limiter.count <= 1600)
        #expect(try !take(limiter, from: "192.0.2.1", at: 1000).verdict.isTaken)
    }

    @Test("without limits nobody is counted; a rate that is none is not read")
    func off() {
        let limiter = RateLimiter(.none)
        #expect(limiter.admit(credential: nil, address: .address("192.0.2.1"), at: 0) == nil)
        #expect(RateLimits.none.isOff)
        #expect(RateLimits.Rate("50/500") == RateLimits.Rate(perSecond: 50, burst: 500))
        for text in ["", "50", "50/", "/5", "0/5", "5/0", "a/b", "5/5/5", "-1/5"] {
            #expect(RateLimits.Rate(text) == nil, "\(text)")
        }
    }

    @Test("the policy is told as its draft writes it")
    func policy() {
        #expect(Self.limiter(perSecond: 50, burst: 500).policy(.key) == "\"key\";q=500;w=10")
        #expect(Self.limiter(perSecond: 1000, burst: 10).policy(.address) == "\"address\";q=10;w=1")
    }
}
