import Kernel
import StudioAPI
import TimeZones
import Web

/// The view of `schedule/day` for one place and day.
struct DayView {
    let words: SchedulingWords
    let place: LocationDefinition
    let zone: Zone
    let date: CivilDate
    let today: CivilDate
    let mayBook: Bool

    /// The style sheet has room for so many columns.
    private static let mostColumns = 12
    /// Shorter free stretches are not worth a link.
    private static let shortestGap = 10

    private func address(_ date: CivilDate) -> String { "/schedule?date=\(date.iso)&location=\(place.key)" }

    func view(_ day: ReadDay.Day, chosen: ID<Appointment>?) -> View {
        let columns = columns(day.rows)
        let head = View([
            "title": .text(words.dayHeading(date, today: today)), "iso": .text(date.iso),
            "previous": .text(address(date.adding(days: -1))), "next": .text(address(date.adding(days: 1))),
            "today": .text(address(today)), "isToday": .flag(date == today),
            "zone": .text(words.text("schedule.zone", ["city": place.address.city])),
        ])
        let pending = day.rows.filter { $0.status == .pending }.count
        var notice: View?
        if pending > 0 {
            let system = place.calendarSystem ?? words.text("schedule.ehr")
            notice = words.notice(
                words.count("schedule.pending", pending, ["system": system]), words.text("schedule.pending.text"))
        } else if columns.count > Self.mostColumns {
            notice = words.notice(
                words.text("schedule.too-many", ["shown": String(Self.mostColumns), "all": String(columns.count)]), nil)
        }
        return View([
            "day": .view(head), "problem": .optional(notice), "counts": .views(counts(day.rows)),
            "grid": .optional(columns.isEmpty ? nil : grid(day, Array(columns.prefix(Self.mostColumns)), chosen)),
            "none": .optional(columns.isEmpty ? closed : nil), "chosen": nil,
        ])
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

    private var closed: View {
        let next = words.plan.nextOpenDay(at: place.key, after: date)
        return words.empty(
            "schedule.closed", icon: "calendar", values: ["place": place.name],
            action: next.map { day in
                (address(day), words.text("schedule.closed.go", ["day": words.longDate(day, today: today)]))
            })
    }

    // MARK: Columns

    private struct Column {
        let key: String
        let name: String
        let sessions: [Range<Int>]
        let rows: [AppointmentRow]
    }

    /// Whose columns the page has room for.
    func shown(_ rows: [AppointmentRow]) -> [String] { columns(rows).prefix(Self.mostColumns).map(\.key) }

    /// Whoever works here that day or has a visit here, by name.
    private func columns(_ all: [AppointmentRow]) -> [Column] {
        let rows = Dictionary(grouping: all, by: \.place.practitioner)
        var columns = words.configuration.sortedPractitioners.compactMap { practitioner -> Column? in
            let sessions = words.plan.openMinutes(of: practitioner.key, at: place.key, on: date)
            let mine = rows[practitioner.key] ?? []
            guard !sessions.isEmpty || !mine.isEmpty else { return nil }
            return Column(key: practitioner.key, name: practitioner.value.name.display, sessions: sessions, rows: mine)
        }
        // Visits with somebody whose definition was retired since.
        for (key, mine) in rows.sorted(by: { $0.key < $1.key }) where words.configuration.practitioners[key] == nil {
            columns.append(Column(key: key, name: key, sessions: [], rows: mine))
        }
        return columns
    }

    private func minutes(_ span: TimeSpan) -> Range<Int> {
        let start = zone.civil(at: span.start)
        let end = zone.civil(at: span.end)
        let from = start.date < date ? 0 : start.time.minutesOfDay
        let to = end.date > date ? 1_440 : end.time.minutesOfDay
        return from..<max(from + 1, to)
    }

    private func grid(_ day: ReadDay.Day, _ columns: [Column], _ chosen: ID<Appointment>?) -> View {
        let grid = DayGrid(covering: columns.flatMap { $0.sessions + $0.rows.map { minutes($0.place.span) } })
        let local = zone.civil(at: words.now.microseconds)
        let minute = local.time.minutesOfDay
        let isNow = date == today && grid.from <= minute && minute < grid.to
        let now = isNow ? View(["row": .number(grid.row(minute)), "text": .text(words.dates.time(local.time))]) : nil
        return View([
            "iso": .text(date.iso),
            "label": .text(
                words.text("schedule.grid", ["day": words.longDate(date, today: today), "place": place.name])),
            "columnCount": .number(columns.count),
            "hours": .views(
                grid.hours.map { View(["row": .number(grid.row($0)), "text": .text(words.time($0))]) }),
            "now": .optional(now),
            "columns": .views(
                columns.enumerated().map { index, column in
                    self.column(column, index + 1, grid, day, chosen, now: now)
                }),
        ])
    }

    private func column(
        _ column: Column, _ index: Int, _ grid: DayGrid, _ day: ReadDay.Day, _ chosen: ID<Appointment>?, now: View?
    ) -> View {
        enum Item {
            case visit(AppointmentRow)
            case held(ReadDay.Held)
        }
        let held = day.held.filter { $0.practitioner == column.key }
        let placed = grid.place(
            column.rows.map { (Item.visit($0), minutes($0.place.span)) }
                + held.map { (Item.held($0), minutes($0.span)) })
        let lanes = placed.map(\.lanes).max() ?? 1
        return View([
            "id": .text(column.key), "column": .number(index), "name": .text(column.name),
            "initials": .text(SchedulingWords.initials(column.name)), "tone": .number(SchedulingWords.tone(column.key)),
            "load": .text(load(column)), "lanes": .optional(lanes > 1 ? String(lanes) : nil),
            "closed": .views(closed(column, grid)), "gaps": .views(gaps(column, grid, day.busy[column.key] ?? .none)),
            "visits": .views(
                placed.map { item in
                    switch item.content {
                    case .visit(let row): visit(row, item.span, item.lane, item.lanes, day, chosen)
                    case .held(let held): self.held(held, item.span, item.lane, item.lanes)
                    }
                }),
            "now": .optional(now),
        ])
    }

    private func load(_ column: Column) -> String {
        let open = column.sessions.reduce(0) { $0 + $1.count }
        let taken = column.rows.filter { $0.status != .cancelled && $0.status != .noshow }
        let full = open == 0 ? 100 : min(100, taken.reduce(0) { $0 + $1.place.minutes } * 100 / open)
        return words.count("schedule.load", taken.count, ["share": String(full)])
    }

    private func closed(_ column: Column, _ grid: DayGrid) -> [View] {
        let first = column.sessions.first?.lowerBound
        return grid.rest(of: column.sessions).compactMap { stretch in
            grid.span(stretch).map { span in
                let text: String
                if let first, stretch.upperBound == first {
                    text = words.text("schedule.from", ["time": words.time(first)])
                } else if let last = column.sessions.last, stretch.upperBound <= last.lowerBound {
                    text = words.text("schedule.break")
                } else {
                    text = words.text("schedule.away")
                }
                return View(["row": .number(span.row), "span": .number(span.rows), "text": .text(text)])
            }
        }
    }

    private func gaps(_ column: Column, _ grid: DayGrid, _ busy: BusyTimes) -> [View] {
        guard mayBook, date >= today else { return [] }
        let begun = date == today ? zone.civil(at: words.now.microseconds).time.minutesOfDay : 0
        let taken = busy.spans.map(minutes)
        return column.sessions.flatMap { session -> [View] in
            var free: [Range<Int>] = []
            var at = max(session.lowerBound, (begun + 4) / 5 * 5)
            for stretch in taken where stretch.upperBound > at && stretch.lowerBound < session.upperBound {
                if stretch.lowerBound > at { free.append(at..<stretch.lowerBound) }
                at = max(at, stretch.upperBound)
            }
            if at < session.upperBound { free.append(at..<session.upperBound) }
            return free.filter { $0.count >= Self.shortestGap }.compactMap { gap in
                grid.span(gap).map { self.gap(gap, $0, column) }
            }
        }
    }

    private func gap(_ gap: Range<Int>, _ span: GridSpan, _ column: Column) -> View {
        let from = words.time(gap.lowerBound)
        let clock = CivilTime(hour: gap.lowerBound / 60 % 24, minute: gap.lowerBound % 60)?.hhmm ?? ""
        return View([
            "row": .number(span.row), "span": .number(span.rows),
            "text": .text("\(from)–\(words.time(gap.upperBound))"),
            "label": .text(words.text("schedule.book-gap", ["time": from, "who": column.name])),
            "href": .text(
                "/booking?practitioner=\(column.key)&location=\(place.key)&from=\(date.iso)&to=\(date.iso)&at=\(clock)"),
        ])
    }

    private func visit(
        _ row: AppointmentRow, _ span: GridSpan, _ lane: Int, _ lanes: Int, _ day: ReadDay.Day,
        _ chosen: ID<Appointment>?
    ) -> View {
        let state = SchedulingWords.state(row)
        return View([
            "row": .number(span.row), "span": .number(span.rows),
            "lane": .optional(lanes > 1 ? "\(lane)-of-\(lanes)" : nil), "short": .flag(span.rows <= 4),
            "time": .text(words.dates.time(zone.civil(at: row.place.span.start).time)),
            "patient": .text(day.names[row.patient] ?? ""),
            "what": .text(
                words.configuration.visitTypes[row.place.visitType]?.names[words.language] ?? row.place.visitType),
            "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
            "label": .text(day.late[row.id].map { words.count("schedule.late", $0) } ?? words.label(state)),
            "href": .text("\(address(date))&visit=\(row.id.text)"), "current": .flag(row.id == chosen),
        ])
    }

    private func held(_ held: ReadDay.Held, _ span: GridSpan, _ lane: Int, _ lanes: Int) -> View {
        let until = words.dates.time(zone.civil(at: held.until.microseconds).time)
        return View([
            "row": .number(span.row), "span": .number(span.rows),
            "lane": .optional(lanes > 1 ? "\(lane)-of-\(lanes)" : nil), "short": .flag(span.rows <= 4),
            "time": .text(words.dates.time(zone.civil(at: held.span.start).time)),
            "patient": .text(words.text("schedule.held", ["time": until])), "what": "", "state": "held",
            "icon": .text(SchedulingWords.icon("held")), "label": .text(words.label("held")),
            "href": .text(address(date)), "current": false,
        ])
    }
}
