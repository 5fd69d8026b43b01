import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import StudioAPI
import Vault
import Web

/// The patient beside the conversation: the names of `patients/panel`.
struct PanelView {
    let words: InboxWords
    let open: OpenConversation
    let names: [ID<User>: StaffName]

    private func t(_ key: String, _ values: [String: String] = [:]) -> String { words.text(key, values) }

    var view: View? {
        guard let card = open.card else { return nil }
        let needs = open.otherNeeds.map(need)
        let facts = FactView(words: words, open: open, names: names).views
        return View([
            "id": .text(card.id.text), "href": .text("/patients/\(card.id.text)"), "name": .text(card.name),
            "initials": .text(card.initials), "tone": .number(InboxWords.tone(card.id.raw)), "line": .text(line(card)),
            "preferred": .optional(card.preferredName), "language": .text(words.languageName(card.language)),
            "contact": .text(
                card.contactPreference.map { words.code("inbox.contact", $0) } ?? t("inbox.contact.unknown")),
            "hasFlags": .flag(!card.flags.isEmpty), "flags": .views(card.flags.map(flag)),
            "coverage": .optional(
                card.coverage.map {
                    View([
                        "plan": .text($0), "label": .text(t("inbox.coverage.unchecked")), "tone": "grey", "icon": .none,
                    ])
                }),
            "coverageUnseen": .flag(!open.caller.may(.coverageRead)), "consents": .views(consents),
            "visit": .optional(open.visit.map(visit)),
            "hasNeeds": .flag(!needs.isEmpty), "needs": .views(needs), "hasFacts": .flag(!facts.isEmpty),
            "facts": .views(facts),
        ])
    }

    /// "Woman, 64 · 14 Jun 1961 · MRN 48213"
    private func line(_ card: PatientCard) -> String {
        let sex = card.gender.map { words.code("inbox.sex", $0) }
        let age = card.birthDate.map { String(words.age($0)) }
        let who = [sex, age].compactMap { $0 }.joined(separator: ", ")
        let parts = [who, card.birthDate.map(words.date) ?? "", card.mrn.map { "MRN \($0)" } ?? ""]
        return parts.filter { !$0.isEmpty }.joined(separator: " · ")
    }

    private func flag(_ code: String) -> View {
        let (tone, icon) =
            switch code {
            case "deceased", "fall-risk": ("red", "alert")
            case "interpreter": ("violet", "language")
            case "needs-ride": ("amber", "car")
            case "shared-phone": ("amber", "people")
            default: ("grey", "flag")
            }
        return View(["label": .text(words.code("inbox.flag", code)), "tone": .text(tone), "icon": .text(icon)])
    }

    private var consents: [View] {
        ChannelStanding.all(open.consents).map { standing in
            View([
                "label": .text(t(standing.textKey)), "tone": .text(standing.tone), "icon": .optional(standing.icon),
            ])
        }
    }

    private func visit(_ visit: AppointmentSummary) -> View {
        let said = VisitWords(
            appointment: visit, configuration: words.configuration, language: words.language, zone: words.zone,
            now: words.now)
        let state = visit.pendingExternal ? "pending" : visit.confirmed ? "confirmed" : visit.status
        return View([
            "href": .text("/appointments/\(visit.id.text)"), "state": .text(state),
            "when": .text(words.moment(visit.startsAt)),
            "what": .text("\(said.visitType), \(said.practitioner)"), "where": .text(said.location),
            "icon": .text(visit.confirmed ? "circle-check" : "calendar"),
            "label": .text(words.code("inbox.visit", state)),
        ])
    }

    private func need(_ need: NeedSummary) -> View {
        let late = need.dueAt < words.now
        var view = View([
            "href": .text("/inbox/\(need.id.text)"), "reason": .text(words.code("inbox.reason", need.reason)),
            "due": .view(
                View([
                    "label": .text(words.moment(need.dueAt)), "tone": late ? "late" : "ok",
                    "icon": late ? "alert" : "clock",
                ])),
        ])
        view["owner"] = .optional(need.owner.flatMap { names[$0] }.map(words.person))
        return view
    }
}

/// What is known, with where it comes from.
struct FactView {
    let words: InboxWords
    let open: OpenConversation
    let names: [ID<User>: StaffName]

    var views: [View] {
        open.facts.suffix(14).map { fact in
            let at = words.moment(fact.at)
            let from: String
            if fact.source == "agent", let name = fact.sourceID.flatMap({ names[ID(raw: $0)]?.name }) {
                from = words.text("inbox.fact.from-agent", ["name": String(name.prefix { $0 != " " }), "at": at])
            } else {
                from = words.text("inbox.fact.from-message", ["at": at])
            }
            return View([
                "label": .text(words.code("inbox.fact", fact.code)), "value": .text(fact.value), "from": .text(from),
            ])
        }
    }
}

/// Beside a conversation nobody is known in: what was said, and who it may be.
struct StrangerView {
    let words: InboxWords
    let open: OpenConversation
    let names: [ID<User>: StaffName]
    let trouble: FormTrouble

    var view: View {
        let facts = FactView(words: words, open: open, names: names).views
        return View([
            "title": .text(words.text("inbox.stranger.title")),
            "address": .text(open.shownNumber ?? words.text("patients.unseen")),
            "text": .text(words.text("inbox.stranger.text")), "decide": .view(decide),
            "facts": facts.isEmpty ? .none : .view(View(["list": .views(facts)])),
        ])
    }

    private var decide: View {
        let shared = open.conversation.standing == .ambiguous
        return View([
            "conversation": .text(open.conversation.id.text),
            "why": .text(
                words.text(
                    shared ? "inbox.decide.why-shared" : "inbox.decide.why-unknown",
                    ["number": open.shownNumber ?? words.text("patients.unseen"), "n": String(open.candidates.count)])),
            "candidates": .views(open.candidates.map(candidate)),
            "wrong": .optional(trouble.decide.map { View(["id": "decide-wrong", "text": .text($0)]) }),
        ])
    }

    private func candidate(_ candidate: (card: PatientCard, visit: AppointmentSummary?)) -> View {
        let card = candidate.card
        let born = card.birthDate.map { "\(words.date($0)), \(words.age($0))" } ?? ""
        let evidence =
            candidate.visit.map { words.text("inbox.decide.visit", ["at": words.moment($0.startsAt)]) }
            ?? words.text("inbox.decide.no-visit")
        return View([
            "id": .text(card.id.text), "name": .text(card.name), "born": .text(born), "evidence": .text(evidence),
        ])
    }
}
