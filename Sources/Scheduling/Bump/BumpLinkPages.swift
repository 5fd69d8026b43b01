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

// The page of the times that are held for a visit, for who has its link.
//
// - It names the visit and the times, and never the person: whoever holds the telephone reads it.
// - GET and HEAD only show. POST acts, and leads back to the page, which then says what came of it.
// - A link that was altered, made for something else or never made is told like one whose visit is over, with nothing of a
//   visit on it.

extension Scheduling {
    var bumpLinkRoutes: [Route] {
        let reason = "a patient's answer to the times held for their visit, by a sealed link that runs out"
        return [
            .get("/bumped/{token}", .open(reason: reason) { try await showBumped($0) }),
            .post(
                "/bumped/{token}/choice", largestBody: 16 << 10, .open(reason: reason) { try await chooseBumped($0) }),
            .post(
                "/bumped/{token}/call", largestBody: 16 << 10, .open(reason: reason) { try await declineBumped($0) }),
        ]
    }

    private struct Bumped: Sendable {
        let row: BumpedRow
        let visit: AppointmentRow
        let choices: [BumpChoice]
    }

    func showBumped(_ request: WebRequest) async throws -> WebResponse {
        try bumpedPage(request, try await bumped(request))
    }

    func chooseBumped(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        guard let linked = try await bumped(request) else { return try bumpedPage(request, nil) }
        let address = "/bumped/" + (request.parameters["token"] ?? "")
        guard let choice: ID<SlotHold> = try request.form().id("choice") else { return .seeOther(address) }
        do {
            let answer = try await request.spine.perform(
                ChooseBumped(linked.row.id, choice: choice, by: "link", bump: bump), as: caller(linked.row, request))
            return .seeOther("\(address)?said=\(answer.outcome.rawValue)")
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            // Somebody was faster by a hair, or the time may not be had any more: told kindly, not as an error.
            return .seeOther("\(address)?said=gone")
        }
    }

    func declineBumped(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        guard let linked = try await bumped(request) else { return try bumpedPage(request, nil) }
        let answer = try await request.spine.perform(
            DeclineBumped(linked.row.id, by: "link", bump: bump), as: caller(linked.row, request))
        return .seeOther("/bumped/\(request.parameters["token"] ?? "")?said=\(answer.outcome.rawValue)")
    }

    /// What a link leads to; nil: nothing that may be shown. It must still be ahead.
    private func bumped(_ request: WebRequest) async throws -> Bumped? {
        let vault = try await request.spine.vault(request.tenant)
        guard
            let id: ID<BumpedVisit> = SignedLink.id(
                request.parameters["token"] ?? "", for: BumpDesk.linkLabel, vault: vault)
        else { return nil }
        let found = try await request.spine.database.read(request.tenant) { try BumpStore.find(id, in: $0) }
        guard let row = found, row.asked > 0 else { return nil }
        let now = request.spine.clock.now()
        let directory = desk.directory
        return try await request.spine.read(.appointmentRead, as: caller(row, request)) { transaction, access in
            access.noteCommand(Permission.appointmentRead.rawValue, subject: .patient(row.patient))
            _ = try directory.grant(
                .appointmentRead, for: row.patient, labels: row.labels, access: access, in: transaction)
            guard let visit = try AppointmentStore.find(row.appointment, in: transaction),
                max(visit.place.span.start, row.start.microseconds) > now.microseconds
            else { return nil }
            return Bumped(
                row: row, visit: visit, choices: try BumpStore.choices(of: [id], in: transaction)[id] ?? [])
        }
    }

    /// The patient, by their link: what they may do to their own visit.
    private func caller(_ row: BumpedRow, _ request: WebRequest) -> Caller {
        Caller(
            tenant: request.tenant, actor: .patient(row.patient),
            permissions: Labels.permissions.union([.bumpWrite, .appointmentRead, .appointmentWrite]),
            purpose: .patientRequest, correlation: request.spine.ids.nextRaw(), origin: "link",
            remote: request.remote)
    }

    // MARK: The page

    private func bumpedPage(_ request: WebRequest, _ linked: Bumped?) throws -> WebResponse {
        let words = try words(request)
        let state = linked.map { Self.state($0, request.query.trimmed("said"), words.now) } ?? "unknown"
        var view = selfFrame(
            words, request, title: "bumped.\(state).title", text: words.text("bumped.\(state).text"))
        view["visit"] = nil
        view["open"] = nil
        guard let linked else {
            return .html(try request.pages.render("bump/link", view, request.language), status: .notFound)
        }
        if state == "open" || state == "gone" || state == "declined" {
            view["visit"] = .view(try shown(linked.visit.place, words, heading: "bumped.was"))
        } else if state == "chosen" {
            view["visit"] = .view(try shown(linked.visit.place, words, heading: "bumped.now"))
        }
        let live = linked.choices.filter { $0.isLive(at: words.now) }
        if state == "open" || state == "gone" || state == "declined", let until = linked.row.answerBy,
            until > words.now, !live.isEmpty
        {
            let zone = try desk.plans.timeZones.zone(linked.visit.place.zone)
            let when = words.dates.dateTime(
                zone.civil(at: until.microseconds), today: zone.civil(at: words.now.microseconds).date)
            view["open"] = .view(
                View([
                    "action": .text(request.path), "mayDecline": .flag(!linked.row.wantsNone),
                    "until": .text(words.text("offers.until", ["when": when])),
                    "choices": .views(
                        try live.map { choice in
                            let visit = try wording(choice.place, words)
                            return View([
                                "value": .text(choice.hold.text),
                                "when": .text(SchedulingWords.capitalized(visit.whenAndWhere)),
                                "who": .text(visit.practitioner), "where": .text(visit.locationName),
                            ])
                        }),
                ]))
        }
        return .html(try request.pages.render("bump/link", view, request.language))
    }

    private func shown(_ place: Placement, _ words: SchedulingWords, heading: String) throws -> View {
        let visit = try wording(place, words)
        let address = visit.location.map { ", \($0.address.oneLine)" } ?? ""
        return View([
            "heading": .text(words.text(heading)), "when": .text(SchedulingWords.capitalized(visit.whenAndWhere)),
            "what": .text(visit.visitType), "who": .text(visit.practitioner),
            "where": .text(visit.locationName + address),
        ])
    }

    private func wording(_ place: Placement, _ words: SchedulingWords) throws -> VisitWording {
        VisitWording(
            place, configuration: words.configuration, language: words.language,
            zone: try desk.plans.timeZones.zone(place.zone), now: words.now)
    }

    /// What the page says: what is so, and of what is said in the address only what fits it.
    private static func state(_ linked: Bumped, _ said: String?, _ now: Instant) -> String {
        let row = linked.row
        switch row.state {
        case "moved": return "chosen"
        case "cancelled": return "cancelled"
        case "waiting":
            let isOpen = (row.answerBy ?? now) > now && linked.choices.contains { $0.isLive(at: now) }
            if row.wantsNone { return "declined" }
            return isOpen ? (said == "gone" ? "gone" : "open") : "late"
        default: return "kept"
        }
    }
}
