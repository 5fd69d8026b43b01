import Kernel
import Oracles
import Scheduling
import StudioAPI
import TestKit
import Testing
import TimeZones

@Suite("Slot finder")
struct SlotFinderTests {
    private static var worlds: UInt64 { Figures.isSlow ? 5_000 : 600 }

    @Test("the fast search finds what the slow and obvious one finds, and says the same of every other minute")
    func agreesWithTheObviousSearch() throws {
        let database = try ScheduleWorld.database()
        var offered = 0
        var using = 0
        var joining = 0
        var refusals: Set<SlotRefusal> = []
        for seed in UInt64(1)...Self.worlds {
            let world = try ScheduleWorld.random(seed: seed, database: database)
            let finder = SlotFinder(try world.plan(database))
            let slow = world.slow(database)
            for type in world.visitTypes {
                let expected = try slow.slots(type)
                let request = SlotRequest(visitType: type.key, from: world.from, to: world.to)
                let found = finder.slots(for: request, world.bookings, visitor: world.visitor, now: world.now)
                #expect(found == expected, "seed \(seed), \(type.key)")
                if found != expected { return }
                offered += found.count
                using += found.count { !$0.resources.isEmpty }
                joining += found.count(where: \.joinsGroup)
                if try !reasons(finder, slow, type, seed, &refusals) { return }
            }
        }
        Figures.add("worlds of the slot finder", Double(Self.worlds), "worlds", ["slots": String(offered)])
        #expect(offered > 1_000 && using > 100 && joining > 10)
        #expect(refusals == Set(SlotRefusal.allCases))
    }

    /// Minutes picked at random have the same slot, or the same reason, on both sides. False: they differ.
    private func reasons(
        _ finder: SlotFinder, _ slow: SlowSlotFinder, _ type: VisitTypeDefinition, _ seed: UInt64,
        _ refusals: inout Set<SlotRefusal>
    ) throws -> Bool {
        var draw = ScheduleDraw(state: seed &* 31)
        for practitioner in slow.practitioners {
            for location in slow.locations {
                var times = try groups(of: type, practitioner, location, in: slow)
                for _ in 0..<40 {
                    let day = slow.from.adding(days: draw.below(slow.from.days(until: slow.to) + 1))
                    let minute = draw.chance(0.7) ? draw.below(288) * 5 : draw.below(1_440)
                    let time = try #require(CivilTime(hour: minute / 60, minute: minute % 60))
                    times.append(CivilDateTime(date: day, time: time))
                }
                for local in times {
                    let expected = try slow.answer(type, practitioner, location, local)
                    let answer = try finder.choose(
                        .init(
                            visitType: type.key, practitioner: practitioner.key, location: location.key,
                            localStart: local),
                        slow.bookings, visitor: slow.visitor, now: slow.now)
                    if case .failure(let refusal) = answer { refusals.insert(refusal) }
                    if answer != expected {
                        Issue.record("seed \(seed), \(type.key), \(local.iso): \(answer) instead of \(expected)")
                        return false
                    }
                }
            }
        }
        return true
    }

    /// When groups of a type meet there: few minutes picked at random are one of these.
    private func groups(
        of type: VisitTypeDefinition, _ practitioner: PractitionerDefinition, _ location: LocationDefinition,
        in slow: SlowSlotFinder
    ) throws -> [CivilDateTime] {
        let zone = try slow.database.zone(location.zone)
        return (slow.bookings.people[practitioner.key]?.visits ?? [])
            .filter {
                $0.seats != nil && $0.visitType == StableKey.visitType(type.key)
                    && $0.place == StableKey.place(location.key)
            }
            .map { zone.civil(at: $0.start) }
    }

    @Test("why nobody can is the furthest of what is said of everybody everywhere")
    func nobody() throws {
        let database = try ScheduleWorld.database()
        var refusals: Set<SlotRefusal> = []
        var offered = 0
        for seed in UInt64(1)...Self.worlds / 3 {
            let world = try ScheduleWorld.random(seed: seed, database: database)
            let finder = SlotFinder(try world.plan(database))
            var draw = ScheduleDraw(state: seed &* 53)
            for type in world.visitTypes {
                for number in 0..<12 {
                    let day = world.from.adding(days: draw.below(world.from.days(until: world.to) + 1))
                    let minute = draw.chance(0.7) ? draw.below(288) * 5 : draw.below(1_440)
                    let time = try #require(
                        CivilTime(hour: minute / 60, minute: minute % 60, second: draw.chance(0.02) ? 7 : 0))
                    let local = CivilDateTime(date: day, time: time)
                    let most = 1 + number / 4 % 2
                    let people = number.isMultiple(of: 3) ? Set(world.practitioners.prefix(most).map(\.key)) : nil
                    let places = number.isMultiple(of: 4) ? Set(world.locations.suffix(most).map(\.key)) : nil
                    let found = try finder.whyNobody(
                        type.key, at: local, practitioners: people, locations: places, world.bookings,
                        visitor: world.visitor, now: world.now)
                    let expected = try Self.furthest(finder, world, type, local, people, places)
                    #expect(found == expected, "seed \(seed), \(type.key), \(local)")
                    if found != expected { return }
                    if let found { refusals.insert(found) } else { offered += 1 }
                }
            }
        }
        #expect(offered > 10 && refusals.count > 15)
    }

    /// Everybody is asked everywhere, one by one.
    private static func furthest(
        _ finder: SlotFinder, _ world: ScheduleWorld, _ type: VisitTypeDefinition, _ local: CivilDateTime,
        _ people: Set<String>?, _ places: Set<String>?
    ) throws -> SlotRefusal? {
        let order = SlotRefusal.allCases
        var nearest = SlotRefusal.practitionerNotAllowed
        for practitioner in world.practitioners where people?.contains(practitioner.key) ?? true {
            for location in world.locations where places?.contains(location.key) ?? true {
                let refusal = try finder.whyNot(
                    .init(
                        visitType: type.key, practitioner: practitioner.key, location: location.key, localStart: local),
                    world.bookings, visitor: world.visitor, now: world.now)
                guard let refusal else { return nil }
                if let one = order.firstIndex(of: refusal), let other = order.firstIndex(of: nearest), one > other {
                    nearest = refusal
                }
            }
        }
        return nearest
    }

    @Test("a limit gives the earliest slots of the whole answer")
    func limit() throws {
        let database = try ScheduleWorld.database()
        for seed in UInt64(1)...30 {
            let world = try ScheduleWorld.random(seed: seed, database: database)
            let finder = SlotFinder(try world.plan(database))
            for type in world.visitTypes {
                var request = SlotRequest(visitType: type.key, from: world.from, to: world.to)
                let all = finder.slots(for: request, world.bookings, visitor: world.visitor, now: world.now)
                request.limit = 7
                let some = finder.slots(for: request, world.bookings, visitor: world.visitor, now: world.now)
                #expect(some == Array(all.prefix(7)))
            }
        }
    }

    @Test("a template, a visit type or a place that does not exist is a clear fault")
    func unknown() throws {
        let database = try ScheduleWorld.database()
        let world = try ScheduleWorld.random(seed: 1, database: database)
        let plan = try world.plan(database)
        let local = try #require(CivilDateTime(iso: "2026-11-30T09:00"))
        let question = SlotFinder.Question(
            visitType: "nothing", practitioner: "person-0", location: "place-0", localStart: local)
        #expect(throws: Fault.self) { _ = try SlotFinder(plan).whyNot(question, busy: .none, now: world.now) }
        #expect(throws: Fault.self) {
            _ = try SchedulePlan(
                locations: [], practitioners: world.practitioners, visitTypes: world.visitTypes, timeZones: database)
        }
    }
}
