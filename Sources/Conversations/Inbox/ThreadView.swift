import JSON
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// The thread: messages, notes and what happened, in the order of time, with a heading for each day.
struct ThreadView {
    let words: InboxWords
    let open: OpenConversation
    let names: [ID<User>: StaffName]

    private func t(_ key: String, _ values: [String: String] = [:]) -> String { words.text(key, values) }

    var items: [View] {
        var entries: [(at: Instant, order: Int, view: View)] = []
        for message in open.messages {
            for view in self.message(message) { entries.append((message.at, message.inbound ? 0 : 2, view)) }
        }
        let first = open.messages.first?.at ?? words.now
        if !open.caller.may(.noteRead) { entries.append((first, -1, unseenNotes(at: first))) }
        for note in open.notes.reversed() where note.at >= first { entries.append((note.at, 3, aside(note))) }
        for event in open.happenings.reversed() where event.occurredAt >= first {
            if let view = activity(event) { entries.append((event.occurredAt, 1, view)) }
        }
        // What happened in one moment keeps its order: the text, what it set off, the answer.
        let ordered = entries.enumerated().sorted {
            ($0.element.at, $0.element.order, $0.offset) < ($1.element.at, $1.element.order, $1.offset)
        }
        var items: [View] = []
        var day: CivilDate?
        for (_, entry) in ordered {
            let date = words.day(entry.at)
            if date != day {
                items.append(View(["day": .text(words.heading(date))]))
                day = date
            }
            items.append(entry.view)
        }
        return items
    }

    // MARK: Messages

    private var speaker: String {
        open.card.map { $0.preferredName ?? $0.givenName } ?? t("inbox.unknown-person")
    }

    private func message(_ message: InboxStore.ThreadMessage) -> [View] {
        let staff = message.sender.flatMap { names[$0] }
        let practice = words.configuration.organization?.name ?? ""
        let failed = message.state == "failed" || message.state == "uncertain"
        var view = View([
            "id": .text(message.id.text), "direction": message.inbound ? "in" : "out",
            "speaker": .text(message.inbound ? speaker : staff?.name ?? practice), "at": .text(words.time(message.at)),
            "stamp": .text(words.stamp(message.at)), "failed": .flag(failed), "via": .none, "media": .none,
            "text": .none,
        ])
        if message.byMail {
            view["via"] = .view(View(["icon": "mail", "label": .text(t("inbox.channel.email"))]))
        }
        view["sender"] =
            message.inbound
            ? View.Value.none : .text(staff.map { String($0.name.prefix { $0 != " " }) } ?? t("inbox.automatic"))
        view["delivery"] = .optional(message.inbound ? nil : delivery(message))
        view["retry"] =
            failed && message.state == "uncertain"
            ? .view(View(["href": .text("/outbox"), "label": .text(t("inbox.delivery.decide"))])) : View.Value.none
        if !message.text.isEmpty {
            view["text"] = .view(View(["body": .text(message.text), "language": .optional(message.language)]))
        }
        let media = open.media.filter { $0.message == message.id }
        guard let first = media.first else { return [View(["message": .view(view)])] }
        // A picture stands on its own line; the words come with the first.
        view["media"] = .view(picture(first))
        var views = [View(["message": .view(view)])]
        for more in media.dropFirst() {
            var other = view
            other["id"] = .text("\(message.id.text)-\(ID<Blob>(raw: more.id).text)")
            other["media"] = .view(picture(more))
            other["text"] = View.Value.none
            views.append(View(["message": .view(other)]))
        }
        return views
    }

    private func picture(_ media: InboxStore.ThreadMedia) -> View {
        let name: String
        switch media.state {
        case "stored": name = t(media.type == "application/pdf" ? "inbox.media.document" : "inbox.media.picture")
        case "refused": name = t("inbox.media.refused")
        default: name = t("inbox.media.waiting")
        }
        let type = media.type.map { String($0.split(separator: "/").last ?? "").uppercased() }
        let size = media.size.map { $0 < 1 << 20 ? "\(max(1, $0 >> 10)) KB" : "\($0 >> 20) MB" }
        return View([
            "href": .text(
                "/conversations/\(open.conversation.id.text)/media/\(ID<Blob>(raw: media.id).text)"),
            "icon": .text(media.type == "application/pdf" ? "document" : "image"), "name": .text(name),
            "size": .text([type, size].compactMap { $0 }.joined(separator: ", ")),
        ])
    }

    private func delivery(_ message: InboxStore.ThreadMessage) -> View {
        let (tone, icon) =
            switch message.state {
            case "delivered": ("", "check-double")
            case "sent": ("", "check")
            case "failed": ("red", "alert")
            case "uncertain": ("red", "alert")
            case "withdrawn": ("grey", "cross")
            default: ("", "clock")
            }
        let label =
            message.state == "failed" && message.errorCode != nil
            ? t("inbox.delivery.failed-code", ["code": message.errorCode ?? ""]) : t("inbox.delivery.\(message.state)")
        return View(["tone": .text(tone), "icon": .text(icon), "label": .text(label)])
    }

    private func aside(_ note: InboxStore.ThreadNote) -> View {
        let name = names[note.author]
        return View([
            "aside": .view(
                View([
                    "name": .text(name?.name ?? ""), "initials": .text(name?.initials ?? "?"),
                    "tone": .number(InboxWords.tone(note.author.raw)), "text": .text(note.text),
                    "by": .text(t("inbox.note.\(note.kind)", ["name": name?.name ?? ""])),
                    "at": .text(words.time(note.at)), "stamp": .text(words.stamp(note.at)),
                ]))
        ])
    }

    /// Said whether there are notes or not.
    private func unseenNotes(at moment: Instant) -> View {
        View([
            "activity": .view(
                View([
                    "icon": "lock", "text": .text(t("inbox.notes.unseen")), "at": .text(words.time(moment)),
                    "stamp": .text(words.stamp(moment)),
                ]))
        ])
    }

    // MARK: What happened

    private func activity(_ event: StoredEvent) -> View? {
        let need = open.needs.first { $0.need.id == event.need }?.need
        let reason = need.map(words.reason) ?? ""
        let actor: String
        if case .user(let user) = event.actor, let name = names[user] {
            actor = String(name.name.prefix { $0 != " " })
        } else {
            actor = t("inbox.automatic")
        }
        let (icon, key): (String, String)
        switch event.kind.rawValue {
        case "need.opened": (icon, key) = ("bolt", "opened")
        case "need.taken": (icon, key) = ("person-check", "taken")
        case "need.released": (icon, key) = ("people", "released")
        case "need.handed-off": (icon, key) = ("handoff", "handed-off")
        case "need.closed": (icon, key) = ("circle-check", "closed")
        case "need.reopened": (icon, key) = ("undo", "reopened")
        case "appointment.booked": (icon, key) = ("calendar", "booked")
        case "appointment.confirmed": (icon, key) = ("check", "confirmed")
        case "appointment.cancelled": (icon, key) = ("cross", "cancelled")
        default: return nil
        }
        let to =
            event.body["team"]?.string.map(words.team)
            ?? event.body["user"]?.string.flatMap { ID<User>($0) }.flatMap { names[$0]?.name } ?? ""
        return View([
            "activity": .view(
                View([
                    "icon": .text(icon),
                    "text": .text(t("inbox.activity.\(key)", ["who": actor, "need": reason, "to": to])),
                    "at": .text(words.time(event.occurredAt)), "stamp": .text(words.stamp(event.occurredAt)),
                ]))
        ])
    }
}
