import App
import HTTPTypes
import Kernel
import Spine
import TestKit
import Testing
import Vault
import Web

/// Asks both worlds the same and compares what they answer, byte for byte.
final class Prober {
    let pair: WorldPair
    let servers: (a: Server, b: Server)
    private let masks: (a: Masks, b: Masks)
    private(set) var asked = 0
    private(set) var problems: [String] = []
    private(set) var routes: Set<String> = []

    /// `grid`: as the server is given it; zero lets answers leave as soon as they are made.
    init(_ pair: WorldPair, _ parts: [Part], adding more: [Route] = [], grid: Duration = .zero) async throws {
        self.pair = pair
        servers = (
            try await pair.a.platform.server(
                identities: Cast(parts, gatekeeper: pair.a.platform.gatekeeper), adding: more, grid: grid),
            try await pair.b.platform.server(
                identities: Cast(parts, gatekeeper: pair.b.platform.gatekeeper), adding: more, grid: grid)
        )
        masks = (
            Masks(vault: try await pair.a.spine.vault(pair.a.tenant)),
            Masks(vault: try await pair.b.spine.vault(pair.b.tenant))
        )
    }

    private func answers(_ probe: Probe, _ part: Part, inB other: Probe? = nil) async throws -> (a: Seen, b: Seen) {
        pair.tick(.milliseconds(1))
        asked += 2
        return (
            try await probe.ask(
                servers.a, cookie: part.sessions?.a ?? part.name, csrf: part.csrf, key: part.name),
            try await (other ?? probe).ask(
                servers.b, cookie: part.sessions?.b ?? part.name, csrf: part.csrf, key: part.name)
        )
    }

    private func difference(_ probe: Probe, _ a: Seen, _ b: Seen) -> String? {
        if a == b { return nil }
        var (first, second) = (masks.a.masked(a), masks.b.masked(b))
        if probe.method != .get { (first, second) = (Masks.withoutBadge(first), Masks.withoutBadge(second)) }
        if Declassified.secrets[probe.route] != nil {
            (first.body, second.body) = ([], [])
            first.headers.removeAll { $0.hasPrefix("set-cookie") || $0.hasPrefix("content-length") }
            second.headers.removeAll { $0.hasPrefix("set-cookie") || $0.hasPrefix("content-length") }
        }
        if first == second { return nil }
        return Masks.withoutSequence(first).difference(to: Masks.withoutSequence(second))
    }

    /// What differs; nil: nothing. A page is asked again for a while: the number beside the inbox is counted beside the
    /// page, so that of two pages one may have it already.
    func compare(_ probe: Probe, _ part: Part) async throws -> String? {
        routes.insert(probe.route)
        var seen = try await answers(probe, part)
        var found = difference(probe, seen.a, seen.b)
        for _ in 0..<40 where found != nil && probe.method == .get && seen.a.isPage && seen.b.isPage {
            try await Task.sleep(for: .milliseconds(5))
            seen = try await answers(probe, part)
            found = difference(probe, seen.a, seen.b)
        }
        if let found { return found }
        return try await follow(probe, part, seen.a, seen.b)
    }

    /// Goes on by each world's own cursors, to the end or for so many pages.
    private func follow(_ probe: Probe, _ part: Part, _ a: Seen, _ b: Seen) async throws -> String? {
        guard probe.method == .get else { return nil }
        var (seen, left) = ((a: a, b: b), 12)
        while left > 0, let next = Self.next(seen.a, probe), let other = Self.next(seen.b, probe) {
            left -= 1
            var (first, second) = (probe, probe)
            first.target = next
            second.target = other
            seen = try await answers(first, part, inB: second)
            if let found = difference(probe, seen.a, seen.b) { return "on page \(13 - left): \(found)" }
        }
        return nil
    }

    /// The address of the page after this one.
    private static func next(_ seen: Seen, _ probe: Probe) -> String? {
        guard seen.status == 200 else { return nil }
        if seen.isPage {
            let link = /(?:href|hx-get)="([^"]*[?;&](?:cursor|after|before)=[A-Za-z0-9_-]{40,}[^"]*)"/
            return seen.text.firstMatch(of: link).map { String($0.output.1).replacing("&amp;", with: "&") }
        }
        guard probe.isForPrograms,
            let token = seen.text.firstMatch(of: /"(?:next|cursor)":"([A-Za-z0-9_-]{40,})"/)?.output.1,
            !seen.text.contains("\"more\":false")
        else { return nil }
        let bare = probe.target.replacing(/[?&]cursor=[^&]*/, with: "")
        return bare + (bare.contains("?") ? "&" : "?") + "cursor=\(token)"
    }

    /// Whether an id that is hidden is answered as one that nothing has, in one world. Pages are asked again for a while,
    /// as in `compare`, and for the same reason.
    func compareAbsence(_ hidden: Probe, _ absent: Probe, _ part: Part) async throws -> String? {
        let ids = hidden.ids + absent.ids
        var found: String?
        for attempt in 0...40 {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(5)) }
            // Both worlds are asked both, so that they stay in step.
            let first = try await answers(hidden, part).b
            let then = pair.moment
            let second = try await answers(absent, part).b
            var (one, other) = (masks.b.masked(first), masks.b.masked(second))
            if hidden.method != .get { (one, other) = (Masks.withoutBadge(one), Masks.withoutBadge(other)) }
            found = Masks.withoutIDs(one, ids, at: then)
                .difference(to: Masks.withoutIDs(other, ids, at: pair.moment))
            guard found != nil, hidden.method == .get, first.isPage, second.isPage else { break }
        }
        return found
    }

    func record(_ what: String, _ probe: Probe, _ part: Part) {
        problems.append(
            "seed \(pair.seed), hidden by \(pair.hiding.rawValue), \(probe.route): \(probe.said)\n"
                + "    \(part.description)\n    \(what)")
    }
}
