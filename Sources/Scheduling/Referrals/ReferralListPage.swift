import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension ReferralFilter {
    /// What an address asks for. What it does not know is as if it were not there.
    init(_ fields: FormFields, user: ID<User>?) {
        show = fields["show"].flatMap(Show.init(rawValue:)) ?? .open
        kind = fields["kind"].flatMap(ReferralKind.init(rawValue:))
        serviceLine = fields.trimmed("line")
        owner = fields["whose"] == "mine" ? user : nil
        fate = fields["fate"].flatMap(ReferralFate.init(rawValue:))
        requester = fields.trimmed("requester")
        // The day from which those of the fates are counted.
        since = fields["since"].flatMap { CivilDate(iso: $0) }.flatMap { day in
            (1970...2200).contains(day.year)
                ? Instant(microseconds: Int64(day.daysSinceEpoch) * 86_400_000_000) : nil
        }
    }

    /// The name of the list in cursors.
    var name: String {
        let parts = [
            show.rawValue, kind?.rawValue ?? "", serviceLine ?? "", owner?.text ?? "", fate?.rawValue ?? "",
            requester ?? "", since.map { String($0.seconds) } ?? "",
        ]
        return "referrals/" + parts.joined(separator: "/")
    }
}

extension Scheduling {
    func showReferrals(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let filter = ReferralFilter(request.query, user: signedIn.user)
        let vault = try await request.spine.vault(request.tenant)
        let after = try request.query["cursor"].map { try Cursor($0, for: filter.name, vault: vault) }
        let shown = try await request.spine.ask(
            ListReferrals(filter: filter, after: after, now: request.spine.clock.now(), desk: desk, staff: staff),
            as: signedIn.caller)
        let words = try referralWords(request)
        let page = ReferralListView(words: words, filter: filter, shown: shown, query: request.query)
        var view = try page.view(next: shown.next?.text(for: filter.name, vault: vault))
        view["shell"] = .view(shell(request, signedIn, words.text("page"), "referrals"))
        view["mayWrite"] = .flag(signedIn.may(.referralWrite))
        return .html(try request.pages.render("referrals/index", view, request.language))
    }

    func showLeakage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try referralWords(request)
        let days =
            request.query["days"].flatMap { Int($0) }.flatMap { LeakageView.spans.contains($0) ? $0 : nil } ?? 365
        let first = words.today.adding(days: -days)
        let since = Instant(microseconds: Int64(first.daysSinceEpoch) * 86_400_000_000)
        let shown = try await request.spine.ask(ReadLeakage(since: since), as: signedIn.caller)
        let page = LeakageView(words: words, shown: shown, days: days, since: first)
        var view = page.view
        view["shell"] = .view(shell(request, signedIn, words.text("leakage"), "referrals"))
        return .html(try request.pages.render("referrals/leakage", view, request.language))
    }
}

/// The view of `referrals/index`.
struct ReferralListView {
    let words: ReferralWords
    let filter: ReferralFilter
    let shown: ListReferrals.Shown
    let query: FormFields

    func view(next: String?) -> View {
        let open = shown.stages.values.reduce(0, +)
        let rows = shown.rows.map(row)
        return View([
            "open": .text(words.words.count("referrals.open", open)),
            "late": .optional(
                shown.overdue == 0 ? nil : words.words.count("referrals.overdue", shown.overdue)),
            "lateHref": "/referrals?show=overdue", "shows": .views(shows), "kinds": .views(kinds),
            "lines": .views(lines), "whose": .views(whose), "fate": .optional(fate),
            "hasRows": .flag(!rows.isEmpty), "rows": .views(rows), "none": .optional(rows.isEmpty ? none : nil),
            "next": .optional(next.map { pager($0) }),
        ])
    }

    private func pager(_ cursor: String) -> View {
        let kept = query.fields.filter { $0.name != "cursor" && $0.name != "done" }
        let pairs = (kept + [("cursor", cursor)]).map { "\($0.0)=\(FormFields.encode($0.1))" }
        return View([
            "shown": .text(words.words.count("referrals.shown", shown.rows.count)),
            "href": .text("/referrals?" + pairs.joined(separator: "&")),
        ])
    }

    private var shows: [View] {
        ReferralFilter.Show.allCases.map { show in
            let count: Int? =
                switch show {
                case .open: shown.stages.values.reduce(0, +)
                case .overdue: shown.overdue
                case .received: shown.stages[.received] ?? 0
                case .contacting: (shown.stages[.accepted] ?? 0) + (shown.stages[.contacting] ?? 0)
                case .scheduled: shown.stages[.scheduled] ?? 0
                case .seen: shown.stages[.seen] ?? 0
                case .reported: shown.stages[.reported] ?? 0
                case .held, .closed: nil
                }
            let label = words.text("show.\(show.rawValue)")
            return words.choice(
                show.rawValue, count.map { words.text("show.count", ["show": label, "n": String($0)]) } ?? label,
                show == filter.show)
        }
    }

    private var kinds: [View] {
        [words.choice("", words.text("any"), filter.kind == nil)]
            + ReferralKind.allCases.map {
                words.choice($0.rawValue, words.text("kind.\($0.rawValue)"), $0 == filter.kind)
            }
    }

    private var lines: [View] {
        let all = words.words.configuration.serviceLines.values.map {
            ($0.value.key, $0.value.names[words.words.language])
        }
        return [words.choice("", words.text("any"), filter.serviceLine == nil)]
            + all.sorted { $0.1 < $1.1 }.map { words.choice($0.0, $0.1, $0.0 == filter.serviceLine) }
    }

    private var whose: [View] {
        [
            words.choice("", words.text("whose.anybody"), filter.owner == nil),
            words.choice("mine", words.text("whose.mine"), filter.owner != nil),
        ]
    }

    /// The list behind a number of the page that tells where they went.
    private var fate: View? {
        filter.fate.map { fate in
            let isUnsaid = [filter.requester, filter.serviceLine].contains(ReferralFilter.unsaid)
            let who =
                isUnsaid
                ? words.text("unsaid")
                : words.practitioner(filter.requester) ?? words.serviceLine(filter.serviceLine)
            return View([
                "text": .text(
                    words.text(
                        "fate.list", ["fate": words.text("fate.\(fate.rawValue)"), "who": who ?? words.text("any")]))
            ])
        }
    }

    private func row(_ row: ReferralRow) -> View {
        let owner = row.owner.flatMap { shown.staff[$0] }
        return View([
            "href": .text("/referrals/" + row.id.text), "who": .text(shown.names[row.patient] ?? ""),
            "what": .text(words.title(row)), "stage": .view(words.stage(row)),
            "priority": .optional(words.priority(row)), "step": .text(words.next(row)),
            "due": .optional(words.due(row)),
            "since": .text(words.moment(row.closedAt ?? row.receivedAt) ?? ""),
            "owner": .optional(
                owner.map {
                    View([
                        "name": .text($0.name), "initials": .text($0.initials),
                        "tone": .number(SchedulingWords.tone($0.id.raw)),
                    ])
                }),
        ])
    }

    private var none: View {
        let isPlain = filter == ReferralFilter()
        return words.words.empty(
            isPlain ? "referrals.none" : "referrals.none.filtered", icon: "handoff",
            action: isPlain
                ? ("/referrals/new", words.text("new")) : ("/referrals", words.text("none.filtered.go")))
    }
}

/// The view of `referrals/leakage`.
struct LeakageView {
    static let spans = [30, 90, 365]
    let words: ReferralWords
    let shown: ReadLeakage.Shown
    let days: Int
    let since: CivilDate

    var view: View {
        View([
            "spans": .views(
                Self.spans.map { words.choice(String($0), words.words.count("referrals.span", $0), $0 == days) }),
            "hasAny": .flag(shown.total.all > 0), "total": .view(line(shown.total, "", "")),
            "lines": .views(
                shown.lines.map { line($0, "line", words.serviceLine($0.key) ?? words.text("unsaid")) }),
            "requesters": .views(
                shown.requesters.map { line($0, "requester", words.practitioner($0.key) ?? words.text("unsaid")) }),
            "none": .optional(
                shown.total.all > 0
                    ? nil
                    : words.words.empty(
                        "referrals.leakage.none", icon: "chart", action: ("/referrals", words.text("page")))),
        ])
    }

    /// Each number opens its list.
    private func line(_ line: ReadLeakage.Line, _ name: String, _ label: String) -> View {
        let scope = name.isEmpty ? "" : "&\(name)=\(FormFields.encode(line.key ?? ReferralFilter.unsaid))"
        func cell(_ fate: ReferralFate) -> View.Value {
            let count = line.counts[fate] ?? 0
            let share = line.all == 0 ? 0 : (count * 100 + line.all / 2) / line.all
            return .view(
                View([
                    "count": .text(String(count)), "share": .text(words.text("share", ["n": String(share)])),
                    "href": .optional(
                        count > 0 ? "/referrals?fate=\(fate.rawValue)&since=\(since.iso)\(scope)" : nil),
                    "label": .text(words.text("fate.\(fate.rawValue)")),
                ]))
        }
        return View([
            "name": .text(label), "all": .text(String(line.all)), "kept": cell(.kept),
            "elsewhere": cell(.elsewhere), "never": cell(.never), "waiting": cell(.waiting),
        ])
    }
}
