import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var visitLinkRoutes: [Route] {
        let reason = "a patient's own visit, by a link that ends with its day"
        func shows(_ path: String, _ body: @escaping @Sendable (WebRequest) async throws -> WebResponse) -> Route {
            .get(path, heavy: true, .open(reason: reason, body))
        }
        func acts(
            _ path: String, _ body: @escaping @Sendable (WebRequest, LinkedVisit) async throws -> String
        ) -> Route {
            .post(path, largestBody: 16 << 10, .open(reason: reason) { try await act($0, body) })
        }
        return [
            shows("/v/{token}", showVisit), shows("/v/{token}/times", showTimes), shows("/v/{token}/move", showMove),
            acts("/v/{token}/confirmation", confirmVisit), acts("/v/{token}/cancellation", cancelVisit),
            acts("/v/{token}/hold", holdForMove), acts("/v/{token}/move", moveVisit),
            .post("/v/{token}/waiting", largestBody: 16 << 10, .open(reason: reason) { try await waitForEarlier($0) }),
            acts("/v/{token}/lateness", sayLate),
        ]
    }

    /// What a link leads to.
    struct LinkedVisit: Sendable {
        let row: AppointmentRow
        /// Whether others may read at the number that texts go to.
        let isShared: Bool
        let card: PatientCard?
        let standing: QueueStanding.Standing
        let lateness: Lateness?
        let isWaiting: Bool
        let hasCheckedIn: Bool
        let belonging: [BelongingRead.Link]
        let caller: Caller
        /// `/v/…`
        let path: String
    }

    // MARK: Finding it

    /// Nil: nothing that may be shown.
    func linkedVisit(_ request: WebRequest) async throws -> LinkedVisit? {
        let vault = try await request.spine.vault(request.tenant)
        guard let id = VisitLinks.visit(request.parameters["token"] ?? "", vault) else { return nil }
        let found = try await request.spine.database.read(request.tenant) { try AppointmentStore.find(id, in: $0) }
        guard let row = found else { return nil }
        let zone = try desk.plans.timeZones.zone(row.place.zone)
        let ends = zone.startOfDay(zone.civil(at: row.place.span.start).date.adding(days: 1))
        guard request.spine.clock.now().microseconds < ends else { return nil }
        let caller = linkCaller(row.patient, request)
        let (desk, directory, now) = (desk, desk.directory, request.spine.clock.now())
        return try await request.spine.read(.appointmentRead, as: caller) { transaction, access in
            let (set, grant) = try directory.grant(
                .appointmentRead, for: row.patient, labels: row.place.labels, access: access, in: transaction)
            let card = try directory.cards(of: [row.patient], grant: grant, in: transaction)[row.patient]
            let lateness = try LatenessStore.find(row.id, in: transaction)
            return LinkedVisit(
                row: row, isShared: card?.textPhone?.shared ?? false, card: card,
                standing: try QueueStanding.read(row, now: now, desk: desk, for: caller, in: transaction),
                lateness: lateness.flatMap { $0.placement == row.placement ? $0 : nil },
                isWaiting: try WaitlistStore.waiting(set.members, row.place.visitType, in: transaction) != nil,
                hasCheckedIn: try CheckInStore.find(row.id, in: transaction)?.placement == row.placement,
                belonging: row.status.holdsTime ? try BelongingRead.links(row, desk, transaction, access) : [],
                caller: caller, path: VisitLinks.path(row.id, vault))
        }
    }

    /// The patient, by their link: what they may do to their own visit.
    private func linkCaller(_ patient: ID<Patient>, _ request: WebRequest) -> Caller {
        Caller(
            tenant: request.tenant, actor: .patient(patient),
            permissions: Labels.permissions.union([
                .appointmentRead, .appointmentWrite, .waitlistRead, .waitlistWrite,
            ]), purpose: .patientRequest, correlation: request.spine.ids.nextRaw(), origin: "link",
            remote: request.remote)
    }

    /// A form of another site can be made to act for whoever has the link open; a browser says so.
    func refuseForeign(_ request: WebRequest) throws {
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(.forbidden, "csrf.site", "This has to be done on the page itself.")
        }
    }

    // MARK: Showing

    private func showVisit(_ request: WebRequest) async throws -> WebResponse {
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        let page = try VisitLinkView(self, request, linked)
        return .html(try request.pages.render("visit-link/show", page.view, request.language))
    }

    func deadLink(_ request: WebRequest) throws -> WebResponse {
        request.note(.deadLink, route: "/v/{token}")
        let words = try words(request)
        let view = selfFrame(words, request, title: "visit-link.unknown", text: words.text("visit-link.unknown.text"))
        return .html(try request.pages.render("visit-link/gone", view, request.language), status: .notFound)
    }

    /// What stands round the pages of patients.
    func selfFrame(_ words: SchedulingWords, _ request: WebRequest, title: String, text: String) -> View {
        let title = words.text(title)
        var view = View([
            "shell": .view(bare(request, title)), "csrf": "", "title": .text(title), "text": .text(text),
            "practice": .text(words.configuration.organization?.name ?? ""), "ask": nil,
        ])
        if let phone = words.configuration.organization?.value.phone, let number = PhoneNumber(phone) {
            view["ask"] = .view(View(["href": .text("tel:" + number.e164), "number": .text(number.display)]))
        }
        return view
    }

    // MARK: Acting

    /// One act of a link: what was said of it leads back to the page, which says how things stand.
    private func act(
        _ request: WebRequest, _ body: @Sendable (WebRequest, LinkedVisit) async throws -> String
    ) async throws -> WebResponse {
        try refuseForeign(request)
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        do {
            return .seeOther(linked.path + (try await body(request, linked)))
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            switch fault.code {
            case "link.call", "appointment.late-often", "appointment.not-late":
                return .seeOther(linked.path + "?said=call")
            case "slot.link-broken": return .seeOther(linked.path + "?said=call")
            case let code where code.hasPrefix("slot.") || code.hasPrefix("hold."):
                return .seeOther(linked.path + "/times?said=taken")
            default: return .seeOther(linked.path + "?said=changed")
            }
        }
    }

    private func confirmVisit(_ request: WebRequest, _ linked: LinkedVisit) async throws -> String {
        _ = try await request.spine.perform(
            ConfirmAppointment(linked.row.id, by: "link", desk: desk), as: linked.caller)
        return "?said=confirmed"
    }

    private func cancelVisit(_ request: WebRequest, _ linked: LinkedVisit) async throws -> String {
        let reason = try request.form()["reason"].flatMap(PatientReason.init(rawValue:)) ?? .other
        _ = try await request.spine.perform(
            CancelByLink(id: linked.row.id, reason: reason, desk: desk), as: linked.caller)
        return "?said=cancelled"
    }

    private func sayLate(_ request: WebRequest, _ linked: LinkedVisit) async throws -> String {
        guard let minutes = try request.form()["minutes"].flatMap({ Int($0) }), LatenessRules.choices.contains(minutes)
        else { return "" }
        _ = try await request.spine.perform(
            SayLate(linked.row.id, minutes: minutes, by: "link", desk: desk), as: linked.caller)
        return "?said=late"
    }

    /// A place on the list for the same visit, sooner; what cannot be read of a wish is shown beside it.
    private func waitForEarlier(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        let wish = EarlierWish(try request.form())
        if !wish.problems.isEmpty, let linked = try await linkedVisit(request) {
            var page = try VisitLinkView(self, request, linked)
            page.earlier = wish
            return .html(
                try request.pages.render("visit-link/show", page.view, request.language), status: .unprocessableContent)
        }
        return try await act(request) { try await join($0, $1, wish) }
    }

    /// A place on the list for the same visit, sooner.
    private func join(_ request: WebRequest, _ linked: LinkedVisit, _ wish: EarlierWish) async throws -> String {
        guard VisitLinkView.mayWait(linked, at: request.spine.clock.now()) else { return "" }
        let place = linked.row.place
        let plan = try desk.plans.plan(of: request.tenant)
        if wish.isSame, !EarlierWish.mayBeSame(place, plan) { return "?said=changed" }
        do {
            _ = try await request.spine.perform(
                JoinWaitlist(linked.row.patient, WaitlistRequest(wish.wish(of: place)), waitlist: waitlist),
                as: linked.caller)
            return "?said=waiting"
        } catch let fault as Fault where fault.category == .conflict && fault.code.hasPrefix("slot.") {
            // No time was taken from them: an earlier one is not for them. An address says no more than the page.
            let refusal = SlotRefusal(rawValue: String(fault.code.dropFirst("slot.".count)))
            return "?said=refused&why=" + (refusal?.told ?? SlotRefusal.noSession.told)
        }
    }

    private func holdForMove(_ request: WebRequest, _ linked: LinkedVisit) async throws -> String {
        let now = request.spine.clock.now()
        guard try LinkRules(linked.row, desk, at: now, tenant: request.tenant).mayMove else { throw LinkRules.call }
        guard let question = BookingWish.question(token: try request.form()["slot"] ?? ""),
            question.visitType == linked.row.place.visitType
        else { return "/times" }
        let hold = try await request.spine.perform(
            HoldSlot(question, patient: nil, moving: linked.row.id, desk: desk), as: linked.caller)
        return "/move?hold=\(Crockford.encode(hold.id))"
    }

    private func moveVisit(_ request: WebRequest, _ linked: LinkedVisit) async throws -> String {
        guard let id: ID<SlotHold> = try request.form().id("hold"),
            let hold = try await heldForMove(id, request, linked)
        else { return "/times?said=taken" }
        // The form once more: the visit is there already.
        if hold.state == "booked", hold.localStart == linked.row.place.localStart { return "?said=moved" }
        let now = request.spine.clock.now()
        guard try LinkRules(linked.row, desk, at: now, tenant: request.tenant).mayMove else { throw LinkRules.call }
        _ = try await request.spine.perform(
            MoveAppointment(linked.row.id, to: .hold(id), desk: desk), as: linked.caller)
        return "?said=moved"
    }

    private func heldForMove(
        _ id: ID<SlotHold>, _ request: WebRequest, _ linked: LinkedVisit
    ) async throws -> HoldRow? {
        let hold = try await request.spine.database.read(request.tenant) { try HoldStore.find(id, in: $0) }
        return hold.flatMap { $0.moving == linked.row.id ? $0 : nil }
    }

    // MARK: Another time

    private func showTimes(_ request: WebRequest) async throws -> WebResponse {
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        let words = try words(request)
        guard try LinkRules(linked.row, desk, at: words.now, tenant: request.tenant).mayMove else {
            return .seeOther(linked.path)
        }
        let place = linked.row.place
        let zone = try desk.plans.timeZones.zone(place.zone)
        let today = zone.civil(at: words.now.microseconds).date
        let wanted = request.query["from"].flatMap { CivilDate(iso: $0) } ?? today
        let from = today.days(until: wanted) < 0 || today.days(until: wanted) > 730 ? today : wanted
        let isAnyone = request.query["who"] == "any"
        let search = SlotRequest(
            visitType: place.visitType, from: from, to: from.adding(days: 60),
            practitioners: isAnyone ? nil : [place.practitioner], locations: isAnyone ? nil : [place.location],
            limit: TimesView.most)
        let (slots, fitting) = try await timesToMove(search, linked, now: words.now, request)
        let last = TimesView(words: words, slots: slots, today: today).last
        let times = TimesView(words: words, slots: fitting, today: today, isShared: linked.isShared)
        let asked = AskedTime(request.query, on: from)
        let told = try await answer(
            to: asked, search, among: fitting, moving: linked.row, now: words.now, request, as: linked.caller
        ) { try await timesToMove($0, linked, now: words.now, request).fitting }
        var view = selfFrame(words, request, title: "visit-link.times", text: words.text("visit-link.times.text"))
        view["taken"] = .flag(request.query["said"] == "taken")
        view["back"] = .text(linked.path)
        view["action"] = .text(linked.path + "/hold")
        view["from"] = .text(from.iso)
        view["first"] = .text(today.iso)
        view["isAnyone"] = .flag(isAnyone)
        view["at"] = .view(asked.field(words))
        view["asked"] = .optional(asked.view(told, words, today: today, isShared: linked.isShared))
        view["times"] = .view(times.view)
        view["more"] = .optional(
            last.map { "\(linked.path)/times?from=\($0.adding(days: 1).iso)\(isAnyone ? "&who=any" : "")" })
        view["anyone"] = .optional(isAnyone || linked.isShared ? nil : "\(linked.path)/times?from=\(from.iso)&who=any")
        return .html(try request.pages.render("visit-link/times", view, request.language))
    }

    /// The times of a search but the one the visit has, and those of them that break nothing that belongs to it.
    private func timesToMove(
        _ search: SlotRequest, _ linked: LinkedVisit, now: Instant, _ request: WebRequest
    ) async throws -> (found: [OpenSlot], fitting: [OpenSlot]) {
        let (row, place) = (linked.row, linked.row.place)
        let found = try await request.spine.ask(
            FindSlots(search, patient: row.patient, moving: row.id, now: now, desk: desk), as: linked.caller
        ).filter { $0.localStart.iso != place.localStart || $0.practitioner != place.practitioner }
        let broken = try await request.spine.ask(
            AskBrokenLinks(visit: row.id, slots: found, desk: desk), as: linked.caller)
        return (found, zip(found, broken).filter { $0.1.isEmpty }.map(\.0))
    }

    private func showMove(_ request: WebRequest) async throws -> WebResponse {
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        let words = try words(request)
        guard let id: ID<SlotHold> = request.query.id("hold"), let hold = try await heldForMove(id, request, linked),
            hold.state == "held", hold.expiresAt > words.now
        else { return .seeOther(linked.path + "/times?said=taken") }
        let zone = try desk.plans.timeZones.zone(hold.zone)
        let place = Placement(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location,
            localStart: hold.localStart, zone: hold.zone, timeZoneVersion: words.plan.timeZoneVersion, span: hold.span)
        let visit = VisitWording(
            place, configuration: words.configuration, language: words.language, zone: zone, now: words.now)
        let old = words.visit(linked.row, try desk.plans.timeZones.zone(linked.row.place.zone))
        var view = selfFrame(
            words, request, title: "visit-link.move", text: words.text("visit-link.move.text", ["when": old.when]))
        view["visit"] = .view(VisitLinkView.visit(visit, isShared: linked.isShared))
        view["until"] = .text(
            words.text(
                "visit-link.held",
                ["time": words.dates.time(zone.civil(at: hold.expiresAt.microseconds).time)]))
        view["action"] = .text(linked.path + "/move")
        view["hold"] = .text(id.text)
        view["back"] = .text(linked.path + "/times")
        return .html(try request.pages.render("visit-link/move", view, request.language))
    }
}
