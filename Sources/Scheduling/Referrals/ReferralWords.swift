import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// Words for pages of referrals: one reader, one moment, in the zone of the practice.
struct ReferralWords {
    let words: SchedulingWords
    let zone: Zone

    var today: CivilDate { zone.civil(at: words.now.microseconds).date }
    func text(_ key: String, _ values: [String: String] = [:]) -> String { words.text("referrals." + key, values) }

    func serviceLine(_ key: String?) -> String? {
        key.map { words.configuration.serviceLines[$0]?.value.names[words.language] ?? $0 }
    }
    func visitType(_ key: String?) -> String? {
        key.map { words.configuration.known(visitType: $0)?.names[words.language] ?? $0 }
    }
    func practitioner(_ key: String?) -> String? {
        key.map { words.configuration.known(practitioner: $0)?.name.display ?? $0 }
    }

    func day(_ iso: String?) -> String? {
        iso.map { text in CivilDate(iso: text).map { words.dates.date($0, today: today) } ?? text }
    }
    func moment(_ at: Instant?) -> String? { words.moment(at, zone) }

    /// "Referral in: orthopaedics"
    func title(_ row: ReferralRow, what: String? = nil) -> String {
        let kind = row.category.map { text("category.\($0.rawValue)") } ?? text("kind.\(row.kind.rawValue)")
        let about = visitType(row.visitType) ?? what ?? serviceLine(row.serviceLine) ?? row.code
        return about.map { text("title.about", ["kind": kind, "what": $0]) } ?? kind
    }

    func stage(_ row: ReferralRow) -> View {
        if let outcome = row.outcome {
            let good = outcome == .completed
            return badge(
                text("outcome.\(outcome.rawValue)"), good ? "green" : "grey", good ? "circle-check" : "circle-cross")
        }
        switch row.status {
        case .draft: return badge(text("status.draft"), "grey", "edit")
        case .onHold: return badge(text("status.on-hold"), "amber", "snooze")
        case .active, .completed, .revoked, .enteredInError: break
        }
        let (tone, icon) =
            switch row.stage {
            case .received: ("blue", "circle")
            case .accepted: ("blue", "check")
            case .contacting: ("amber", "phone")
            case .scheduled: ("green", "calendar")
            case .seen: ("violet", "person-check")
            case .reported: ("violet", "document")
            case .closed: ("grey", "circle-check")
            }
        return badge(text("stage.\(row.stage.rawValue)"), tone, icon)
    }

    func priority(_ row: ReferralRow) -> View? {
        switch row.priority {
        case .routine: nil
        case .urgent: badge(text("priority.urgent"), "amber", "urgent")
        case .asap: badge(text("priority.asap"), "red", "urgent")
        case .stat: badge(text("priority.stat"), "red", "urgent")
        }
    }

    private func badge(_ label: String, _ tone: String, _ icon: String) -> View {
        words.badge(label, tone, icon)
    }

    /// What has to be done next.
    func next(_ row: ReferralRow) -> String {
        if let outcome = row.outcome { return text("outcome.\(outcome.rawValue)") }
        if row.status == .draft { return text("next.activate") }
        if row.status == .onHold { return text("next.review") }
        let step: String
        switch row.stage {
        case .received: step = "accept"
        case .accepted: step = "contact"
        case .contacting: step = "schedule"
        case .scheduled: step = "visit"
        case .seen: step = row.kind == .inbound ? "send-report" : "get-report"
        case .reported: step = row.kind.awaitsReport && row.acknowledgedAt == nil ? "acknowledge" : "close"
        case .closed: step = "close"
        }
        return text("next.\(step)")
    }

    /// How long there is still time, or how long there is none.
    func due(_ row: ReferralRow) -> View? {
        guard let due = row.dueAt else { return nil }
        let local = zone.civil(at: due.microseconds)
        let days = today.days(until: local.date)
        let isLate = due <= words.now
        let key = isLate ? (days < 0 ? "due.late" : "due.late-today") : days == 0 ? "due.today" : "due.in"
        let tone = isLate ? "late" : days <= 1 ? "soon" : "ok"
        let values = ["time": words.dates.time(local.time), "day": words.dates.date(local.date, today: today)]
        let full = "referrals." + key
        let label =
            key == "due.late" || key == "due.in" ? words.count(full, abs(days), values) : words.text(full, values)
        return View([
            "tone": .text(tone), "icon": .text(isLate ? "alert" : "clock"), "label": .text(label),
        ])
    }

    func size(_ bytes: Int) -> String {
        bytes < 1_048_576
            ? text("size.kb", ["n": String(max(1, bytes / 1024))])
            : text("size.mb", ["n": String(bytes / 1_048_576)])
    }

    func choice(_ value: String, _ label: String, _ chosen: Bool) -> View {
        View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
    }
}

extension Scheduling {
    /// By the practice's clocks.
    func referralWords(_ request: WebRequest) throws -> ReferralWords {
        let words = try words(request)
        guard let name = words.configuration.organization?.value.zone else { throw Fault.notFound("organization") }
        return ReferralWords(words: words, zone: try desk.plans.timeZones.zone(name))
    }
}

/// One field of a form of a referral.
struct ReferralField {
    enum Shape {
        case line(Int)
        case date
        case area(Int)
        case choice([(value: String, label: String)])
    }

    let name: String
    let shape: Shape
    var needed = false
    var hint = false

    /// `wrong`: names of fields that need attention.
    func view(_ prefix: String, value: String, wrong: Set<String>, _ words: ReferralWords) -> View {
        var (type, longest, options) = ("text", 200, [View]())
        var isArea = false
        switch shape {
        case .line(let most): longest = most
        case .date: (type, longest) = ("date", 10)
        case .area(let most): (isArea, longest) = (true, most)
        case .choice(let choices): options = choices.map { words.choice($0.value, $0.label, $0.value == value) }
        }
        let isWrong = wrong.contains(name)
        return View([
            "id": .text("\(prefix)-\(name)"), "name": .text(name), "label": .text(words.text("form.\(name)")),
            "value": .text(value), "type": .text(type), "longest": .number(longest), "options": .views(options),
            "isSelect": .flag(!options.isEmpty), "isArea": .flag(isArea),
            "isLine": .flag(options.isEmpty && !isArea), "isNeeded": .flag(needed),
            "hint": .text(hint ? words.text("form.\(name).hint") : ""), "isWrong": .flag(isWrong),
            "wrong": .text(isWrong ? words.text("wrong.field") : ""),
        ])
    }
}
