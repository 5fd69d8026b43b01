package import Kernel
package import StudioAPI
package import TimeZones
package import Web

/// The words in which a record is told to the person it is about.
package struct RecordWords: Sendable {
    let catalogue: Catalogue
    let language: Language
    let configuration: Configuration
    let zone: Zone

    package init(catalogue: Catalogue, language: Language, configuration: Configuration, zone: Zone) {
        self.catalogue = catalogue
        self.language = language
        self.configuration = configuration
        self.zone = zone
    }

    func text(_ key: String, _ values: [String: String] = [:]) -> String { catalogue.text(key, language, values) }

    private var wording: DateWording { DateWording(language == .spanish ? .spanish : .english) }

    /// With the year, always: a record is read years later.
    func moment(_ moment: Instant) -> String {
        let local = zone.civil(at: moment.microseconds)
        return "\(day(local.date)), \(wording.time(local.time))"
    }

    func day(_ date: CivilDate) -> String {
        guard let other = CivilDate(year: date.year == 1 ? 2 : 1, month: 1, day: 1) else { return date.iso }
        return wording.date(date, today: other)
    }

    func field(_ name: String) -> String { text("privacy.field.\(name)") }

    /// A code of a column in words; where there are none, the code itself without dashes.
    func value(_ table: String, _ name: String, _ code: String) -> String {
        switch name {
        case "practitioner", "performer", "requester":
            if let found = configuration.known(practitioner: code) { return found.name.display }
        case "location":
            if let found = configuration.known(location: code) { return found.name }
        case "visit_type":
            if let found = configuration.known(visitType: code) { return found.names[language] }
        case "service_line":
            if let found = configuration.serviceLines[code] { return found.value.names[language] }
        case "local_start", "received_on", "due_on", "disclosed_on", "birth_date", "expires_on", "authorized_from",
            "authorized_to", "held_until":
            return date(code)
        default: break
        }
        if let prefix = Self.prefixes["\(table).\(name)"] ?? Self.prefixes[name] {
            let key = "\(prefix).\(Self.codes[code] ?? code)"
            if catalogue.has(key) { return text(key) }
        }
        let own = "privacy.value.\(code)"
        if catalogue.has(own) { return text(own) }
        return Self.coded.contains(name) && Self.isCode(code) ? code.replacing("-", with: " ") : code
    }

    private func date(_ text: String) -> String {
        if let date = CivilDate(iso: text) { return day(date) }
        let parts = text.split(separator: "T")
        guard parts.count == 2, let date = CivilDate(iso: String(parts[0])) else { return text }
        return "\(day(date)), \(parts[1])"
    }

    /// Codes whose texts stand under another name.
    private static let codes = ["*": "all", "noshow": "no-show", "fulfilled": "completed"]

    /// People's own words stay as they are.
    private static func isCode(_ text: String) -> Bool {
        text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static let coded: Set = [
        "kind", "state", "status", "source", "channel", "purpose", "reason", "stage", "priority", "next_step",
        "outcome",
        "team", "flags", "use", "basis", "standing", "type", "template", "reminder_plan", "scope", "gender",
    ]

    /// Where other pages keep the words of these codes, so that nothing has two names.
    private static let prefixes = [
        "source": "patients.source", "language": "patients.language", "use": "patients.use", "gender": "patients.sex",
        "contact_preference": "patients.contact", "flags": "patients.flag",
        "labels": "labels.label",
        "clinical_document.type": "patients.document",
        "appointment.status": "patients.visit", "appointment.cancel_reason": "appointment.cancel.reason",
        "appointment.missed_reason": "appointment.missed.reason", "appointment.source": "appointment.by",
        "need.reason": "inbox.reason", "need.stage": "inbox.stage",
        "need.priority": "inbox.priority", "need.next_step": "inbox.next", "need.outcome": "inbox.outcome",
        "need_fact.code": "inbox.fact", "need_note.kind": "inbox.note", "message.state": "inbox.delivery",
        "message.purpose": "ledger.purpose", "message_media.state": "inbox.media",
        "appointment_notice.kind": "appointment.notice", "appointment_notice.state": "appointment.notice.state",
        "appointment_notice.reason": "appointment.withheld", "slot_hold.state": "patients.visit",
        "contact_consent.channel": "ledger.channel", "contact_consent.purpose": "ledger.purpose",
        "contact_consent.state": "ledger.state", "contact_consent.source": "ledger.source",
        "contact_consent.scope": "ledger.scope", "conversation.channel": "ledger.channel", "event.kind": "timeline",
        "privacy_request.kind": "privacy.kind", "privacy_request.law": "privacy.law",
        "privacy_request.channel": "privacy.channel", "privacy_request.asker": "privacy.asker",
        "privacy_request.state": "privacy.state", "privacy_restriction.kind": "privacy.restriction.kind",
        "disclosure.basis": "privacy.basis", "disclosure.door": "privacy.door",
        "bump_visit.withheld": "waitlist.withheld", "referral.kind": "referrals.kind",
        "referral.category": "referrals.category",
        "referral.status": "referrals.status", "referral.stage": "referrals.stage",
        "referral.priority": "referrals.priority", "referral.outcome": "referrals.outcome",
        "referral.authorization_state": "referrals.authorization", "referral.seen_place": "referrals.place",
        "referral.source": "referrals.source", "referral_attempt.channel": "referrals.channel",
        "referral_attempt.outcome": "referrals.attempt", "referral_document.kind": "referrals.document",
    ]
}
