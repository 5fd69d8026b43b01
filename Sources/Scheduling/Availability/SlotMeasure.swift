package import Kernel
import StudioAPI
package import TimeZones

/// A large practice made from a seed, to measure the search on: what the budgets of slots and reasons are held against.
package struct SlotMeasure: Sendable {
    package let finder: SlotFinder
    package let bookings: Bookings
    package let now: Instant
    package let first: CivilDate
    package let days: Int
    /// How many visits are booked.
    package let visits: Int

    /// The stored size of one booked visit: itself, its stretch, and its part of the joined times.
    package static let bytesPerVisit = MemoryLayout<BookedVisit>.stride + 2 * MemoryLayout<TimeSpan>.stride

    private static let zones = ["America/Denver", "America/Phoenix", "America/New_York", "America/Chicago"]

    /// Everybody works five days a week at two of the places; `full` of the time is booked, in visits of twenty minutes.
    package init(
        practitioners: Int, sites: Int, days: Int, full: Double, seed: UInt64, timeZones: TimeZoneDatabase
    ) throws {
        var draw = Draw(state: seed)
        let week = WeeklyHours(
            Dictionary(
                uniqueKeysWithValues: Weekday.allCases.prefix(5).map { day in
                    (day, [ClockRange("07:00-19:00")].compactMap { $0 })
                }))
        let places = (0..<sites).map { index in
            LocationDefinition(
                key: "site-\(index)", name: "Site \(index)", zone: Self.zones[index % Self.zones.count],
                address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
                phone: "+13035550100", openingHours: week, directions: LocalizedText("North door."),
                parking: LocalizedText("In front."))
        }
        let mornings = (from: ClockTime("08:00"), to: ClockTime("12:00"))
        let afternoons = (from: ClockTime("13:00"), to: ClockTime("17:00"))
        let people = (0..<practitioners).map { index in
            let homes = [places[index % sites].key, places[(index * 7 + 3) % sites].key]
            var templates: [AvailabilityTemplate] = []
            for (number, day) in Weekday.allCases.prefix(5).enumerated() {
                for hours in [mornings, afternoons] {
                    guard let from = hours.from, let to = hours.to else { continue }
                    templates.append(
                        AvailabilityTemplate(location: homes[number % 2], weekdays: [day], from: from, to: to))
                }
            }
            return PractitionerDefinition(
                key: "person-\(index)", name: PractitionerName(given: "Ada", family: "P\(index)"),
                serviceLines: index.isMultiple(of: 4) ? ["care", "rare"] : ["care"], templates: templates)
        }
        let types = [
            ("visit", 20, "care"), ("long", 40, "care"), ("rare", 60, "rare"),
        ].map { key, minutes, line in
            VisitTypeDefinition(
                key: key, names: LocalizedText(key), minutes: minutes, startEvery: 10, serviceLine: line,
                leadMinutes: 60, horizonDays: days + 1)
        }
        let plan = try SchedulePlan(
            locations: places, practitioners: people, visitTypes: types, timeZones: timeZones)
        let today = CivilDate(daysSinceEpoch: 20_514)  // 2 March 2026, a Monday; the clocks change within the range
        var bookings = Bookings.none
        var count = 0
        for (index, person) in plan.people.enumerated() {
            var visits: [BookedVisit] = []
            for day in today.daysSinceEpoch..<(today.daysSinceEpoch + days) {
                let table = plan.days.table(day, of: plan)
                for piece in table.pieces(of: index) {
                    let place = plan.places[piece.place]
                    for minute in stride(from: piece.minutes.from, to: piece.minutes.to, by: 20)
                    where draw.chance(full) {
                        guard let start = table.frames[place.zoneIndex].instant(minute) else { continue }
                        let span = TimeSpan(start: start, end: start + 20 * DayFrame.minute)
                        visits.append(
                            BookedVisit(
                                span: span, start: start, place: place.number,
                                visitType: StableKey.visitType("visit")))
                    }
                }
            }
            count += visits.count
            bookings.people[person.definition.key] = BookedTimes(visits: visits)
        }
        finder = SlotFinder(plan)
        self.bookings = bookings
        visits = count
        now = Instant(microseconds: plan.zones[0].startOfDay(today))
        first = today
        self.days = days
    }

    /// One search over the whole range: of anybody, of one place or of one practitioner, by turns.
    package func search(_ number: Int) -> Int {
        var draw = Draw(state: UInt64(number))
        var request = SlotRequest(
            visitType: ["visit", "long", "rare"][draw.below(3)], from: first.adding(days: draw.below(days / 3)),
            to: first.adding(days: days), limit: 100)
        switch number % 3 {
        case 0: request.locations = ["site-\(draw.below(finder.plan.places.count))"]
        case 1: request.practitioners = ["person-\(draw.below(finder.plan.people.count))"]
        default: break
        }
        return finder.slots(for: request, bookings, now: now).count
    }

    /// One question about a minute of a practitioner. True: it is offered.
    package func ask(_ number: Int) throws -> Bool {
        var draw = Draw(state: UInt64(number) &* 77)
        let minute = draw.below(1_440)
        guard let time = CivilTime(hour: minute / 60, minute: minute % 60) else { return false }
        let question = SlotFinder.Question(
            visitType: draw.chance(0.5) ? "visit" : "long",
            practitioner: "person-\(draw.below(finder.plan.people.count))",
            location: "site-\(draw.below(finder.plan.places.count))",
            localStart: CivilDateTime(date: first.adding(days: draw.below(days)), time: time))
        return try finder.whyNot(question, bookings, now: now) == nil
    }
}

/// SplitMix64.
private struct Draw {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }
    mutating func chance(_ share: Double) -> Bool { Double(next() >> 11) / 9_007_199_254_740_992 < share }
}
