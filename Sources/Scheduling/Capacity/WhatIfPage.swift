import HTTPTypes
import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    /// Twelve weeks, as things are and with changes; what is changed stands in the address.
    func showWhatIf(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        let question = WhatIfQuestion(request.query, words.words.plan)
        let known = try await request.spine.ask(
            ReadWhatIf(now: words.words.now, desk: desk), as: signedIn.caller)
        var view = capacityHead(words, request, signedIn, tab: "/what-if")
        view["form"] = .view(whatIfForm(question, words))
        view["basis"] = .text(
            words.text(
                "what-if.basis",
                [
                    "visits": String(known.visits), "weeks": String(ReadWhatIf.weeks),
                    "gone": CapacityWords.percent(known.inputs.calledOff),
                ]))
        view["problem"] = .optional(problem(question.problems, words))
        let isAsked = question.problems.isEmpty && !known.inputs.demand.isEmpty
        view["hasResult"] = .flag(isAsked)
        view["figures"] = nil
        view["charts"] = nil
        view["weeks"] = nil
        view["groups"] = nil
        view["none"] = .optional(
            known.inputs.demand.isEmpty
                ? words.words.empty(
                    "capacity.what-if.none", icon: "chart", action: ("/schedule", words.text("to-schedule"))) : nil)
        if isAsked {
            let (before, after) = try await WhatIfQuestion.answer(
                known.inputs, question.changes, desk.plans.timeZones)
            view["figures"] = .views(whatIfFigures(before, after, words))
            view["charts"] = .views(whatIfCharts(before, after, words))
            view["weeks"] = .views(whatIfWeeks(before, after, words))
            view["groups"] = .views(whatIfGroups(before, after, words))
        }
        return .html(
            try request.pages.render("capacity/what-if", view, request.language),
            status: question.problems.isEmpty ? .ok : .unprocessableContent)
    }

    private func problem(_ fields: [Fault.Field], _ words: CapacityWords) -> View? {
        if fields.isEmpty { return nil }
        var names: [String] = []
        for field in fields {
            let name = words.text("field.\(field.path)")
            if !names.contains(name) { names.append(name) }
        }
        return words.words.notice(
            words.text("problem.title"), words.text("problem.text", ["fields": names.joined(separator: ", ")]))
    }

    private func whatIfForm(_ question: WhatIfQuestion, _ words: CapacityWords) -> View {
        func number(_ name: String, _ range: ClosedRange<Int>) -> View {
            View([
                "id": .text("what-if-\(name)"), "name": .text(name), "label": .text(words.text("field.\(name)")),
                "value": .text(question.written.trimmed(name) ?? ""), "min": .text(String(range.lowerBound)),
                "max": .text(String(range.upperBound)),
            ])
        }
        func time(_ name: String) -> View {
            View([
                "id": .text("what-if-\(name)"), "name": .text(name), "label": .text(words.text("field.\(name)")),
                "value": .text(question.written.trimmed(name) ?? ""),
            ])
        }
        let weekday = question.written.trimmed("weekday")
        let weekdays =
            [CapacityWords.option("", words.text("choose"), weekday == nil)]
            + (1...7).map { number in
                CapacityWords.option(
                    String(number), SchedulingWords.capitalized(words.words.text("schedule.weekday.\(number)")),
                    weekday == String(number))
            }
        func written(_ name: String) -> String? { question.written.trimmed(name).flatMap { $0.isEmpty ? nil : $0 } }
        return View([
            "general": .views([number("demand", -90...200), number("overbook", 0...5), number("release", 0...2_000)]),
            "type": .view(words.select("type", "type", words.visitTypes(written("type"), any: "unchanged"))),
            "minutes": .view(number("minutes", 5...720)),
            "away": .view(words.select("away", "away", words.practitioners(written("away"), any: "nobody"))),
            "awayNumbers": .views([number("week", 1...12), number("weeks", 1...12)]),
            "session": .views([
                words.select(
                    "practitioner", "practitioner", words.practitioners(written("practitioner"), any: "nobody")),
                words.select("location", "location", words.locations(written("location"), any: "choose")),
                words.select("weekday", "weekday", weekdays),
            ]),
            "times": .views([time("from"), time("to")]),
        ])
    }

    private func whatIfFigures(_ before: WhatIfResult, _ after: WhatIfResult, _ words: CapacityWords) -> [View] {
        func figure(_ name: String, _ now: String, _ then: String) -> View {
            View([
                "label": .text(words.text("what-if.\(name)")), "value": .text(then),
                "note": .text(words.text("what-if.was", ["value": now])),
            ])
        }
        func wait(_ week: WhatIfResult.Week) -> String {
            week.wait.map { words.text("days-mean", ["n": CapacityWords.tenths($0)]) } ?? "–"
        }
        let (was, then) = (before.total, after.total)
        return [
            figure("used", CapacityWords.percent(was.used), CapacityWords.percent(then.used)),
            figure("wait", wait(was), wait(then)),
            figure("unmet", String(was.unmet), String(then.unmet)),
            figure("asked", String(was.asked), String(then.asked)),
            figure("offered", words.hours(was.offered), words.hours(then.offered)),
        ]
    }

    private func whatIfCharts(_ before: WhatIfResult, _ after: WhatIfResult, _ words: CapacityWords) -> [View] {
        let columns = [words.text("what-if.after"), words.text("what-if.before")]
        func rows(
            _ value: (WhatIfResult.Week) -> Double?, _ shown: (WhatIfResult.Week) -> String
        ) -> [(label: String, cells: [(value: Double?, text: String, href: String?)])] {
            zip(after.weeks, before.weeks).enumerated().map { number, weeks in
                (
                    label: String(number + 1),
                    cells: [weeks.0, weeks.1].map { (value: value($0), text: shown($0), href: nil) }
                )
            }
        }
        return [
            words.chart(
                "what-if-third", kind: "line", unit: words.text("unit.days"),
                note: words.text("chart.what-if-third.note"), columns: columns,
                rows: rows({ $0.thirdNext.map(Double.init) }, { words.days($0.thirdNext) })),
            words.chart(
                "what-if-used", kind: "line", unit: "%", note: words.text("chart.what-if-used.note"), columns: columns,
                rows: rows({ $0.used.map { $0 * 100 } }, { CapacityWords.percent($0.used) })),
        ]
    }

    /// "82 % → 78 %", or one of them when nothing changed.
    private func change(_ before: String, _ after: String) -> String {
        before == after ? after : "\(before) → \(after)"
    }

    private func whatIfWeeks(_ before: WhatIfResult, _ after: WhatIfResult, _ words: CapacityWords) -> [View] {
        func wait(_ days: Double?) -> String {
            days.map { words.text("days-mean", ["n": CapacityWords.tenths($0)]) } ?? "–"
        }
        return zip(before.weeks, after.weeks).enumerated().map { number, weeks in
            let (was, then) = weeks
            return View([
                "week": .text(String(number + 1)),
                "used": .text(change(CapacityWords.percent(was.used), CapacityWords.percent(then.used))),
                "third": .text(change(words.days(was.thirdNext), words.days(then.thirdNext))),
                "wait": .text(change(wait(was.wait), wait(then.wait))),
                "asked": .text(change(String(was.asked), String(then.asked))),
                "unmet": .text(change(String(was.unmet), String(then.unmet))),
            ])
        }
    }

    private func whatIfGroups(_ before: WhatIfResult, _ after: WhatIfResult, _ words: CapacityWords) -> [View] {
        func wait(_ days: Double?) -> String {
            days.map { words.text("days-mean", ["n": CapacityWords.tenths($0)]) } ?? "–"
        }
        return after.groups.map { group in
            let was = before.groups.first { $0.isEstablished == group.isEstablished && $0.language == group.language }
            return View([
                "standing": .text(words.text(group.isEstablished ? "group.established" : "group.new")),
                "language": .text(words.words.languageName(group.language)),
                "asked": .text(change(String(was?.asked ?? 0), String(group.asked))),
                "wait": .text(change(wait(was?.wait), wait(group.wait))),
                "unmet": .text(
                    change(CapacityWords.percent(was?.unmetShare), CapacityWords.percent(group.unmetShare))),
            ])
        }
    }

    // MARK: Overbooking

    func showOverbooking(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        var choice = CapacityChoice(period: .past12)
        choice.location = nil
        let answer = try await request.spine.ask(
            ReadCapacity(choice, now: words.words.now, desk: desk), as: signedIn.caller)
        let missed = answer.count.total.attendance.noShows
        let (inputs, problems) = Self.overbooking(request.query, noShowRate: missed.share)
        let most = Overbooking.most(inputs)
        var view = capacityHead(words, request, signedIn, tab: "/overbooking")
        func number(_ name: String, _ value: Int, _ range: ClosedRange<Int>) -> View {
            View([
                "id": .text("overbooking-\(name)"), "name": .text(name), "label": .text(words.text("field.\(name)")),
                "value": .text(String(value)), "min": .text(String(range.lowerBound)),
                "max": .text(String(range.upperBound)),
            ])
        }
        view["numbers"] = .views([
            number("starts", inputs.starts, 1...60), number("minutes", inputs.minutes, 5...240),
            number("no_show", Int((inputs.noShowRate * 100).rounded()), 0...95),
            number("budget", Int(inputs.budget), 0...240),
        ])
        view["problem"] = .optional(problem(problems, words))
        view["basis"] = .text(
            words.text("overbooking.basis", ["rate": words.share(missed), "interval": words.interval(missed)]))
        view["answer"] = .text(words.words.count("capacity.overbooking.answer", most?.more ?? 0))
        view["rows"] = .views(
            Overbooking.table(inputs).map { row in
                View([
                    "more": .text(String(row.more)),
                    "wait": .text(words.text("minutes-mean", ["n": CapacityWords.tenths(row.wait)])),
                    "overtime": .text(words.text("minutes-mean", ["n": CapacityWords.tenths(row.overtime)])),
                    "seen": .text(CapacityWords.tenths(row.seen)),
                    "within": .view(
                        words.words.badge(
                            words.text(row.isWithin ? "within" : "over"), row.isWithin ? "green" : "red",
                            row.isWithin ? "check" : "cross")),
                ])
            })
        return .html(
            try request.pages.render("capacity/overbooking", view, request.language),
            status: problems.isEmpty ? .ok : .unprocessableContent)
    }
}
