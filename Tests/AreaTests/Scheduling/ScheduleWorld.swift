import Foundation
import Kernel
import Scheduling
import StudioAPI
import Testing
import TimeZones

/// A small random clinic: rules and what is taken, made from a seed.
struct ScheduleWorld {
    let locations: [LocationDefinition]
    let practitioners: [PractitionerDefinition]
    let visitTypes: [VisitTypeDefinition]
    let busy: [String: BusyTimes]
    let patient: BusyTimes
    let now: Instant
    let from: CivilDate
    let to: CivilDate

    static let zones = [
        "America/Denver", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "America/Santiago",
        "Asia/Kolkata",
        "Pacific/Chatham", "America/Phoenix", "Africa/Cairo", "America/Havana",
    ]

    static func database() throws -> TimeZoneDatabase {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["THROUGHLINE_TZ"] ?? root.appending(path: ".assets/tz/zoneinfo").path
        return try TimeZoneDatabase(folder: folder)
    }

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
        let to = from.adding(days: draw.below(6))
        let now = Instant(
            microseconds: (Int64(from.daysSinceEpoch) - Int64(draw.below(12)) + 2) * 86_400_000_000
                + Int64(draw.below(1440)) * 60_000_000)
        let locations = (0..<(1 + draw.below(3))).map { index in
            location("place-\(index)", zone: index == 0 ? zone.name : draw.pick(zones), from: from, &draw)
        }
        let types = (0..<(1 + draw.below(3))).map { visitType("type-\($0)", locations.map(\.key), &draw) }
        let practitioners = (0..<(1 + draw.below(4))).map {
            practitioner("person-\($0)", locations.map(\.key), types.map(\.key), from: from, &draw)
        }
        let begin = Int64(from.daysSinceEpoch - 1) * 86_400_000_000
        func taken(_ draw: inout ScheduleDraw) -> BusyTimes {
            var spans: [TimeSpan] = []
            var at = begin
            while at < begin + 8 * 86_400_000_000 {
                let start = at + Int64(draw.below(draw.chance(0.5) ? 200 : 900)) * 60_000_000
                let end = start + Int64(1 + draw.below(90)) * 60_000_000
                spans.append(TimeSpan(start: start, end: end))
                at = end
            }
            return BusyTimes(spans)
        }
        var busy: [String: BusyTimes] = [:]
        for practitioner in practitioners where draw.chance(0.8) { busy[practitioner.key] = taken(&draw) }
        return ScheduleWorld(
            locations: locations, practitioners: practitioners, visitTypes: types, busy: busy,
            patient: draw.chance(0.5) ? taken(&draw) : .none, now: now, from: from, to: to)
    }

    private static func ranges(_ draw: inout ScheduleDraw) -> [ClockRange] {
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

    private static func week(_ draw: inout ScheduleDraw) -> WeeklyHours {
        var days: [Weekday: [ClockRange]] = [:]
        for day in Weekday.allCases where draw.chance(0.8) { days[day] = ranges(&draw) }
        return WeeklyHours(days)
    }

    private static func location(
        _ key: String, zone: String, from: CivilDate, _ draw: inout ScheduleDraw
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
            parking: LocalizedText("In front."))
    }

    private static func visitType(
        _ key: String, _ locations: [String], _ draw: inout ScheduleDraw
    ) -> VisitTypeDefinition {
        VisitTypeDefinition(
            key: key, names: LocalizedText(key), minutes: 5 + draw.below(100),
            bufferBefore: draw.chance(0.5) ? 0 : draw.below(30),
            bufferAfter: draw.chance(0.5) ? 0 : draw.below(30), startEvery: draw.pick([5, 10, 15, 20, 30, 60]),
            serviceLine: "care", practitioners: draw.chance(0.7) ? [] : ["person-0"],
            locations: draw.chance(0.7) ? [] : [draw.pick(locations)], leadMinutes: draw.below(3_000),
            horizonDays: 1 + draw.below(9))
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
                        visitTypes: draw.chance(0.8) ? [] : [draw.pick(types)],
                        validFrom: draw.chance(0.9) ? nil : DefinitionDate(from.adding(days: draw.below(3))),
                        validTo: draw.chance(0.9) ? nil : DefinitionDate(from.adding(days: draw.below(5)))))
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
            serviceLines: draw.chance(0.8) ? ["care"] : ["other"],
            templates: templates, exceptions: exceptions)
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
