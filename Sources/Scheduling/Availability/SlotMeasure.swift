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

    /// What one visit takes of what is searched here: itself, its stretch, and its part of the joined times. The index
    /// of a server keeps more: `indexBytes()`.
    package static let bytesPerVisit = MemoryLayout<BookedVisit>.stride + 2 * MemoryLayout<TimeSpan>.stride

    /// Of which visit types searches are.
    let searched: [String]
    /// No centre is known.
    let postcodes = Postcodes(file: nil)

    /// Everybody works five days a week at two of the places; `full` of the time is booked, in visits of 20 minutes.
    /// `hasRules`: as `MeasuredPractice` says, and of ten visits one is a procedure in a room, and one a group.
    package init(
        practitioners: Int, sites: Int, days: Int, full: Double, seed: UInt64, hasRules: Bool = false,
        timeZones: TimeZoneDatabase
    ) throws {
        var draw = MeasureDraw(state: seed)
        let practice = MeasuredPractice(practitioners: practitioners, sites: sites, days: days, hasRules: hasRules)
        let plan = try SchedulePlan(
            locations: practice.places, practitioners: practice.people, visitTypes: practice.visitTypes,
            resources: practice.rooms, timeZones: timeZones)
        let today = CivilDate(daysSinceEpoch: 20_514)  // 2 March 2026, a Monday; the clocks change within the range
        var bookings = Bookings.none
        var inRooms: [String: [TimeSpan]] = [:]
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
                        let visit = Self.visit(from: start, at: place.number, &draw, hasRules: hasRules)
                        visits.append(visit)
                        if visit.visitType == Self.procedure {
                            let number = draw.below(MeasuredPractice.roomsPerPlace)
                            let room = MeasuredPractice.room(number, at: place.definition.key)
                            inRooms[room, default: []].append(visit.span)
                        }
                    }
                }
            }
            count += visits.count
            bookings.people[person.definition.key] = BookedTimes(visits: visits)
        }
        bookings.resources = inRooms.mapValues { Occupancy($0) }
        finder = SlotFinder(plan)
        self.bookings = bookings
        visits = count
        now = Instant(microseconds: plan.zones[0].startOfDay(today))
        first = today
        self.days = days
        searched = practice.searched
    }

    private static let procedure = StableKey.visitType(MeasuredPractice.procedure)

    private static func visit(
        from start: Int64, at place: Int64, _ draw: inout MeasureDraw, hasRules: Bool
    ) -> BookedVisit {
        let span = TimeSpan(start: start, end: start + 20 * DayFrame.minute)
        let kind = hasRules ? draw.below(10) : 9
        let visitType =
            switch kind {
            case 0: procedure
            case 1: StableKey.visitType(MeasuredPractice.group)
            default: StableKey.visitType("visit")
            }
        let seats = kind == 1 ? 1 + draw.below(MeasuredPractice.groupSize) : nil
        return BookedVisit(span: span, start: start, place: place, visitType: visitType, seats: seats)
    }

    /// A search for the first hundred times: of anybody, of one place or of one practitioner, by turns. Of anybody they
    /// are found within a day or two.
    package func search(_ number: Int) -> Int {
        var draw = MeasureDraw(state: UInt64(number))
        var request = SlotRequest(
            visitType: searched[draw.below(3)], from: first.adding(days: draw.below(days / 3)),
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
        var draw = MeasureDraw(state: UInt64(number) &* 77)
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
struct MeasureDraw {
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
