import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    /// Another time for a visit, as somebody pointed at it on the schedule.
    private struct Pointed: Sendable {
        let visit: ID<Appointment>
        /// Empty: the visit keeps its own.
        let practitioner: String
        let location: String
        let start: CivilDateTime
        /// The schedule that it was pointed at on.
        let back: String

        init(_ visit: ID<Appointment>, _ fields: FormFields) throws(Fault) {
            self.visit = visit
            practitioner = fields.trimmed("practitioner") ?? ""
            location = fields.trimmed("location") ?? ""
            guard let text = fields["start"], let start = CivilDateTime(iso: text),
                (1970...2200).contains(start.date.year)
            else { throw Fault.invalid("start", "Not a time.") }
            self.start = start
            let asked = fields["back"] ?? ""
            let isOurs = asked.hasPrefix("/schedule?") && asked.utf8.count < 400 && !asked.contains("\n")
            back = isOurs ? asked : "/schedule"
        }

        func question(_ row: AppointmentRow) -> SlotFinder.Question {
            SlotFinder.Question(
                visitType: row.place.visitType,
                practitioner: practitioner.isEmpty ? row.place.practitioner : practitioner,
                location: location.isEmpty ? row.place.location : location, localStart: start)
        }

        func answered(_ done: String) -> String {
            let parts = back.split(separator: "?", maxSplits: 1)
            let kept = (parts.count > 1 ? parts[1] : "").split(separator: "&").filter { !$0.hasPrefix("done=") }
            return "/schedule?" + (kept.map(String.init) + ["done=\(done)"]).joined(separator: "&")
        }
    }

    /// What the time would be, or why the visit cannot be there.
    func showPlacement(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let pointed = try Pointed(request.id("id"), request.query)
        return try await placementPage(pointed, request, signedIn)
    }

    /// Moves the visit by the ordinary command.
    func placeFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let pointed = try Pointed(request.id("id"), form)
        let row = try await request.spine.ask(ReadAppointment(pointed.visit), as: signedIn.caller)
        let key = form.trimmed("intent").flatMap { IdempotencyKey($0) }.map { (key: $0, payload: request.body) }
        let version = form.trimmed("version").flatMap { Int($0) }
        do {
            _ = try await request.spine.perform(
                MoveAppointment(
                    pointed.visit, to: .slot(pointed.question(row)), telling: form["tell"] == "1", version: version,
                    breakingLinks: form["anyway"] == "1", desk: desk), as: signedIn.caller, idempotency: key)
            return .seeOther(pointed.answered("appointment.moved"))
        } catch let fault as Fault where fault.category == .conflict {
            return try await placementPage(pointed, request, signedIn, problem: fault)
        }
    }

    private func placementPage(
        _ pointed: Pointed, _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let words = try words(request)
        let row = try await request.spine.ask(ReadAppointment(pointed.visit), as: signedIn.caller)
        let client = try await request.spine.ask(
            ReadBookingClient(patient: row.patient, moving: row.id, desk: desk), as: signedIn.caller)
        let question = pointed.question(row)
        guard let zone = words.plan.zone(ofLocation: question.location) else {
            throw Fault.invalid("location", "Not a known location.")
        }
        let place = placement(question, row, zone, words)
        let isBroken = problem?.code == "slot.link-broken"
        var reason = Self.refusal(of: row, isBroken ? nil : problem, words)
        let broken = try await broken(question, place, row, request, signedIn)
        if reason == nil {
            let refusal = try await request.spine.ask(
                AskWhyNot(
                    question, patient: row.patient, need: row.need, moving: row.id, now: words.now, desk: desk),
                as: signedIn.caller)
            reason = refusal.map { words.text("booking.refusal.\($0.rawValue)") }
        }
        let new = VisitWording(
            place, configuration: words.configuration, language: words.language, zone: zone, now: words.now)
        let old = words.visit(row, try desk.plans.timeZones.zone(row.place.zone))
        let isSame = row.place.span.start == place.span.start && row.place.practitioner == place.practitioner
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("booking.title"), "schedule")),
            "heading": .text(words.text("booking.heading.move")),
            "problem": .optional(
                reason.map { words.notice(words.text("placement.refused"), $0, tone: "red") } ?? words.broken(broken)),
            "who": .view(words.who(client.card)),
            "month": .text(words.text("schedule.month.short.\(new.local.date.month)")),
            "date": .text(String(new.local.date.day)), "when": .text(words.span(new)),
            "what": .text("\(new.visitType), \(new.practitioner)"), "where": .text(new.locationName),
            "other": .text(
                "/booking?moving=\(row.id.text)&from=\(question.localStart.date.iso)&at=\(question.localStart.time.hhmm)"
            ),
            "back": .text(pointed.back),
            "form": .optional(
                reason != nil || isSame
                    ? nil
                    : form(
                        pointed, question, row, request.spine, words, new.when, instead: old.when,
                        anyway: !broken.isEmpty)),
        ])
        return .html(
            try request.pages.render("schedule/placement", view, request.language),
            status: problem.map { Problem.status($0.category) } ?? .ok)
    }

    private func form(
        _ pointed: Pointed, _ question: SlotFinder.Question, _ row: AppointmentRow, _ spine: Spine,
        _ words: SchedulingWords, _ when: String, instead: String, anyway: Bool
    ) -> View {
        View([
            "action": .text("/appointments/\(row.id.text)/placement"), "practitioner": .text(question.practitioner),
            "location": .text(question.location), "start": .text(question.localStart.iso),
            "back": .text(pointed.back), "version": .number(row.version),
            "intent": .text(Crockford.encode(spine.ids.nextRaw())),
            "anyway": .flag(anyway),
            "confirm": .text(words.text(anyway ? "belonging.move-anyway" : "booking.confirm.move", ["when": when])),
            "instead": .text(words.text("booking.instead", ["when": instead])),
        ])
    }

    /// The links that the visit would break there.
    private func broken(
        _ question: SlotFinder.Question, _ place: Placement, _ row: AppointmentRow, _ request: WebRequest,
        _ signedIn: SignedIn
    ) async throws -> [LinkBetween] {
        let slot = OpenSlot(
            visitType: question.visitType, practitioner: question.practitioner, location: question.location,
            localStart: question.localStart, span: place.span)
        return try await request.spine.ask(
            AskBrokenLinks(visit: row.id, slots: [slot], desk: desk), as: signedIn.caller
        ).first ?? []
    }

    private func placement(
        _ question: SlotFinder.Question, _ row: AppointmentRow, _ zone: Zone, _ words: SchedulingWords
    ) -> Placement {
        let start = zone.instant(of: question.localStart)
        return Placement(
            visitType: question.visitType, practitioner: question.practitioner, location: question.location,
            localStart: question.localStart.iso, zone: zone.name, timeZoneVersion: words.plan.timeZoneVersion,
            span: TimeSpan(start: start, end: start + row.place.span.end - row.place.span.start))
    }

    /// Why this visit is not moved at all, or what the command said.
    private static func refusal(
        of row: AppointmentRow, _ problem: Fault?, _ words: SchedulingWords
    ) -> String? {
        if case .refused(let why) = AppointmentMachine.apply(.move(external: false), to: row.state(at: words.now)) {
            return words.text("appointment.refused.\(why.rawValue)")
        }
        guard let problem else { return nil }
        let code = problem.code.split(separator: ".").dropFirst().joined(separator: ".")
        for key in ["booking.refusal.\(code)", "appointment.refused.\(code)"] where words.pages.catalogue.has(key) {
            return words.text(key)
        }
        return problem.code == BookingRules.taken.code
            ? words.text("booking.refusal.practitioner-busy") : problem.message
    }
}
