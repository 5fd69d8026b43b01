import Kernel
import Scheduling
import Testing
import TimeZones

@Suite("The practice that searches are measured on")
struct SlotMeasureTests {
    private static func practice(hasRules: Bool) throws -> SlotMeasure {
        try SlotMeasure(
            practitioners: 16, sites: 8, days: 28, full: 0.8, seed: 5, hasRules: hasRules,
            timeZones: try ScheduleWorld.database())
    }

    @Test("there is something to find by every search, and the reasons of all are judged", arguments: [false, true])
    func finds(hasRules: Bool) throws {
        let world = try Self.practice(hasRules: hasRules)
        #expect((0..<3).allSatisfy { world.searchAll($0) > 0 })
        #expect((0..<9).contains { world.search($0) > 0 })
        #expect((0..<9).allSatisfy { world.rank($0, .anybody) > 0 && world.rank($0, .known) > 0 })
        #expect(world.rank(1, .never) == 0)
        let asked = try (0..<40).map { try world.askNobody($0) }
        #expect(asked.contains(true) && asked.contains(false))
    }

    @Test("procedures have a room, and their limits, ways and kept hours keep times away")
    func rules() throws {
        let world = try Self.practice(hasRules: true)
        let request = SlotRequest(
            visitType: "procedure", from: world.first, to: world.first.adding(days: world.days))
        let found = world.finder.slots(for: request, world.bookings, now: world.now)
        #expect(!found.isEmpty && found.allSatisfy { $0.resources.count == 1 })
        var reasons: Set<SlotRefusal> = []
        for person in 0..<16 {
            for day in 0..<28 {
                for minute in stride(from: 480, to: 1_020, by: 20) {
                    let time = try #require(CivilTime(hour: minute / 60, minute: minute % 60))
                    for site in [person % 8, (person + 4) % 8] {
                        for type in ["procedure", "group", "visit"] {
                            let question = SlotFinder.Question(
                                visitType: type, practitioner: "person-\(person)", location: "site-\(site)",
                                localStart: CivilDateTime(date: world.first.adding(days: day), time: time))
                            let reason = try world.finder.whyNot(question, world.bookings, now: world.now)
                            if let reason { reasons.insert(reason) }
                        }
                    }
                }
            }
        }
        #expect(reasons.isSuperset(of: [.practitionerBusy, .noTimeToTravel, .keptForOthers, .groupFull]))
    }

    @Test("the index needs more than what is searched")
    func memory() throws {
        for hasRules in [false, true] {
            let world = try Self.practice(hasRules: hasRules)
            #expect(world.indexBytes() > world.visits * SlotMeasure.bytesPerVisit)
        }
    }
}
