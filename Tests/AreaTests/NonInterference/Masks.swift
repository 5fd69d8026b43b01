import Kernel
import Vault

/// The parts of an answer that chance makes, and nothing more:
///
/// - the token against forged forms of somebody who signed in, by its exact value;
/// - sealed tokens (cursors and the like), which a fresh nonce makes new each time: a text counts as one only when the
///   world's own key opens it under a label of the product, and is replaced by the label and the length of its plain
///   text. Where a cursor leads is compared by following it.
struct Masks: Sendable {
    let vault: TenantVault

    private static let labels: [String] = {
        let filters = ["mine", "team", "unassigned", "waiting", "closed"]
        let lists = filters.flatMap { filter in
            ["due", "newest", "oldest"].flatMap { ["inbox/\(filter)/\($0)", "api/needs/\(filter)/\($0)"] }
        }
        let shows = ["open", "overdue", "received", "contacting", "scheduled", "seen", "reported", "held", "closed"]
        let referrals = shows.flatMap { ["referrals/\($0)//////", "api/referrals/\($0)//////"] }
        let plain = [
            "patients", "timeline", "audit", "live", "events", "waitlist", "waitlist-api", "zone-changes", "absences",
        ]
        return (plain + lists + referrals).map { "cursor/" + $0 }
            + ["access-report", "set-up", "second-step"]
    }()

    func masked(_ seen: Seen) -> Seen {
        var seen = seen
        seen.headers = seen.headers.map(text)
        if let type = seen.headers.first(where: { $0.hasPrefix("content-type: ") }),
            ["text/", "json"].contains(where: type.contains)
        {
            seen.body = Array(text(seen.text).utf8)
        }
        return seen
    }

    func text(_ text: String) -> String {
        var text = text
        if let match = text.firstMatch(of: /<meta name="csrf" content="([^"]+)">/) {
            text = text.replacing(match.output.1, with: "‹csrf›")
        }
        guard text.utf8.count >= 38 else { return text }  // most headers: looking through them takes longest of all
        return text.replacing(/[A-Za-z0-9_-]{38,300}/) { match in
            let token = String(match.output)
            for label in Self.labels {
                if let plain = vault.openToken(token, label: label) { return "‹\(label) \(plain.count)›" }
            }
            return token
        }
    }

    /// Ids by their moment and by how many of it stood before them in the answer, in place of their sequence. What falls due
    /// at one moment takes its ids one after the other, so that the sequence tells how much did: that a server numbers much
    /// or little within one millisecond is no secret (see `Declassified`), and that an id is another one still shows.
    static func withoutSequence(_ seen: Seen) -> Seen {
        var known: [Substring: [Substring]] = [:]
        func plain(_ text: String) -> String {
            text.replacing(/\b0[0-9A-HJKMNP-TV-Z]{12}\b/) { match in
                let id = match.output
                let moment = id.prefix(10)
                let place = known[moment]?.firstIndex(of: id) ?? known[moment]?.count ?? 0
                if place == known[moment]?.count ?? 0 { known[moment, default: []].append(id) }
                return "\(moment)‹\(place)›"
            }
        }
        var seen = seen
        seen.headers = seen.headers.map(plain)
        if seen.headers.contains(where: { $0.hasPrefix("content-type: text/") || $0.contains("json") }) {
            seen.body = Array(plain(seen.text).utf8)
        }
        return seen
    }

    /// The page without the number beside the inbox, which is counted beside the page. Pages that show something are
    /// compared with it; this is for those that answer a form, which cannot be asked again.
    static func withoutBadge(_ seen: Seen) -> Seen {
        let badge =
            /<span id="count-inbox"[^>]*>(?:<span class="count-badge[^"]*">[^<]*<span class="unseen">[^<]*<\/span><\/span>)?<\/span>/
        let beside =
            /<span class="count-badge strong" data-count="[^"]*">[^<]*<span class="unseen">[^<]*<\/span><\/span>/
        var seen = seen
        guard seen.isPage else { return seen }
        seen.body = Array(seen.text.replacing(badge, with: "‹count›").replacing(beside, with: "").utf8)
        seen.headers.removeAll { $0.hasPrefix("content-length") }
        return seen
    }

    /// An answer about one id beside an answer about another: the ids and the request's own number may differ.
    static func withoutIDs(_ seen: Seen, _ ids: [String], at moment: Instant) -> Seen {
        var seen = seen
        // What is numbered at the moment of asking: the request, and the key of a form that comes back.
        let request = String(ID<AnyRequest>.lowest(at: moment).text.prefix(9))
        let numbered = try? Regex(request + "[0-9A-Z]{4}")  // it always is one
        func plain(_ text: String) -> String {
            let plain = ids.reduce(text) { $0.replacing($1, with: "‹id›") }
            guard let numbered else { return plain }
            return plain.replacing(numbered, with: "‹request›")
        }
        seen.headers = seen.headers.map(plain).filter { !$0.hasPrefix("content-length") }
        seen.body = Array(plain(seen.text).utf8)
        return seen
    }

    private enum AnyRequest {}
}
