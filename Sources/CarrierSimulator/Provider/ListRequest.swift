import Foundation

/// A request to list messages: filters, and a page of at most 1,000 (50 by default).
struct ListRequest {
    private(set) var listing: Ledger.Listing
    /// A filter that is no telephone number matches nothing.
    private(set) var matchesNothing = false
    let page: Int
    let pageSize: Int
    private let filters: Form

    init(_ query: Form) throws(ProviderError) {
        pageSize = min(max(query["PageSize"].flatMap { Int($0) } ?? 50, 1), 1000)
        page = min(max(query["Page"].flatMap { Int($0) } ?? 0, 0), 1_000_000)
        listing = Ledger.Listing(limit: pageSize)
        filters = Form(
            query.fields.filter { !["Page", "PageSize", "PageToken"].contains($0.name) }.map { ($0.name, $0.value) })
        if let to = query["To"] {
            listing.to = PhoneNumber(e164: to)
            matchesNothing = listing.to == nil
        }
        if let from = query["From"] {
            listing.from = PhoneNumber(e164: from)
            matchesNothing = matchesNothing || listing.from == nil
        }
        try readDates(query)
        try readPlace(query)
    }

    /// `DateSent` is one day in UTC, also when a time stands after it; `DateSent>` and `DateSent<` take days or seconds
    /// and include what they name.
    private mutating func readDates(_ query: Form) throws(ProviderError) {
        if let text = query["DateSent"] {
            let moment = try Moment(String(text.prefix(10)))
            listing.since = moment.start
            listing.before = moment.end
        }
        if let text = query["DateSent>"] { listing.since = try Moment(text).start }
        if let text = query["DateSent<"] { listing.before = try Moment(text).end }
    }

    private mutating func readPlace(_ query: Form) throws(ProviderError) {
        guard let token = query["PageToken"] else {
            listing.offset = page * pageSize
            return
        }
        guard token.hasPrefix("PA"), let sid = Sid(token.dropFirst(2), kinds: .message, .mediaMessage) else {
            throw ProviderError(20001, "Invalid parameter PageToken")
        }
        listing.after = sid
    }

    /// The answer, its addresses built from `path`.
    func resource(
        _ messages: [Message], hasMore: Bool, account: Sid, path: String
    ) -> PageResource<MessageResource> {
        PageResource(
            name: "messages", items: messages.map { MessageResource($0, account: account) }, page: page,
            pageSize: pageSize, uri: uri(path, page: page, after: listing.after), firstPageURI: uri(path, page: 0),
            nextPageURI: hasMore ? uri(path, page: page + 1, after: messages.last?.sid) : nil,
            previousPageURI: page > 0 ? uri(path, page: page - 1) : nil)
    }

    private func uri(_ path: String, page: Int, after sid: Sid? = nil) -> String {
        var query = filters
        query.append("PageSize", "\(pageSize)")
        query.append("Page", "\(page)")
        if let sid { query.append("PageToken", "PA\(sid)") }
        return "\(path)?\(query.encoded)"
    }

    /// A day (`2026-03-02`) or a second (`2026-03-02T09:00:00Z`), as a half-open range of time.
    private struct Moment {
        let start: Date
        let end: Date

        init(_ text: String) throws(ProviderError) {
            let isDay = text.utf8.count == 10
            do {
                start = try Date(isDay ? "\(text)T00:00:00Z" : text, strategy: .iso8601)
            } catch {
                throw ProviderError(20001, "Invalid parameter DateSent: \(text)")
            }
            end = start.addingTimeInterval(isDay ? 86_400 : 1)
        }
    }
}
