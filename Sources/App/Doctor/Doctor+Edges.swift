import Kernel
import Spine
import Store
import Trust
import Web

/// What is open towards others: addresses that may be called, limits, keys of programs.
extension Doctor {
    func edges() async throws -> [Check] {
        var checks = [outbound(), limits(), proxies()]
        let now = platform.installation.spine.clock.now()
        for tenant in try await platform.installation.tenants.list() {
            let keys = try await database.read(tenant.id) { try APIKeys.standings(at: now, in: $0) }
            checks.append(Self.keys(keys, tenant.key))
        }
        return checks
    }

    private func outbound() -> Check {
        let allowed = platform.settings.outboundAllow
        return Check(
            id: "outbound-addresses", status: .ok,
            evidence: allowed.isEmpty
                ? "addresses that are set are called by https on the public internet only"
                : "besides https on the public internet these may be called: \(allowed.joined(separator: ", "))",
            remedy: nil)
    }

    private func proxies() -> Check {
        let trusted = platform.settings.trustedProxies
        return Check(
            id: "trusted-proxies", status: .ok,
            evidence: trusted.isEmpty
                ? "no header names a client: each is the address that connects"
                : "X-Forwarded-For counts from \(trusted.map(\.description).joined(separator: ", ")) only", remedy: nil)
    }

    private func limits() -> Check {
        let limits = platform.settings.rateLimits
        let told = RateLimits.Kind.allCases.map { kind in
            "\(kind.rawValue) " + (limits[kind].map { "\($0.perSecond)/s, \($0.burst) at once" } ?? "unlimited")
        }
        return Check(
            id: "rate-limits", status: limits.isOff ? .warning : .ok,
            evidence: limits.isOff ? "there are none" : told.joined(separator: "; ") + " (each node counts for itself)",
            remedy: "Take rateLimit.enabled away, unless a proxy in front limits.")
    }

    private static func keys(_ keys: APIKeys.Standings, _ tenant: String) -> Check {
        Check(
            id: "api-keys/\(tenant)", status: keys.soon > 0 || keys.endless > 0 ? .warning : .ok,
            evidence: "\(keys.valid) keys are valid, \(keys.soon) of them run out within "
                + "\(APIKeys.soon.components.seconds / 86_400) days, \(keys.endless) never do",
            remedy: "Give each a new secret on the page Keys before it runs out; that sets an end to those without.")
    }
}
