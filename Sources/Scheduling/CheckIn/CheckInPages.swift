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
    func checkInRoutes(_ doors: SelfServiceDoors) -> [Route] {
        let reason = "a patient's check-in for their own visit, by a link that ends with its day"
        return [
            .get("/v/{token}/checkin", .open(reason: reason) { try await showCheckIn($0) }),
            .post(
                "/v/{token}/checkin", largestBody: 64 << 10, .open(reason: reason) { try await giveCheckIn($0, doors) }),
            .post("/v/{token}/arrival", largestBody: 4 << 10, .open(reason: reason) { try await arriveByLink($0) }),
        ]
    }

    private func type(of linked: LinkedVisit, _ words: SchedulingWords) -> VisitTypeDefinition? {
        words.plan.visitTypes[linked.row.place.visitType]
    }

    private func showCheckIn(_ request: WebRequest) async throws -> WebResponse {
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        return try checkInPage(request, linked, CheckInForm())
    }

    /// The form, with what was typed and what is wrong with it; once it was given, what comes next.
    private func checkInPage(
        _ request: WebRequest, _ linked: LinkedVisit, _ form: CheckInForm
    ) throws -> WebResponse {
        let words = try words(request)
        let row = linked.row
        let type = type(of: linked, words)
        guard CheckInRules.isOpen(row, type, at: words.now) else { return .seeOther(linked.path) }
        let again = request.query["again"] == "yes"
        let isForm = !linked.hasCheckedIn || !form.problems.isEmpty || again
        var view = selfFrame(
            words, request, title: isForm ? "check-in.title" : "check-in.given",
            text: words.text(isForm ? "check-in.text" : "check-in.given.text"))
        let visit = words.visit(row, try desk.plans.timeZones.zone(row.place.zone))
        view["visit"] = .view(VisitLinkView.visit(visit, isShared: linked.isShared))
        view["back"] = .text(linked.path)
        view["path"] = .text(linked.path)
        view["form"] = .optional(
            isForm
                ? CheckInFormView(
                    words: words, rule: type?.rules.checkIn ?? CheckInRule(), form: form,
                    card: linked.isShared ? nil : linked.card, action: linked.path + "/checkin"
                ).view : nil)
        let isToday = visit.today == visit.local.date
        view["here"] = .flag(!isForm && isToday)
        view["notToday"] = .flag(!isForm && !isToday)
        view["again"] = .optional(isForm ? nil : "\(linked.path)/checkin?again=yes")
        view["queue"] = .optional(words.queue(linked.standing, visit.zone))
        return .html(
            try request.pages.render("check-in/show", view, request.language),
            status: form.problems.isEmpty ? .ok : .unprocessableContent)
    }

    private func giveCheckIn(_ request: WebRequest, _ doors: SelfServiceDoors) async throws -> WebResponse {
        try refuseForeign(request)
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        let words = try words(request)
        let rule = type(of: linked, words)?.rules.checkIn ?? CheckInRule()
        let form = CheckInForm(try request.form(), rule, words.language)
        guard form.problems.isEmpty else { return try checkInPage(request, linked, form) }
        do {
            _ = try await request.spine.perform(
                GiveCheckIn(
                    id: linked.row.id, content: form.content, agreed: form.agreed, consents: doors.consents, desk: desk),
                as: linked.caller)
        } catch let fault as Fault where fault.category == .conflict {
            return .seeOther(linked.path + "?said=changed")
        }
        return .seeOther(linked.path + "/checkin")
    }

    private func arriveByLink(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        guard let linked = try await linkedVisit(request) else { return try deadLink(request) }
        do {
            _ = try await request.spine.perform(ArriveByLink(id: linked.row.id, desk: desk), as: linked.caller)
            return .seeOther(linked.path)
        } catch let fault as Fault where fault.category == .conflict {
            return .seeOther(linked.path + "?said=changed")
        }
    }
}

extension SchedulingWords {
    /// "2 before you. We expect to see you at 9:50 AM."
    func queue(_ standing: QueueStanding.Standing, _ zone: Zone) -> String? {
        var parts: [String] = []
        if let position = standing.position { parts.append(count("check-in.queue", position - 1)) }
        if let start = standing.expected?.median {
            parts.append(text("check-in.expected", ["time": dates.time(zone.civil(at: start.microseconds).time)]))
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}
