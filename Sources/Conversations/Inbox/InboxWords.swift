import Spine
import Kernel
import PeopleAPI
import StudioAPI
import TimeZones
import Web

/// What stands in the inbox in words of the reader's language, by the clocks of the place they work at.
struct InboxWords {
    let pages: Pages
    let language: Language
    let configuration: Configuration
    let zone: Zone
    let now: Instant

    init(_ request: WebRequest, messaging: Messaging) throws {
        pages = request.pages
        language = request.language
        let configuration = try messaging.definitions.configuration(of: request.tenant)
        self.configuration = configuration
        let place = request.choice(.place).flatMap { configuration.locations[$0]?.value.zone }
        zone = try messaging.zone(place) ?? messaging.homeZone(configuration)
        now = request.spine.clock.now()
    }

    func text(_ key: String, _ values: [String: String] = [:]) -> String { pages.text(key, language, values) }

    /// The words of a code, or the code itself where the catalogue has none.
    func code(_ prefix: String, _ code: String) -> String {
        let key = "\(prefix).\(code)"
        return pages.catalogue.has(key) ? text(key) : code.split(separator: "-").joined(separator: " ")
    }

    // MARK: Times

    private var wording: DateWording { DateWording(language == .spanish ? .spanish : .english) }
    private func civil(_ moment: Instant) -> CivilDateTime { zone.civil(at: moment.microseconds) }
    private var today: CivilDate { civil(now).date }

    func time(_ moment: Instant) -> String { wording.time(civil(moment).time) }

    /// "9:40 AM" today, the day otherwise.
    func short(_ moment: Instant) -> String {
        let local = civil(moment)
        return local.date == today ? wording.time(local.time) : wording.relativeDate(local.date, today: today)
    }

    /// "tomorrow, 9:40 AM"; today only the time.
    func moment(_ moment: Instant) -> String {
        let local = civil(moment)
        return local.date == today ? wording.time(local.time) : wording.relativeDateTime(local, today: today)
    }

    /// "14 Jun 1961": a birthday has no weekday, and its year is always told.
    func date(_ date: CivilDate) -> String {
        let otherYear = CivilDate(daysSinceEpoch: date.daysSinceEpoch + 800)
        return wording.date(date, today: otherYear).split(separator: " ").dropFirst().joined(separator: " ")
    }
    func age(_ birth: CivilDate) -> Int { birth.wholeYears(until: today) }
    func day(_ moment: Instant) -> CivilDate { civil(moment).date }

    func heading(_ date: CivilDate) -> String {
        let words = wording.relativeDate(date, today: today)
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// For `datetime` attributes.
    func stamp(_ moment: Instant) -> String { moment.iso8601 }

    // MARK: Needs

    func due(_ need: NeedRow) -> View {
        func view(_ label: String, _ tone: String, _ icon: String) -> View {
            View(["label": .text(label), "tone": .text(tone), "icon": .text(icon)])
        }
        if let closed = need.closedAt {
            let met = closed <= need.dueAt
            return view(text(met ? "inbox.due.met" : "inbox.due.closed", ["at": short(closed)]), "met", "check")
        }
        if need.stage == .waitingPatient { return view(text("inbox.due.patient"), "paused", "snooze") }
        if need.stage == .scheduled { return view(moment(need.dueAt), "ok", "calendar") }
        let minutes = Int((need.dueAt - now).components.seconds / 60)
        if minutes < 0 { return view(text("inbox.due.late", ["span": span(-minutes)]), "late", "alert") }
        if minutes <= 30 { return view(text("inbox.due.in", ["span": span(minutes)]), "soon", "clock") }
        return view(moment(need.dueAt), "ok", "clock")
    }

    private func span(_ minutes: Int) -> String {
        if minutes < 60 { return text("inbox.span.minutes", ["n": String(minutes)]) }
        if minutes < 48 * 60 { return text("inbox.span.hours", ["n": String(minutes / 60)]) }
        return text("inbox.span.days", ["n": String(minutes / 1_440)])
    }

    func stage(_ need: NeedRow) -> View {
        if need.isOpen, need.patient == nil {
            return View(["label": .text(text("inbox.stage.who")), "tone": "amber", "icon": "person-unknown"])
        }
        let tone =
            switch need.stage {
            case .new, .scheduled: "blue"
            case .inProgress: "violet"
            case .waitingPatient: "grey"
            case .closed: "green"
            }
        return View([
            "label": .text(text("inbox.stage.\(need.stage.rawValue)")), "tone": .text(tone),
            "icon": need.stage == .closed ? "check" : .none,
        ])
    }

    /// Nil for the ordinary.
    func priority(_ need: NeedRow) -> View? {
        guard need.isOpen, need.priority != .routine else { return nil }
        return View([
            "label": .text(text("inbox.priority.\(need.priority.rawValue)")),
            "tone": need.priority == .urgent ? "amber" : "red", "icon": "urgent",
        ])
    }

    func reason(_ need: NeedRow) -> String { text(need.reason.textKey) }
    func next(_ need: NeedRow) -> String { text(need.isOpen ? need.nextStep.textKey : "inbox.next.nothing") }
    func team(_ key: String) -> String { configuration.teams[key]?.names[language] ?? key }

    func person(_ name: StaffName) -> View {
        View(["name": .text(name.name), "initials": .text(name.initials), "tone": .number(Self.tone(name.id.raw))])
    }

    /// One of eight avatar tones, the same for a person everywhere.
    static func tone(_ raw: Int64) -> Int { Int(UInt64(bitPattern: raw &* 0x2545_F491_4F6C_DD1D) >> 32 % 8) + 1 }

    func channel(_ channel: MessageChannel) -> View {
        View([
            "icon": channel == .email ? "mail" : "text",
            "label": .text(text(channel == .email ? "inbox.channel.email" : "inbox.channel.sms")),
        ])
    }

    func languageName(_ tag: String) -> String {
        code("inbox.language", String(tag.prefix { $0 != "-" && $0 != "_" }).lowercased())
    }
}
