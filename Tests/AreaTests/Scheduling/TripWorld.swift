import Kernel
import Oracles
import Scheduling
import StudioAPI
import Testing
import TimeZones

/// A clinic of a few hours a day, and visits that are looked for together: made from a seed, small enough that every
/// combination can be tried.
struct TripWorld {
    let locations: [LocationDefinition]
    let practitioners: [PractitionerDefinition]
    let visitTypes: [VisitTypeDefinition]
    let resources: [ResourceDefinition]
    let bookings: Bookings
    /// Of each person.
    let busy: [BusyTimes]
    let steps: [TripStep]
    let together: TripTogether?
    let now: Instant
    let from: CivilDate
    let to: CivilDate

    func plan(_ database: TimeZoneDatabase) throws -> SchedulePlan {
        try SchedulePlan(
            locations: locations, practitioners: practitioners, visitTypes: visitTypes, resources: resources,
            timeZones: database)
    }

    /// The search that tries everything.
    func slow(_ database: TimeZoneDatabase) throws -> SlowTripSearch {
        try SlowTripSearch(
            SlowSlotFinder(
                locations: locations, practitioners: practitioners, resources: resources, bookings: bookings,
                visitor: .unknown, now: now, from: from, to: to, database: database),
            types: visitTypes, steps: steps, busy: busy, together: together)
    }

    static func random(seed: UInt64, _ database: TimeZoneDatabase) throws -> TripWorld {
        var draw = ScheduleDraw(state: seed)
        // Clocks jump in some of these weeks.
        let zone = try database.zone(draw.pick(["America/Denver", "Europe/Madrid", "Asia/Kolkata"]))
        let day = draw.pick(["2026-03-07", "2026-06-10", "2026-10-24", "2026-10-31"])
        let from = try #require(CivilDate(iso: day))
        let to = from.adding(days: draw.below(3))
        let places = (0..<(1 + draw.below(2))).map { "place-\($0)" }
        let locations = try places.map { try location($0, of: places, zone: zone.name, &draw) }
        let practitioners = try (0..<(1 + draw.below(3))).map { try practitioner("person-\($0)", places, &draw) }
        let keys = (0..<(1 + draw.below(3))).map { "type-\($0)" }
        let types = keys.indices.map { visitType($0, keys, practitioners.map(\.key), &draw) }
        let resources = (0..<draw.below(3)).map { number in
            ResourceDefinition(
                key: "room-\(number)", names: LocalizedText("Room"), type: .room,
                locations: draw.chance(0.5) ? [] : [draw.pick(places)], capacity: 1 + draw.below(2))
        }
        var bookings = Bookings.none
        for practitioner in practitioners where draw.chance(0.6) {
            let visits = taken(from, zone, &draw).map { span in
                BookedVisit(
                    span: span, place: StableKey.place(draw.pick(places)),
                    visitType: StableKey.visitType(draw.pick(keys)))
            }
            bookings.people[practitioner.key] = BookedTimes(visits: visits)
        }
        for resource in resources where draw.chance(0.4) {
            bookings.resources[resource.key] = Occupancy(taken(from, zone, &draw))
        }
        let plan = try SchedulePlan(
            locations: locations, practitioners: practitioners, visitTypes: types, resources: resources,
            timeZones: database)
        let steps = steps(SlotFinder(plan), keys, &draw)
        let people = 1 + (steps.map(\.person).max() ?? 0)
        let together = TripTogether(withinMinutes: 30 * (1 + draw.below(6)), oneAfterAnother: draw.chance(0.5))
        return TripWorld(
            locations: locations, practitioners: practitioners, visitTypes: types, resources: resources,
            bookings: bookings,
            busy: (0..<people).map { _ in BusyTimes(draw.chance(0.5) ? [] : taken(from, zone, &draw)) },
            steps: steps, together: people > 1 ? together : nil,
            now: Instant(microseconds: zone.startOfDay(from.adding(days: -10))), from: from, to: to)
    }

    /// Of up to three people, four visits at most: what each comes for, then what these link.
    private static func steps(_ finder: SlotFinder, _ keys: [String], _ draw: inout ScheduleDraw) -> [TripStep] {
        var chains = [finder.steps(of: draw.chance(0.7) ? keys[0] : draw.pick(keys))]
        for _ in 0..<draw.below(3) {
            let chain = finder.steps(of: draw.pick(keys))
            if chains.joined().count + chain.count <= 4 { chains.append(chain) }
        }
        var steps = chains.enumerated().map { TripStep(visitType: $1[0].visitType, person: $0) }
        for (person, chain) in chains.enumerated() {
            var numbers = [person]
            for step in chain.dropFirst() {
                guard let link = step.link else { continue }
                let anchor = numbers[link.step]
                numbers.append(steps.count)
                steps.append(TripStep(visitType: step.visitType, person: person, link: (anchor, link.rule)))
            }
        }
        return steps
    }

    private static func location(
        _ key: String, of places: [String], zone: String, _ draw: inout ScheduleDraw
    ) throws -> LocationDefinition {
        let open = try #require(ClockRange("07:00-19:00"))
        let travel = places.filter { $0 != key && draw.chance(0.7) }.map {
            TravelTime(location: $0, minutes: 10 * draw.below(7))
        }
        return LocationDefinition(
            key: key, name: key, zone: zone,
            address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
            phone: "+13035550100",
            openingHours: WeeklyHours(Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [open]) })),
            directions: LocalizedText("North door."), parking: LocalizedText("In front."), travel: travel)
    }

    /// A stretch of each day, and often one more on some days.
    private static func practitioner(
        _ key: String, _ places: [String], _ draw: inout ScheduleDraw
    ) throws -> PractitionerDefinition {
        var templates: [AvailabilityTemplate] = []
        for first in draw.chance(0.5) ? [480] : [480, 840] {
            let begin = first + 30 * draw.below(5)
            let end = begin + 60 + 30 * draw.below(4)
            let from = try #require(ClockTime(minutes: begin))
            let to = try #require(ClockTime(minutes: end))
            let weekdays = Weekday.allCases.filter { _ in first == 480 || draw.chance(0.6) }
            templates.append(
                AvailabilityTemplate(location: draw.pick(places), weekdays: weekdays, from: from, to: to))
        }
        return PractitionerDefinition(
            key: key, name: PractitionerName(given: "Ada", family: key), serviceLines: ["care"], templates: templates,
            dailyLimit: draw.chance(0.1) ? 2 : nil)
    }

    /// Links lead to later types alone, so there are no circles.
    private static func visitType(
        _ number: Int, _ keys: [String], _ people: [String], _ draw: inout ScheduleDraw
    ) -> VisitTypeDefinition {
        var rules = VisitRules()
        for other in keys.dropFirst(number + 1) where draw.chance(number == 0 ? 0.7 : 0.4) {
            let least = 15 * draw.below(5)
            rules.linked.append(
                LinkedVisit(
                    visitType: other, order: draw.pick([.before, .after]), minGapMinutes: least,
                    maxGapMinutes: least + (draw.chance(0.2) ? 1_440 : 15 * (1 + draw.below(8))),
                    sameDay: draw.chance(0.3), sameLocation: draw.chance(0.4), samePractitioner: draw.chance(0.3)))
        }
        if draw.chance(0.3) { rules.resources = [ResourceNeed(type: .room, after: 10 * draw.below(3))] }
        if draw.chance(0.15) { rules.groupSize = 2 }
        if draw.chance(0.15) { rules.limits = DailyLimits(perPractitioner: 1 + draw.below(2)) }
        rules.fasting = draw.chance(0.2)
        return VisitTypeDefinition(
            key: keys[number], names: LocalizedText(keys[number]), minutes: 15 * (1 + draw.below(5)),
            bufferBefore: draw.chance(0.7) ? 0 : 10, bufferAfter: draw.chance(0.7) ? 0 : 10,
            startEvery: draw.pick([30, 60]), serviceLine: "care",
            practitioners: draw.chance(0.7) ? [] : [draw.pick(people)], leadMinutes: 0, horizonDays: 60, rules: rules)
    }

    /// A few stretches of some days.
    private static func taken(_ from: CivilDate, _ zone: Zone, _ draw: inout ScheduleDraw) -> [TimeSpan] {
        (0..<draw.below(4)).map { _ in
            let begin = zone.startOfDay(from.adding(days: draw.below(3)))
            let start = begin + Int64(420 + 15 * draw.below(40)) * 60_000_000
            return TimeSpan(start: start, end: start + Int64(15 * (1 + draw.below(6))) * 60_000_000)
        }
    }
}
