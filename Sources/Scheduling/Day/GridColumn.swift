import Kernel
import StudioAPI
import TimeZones
import Web

/// One column of the grid: somebody's, a room's or a place's day.
struct GridColumn {
    /// Unique on the page, and what its tone comes from.
    let key: String
    let name: String
    let initials: String
    var detail: String
    /// Whose time it is, for new visits and for visits that are dropped there; nil: a dropped visit keeps its own.
    var practitioner: String?
    let location: String
    let date: CivilDate
    let zone: Zone
    /// Minutes of the day at which it is open.
    let sessions: [Range<Int>]
    var visits: [(row: AppointmentRow, minutes: Range<Int>)] = []
    var held: [(held: ReadSchedule.Held, minutes: Range<Int>)] = []
    /// What is not free of the practitioner's time; nil: it is nobody's column.
    var busy: BusyTimes?
    /// The room or the device whose day it is.
    var thing: String?
    /// Whether visits may be moved into it and out of it by hand.
    var takesDrops = true

    /// A stretch as minutes of this day.
    static func minutes(_ span: TimeSpan, on date: CivilDate, _ zone: Zone) -> Range<Int> {
        let start = zone.civil(at: span.start)
        let end = zone.civil(at: span.end)
        let from = start.date < date ? 0 : start.time.minutesOfDay
        let to = end.date > date ? 1_440 : end.time.minutesOfDay
        return from..<max(from + 1, to)
    }

    func minutes(_ span: TimeSpan) -> Range<Int> { Self.minutes(span, on: date, zone) }
}

/// The view of `schedule/grid`.
struct GridView {
    let words: SchedulingWords
    let ask: ScheduleAsk
    let names: [ID<Patient>: String]
    let late: [ID<Appointment>: Int]
    let chosen: ID<Appointment>?
    let mayBook: Bool
    /// What a visit says under its patient.
    let what: (AppointmentRow) -> String
    let label: String

    /// The style sheet has room for so many columns.
    static let mostColumns = 12
    /// Shorter free stretches are not worth a link.
    private static let shortestGap = 10

    func view(_ columns: [GridColumn]) -> View {
        let grid = DayGrid(covering: columns.flatMap { $0.sessions + $0.visits.map(\.minutes) })
        // The hours beside the columns are those of the first; columns of other zones go by their own clocks.
        let zones = Set(columns.map(\.zone.name))
        let now = zones.count == 1 ? columns.lazy.compactMap { self.now($0, grid) }.first : nil
        return View([
            "iso": .text(ask.date.iso), "label": .text(label), "columnCount": .number(columns.count),
            "hours": .views(
                grid.hours.map { View(["row": .number(grid.row($0)), "text": .text(words.time($0))]) }),
            "now": .optional(now),
            "columns": .views(columns.enumerated().map { index, column in self.column(column, index + 1, grid) }),
        ])
    }

    private func now(_ column: GridColumn, _ grid: DayGrid) -> View? {
        let local = column.zone.civil(at: words.now.microseconds)
        let minute = local.time.minutesOfDay
        guard local.date == column.date, grid.from <= minute, minute < grid.to else { return nil }
        return View(["row": .number(grid.row(minute)), "text": .text(words.dates.time(local.time))])
    }

    private func column(_ column: GridColumn, _ index: Int, _ grid: DayGrid) -> View {
        enum Item {
            case visit(AppointmentRow)
            case held(ReadSchedule.Held)
        }
        let placed = grid.place(
            column.visits.map { (Item.visit($0.row), $0.minutes) }
                + column.held.map { (Item.held($0.held), $0.minutes) })
        let lanes = placed.map(\.lanes).max() ?? 1
        let drop = View([
            "practitioner": .text(column.practitioner ?? ""), "location": .text(column.location),
            "date": .text(column.date.iso), "from": .number(grid.from), "name": .text(column.name),
        ])
        return View([
            "id": .text("\(column.key)-\(index)"), "column": .number(index), "name": .text(column.name),
            "initials": .text(column.initials), "tone": .number(SchedulingWords.tone(column.key)),
            "load": .text(column.detail), "lanes": .optional(lanes > 1 ? String(lanes) : nil),
            "drop": .optional(column.takesDrops && mayBook ? drop : nil),
            "closed": .views(closed(column, grid)), "gaps": .views(gaps(column, grid)),
            "visits": .views(
                placed.map { item in
                    switch item.content {
                    case .visit(let row): visit(row, column, item.span, item.lane, item.lanes)
                    case .held(let held): self.held(held, column, item.span, item.lane, item.lanes)
                    }
                }),
        ])
    }

    private func closed(_ column: GridColumn, _ grid: DayGrid) -> [View] {
        let first = column.sessions.first?.lowerBound
        return grid.rest(of: column.sessions).compactMap { stretch in
            grid.span(stretch).map { span in
                let text: String
                if let first, stretch.upperBound == first {
                    text = words.text("schedule.from", ["time": words.time(first)])
                } else if let last = column.sessions.last, stretch.upperBound <= last.lowerBound {
                    text = words.text("schedule.break")
                } else {
                    text = words.text(column.practitioner == nil ? "schedule.shut" : "schedule.away")
                }
                return View(["row": .number(span.row), "span": .number(span.rows), "text": .text(text)])
            }
        }
    }

    private func gaps(_ column: GridColumn, _ grid: DayGrid) -> [View] {
        let local = column.zone.civil(at: words.now.microseconds)
        guard mayBook, column.date >= local.date else { return [] }
        let begun = column.date == local.date ? local.time.minutesOfDay : 0
        let taken = taken(column)
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

    /// The minutes of the day that somebody has: of a room or a place those of the visits that are shown there.
    private func taken(_ column: GridColumn) -> [Range<Int>] {
        guard let busy = column.busy else {
            return column.visits.filter { $0.row.status.holdsTime }.map(\.minutes)
                .sorted { $0.lowerBound < $1.lowerBound }
        }
        let day = TimeSpan(
            start: column.zone.startOfDay(column.date), end: column.zone.startOfDay(column.date.adding(days: 1)))
        return busy.spans.filter { $0.overlaps(day) }.map(column.minutes)
    }

    private func gap(_ gap: Range<Int>, _ span: GridSpan, _ column: GridColumn) -> View {
        let from = words.time(gap.lowerBound)
        let clock = CivilTime(hour: gap.lowerBound / 60 % 24, minute: gap.lowerBound % 60)?.hhmm ?? ""
        let date = column.date.iso
        let whose = column.practitioner.map { "practitioner=\($0)&" } ?? ""
        let thing = column.thing.map { "&thing=\($0)" } ?? ""
        let label =
            column.practitioner == nil
            ? words.text("schedule.book-gap.at", ["time": from, "where": column.name])
            : words.text("schedule.book-gap", ["time": from, "who": column.name])
        return View([
            "row": .number(span.row), "span": .number(span.rows),
            "text": .text("\(from)–\(words.time(gap.upperBound))"), "label": .text(label),
            "href": .text(
                "/booking?\(whose)location=\(column.location)&from=\(date)&to=\(date)&at=\(clock)\(thing)"),
        ])
    }

    private func visit(
        _ row: AppointmentRow, _ column: GridColumn, _ span: GridSpan, _ lane: Int, _ lanes: Int
    ) -> View {
        let state = SchedulingWords.state(row)
        let isMovable = mayBook && column.takesDrops && (row.status == .booked || row.status == .pending)
        return View([
            "row": .number(span.row), "span": .number(span.rows),
            "lane": .optional(lanes > 1 ? "\(lane)-of-\(lanes)" : nil), "short": .flag(span.rows <= 4),
            "time": .text(words.dates.time(column.zone.civil(at: row.place.span.start).time)),
            "patient": .text(names[row.patient] ?? ""), "what": .text(what(row)),
            "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
            "label": .text(late[row.id].map { words.count("schedule.late", $0) } ?? words.label(state)),
            "href": .text("\(ask.address)&visit=\(row.id.text)"), "current": .flag(row.id == chosen),
            "move": .optional(isMovable ? row.id.text : nil),
        ])
    }

    private func held(
        _ held: ReadSchedule.Held, _ column: GridColumn, _ span: GridSpan, _ lane: Int, _ lanes: Int
    ) -> View {
        let until = words.dates.time(column.zone.civil(at: held.until.microseconds).time)
        return View([
            "row": .number(span.row), "span": .number(span.rows),
            "lane": .optional(lanes > 1 ? "\(lane)-of-\(lanes)" : nil), "short": .flag(span.rows <= 4),
            "time": .text(words.dates.time(column.zone.civil(at: held.span.start).time)),
            "patient": .text(words.text("schedule.held", ["time": until])), "what": "", "state": "held",
            "icon": .text(SchedulingWords.icon("held")), "label": .text(words.label("held")),
            "href": .text(ask.address), "current": false, "move": nil,
        ])
    }
}
