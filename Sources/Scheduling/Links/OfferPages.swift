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

// The page of an offer, for who has its link.
//
// - It names the visit and the time, and never the person: whoever holds the telephone reads it.
// - GET and HEAD only show. POST acts, and leads back to the page, which then says what came of it.
// - A link that was altered, made for something else or never made is told like one whose offer is gone, with nothing of
//   a visit on it.
// - The page is there until the visit is over; what may still be done is asked of the offer each time.

extension Scheduling {
    var offerLinkRoutes: [Route] {
        let reason = "a patient's answer to an offer, by a sealed link that runs out"
        return [
            .get("/offers/{token}", .open(reason: reason) { try await showOffer($0) }),
            .post("/offers/{token}/acceptance", .open(reason: reason) { try await answerOffer($0, .accept) }),
            .post("/offers/{token}/refusal", .open(reason: reason) { try await answerOffer($0, .decline) }),
            .post("/offers/{token}/leaving", .open(reason: reason) { try await answerOffer($0, .leave) }),
        ]
    }

    private enum Act { case accept, decline, leave }

    private struct Linked: Sendable {
        let offer: OfferRow
        let opening: OpeningRow
        let entry: EntryRow
        /// The start of the visit that taking the time would move.
        let moves: AppointmentRow?
    }

    func showOffer(_ request: WebRequest) async throws -> WebResponse {
        guard let linked = try await linked(request) else { return try page(request, nil, nil) }
        return try page(request, linked, request.query.trimmed("said"))
    }

    private func answerOffer(_ request: WebRequest, _ act: Act) async throws -> WebResponse {
        // A form of another site can be made to act for whoever has the link open; a browser says so.
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(.forbidden, "link.cross-site", "This has to be done on the page itself.")
        }
        guard let linked = try await linked(request) else { return try page(request, nil, nil) }
        let caller = caller(linked.offer.patient, request)
        let address = "/offers/" + (request.parameters["token"] ?? "")
        do {
            switch act {
            case .accept:
                let answer = try await request.spine.perform(
                    AcceptOffer(linked.offer.id, by: "link", waitlist: waitlist), as: caller)
                return .seeOther("\(address)?said=\(answer.outcome.rawValue)")
            case .decline:
                let answer = try await request.spine.perform(
                    DeclineOffer(linked.offer.id, by: "link", waitlist: waitlist), as: caller)
                return .seeOther("\(address)?said=\(answer.outcome.rawValue)")
            case .leave:
                _ = try await request.spine.perform(
                    LeaveWaitlist(linked.entry.id, reason: .patient, waitlist: waitlist), as: caller)
                return .seeOther("\(address)?said=left")
            }
        } catch let fault as Fault where fault.category == .conflict {
            // Somebody was faster by a hair, or the visit may not be had any more: told kindly, not as an error.
            return .seeOther("\(address)?said=\(fault.code == "waitlist.accepted" ? "accepted" : "gone")")
        }
    }

    /// What a link leads to; nil: nothing that may be shown. The visit must still be ahead.
    private func linked(_ request: WebRequest) async throws -> Linked? {
        let vault = try await request.spine.vault(request.tenant)
        guard
            let id: ID<WaitlistOffer> = SignedLink.id(
                request.parameters["token"] ?? "", for: WaitlistDesk.linkLabel, vault: vault)
        else { return nil }
        let found = try await request.spine.database.read(request.tenant) { try OfferStore.find(id, in: $0) }
        guard let offer = found else { return nil }
        let directory = desk.directory
        let now = request.spine.clock.now()
        return try await request.spine.read(.waitlistRead, as: caller(offer.patient, request)) { transaction, access in
            access.noteCommand(Permission.waitlistRead.rawValue, subject: .patient(offer.patient))
            guard let opening = try OfferStore.opening(offer.opening, in: transaction),
                let entry = try WaitlistStore.find(offer.entry, in: transaction), opening.start > now
            else { return nil }
            let set = try directory.set(of: offer.patient, in: transaction)
            let later = try WaitlistStore.later(
                of: set.members, entry.wish.visitType, after: opening.start, in: transaction)
            return Linked(
                offer: offer, opening: opening, entry: entry,
                moves: try later.flatMap { try AppointmentStore.find($0, in: transaction) })
        }
    }

    /// The patient, by their link: what they may do to their own place on the list and the visit that comes of it.
    private func caller(_ patient: ID<Patient>, _ request: WebRequest) -> Caller {
        Caller(
            tenant: request.tenant, actor: .patient(patient),
            permissions: Labels.permissions.union([
                .waitlistRead, .waitlistWrite, .appointmentRead, .appointmentWrite,
            ]), purpose: .patientRequest, correlation: request.spine.ids.nextRaw(), origin: "link",
            remote: request.remote)
    }

    // MARK: The page

    private func page(_ request: WebRequest, _ linked: Linked?, _ said: String?) throws -> WebResponse {
        let words = try words(request)
        let now = words.now
        let state = linked.map { Self.state($0, said, now) } ?? "unknown"
        let title = words.text("offers.\(state).title")
        let configuration = words.configuration
        let reason = SlotRefusal(rawValue: linked?.offer.reason ?? "")?.told ?? "not-available"
        let text = words.text("offers.\(state).text", ["reason": words.text("booking.told.\(reason)")])
        var view = View([
            "shell": .view(bare(request, title)), "csrf": "", "practice": .text(configuration.organization?.name ?? ""),
            "title": .text(title), "text": .text(text), "visit": nil, "open": nil,
            "ask": nil,
        ])
        if let phone = configuration.organization?.value.phone, let number = PhoneNumber(phone) {
            view["ask"] = .view(View(["href": .text("tel:" + number.e164), "number": .text(number.display)]))
        }
        guard let linked else { return .html(try render(view, request), status: .notFound) }
        let zone = try desk.plans.timeZones.zone(linked.opening.zone)
        let visit = VisitWording(
            Placement(
                visitType: linked.entry.wish.visitType, practitioner: linked.opening.practitioner,
                location: linked.opening.location, localStart: linked.opening.localStart, zone: linked.opening.zone,
                timeZoneVersion: words.plan.timeZoneVersion, span: linked.opening.span),
            configuration: configuration, language: words.language, zone: zone, now: now)
        if state == "open" || state == "accepted" || state == "busy" {
            let address = visit.location.map { ", \($0.address.oneLine)" } ?? ""
            view["visit"] = .view(
                View([
                    "when": .text(SchedulingWords.capitalized(visit.whenAndWhere)), "what": .text(visit.visitType),
                    "who": .text(visit.practitioner), "where": .text(visit.locationName + address),
                    "prep": .optional(
                        configuration.visitTypes[linked.entry.wish.visitType]?.prep?[words.language]),
                ]))
        }
        if state == "open" || state == "busy" {
            let until = visit.dates.dateTime(
                zone.civil(at: linked.offer.expiresAt.microseconds), today: visit.today)
            view["open"] = .view(
                View([
                    "action": .text(request.path), "until": .text(words.text("offers.until", ["when": until])),
                    "moves": .optional(try linked.moves.map { try moved($0, words) }),
                ]))
        }
        return .html(try render(view, request))
    }

    private func moved(_ row: AppointmentRow, _ words: SchedulingWords) throws -> String {
        let visit = words.visit(row, try desk.plans.timeZones.zone(row.place.zone))
        return words.text("offers.moves", ["when": visit.when])
    }

    private func render(_ view: View, _ request: WebRequest) throws -> [UInt8] {
        try request.pages.render("offers/show", view, request.language)
    }

    /// What the page says: what is so, and of what is said in the address only what fits it.
    private static func state(_ linked: Linked, _ said: String?, _ now: Instant) -> String {
        if linked.entry.state == "left" { return "left" }
        switch linked.offer.state {
        case "accepted": return "accepted"
        case "declined": return "declined"
        case "expired": return "late"
        case "withdrawn" where linked.offer.reason != nil: return "refused"
        case "offered" where linked.opening.state == "open":
            guard linked.offer.expiresAt > now else { return "late" }
            return said == "busy" ? "busy" : said == "gone" ? "gone" : "open"
        default: return "gone"
        }
    }
}
