import HTTPTypes
import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    private static let perPage = 50
    private static let list = "waitlist"

    /// Who waits: `?type=…&priority=…&location=…&cursor=…`.
    func showWaitlist(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try waitlistWords(request)
        let type = request.query.trimmed("type"), priority = request.query.trimmed("priority")
        let location = request.query.trimmed("location")
        let vault = try await request.spine.vault(request.tenant)
        let cursor = try request.query.trimmed("cursor").map { try Cursor($0, for: Self.list, vault: vault).values }
        let after = cursor.flatMap { $0.count == 2 ? ($0[0], $0[1]) : nil }
        let page = try await request.spine.ask(
            ListWaitlist(
                visitType: type, priority: priority, location: location, after: after, limit: Self.perPage + 1,
                desk: desk), as: signedIn.caller)
        let shown = page.entries.prefix(Self.perPage)
        let now = words.words.now
        var next: String?
        if page.entries.count > Self.perPage, let last = shown.last {
            let text = try Cursor(last.joinedAt.microseconds, last.id.raw).text(for: Self.list, vault: vault)
            let kept: [(String, String?)] = [("type", type), ("priority", priority), ("location", location)]
            let pairs = kept.compactMap { name, value in value.map { "\(name)=\(FormFields.encode($0))&" } }
            next = "/waitlist?" + pairs.joined() + "cursor=\(text)"
        }
        let mayWrite = signedIn.may(.waitlistWrite)
        let rows = shown.map { row in
            View([
                "name": .text(page.names[row.patient] ?? ""), "href": .text("/patients/\(row.patient.text)"),
                "visit": .text(words.visitType(row.wish.visitType)), "wish": .text(words.wish(row.wish)),
                "priority": .view(priorityBadge(row.priority, words)),
                "since": .text(
                    words.words.count("waitlist.days", Int(max(0, (now - row.joinedAt).microseconds) / 86_400_000_000))),
                "edit": .optional(mayWrite ? "/waitlist/entries/\(row.id.text)" : nil),
            ])
        }
        let isFiltered = type != nil || priority != nil || location != nil
        var view = head(words, request, signedIn, tab: "entries")
        view["filters"] = .view(filters(words, type, priority, location))
        view["rows"] = .views(rows)
        view["hasRows"] = .flag(!rows.isEmpty)
        view["next"] = .optional(next)
        view["none"] = .optional(
            rows.isEmpty
                ? words.words.empty(
                    isFiltered ? "waitlist.none-found" : "waitlist.none", icon: "list",
                    action: isFiltered ? ("/waitlist", words.text("all")) : nil) : nil)
        return .html(try request.pages.render("waitlist/index", view, request.language))
    }

    private func priorityBadge(_ key: String, _ words: WaitlistWords) -> View {
        let rank = words.policy.priorities.firstIndex { $0.key == key } ?? words.policy.priorities.count
        let isLast = rank >= words.policy.priorities.count - 1
        return words.words.badge(
            words.priority(key), rank == 0 ? "red" : isLast ? "outline" : "amber", rank == 0 ? "urgent" : "flag")
    }

    /// What stands above every page of the waitlist.
    private func head(
        _ words: WaitlistWords, _ request: WebRequest, _ signedIn: SignedIn, tab: String
    ) -> View {
        let tabs = [
            ("entries", "/waitlist"), ("openings", "/waitlist/openings"), ("simulation", "/waitlist/simulation"),
        ]
        return View([
            "csrf": .text(signedIn.csrf), "shell": .view(shell(request, signedIn, words.text("title"), "waitlist")),
            "tabs": .views(
                tabs.map { name, href in
                    View([
                        "href": .text(href), "label": .text(words.text("tab.\(name)")), "current": .flag(name == tab),
                    ])
                }),
        ])
    }

    private func filters(
        _ words: WaitlistWords, _ type: String?, _ priority: String?, _ location: String?
    ) -> View {
        func choice(_ value: String, _ label: String, _ chosen: Bool) -> View {
            View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
        }
        let configuration = words.words.configuration
        return View([
            "types": .views(
                [choice("", words.text("any"), type == nil)]
                    + configuration.sortedVisitTypes(words.language).map {
                        choice($0.key, $0.value.names[words.language], $0.key == type)
                    }),
            "priorities": .views(
                [choice("", words.text("any"), priority == nil)]
                    + words.policy.priorities.map {
                        choice($0.key, $0.names[words.language], $0.key == priority)
                    }),
            "locations": .views(
                [choice("", words.text("any"), location == nil)]
                    + configuration.sortedLocations.map { choice($0.key, $0.value.name, $0.key == location) }),
        ])
    }

    // MARK: Openings

    func showOpenings(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try waitlistWords(request)
        let page = try await request.spine.ask(ListOpenings(now: words.words.now, desk: desk), as: signedIn.caller)
        let rows = page.openings.map { opening in
            View([
                "href": .text("/waitlist/openings/\(opening.id.text)"), "when": .text(words.when(opening)),
                "visit": .text(words.visitType(opening.visitType)),
                "who": .text(words.practitioner(opening.practitioner)),
                "where": .text(words.location(opening.location)),
                "state": .view(words.openingState(opening.state)),
                "asked": .text(answers(page.offers[opening.id] ?? [], words)),
            ])
        }
        var view = head(words, request, signedIn, tab: "openings")
        view["rows"] = .views(rows)
        view["hasRows"] = .flag(!rows.isEmpty)
        view["none"] = .optional(
            rows.isEmpty ? words.words.empty("waitlist.openings.none", icon: "calendar") : nil)
        return .html(try request.pages.render("waitlist/openings", view, request.language))
    }

    /// "8 offers: 1 accepted, 3 declined", of those whom the reader may see.
    private func answers(_ offers: [OfferRow], _ words: WaitlistWords) -> String {
        let sent = offers.filter { $0.state != "withheld" }
        if sent.isEmpty { return words.text("nobody-asked") }
        let parts = ["accepted", "declined", "offered", "expired", "gone"].compactMap { state -> String? in
            let count = sent.count { $0.state == state }
            return count == 0 ? nil : "\(count) \(words.text("offer.count.\(state)"))"
        }
        return words.words.count("waitlist.offers", sent.count) + ": " + parts.joined(separator: ", ")
    }

    func showOpening(
        _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let words = try waitlistWords(request)
        let opened = try await request.spine.ask(
            ReadOpening(id: try request.id("id"), waitlist: waitlist, now: words.words.now), as: signedIn.caller)
        let opening = opened.opening
        let mayAct = signedIn.may(.waitlistWrite) && opening.state == "open"
        let offers = opened.offers.map { offer in
            View([
                "name": .text(opened.names[offer.patient] ?? ""), "href": .text("/patients/\(offer.patient.text)"),
                "at": .text(words.moment(offer.offeredAt, opening)),
                "until": .text(words.moment(offer.expiresAt, opening)),
                "state": .view(words.offerState(offer.state)), "why": .optional(why(offer, words)),
                "answer": .optional(
                    mayAct && offer.state == "offered" ? View(["id": .text(offer.id.text)]) : nil),
            ])
        }
        let unasked = opened.unasked.map { person in
            View([
                "name": .text(opened.names[person.patient] ?? ""), "href": .text("/patients/\(person.patient.text)"),
                "why": .text(words.why(person)),
            ])
        }
        var view = head(words, request, signedIn, tab: "openings")
        view["problem"] = .optional(
            problem.map { words.words.notice(words.text("refused"), words.text("fault.\($0.code)")) })
        view["opening"] = .view(
            View([
                "id": .text(opening.id.text), "when": .text(words.when(opening)),
                "what": .text("\(words.visitType(opening.visitType)), \(words.practitioner(opening.practitioner))"),
                "where": .text(words.location(opening.location)), "state": .view(words.openingState(opening.state)),
                "cause": .text(words.text("opening.cause.\(opening.cause)")),
                "since": .text(words.moment(opening.openedAt, opening)), "mayAct": .flag(mayAct),
            ]))
        view["offers"] = .views(offers)
        view["hasOffers"] = .flag(!offers.isEmpty)
        view["unasked"] = .views(unasked)
        view["hasUnasked"] = .flag(!unasked.isEmpty)
        view["isOpen"] = .flag(opening.state == "open")
        return .html(
            try request.pages.render("waitlist/opening", view, request.language),
            status: problem.map { Problem.status($0.category) } ?? .ok)
    }

    private func why(_ offer: OfferRow, _ words: WaitlistWords) -> String? {
        if let reason = offer.reason {
            let keys = ["waitlist.withheld.\(reason)", "booking.refusal.\(reason)"]
            return keys.first(where: words.words.pages.catalogue.has).map { words.words.text($0) } ?? reason
        }
        return offer.answeredBy.map { words.text("by.\($0)") }
    }

    // MARK: Simulation

    /// A small practice, so that the page answers at once; the program runs it at any size.
    private static let simulated = (practitioners: 20, weeks: 4)

    func showSimulation(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try waitlistWords(request)
        var inputs = WaitlistSimulation.Inputs()
        inputs.practitioners = Self.simulated.practitioners
        inputs.weeks = Self.simulated.weeks
        inputs.policy = words.policy
        let shares = [("5", 0.05), ("8.3", 0.083), ("20", 0.20)]
        let asked = request.query.trimmed("acceptance") ?? "8.3"
        let chosen = shares.first { $0.0 == asked } ?? shares[1]
        inputs.acceptance = chosen.1
        let outcome = await waitlist.simulated.outcome(of: inputs)
        let (result, costs) = (outcome.result, outcome.costs)
        var view = head(words, request, signedIn, tab: "simulation")
        view["acceptances"] = .views(
            shares.map {
                View([
                    "value": .text($0.0), "label": .text("\($0.0) %"), "chosen": .flag($0.0 == chosen.0),
                ])
            })
        view["filled"] = .text(percent(result.filled))
        view["short"] = .text(percent(result.filledShortShare))
        view["withNotice"] = .text(String(result.withNotice))
        view["cancellations"] = .text(String(result.cancellations))
        view["minutes"] = .text(words.words.count("appointment.minutes", result.medianMinutesToFill))
        view["offers"] = .text(String(result.offers))
        view["gap"] = .text(points(result.lastGap))
        view["inputs"] = .text(
            words.text(
                "simulation.inputs",
                ["practitioners": String(inputs.practitioners), "weeks": String(inputs.weeks), "acceptance": chosen.0]))
        let off = View(["label": .text(words.text("simulation.off")), "tone": "grey"])
        view["guards"] = .views(
            costs.map { cost in
                View([
                    "name": .text(words.text("guard.\(cost.exclusion.rawValue)")),
                    "with": .text(percent(cost.with.filledOverall)),
                    "without": .text(percent(cost.without.filledOverall)),
                    "cost": .text(points(cost.points)), "off": .optional(cost.isOn ? nil : off),
                ])
            })
        view["groups"] = .views(
            result.groups.map { group in
                View([
                    "name": .text(words.words.languageName(group.group)),
                    "heads": .text(String(Int(group.heads.rounded()))),
                    "offers": .text(String(group.offers)), "perHead": .text(tenths(group.perHead)),
                ])
            })
        return .html(try request.pages.render("waitlist/simulation", view, request.language))
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
    private func points(_ value: Double) -> String { tenths(value) }
    private func tenths(_ value: Double) -> String {
        let scaled = Int((value * 10).rounded())
        return "\(scaled < 0 ? "−" : "")\(abs(scaled) / 10).\(abs(scaled) % 10)"
    }
}
