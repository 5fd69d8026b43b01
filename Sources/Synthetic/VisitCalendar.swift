/// The calendar that generated visits are placed on: counts only, the caller maps them to its own identifiers.
///
/// Every working day (Monday to Friday) of a practitioner is packed with visit types in turn, each starting where the
/// one before ends, until the day is full; the practitioner's number shifts the turn. So a *cell* (practitioner, day,
/// slot) fixes type and start, and two different cells of a practitioner never overlap.
///
/// **Placing without collisions.** Person i belongs to home practitioner h = (i / 8) mod P and has there the rank
/// r = (i / 8P) × 8 + i mod 8; so families mostly share a practitioner. The person's k-th candidate visit goes to
/// practitioner q = (h + s(k)) mod P, where s depends on k alone, as number r × K + k of q's list. From (q, k) follows
/// h, and with r follows i: no two visits have the same (q, number). A permutation of 0 ..< max(cells of q, numbers of
/// q) then maps the number to a cell; images beyond the cells mean that the calendar is full, and the visit does not
/// exist. Past and future have a list and a permutation each.
///
/// The placing depends on `people`, as any calendar of finite size must; the people do not.
package struct VisitCalendar: Sendable {
    package struct VisitType: Sendable {
        package let key: String
        package let minutes: Int

        package init(key: String, minutes: Int) {
            self.key = key
            self.minutes = minutes
        }
    }

    struct Slot: Sendable {
        let type: VisitType
        let startMinute: Int
    }

    static let pastCandidates = 6
    static let futureCandidates = 2

    package let types: [VisitType]
    package let practitioners: Int
    package let locations: Int
    package let people: Int
    /// The UTC day of `asOf`, which counts as day 0.
    package let today: SyntheticDate
    let pastDays: [Int]
    let futureDays: [Int]
    private let templates: [[Slot]]

    /// - Parameters:
    ///   - types: at least one; each shorter than the day.
    ///   - people: how many people the calendar must hold; visits are made for indices below it.
    ///   - asOf: microseconds UTC.
    ///   - horizonDays: days back, and days ahead (day 0 counts as ahead).
    ///   - opensAtMinute: local minute of the day of the first slot.
    ///   - minutesPerDay: length of the working day.
    package init(
        types: [VisitType], practitioners: Int, locations: Int, people: Int, asOf: Int64,
        horizonDays: (past: Int, future: Int), opensAtMinute: Int = 480, minutesPerDay: Int = 540
    ) {
        precondition(practitioners > 0 && locations > 0 && people > 0, "a calendar needs somebody and a place")
        precondition(
            !types.isEmpty && types.allSatisfy { $0.minutes > 0 && $0.minutes <= minutesPerDay },
            "each visit type lasts at least a minute and fits into the day")
        self.types = types
        self.practitioners = practitioners
        self.locations = locations
        self.people = people
        let day: Int64 = 86_400_000_000
        let epochDay = Int(asOf >= 0 ? asOf / day : (asOf - day + 1) / day)
        let today = SyntheticDate(daysSinceEpoch: epochDay)
        self.today = today
        func isWorking(_ offset: Int) -> Bool { SyntheticDate(daysSinceEpoch: epochDay + offset).weekday < 5 }
        pastDays = (-max(0, horizonDays.past)..<0).filter(isWorking)
        futureDays = (0..<max(0, horizonDays.future)).filter(isWorking)
        templates = types.indices.map { shift in
            VisitCalendar.pack(types, shift: shift, opens: opensAtMinute, minutes: minutesPerDay)
        }
    }

    private static func pack(_ types: [VisitType], shift: Int, opens: Int, minutes: Int) -> [Slot] {
        var slots: [Slot] = []
        var start = 0
        var turn = shift
        while start + types[turn % types.count].minutes <= minutes {
            slots.append(Slot(type: types[turn % types.count], startMinute: opens + start))
            start += types[turn % types.count].minutes
            turn += 1
        }
        return slots
    }

    /// A practitioner works at one location.
    package func location(ofPractitioner practitioner: Int) -> Int {
        practitioner % locations
    }

    /// Slots of one working day of a practitioner.
    package func slotsPerDay(ofPractitioner practitioner: Int) -> Int {
        template(practitioner).count
    }

    func template(_ practitioner: Int) -> [Slot] {
        templates[practitioner % templates.count]
    }

    struct Cell {
        let practitioner: Int
        let dayOffset: Int
        let slot: Int
    }

    /// The cell of a person's candidate visit, or nil when the calendar has no room for it.
    func cell(of index: Int, candidate: Int, isPast: Bool, seed: UInt64) -> Cell? {
        let days = isPast ? pastDays : futureDays
        let candidates = isPast ? VisitCalendar.pastCandidates : VisitCalendar.futureCandidates
        guard !days.isEmpty else { return nil }
        let home = index / 8 % practitioners
        let rank = index / (8 * practitioners) * 8 + index % 8
        let practitioner = (home + VisitCalendar.shift(candidate)) % practitioners
        let slots = template(practitioner).count
        let ranks = ((people - 1) / (8 * practitioners) + 1) * 8
        let stream = isPast ? DrawStream.past : DrawStream.future
        let key = SeededDraw.mix(seed &+ SeededDraw.mix(UInt64(practitioner) &* 64 &+ stream.rawValue))
        let numbers = Permutation(count: max(days.count * slots, ranks * candidates), key: key)
        let image = numbers(rank * candidates + candidate)
        guard image < days.count * slots else { return nil }
        return Cell(practitioner: practitioner, dayOffset: days[image / slots], slot: image % slots)
    }

    /// Every fourth visit is with somebody else.
    private static func shift(_ candidate: Int) -> Int {
        candidate % 4 == 3 ? 1 + candidate : 0
    }
}
