import HTTPTypes
import Kernel
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// The report of who may do what, and reviews of it.
extension Trust {
    var accessReviewRoutes: [Route] {
        [
            .get(
                "/access-review", heavy: true,
                .page(.accessReviewRun) { request, signedIn in try await accessReport(request, signedIn) }),
            .get(
                "/access-review/export", heavy: true,
                .page(.accessReviewRun) { request, signedIn in try await exportAccess(request, signedIn, nil) }),
            .post(
                "/access-review",
                .page(.accessReviewRun) { request, signedIn in try await startReview(request, signedIn) }),
            .get(
                "/access-review/{id}", heavy: true,
                .page(.accessReviewRun) { request, signedIn in try await reviewPage(request, signedIn) }),
            .get(
                "/access-review/{id}/export", heavy: true,
                .page(.accessReviewRun) { request, signedIn in
                    try await exportAccess(request, signedIn, try request.id("id"))
                }),
            .post(
                "/access-review/{id}/decision",
                .page(.accessReviewRun) { request, signedIn in try await decide(request, signedIn) }),
            .post(
                "/access-review/{id}/completion",
                .page(.accessReviewRun) { request, signedIn in
                    do {
                        let id: ID<AccessReview> = try request.id("id")
                        _ = try await request.spine.perform(CompleteAccessReview(review: id), as: signedIn.caller)
                        return .seeOther("/access-review/\(id.text)?done=review.completed")
                    } catch let fault as Fault where fault.code == "review.open" {
                        return try await reviewPage(request, signedIn, refused: fault)
                    }
                }),
        ]
    }

    // MARK: The report

    private func accessReport(
        _ request: WebRequest, _ signedIn: SignedIn, name: String = "", wrong: [String: String] = [:]
    ) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let found = try await readAccess(request, signedIn, nil)
        let (reviews, counts) = try await request.spine.read(.accessReviewRun, as: signedIn.caller) { transaction, _ in
            (try AccessReviewStore.newest(in: transaction), try AccessReviewStore.counts(in: transaction))
        }
        let access = AccessWords(words: words, configuration: configuration, now: request.spine.clock.now())
        let rows = found.lines.map { access.view($0, found) }
        let campaigns = reviews.map { review in
            access.review(review, counts[review.id] ?? (lines: 0, decided: 0))
        }
        let day = words.zone.civil(at: (access.now + .days(30)).microseconds).date.iso
        let title = words.text("trust.review.title")
        return .html(
            try request.pages.render(
                "access-review/index",
                View([
                    "shell": .view(shell(request, signedIn, title, "accessReview")), "csrf": .text(signedIn.csrf),
                    "figures": .views(access.figures(found.lines)), "rows": .views(rows),
                    "hasRows": .flag(!rows.isEmpty), "count": .number(rows.count), "reviews": .views(campaigns),
                    "hasReviews": .flag(!campaigns.isEmpty), "due": .text(day), "name": .text(name),
                    "wrongName": .optional(wrong["name"]), "wrongDue": .optional(wrong["due"]),
                    "open": .flag(!wrong.isEmpty), "isDecided": false,
                ]), request.language), status: wrong.isEmpty ? .ok : .unprocessableContent)
    }

    private func startReview(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let name = form.trimmed("name") ?? ""
        var wrong: [String: String] = [:]
        if name.isEmpty || name.utf8.count > 120 { wrong["name"] = words.text("trust.review.wrong.name") }
        let day = form.trimmed("due").flatMap { CivilDate(iso: $0) }.flatMap {
            (1970...2200).contains($0.year) ? $0 : nil
        }
        // Until the end of that day.
        let due = day.map { Instant(microseconds: words.zone.startOfDay($0.adding(days: 1))) }
        if due.map({ $0 <= request.spine.clock.now() }) ?? true { wrong["due"] = words.text("trust.review.wrong.due") }
        guard wrong.isEmpty, let due else {
            return try await accessReport(request, signedIn, name: name, wrong: wrong)
        }
        let id = try await request.spine.perform(
            StartAccessReview(name: name, dueAt: due, definitions: definitions), as: signedIn.caller)
        return .seeOther("/access-review/\(ID<AccessReview>(raw: id).text)")
    }

    // MARK: One review

    private func reviewPage(
        _ request: WebRequest, _ signedIn: SignedIn, refused: Fault? = nil
    ) async throws -> WebResponse {
        let id: ID<AccessReview> = try request.id("id")
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let found = try await readAccess(request, signedIn, id)
        guard let review = found.review else { throw Fault.notFound("review") }
        let access = AccessWords(words: words, configuration: configuration, now: request.spine.clock.now())
        let decided = found.lines.count { found.decisions[AccessRead.Line($0)] != nil }
        let isOpen = review.completedAt == nil
        let rows = found.lines.map { line -> View in
            var view = access.view(line, found)
            let isOwn =
                (line.kind == .user && line.subject == signedIn.user.raw)
                || (line.kind == .key && line.owner == signedIn.user)
            view["mayDecide"] = .flag(isOpen && !isOwn)
            view["isOwn"] = .flag(isOpen && isOwn)
            return view
        }
        let problem = refused.map { fault in
            AccountPages.problem(
                request, title: "trust.review.refused", text: words.text("trust.review.refused.\(fault.code)"))
        }
        var view = View([
            "shell": .view(shell(request, signedIn, review.name, "accessReview")), "csrf": .text(signedIn.csrf),
            "id": .text(id.text), "name": .text(review.name), "rows": .views(rows), "hasRows": .flag(!rows.isEmpty),
            "count": .number(rows.count), "isOpen": .flag(isOpen), "problem": .optional(problem),
            "mayComplete": .flag(isOpen && decided == found.lines.count), "isDecided": true,
            "progress": .text(
                words.text(
                    "trust.review.progress", ["done": String(decided), "all": String(found.lines.count)])),
            "about": .text(
                words.text(
                    "trust.review.about",
                    [
                        "who": found.name(review.startedBy, words), "when": words.moment(review.startedAt),
                        "due": words.moment(review.dueAt),
                    ])),
        ])
        view["state"] = .view(access.state(review))
        view["completed"] = nil
        if let by = review.completedBy, let at = review.completedAt {
            view["completed"] = .text(
                words.text(
                    "trust.review.completed", ["who": found.name(by, words), "when": words.moment(at)]))
        }
        return .html(
            try request.pages.render("access-review/review", view, request.language),
            status: refused == nil ? .ok : .unprocessableContent)
    }

    private func decide(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<AccessReview> = try request.id("id")
        let form = try request.form()
        guard let kind = form["kind"].flatMap(AccessLine.Kind.init(rawValue:)),
            let subject = form["subject"].flatMap({ Crockford.decode($0) }),
            let decision = form["decision"].flatMap(AccessReview.Decision.init(rawValue:))
        else { throw Fault.invalid("decision", "Say what is decided about what.") }
        do {
            _ = try await request.spine.perform(
                DecideAccessReview(
                    review: id, kind: kind, subject: subject, decision: decision, note: form.trimmed("note") ?? "",
                    rules: rules), as: signedIn.caller)
        } catch let fault as Fault
            where ["review.own", "review.completed", "user.last-administrator"].contains(fault.code)
            || fault.category == .invalid
        {
            let code = fault.category == .invalid ? "review.note" : fault.code
            return try await reviewPage(request, signedIn, refused: Fault(fault.category, code, fault.message))
        }
        gatekeeper.forget()
        return .seeOther("/access-review/\(id.text)?done=review.decided")
    }

    // MARK: The file

    private func exportAccess(
        _ request: WebRequest, _ signedIn: SignedIn, _ id: ID<AccessReview>?
    ) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let found = try await readAccess(request, signedIn, id)
        let access = AccessWords(words: words, configuration: configuration, now: request.spine.clock.now())
        let header = AccessWords.columns.joined(separator: ",") + "\r\n"
        let text = header + found.lines.map { AuditExport.csv(access.values($0, found)) }.joined()
        let day = words.zone.civil(at: access.now.microseconds).date.iso
        let name = "access-\(id.map { $0.text.lowercased() + "-" } ?? "")\(day).csv"
        return WebResponse(
            .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(name)\"",
            ], bytes: Array(text.utf8))
    }
}
