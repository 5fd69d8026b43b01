import Spine
package import Web

extension Conversations {
    /// The first rows of a person's own needs, else of the team's, as the inbox shows them: for Today.
    package func todayRows(_ request: WebRequest, _ signedIn: SignedIn) async throws -> [View] {
        for filter in [InboxFilter.mine, .team] {
            let rows = try await rows(filter, request, signedIn)
            if !rows.isEmpty { return rows }
        }
        return []
    }

    private func rows(_ filter: InboxFilter, _ request: WebRequest, _ signedIn: SignedIn) async throws -> [View] {
        let words = try InboxWords(request, messaging: messaging)
        let content = try await request.spine.ask(
            ReadInbox(filter: filter, order: .due, now: words.now, messaging: messaging, book: book),
            as: signedIn.caller)
        var view = View([:])
        InboxListView(
            words: words, filter: filter, order: .due, content: content, presence: presence, user: signedIn.user,
            next: nil
        ).fill(&view)
        guard case .views(let rows)? = view["rows"] else { return [] }
        return Array(rows.prefix(8))
    }

    /// The numbers of Today: mine, unassigned, waiting; each leads to its list.
    package func todayFigures(_ request: WebRequest, _ signedIn: SignedIn) async throws -> [View] {
        let words = try InboxWords(request, messaging: messaging)
        let content = try await request.spine.ask(
            ReadInbox(filter: .mine, order: .due, now: words.now, messaging: messaging, book: book), as: signedIn.caller
        )
        return [InboxFilter.mine, .unassigned, .waiting, .team].map { filter in
            let count = content.counts[filter] ?? 0
            return View([
                "href": .text("/inbox?filter=\(filter.rawValue)"),
                "label": .text(words.text("inbox.today.\(filter.rawValue)")),
                "value": .text(count >= 100 ? "99+" : String(count)),
                "note": .text(words.text("inbox.today.\(filter.rawValue).note")),
                "tone": .text(filter == .unassigned && count > 0 ? "amber" : "grey"),
            ])
        }
    }
}
