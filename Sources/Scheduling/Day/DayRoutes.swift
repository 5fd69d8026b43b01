import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
package import Web

extension Scheduling {
    var dayRoutes: [Route] {
        [.get("/schedule", .page(.scheduleRead, showDay))]
    }

    /// The places whose patients this person may see, by name.
    private func places(_ words: SchedulingWords, _ signedIn: SignedIn) -> [LocationDefinition] {
        words.configuration.sortedLocations.map(\.value).filter { location in
            switch signedIn.caller.locations {
            case .all: true
            case .only(let allowed): allowed.contains(LocationKeys.id(location.key))
            }
        }
    }

    /// Where the most practitioners work: what is shown until somebody has chosen.
    private func usual(_ places: [LocationDefinition], _ words: SchedulingWords) -> LocationDefinition? {
        func practitioners(at place: LocationDefinition) -> Int {
            words.configuration.practitioners.values.count { practitioner in
                practitioner.value.templates.contains { $0.location == place.key }
            }
        }
        return places.map { (place: $0, practitioners: practitioners(at: $0)) }
            .max { ($0.practitioners, $1.place.name) < ($1.practitioners, $0.place.name) }?.place
    }

    /// The day of a place; the address says which: `?date=2026-03-02&location=…&visit=…`.
    func showDay(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let places = places(words, signedIn)
        let asked = request.query.trimmed("location") ?? request.choice(.place)
        guard let place = places.first(where: { $0.key == asked }) ?? usual(places, words),
            let zone = words.plan.zone(ofLocation: place.key)
        else { return try noPlace(request, signedIn, words) }
        let today = zone.civil(at: words.now.microseconds).date
        let date = request.query["date"].flatMap(CivilDate.init(iso:)).flatMap {
            (1970...2200).contains($0.year) ? $0 : nil
        }
        let day = DayView(
            words: words, place: place, zone: zone, date: date ?? today, today: today,
            mayBook: signedIn.may(.appointmentWrite))
        let content = try await request.spine.ask(
            ReadDay(
                location: place.key, date: day.date, zone: zone, shown: { day.shown($0) },
                now: words.now, desk: desk), as: signedIn.caller)
        let wanted: ID<Appointment>? = request.query.id("visit")
        let chosen = content.rows.first { $0.id == wanted }
        var view = day.view(content, chosen: wanted)
        view["csrf"] = .text(signedIn.csrf)
        view["feeds"] = .optional(signedIn.may(.calendarShare) ? "/schedule/feeds" : nil)
        view["shell"] = .view(shell(request, signedIn, words.text("schedule.title"), "schedule"))
        view["locations"] = .views(
            places.map {
                View(["value": .text($0.key), "label": .text($0.name), "chosen": .flag($0.key == place.key)])
            })
        if let chosen {
            var card = words.card(chosen, zone, may: signedIn.may(.appointmentWrite))
            let panel = signedIn.may(.patientRead) ? try await panel(request, signedIn, chosen.patient) : nil
            card["panel"] = .optional(panel)
            view["chosen"] = .view(card)
        }
        return .html(try request.pages.render("schedule/day", view, request.language))
    }

    private func noPlace(
        _ request: WebRequest, _ signedIn: SignedIn, _ words: SchedulingWords
    ) throws -> WebResponse {
        let day = View([
            "title": .text(words.text("schedule.title")), "iso": "", "previous": "/schedule", "next": "/schedule",
            "today": "/schedule", "isToday": false, "zone": "",
        ])
        let view = View([
            "csrf": .text(signedIn.csrf), "feeds": nil,
            "shell": .view(shell(request, signedIn, words.text("schedule.title"), "schedule")), "day": .view(day),
            "problem": nil, "locations": nil, "counts": nil, "grid": nil, "chosen": nil,
            "none": .view(words.empty("schedule.no-place", icon: "building")),
        ])
        return .html(try request.pages.render("schedule/day", view, request.language))
    }

    /// Who comes in next at this person's place today: rows for the page Today.
    package func todayRows(_ request: WebRequest, _ signedIn: SignedIn) async throws -> [View] {
        let words = try words(request)
        let places = places(words, signedIn)
        let asked = request.choice(.place)
        guard let place = places.first(where: { $0.key == asked }) ?? usual(places, words),
            let zone = words.plan.zone(ofLocation: place.key)
        else { return [] }
        let today = zone.civil(at: words.now.microseconds).date
        let day = try await request.spine.ask(
            ReadDay(
                location: place.key, date: today, zone: zone,
                shown: { $0.map(\.place.practitioner) }, withTimes: false, now: words.now, ahead: 8, desk: desk),
            as: signedIn.caller)
        let may = signedIn.may(.appointmentWrite)
        return day.rows.map { row in
            let visit = words.visit(row, zone)
            let state = SchedulingWords.state(row)
            return View([
                "id": .text(row.id.text), "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
                "label": .text(words.label(state)), "time": .text(words.dates.time(visit.local.time)),
                "href": .text("/appointments/\(row.id.text)"), "patient": .text(day.names[row.patient] ?? ""),
                "what": .text("\(visit.visitType), \(visit.practitioner)"),
                "mayArrive": .flag(may && row.status == .booked),
            ])
        }
    }
}
