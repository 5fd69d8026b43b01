import Kernel
import StudioAPI
import TimeZones
import Web

/// The views of `arrivals/index` and `arrivals/wall`.
struct ArrivalsView {
    let words: SchedulingWords
    let place: LocationDefinition
    let zone: Zone
    let board: ReadArrivals.Board
    /// Whether the reader may change visits.
    let may: Bool

    /// So long the wall shows who was called in.
    private static let calledMinutes = 15

    private var now: Instant { words.now }

    // MARK: The desk

    var view: View {
        View([
            "rows": .views(board.rows.map(row)), "hasRows": .flag(!board.rows.isEmpty), "behind": .views(behind),
            "counts": .views(counts),
            "none": .optional(
                board.rows.isEmpty
                    ? words.empty("arrivals.none", icon: "arrival", values: ["place": place.name]) : nil),
        ])
    }

    /// A visit's state as the style sheet names it: whoever was called in is in the visit.
    private func state(_ row: AppointmentRow) -> String {
        row.status == .arrived && board.marks[row.id]?.calledAt != nil ? "called" : SchedulingWords.state(row)
    }

    private func icon(_ state: String) -> String {
        state == "called" ? "stethoscope" : SchedulingWords.icon(state)
    }

    private var counts: [View] {
        var counts: [String: Int] = [:]
        for row in board.rows { counts[state(row), default: 0] += 1 }
        return ["booked", "confirmed", "arrived", "called", "completed", "no-show"].compactMap { state in
            counts[state].map { count in
                View([
                    "state": .text(state), "icon": .text(icon(state)), "label": .text(words.label(state)),
                    "count": .number(count),
                ])
            }
        }
    }

    private func minutes(_ from: Instant, _ to: Instant) -> Int {
        max(0, Int((to - from).microseconds / 60_000_000))
    }

    private func row(_ row: AppointmentRow) -> View {
        let visit = words.visit(row, zone)
        let state = state(row)
        let mark = board.marks[row.id]
        func allows(_ input: AppointmentInput) -> Bool {
            guard may else { return false }
            if case .changed = AppointmentMachine.apply(input, to: row.state(at: now)) { return true }
            return false
        }
        let isCalled = mark?.calledAt != nil
        return View([
            "id": .text(row.id.text), "time": .text(words.dates.time(visit.local.time)),
            "number": .text(mark?.number ?? ""), "href": .text("/appointments/\(row.id.text)"),
            "patient": .text(board.names[row.patient] ?? ""), "what": .text(visit.visitType),
            "who": .text(visit.practitioner), "state": .text(state), "icon": .text(icon(state)),
            "label": .text(words.label(state)), "wait": .optional(wait(row, mark)),
            "late": .optional(late(row)), "expected": .optional(expected(row)), "told": .optional(told(row)),
            "mayArrive": .flag(allows(.arrive)), "mayCall": .flag(may && row.status == .arrived && !isCalled),
            "mayComplete": .flag(isCalled && allows(.complete)), "mayMiss": .flag(allows(.miss)),
            "mayMove": .flag(allows(.move(external: false))),
            "rebook": .optional(may && row.status == .noshow ? SchedulingWords.rebooking(row) : nil),
            "why": .optional(row.missedReason.map(words.missedReason)),
        ])
    }

    /// How long they have been waiting, or since when they are in the visit.
    private func wait(_ row: AppointmentRow, _ mark: QueueMark?) -> String? {
        guard row.status == .arrived, let arrived = row.arrivedAt else { return nil }
        if let called = mark?.calledAt {
            let time = words.dates.time(zone.civil(at: called.microseconds).time)
            return words.text("arrivals.since", ["time": time])
        }
        return words.count("arrivals.waiting", minutes(arrived, now))
    }

    /// The patient is not here and should be.
    private func late(_ row: AppointmentRow) -> String? {
        guard row.status == .booked, row.place.span.start < now.microseconds else { return nil }
        let late = minutes(Instant(microseconds: row.place.span.start), now)
        return late > 0 ? words.count("arrivals.late", late) : nil
    }

    private func expected(_ row: AppointmentRow) -> String? {
        guard let start = board.starts[row.id] else { return nil }
        func time(_ moment: Instant) -> String { words.dates.time(zone.civil(at: moment.microseconds).time) }
        return words.text(
            "arrivals.expected",
            [
                "time": time(DelayRules.rounded(start.median)), "from": time(start.earliest),
                "to": time(start.latest),
            ])
    }

    private func told(_ row: AppointmentRow) -> String? {
        guard let told = board.told[row.id], row.status == .booked || row.status == .arrived else { return nil }
        guard told.state == "sent" else { return words.text("arrivals.not-told") }
        return words.text("arrivals.told", ["time": words.dates.time(zone.civil(at: told.at.microseconds).time)])
    }

    /// The practitioners who are noticeably late, with the button that tells those who wait.
    private var behind: [View] {
        late.map { key, name, minutes in
            View([
                "name": .text(name), "text": .text(words.count("arrivals.behind", minutes)),
                "practitioner": .text(key), "location": .text(place.key), "mayTell": .flag(may),
            ])
        }
    }

    private var late: [(key: String, name: String, minutes: Int)] {
        board.behind.filter { $0.value >= DelayRules.leastMinutes }.map { key, minutes in
            (key, words.configuration.known(practitioner: key)?.name.display ?? key, minutes)
        }.sorted { ($0.name, $0.key) < ($1.name, $1.key) }
    }

    // MARK: The waiting room

    var wall: View {
        let here = board.rows.filter { $0.status == .arrived && board.marks[$0.id] != nil }
        let called = here.filter { row in
            board.marks[row.id]?.calledAt.map { minutes($0, now) < Self.calledMinutes } ?? false
        }.sorted { (board.marks[$0.id]?.calledAt ?? now) > (board.marks[$1.id]?.calledAt ?? now) }
        let waiting = here.filter { board.marks[$0.id]?.calledAt == nil }
        let time = words.dates.time(zone.civil(at: now.microseconds).time)
        return View([
            "place": .text(place.name), "time": .text(time), "called": .views(called.map(ticket)),
            "waiting": .views(waiting.map(ticket)), "nobody": .flag(called.isEmpty && waiting.isEmpty),
            "late": .views(
                late.map { _, name, minutes in
                    View([
                        "text": .text(
                            words.text(
                                "arrivals.wall.late",
                                ["who": name, "minutes": words.count("appointment.minutes", (minutes + 4) / 5 * 5)]))
                    ])
                }),
        ])
    }

    private func ticket(_ row: AppointmentRow) -> View {
        let visit = words.visit(row, zone)
        return View(["number": .text(board.marks[row.id]?.number ?? ""), "who": .text(visit.practitioner)])
    }
}
