import HTTPTypes
import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// The page of one list: what became of its visits, and who must be called.
extension Scheduling {
    func showBumpList(
        _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let words = try words(request)
        let id: ID<ScheduleAbsence> = try request.id("id")
        let page = try await request.spine.ask(
            ReadBumpList(id: id, now: words.now, desk: desk), as: signedIn.caller)
        let absence = page.absence
        let mayWrite = signedIn.may(.bumpWrite) && absence.state != "withdrawn"
        let mayAct = mayWrite && signedIn.may(.appointmentWrite)
        let own = page.lines.filter { $0.row.isWaiting && $0.elsewhere == nil }
        let held = own.count { !$0.live(at: words.now).isEmpty }
        let calls = own.filter { needsCall($0, absence, words.now) }
        let callsOnly = request.query["show"] == "call"
        let lines = try (callsOnly ? calls : page.lines).map {
            try line($0, page, words, mayWrite: mayWrite, mayAct: mayAct)
        }
        let notice = problem.map { fault in
            let key = "bump.fault.\(fault.code)"
            return words.notice(
                words.text("bump.refused"), words.pages.catalogue.has(key) ? words.text(key) : fault.message)
        }
        let tabs = [
            View([
                "href": .text("/bump/\(id.text)"), "current": .flag(!callsOnly),
                "label": .text(words.count("bump.tab.all", page.lines.count)),
            ]),
            View([
                "href": .text("/bump/\(id.text)?show=call"), "current": .flag(callsOnly),
                "label": .text(words.count("bump.tab.call", calls.count)),
            ]),
        ]
        let nobody = words.empty(callsOnly ? "bump.no-calls" : "bump.no-visits", icon: "circle-check")
        return .html(
            try request.pages.render(
                "bump/show",
                View([
                    "csrf": .text(signedIn.csrf),
                    "shell": .view(shell(request, signedIn, words.text("bump.title"), "bump")),
                    "problem": .optional(notice), "id": .text(id.text), "who": .text(subject(absence, words)),
                    "when": .text(try span(absence, words)), "reason": .text(reason(absence.reason, words)),
                    "state": .view(state(of: absence, page.lines.map(\.row), words)),
                    "counts": .views(counts(page, words)),
                    "texts": .text(words.text(absence.offers ? "bump.texts.yes" : "bump.texts.no")),
                    "mayPlace": .flag(mayAct && held > 0), "placeAll": .text(words.count("bump.place-all", held)),
                    "maySearch": .flag(mayWrite && own.count > held),
                    "mayOffer": .flag(mayWrite && !absence.offers && !own.isEmpty),
                    "mayWithdraw": .flag(mayWrite), "tabs": .views(page.lines.isEmpty ? [] : tabs),
                    "hasTabs": .flag(!page.lines.isEmpty), "lines": .views(lines), "hasLines": .flag(!lines.isEmpty),
                    "none": .optional(lines.isEmpty ? nobody : nil),
                ]), request.language), status: problem.map { Problem.status($0.category) } ?? .ok)
    }

    private func needsCall(_ line: BumpedLine, _ absence: AbsenceRow, _ now: Instant) -> Bool {
        line.row.standing(line.choices, at: now, asking: absence.offers).needsCall
    }

    private func counts(_ page: ReadBumpList.Page, _ words: SchedulingWords) -> [View] {
        ["waiting", "moved", "cancelled", "kept", "over"].compactMap { name in
            let number = page.lines.count { $0.row.state == name }
            if number == 0 { return nil }
            return View(["label": .text(words.text("bump.state.\(name)")), "count": .number(number)])
        }
    }

    private func line(
        _ line: BumpedLine, _ page: ReadBumpList.Page, _ words: SchedulingWords, mayWrite: Bool, mayAct: Bool
    ) throws -> View {
        let row = line.row
        let isOwn = row.isWaiting && line.elsewhere == nil
        let live = line.live(at: words.now)
        let wording = try line.visit.map { words.visit($0, try desk.plans.timeZones.zone($0.place.zone)) }
        let zone = line.visit.flatMap { words.plan.zone(ofLocation: $0.place.location) } ?? words.plan.zones.first
        let was = zone.map { zone in
            words.dates.dateTime(
                zone.civil(at: row.start.microseconds), today: zone.civil(at: words.now.microseconds).date)
        }
        var times = isOwn ? try live.map { try time($0.place, words) } : []
        if row.state == "moved", let visit = line.visit { times = [try time(visit.place, words)] }
        let isToCall = isOwn && needsCall(line, page.absence, words.now)
        let phone = isToCall ? page.phones[row.patient] : nil
        let name = page.names[row.patient] ?? ""
        let choices = zip(live, times).map { choice, label in
            View(["value": .text(choice.hold.text), "label": .text(label)])
        }
        return View([
            "id": .text(row.id.text), "list": .text(row.absence.text), "name": .text(name),
            "href": .text("/appointments/\(row.appointment.text)"), "when": .text(was ?? ""),
            "what": .text(wording.map { $0.visitType } ?? ""),
            "times": .views(isOwn && mayAct && live.count > 1 ? [] : times.map { View(["label": .text($0)]) }),
            "choices": .views(choices), "state": .view(badge(line, page.absence, words)),
            "note": .optional(note(line, zone, words)),
            "other": .optional(line.elsewhere.map { "/bump/\($0.text)" }),
            "phone": .optional(
                phone.map { View(["href": .text("tel:" + $0.e164), "number": .text($0.display)]) }),
            "mayChoose": .flag(mayAct && isOwn && live.count > 1),
            "mayPlace": .flag(mayAct && isOwn && live.count == 1),
            "mayCall": .flag(mayWrite && isToCall), "mayCancel": .flag(mayAct && isOwn),
            "byHand": .optional(mayAct && isOwn ? "/booking?moving=\(row.appointment.text)" : nil),
        ])
    }

    private func time(_ place: Placement, _ words: SchedulingWords) throws -> String {
        let wording = VisitWording(
            place, configuration: words.configuration, language: words.language,
            zone: try desk.plans.timeZones.zone(place.zone), now: words.now)
        return "\(SchedulingWords.capitalized(wording.when)), \(wording.practitioner), \(wording.locationName)"
    }

    private func badge(_ line: BumpedLine, _ absence: AbsenceRow, _ words: SchedulingWords) -> View {
        func badge(_ key: String, _ tone: String, _ icon: String) -> View {
            words.badge(words.text("bump.state.\(key)"), tone, icon)
        }
        switch line.row.state {
        case "moved": return badge("moved", "green", "circle-check")
        case "cancelled": return badge("cancelled", "outline", "cross")
        case "waiting": break
        default: return badge(line.row.state, "outline", "check")
        }
        if line.elsewhere != nil { return badge("elsewhere", "outline", "list") }
        let standing = line.row.standing(line.choices, at: words.now, asking: absence.offers)
        switch standing {
        case .looking: return badge(standing.rawValue, "outline", "refresh")
        case .held: return badge(standing.rawValue, "blue", "clock")
        case .offered: return badge(standing.rawValue, "blue", "send")
        case .declined, .unanswered, .unreachable, .nothing: return badge(standing.rawValue, "amber", "phone")
        }
    }

    /// What else is to be known: until when an answer may come, when somebody called, how it came out.
    private func note(_ line: BumpedLine, _ zone: Zone?, _ words: SchedulingWords) -> String? {
        guard let zone else { return nil }
        let row = line.row
        if !row.isWaiting {
            let by = row.settledBy ?? ""
            return words.pages.catalogue.has("bump.by.\(by)") ? words.text("bump.by.\(by)") : nil
        }
        let today = zone.civil(at: words.now.microseconds).date
        var notes: [String] = []
        if let until = row.answerBy, until > words.now, !row.wantsNone {
            let when = words.dates.dateTime(zone.civil(at: until.microseconds), today: today)
            notes.append(words.text(row.asked > 1 ? "bump.asked-twice" : "bump.asked", ["when": when]))
        }
        if let why = row.withheld, words.pages.catalogue.has("waitlist.withheld.\(why)") {
            notes.append(words.text("waitlist.withheld.\(why)"))
        }
        if let called = row.calledAt, let when = words.moment(called, zone) {
            notes.append(words.count("bump.called", row.calls, ["when": when]))
        }
        return notes.isEmpty ? nil : notes.joined(separator: " ")
    }
}
