import Kernel
import PeopleAPI
import Spine
import StudioAPI
import Vault
import Web

/// The list side of the inbox.
struct InboxListView {
    let words: InboxWords
    let filter: InboxFilter
    let order: InboxOrder
    let content: InboxContent
    let presence: Presence
    let user: ID<User>
    /// The text of the cursor of the next page.
    let next: String?

    /// What stands in an address so that the list stays as it is.
    static func query(_ filter: InboxFilter, _ order: InboxOrder) -> String {
        order == .due ? "filter=\(filter.rawValue)" : "filter=\(filter.rawValue)&order=\(order.rawValue)"
    }

    private func t(_ key: String, _ values: [String: String] = [:]) -> String { words.text(key, values) }

    func fill(_ view: inout View) {
        view["order"] = .view(orderView)
        view["filters"] = .views(filters)
        view["hasRows"] = .flag(!content.rows.isEmpty)
        view["rows"] = .views(content.rows.map(row))
        view["next"] = .optional(next.map(nextView))
        view["none"] = content.rows.isEmpty ? .view(none) : View.Value.none
        view["problem"] = View.Value.none
    }

    private var orderView: View {
        View([
            "current": .text(t("inbox.order.\(order.rawValue)")),
            "choices": .views(
                InboxOrder.allCases.map { choice in
                    View([
                        "href": .text("/inbox?filter=\(filter.rawValue)&order=\(choice.rawValue)"),
                        "label": .text(t("inbox.order.\(choice.rawValue)")), "current": .flag(choice == order),
                    ])
                }),
        ])
    }

    private var filters: [View] {
        InboxFilter.allCases.map { choice in
            let count = content.counts[choice] ?? 0
            let shown = count >= InboxStore.largestCount ? "\(InboxStore.largestCount - 1)+" : String(count)
            return View([
                "href": .text("/inbox?" + Self.query(choice, order)),
                "label": .text(t("inbox.filter.\(choice.rawValue)")),
                "current": .flag(choice == filter), "count": count > 0 ? .text(shown) : .none,
            ])
        }
    }

    private func nextView(_ cursor: String) -> View {
        let total = content.counts[filter] ?? 0
        let shown =
            total > content.rows.count && total < InboxStore.largestCount
            ? t("inbox.shown.of", ["n": String(content.rows.count), "total": String(total)])
            : t("inbox.shown", ["n": String(content.rows.count)])
        return View([
            "shown": .text(shown), "href": .text("/inbox?\(Self.query(filter, order))&after=\(cursor)"),
        ])
    }

    private var none: View {
        var view = View([
            "icon": "check", "title": .text(t("inbox.none.\(filter.rawValue).title")),
            "text": .text(t("inbox.none.\(filter.rawValue).text")), "action": .none,
        ])
        let (href, label) =
            filter == .team ? ("/patients", "inbox.none.team.action") : ("/inbox?filter=team", "inbox.none.action")
        view["action"] = .view(View(["href": .text(href), "label": .text(t(label))]))
        return view
    }

    private func row(_ row: InboxRow) -> View {
        let need = row.need
        let owner = need.owner.flatMap { content.names[$0] }
        let writing = presence.others(in: need.conversation, than: user, at: words.now).first
        var view = View([
            "href": .text("/inbox/\(need.id.text)?\(Self.query(filter, order))"), "who": .text(row.who),
            "reason": .text(reason(row)), "snippet": .text(snippet(row)), "at": .text(words.short(row.lastAt)),
            "channel": .view(words.channel(.sms)), "inPlace": true, "unread": .flag(row.unread),
            "current": .flag(need.id == content.open?.chosen), "due": .view(words.due(need)),
            "stage": .view(words.stage(need)), "unowned": .flag(owner == nil),
        ])
        view["priority"] = .optional(words.priority(need))
        view["owner"] = .optional(owner.map(words.person))
        view["writing"] = .optional(writing.map { t("inbox.presence.writing", ["name": $0]) })
        return view
    }

    private func reason(_ row: InboxRow) -> String {
        guard row.need.isOpen, row.need.patient == nil else { return words.reason(row.need) }
        return t(row.standing == .ambiguous ? "inbox.who.shared" : "inbox.who.unknown")
    }

    private func snippet(_ row: InboxRow) -> String {
        if !row.snippet.isEmpty { return row.snippet }
        return row.media > 0 ? words.pages.catalogue.count("inbox.pictures", words.language, row.media) : ""
    }
}
