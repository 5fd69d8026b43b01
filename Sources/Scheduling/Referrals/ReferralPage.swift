import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    /// One referral: how far it is, what can be done, who was tried, what happened.
    /// `wrong`: a step that was refused, with what was typed.
    func referralPage(
        _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let id = try request.id("id", of: Referral.self)
        let shown = try await request.spine.ask(
            ReadReferral(id: id, desk: desk, staff: staff), as: signedIn.caller)
        let words = try referralWords(request)
        let page = ReferralView(words: words, shown: shown, caller: signedIn.caller)
        var view = page.view
        let panel = signedIn.may(.patientRead) ? try await panel(request, signedIn, shown.row.patient) : nil
        view["csrf"] = .text(signedIn.csrf)
        view["shell"] = .view(shell(request, signedIn, words.text("one"), "referrals"))
        view["panel"] = .optional(panel)
        view["problem"] = .optional(problem.map { words.problem($0) })
        return .html(
            try request.pages.render("referrals/show", view, request.language),
            status: problem.map { Problem.status($0.category) } ?? .ok)
    }
}

extension ReferralWords {
    /// A refusal in words of its own, when there are some; what was wrong with the form otherwise.
    func problem(_ fault: Fault) -> View {
        let key = "refused." + fault.code.split(separator: ".").dropFirst().joined(separator: ".")
        if words.pages.catalogue.has("referrals." + key) {
            return words.notice(text(key), text("refused.text"), tone: "red")
        }
        let labels = fault.fields.map { field in
            words.pages.catalogue.has("referrals.form.\(field.path)") ? text("form.\(field.path)") : field.path
        }
        return words.notice(
            text("wrong.title"), labels.isEmpty ? text("refused.text") : labels.joined(separator: ", "), tone: "red")
    }
}

/// The view of `referrals/show`.
struct ReferralView {
    let words: ReferralWords
    let shown: ReadReferral.Shown
    let caller: Caller

    private var row: ReferralRow { shown.row }
    private var address: String { "/referrals/" + row.id.text }

    var view: View {
        let acts = ReferralActs(words: words, row: row, caller: caller)
        return View([
            "title": .text(words.title(row, what: shown.content.what)), "who": .text(shown.patientName),
            "patientHref": .text("/patients/" + row.patient.text), "stage": .view(words.stage(row)),
            "priority": .optional(words.priority(row)), "due": .optional(words.due(row)),
            "step": .text(words.next(row)), "topic": .text("patient-" + row.patient.text), "steps": .views(steps),
            "isOpen": .flag(row.stage != .closed), "mayWrite": .flag(caller.may(.referralWrite)),
            "phone": .optional(row.stage.isBeforeSeen ? shown.phone.map { $0.number.display } : nil),
            "bookHref": .optional(acts.bookHref), "primary": .views(acts.primary), "others": .views(acts.others),
            "hasOthers": .flag(!acts.others.isEmpty), "ownerAction": .text(address + "/owner"),
            "owners": .views(owners), "visit": .optional(visit), "details": .views(details),
            "attempts": .views(attempts), "documents": .views(documents), "timeline": .views(timeline),
        ])
    }

    // MARK: Steps

    private func step(_ key: String, done at: Instant?, isNow: Bool, stopped: Bool = false) -> View {
        let tone = stopped ? "stopped" : at != nil ? "done" : isNow ? "now" : ""
        let icon = stopped ? "circle-cross" : at != nil ? "circle-check" : isNow ? "circle-half" : "circle"
        return View([
            "tone": .text(tone), "icon": .text(icon), "name": .text(words.text("step.\(key)")),
            "at": .text(words.moment(at) ?? ""), "now": .flag(isNow || stopped),
        ])
    }

    private var steps: [View] {
        let received = step("received", done: row.receivedAt, isNow: false)
        if row.kind == .result {
            return [
                step("reported", done: row.reportedAt, isNow: false),
                step(
                    "acknowledged", done: row.acknowledgedAt, isNow: row.acknowledgedAt == nil && row.stage != .closed),
                step("closed", done: row.closedAt, isNow: row.acknowledgedAt != nil && row.stage != .closed),
            ]
        }
        if let outcome = row.outcome, outcome != .completed {
            return [
                received, step("contacted", done: row.firstContactAt, isNow: false),
                step("ended", done: row.closedAt, isNow: false, stopped: true),
            ]
        }
        let stage = row.stage
        let isTried = stage == .accepted || stage == .contacting
        return [
            received, step("accepted", done: row.acceptedAt, isNow: stage == .received),
            step("contacted", done: row.firstContactAt, isNow: stage == .accepted),
            step(
                "scheduled", done: stage == .scheduled || row.seenAt != nil ? row.scheduledAt ?? row.seenAt : nil,
                isNow: isTried && row.firstContactAt != nil),
            step("seen", done: row.seenAt, isNow: stage == .scheduled),
            step(row.kind == .inbound ? "sent" : "reported", done: row.reportedAt, isNow: stage == .seen),
            step("closed", done: row.closedAt, isNow: stage == .reported),
        ]
    }

    // MARK: What is known

    private var owners: [View] {
        [words.choice("", words.text("nobody"), row.owner == nil)]
            + shown.everyone.map { words.choice($0.id.text, $0.name, $0.id == row.owner) }
    }

    private var visit: View? {
        shown.visit.flatMap { visit in
            guard row.hasVisit || row.seenAt != nil else { return nil }
            let wording = words.words.visit(visit, words.zone)
            let state = SchedulingWords.state(visit)
            return View([
                "href": .text("/appointments/" + visit.id.text), "when": .text(wording.when),
                "what": .text(wording.visitType), "where": .text(wording.locationName), "state": .text(state),
                "icon": .text(SchedulingWords.icon(state)), "label": .text(words.words.label(state)),
            ])
        }
    }

    private var details: [View] {
        let content = shown.content
        let requester = words.practitioner(row.requester) ?? content.requesterName
        let performer = words.practitioner(row.performer) ?? content.performerName
        let unseen = words.words.text("patients.unseen")
        let hidden = !caller.may(.noteRead)
        let code = row.code.map { code in [code, row.codeSystem].compactMap { $0 }.joined(separator: " · ") }
        var authorization = words.text("authorization.\(row.authorization.rawValue)")
        if let number = content.authorizationNumber { authorization += " · " + number }
        let span = [row.authorizedFrom, row.authorizedTo].compactMap { words.day($0) }.joined(separator: " – ")
        if !span.isEmpty { authorization += " · " + span }
        let pairs: [(String, String?)] = [
            ("what", content.what), ("reason", hidden ? unseen : content.reason), ("code", code),
            ("serviceLine", words.serviceLine(row.serviceLine)), ("visitType", words.visitType(row.visitType)),
            ("requester", requester), ("performer", performer), ("authorization", authorization),
            ("expiresOn", words.day(row.expiresOn)), ("identifier", content.identifier),
            ("received", words.moment(row.receivedAt)), ("source", source),
            ("attempts", row.attempts == 0 ? nil : words.words.count("referrals.tried", row.attempts)),
            ("seenPlace", row.seenPlace.map { words.text("place.\($0.rawValue)") }),
            ("heldUntil", words.day(row.heldUntil)), ("ending", content.ending), ("finding", content.finding),
        ]
        return pairs.compactMap { key, value in
            value.map { View(["label": .text(words.text("form.\(key)")), "value": .text($0)]) }
        }
    }

    private var source: String {
        let key = "referrals.source.\(row.source)"
        return words.words.pages.catalogue.has(key) ? words.words.text(key) : row.source
    }

    private func name(_ actor: Actor) -> String {
        switch actor {
        case .user(let user): shown.names[user]?.name ?? words.words.text("appointment.by.staff")
        case .patient: words.words.text("appointment.by.patient")
        case .apiKey: words.words.text("appointment.by.key")
        case .system: words.words.text("appointment.by.system")
        }
    }

    private var attempts: [View] {
        shown.attempts.map { attempt, note in
            let reached = attempt.outcome == .reached
            return View([
                "icon": .text(attempt.channel == .phone ? "phone" : attempt.channel == .text ? "text" : "mail"),
                "tone": .text(reached ? "green" : "grey"), "mark": .text(reached ? "check" : "cross"),
                "what": .text(
                    words.text(
                        "attempt.line",
                        [
                            "channel": words.text("channel.\(attempt.channel.rawValue)"),
                            "outcome": words.text("attempt.\(attempt.outcome.rawValue)"),
                        ])),
                "when": .text(words.moment(attempt.at) ?? ""), "by": .text(name(attempt.by)),
                "note": .optional(note),
            ])
        }
    }

    private var documents: [View] {
        shown.documents.map { document in
            View([
                "href": .text("\(address)/documents/\(Crockford.encode(document.id))"),
                "what": .text(words.text("document.\(document.kind.rawValue)")),
                "detail": .text(
                    [words.size(document.size), words.moment(document.addedAt) ?? "", name(document.addedBy)]
                        .joined(separator: " · ")),
            ])
        }
    }

    // MARK: Story

    private var timeline: [View] {
        var views: [View] = []
        var day: CivilDate?
        for event in shown.events {
            let local = words.zone.civil(at: event.occurredAt.microseconds)
            if local.date != day {
                let heading = words.words.dayHeading(local.date, today: words.today)
                views.append(View(["day": .text(heading), "entry": nil]))
                day = local.date
            }
            views.append(View(["day": nil, "entry": .view(entry(event, at: local.time))]))
        }
        return views
    }

    private func entry(_ event: StoredEvent, at time: CivilTime) -> View {
        let name = String(event.kind.rawValue.split(separator: ".").last ?? "")
        let (tone, icon) =
            switch ReferralEvent(rawValue: name) {
            case .recorded: ("blue", "handoff")
            case .accepted, .activated, .resumed, .acknowledged: ("green", "check")
            case .attempted: ("grey", "phone")
            case .scheduled: ("green", "calendar")
            case .seen: ("green", "person-check")
            case .reported, .documentAdded: ("violet", "document")
            case .returned, .reopened: ("amber", "undo")
            case .held: ("amber", "snooze")
            case .overdue: ("red", "alert")
            case .closed: ("green", "circle-check")
            case .assigned: ("violet", "person-check")
            case .described, nil: ("grey", "edit")
            }
        let more: String? =
            if let outcome = event.body["outcome"]?.string.flatMap(ReferralOutcome.init(rawValue:)) {
                words.text("outcome.\(outcome.rawValue)")
            } else if let tried = event.body["attempt"]?.string.flatMap(ContactOutcome.init(rawValue:)) {
                words.text("attempt.\(tried.rawValue)")
            } else {
                nil
            }
        return View([
            "tone": .text(tone), "icon": .text(icon), "link": nil,
            "title": .text(words.words.text("timeline.referral.\(name)")), "stamp": .text(event.occurredAt.iso8601),
            "at": .text(words.words.dates.time(time)), "by": .text(self.name(event.actor)), "text": .optional(more),
        ])
    }
}
