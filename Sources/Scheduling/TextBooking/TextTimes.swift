package import SchedulingAPI
package import StudioAPI
package import TimeZones

/// What a text says of when somebody can come, read by words that anybody can list, in English and Spanish.
///
/// - Days are narrowed to weekdays and to a stretch of days, hours to parts of the day. What is not possible is taken
///   out.
/// - A day that only describes the visit that is meant ("my visit on Tuesday") is no wish.
/// - What it does not understand narrows nothing.
package struct TextTimes: Sendable, Equatable {
    /// First and last day; nil: any.
    package var from: CivilDate?
    package var to: CivilDate?
    /// Empty: any.
    package var weekdays: Set<Weekday>
    /// In which a visit begins. Empty: any.
    package var hours: [ClockRange]
    /// Whether the text says nothing else: it holds no word that is not understood.
    package var isWhole: Bool

    package init(
        from: CivilDate? = nil, to: CivilDate? = nil, weekdays: Set<Weekday> = [], hours: [ClockRange] = [],
        isWhole: Bool = true
    ) {
        self.from = from
        self.to = to
        self.weekdays = weekdays
        self.hours = hours
        self.isWhole = isWhole
    }

    /// `today`: the day at the practice.
    package init(_ text: String, of kind: TextAsk.Kind, today: CivilDate) {
        var reader = TextTimesReader(text, describesVisits: kind != .book, today: today)
        self = reader.read()
    }

    package var saysDays: Bool { from != nil || to != nil || !weekdays.isEmpty }
    package var narrows: Bool { saysDays || !hours.isEmpty }

    /// The same as a newer word of the writer changes it: days that are said anew take the place of the old ones, and
    /// hours too.
    package func narrowed(by newer: TextTimes) -> TextTimes {
        if newer.saysDays { return newer }
        var times = self
        times.hours = newer.hours
        return times
    }
}

// MARK: As a row keeps it

extension TextTimes {
    /// "mon thu"
    var storedDays: String { Weekday.allCases.filter(weekdays.contains).map(\.rawValue).joined(separator: " ") }
    /// "08:00-12:00 15:00-24:00"
    var storedHours: String { hours.map { "\($0.from.text)-\($0.to.text)" }.joined(separator: " ") }

    init(from: String?, to: String?, days: String, hours: String) {
        self.init(
            from: from.flatMap { CivilDate(iso: $0) }, to: to.flatMap { CivilDate(iso: $0) },
            weekdays: Set(days.split(separator: " ").compactMap { Weekday(rawValue: String($0)) }),
            hours: hours.split(separator: " ").compactMap { ClockRange(String($0)) })
    }
}

// MARK: Putting together what was said

/// One thing that a text says of when.
struct TimeSaid {
    enum Days {
        case weekdays(Set<Weekday>)
        /// From one day to another, both included.
        case stretch(CivilDate, CivilDate)
    }

    enum Lead {
        case none, before, after, until, from, at, between
    }

    var days: Days?
    /// Minutes of a day.
    var minutes: Range<Int>?
    var lead = Lead.none
    var isNegated = false
    /// Whether it is said beside the hours before it ("mornings or after 3") rather than of them.
    var isAlternative = true
}

/// All that was said, as one wish.
struct TimesFound {
    let today: CivilDate
    private var from: CivilDate?
    private var to: CivilDate?
    private var weekdays: Set<Weekday> = []
    private var without: Set<Weekday> = []
    private var stretches: [(first: CivilDate, last: CivilDate)] = []
    private var hours: [Range<Int>] = []
    private var closed: [Range<Int>] = []

    init(today: CivilDate) {
        self.today = today
    }

    mutating func add(_ said: TimeSaid) {
        if let days = said.days { add(days, said) }
        if let minutes = said.minutes {
            if said.isNegated {
                closed.append(minutes)
            } else if let last = hours.last, !said.isAlternative, last.overlaps(minutes) {
                hours[hours.count - 1] = last.clamped(to: minutes)
            } else {
                hours.append(minutes)
            }
        }
    }

    private mutating func add(_ days: TimeSaid.Days, _ said: TimeSaid) {
        let (first, last) = ends(days)
        switch (said.lead, said.isNegated) {
        case (.before, false): atMost(first.adding(days: -1))
        case (.before, true): atLeast(first)
        case (.after, false): atLeast(last.adding(days: 1))
        case (.after, true), (.until, false): atMost(last)
        case (.until, true), (.from, false): atLeast(first)
        case (.from, true): atMost(first.adding(days: -1))
        case (.none, _), (.at, _), (.between, _):
            switch (days, said.isNegated) {
            case (.weekdays(let days), false): weekdays.formUnion(days)
            case (.weekdays(let days), true): without.formUnion(days)
            case (.stretch, false): stretches.append((first, last))
            case (.stretch, true): takeOut(first, last)
            }
        }
    }

    /// A day further on is taken out with its weekday: what is left never lies on it.
    private mutating func takeOut(_ first: CivilDate, _ last: CivilDate) {
        if first == last, today.days(until: first) > 1 {
            without.insert(Weekday(of: first))
        } else {
            atLeast(last.adding(days: 1))
        }
    }

    /// The days that a weekday limits are those of the next one.
    private func ends(_ days: TimeSaid.Days) -> (CivilDate, CivilDate) {
        switch days {
        case .stretch(let first, let last): return (first, last)
        case .weekdays(let days):
            let next = (1...7).map { today.adding(days: $0) }.first { days.contains(Weekday(of: $0)) } ?? today
            return (next, next)
        }
    }

    private mutating func atLeast(_ day: CivilDate) { from = max(from ?? day, day) }
    private mutating func atMost(_ day: CivilDate) { to = min(to ?? day, day) }

    func times(isWhole: Bool) -> TextTimes {
        var found = self
        found.useStretches()
        var days = found.weekdays
        if !without.isEmpty {
            let all = days.isEmpty ? Set(Weekday.allCases) : days
            let left = all.subtracting(without)
            if !left.isEmpty { days = left }
        }
        var times = TextTimes(from: found.from, to: found.to, weekdays: days, hours: ranges(), isWhole: isWhole)
        // Limits that leave nothing were misread.
        if let from = times.from, let to = times.to, to < from {
            times.from = nil
            times.to = nil
        }
        return times
    }

    /// Days that were named: a stretch of them, or so many single ones.
    private mutating func useStretches() {
        if stretches.isEmpty { return }
        let single = stretches.filter { $0.first == $0.last }.map(\.first)
        let onSingle = Set(single.map { Weekday(of: $0) })
        // "tomorrow or Thursday": no stretch holds both.
        if single.count == stretches.count, !weekdays.isSubset(of: onSingle) {
            weekdays.formUnion(onSingle)
            return
        }
        if single.count == stretches.count { weekdays = onSingle }
        if let first = stretches.map(\.first).min() { atLeast(first) }
        if let last = stretches.map(\.last).max() { atMost(last) }
    }

    private func ranges() -> [ClockRange] {
        var open = hours.isEmpty && !closed.isEmpty ? [0..<1_440] : hours
        for range in closed { open = open.flatMap { Self.without(range, $0) } }
        var merged: [Range<Int>] = []
        for range in open.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged.compactMap { range in
            guard let from = ClockTime(minutes: range.lowerBound), let to = ClockTime(minutes: range.upperBound) else {
                return nil
            }
            return ClockRange(from: from, to: to)
        }
    }

    private static func without(_ taken: Range<Int>, _ range: Range<Int>) -> [Range<Int>] {
        let before = range.lowerBound..<max(range.lowerBound, min(range.upperBound, taken.lowerBound))
        let after = min(range.upperBound, max(range.lowerBound, taken.upperBound))..<range.upperBound
        return [before, after].filter { !$0.isEmpty }
    }
}
