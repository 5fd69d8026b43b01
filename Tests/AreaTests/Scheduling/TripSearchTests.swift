import Kernel
import Oracles
import Scheduling
import StudioAPI
import TestKit
import Testing
import TimeZones

@Suite("Several visits in one search")
struct TripSearchTests {
    private static var worlds: Int { Figures.isSlow ? 5_000 : 250 }

    @Test("a whole trip is found for every time of the first visit that has one, in order, and keeps to every rule")
    func agreesWithEveryCombination() throws {
        let database = try ScheduleWorld.database()
        var found = 0
        var without = 0
        var unfinished = 0
        for seed in 1...UInt64(Self.worlds) {
            let world = try TripWorld.random(seed: seed, database)
            let slow = try world.slow(database)
            let answer = SlotFinder(try world.plan(database)).trips(
                world.steps, SlotRequest(visitType: world.steps[0].visitType, from: world.from, to: world.to),
                world.bookings, busy: world.busy, together: world.together, now: world.now)
            let firsts = answer.trips.compactMap(\.first)
            let expected = try slow.firsts()
            if answer.isWhole {
                try Wrong.unless(firsts == expected, "seed \(seed): \(firsts) instead of \(expected)")
            } else {
                // It gave up: what it has is right all the same, and it says so because something is missing.
                unfinished += 1
                try Wrong.unless(firsts.allSatisfy { expected.contains($0) }, "seed \(seed): \(firsts)")
            }
            for trip in answer.trips {
                let holds = try slow.holds(trip)
                try Wrong.unless(holds, "seed \(seed): \(trip)")
            }
            found += answer.trips.count
            if expected.isEmpty { without += 1 }
        }
        Figures.add("worlds of the search for several visits", Double(Self.worlds), "worlds", ["trips": String(found)])
        #expect(found > Self.worlds / 2 && without > 0 && unfinished < Self.worlds / 4)
    }

    // MARK: A practice

    private static func place() -> LocationDefinition {
        let open = [ClockRange("06:00-22:00")].compactMap { $0 }
        return LocationDefinition(
            key: "centre", name: "centre", zone: "America/Denver",
            address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
            phone: "+13035550100",
            openingHours: WeeklyHours(Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, open) })),
            directions: LocalizedText("North door."), parking: LocalizedText("In front."))
    }

    private static func person(
        _ key: String, on days: [Weekday] = Weekday.allCases, _ hours: String = "08:00-18:00"
    ) throws -> PractitionerDefinition {
        let range = try #require(ClockRange(hours))
        return PractitionerDefinition(
            key: key, name: PractitionerName(given: "Ada", family: key), serviceLines: ["care"],
            templates: [AvailabilityTemplate(location: "centre", weekdays: days, from: range.from, to: range.to)])
    }

    private static func visitType(
        _ key: String, minutes: Int = 20, by practitioners: [String], linking links: [LinkedVisit] = []
    ) -> VisitTypeDefinition {
        var rules = VisitRules()
        rules.linked = links
        return VisitTypeDefinition(
            key: key, names: LocalizedText(key), minutes: minutes, startEvery: 10, serviceLine: "care",
            practitioners: practitioners, leadMinutes: 0, horizonDays: 90, rules: rules)
    }

    private static func finder(
        _ people: [PractitionerDefinition], _ types: [VisitTypeDefinition]
    ) throws -> SlotFinder {
        SlotFinder(
            try SchedulePlan(
                locations: [place()], practitioners: people, visitTypes: types,
                timeZones: try ScheduleWorld.database()))
    }

    private static func monday() throws -> CivilDate { try #require(CivilDate(iso: "2026-03-02")) }

    /// The trips of a working week.
    private static func trips(
        _ finder: SlotFinder, _ steps: [TripStep], within hours: SearchHours = .all, together: TripTogether? = nil
    ) throws -> FoundTrips {
        let monday = try monday()
        let now = try ScheduleWorld.database().zone("America/Denver").startOfDay(monday)
        let people = 1 + (steps.map(\.person).max() ?? 0)
        return finder.trips(
            steps, SlotRequest(visitType: steps[0].visitType, from: monday, to: monday.adding(days: 4), limit: 20),
            within: hours, .none, busy: Array(repeating: .none, count: people), together: together,
            now: Instant(microseconds: now))
    }

    // MARK: Days and hours

    @Test("everybody's own visit begins on the days and in the hours that are wished for; what it links need not")
    func hours() throws {
        let link = LinkedVisit(visitType: "draw", order: .before, minGapMinutes: 30, maxGapMinutes: 240, sameDay: true)
        let finder = try Self.finder(
            [try Self.person("one"), try Self.person("other")],
            [Self.visitType("visit", by: [], linking: [link]), Self.visitType("draw", by: [])])
        let afternoon = try #require(ClockRange("13:00-14:00"))
        let wished = SearchHours(weekdays: [.wednesday], ranges: [afternoon])
        let family = [TripStep(visitType: "draw"), TripStep(visitType: "draw", person: 1)]
        let together = TripTogether(withinMinutes: 60, oneAfterAnother: true)
        let asked: [([TripStep], TripTogether?)] = [(finder.steps(of: "visit"), nil), (family, together)]
        let monday = try Self.monday()
        for (steps, together) in asked {
            let unasked = try Self.trips(finder, steps, together: together)
            #expect(unasked.trips.first?.first?.localStart.date == monday)
            let found = try Self.trips(finder, steps, within: wished, together: together)
            // Six times of one hour, with either practitioner.
            #expect(found.trips.count == 12 && found.isWhole)
            for trip in found.trips {
                for (step, slot) in zip(steps, trip) where step.link == nil {
                    #expect(slot.localStart.date.iso == "2026-03-04")
                    #expect((780..<840).contains(slot.localStart.time.minutesOfDay))
                }
            }
            if steps[1].link != nil {
                #expect(found.trips.first?.last?.localStart.iso == "2026-03-04T12:10")
            }
        }
    }

    // MARK: What was tried

    @Test(
        "where more times are near than are tried the search says so; where all were tried it says that",
        arguments: [60, 1])
    func whole(crowd: Int) throws {
        let draw = LinkedVisit(visitType: "draw", order: .before, minGapMinutes: 30, maxGapMinutes: 2 * 1_440)
        // Nobody can do it on the day of any draw.
        let check = LinkedVisit(visitType: "check", order: .after, maxGapMinutes: 240, sameDay: true)
        let people = try (0..<crowd).map { try Self.person("person-\($0)", on: [.thursday], "08:00-12:00") }
        func types(linking links: [LinkedVisit]) -> [VisitTypeDefinition] {
            [
                Self.visitType("visit", by: ["surgeon"], linking: [draw]),
                Self.visitType("draw", by: people.map(\.key), linking: links),
                Self.visitType("check", by: ["sunday"]),
            ]
        }
        let surgeon = try Self.person("surgeon", on: [.friday], "15:00-16:00")
        let sunday = try Self.person("sunday", on: [.sunday])
        let all = people + [surgeon, sunday]
        let impossible = try Self.finder(all, types(linking: [check]))
        let none = try Self.trips(impossible, impossible.steps(of: "visit"))
        #expect(none.trips.isEmpty && none.isWhole == (crowd == 1))
        // Every time of the first visit has its trip: nothing was passed over, however many there are.
        let possible = try Self.finder(all, types(linking: []))
        let found = try Self.trips(possible, possible.steps(of: "visit"))
        #expect(found.trips.count == 5 && found.isWhole)
    }

    @Test("people who come together fit into their time also where one visit is longer than all others")
    func longest() throws {
        let finder = try Self.finder(
            [try Self.person("one"), try Self.person("other")],
            [Self.visitType("short", by: ["one"]), Self.visitType("long", minutes: 80, by: ["other"])])
        let steps = [TripStep(visitType: "short"), TripStep(visitType: "long", person: 1)]
        for (within, isPossible) in [(60, false), (80, true)] {
            let together = TripTogether(withinMinutes: within, oneAfterAnother: false)
            let found = try Self.trips(finder, steps, together: together)
            #expect(found.trips.isEmpty != isPossible && found.isWhole)
        }
    }
}
