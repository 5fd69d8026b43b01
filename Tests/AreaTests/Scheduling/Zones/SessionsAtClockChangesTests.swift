import Kernel
import Scheduling
import StudioAPI
import Testing
import TimeZones

/// Templates at every change of the clocks, by our data and by stale ones: what is offered is held against sessions drawn on a wall clock that is read
/// minute by minute.
@Suite("Sessions at changes of clocks")
struct SessionsAtClockChangesTests {
    /// Stretches of a day by whose they are: the whole of it, many small ones, and those about midnight and the small
    /// hours, where clocks change.
    static let sessions: [String: [ClosedRange<Int>]] = [
        "all": [0...1_440],
        "pieces": (0..<16).map { ($0 * 90)...($0 * 90 + 60) },
        "edges": [0...45, 105...135, 150...180, 180...210, 1_410...1_440],
    ]
    static let types = [(key: "short", minutes: 15, every: 15), (key: "long", minutes: 90, every: 30)]

    @Test(
        "what is offered lies within the sessions as the wall shows them, each reading once and none that is skipped",
        arguments: ZoneRelease.allCases)
    func offered(_ release: ZoneRelease) throws {
        var offered = 0
        try release.with { database, other in
            for zone in try release.zones(database) {
                let finder = SlotFinder(try Self.plan(zone: zone.name, database))
                for moment in try ClockChanges.moments(zone, beside: other) {
                    offered += try Self.check(finder, zone, around: moment)
                }
            }
        }
        #expect(offered > 100_000)
    }

    /// Holds what is offered round a moment against the wall clock; how much it is.
    private static func check(_ finder: SlotFinder, _ zone: Zone, around moment: Int64) throws -> Int {
        let clock = WallClock(zone, around: moment, before: 60, after: 80)
        let days = ZoneChangesOfClocksTests.days(around: moment, zone)
        let now = Instant(microseconds: moment - 5 * 86_400_000_000)
        var offered = 0
        for type in types {
            let request = SlotRequest(visitType: type.key, from: days[0], to: days[days.count - 1])
            let found = finder.slots(for: request, .none, now: now)
            let expected = try days.flatMap { try Self.expected(type, on: $0, clock) }
            let lines = found.map { line($0.practitioner, $0.localStart, $0.span.start) }.sorted()
            try Wrong.unless(lines == expected.sorted(), "\(zone.name), \(type.key), \(moment)")
            let minutes = Int64(type.minutes) * WallClock.minute
            try Wrong.unless(found.allSatisfy { $0.span.end - $0.span.start == minutes }, zone.name)
            offered += found.count
        }
        return offered
    }

    /// Whose, the reading and the moment of each start that must be offered.
    private static func expected(
        _ type: (key: String, minutes: Int, every: Int), on date: CivilDate, _ clock: WallClock
    ) throws -> [String] {
        let midnight = date.daysSinceEpoch * 1_440
        var lines: [String] = []
        for (person, ranges) in sessions {
            var open: [(from: Int64, to: Int64)] = []
            for range in ranges {
                let from = try #require(clock.border(midnight + range.lowerBound))
                let to = try #require(clock.border(midnight + range.upperBound))
                if from >= to { continue }
                if let last = open.last, last.to >= from {
                    open[open.count - 1].to = max(last.to, to)
                } else {
                    open.append((from, to))
                }
            }
            for minute in stride(from: 0, to: 1_440, by: type.every) {
                guard let start = clock.firstShowing(midnight + minute) else { continue }
                let end = start + Int64(type.minutes) * WallClock.minute
                guard open.contains(where: { $0.from <= start && end <= $0.to }) else { continue }
                let local = try #require(ZoneChangesOfClocksTests.local(midnight + minute))
                lines.append(line(person, local, start))
            }
        }
        return lines
    }

    private static func line(_ person: String, _ local: CivilDateTime, _ start: Int64) -> String {
        "\(person) \(local.iso) \(start)"
    }

    static func plan(zone: String, _ database: TimeZoneDatabase) throws -> SchedulePlan {
        let always = try #require(ClockRange("00:00-24:00"))
        let week = WeeklyHours(Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [always]) }))
        let place = LocationDefinition(
            key: "place", name: "Place", zone: zone,
            address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
            phone: "+13035550100", openingHours: week, directions: LocalizedText("North door."),
            parking: LocalizedText("In front."))
        let people = try sessions.map { key, ranges in
            PractitionerDefinition(
                key: key, name: PractitionerName(given: "Ada", family: key), serviceLines: ["care"],
                templates: try ranges.map { range in
                    AvailabilityTemplate(
                        location: "place", weekdays: Weekday.allCases,
                        from: try #require(ClockTime(minutes: range.lowerBound)),
                        to: try #require(ClockTime(minutes: range.upperBound)))
                })
        }
        return try SchedulePlan(
            locations: [place], practitioners: people,
            visitTypes: types.map { type in
                VisitTypeDefinition(
                    key: type.key, names: LocalizedText(type.key), minutes: type.minutes, startEvery: type.every,
                    serviceLine: "care", leadMinutes: 0, horizonDays: 30)
            }, timeZones: database)
    }
}
