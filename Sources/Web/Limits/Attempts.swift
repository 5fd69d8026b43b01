import HTTPTypes
import Hummingbird
import Kernel
import Logging
import Spine
import Synchronization

/// What looks like an attempt to get round a control. Source: ASVS 5.0.0, 16.3.3.
package enum Attempt: String, Sendable, CaseIterable {
    /// A change without the session's token, or with a wrong one.
    case forgedForm = "forged-form"
    /// A form that a browser says another site sent.
    case foreignForm = "foreign-form"
    /// A webhook that its provider did not sign.
    case unsignedHook = "unsigned-hook"
    /// A key of programs that is none.
    case wrongKey = "wrong-key"
    /// A session's cookie of a form that none of ours has.
    case madeUpSession = "made-up-session"
    /// A link with a token that leads nowhere, or not any more.
    case deadLink = "dead-link"
    /// A way back from the identity provider that nobody here began.
    case strayReturn = "stray-return"
    /// A body, form or query that cannot be read.
    case malformed
    /// More requests at once than are taken.
    case tooMany = "too-many"

    /// What a refusal says of the request; nil: nothing, as for who is not signed in.
    init?(_ fault: Fault, headers: HTTPFields, session: String?) {
        switch fault.code {
        case "csrf.token": self = .forgedForm
        case "csrf.site": self = .foreignForm
        case "hook.signature": self = .unsignedHook
        case "rate.limit": self = .tooMany
        case "session.none" where headers[.authorization] != nil: self = .wrongKey
        case "session.none":
            guard let session, !Self.looksLikeOurs(session) else { return nil }
            self = .madeUpSession
        case "request.json", "request.media-type", "request.too-large", "form.fields", "form.encoding":
            self = .malformed
        default: return nil
        }
    }

    /// 32 bytes in base 64 for URLs.
    private static func looksLikeOurs(_ session: String) -> Bool {
        session.utf8.count == 43
            && session.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "_")
            }
    }
}

/// Which attempts are told in the log: the first of a kind from an address in each minute, fifty a minute at most, and then
/// how many there were besides. So a flood tells itself and fills no disk; what it holds in memory is bounded.
package struct AttemptPacing: Sendable {
    package enum Line: Sendable, Equatable {
        case one(Attempt)
        case more([Attempt: Int])
    }

    private struct Source: Hashable, Sendable {
        let kind: Attempt
        let client: UInt64
    }

    private static let minute: Int64 = 60_000_000_000
    package static let most = 50

    private var began: Int64?
    private var told: Set<Source> = []
    private var untold: [Attempt: Int] = [:]

    package init() {}

    /// What to tell now; `now` in nanoseconds of a steady clock.
    package mutating func note(_ kind: Attempt, from client: UInt64, at now: Int64) -> [Line] {
        var lines: [Line] = []
        if let since = began, now - since >= Self.minute {
            if !untold.isEmpty { lines.append(.more(untold)) }
            began = nil
        }
        if began == nil {
            began = now
            told.removeAll(keepingCapacity: true)
            untold.removeAll(keepingCapacity: true)
        }
        let source = Source(kind: kind, client: client)
        if told.count < Self.most, told.insert(source).inserted {
            lines.append(.one(kind))
        } else {
            untold[kind, default: 0] += 1
        }
        return lines
    }
}

/// Tells attempts in the log and counts all of them (`throughline_attempts_total`).
final class AttemptLog: Sendable {
    private let logger: Logger
    private let metrics: Metrics
    private let pacing = Mutex(AttemptPacing())

    init(logger: Logger, metrics: Metrics) {
        self.logger = logger
        self.metrics = metrics
    }

    /// - route: the route's own words, never an address: it may hold a token.
    /// - remote: the client's address. It is told as a hash with a key of this process, for it may be a patient's.
    func note(
        _ kind: Attempt, route: String, tenant: ID<Tenant>?, remote: String, correlation: Int64?,
        at now: ContinuousClock.Instant = .now
    ) {
        metrics.add("throughline_attempts_total", labels: "kind=\"\(kind.rawValue)\"")
        let client = RateLimiter.Slot.address(remote).value
        for line in pacing.withLock({ $0.note(kind, from: client, at: Server.steady(now)) }) {
            switch line {
            case .one(let kind):
                logger.warning(
                    "an attempt to get round a control",
                    metadata: [
                        "kind": "\(kind.rawValue)", "route": "\(route)", "tenant": "\(tenant?.text ?? "-")",
                        "client": "\(String(client, radix: 16))",
                        "request": "\(correlation.map { Crockford.encode($0) } ?? "-")",
                    ])
            case .more(let counts):
                var metadata: Logger.Metadata = [:]
                for (kind, count) in counts { metadata[kind.rawValue] = "\(count)" }
                logger.warning("further attempts of the last minutes", metadata: metadata)
            }
        }
    }
}

extension WebRequest {
    /// For what a handler answers with a page of its own.
    package func note(_ kind: Attempt, route: String) {
        attempts.note(kind, route: route, tenant: tenant, remote: remote, correlation: nil)
    }
}

extension Server {
    /// What a refused request looks like.
    func note(
        _ fault: Fault, _ request: Request, remote: String, route: String, tenant: ID<Tenant>?, correlation: Int64
    ) {
        let session = Cookie.parse(request.headers[values: .cookie])[cookieName]
        guard let kind = Attempt(fault, headers: request.headers, session: session) else { return }
        attempts.note(
            kind, route: route, tenant: tenant, remote: client(request.headers, remote), correlation: correlation)
    }
}
