import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

/// The words of the waitlist's pages.
struct WaitlistWords {
    let words: SchedulingWords
    let policy: WaitlistPolicyDefinition

    var language: Language { words.language }
    func text(_ key: String, _ values: [String: String] = [:]) -> String { words.text("waitlist." + key, values) }

    func visitType(_ key: String) -> String { words.configuration.known(visitType: key)?.names[language] ?? key }
    func practitioner(_ key: String) -> String { words.configuration.known(practitioner: key)?.name.display ?? key }
    func location(_ key: String) -> String { words.configuration.known(location: key)?.name ?? key }
    func priority(_ key: String) -> String { policy.priorities.first { $0.key == key }?.names[language] ?? key }

    /// "With Dr. Ruiz; North Clinic; Monday and Friday; from 8:00 AM to 12:00 PM"
    func wish(_ wish: WaitlistWish) -> String {
        var parts: [String] = []
        parts.append(
            wish.practitioners.isEmpty
                ? text("anyone") : list(wish.practitioners.map(practitioner).sorted()))
        parts.append(wish.locations.isEmpty ? text("anywhere") : list(wish.locations.map(location).sorted()))
        if !wish.weekdays.isEmpty {
            parts.append(list(wish.weekdays.sorted().map { words.text("schedule.weekday.\($0)") }))
        }
        if wish.fromMinute > 0 || wish.toMinute < 1_440 {
            parts.append(
                text("between", ["from": words.time(wish.fromMinute), "to": words.time(wish.toMinute)]))
        }
        let today = CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
        if let earliest = wish.earliest {
            parts.append(text("not-before", ["date": words.dates.date(earliest, today: today)]))
        }
        if let latest = wish.latest {
            parts.append(text("not-after", ["date": words.dates.date(latest, today: today)]))
        }
        if wish.noticeMinutes > 0 {
            parts.append(words.count("waitlist.needs-notice", (wish.noticeMinutes + 59) / 60))
        }
        return parts.joined(separator: "; ")
    }

    /// Why somebody was not asked; a rule of the visit type by its own words.
    func why(_ person: ReadOpening.Unasked) -> String {
        guard let rule = person.rule else { return text("why.\(person.why?.rawValue ?? "in-turn")") }
        return text("why.rule", ["reason": words.refusal(rule, missing: person.missing)])
    }

    /// What a refused command is told as: by the waitlist's own words, by those of the visit type's rules, or as it is.
    func refused(_ fault: Fault) -> String? {
        let rule = fault.code.hasPrefix("slot.") ? "booking.refusal." + fault.code.dropFirst("slot.".count) : ""
        let missing = SlotRefusal.missing(fault)
        if !missing.isEmpty { return words.refusal(.factsMissing, missing: missing) }
        let keys = ["waitlist.fault.\(fault.code)", rule]
        if let key = keys.first(where: words.pages.catalogue.has) { return words.text(key) }
        return fault.category == .conflict ? fault.message : nil
    }

    private func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }

    func when(_ opening: OpeningRow) -> String {
        guard let zone = words.plan.zone(ofLocation: opening.location) else { return opening.localStart }
        return SchedulingWords.capitalized(
            words.dates.dateTime(
                zone.civil(at: opening.span.start), today: zone.civil(at: words.now.microseconds).date))
    }

    /// A moment on the clocks of an opening's place.
    func moment(_ instant: Instant?, _ opening: OpeningRow) -> String {
        guard let zone = words.plan.zone(ofLocation: opening.location) else { return "" }
        return SchedulingWords.capitalized(words.moment(instant, zone) ?? "")
    }

    func openingState(_ state: String) -> View {
        let tone =
            switch state {
            case "open": "blue"
            case "filled": "green"
            case "taken": "outline"
            case "lapsed": "amber"
            default: "outline"
            }
        return words.badge(text("opening.state.\(state)"), tone, state == "filled" ? "circle-check" : "clock")
    }

    func offerState(_ state: String) -> View {
        let (tone, icon) =
            switch state {
            case "offered": ("blue", "send")
            case "accepted": ("green", "circle-check")
            case "declined": ("outline", "cross")
            case "withheld": ("amber", "quiet")
            default: ("outline", "clock")
            }
        return words.badge(text("offer.state.\(state)"), tone, icon)
    }
}

extension Scheduling {
    func waitlistWords(_ request: WebRequest) throws -> WaitlistWords {
        WaitlistWords(words: try words(request), policy: try waitlist.policy(request.tenant))
    }
}
