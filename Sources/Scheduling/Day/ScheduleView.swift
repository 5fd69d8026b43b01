import Kernel
import StudioAPI
import TimeZones
import Web

/// The view of `schedule/day`: any view of the schedule.
struct ScheduleView {
    let columns: ScheduleColumns
    let today: CivilDate
    let mayBook: Bool

    private var words: SchedulingWords { columns.words }
    private var ask: ScheduleAsk { columns.ask }
    private var place: LocationDefinition { columns.place }

    func view(_ read: ReadSchedule.Content, chosen: ID<Appointment>?) -> View {
        let all = columns.columns(read)
        let shown = Array(all.prefix(GridView.mostColumns))
        let step = ask.span == .week ? 7 : 1
        let isNow = ask.span == .week ? ask.on(today).monday == ask.monday : ask.date == today
        let head = View([
            "title": .text(title), "iso": .text(ask.date.iso),
            "previous": .text(ask.on(ask.date.adding(days: -step)).address),
            "next": .text(ask.on(ask.date.adding(days: step)).address), "today": .text(ask.on(today).address),
            "isToday": .flag(isNow), "zone": .text(words.text("schedule.zone", ["city": place.address.city])),
        ])
        let isTable = ask.span == .week && ask.by == .location
        let grid = GridView(
            words: words, ask: ask, names: read.names, late: read.late, chosen: chosen, mayBook: mayBook, what: what,
            label: label)
        return View([
            "day": .view(head), "problem": .optional(notice(read.rows, all.count)),
            "counts": .views(counts(visits(read, all))),
            "grid": .optional(shown.isEmpty ? nil : grid.view(shown)),
            "week": .optional(
                isTable && !read.rows.isEmpty ? WeekTable(columns: columns, today: today).view(read) : nil),
            "none": .optional(none(isTable ? read.rows.isEmpty : shown.isEmpty)), "chosen": nil,
            "views": .views(views), "hidden": .views(hidden), "whose": .optional(whose),
        ])
    }

    /// Those of the shown columns; of a table all.
    private func visits(_ read: ReadSchedule.Content, _ columns: [GridColumn]) -> [AppointmentRow] {
        guard ask.by == .room else { return read.rows }
        var seen: Set<ID<Appointment>> = []
        return columns.flatMap { $0.visits.map(\.row) }.filter { seen.insert($0.id).inserted }
    }

    private var title: String {
        guard ask.span == .week else { return words.dayHeading(ask.date, today: today) }
        return words.text(
            "schedule.week-of",
            [
                "from": words.longDate(ask.monday, today: today),
                "to": words.longDate(ask.monday.adding(days: 6), today: today),
            ])
    }

    private var label: String {
        let whose =
            switch (ask.span, ask.by) {
            case (.week, .practitioner): columns.practitioner?.name.display ?? place.name
            case (.week, .room): columns.room?.names[words.language] ?? place.name
            case (.day, .location): words.text("schedule.all-places")
            default: place.name
            }
        return words.text("schedule.grid", ["day": title, "place": whose])
    }

    private func what(_ row: AppointmentRow) -> String {
        let type = words.typeName(row.place.visitType)
        if ask.by == .practitioner { return type }
        let who = words.configuration.known(practitioner: row.place.practitioner)?.name.display
        return "\(type), \(who ?? row.place.practitioner)"
    }

    // MARK: Above the grid

    private func notice(_ rows: [AppointmentRow], _ count: Int) -> View? {
        let pending = rows.count { $0.status == .pending }
        if pending > 0 {
            let system = place.calendarSystem ?? words.text("schedule.ehr")
            return words.notice(
                words.count("schedule.pending", pending, ["system": system]), words.text("schedule.pending.text"))
        }
        // Further places have not even been read.
        let places = columns.places.count
        let count = ask.span == .day && ask.by == .location && places > GridView.mostColumns ? places : count
        guard count > GridView.mostColumns else { return nil }
        let key = ask.by == .practitioner && ask.span == .day ? "schedule.too-many" : "schedule.too-many-columns"
        return words.notice(
            words.text(key, ["shown": String(GridView.mostColumns), "all": String(count)]), nil)
    }

    private func counts(_ rows: [AppointmentRow]) -> [View] {
        var counts: [String: Int] = [:]
        for row in rows { counts[SchedulingWords.state(row), default: 0] += 1 }
        return SchedulingWords.states.compactMap { state in
            counts[state].map { count in
                View([
                    "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
                    "label": .text(words.label(state)), "count": .number(count),
                ])
            }
        }
    }

    private func none(_ isEmpty: Bool) -> View? {
        guard isEmpty else { return nil }
        if ask.by == .room, columns.rooms.isEmpty {
            return words.empty("schedule.no-rooms", icon: "building", values: ["place": place.name])
        }
        if ask.span == .week, ask.by == .practitioner {
            return words.empty("schedule.no-practitioner", icon: "people", values: ["place": place.name])
        }
        let next = words.plan.nextOpenDay(at: place.key, after: ask.first.adding(days: ask.days - 1))
        return words.empty(
            ask.span == .week ? "schedule.week-closed" : "schedule.closed", icon: "calendar",
            values: ["place": place.name],
            action: next.map { day in
                (ask.on(day).address, words.text("schedule.closed.go", ["day": words.longDate(day, today: today)]))
            })
    }

    /// The links to the other views.
    private var views: [View] {
        let all: [(ScheduleAsk.Span, ScheduleAsk.By)] = [
            (.day, .practitioner), (.day, .room), (.day, .location), (.week, .practitioner), (.week, .room),
            (.week, .location),
        ]
        return ScheduleAsk.Span.allCases.map { span in
            View([
                "label": .text(words.text("schedule.span.\(span.rawValue)")),
                "links": .views(
                    all.filter { $0.0 == span }.map { span, by in
                        View([
                            "href": .text(ask.with(span, by).address),
                            "label": .text(words.text("schedule.by.\(span.rawValue).\(by.rawValue)")),
                            "current": .flag(span == ask.span && by == ask.by),
                        ])
                    }),
            ])
        }
    }

    /// What the form for day and place keeps of the view.
    private var hidden: [View] {
        ask.pairs.filter { $0.name == "view" || $0.name == "by" }.map {
            View(["name": .text($0.name), "value": .text($0.value)])
        }
    }

    /// Whose week it is, to choose from.
    private var whose: View? {
        guard ask.span == .week else { return nil }
        func options(_ all: [(key: String, name: String)], _ chosen: String?) -> View.Value {
            .views(
                all.map {
                    View(["value": .text($0.key), "label": .text($0.name), "chosen": .flag($0.key == chosen)])
                })
        }
        switch ask.by {
        case .practitioner:
            return View([
                "name": "practitioner", "label": .text(words.text("schedule.whose.practitioner")),
                "options": options(
                    columns.choices.map { ($0.key, $0.name.display) }, columns.practitioner?.key),
            ])
        case .room:
            return View([
                "name": "room", "label": .text(words.text("schedule.whose.room")),
                "options": options(columns.rooms.map { ($0.key, $0.names[words.language]) }, columns.room?.key),
            ])
        case .location: return nil
        }
    }
}

/// The week of a place: who works when, and how full it is. It counts visits and names nobody.
struct WeekTable {
    let columns: ScheduleColumns
    let today: CivilDate

    private var words: SchedulingWords { columns.words }

    func view(_ read: ReadSchedule.Content) -> View {
        let ask = columns.ask
        let days = (0..<7).map { ask.monday.adding(days: $0) }
        let zone = columns.zone
        var cells: [String: [CivilDate: [AppointmentRow]]] = [:]
        for row in read.rows {
            let date = zone.civil(at: row.place.span.start).date
            cells[row.place.practitioner, default: [:]][date, default: []].append(row)
        }
        let known = words.configuration.sortedPractitioners.map { ($0.key, $0.value.name.display) }
        let retired = cells.keys.filter { words.configuration.practitioners[$0] == nil }.sorted().map { key in
            (key, words.configuration.known(practitioner: key)?.name.display ?? key)
        }
        let rows = (known + retired).compactMap { key, name -> View? in
            let open = days.map { columns.words.plan.openMinutes(of: key, at: columns.place.key, on: $0) }
            guard cells[key] != nil || open.contains(where: { !$0.isEmpty }) else { return nil }
            return View([
                "name": .text(name), "href": .text(week(of: key)),
                "cells": .views(zip(days, open).map { cell($0, $1, cells[key]?[$0] ?? []) }),
            ])
        }
        return View([
            "iso": .text(ask.date.iso),
            "days": .views(
                days.map { date in
                    var day = ask.with(.day, .practitioner)
                    day.date = date
                    return View([
                        "label": .text(words.weekday(date)), "href": .text(day.address),
                        "isToday": .flag(date == today),
                    ])
                }), "rows": .views(rows),
        ])
    }

    private func week(of practitioner: String) -> String {
        var ask = columns.ask.with(.week, .practitioner)
        ask.practitioner = practitioner
        return ask.address
    }

    private func cell(_ date: CivilDate, _ sessions: [Range<Int>], _ rows: [AppointmentRow]) -> View {
        let taken = rows.filter { $0.status != .cancelled && $0.status != .noshow }
        let open = sessions.reduce(0) { $0 + $1.count }
        let share = open == 0 ? 100 : min(100, taken.reduce(0) { $0 + $1.place.minutes } * 100 / open)
        var states: [String: Int] = [:]
        for row in rows { states[SchedulingWords.state(row), default: 0] += 1 }
        return View([
            "away": .flag(sessions.isEmpty && rows.isEmpty), "label": .text(words.weekday(date)),
            "load": .text(words.count("schedule.load", taken.count, ["share": String(share)])),
            "states": .views(
                SchedulingWords.states.compactMap { state in
                    states[state].map {
                        View([
                            "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
                            "label": .text(words.label(state)), "count": .number($0),
                        ])
                    }
                }),
        ])
    }
}
