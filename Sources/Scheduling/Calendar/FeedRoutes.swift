import HTTPTypes
import Kernel
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var feedRoutes: [Route] {
        [
            .get("/schedule/feeds", .page(.calendarShare) { try await feeds($0, $1) }),
            .post("/schedule/feeds", .page(.calendarShare) { try await makeFeed($0, $1) }),
            .post("/schedule/feeds/{id}/ending", .page(.calendarShare) { try await endFeed($0, $1) }),
            .get(
                "/calendar/{token}", heavy: true,
                .open(reason: "a calendar program, by a secret link that one of the staff made and can end") {
                    try await readFeed($0)
                }),
        ]
    }

    // MARK: For whoever follows one

    private func readFeed(_ request: WebRequest) async throws -> WebResponse {
        let vault = try await request.spine.vault(request.tenant)
        let token = (request.parameters["token"] ?? "").split(separator: ".").first.map(String.init) ?? ""
        let now = request.spine.clock.now()
        guard let calendar, let hash = CalendarFeed.hash(token, vault),
            let feed = try await request.spine.database.read(
                request.tenant, { try FeedStore.find(hash: hash, in: $0) }),
            let owner = try await standing(request, feed.owner),
            owner.permissions.isSuperset(of: [.calendarShare, .scheduleRead])
        else { throw Fault.notFound("calendar") }
        let content = try await request.spine.ask(ReadFeed(feed: feed, now: now, desk: desk), as: owner)
        if feed.readAt.map({ now - $0 > .minutes(1) }) ?? true {
            _ = try await request.spine.database.write(request.tenant) {
                try FeedStore.touch(feed.id, at: now, in: $0)
                return true
            }
        }
        let text = try calendar.feed(
            feed, content, desk.plans.configuration(of: request.tenant), desk.plans.timeZones, tenant: request.tenant)
        let bytes = Array(text.utf8)
        // Keyed: it tells nothing of what is in the file to who has only seen the tag.
        let tag = "\"" + Base64URL.encode(Array(vault.keyedHash(bytes, label: "calendar-tag").prefix(18))) + "\""
        var headers: HTTPFields = [
            .contentType: "text/calendar; charset=utf-8", .eTag: tag, .cacheControl: "private, no-cache",
        ]
        if request.headers[.ifNoneMatch]?.contains(tag) ?? false { return WebResponse(.notModified, headers: headers) }
        headers[.contentDisposition] = "inline; filename=\"calendar.ics\""
        return WebResponse(.ok, headers: headers, bytes: bytes)
    }

    // MARK: For whoever has them

    private func feeds(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await feedPage(request, signedIn)
    }

    private func makeFeed(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let chosen = try request.form()["source"] ?? ""
        guard let source = CalendarFeed.Source(chosen) else {
            return try await feedPage(
                request, signedIn, wrong: words.text("feeds.wrong.source"), status: .unprocessableContent)
        }
        let token = CalendarFeed.newToken()
        do {
            _ = try await request.spine.perform(
                MakeCalendarFeed(source: source, language: request.language, token: Redacted(token), desk: desk),
                as: signedIn.caller)
        } catch let fault as Fault where fault.category == .invalid || fault.code == "calendar-feed.most" {
            let key = fault.category == .invalid ? "feeds.wrong.source" : "feeds.wrong.most"
            return try await feedPage(
                request, signedIn, wrong: words.text(key, ["n": String(CalendarFeed.mostPerPerson)]), chosen: source,
                status: .unprocessableContent)
        }
        return try await feedPage(
            request, signedIn, secret: "\(request.base)/calendar/\(token).ics", chosen: source)
    }

    private func endFeed(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        _ = try await request.spine.perform(EndCalendarFeed(id: try request.id("id")), as: signedIn.caller)
        return .seeOther("/schedule/feeds?done=feeds.ended")
    }

    /// `secret`: the address of a link that was just made, shown this one time.
    private func feedPage(
        _ request: WebRequest, _ signedIn: SignedIn, secret: String? = nil, wrong: String? = nil,
        chosen: CalendarFeed.Source? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> WebResponse {
        let words = try words(request)
        let rows = try await request.spine.read(.calendarShare, as: signedIn.caller) { transaction, _ in
            try FeedStore.of(signedIn.user, in: transaction)
        }
        let zone = try words.configuration.organization.map { try desk.plans.timeZones.zone($0.value.zone) }
        let choices = CalendarFeed.choices(words.configuration, signedIn.caller)
        func options(_ kind: CalendarFeed.Kind) -> View.Value {
            .views(
                choices.filter { $0.kind == kind }.map { source in
                    View([
                        "value": .text(source.text), "label": .text(source.name(words.configuration)),
                        "chosen": .flag(source == chosen),
                    ])
                })
        }
        func moment(_ instant: Instant?) -> String? { zone.flatMap { words.moment(instant, $0) } }
        let detail = words.configuration.organization?.value.calendarFeeds ?? .busy
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("feeds.title"), "schedule")),
            "problem": .optional(wrong.map { words.notice($0, nil) }),
            "secret": .optional(secret), "detail": .text(words.text("feeds.detail.\(detail.rawValue)")),
            "practitioners": options(.practitioner), "places": options(.location),
            "hasRows": .flag(!rows.isEmpty), "count": .text(String(rows.count)),
            "rows": .views(
                rows.map { row in
                    View([
                        "id": .text(row.id.text), "name": .text(row.source.name(words.configuration)),
                        "kind": .text(words.text("feeds.kind.\(row.source.kind.rawValue)")),
                        "made": .text(moment(row.madeAt) ?? ""),
                        "read": .text(moment(row.readAt) ?? words.text("feeds.never")),
                    ])
                }),
            "none": .view(words.empty("feeds.none", icon: "calendar")),
        ])
        return .html(try request.pages.render("feeds/index", view, request.language), status: status)
    }
}
