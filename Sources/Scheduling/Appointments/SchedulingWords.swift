import Kernel
import Spine
import StudioAPI
import TimeZones
import Web

/// Words for this area's pages: one reader, one moment.
struct SchedulingWords {
    let pages: Pages
    let language: Language
    let configuration: Configuration
    let plan: SchedulePlan
    let now: Instant

    func text(_ key: String, _ values: [String: String] = [:]) -> String { pages.text(key, language, values) }
    func count(_ key: String, _ n: Int, _ values: [String: String] = [:]) -> String {
        pages.catalogue.count(key, language, n, values)
    }

    var dates: DateWording { DateWording(language == .spanish ? .spanish : .english) }

    func visit(_ row: AppointmentRow, _ zone: Zone) -> VisitWording {
        VisitWording(row.place, configuration: configuration, language: language, zone: zone, now: now)
    }

    /// "Monday 2 March", with the year when it is another one than today's.
    func longDate(_ date: CivilDate, today: CivilDate) -> String {
        let words = text(
            "schedule.long-date",
            [
                "weekday": text("schedule.weekday.\(date.weekday)"), "day": String(date.day),
                "month": text("schedule.month.\(date.month)"),
            ])
        return date.year == today.year ? words : "\(words) \(date.year)"
    }

    /// "Today, Monday 2 March"
    func dayHeading(_ date: CivilDate, today: CivilDate) -> String {
        let relative = dates.relativeDate(date, today: today)
        let long = longDate(date, today: today)
        guard abs(today.days(until: date)) <= 1 else { return Self.capitalized(long) }
        return "\(Self.capitalized(relative)), \(long)"
    }

    /// "in 8 days", "tomorrow"
    func distance(_ date: CivilDate, today: CivilDate) -> String {
        let days = today.days(until: date)
        return abs(days) <= 1 ? dates.relativeDate(date, today: today) : count("booking.in-days", days)
    }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    func time(_ minuteOfDay: Int) -> String {
        CivilTime(hour: minuteOfDay / 60 % 24, minute: minuteOfDay % 60).map(dates.time) ?? ""
    }

    /// "17 Feb, 11:32 AM" as the place's clocks showed it.
    func moment(_ instant: Instant?, _ zone: Zone) -> String? {
        instant.map { instant in
            let today = zone.civil(at: now.microseconds).date
            return dates.relativeDateTime(zone.civil(at: instant.microseconds), today: today)
        }
    }

    // MARK: States

    /// A visit's state as the style sheet names it.
    static func state(_ row: AppointmentRow) -> String {
        switch row.status {
        case .pending: "pending"
        case .booked: row.confirmedAt == nil ? "booked" : "confirmed"
        case .arrived: "arrived"
        case .fulfilled: "completed"
        case .cancelled: "cancelled"
        case .noshow: "no-show"
        }
    }

    static let states = ["pending", "booked", "confirmed", "arrived", "completed", "no-show", "cancelled"]

    static func icon(_ state: String) -> String {
        switch state {
        case "pending": "refresh"
        case "booked": "calendar"
        case "confirmed": "check"
        case "arrived": "arrival"
        case "completed": "circle-check"
        case "no-show": "circle-cross"
        case "held": "clock"
        default: "cross"
        }
    }

    func label(_ state: String) -> String { text("appointment.state.\(state)") }

    /// Why a visit was called off; of a code without words the code.
    func cancelReason(_ code: String) -> String { coded("appointment.cancel.reason", code) }
    func missedReason(_ code: String) -> String { coded("appointment.missed.reason", code) }

    private func coded(_ prefix: String, _ code: String) -> String {
        let key = "\(prefix).\(code)"
        return pages.catalogue.has(key) ? text(key) : code
    }

    /// One of eight avatar tones, the same for a practitioner everywhere.
    static func tone(_ key: String) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in key.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash >> 16 & 7)
    }

    static func tone(_ raw: Int64) -> Int { Int(UInt64(bitPattern: raw &* 0x2545_F491_4F6C_DD1D) >> 32 % 8) }

    static func initials(_ name: String) -> String {
        let words = name.split(separator: " ").filter { !$0.hasSuffix(".") }
        return String([words.first, words.count > 1 ? words.last : nil].compactMap { $0?.first }).uppercased()
    }

    func empty(
        _ key: String, icon: String, values: [String: String] = [:], action: (href: String, label: String)? = nil
    ) -> View {
        View([
            "icon": .text(icon), "title": .text(text("\(key).title", values)),
            "text": .text(text("\(key).text", values)),
            "action": .optional(action.map { View(["href": .text($0.href), "label": .text($0.label)]) }),
        ])
    }

    /// Why a time is not offered, with what has to be asked first.
    func refusal(_ refusal: SlotRefusal, missing codes: [String] = []) -> String {
        guard refusal == .factsMissing, !codes.isEmpty else { return text("booking.refusal.\(refusal.rawValue)") }
        return text("booking.refusal.facts-missing.named", ["facts": facts(codes)])
    }

    /// "Ride, Medicine"
    func facts(_ codes: [String]) -> String { codes.map { text("inbox.fact.\($0)") }.joined(separator: ", ") }

    func notice(_ title: String, _ text: String?, tone: String = "amber") -> View {
        View([
            "tone": .text(tone), "icon": "alert", "role": "alert", "title": .text(title), "text": .optional(text),
        ])
    }
}

extension Scheduling {
    func words(_ request: WebRequest) throws -> SchedulingWords {
        SchedulingWords(
            pages: request.pages, language: request.language,
            configuration: try desk.plans.configuration(of: request.tenant),
            plan: try desk.plans.plan(of: request.tenant), now: request.spine.clock.now())
    }
}
