import Kernel
import PeopleAPI
import StudioAPI
import TimeZones
import Web

/// What was typed into the form, kept when it is not taken.
struct ConsentForm {
    var decision = ""
    var channel = "sms"
    var purpose = "*"
    var scope = "*"
    var source = "verbal"
    var document = ""
    var expires = ""
    /// The key of what is wrong with it.
    var wrong: String?

    init() {}

    init(_ fields: FormFields) {
        decision = fields["decision"] ?? ""
        channel = fields["channel"] ?? channel
        purpose = fields["purpose"] ?? purpose
        scope = fields["scope"] ?? scope
        source = fields["source"] ?? source
        document = fields.trimmed("document") ?? ""
        expires = fields.trimmed("expires") ?? ""
    }

    /// Nil with what is wrong.
    mutating func said(_ words: InboxWords) -> RecordConsent.Said? {
        guard ["given", "withdrawn"].contains(decision), let channel = MessageChannel(rawValue: channel),
            purpose == "*" || MessagePurpose(rawValue: purpose) != nil,
            let source = RecordConsent.Source(rawValue: source)
        else {
            wrong = "ledger.wrong.decision"
            return nil
        }
        var said = RecordConsent.Said(
            given: decision == "given", channel: channel, purpose: MessagePurpose(rawValue: purpose),
            location: scope == "*" ? nil : scope, source: source, document: document.isEmpty ? nil : document)
        if !expires.isEmpty {
            guard let day = CivilDate(iso: expires) else {
                wrong = "ledger.wrong.expires"
                return nil
            }
            // The last day counts to its end.
            said.expiresAt = Instant(microseconds: words.zone.startOfDay(day.adding(days: 1)))
        }
        return said
    }
}

/// The views of the consent pages.
struct ConsentPages {
    let words: InboxWords
    let names: [ID<User>: StaffName]

    private func t(_ key: String, _ values: [String: String] = [:]) -> String { words.text(key, values) }

    /// Whether a number of theirs is opted out of everything: only a START from there lifts that.
    func numberIsStopped(_ entries: [ConsentStore.Entry]) -> Bool {
        entries.first {
            $0.isOfNumber && $0.channel == "sms" && $0.purpose == "*" && $0.basis == "express"
        }.map { !$0.given } ?? false
    }

    func row(_ entry: ConsentStore.Entry) -> View {
        View([
            "when": .text(words.moment(entry.recordedAt)), "stamp": .text(words.stamp(entry.recordedAt)),
            "channel": .text(channel(entry.channel)), "purpose": .text(purpose(entry.purpose)),
            "state": .view(state(entry)), "scope": .text(scope(entry)), "source": .text(source(entry)),
            "document": .text(document(entry)), "who": .none, "href": .none,
            "expires": .text(
                entry.expiresAt.map { words.date(words.day($0).adding(days: -1)) } ?? t("ledger.expires.never")),
        ])
    }

    private func state(_ entry: ConsentStore.Entry) -> View {
        let (key, tone, icon): (String, String, String) =
            if entry.basis != "express" {
                ("policy", "grey", "document")
            } else if !entry.given {
                ("withdrawn", "red", "cross")
            } else if entry.hasExpired(at: words.now) {
                ("expired", "amber", "clock")
            } else {
                ("given", "green", "check")
            }
        return View(["label": .text(t("ledger.state.\(key)")), "tone": .text(tone), "icon": .text(icon)])
    }

    private func channel(_ code: String) -> String { words.code("ledger.channel", code) }

    private func purpose(_ code: String) -> String {
        code == "*" ? t("ledger.purpose.all") : words.code("ledger.purpose", code)
    }

    private func scope(_ entry: ConsentStore.Entry) -> String {
        if entry.isOfNumber { return t(entry.channel == "email" ? "ledger.scope.email" : "ledger.scope.number") }
        return entry.scope == "*"
            ? t("ledger.scope.all") : words.configuration.known(location: entry.scope)?.name ?? t("ledger.scope.gone")
    }

    private func source(_ entry: ConsentStore.Entry) -> String {
        let how = words.code("ledger.source", entry.source)
        guard let by = entry.recordedBy else { return how }
        return t("ledger.source.by", ["how": how, "name": names[by]?.name ?? t("ledger.source.former")])
    }

    /// A policy's version in words; a form's name as it was typed.
    private func document(_ entry: ConsentStore.Entry) -> String {
        guard let document = entry.document else { return t("ledger.document.none") }
        if entry.basis == "express" { return document }
        return t("ledger.document.policy", ["version": String(document.split(separator: "/").last ?? "")])
    }

    func count(_ count: ConsentStore.Count) -> View {
        View([
            "channel": .text(channel(count.channel)), "purpose": .text(purpose(count.purpose)),
            "given": .text(String(count.given)), "withdrawn": .text(String(count.withdrawn)),
            "expired": .text(String(count.expired)),
        ])
    }

    // MARK: The form

    func form(_ form: ConsentForm, action: String) -> View {
        func choices(_ all: [(String, String)], _ chosen: String) -> View.Value {
            .views(
                all.map {
                    View(["value": .text($0.0), "label": .text($0.1), "chosen": .flag($0.0 == chosen)])
                })
        }
        let places = words.configuration.sortedLocations.map { ($0.key, $0.name) }
        return View([
            "action": .text(action), "document": .text(form.document), "expires": .text(form.expires),
            "decisions": choices(
                ["given", "withdrawn"].map { ($0, t("ledger.decision.\($0)")) }, form.decision),
            "channels": choices(MessageChannel.allCases.map { ($0.rawValue, channel($0.rawValue)) }, form.channel),
            "purposes": choices(
                [("*", purpose("*"))]
                    + MessagePurpose.allCases.filter { $0 != .serviceNotice }.map {
                        ($0.rawValue, purpose($0.rawValue))
                    },
                form.purpose),
            "scopes": choices([("*", t("ledger.scope.all"))] + places, form.scope),
            "sources": choices(
                RecordConsent.Source.allCases.map { ($0.rawValue, t("ledger.source.\($0.rawValue)")) }, form.source),
        ])
    }
}
