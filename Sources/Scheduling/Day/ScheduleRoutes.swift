import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    /// The place that a page is about: the one asked for, the one chosen last, else the usual one.
    func place(_ request: WebRequest, _ places: [LocationDefinition], _ words: SchedulingWords) -> LocationDefinition? {
        let asked = request.query.trimmed("location") ?? request.choice(.place)
        return places.first { $0.key == asked } ?? usual(places, words)
    }

    /// Who has the page before them and when, for the foot of what is printed.
    func printed(_ signedIn: SignedIn, _ words: SchedulingWords, _ zone: Zone) -> View {
        let local = zone.civil(at: words.now.microseconds)
        let when = "\(words.plainDate(local.date)), \(words.dates.time(local.time))"
        return View([
            "by": .text(words.text("schedule.printed.by", ["name": signedIn.displayName])),
            "when": .text(words.text("schedule.printed.when", ["when": when])),
        ])
    }

    static func options(_ places: [LocationDefinition], _ chosen: LocationDefinition) -> [View] {
        places.map {
            View(["value": .text($0.key), "label": .text($0.name), "chosen": .flag($0.key == chosen.key)])
        }
    }

    /// A day or a week; the address says which: `?date=2026-03-02&location=…&view=week&by=room&visit=…`.
    func showDay(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let places = places(words, signedIn, past: request.query.trimmed("location"))
        guard let place = place(request, places, words), let zone = words.plan.zone(ofLocation: place.key) else {
            return try noPlace(request, signedIn, words)
        }
        let today = zone.civil(at: words.now.microseconds).date
        let ask = ScheduleAsk(
            request.query, date: ScheduleAsk.date(request.query) ?? today, location: place.key)
        let columns = ScheduleColumns(words: words, ask: ask, place: place, zone: zone, places: places)
        let isTable = ask.span == .week && ask.by == .location
        let content = try await request.spine.ask(
            ReadSchedule(
                stretches: columns.stretches,
                practitioner: ask.span == .week && ask.by == .practitioner ? columns.practitioner?.key ?? "" : nil,
                shown: { columns.practitioners($0) }, things: columns.things, withTimes: ask.by == .practitioner,
                withNames: !isTable, now: words.now, desk: desk), as: signedIn.caller)
        let wanted: ID<Appointment>? = request.query.id("visit")
        let chosen = isTable ? nil : content.rows.first { $0.id == wanted }
        let mayBook = signedIn.may(.appointmentWrite)
        var view = ScheduleView(columns: columns, today: today, mayBook: mayBook).view(content, chosen: wanted)
        view["csrf"] = .text(signedIn.csrf)
        view["feeds"] = .optional(signedIn.may(.calendarShare) ? "/schedule/feeds" : nil)
        view["shell"] = .view(shell(request, signedIn, words.text("schedule.title"), "schedule"))
        view["locations"] = .views(Self.options(places, place))
        view["printed"] = .view(printed(signedIn, words, zone))
        view["arrivals"] = .text("/arrivals?location=\(place.key)")
        if let chosen, content.names[chosen.patient] != nil {
            let itsZone = try desk.plans.timeZones.zone(chosen.place.zone)
            var card = words.card(chosen, itsZone, may: mayBook)
            let panel = signedIn.may(.patientRead) ? try await panel(request, signedIn, chosen.patient) : nil
            card["panel"] = .optional(panel)
            view["chosen"] = .view(card)
        }
        return .html(try request.pages.render("schedule/day", view, request.language))
    }

    func noPlace(
        _ request: WebRequest, _ signedIn: SignedIn, _ words: SchedulingWords
    ) throws -> WebResponse {
        let day = View([
            "title": .text(words.text("schedule.title")), "iso": "", "previous": "/schedule", "next": "/schedule",
            "today": "/schedule", "isToday": false, "zone": "",
        ])
        let view = View([
            "csrf": .text(signedIn.csrf), "feeds": nil,
            "shell": .view(shell(request, signedIn, words.text("schedule.title"), "schedule")), "day": .view(day),
            "problem": nil, "locations": nil, "counts": nil, "grid": nil, "chosen": nil, "week": nil, "views": nil,
            "hidden": nil, "whose": nil, "printed": nil, "arrivals": nil,
            "none": .view(words.empty("schedule.no-place", icon: "building")),
        ])
        return .html(try request.pages.render("schedule/day", view, request.language))
    }
}
