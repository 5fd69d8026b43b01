import Kernel
import Scheduling
import StudioAPI
import Testing
import TimeZones

@Suite("Slot finder")
struct SlotFinderTests {
    @Test("the fast search finds what the slow and obvious one finds, and says why for every other minute")
    func agreesWithTheObviousSearch() throws {
        let database = try ScheduleWorld.database()
        var offered = 0
        var refusals: Set<SlotRefusal> = []
        for seed in UInt64(1)...60 {
            let world = try ScheduleWorld.random(seed: seed, database: database)
            let plan = try SchedulePlan(
                locations: world.locations, practitioners: world.practitioners, visitTypes: world.visitTypes,
                timeZones: database)
            let finder = SlotFinder(plan)
            let slow = SlowSlotFinder(world: world, database: database)
            for type in world.visitTypes {
                let expected = try slow.slots(type)
                let request = SlotRequest(visitType: type.key, from: world.from, to: world.to)
                let found = finder.slots(for: request, busy: world.busy, patient: world.patient, now: world.now)
                #expect(found == expected, "seed \(seed), \(type.key)")
                if found != expected { return }
                offered += found.count
                try reasons(finder, world, type, found, seed, &refusals)
            }
        }
        #expect(offered > 1_000)
        #expect(refusals == Set(SlotRefusal.allCases))
    }

    /// A minute has a reason exactly when it is not offered.
    private func reasons(
        _ finder: SlotFinder, _ world: ScheduleWorld, _ type: VisitTypeDefinition, _ slots: [OpenSlot], _ seed: UInt64,
        _ refusals: inout Set<SlotRefusal>
    ) throws {
        let offered = Set(slots.map { "\($0.practitioner) \($0.location) \($0.localStart.iso)" })
        for practitioner in world.practitioners {
            for location in world.locations {
                for day in world.from.daysSinceEpoch...world.to.daysSinceEpoch {
                    for minute in stride(from: 0, to: 1_440, by: 5) {
                        let time = try #require(CivilTime(hour: minute / 60, minute: minute % 60))
                        let local = CivilDateTime(date: CivilDate(daysSinceEpoch: day), time: time)
                        let refusal = try finder.whyNot(
                            .init(
                                visitType: type.key, practitioner: practitioner.key, location: location.key,
                                localStart: local),
                            busy: world.busy[practitioner.key] ?? .none, patient: world.patient, now: world.now)
                        let isOffered = offered.contains("\(practitioner.key) \(location.key) \(local.iso)")
                        if let refusal { refusals.insert(refusal) }
                        if isOffered != (refusal == nil) {
                            Issue.record("seed \(seed): \(local.iso) \(String(describing: refusal))")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test("a limit gives the earliest slots of the whole answer")
    func limit() throws {
        let database = try ScheduleWorld.database()
        for seed in UInt64(1)...30 {
            let world = try ScheduleWorld.random(seed: seed, database: database)
            let plan = try SchedulePlan(
                locations: world.locations, practitioners: world.practitioners, visitTypes: world.visitTypes,
                timeZones: database)
            for type in world.visitTypes {
                var request = SlotRequest(visitType: type.key, from: world.from, to: world.to)
                let all = SlotFinder(plan).slots(for: request, busy: world.busy, patient: world.patient, now: world.now)
                request.limit = 7
                let some = SlotFinder(plan).slots(
                    for: request, busy: world.busy, patient: world.patient, now: world.now)
                #expect(some == Array(all.prefix(7)))
            }
        }
    }

    @Test("a template, a visit type or a place that does not exist is a clear fault")
    func unknown() throws {
        let database = try ScheduleWorld.database()
        let world = try ScheduleWorld.random(seed: 1, database: database)
        let plan = try SchedulePlan(
            locations: world.locations, practitioners: world.practitioners, visitTypes: world.visitTypes,
            timeZones: database)
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
