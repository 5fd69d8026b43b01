import HTTPTypes
import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    // MARK: Use

    /// How the time is used: `?period=…&location=…&practitioner=…&type=…&by=…`.
    func showCapacity(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        let answer = try await request.spine.ask(
            ReadCapacity(words.choice, now: words.words.now, desk: desk), as: signedIn.caller)
        let dimension = request.query.trimmed("by").flatMap(CapacityDimension.init(rawValue:)) ?? .practitioner
        let count = answer.count
        let hasFigures = count.total.offered > 0 || !answer.visits.isEmpty
        var view = capacityHead(words, request, signedIn, tab: "")
        view["periods"] = .views(words.periods(""))
        view["by"] = .views(
            CapacityDimension.allCases.map { other in
                View([
                    "href": .text(words.address("", more: [("by", other.rawValue)])),
                    "label": .text(words.text("by.\(other.rawValue)")), "current": .flag(other == dimension),
                ])
            })
        view["hidden"] = .views([
            View(["name": "period", "value": .text(words.choice.period.rawValue)]),
            View(["name": "by", "value": .text(dimension.rawValue)]),
        ])
        view["selects"] = .views(selects(words))
        view["hasFigures"] = .flag(hasFigures)
        view["figures"] = .views(figures(count, answer, words))
        view["charts"] = .views(charts(count, dimension, words))
        view["table"] = .view(table(count, dimension, words))
        view["cut"] = .optional(answer.isCut ? words.text("cut") : nil)
        view["none"] = .optional(
            hasFigures
                ? nil : words.words.empty("capacity.none", icon: "chart", action: ("/capacity", words.text("all"))))
        return .html(try request.pages.render("capacity/index", view, request.language))
    }

    private func selects(_ words: CapacityWords) -> [View] {
        [
            words.select("location", "location", words.locations(words.choice.location, any: "any.location")),
            words.select(
                "practitioner", "practitioner",
                words.practitioners(words.choice.practitioner, any: "any.practitioner")),
            words.select("type", "type", words.visitTypes(words.choice.visitType, any: "any.type")),
        ]
    }

    private func figures(_ count: CapacityCount, _ answer: ReadCapacity.Answer, _ words: CapacityWords) -> [View] {
        let total = count.total
        let blocks = ReleasedBlock.counted(
            answer.sessions, answer.visits, answer.plan, now: words.words.now.microseconds)
        let left = blocks.reduce(0) { $0 + max(0, $1.offered - $1.before) }
        let filled = blocks.reduce(0) { $0 + $1.after }
        func figure(_ name: String, _ value: String, _ note: String, _ href: String) -> View {
            View([
                "href": .text(href), "label": .text(words.text("figure.\(name)")), "value": .text(value),
                "note": .text(note),
            ])
        }
        let late = total.attendance.lateCancellations, missed = total.attendance.noShows
        return [
            figure(
                "used", CapacityWords.percent(total.share),
                words.text(
                    "of-hours",
                    ["booked": words.hours(total.booked), "offered": words.hours(total.offered)]),
                words.address("/visits")),
            figure("offered", words.hours(total.offered), words.text("note.offered"), words.address("/sessions")),
            figure("visits", String(total.visits), words.text("note.visits"), words.address("/visits")),
            figure(
                "missed", CapacityWords.percent(missed.share), words.interval(missed),
                words.address("/visits", more: [("part", "missed")])),
            figure(
                "late", CapacityWords.percent(late.share), words.interval(late),
                words.address("/visits", more: [("part", "late")])),
            figure(
                "released", CapacityWords.percent(left == 0 ? nil : Double(filled) / Double(left)),
                words.text("of-hours", ["booked": words.hours(filled), "offered": words.hours(left)]),
                words.address("/released-blocks")),
        ]
    }

    private func sorted(
        _ count: CapacityCount, _ dimension: CapacityDimension, _ words: CapacityWords
    ) -> [(key: String, name: String, use: CapacityUse)] {
        (count.by[dimension] ?? [:]).map { (key: $0.key, name: words.name($0.key, dimension), use: $0.value) }.sorted {
            dimension == .week ? (Int($0.key) ?? 0) < (Int($1.key) ?? 0) : ($0.name, $0.key) < ($1.name, $1.key)
        }
    }

    private func charts(
        _ count: CapacityCount, _ dimension: CapacityDimension, _ words: CapacityWords
    ) -> [View] {
        let dimensions: [CapacityDimension] = dimension == .week ? [.week] : [.week, dimension]
        return dimensions.map { dimension in
            words.chart(
                dimension.rawValue, kind: dimension == .week ? "line" : "bars", unit: "%",
                note: words.text("chart.note"), columns: [words.text("column.used")],
                rows: sorted(count, dimension, words).prefix(40).map { row in
                    let href = words.address("/visits", dimension, row.key)
                    let shown = CapacityWords.percent(row.use.share)
                    return (
                        label: row.name,
                        cells: [(value: row.use.share.map { $0 * 100 }, text: shown, href: Optional(href))]
                    )
                })
        }
    }

    private func table(_ count: CapacityCount, _ dimension: CapacityDimension, _ words: CapacityWords) -> View {
        View([
            "heading": .text(words.text("by.\(dimension.rawValue)")),
            "rows": .views(
                sorted(count, dimension, words).map { row in
                    let attendance = row.use.attendance
                    func visits(_ label: String, _ part: ListCapacityVisits.Part) -> View {
                        CapacityWords.link(
                            label,
                            words.address("/visits", dimension, row.key, more: [("part", part.rawValue)]))
                    }
                    return View([
                        "name": .text(row.name),
                        "offered": .view(
                            CapacityWords.link(
                                words.hours(row.use.offered), words.address("/sessions", dimension, row.key))),
                        "booked": .view(visits(words.hours(row.use.booked), .booked)),
                        "used": .text(CapacityWords.percent(row.use.share)),
                        "missed": .view(visits(words.share(attendance.noShows), .missed)),
                        "late": .view(visits(words.share(attendance.lateCancellations), .late)),
                    ])
                }),
        ])
    }

    // MARK: What a figure is made of

    /// One week of the period, when the address names one.
    private func week(_ request: WebRequest) throws -> Range<Int>? {
        guard let text = request.query.trimmed("week") else { return nil }
        guard let day = CivilDate(iso: text), (1970...2200).contains(day.year) else {
            throw Fault.invalid("week", "A date such as 2026-03-02.")
        }
        return day.daysSinceEpoch..<(day.daysSinceEpoch + 7)
    }

    private func badges(_ words: CapacityWords, _ week: Range<Int>?, _ more: [String]) -> [View] {
        var labels = more
        labels.append(week.map { words.week($0.lowerBound) } ?? words.text("period.\(words.choice.period.rawValue)"))
        if let key = words.choice.location { labels.append(words.name(key, .location)) }
        if let key = words.choice.practitioner { labels.append(words.name(key, .practitioner)) }
        if let key = words.choice.visitType { labels.append(words.visitType(key)) }
        return labels.map { View(["label": .text($0), "tone": "grey"]) }
    }

    private func drilled(
        _ words: CapacityWords, _ request: WebRequest, _ signedIn: SignedIn, title: String, total: Int, shown: Int
    ) -> View {
        var view = View([
            "csrf": .text(signedIn.csrf), "shell": .view(shell(request, signedIn, title, "capacity")),
            "title": .text(title), "back": .text(words.address("")), "hasRows": .flag(shown > 0),
        ])
        view["more"] = .optional(
            shown < total ? words.text("first-of", ["shown": String(shown), "total": String(total)]) : nil)
        view["none"] = .optional(
            shown == 0
                ? words.words.empty(
                    "capacity.nothing", icon: "list", action: (words.address(""), words.text("back"))) : nil)
        return view
    }

    func showCapacityVisits(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        let part = request.query.trimmed("part").flatMap(ListCapacityVisits.Part.init(rawValue:)) ?? .booked
        let week = try week(request)
        let answer = try await request.spine.ask(
            ListCapacityVisits(words.choice, part, days: week, now: words.words.now, desk: desk), as: signedIn.caller)
        let title = words.text("visits.\(part.rawValue)")
        var view = drilled(
            words, request, signedIn, title: title, total: answer.total, shown: answer.visits.count)
        view["count"] = .text(words.words.count("capacity.visits.count", answer.total))
        view["filters"] = .views(badges(words, week, part == .missed ? words.reasons(answer.attendance) : []))
        view["rows"] = .views(
            answer.visits.map { visit in
                let local = CivilDateTime(
                    date: CivilDate(daysSinceEpoch: visit.day),
                    time: CivilTime(hour: visit.minute / 60, minute: visit.minute % 60) ?? .midnight)
                return View([
                    "when": .text(words.words.dates.relativeDateTime(local, today: words.today)),
                    "href": .optional(
                        signedIn.may(.appointmentRead) ? "/appointments/\(visit.id.text)" : nil),
                    "type": .text(words.visitType(visit.visitType)),
                    "practitioner": .text(words.name(visit.practitioner, .practitioner)),
                    "location": .text(words.name(visit.location, .location)),
                    "state": .text(words.state(visit)),
                    "minutes": .text(words.words.count("appointment.minutes", visit.minutes)),
                ])
            })
        return .html(try request.pages.render("capacity/visits", view, request.language))
    }

    private static let mostSessions = 300

    func showCapacitySessions(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        let week = try week(request)
        let answer = try await request.spine.ask(
            ReadCapacity(words.choice, now: words.words.now, desk: desk), as: signedIn.caller)
        let sessions = answer.sessions.filter { week?.contains($0.day) ?? true }.sorted {
            ($0.span.start, $0.practitioner) < ($1.span.start, $1.practitioner)
        }
        var visits: [String: [CapacityVisit]] = [:]
        for visit in answer.visits where visit.isBooked { visits[visit.practitioner, default: []].append(visit) }
        let shown = sessions.prefix(Self.mostSessions)
        var view = drilled(
            words, request, signedIn, title: words.text("sessions"), total: sessions.count, shown: shown.count)
        view["count"] = .text(words.words.count("capacity.sessions.count", sessions.count))
        view["filters"] = .views(badges(words, week, []))
        view["rows"] = .views(
            shown.map { session in
                let booked = (visits[session.practitioner] ?? []).filter(session.contains).reduce(0) {
                    $0 + answer.plan.minutesTaken(by: $1)
                }
                let date = CivilDate(daysSinceEpoch: session.day)
                let href =
                    "/schedule?date=\(date.iso)&location=\(FormFields.encode(session.location))"
                return View([
                    "when": .text(
                        "\(words.words.dates.date(date, today: words.today)), \(words.clock(session.from)) – "
                            + words.clock(session.to)),
                    "href": .optional(signedIn.may(.scheduleRead) ? href : nil),
                    "practitioner": .text(words.name(session.practitioner, .practitioner)),
                    "location": .text(words.name(session.location, .location)),
                    "kept": .text(
                        session.visitTypes.isEmpty
                            ? words.text("for-all")
                            : session.visitTypes.sorted().map(words.visitType).joined(separator: ", ")),
                    "offered": .text(words.hours(session.minutes)), "booked": .text(words.hours(booked)),
                ])
            })
        return .html(try request.pages.render("capacity/sessions", view, request.language))
    }

    // MARK: Released blocks

    func showReleasedBlocks(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        let answer = try await request.spine.ask(
            ReadCapacity(words.choice, now: words.words.now, desk: desk), as: signedIn.caller)
        let blocks = ReleasedBlock.counted(
            answer.sessions, answer.visits, answer.plan, now: words.words.now.microseconds)
        var view = capacityHead(words, request, signedIn, tab: "/released-blocks")
        view["periods"] = .views(words.periods("/released-blocks"))
        view["hasRows"] = .flag(!blocks.isEmpty)
        view["rows"] = .views(
            blocks.map { block in
                var choice = words.choice
                choice.practitioner = block.practitioner
                choice.location = block.location
                let own = CapacityWords(words: words.words, choice: choice, today: words.today)
                let day = SchedulingWords.capitalized(words.words.text("schedule.weekday.\(block.weekday)"))
                return View([
                    "practitioner": .text(words.name(block.practitioner, .practitioner)),
                    "when": .text("\(day), \(words.clock(block.from)) – \(words.clock(block.to))"),
                    "location": .text(words.name(block.location, .location)),
                    "types": .text(block.visitTypes.map(words.visitType).joined(separator: ", ")),
                    "offered": .view(CapacityWords.link(words.hours(block.offered), own.address("/sessions"))),
                    "before": .view(CapacityWords.link(part(block.before, block, words), own.address("/visits"))),
                    "after": .view(CapacityWords.link(part(block.after, block, words), own.address("/visits"))),
                    "others": .text(part(block.afterByOthers, block, words)),
                    "empty": .text(part(block.empty, block, words)),
                ])
            })
        view["none"] = .optional(
            blocks.isEmpty
                ? words.words.empty(
                    "capacity.released.none", icon: "calendar", action: ("/capacity", words.text("back"))) : nil)
        return .html(try request.pages.render("capacity/released", view, request.language))
    }

    private func part(_ minutes: Int, _ block: ReleasedBlock, _ words: CapacityWords) -> String {
        let share = block.offered == 0 ? nil : Double(minutes) / Double(block.offered)
        return "\(CapacityWords.percent(share)) (\(words.hours(minutes)))"
    }
}
