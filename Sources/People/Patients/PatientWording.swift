import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// Puts what is known of a patient into words of the reader's language, at the reader's moment.
struct PatientWording {
    let pages: Pages
    let language: Language
    let configuration: Configuration
    /// The zone in which days and times are told: the patient's, else the first location's, else UTC.
    let zone: Zone?
    let now: Instant

    init(
        _ request: WebRequest, configuration: Configuration, zone name: String?, zones: TimeZoneDatabase
    ) throws(TimeZoneError) {
        pages = request.pages
        language = request.language
        self.configuration = configuration
        now = request.spine.clock.now()
        let fallback = configuration.sortedLocations.first?.value.zone
        // A zone that this release of the tz database does not have is told in UTC rather than not at all.
        zone = try [name, fallback].compactMap { $0 }.first(where: zones.has).map { (name) throws(TimeZoneError) in
            try zones.zone(name)
        }
    }

    func text(_ key: String, _ values: [String: String] = [:]) -> String { pages.text(key, language, values) }

    /// The words of a code; the code itself, without dashes, when the catalogue has none.
    func code(_ prefix: String, _ code: String) -> String {
        let key = "\(prefix).\(code)"
        return pages.catalogue.has(key) ? text(key) : code.split(separator: "-").joined(separator: " ")
    }

    // MARK: Days and times

    var dates: DateWording { DateWording(language == .spanish ? .spanish : .english) }

    func civil(_ instant: Instant) -> CivilDateTime {
        if let zone { return zone.civil(at: instant.microseconds) }
        let second = Int((instant.seconds % 86_400 + 86_400) % 86_400)
        return CivilDateTime(date: CivilDate.utc(instant), time: CivilTime(secondsOfDay: second) ?? .midnight)
    }

    var today: CivilDate { civil(now).date }

    /// "14 Jun 1961": the usual wording of a day without its weekday, the year always told.
    func plainDate(_ date: CivilDate) -> String {
        let otherYear = CivilDate(daysSinceEpoch: date.daysSinceEpoch + 800)
        return dates.date(date, today: otherYear).split(separator: " ").dropFirst().joined(separator: " ")
    }

    func plainDate(_ instant: Instant) -> String { plainDate(civil(instant).date) }

    /// "Today", "Sunday …" as a heading over entries of one day.
    func dayHeading(_ date: CivilDate) -> String {
        let words = dates.relativeDate(date, today: today)
        return String(words.prefix(1)).uppercased() + String(words.dropFirst())
    }

    // MARK: Who

    static func tone(_ id: ID<Patient>) -> Int {
        Int(UInt64(bitPattern: id.raw &* 0x2545_F491_4F6C_DD1D) >> 32 % 8)
    }

    func age(_ birthDate: CivilDate) -> Int { max(0, birthDate.wholeYears(until: today)) }

    /// "Woman, 64"
    func sexAndAge(_ record: PatientRecord) -> String? {
        let sex = record.gender.map { code("patients.sex", $0) }
        let years = record.birthDate.map { String(age($0)) }
        let parts = [sex, years].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// "Woman, 64 · born 14 Jun 1961 · MRN 48213 · Denver time"
    func line(_ record: PatientRecord, mrn: String?, showsNumber: Bool, zone: String?) -> String {
        [
            sexAndAge(record), record.birthDate.map { text("patients.born", ["date": plainDate($0)]) },
            showsNumber ? mrn.map { text("patients.mrn", ["mrn": $0]) } ?? text("patients.no-mrn") : nil,
            zone.map { text("patients.zone", ["city": city($0)]) },
        ].compactMap { $0 }.joined(separator: " · ")
    }

    func city(_ zone: String) -> String {
        (zone.split(separator: "/").last.map(String.init) ?? zone).replacing("_", with: " ")
    }

    func languageName(_ tag: String) -> String {
        code("patients.language", String(tag.prefix { $0 != "-" }))
    }

    func contactPreference(_ record: PatientRecord) -> String {
        let words = record.contactPreference.map { code("patients.contact", $0) } ?? text("patients.unknown")
        let hours = record.preferences.first { $0.kind == "hours" }
        guard let hours else { return words }
        return words + ", " + (hours.note ?? code("patients.hours", hours.code))
    }

    func flags(_ record: PatientRecord, plain: PatientPlain, sharedPhone: Bool) -> [View] {
        var codes = record.flags
        if plain.deceased { codes.insert("deceased", at: 0) }
        if record.needsInterpreter { codes.append("interpreter") }
        if sharedPhone { codes.append("shared-phone") }
        codes += record.preferences.filter { $0.kind == "accessibility" || $0.kind == "transport" }.map(\.code)
        return codes.map { flag in
            View([
                "label": .text(code("patients.flag", flag)), "tone": .text(Self.flagTone(flag)),
                "icon": .text(Self.flagIcon(flag)),
            ])
        }
    }

    /// The labels of a record, as badges.
    func labels(_ labels: Labels) -> [View] {
        labels.codes.map { View(["label": .text(code("labels.label", $0)), "tone": "violet", "icon": "shield"]) }
    }

    private static func flagTone(_ code: String) -> String {
        switch code {
        case "deceased", "fall-risk", "latex-allergy": "red"
        case "needs-ride", "shared-phone": "amber"
        case "interpreter": "violet"
        default: "grey"
        }
    }

    private static func flagIcon(_ code: String) -> String {
        switch code {
        case "interpreter": "language"
        case "needs-ride": "car"
        case "wheelchair", "hearing-loss", "low-vision": "access"
        case "shared-phone": "people"
        case "deceased": "heart"
        default: "alert"
        }
    }

    func consents(_ consents: [ConsentSummary]) -> [View] {
        ChannelStanding.all(consents).map { standing in
            View([
                "label": .text(text(standing.textKey)), "tone": .text(standing.tone),
                "icon": .optional(standing.icon),
            ])
        }
    }

    func source(_ source: FieldSource) -> String {
        text("patients.from", ["source": code("patients.source", source.source), "date": plainDate(source.at)])
    }

    // MARK: Visits and needs

    func visitTypeName(_ key: String) -> String { configuration.known(visitType: key)?.names[language] ?? key }
    func practitionerName(_ key: String) -> String { configuration.known(practitioner: key)?.name.display ?? key }
    func locationName(_ key: String) -> String { configuration.known(location: key)?.name ?? key }

    /// `2026-11-30T09:40` as people say it; the stored text itself when it is no local time.
    func localStart(_ visit: AppointmentSummary, withYear: Bool = false) -> String {
        guard let local = CivilDateTime(iso: visit.localStart) else { return visit.localStart }
        guard withYear else { return dates.dateTime(local, today: today) }
        return dates.dateTime(local, today: CivilDate(daysSinceEpoch: local.date.daysSinceEpoch + 800))
    }

    /// The class of a visit's state, as the style sheet names it.
    static func state(_ visit: AppointmentSummary) -> String {
        switch visit.status {
        case "fulfilled": "completed"
        case "noshow": "no-show"
        case "arrived", "cancelled": visit.status
        case "pending", "proposed": "pending"
        default: visit.pendingExternal ? "pending" : visit.confirmed ? "confirmed" : "booked"
        }
    }

    static func stateIcon(_ state: String) -> String {
        switch state {
        case "completed": "circle-check"
        case "no-show": "circle-cross"
        case "cancelled": "cross"
        case "arrived": "arrival"
        case "confirmed": "check"
        case "pending": "clock"
        default: "calendar"
        }
    }

    func visitCard(_ visit: AppointmentSummary) -> View {
        let state = Self.state(visit)
        return View([
            "href": .text("/appointments/\(visit.id.text)"), "state": .text(state), "when": .text(localStart(visit)),
            "what": .text("\(visitTypeName(visit.visitType)), \(practitionerName(visit.practitioner))"),
            "where": .text(locationName(visit.location)), "icon": .text(Self.stateIcon(state)),
            "label": .text(code("patients.visit", state)),
        ])
    }

    /// "in 14 min", "today, 5:00 PM", "40 min late".
    func due(_ instant: Instant) -> View {
        let minutes = Int((instant - now).microseconds / 60_000_000)
        let label: String
        if minutes < 0 {
            label =
                -minutes < 120
                ? text("patients.due.late", ["n": String(-minutes)])
                : text("patients.due.late-hours", ["n": String(-minutes / 60)])
        } else if minutes < 60 {
            label = text("patients.due.in", ["n": String(minutes)])
        } else {
            label = dates.relativeDateTime(civil(instant), today: today)
        }
        let tone = minutes < 0 ? "late" : minutes < 30 ? "soon" : "ok"
        return View(["label": .text(label), "tone": .text(tone), "icon": "clock"])
    }

    func need(_ need: NeedSummary) -> View {
        let owner = need.owner.map { user -> View in
            let name = StaffName(id: user, name: need.ownerName ?? "")
            return View([
                "name": .text(name.name), "initials": .text(name.initials), "tone": .number(Self.tone(user.cast())),
            ])
        }
        return View([
            "href": .text("/inbox/\(need.id.text)"), "reason": .text(need.title),
            "stage": .view(
                View([
                    "label": .text(code("patients.stage", need.stage)), "tone": .text(Self.stageTone(need.stage)),
                    "icon": nil,
                ])),
            "next": .text(nextStep(need)), "due": .view(due(need.dueAt)),
            "owner": .optional(owner), "unowned": .flag(owner == nil),
        ])
    }

    /// The step in the words that the inbox has for it.
    private func nextStep(_ need: NeedSummary) -> String {
        let step = code("inbox.next", need.nextStep)
        return text("patients.next-step", ["step": step.prefix(1).lowercased() + step.dropFirst()])
    }

    private static func stageTone(_ stage: String) -> String {
        switch stage {
        case "new": "blue"
        case "in-progress": "violet"
        case "waiting-patient": "amber"
        case "scheduled": "green"
        default: "grey"
        }
    }
}
