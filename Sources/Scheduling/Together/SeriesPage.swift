import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    func showSeries(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await seriesPage(request.query, request, signedIn)
    }

    /// Every date of the series, each with its time or with why it cannot be had.
    private func seriesPage(
        _ fields: FormFields, _ request: WebRequest, _ signedIn: SignedIn, problem: View? = nil,
        _ category: Fault.Category? = nil
    ) async throws -> WebResponse {
        let wish = try SeriesWish(fields)
        let words = try words(request)
        guard let patient = try await patient(of: wish.who, signedIn.caller, request.spine) else {
            return .seeOther(wish.who.address)
        }
        let client = try await request.spine.ask(
            ReadBookingClient(patient: patient, moving: nil, desk: desk), as: signedIn.caller)
        let hold = try await liveHold(fields, for: patient, request, signedIn)
        let dates = wish.dates
        let refusals =
            dates.isEmpty
            ? []
            : try await request.spine.ask(
                AskSeries(
                    first: wish.first, dates: dates, patient: patient, need: wish.who.need, holding: hold?.id,
                    now: words.now, desk: desk), as: signedIn.caller)
        let view = SeriesView(
            words: words, wish: wish, client: client, hold: hold, times: zip(dates, refusals).map { ($0, $1) },
            intent: Crockford.encode(request.spine.ids.nextRaw()))
        let outOfRange = words.notice(words.text("together.series.range"), nil)
        return try togetherPage(
            "series", words.text("together.series.title"), view.view, request, signedIn,
            problem: problem ?? (wish.rhythm == nil ? outOfRange : nil), category)
    }

    /// Books the dates that were left ticked, and leads to what was booked and what was not.
    func bookSeriesFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let wish = try SeriesWish(form)
        let words = try words(request)
        guard let patient = try await patient(of: wish.who, signedIn.caller, request.spine) else {
            return .seeOther(wish.who.address)
        }
        let ticked = Set(form.all("date"))
        let dates = wish.dates.filter { ticked.contains($0.iso) }
        guard !dates.isEmpty else {
            let nothing = words.notice(words.text("together.series.none-ticked"), nil)
            return try await seriesPage(form, request, signedIn, problem: nothing, .invalid)
        }
        do {
            let answer = try await request.spine.perform(
                BookSeries(
                    wish.first, patient: patient, on: dates, hold: form.id("hold"), need: wish.who.need, desk: desk),
                as: signedIn.caller, idempotency: Self.intent(form, request))
            guard let first = answer.booked.first else { throw BookingRules.taken }
            let known = form.all("refused").compactMap(MissedTime.init(text:))
                .filter { wish.dates.contains($0.local.date) }
            let missed = (known + answer.missed.compactMap(MissedTime.init)).sorted { $0.local < $1.local }
            let more = missed.map { "&missed=\(FormFields.encode($0.text))" }.joined()
            return .seeOther("/appointments/\(Crockford.encode(first.id))/together?done=together.series\(more)")
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            let notice = words.notice(
                words.text("together.series.refused"),
                "\(words.why(fault)). \(words.text("together.series.refused.text"))")
            return try await seriesPage(form, request, signedIn, problem: notice, fault.category)
        }
    }
}

/// What is repeated, as an address or a form says it.
struct SeriesWish: Sendable {
    let who: BookingWish
    let first: SlotFinder.Question
    /// As they were typed.
    let every: String
    let unit: SeriesRhythm.Unit
    let count: String

    init(_ fields: FormFields) throws(Fault) {
        guard let first = BookingWish.question(token: fields["slot"] ?? ""),
            (1970...2200).contains(first.localStart.date.year)
        else { throw Fault.invalid("slot", "Not a time of the list.") }
        self.first = first
        var who = BookingWish(FormFields())
        who.need = fields.id("need")
        who.patient = fields.id("patient")
        self.who = who
        every = fields.trimmed("every") ?? "1"
        unit = fields["unit"].flatMap(SeriesRhythm.Unit.init(rawValue:)) ?? .week
        count = fields.trimmed("count") ?? "6"
    }

    /// Nil: out of range.
    var rhythm: SeriesRhythm? {
        guard let every = Int(every), let count = Int(count) else { return nil }
        return SeriesRhythm(every: every, unit, count: count)
    }

    var dates: [CivilDate] { rhythm?.dates(from: first.localStart.date) ?? [] }

    /// The dialog with the first day's times.
    var back: String {
        var wish = who
        wish.visitType = first.visitType
        wish.from = first.localStart.date
        return wish.address
    }

    /// The dialog for one of the dates.
    func address(_ date: CivilDate) -> String {
        BookingWish.another(
            who.need, who.patient, first.visitType, first.practitioner, first.location,
            CivilDateTime(date: date, time: first.localStart.time)
        ).address
    }
}

extension BookingWish {
    /// Another time on that day, for the same visit.
    static func another(
        _ need: ID<Need>?, _ patient: ID<Patient>?, _ visitType: String, _ practitioner: String, _ location: String,
        _ local: CivilDateTime
    ) -> BookingWish {
        var wish = BookingWish(FormFields())
        wish.need = need
        wish.patient = patient
        wish.visitType = visitType
        wish.practitioner = practitioner
        wish.location = location
        wish.from = local.date
        wish.to = local.date
        wish.at = local.time
        return wish
    }
}

/// A time of a series that was not booked, and why.
struct MissedTime: Sendable, Equatable {
    let local: CivilDateTime
    let refusal: SlotRefusal

    init(local: CivilDateTime, refusal: SlotRefusal) {
        self.local = local
        self.refusal = refusal
    }

    init?(_ missed: VisitsAnswer.Missed) {
        guard let local = CivilDateTime(iso: missed.localStart), let refusal = SlotRefusal(code: missed.code) else {
            return nil
        }
        self.init(local: local, refusal: refusal)
    }

    /// `2026-03-19T09:00.practitioner-busy`
    init?(text: String) {
        let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let local = CivilDateTime(iso: parts[0]), (1970...2200).contains(local.date.year),
            let refusal = SlotRefusal(rawValue: parts[1])
        else { return nil }
        self.init(local: local, refusal: refusal)
    }

    var text: String { "\(local.iso).\(refusal.rawValue)" }
}

/// The view of `together/series`.
struct SeriesView {
    let words: SchedulingWords
    let wish: SeriesWish
    let client: BookingClient
    /// The hold with which the page was reached.
    let hold: HoldRow?
    let times: [(date: CivilDate, refusal: SlotRefusal?)]
    let intent: String

    private var today: CivilDate {
        words.plan.zone(ofLocation: wish.first.location)?.civil(at: words.now.microseconds).date
            ?? CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
    }

    var view: View {
        let first = wish.first
        let type = words.plan.visitTypes[first.visitType]
        let free = times.count { $0.refusal == nil }
        return View([
            "who": .view(words.who(client.card)), "back": .text(wish.back),
            "what": .text(
                words.text(
                    "booking.held.what",
                    [
                        "what": words.typeName(first.visitType),
                        "who": words.plan.practitioner(first.practitioner)?.name.display ?? first.practitioner,
                        "minutes": words.count("appointment.minutes", type?.minutes ?? 0),
                    ])),
            "where": .text(words.plan.location(first.location)?.name ?? first.location),
            "from": .text(SchedulingWords.capitalized(words.dates.dateTime(first.localStart, today: today))),
            "every": .text(wish.every), "count": .text(wish.count), "largest": .number(SeriesRhythm.Unit.day.largest),
            "most": .number(SeriesRhythm.counts.upperBound),
            "units": .views(
                words.choices(
                    SeriesRhythm.Unit.allCases.map { ($0.rawValue, words.text("together.series.\($0.rawValue)s")) },
                    chosen: wish.unit.rawValue)),
            "asked": .views(words.hidden(asked)),
            "wanted": .views(
                words.hidden(
                    asked + [
                        ("every", wish.every), ("unit", wish.unit.rawValue), ("count", wish.count), ("intent", intent),
                    ])),
            "hasRows": .flag(!times.isEmpty), "rows": .views(times.map(row)), "hasFree": .flag(free > 0),
            "caption": .text(
                words.text(
                    "together.series.caption",
                    ["dates": words.count("together.series.dates", times.count), "free": String(free)])),
        ])
    }

    /// What both forms carry on.
    private var asked: [(String, String?)] {
        [
            ("need", wish.who.need?.text), ("patient", wish.who.patient?.text),
            (
                "slot",
                [wish.first.visitType, wish.first.practitioner, wish.first.location, wish.first.localStart.iso].joined(
                    separator: "~")
            ), ("hold", hold?.id.text),
        ]
    }

    private func row(_ date: CivilDate, _ refusal: SlotRefusal?) -> View {
        let local = CivilDateTime(date: date, time: wish.first.localStart.time)
        let day = words.day(date, today: today)
        let isHeld = refusal == nil && hold?.localStart == local.iso
        let badge =
            refusal != nil
            ? words.badge(words.text("together.not-free"), "red", "cross")
            : isHeld
                ? words.badge(words.text("together.held"), "green", "clock")
                : words.badge(words.text("together.free"), "green", "check")
        return View([
            "date": .text(date.iso), "day": .text(day), "time": .text(words.dates.time(local.time)),
            "isFree": .flag(refusal == nil), "badge": .view(badge),
            "reason": .optional(refusal.map(words.why)),
            "refused": .optional(refusal.map { MissedTime(local: local, refusal: $0).text }),
            "other": .optional(refusal == nil ? nil : wish.address(date)),
        ])
    }
}
