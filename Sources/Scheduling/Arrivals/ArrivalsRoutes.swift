import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var arrivals: Capability {
        let watch = DelayWatch(desk: desk)
        return Capability(
            "arrivals", schema: [QueueSchema.queue], tables: QueueSchema.rules, subscribers: [watch.subscriber],
            timers: [watch.handler],
            routes: [
                .get("/arrivals", .page(.scheduleRead, showArrivals)),
                .get("/arrivals/wall", .page(.scheduleRead, showWall)),
                .post("/arrivals/notices", .page(.appointmentWrite, tellDelay)),
            ])
    }

    private struct Today: Sendable {
        let place: LocationDefinition
        let zone: Zone
        let date: CivilDate
    }

    private func today(_ request: WebRequest, _ signedIn: SignedIn, _ words: SchedulingWords) -> Today? {
        guard let place = place(request, places(words, signedIn), words),
            let zone = words.plan.zone(ofLocation: place.key)
        else { return nil }
        return Today(place: place, zone: zone, date: zone.civil(at: words.now.microseconds).date)
    }

    /// Who comes today, who is there and who waits how long: `?location=…`.
    func showArrivals(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let head = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("arrivals.title"), "schedule")),
        ])
        guard let today = today(request, signedIn, words) else {
            let view = View([
                "title": .text(words.text("arrivals.title")), "locations": nil, "zone": "", "rows": nil,
                "hasRows": false, "behind": nil, "counts": nil, "schedule": "/schedule", "wall": nil, "printed": nil,
                "none": .view(words.empty("schedule.no-place", icon: "building")),
            ])
            return .html(try request.pages.render("arrivals/index", view.merging(head), request.language))
        }
        let board = try await request.spine.ask(
            ReadArrivals(location: today.place.key, date: today.date, zone: today.zone, now: words.now, desk: desk),
            as: signedIn.caller)
        let page = ArrivalsView(
            words: words, place: today.place, zone: today.zone, board: board, may: signedIn.may(.appointmentWrite))
        var view = page.view.merging(head)
        view["title"] = .text(
            words.text(
                "arrivals.heading",
                ["day": words.longDate(today.date, today: today.date), "place": today.place.name]))
        view["locations"] = .views(Self.options(places(words, signedIn), today.place))
        view["zone"] = .text(words.text("schedule.zone", ["city": today.place.address.city]))
        view["schedule"] = .text("/schedule?date=\(today.date.iso)&location=\(today.place.key)")
        view["wall"] = .text("/arrivals/wall?location=\(today.place.key)")
        view["printed"] = .view(printed(signedIn, words, today.zone))
        return .html(try request.pages.render("arrivals/index", view, request.language))
    }

    /// The waiting room's screen: numbers and whom they see, and nobody's name.
    func showWall(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        guard let today = today(request, signedIn, words) else { throw Fault.notFound("location") }
        let board = try await request.spine.ask(
            ReadArrivals(
                location: today.place.key, date: today.date, zone: today.zone, now: words.now, withNames: false,
                desk: desk), as: signedIn.caller)
        let page = ArrivalsView(words: words, place: today.place, zone: today.zone, board: board, may: false)
        var view = page.wall
        view["csrf"] = .text(signedIn.csrf)
        view["shell"] = .view(bare(request, words.text("arrivals.wall.title")))
        return .html(try request.pages.render("arrivals/wall", view, request.language))
    }

    /// Tells those who wait for a practitioner that it takes longer.
    func tellDelay(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let words = try words(request)
        guard let location = form.trimmed("location"), let practitioner = form.trimmed("practitioner"),
            places(words, signedIn).contains(where: { $0.key == location })
        else { throw Fault.notFound("location") }
        let answer = try await request.spine.perform(
            TellDelay(practitioner: practitioner, location: location, staff: true, desk: desk), as: signedIn.caller)
        let done = answer.told > 0 ? "told" : answer.withheld > 0 ? "withheld" : "nobody"
        return .seeOther("/arrivals?location=\(FormFields.encode(location))&done=arrivals.\(done)")
    }
}
