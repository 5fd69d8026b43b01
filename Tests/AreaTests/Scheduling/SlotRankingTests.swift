import Foundation
import Kernel
import Scheduling
import StudioAPI
import TestKit
import Testing
import TimeZones

@Suite("Best times among many")
struct SlotRankingTests {
    /// What a ranked time says.
    private struct Line: Equatable {
        let slot: OpenSlot
        let points: Int
        let merits: [SlotMerit]
    }

    private static let denver = GeoPoint(latitude: 39.7526, longitude: -104.9981)

    /// The table that is shipped.
    private static var postcodes: Postcodes {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let assets = ProcessInfo.processInfo.environment["THROUGHLINE_ASSETS"] ?? root.appending(path: ".assets").path
        return Postcodes(file: assets + "/postcodes.tsv")
    }

    // MARK: A practice

    private static func place(
        _ key: String = "centre", postcode: String = "80202", _ accessibility: [Accessibility] = []
    ) -> LocationDefinition {
        let open = [ClockRange("06:00-22:00")].compactMap { $0 }
        return LocationDefinition(
            key: key, name: key, zone: "America/Denver",
            address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: postcode),
            phone: "+13035550100",
            openingHours: WeeklyHours(Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, open) })),
            directions: LocalizedText("North door."), parking: LocalizedText("In front."),
            accessibility: accessibility)
    }

    private static func person(
        _ key: String, at place: String = "centre", on days: [Weekday] = Weekday.allCases,
        _ hours: String = "08:00-18:00"
    ) throws -> PractitionerDefinition {
        let range = try #require(ClockRange(hours))
        return PractitionerDefinition(
            key: key, name: PractitionerName(given: "Ada", family: key), serviceLines: ["care"],
            templates: [AvailabilityTemplate(location: place, weekdays: days, from: range.from, to: range.to)])
    }

    private static func visitType(
        _ key: String, by practitioners: [String] = [], _ rules: VisitRules = VisitRules()
    ) -> VisitTypeDefinition {
        VisitTypeDefinition(
            key: key, names: LocalizedText(key), minutes: 20, startEvery: 10, serviceLine: "care",
            practitioners: practitioners, leadMinutes: 0, horizonDays: 90, rules: rules)
    }

    /// Sixty people who have 59 times a day each.
    private static func crowd() throws -> [PractitionerDefinition] { try (0..<60).map { try person("person-\($0)") } }

    private static func finder(
        _ places: [LocationDefinition], _ people: [PractitionerDefinition],
        _ types: [VisitTypeDefinition] = [SlotRankingTests.visitType("visit")]
    ) throws -> SlotFinder {
        SlotFinder(
            try SchedulePlan(
                locations: places, practitioners: people, visitTypes: types, timeZones: try ScheduleWorld.database()))
    }

    private static func monday() throws -> CivilDate { try #require(CivilDate(iso: "2026-03-02")) }

    /// The first moment of that Monday.
    private static func now() throws -> Instant {
        let zone = try ScheduleWorld.database().zone("America/Denver")
        return Instant(microseconds: zone.startOfDay(try monday()))
    }

    // MARK: The obvious ranking

    /// Everything that is free is found, weighed and put in order.
    private func obvious(
        _ wish: SlotWish, _ finder: SlotFinder, _ bookings: Bookings, _ visitor: SlotVisitor, _ postcodes: Postcodes,
        now: Instant
    ) -> [Line] {
        let request = SlotRequest(visitType: wish.visitType, from: wish.from, to: wish.to)
        let all = finder.slots(for: request, bookings, visitor: visitor, now: now).filter { slot in
            let minute = slot.localStart.time.minutesOfDay
            return (wish.weekdays.isEmpty || wish.weekdays.contains(Weekday(of: slot.localStart.date)))
                && (wish.hours.isEmpty || wish.hours.contains { $0.from.minutes <= minute && minute < $0.to.minutes })
        }
        guard let soonest = all.map(\.span.start).min(), let first = all.map(\.localStart.date).min() else { return [] }
        let isFasting = finder.plan.visitTypes[wish.visitType]?.rules.fasting ?? false
        let lines = all.map { slot -> Line in
            let days = first.days(until: slot.localStart.date)
            var points = 0
            var merits: [SlotMerit] = []
            if slot.span.start == soonest {
                merits.append(.soonest)
            } else if days > 0 {
                merits.append(.later(days: days))
                points += days * 10
            }
            if wish.known.contains(slot.practitioner) {
                merits.append(.continuity)
                points -= 50
            }
            let spoken = finder.plan.practitioner(slot.practitioner)?.languages ?? []
            if let language = wish.language, spoken.contains(where: { SlotVisitor.isSame($0, language) }) {
                merits.append(.language(language))
                points -= 40
            }
            let centre = finder.plan.location(slot.location).flatMap { postcodes.centre(of: $0) }
            if let near = wish.near, let centre {
                let distance = Int(near.kilometres(to: centre).rounded())
                merits.append(.near(kilometres: distance))
                points += distance
            }
            if isFasting {
                merits.append(.early(minute: slot.localStart.time.minutesOfDay))
                points += slot.localStart.time.minutesOfDay / 30 * 2
            }
            if let place = wish.place, place != slot.location { points += 15 }
            if wish.besides.contains(slot.localStart.date) { points += 100_000 }
            return Line(slot: slot, points: points, merits: merits)
        }
        let sorted = lines.sorted {
            ($0.points, $0.slot.span.start, $0.slot.practitioner, $0.slot.location)
                < ($1.points, $1.slot.span.start, $1.slot.practitioner, $1.slot.location)
        }
        return Array(sorted.prefix(wish.limit))
    }

    private func fast(
        _ wish: SlotWish, _ finder: SlotFinder, _ bookings: Bookings, _ visitor: SlotVisitor, _ postcodes: Postcodes,
        now: Instant
    ) -> [Line] {
        finder.ranked(wish, bookings, visitor: visitor, postcodes: postcodes, now: now).map {
            Line(slot: $0.slot, points: $0.points, merits: $0.merits)
        }
    }

    @Test("a ranking that stops when nothing better can come says what a ranking of everything says")
    func agreesWithTheObvious() throws {
        let database = try ScheduleWorld.database()
        let postcodes = Self.postcodes
        var told = 0
        for seed in UInt64(1)...(Figures.isSlow ? 2_000 : 300) {
            let world = try ScheduleWorld.random(seed: seed, database: database)
            var draw = ScheduleDraw(state: seed &* 17)
            var locations = world.locations
            for index in locations.indices { locations[index].address.postalCode = draw.pick(["80202", "86001", "0"]) }
            var types = world.visitTypes
            for index in types.indices { types[index].rules.fasting = draw.chance(0.3) }
            let finder = SlotFinder(
                try SchedulePlan(
                    locations: locations, practitioners: world.practitioners, visitTypes: types,
                    resources: world.resources, timeZones: database))
            for type in types {
                var wish = SlotWish(
                    visitType: type.key, from: world.from, to: world.from.adding(days: 8), limit: 1 + draw.below(6))
                for person in world.practitioners where draw.chance(0.3) { wish.known.insert(person.key) }
                if draw.chance(0.4) { wish.language = draw.pick(["en", "es"]) }
                if draw.chance(0.3) { wish.near = Self.denver }
                if draw.chance(0.2) { wish.place = draw.pick(locations).key }
                if draw.chance(0.2) { wish.besides = [world.from.adding(days: draw.below(3))] }
                if draw.chance(0.2) { wish.weekdays = [draw.pick(Weekday.allCases), draw.pick(Weekday.allCases)] }
                if draw.chance(0.2) { wish.hours = ScheduleWorld.ranges(&draw) }
                let expected = obvious(wish, finder, world.bookings, world.visitor, postcodes, now: world.now)
                let found = fast(wish, finder, world.bookings, world.visitor, postcodes, now: world.now)
                #expect(found == expected, "seed \(seed), \(type.key)")
                if found != expected { return }
                told += found.count
            }
        }
        #expect(told > 200)
    }

    @Test("somebody known who is free days later is compared with thousands of sooner times")
    func known() throws {
        let zoe = try Self.person("zoe", on: [.thursday], "09:00-10:00")
        let finder = try Self.finder([Self.place()], try Self.crowd() + [zoe])
        let monday = try Self.monday(), now = try Self.now()
        let sooner = finder.slots(
            for: SlotRequest(visitType: "visit", from: monday, to: monday.adding(days: 2)), .none, now: now)
        #expect(sooner.count == 3 * 60 * 59)
        var wish = SlotWish(visitType: "visit", from: monday, to: monday.adding(days: 6), known: ["zoe"], limit: 3)
        let found = fast(wish, finder, .none, .unknown, Postcodes(file: nil), now: now)
        #expect(found.map(\.slot.practitioner) == ["zoe", "zoe", "zoe"])
        #expect(found.allSatisfy { $0.points == -20 && $0.merits == [.later(days: 3), .continuity] })
        wish.limit = 70
        let many = fast(wish, finder, .none, .unknown, Postcodes(file: nil), now: now)
        #expect(many == obvious(wish, finder, .none, .unknown, Postcodes(file: nil), now: now))
        #expect(many.count == 70 && many.filter { $0.merits == [.soonest] }.count == 60)
    }

    @Test("another place than the visit's own weighs something, and a day that is chosen already comes last")
    func besides() throws {
        let home = try Self.person("zoe", on: [.tuesday, .thursday], "09:00-10:00")
        var elsewhere = try Self.crowd()
        for index in elsewhere.indices { elsewhere[index].templates[0].location = "elsewhere" }
        let finder = try Self.finder([Self.place(), Self.place("elsewhere")], elsewhere + [home])
        let monday = try Self.monday()
        var wish = SlotWish(visitType: "visit", from: monday, to: monday.adding(days: 13), limit: 1)
        wish.place = "centre"
        let now = try Self.now()
        func first() -> Line? { fast(wish, finder, .none, .unknown, Postcodes(file: nil), now: now).first }
        // A day is ten points, another place fifteen.
        #expect(first()?.slot.practitioner == "zoe")
        #expect(first()?.points == 10)
        wish.besides = [monday.adding(days: 1)]
        #expect(first()?.slot.location == "elsewhere")
        #expect(first()?.slot.localStart.date == monday)
        wish.besides = Set((0...12).map { monday.adding(days: $0) })
        #expect(first()?.slot.localStart.date == monday.adding(days: 13))
    }

    // MARK: Places

    @Test("near is near by the table that is shipped, and nothing is further than was said")
    func distance() throws {
        let postcodes = Self.postcodes
        let places = [
            Self.place("denver", postcode: "80202"), Self.place("flagstaff", postcode: "86001"),
            Self.place("el-paso", postcode: "79936"),
        ]
        let finder = try Self.finder(places, try places.map { try Self.person("of-\($0.key)", at: $0.key) })
        let monday = try Self.monday(), now = try Self.now()
        let near = try #require(postcodes.centre(of: "80203"))
        var wish = SlotWish(visitType: "visit", from: monday, to: monday.adding(days: 4), near: near, limit: 300)
        let found = finder.ranked(wish, .none, postcodes: postcodes, now: now)
        // All 59 times of each of five days are nearer than the first of Flagstaff.
        #expect(found.prefix(295).allSatisfy { $0.slot.location == "denver" })
        #expect(found.dropFirst(295).map(\.slot.location) == Array(repeating: "flagstaff", count: 5))
        #expect(found.first?.merits == [.soonest, .near(kilometres: 3)])
        let far = try #require(found.last)
        #expect(far.merits == [.near(kilometres: far.points)] && (740...780).contains(far.points))
        for (radius, count) in [(1.0, 0), (10.0, 1), (800.0, 2), (2_000.0, 3)] {
            wish.radius = radius
            wish.limit = 3 * 5 * 59
            let within = finder.ranked(wish, .none, postcodes: postcodes, now: now)
            #expect(Set(within.map(\.slot.location)).count == count, "\(radius) km")
        }
    }

    @Test("only places that have all that somebody needs are offered")
    func accessibility() throws {
        let places = [
            Self.place("steps", [.hearingLoop]), Self.place("level", [.stepFree, .hearingLoop]),
        ]
        let finder = try Self.finder(places, try places.map { try Self.person("of-\($0.key)", at: $0.key) })
        func offered(_ needs: Set<Accessibility>) throws -> Set<String> {
            let monday = try Self.monday()
            let wish = SlotWish(visitType: "visit", from: monday, to: monday, accessibility: needs, limit: 200)
            let found = finder.ranked(wish, .none, postcodes: Postcodes(file: nil), now: try Self.now())
            return Set(found.map(\.slot.location))
        }
        #expect(try offered([]) == ["steps", "level"])
        #expect(try offered([.hearingLoop]) == ["steps", "level"])
        #expect(try offered([.hearingLoop, .stepFree]) == ["level"])
        #expect(try offered([.stepFree, .wheelchair]).isEmpty)
    }

    // MARK: Trips

    @Test(
        "what lies before a visit is as near to it as can be, whatever the number of times before",
        arguments: [
            (false, 30, "2026-03-06T14:10"), (false, 1_440, "2026-03-05T14:40"), (true, 30, "2026-03-06T08:00"),
            (true, 1_440, "2026-03-05T08:00"),
        ])
    func before(isFasting: Bool, gap: Int, expected: String) throws {
        let link = LinkedVisit(visitType: "draw", order: .before, minGapMinutes: gap, maxGapMinutes: 4 * 1_440)
        let surgeon = try Self.person("surgeon", on: [.friday], "15:00-16:00")
        let finder = try Self.finder(
            [Self.place()], try Self.crowd() + [surgeon],
            [
                Self.visitType("procedure", by: ["surgeon"], VisitRules(linked: [link])),
                Self.visitType("draw", by: [], VisitRules(fasting: isFasting)),
            ])
        let monday = try Self.monday(), now = try Self.now()
        let sooner = finder.slots(
            for: SlotRequest(visitType: "draw", from: monday, to: monday.adding(days: 2)), .none, now: now)
        #expect(sooner.count > 10_000)
        let request = SlotRequest(visitType: "procedure", from: monday, to: monday.adding(days: 4), limit: 1)
        let trip = try #require(
            finder.trips(finder.steps(of: "procedure"), request, .none, busy: [.none], now: now).trips.first)
        #expect(trip.map(\.localStart.iso) == ["2026-03-06T15:00", expected])
    }
}
