import Kernel
import StudioAPI
import TimeZones
import Web

/// Which earlier times suit a patient who waits for one by their link, and what is wrong with what they wrote. Without a
/// word of it: any hour of any day, with anyone who does the visit, at its place.
struct EarlierWish: Sendable {
    /// ISO, Monday is 1. Empty: any.
    private var weekdays: Set<Int> = []
    /// Only with whom the visit is now.
    private(set) var isSame = false
    private var from = ""
    private var to = ""
    private var fromMinute = 0
    private var toMinute = 1_440
    /// Keys of texts, by field.
    private(set) var problems: [String: String] = [:]

    init() {}

    init(_ fields: FormFields) {
        weekdays = Set(fields.all("weekday").compactMap { Int($0) }.filter((1...7).contains))
        isSame = fields["who"] == "same"
        from = fields.trimmed("from") ?? ""
        to = fields.trimmed("to") ?? ""
        fromMinute = minute(from, "from", otherwise: 0)
        toMinute = minute(to, "to", otherwise: 1_440)
        if problems.isEmpty, fromMinute >= toMinute { problems["to"] = "waitlist.wrong.to" }
    }

    private mutating func minute(_ text: String, _ field: String, otherwise: Int) -> Int {
        if text.isEmpty { return otherwise }
        guard let time = CivilTime(hhmm: text) else {
            problems[field] = "waitlist.wrong.from"
            return otherwise
        }
        return time.minutesOfDay
    }

    /// The same visit where it is now, on an earlier day, as it suits them.
    func wish(of place: Placement) -> WaitlistWish {
        WaitlistWish(
            visitType: place.visitType, practitioners: isSame ? [place.practitioner] : [], locations: [place.location],
            weekdays: weekdays, fromMinute: fromMinute, toMinute: toMinute,
            latest: CivilDateTime(iso: place.localStart)?.date.adding(days: -1))
    }

    /// Whether whom a visit is with still does such visits.
    static func mayBeSame(_ place: Placement, _ plan: SchedulePlan) -> Bool {
        guard let type = plan.visitTypes[place.visitType] else { return false }
        return plan.practitioner(place.practitioner)?.mayDo(type) ?? false
    }

    /// The part of `visit-link/show` in which it is written.
    func view(_ words: SchedulingWords, of place: Placement) -> View {
        func wrong(_ field: String) -> View.Value {
            .optional(
                problems[field].map { View(["id": .text("wish-\(field)-wrong"), "text": .text(words.text($0))]) })
        }
        return View([
            "isOpen": .flag(!problems.isEmpty), "from": .text(from), "to": .text(to), "fromWrong": wrong("from"),
            "toWrong": wrong("to"), "mayBeSame": .flag(Self.mayBeSame(place, words.plan)), "isSame": .flag(isSame),
            "weekdays": .views(
                (1...7).map { day in
                    View([
                        "value": .number(day),
                        "label": .text(SchedulingWords.capitalized(words.text("schedule.weekday.\(day)"))),
                        "chosen": .flag(weekdays.contains(day)),
                    ])
                }),
        ])
    }
}
