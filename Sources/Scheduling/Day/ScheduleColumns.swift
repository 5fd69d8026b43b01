import Kernel
import StudioAPI
import TimeZones

/// The columns of each view of the schedule, from the rules and the visits.
struct ScheduleColumns {
    let words: SchedulingWords
    let ask: ScheduleAsk
    let place: LocationDefinition
    let zone: Zone
    /// The places that the reader may see.
    let places: [LocationDefinition]

    private var plan: SchedulePlan { words.plan }
    private var configuration: Configuration { words.configuration }
    private var days: [CivilDate] { (0..<ask.days).map { ask.first.adding(days: $0) } }

    /// What has to be read for them.
    var stretches: [ReadSchedule.Stretch] {
        let ofMany = ask.by == .location && ask.span == .day || ask.by == .practitioner && ask.span == .week
        let wanted = !ofMany ? [place] : ask.span == .day ? shownPlaces : places
        return wanted.compactMap { place in
            plan.zone(ofLocation: place.key).map {
                ReadSchedule.Stretch(place.key, $0, from: ask.first, days: ask.days)
            }
        }
    }

    /// The places whose columns there is room for: those where somebody works that day first.
    var shownPlaces: [LocationDefinition] {
        let open = places.filter { place in
            plan.practitioners.contains { !plan.openMinutes(of: $0.key, at: place.key, on: ask.date).isEmpty }
        }
        let keys = Set(open.map(\.key))
        return Array((open + places.filter { !keys.contains($0.key) }).prefix(GridView.mostColumns))
    }

    /// The rooms and devices whose columns are shown.
    var things: [String] {
        guard ask.by == .room else { return [] }
        return ask.span == .week ? room.map { [$0.key] } ?? [] : Array(rooms.prefix(GridView.mostColumns).map(\.key))
    }

    /// Whose columns are shown, of the visits.
    func practitioners(_ rows: [AppointmentRow]) -> [String] {
        switch (ask.span, ask.by) {
        case (.day, .practitioner): ofPractitioners(rows).prefix(GridView.mostColumns).compactMap(\.practitioner)
        case (.week, .practitioner): practitioner.map { [$0.key] } ?? []
        case (.day, .location): Set(rows.map(\.place.practitioner)).sorted()
        case (.week, .location), (_, .room): []
        }
    }

    func columns(_ read: ReadSchedule.Content) -> [GridColumn] {
        switch (ask.span, ask.by) {
        case (.day, .practitioner): ofPractitioners(read.rows).map { with(read, $0) }
        case (.week, .practitioner): practitioner.map { week(of: $0, read) } ?? []
        case (.day, .location): ofPlaces(read.rows)
        case (.day, .room): rooms.map { thing($0, on: ask.date, read, titled: false) }
        case (.week, .room): room.map { room in days.map { thing(room, on: $0, read, titled: true) } } ?? []
        case (.week, .location): []
        }
    }

    // MARK: Practitioners

    /// Whoever works here that day or has a visit here, by name.
    private func ofPractitioners(_ all: [AppointmentRow]) -> [GridColumn] {
        let rows = Dictionary(grouping: all, by: \.place.practitioner)
        var columns = configuration.sortedPractitioners.compactMap { practitioner -> GridColumn? in
            let sessions = plan.openMinutes(of: practitioner.key, at: place.key, on: ask.date)
            let mine = rows[practitioner.key] ?? []
            guard !sessions.isEmpty || !mine.isEmpty else { return nil }
            return column(
                practitioner.key, practitioner.value.name.display, sessions, mine, at: place, zone, on: ask.date)
        }
        // Visits with somebody whose definition was retired since.
        for (key, mine) in rows.sorted(by: { $0.key < $1.key }) where configuration.practitioners[key] == nil {
            let name = configuration.known(practitioner: key)?.name.display ?? key
            columns.append(column(key, name, [], mine, at: place, zone, on: ask.date))
        }
        return columns
    }

    private func column(
        _ key: String, _ name: String, _ sessions: [Range<Int>], _ rows: [AppointmentRow],
        at place: LocationDefinition, _ zone: Zone, on date: CivilDate
    ) -> GridColumn {
        GridColumn(
            key: key, name: name, initials: SchedulingWords.initials(name), detail: load(rows, sessions),
            practitioner: key, location: place.key, date: date, zone: zone, sessions: sessions,
            visits: rows.map { ($0, GridColumn.minutes($0.place.span, on: date, zone)) })
    }

    private func with(_ read: ReadSchedule.Content, _ column: GridColumn) -> GridColumn {
        var column = column
        let day = TimeSpan(
            start: column.zone.startOfDay(column.date), end: column.zone.startOfDay(column.date.adding(days: 1)))
        column.busy = column.practitioner.flatMap { read.busy[$0] } ?? BusyTimes.none
        column.held = read.held.filter { $0.practitioner == column.practitioner && $0.span.overlaps(day) }
            .map { ($0, column.minutes($0.span)) }
        return column
    }

    private func load(_ rows: [AppointmentRow], _ sessions: [Range<Int>]) -> String {
        let open = sessions.reduce(0) { $0 + $1.count }
        let taken = rows.filter { $0.status != .cancelled && $0.status != .noshow }
        let full = open == 0 ? 100 : min(100, taken.reduce(0) { $0 + $1.place.minutes } * 100 / open)
        return words.count("schedule.load", taken.count, ["share": String(full)])
    }

    /// The practitioner whose week is shown: the one asked for, else the first who works at the place.
    var practitioner: PractitionerDefinition? {
        if let key = ask.practitioner { return configuration.known(practitioner: key) }
        return choices.first
    }

    /// Those whose weeks there are at the reader's places, by name.
    var choices: [PractitionerDefinition] {
        let seen = Set(places.map(\.key))
        let all = configuration.sortedPractitioners.map(\.value)
            .filter { $0.templates.contains { seen.contains($0.location) } }
        return all.filter { $0.templates.contains { $0.location == place.key } }
            + all.filter { practitioner in !practitioner.templates.contains { $0.location == place.key } }
    }

    /// A column for each day, and one more for each further place of that day. A day at the week's end stands there only
    /// when something happens on it.
    private func week(of practitioner: PractitionerDefinition, _ read: ReadSchedule.Content) -> [GridColumn] {
        let usual = places.first { place in practitioner.templates.contains { $0.location == place.key } } ?? place
        return days.flatMap { date -> [GridColumn] in
            var columns = places.compactMap { place -> GridColumn? in
                guard let zone = plan.zone(ofLocation: place.key) else { return nil }
                let rows = read.rows.filter {
                    $0.place.location == place.key && zone.civil(at: $0.place.span.start).date == date
                }
                let sessions = plan.openMinutes(of: practitioner.key, at: place.key, on: date)
                guard !rows.isEmpty || !sessions.isEmpty else { return nil }
                return titled(day(column(practitioner.key, "", sessions, rows, at: place, zone, on: date), place.name))
            }
            if columns.isEmpty, date.weekday <= 5, let zone = plan.zone(ofLocation: usual.key) {
                let empty = column(practitioner.key, "", [], [], at: usual, zone, on: date)
                columns.append(titled(day(empty, words.text("schedule.away"))))
            }
            return columns.map { with(read, $0) }
        }
    }

    private func day(_ column: GridColumn, _ detail: String) -> GridColumn {
        var column = column
        column.detail = detail
        return column
    }

    /// The column under the name of its day.
    private func titled(_ column: GridColumn) -> GridColumn {
        var titled = GridColumn(
            key: column.key, name: words.weekday(column.date), initials: String(column.date.day),
            detail: column.detail, practitioner: column.practitioner, location: column.location, date: column.date,
            zone: column.zone, sessions: column.sessions)
        titled.visits = column.visits
        titled.takesDrops = column.takesDrops
        return titled
    }

    // MARK: Places

    /// Every place that is open or has visits, with all its visits side by side.
    private func ofPlaces(_ all: [AppointmentRow]) -> [GridColumn] {
        shownPlaces.compactMap { place -> GridColumn? in
            guard let zone = plan.zone(ofLocation: place.key) else { return nil }
            let rows = all.filter { $0.place.location == place.key }
            let open = plan.practitioners.flatMap { plan.openMinutes(of: $0.key, at: place.key, on: ask.date) }
            guard !rows.isEmpty || !open.isEmpty else { return nil }
            var column = column(place.key, place.name, Self.joined(open), rows, at: place, zone, on: ask.date)
            column.practitioner = nil
            column.detail = words.count("schedule.visits", rows.count { $0.status != .cancelled })
            return column
        }
    }

    /// What any of the stretches covers.
    static func joined(_ stretches: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, stretch.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, stretch.upperBound)
            } else {
                joined.append(stretch)
            }
        }
        return joined
    }

    // MARK: Rooms

    /// The rooms and devices of the place.
    var rooms: [ResourceDefinition] {
        plan.resources.filter { $0.type != .interpreter && $0.mayBe(at: place.key) }
            .sorted { ($0.type.rawValue, $0.key) > ($1.type.rawValue, $1.key) }
    }

    /// The room whose week is shown.
    var room: ResourceDefinition? { rooms.first { $0.key == ask.room } ?? rooms.first }

    /// Which room a visit has is chosen by the rules, so nothing is dropped there.
    private func thing(
        _ definition: ResourceDefinition, on date: CivilDate, _ read: ReadSchedule.Content, titled: Bool
    ) -> GridColumn {
        let name = definition.names[words.language]
        let visits = (read.things[definition.key] ?? []).filter { zone.civil(at: $0.row.place.span.start).date == date }
        var column = GridColumn(
            key: definition.key, name: titled ? words.weekday(date) : name,
            initials: titled ? String(date.day) : SchedulingWords.initials(name),
            detail: words.count("schedule.visits", Set(visits.map(\.row.id)).count), location: place.key, date: date,
            zone: zone, sessions: plan.openMinutes(ofThing: definition.key, at: place.key, on: date))
        column.visits = visits.map { ($0.row, GridColumn.minutes($0.span, on: date, zone)) }
        column.takesDrops = false
        column.thing = definition.key
        return column
    }
}

extension SchedulePlan {
    /// When a room or a device can be used at a place on a day: minutes of the local day.
    func openMinutes(ofThing key: String, at location: String, on date: CivilDate) -> [Range<Int>] {
        guard let index = thingIndex[key], let place = placeIndex[location] else { return [] }
        let thing = things[index], day = date.daysSinceEpoch, weekday = date.weekday - 1
        var open = (thing.week?[weekday] ?? places[place].hours(day: day, weekday: weekday)).map { $0.from..<$0.to }
        for absence in thing.absences
        where absence.firstDay <= day && day <= absence.lastDay && (absence.place.map { $0 == place } ?? true) {
            if absence.allDay { return [] }
            open = open.flatMap { hours in
                [
                    hours.lowerBound..<max(hours.lowerBound, min(hours.upperBound, absence.minutes.from)),
                    min(hours.upperBound, max(hours.lowerBound, absence.minutes.to))..<hours.upperBound,
                ].filter { !$0.isEmpty }
            }
        }
        return open
    }
}

extension SchedulingWords {
    /// "Monday 2 Mar"
    func weekday(_ date: CivilDate) -> String {
        "\(text("schedule.weekday.\(date.weekday)")) \(date.day) \(text("schedule.month.short.\(date.month)"))"
    }
}
