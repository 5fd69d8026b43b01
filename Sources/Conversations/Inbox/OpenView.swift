import ConversationsAPI
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import Vault
import Web

/// What a person typed and why it was not taken, so that the form shows both again.
struct FormTrouble: Sendable {
    var handoff: String?
    var closing: String?
    var decide: String?
    var composer: (title: String, text: String)?
    var note: String?
    var text: String?
}

/// The open conversation: its need, its thread, and what can be done.
struct OpenView {
    let words: InboxWords
    let open: OpenConversation
    let names: [ID<User>: StaffName]
    let signedIn: SignedIn
    let presence: Presence
    /// The address of the list it was opened from.
    let back: String
    let listQuery: String
    let intent: String
    let trouble: FormTrouble

    private func t(_ key: String, _ values: [String: String] = [:]) -> String { words.text(key, values) }
    private var conversation: ConversationRow { open.conversation }

    var view: View {
        let others = presence.others(in: conversation.id, than: signedIn.user, at: words.now)
        var view = View([
            "conversation": .text(conversation.id.text), "back": .text(back), "who": .text(who),
            "channel": .view(words.channel(open.conversation.channel)), "address": .text(address), "patient": .none,
            "needs": .none, "need": .none,
            "unsure": .none, "collision": .none, "composer": .none, "muted": .none, "panel": .none, "stranger": .none,
            "presence": .none, "hint": .none,
            "labelHref": .optional(
                signedIn.may(.labelWrite) ? "/conversations/\(conversation.id.text)/labels" : nil),
        ])
        if let card = open.card {
            view["patient"] = .view(View(["href": .text("/patients/\(card.id.text)"), "name": .text(card.name)]))
        }
        if open.needs.count > 1 { view["needs"] = .view(View(["tabs": .views(open.needs.map { tab($0.need) })])) }
        if let need = open.need { view["need"] = .view(self.need(need)) }
        view["items"] = .views(ThreadView(words: words, open: open, names: names).items)
        if let other = others.first {
            view["presence"] = .text(t("inbox.presence.writing", ["name": other]))
            view["collision"] = .view(
                View([
                    "title": .text(t("inbox.collision.title", ["name": other])),
                    "text": .text(t("inbox.collision.text", ["name": other])),
                ]))
        }
        if let hint = open.hint {
            view["hint"] = .view(
                View([
                    "message": .text(hint.text), "action": .text("/conversations/\(conversation.id.text)/consent"),
                    "need": .text(open.chosen.text), "may": .flag(signedIn.may(.consentWrite)),
                    "said": .optional(open.messages.first { $0.id == hint }?.text),
                ]))
        }
        if conversation.patient == nil {
            view["unsure"] = .view(
                View(["title": .text(t("inbox.unsure.title")), "text": .text(t("inbox.unsure.text"))]))
            view["stranger"] = .view(StrangerView(words: words, open: open, names: names, trouble: trouble).view)
        } else {
            view["panel"] = .optional(PanelView(words: words, open: open, names: names).view)
        }
        reply(into: &view)
        return view
    }

    private var who: String { open.card?.name ?? open.shownNumber ?? t("patients.unseen") }

    private var address: String {
        switch conversation.standing {
        case .known: open.shownNumber ?? t("patients.unseen")
        case .unknown: t("inbox.address.unknown")
        case .ambiguous: t("inbox.address.shared", ["n": String(max(2, open.candidates.count))])
        }
    }

    private func tab(_ need: NeedRow) -> View {
        let (tone, icon) =
            switch need.stage {
            case .new: ("blue", "circle")
            case .inProgress, .waitingPatient, .scheduled: ("amber", "circle-half")
            case .closed: ("green", "circle-check")
            }
        return View([
            "href": .text("/inbox/\(need.id.text)?\(listQuery)"), "reason": .text(words.reason(need)),
            "tone": .text(tone), "icon": .text(icon), "current": .flag(need.id == open.chosen),
        ])
    }

    // MARK: The need

    private func need(_ need: NeedRow) -> View {
        let mine = need.owner == signedIn.user
        let mayWrite = signedIn.may(.needWrite)
        var view = View([
            "id": .text(need.id.text), "version": .text(String(need.version)),
            "reason": .text(reason(need)), "stage": .view(words.stage(need)),
            "next": .text(words.next(need)), "due": .view(words.due(need)), "mine": .flag(mine),
            "mayTake": .flag(mayWrite && need.isOpen && need.owner == nil),
            "mayBook": .flag(
                signedIn.may(.appointmentWrite) && need.isOpen && need.patient != nil && need.stage != .scheduled),
            "mayReopen": .flag(mayWrite && !need.isOpen), "owner": .none, "team": .none, "closed": .none,
            "handoff": .none, "closing": .none,
        ])
        view["priority"] = .optional(words.priority(need))
        if let owner = need.owner, let name = names[owner] {
            view["owner"] = .view(words.person(name))
        } else {
            view["team"] = .text(words.team(need.team))
        }
        if let closed = need.closedAt {
            let outcome = need.outcome.map { t($0.textKey) } ?? ""
            view["closed"] = .text(t("inbox.closed", ["outcome": outcome, "at": words.moment(closed)]))
        }
        if mayWrite, need.isOpen {
            view["handoff"] = .view(handoff(need))
            view["closing"] = .view(closing(need))
        }
        return view
    }

    /// A reason that says nothing is told in the writer's own words.
    private func reason(_ need: NeedRow) -> String {
        need.reason == .other && !open.title.isEmpty ? open.title : words.reason(need)
    }

    private func handoff(_ need: NeedRow) -> View {
        func choice(_ value: String, _ label: String) -> View {
            View(["value": .text(value), "label": .text(label), "chosen": false])
        }
        let teams = words.configuration.teams.values.sorted { $0.key < $1.key }.filter {
            $0.key != need.team || need.owner != nil
        }
        let people = open.colleagues.filter { $0.name.id != need.owner }
        let facts = open.facts.filter { $0.need == need.id }.count
        let count = words.pages.catalogue.count
        let packet: [(String, String, String)] = [
            ("check", "", count("inbox.packet.facts", words.language, facts, [:])),
            ("check", "", count("inbox.packet.messages", words.language, open.messages.count, [:])),
            open.visit == nil
                ? ("alert", "amber", t("inbox.packet.no-visit")) : ("check", "", t("inbox.packet.visit")),
        ]
        return View([
            "action": .text("/needs/\(need.id.text)/handoff"), "note": .text(trouble.note ?? ""),
            "groups": .views([
                View([
                    "label": .text(t("inbox.handoff.teams")),
                    "choices": .views(teams.map { choice("team:" + $0.key, $0.names[words.language]) }),
                ]),
                View([
                    "label": .text(t("inbox.handoff.people")),
                    "choices": .views(
                        people.map {
                            choice(
                                "user:" + $0.name.id.text,
                                t("inbox.handoff.load", ["name": $0.name.name, "n": String($0.needs)]))
                        }),
                ]),
            ]),
            "packet": .views(
                packet.map { View(["icon": .text($0.0), "tone": .text($0.1), "text": .text($0.2)]) }),
            "wrong": .optional(trouble.handoff),
        ])
    }

    private func closing(_ need: NeedRow) -> View {
        View([
            "action": .text("/needs/\(need.id.text)/closure"), "note": .text(trouble.note ?? ""),
            "outcomes": .views(
                NeedOutcome.allCases.map { outcome in
                    View([
                        "value": .text(outcome.rawValue), "label": .text(t(outcome.textKey)),
                        "hint": .text(t(outcome.textKey + ".hint")), "chosen": false,
                    ])
                }),
            "wrong": .optional(trouble.closing.map { View(["id": "closing-wrong", "text": .text($0)]) }),
        ])
    }

    // MARK: The reply

    private func reply(into view: inout View) {
        guard signedIn.may(.messageSend) else { return }
        switch open.verdict {
        case nil:
            view["muted"] = .view(muted("inbox.muted.no-consent"))
        case .withheld(let reason)?:
            let key = "inbox.muted.\(reason)"
            view["muted"] = .view(muted(words.pages.catalogue.has(key) ? key : "inbox.muted.no-consent"))
        case .allowed(let at, let held, _, _)?:
            var composer = composer
            if held {
                composer["quiet"] = .view(
                    View([
                        "title": .text(t("inbox.quiet.title")),
                        "text": .text(t("inbox.quiet.text", ["at": words.moment(at)])),
                    ]))
                composer["send"] = .text(t("inbox.composer.send-at", ["at": words.moment(at)]))
            }
            view["composer"] = .view(composer)
        }
    }

    private func muted(_ key: String) -> View {
        View([
            "tone": "amber", "icon": "phone", "role": "status", "title": .text(t(key)),
            "text": .text(t("inbox.muted.call", ["number": open.shownNumber ?? t("patients.unseen")])),
        ])
    }

    private var composer: View {
        let language =
            open.card.map { Language(tag: $0.language) }
            ?? LanguageGuess.language(of: open.messages.last { $0.inbound }?.text ?? "")
        let name = open.card.map { $0.preferredName ?? $0.givenName }
        let number = open.shownNumber ?? t("patients.unseen")
        let to =
            name.map { t("inbox.composer.to-name", ["name": $0, "number": number]) }
            ?? t("inbox.composer.to", ["number": number])
        var view = View([
            "conversation": .text(conversation.id.text),
            "presenceAction": .text("/conversations/\(conversation.id.text)/presence"),
            "need": .text(open.chosen.text), "intent": .text(intent),
            "channel": .view(words.channel(open.conversation.channel)), "to": .text(to),
            "language": .text(language.rawValue), "languageName": .text(words.languageName(language.rawValue)),
            "text": .text(trouble.text ?? ""), "send": .text(t("inbox.composer.send")), "quiet": .none, "wrong": .none,
            "shared": .none,
        ])
        if open.card != nil, open.isShared {
            view["shared"] = .view(
                View(["title": .text(t("inbox.shared.title")), "text": .text(t("inbox.shared.text"))]))
        }
        if let wrong = trouble.composer {
            view["wrong"] = .view(View(["title": .text(wrong.title), "text": .text(wrong.text)]))
        }
        let order = [language] + Language.allCases.filter { $0 != language }
        view["templateGroups"] = .views(
            order.map { group in
                let key =
                    group == language && open.card != nil ? "inbox.composer.own-language" : "inbox.composer.language"
                return View([
                    "label": .text(t(key, ["language": words.languageName(group.rawValue)])),
                    "templates": .views(templates(group)),
                ])
            })
        return view
    }

    private func templates(_ language: Language) -> [View] {
        ReplyTemplates(words: words, open: open, agent: signedIn.displayName).all(language).map { offer in
            let address = "/inbox/\(open.chosen.text)?\(listQuery)&template=\(offer.key)&in=\(language.rawValue)"
            return View([
                "href": .text(address), "name": .text(offer.name), "language": .text(language.rawValue),
                "ready": .flag(offer.text != nil), "text": .text(offer.text ?? ""),
                "why": .text(offer.why.map { t("inbox.template.\($0.rawValue)") } ?? ""),
            ])
        }
    }
}
