import Foundation
import Kernel
import Oracles
import Scheduling
import StudioAPI
import Testing
import TimeZones

/// A small random clinic: rules and what is taken, made from a seed.
struct ScheduleWorld {
    let locations: [LocationDefinition]
    let practitioners: [PractitionerDefinition]
    let visitTypes: [VisitTypeDefinition]
    let resources: [ResourceDefinition]
    let bookings: Bookings
    let visitor: SlotVisitor
    let now: Instant
    let from: CivilDate
    let to: CivilDate

    static let zones = [
        "America/Denver", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "America/Santiago",
        "Asia/Kolkata",
        "Pacific/Chatham", "America/Phoenix", "Africa/Cairo", "America/Havana",
    ]

    static var databaseFolder: String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return ProcessInfo.processInfo.environment["THROUGHLINE_TZ"] ?? root.appending(path: ".assets/tz/zoneinfo").path
    }

    static func database() throws -> TimeZoneDatabase { try TimeZoneDatabase(folder: databaseFolder) }

    static func random(seed: UInt64, database: TimeZoneDatabase) throws -> ScheduleWorld {
        var draw = ScheduleDraw(state: seed)
        // A week in which clocks may jump, of one of the zones: the day of a transition is what we look for.
        let zone = try database.zone(draw.pick(zones))
        let year = Int64(2020 + draw.below(15)) - 1970
        let jumps = zone.transitions(from: year * 31_556_952_000_000, to: (year + 1) * 31_556_952_000_000)
        let middle =
            jumps.isEmpty || draw.chance(0.3)
            ? year * 31_556_952_000_000 + Int64(draw.below(365)) * 86_400_000_000 : draw.pick(jumps).instant
        let day = CivilDate(daysSinceEpoch: Int(middle / 86_400_000_000))
        let from = day.adding(days: -draw.below(4))
        let to = from.adding(days: draw.below(4))
        let now = Instant(
            microseconds: (Int64(from.daysSinceEpoch) - Int64(draw.below(12)) + 2) * 86_400_000_000
                + Int64(draw.below(1440)) * 60_000_000)
        let places = (0..<(1 + draw.below(3))).map { "place-\($0)" }
        let locations = places.enumerated().map { index, key in
            location(key, of: places, zone: index == 0 ? zone.name : draw.pick(zones), from: from, &draw)
        }
        let types = (0..<(1 + draw.below(3))).map { visitType("type-\($0)", places, &draw) }
        let practitioners = (0..<(1 + draw.below(3))).map {
            practitioner("person-\($0)", places, types.map(\.key), from: from, &draw)
        }
        let resources = (0..<draw.below(6)).map { resource("thing-\($0)", places, from: from, &draw) }
        var bookings = Bookings.none
        for practitioner in practitioners where draw.chance(0.8) {
            bookings.people[practitioner.key] = BookedTimes(
                visits: try visits(practitioner.key, locations, types, from: from, database, &draw))
        }
        for resource in resources where draw.chance(0.8) {
            bookings.resources[resource.key] = Occupancy(
                (0..<resource.capacity).flatMap { _ in taken(from: from, &draw) })
        }
        if draw.chance(0.5) { bookings.patient = BusyTimes(taken(from: from, &draw)) }
        let visitor = visitor(from: from, &draw)
        record(practitioners, resources, locations, types, from: from, in: &bookings, &draw)
        for practitioner in practitioners where draw.chance(0.4) {
            let visits = done(locations, types, from: from, &draw)
            bookings.people[practitioner.key, default: BookedTimes.none].done = visits
        }
        return ScheduleWorld(
            locations: locations, practitioners: practitioners, visitTypes: types, resources: resources,
            bookings: bookings, visitor: visitor, now: now, from: from, to: to)
    }

    func plan(_ database: TimeZoneDatabase) throws -> SchedulePlan {
        try SchedulePlan(
            locations: locations, practitioners: practitioners, visitTypes: visitTypes, resources: resources,
            timeZones: database)
    }

    /// The search that asks every minute.
    func slow(_ database: TimeZoneDatabase) -> SlowSlotFinder {
        SlowSlotFinder(
            locations: locations, practitioners: practitioners, resources: resources, bookings: bookings,
            visitor: visitor, now: now, from: from, to: to, database: database)
    }

    static func ranges(_ draw: inout ScheduleDraw) -> [ClockRange] {
        if draw.chance(0.1) { return [ClockRange("00:00-24:00")].compactMap { $0 } }
        var ranges: [ClockRange] = []
        var at = draw.below(600)
        while at < 1_300, ranges.count < 3 {
            let end = min(1_440, at + 30 + draw.below(500))
            if let from = ClockTime(minutes: at), let to = ClockTime(minutes: end),
                let range = ClockRange(from: from, to: to)
            {
                ranges.append(range)
            }
            at = end + 5 * draw.below(30)
        }
        return ranges
    }

    static func week(_ draw: inout ScheduleDraw) -> WeeklyHours {
        var days: [Weekday: [ClockRange]] = [:]
        for day in Weekday.allCases where draw.chance(0.8) { days[day] = ranges(&draw) }
        return WeeklyHours(days)
    }

    private static func location(
        _ key: String, of places: [String], zone: String, from: CivilDate, _ draw: inout ScheduleDraw
    ) -> LocationDefinition {
        var holidays: [HolidayDefinition] = []
        if draw.chance(0.4) {
            let hours = draw.chance(0.5) ? [] : ranges(&draw)
            holidays = [
                HolidayDefinition(
                    date: DefinitionDate(from.adding(days: draw.below(5))), name: LocalizedText("Founder's day"),
                    hours: hours)
            ]
        }
        return LocationDefinition(
            key: key, name: key, zone: zone,
            address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
            phone: "+13035550100", openingHours: week(&draw), holidays: holidays,
            directions: LocalizedText("North door."),
            parking: LocalizedText("In front."),
            travel: places.filter { $0 != key && draw.chance(0.3) }.map {
                TravelTime(location: $0, minutes: draw.below(120))
            })
    }

    private static func practitioner(
        _ key: String, _ locations: [String], _ types: [String], from: CivilDate, _ draw: inout ScheduleDraw
    ) -> PractitionerDefinition {
        var templates: [AvailabilityTemplate] = []
        for weekday in Weekday.allCases {
            for range in ranges(&draw) where draw.chance(0.8) {
                templates.append(
                    AvailabilityTemplate(
                        location: draw.pick(locations), weekdays: [weekday], from: range.from, to: range.to,
                        visitTypes: draw.chance(0.7) ? [] : [draw.pick(types)],
                        releaseMinutes: draw.chance(0.6) ? nil : draw.below(6_000),
                        validFrom: draw.chance(0.9) ? nil : DefinitionDate(from.adding(days: draw.below(3))),
                        validTo: draw.chance(0.9) ? nil : DefinitionDate(from.adding(days: draw.below(5))),
                        everyWeeks: draw.chance(0.8) ? 1 : 1 + draw.below(3),
                        anchor: DefinitionDate(from.adding(days: draw.below(40) - 20)),
                        overbook: draw.chance(0.7) ? 0 : draw.below(3)))
            }
        }
        var exceptions: [AvailabilityException] = []
        for _ in 0..<draw.below(3) {
            let first = from.adding(days: draw.below(6))
            let isExtra = draw.chance(0.5)
            let hours = ranges(&draw).first
            if isExtra, hours == nil { continue }
            exceptions.append(
                AvailabilityException(
                    effect: isExtra ? .extra : .away, firstDay: DefinitionDate(first),
                    lastDay: DefinitionDate(first.adding(days: draw.below(3))),
                    hours: isExtra || draw.chance(0.6) ? hours : nil,
                    location: isExtra || draw.chance(0.3) ? draw.pick(locations) : nil,
                    visitTypes: isExtra && draw.chance(0.3) ? [draw.pick(types)] : []))
        }
        return PractitionerDefinition(
            key: key, name: PractitionerName(given: "Ada", family: key),
            languages: draw.chance(0.5) ? ["en"] : ["en", "es"], serviceLines: draw.chance(0.9) ? ["care"] : ["other"],
            templates: templates, exceptions: exceptions, acceptsNew: draw.chance(0.8),
            ages: draw.chance(0.8) ? nil : ages(&draw), dailyLimit: draw.chance(0.8) ? nil : 1 + draw.below(12))
    }
}

/// SplitMix64: a failing world can be made again from its seed.
struct ScheduleDraw {
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
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
