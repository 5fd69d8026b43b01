import StudioAPI
import TimeZones

/// Everybody's days in steps of five minutes: which are taken, and what may begin where.
struct WhatIfCalendar {
    struct Fit: Equatable {
        let day: Int
        let lane: Int
        let cell: Int
    }

    /// A session of one day in cells of that day.
    struct Piece {
        let place: Int
        let from: Int
        let to: Int
        let overbook: Int
        /// Which types may be put here from the beginning.
        let types: UInt64
        /// From this day of the run on, all may; `never`: they never may.
        let releaseDay: Int
    }

    /// What a visit takes, in cells.
    struct Shape: Equatable {
        let type: Int
        let length: Int
        let before: Int
        let after: Int
        let step: Int
        /// Cells of the day in which it may begin.
        let first: Int
        let last: Int
        let leadMinutes: Int
        let horizon: Int
    }

    static let cell = 5
    static let never = Int.max
    /// Requests come at noon.
    static let noon = 720
    private static let words = 5

    let days: Int
    let people: Int
    let lanes: Int
    private var taken: [UInt64]
    private let pieces: [Piece]
    private let starts: [Int32]

    /// `types`: keys of at most 64 visit types; what comes after them is put only where all may be. Of `bookings` only
    /// absences count here.
    init(_ plan: SchedulePlan, _ bookings: Bookings, types: [String], firstDay: Int, days: Int) {
        self.days = days
        people = plan.people.count
        var pieces: [Piece] = []
        var starts: [Int32] = []
        var most = 0
        let tables = (firstDay..<(firstDay + days)).map { plan.days.table($0, of: plan) }
        for (index, person) in plan.people.enumerated() {
            let away = BusyTimes(bookings.people[person.definition.key]?.absences.map(\.span) ?? [])
            let masks = person.sessions.map { session -> UInt64 in
                if session.visitTypes.isEmpty { return .max }
                return types.prefix(64).enumerated().reduce(0) { mask, type in
                    session.visitTypes.contains(type.element) ? mask | 1 << UInt64(type.offset) : mask
                }
            }
            for (day, table) in tables.enumerated() {
                starts.append(Int32(pieces.count))
                for piece in table.pieces(of: index) {
                    let session = person.sessions[piece.session]
                    var release = Self.never
                    if let minutes = session.release.map({ Int($0 / DayFrame.minute) }) {
                        let moment = day * 1_440 + session.minutes.from - minutes
                        release = max(0, (moment - Self.noon + 1_439).quotient(1_440))
                    }
                    most = max(most, session.overbook)
                    let frame = table.frames[plan.places[piece.place].zoneIndex]
                    for rest in frame.rest(of: piece.minutes, without: away) {
                        pieces.append(
                            Piece(
                                place: piece.place, from: (rest.minutes.from + Self.cell - 1) / Self.cell,
                                to: rest.minutes.to / Self.cell, overbook: session.overbook,
                                types: masks[piece.session], releaseDay: release))
                    }
                }
            }
        }
        starts.append(Int32(pieces.count))
        self.pieces = pieces
        self.starts = starts
        lanes = 1 + most
        taken = [UInt64](repeating: 0, count: people * days * lanes * Self.words)
    }

    func pieces(of person: Int, on day: Int) -> ArraySlice<Piece> {
        let at = person * days + day
        return pieces[Int(starts[at])..<Int(starts[at + 1])]
    }

    private func base(_ person: Int, _ day: Int, _ lane: Int) -> Int {
        ((person * days + day) * lanes + lane) * Self.words
    }

    mutating func set(_ person: Int, _ fit: Fit, _ shape: Shape, taken isTaken: Bool) {
        set(
            person, fit.day, fit.lane, from: max(0, fit.cell - shape.before),
            to: min(288, fit.cell + shape.length + shape.after), taken: isTaken)
    }

    mutating func set(_ person: Int, _ day: Int, _ lane: Int, from: Int, to: Int, taken isTaken: Bool) {
        let base = base(person, day, lane)
        for cell in from..<max(from, to) {
            let bit: UInt64 = 1 << UInt64(cell & 63)
            if isTaken { taken[base + cell >> 6] |= bit } else { taken[base + cell >> 6] &= ~bit }
        }
    }

    /// A lane in which these cells are free: what is booked already has been put somewhere.
    func freeLane(_ person: Int, _ day: Int, from: Int, to: Int) -> Int {
        (0..<lanes).first { firstTaken(base(person, day, $0), from, to) == nil } ?? 0
    }

    private func firstTaken(_ base: Int, _ from: Int, _ to: Int) -> Int? {
        var cell = from
        while cell < to {
            let word = taken[base + cell >> 6] >> UInt64(cell & 63)
            if word != 0 {
                let found = cell + word.trailingZeroBitCount
                return found < to ? found : nil
            }
            cell = (cell | 63) + 1
        }
        return nil
    }

    /// The first place for a visit on a day, asked for on the day `now` of the run. `after`: beginning there or later.
    func fit(_ shape: Shape, _ person: Int, at place: Int, day: Int, now: Int, after: Int = 0) -> Fit? {
        let earliest = (now - day) * 1_440 + Self.noon + shape.leadMinutes
        var best: Fit?
        for piece in pieces(of: person, on: day) where piece.place == place {
            let isOpen = shape.type < 64 ? piece.types >> UInt64(shape.type) & 1 == 1 : piece.types == .max
            guard isOpen || piece.releaseDay <= now else { continue }
            let begin = max(piece.from, after, shape.first, (earliest + Self.cell - 1).quotient(Self.cell))
            for lane in 0...min(piece.overbook, lanes - 1) {
                let base = base(person, day, lane)
                var cell = (begin + shape.step - 1) / shape.step * shape.step
                while cell + shape.length <= piece.to, cell < shape.last {
                    let from = max(0, cell - shape.before)
                    let to = min(288, cell + shape.length + shape.after)
                    guard let obstacle = firstTaken(base, from, to) else {
                        if best.map({ cell < $0.cell }) ?? true { best = Fit(day: day, lane: lane, cell: cell) }
                        break
                    }
                    cell = max(cell + 1, obstacle + 1 + shape.before)
                    cell = (cell + shape.step - 1) / shape.step * shape.step
                }
            }
        }
        return best
    }
}

extension Int {
    /// Divided and rounded down, below zero too.
    fileprivate func quotient(_ divisor: Int) -> Int {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
