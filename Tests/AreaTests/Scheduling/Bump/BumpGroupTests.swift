import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// A group has its room already: that the room is closed since is looked at wherever somebody would join.
@Suite("Absences and groups that meet")
struct BumpGroupTests {
    private static func time(_ clock: String) throws -> CivilDateTime {
        try #require(CivilDateTime(iso: "2026-03-05T" + clock))
    }

    /// The times with Dr. Alvarez on that Thursday, from memory or from the store.
    private static func offered(_ world: BumpWorld, inMemory: Bool) async throws -> [String] {
        let base = world.base
        let desk =
            inMemory
            ? base.desk
            : SchedulingDesk(
                plans: base.desk.plans, directory: base.base.directory, messaging: base.base.messaging, index: nil)
        let day = try time("00:00").date
        let request = SlotRequest(
            visitType: "procedure-test", from: day, to: day, practitioners: ["elena-alvarez"],
            locations: ["denver-northside"])
        return try await world.spine.ask(
            FindSlots(request, now: base.world.clock.now(), desk: desk), as: world.manager
        ).map(\.localStart.time.hhmm)
    }

    private static func whyNot(_ world: BumpWorld) async throws -> SlotRefusal? {
        try await world.spine.ask(
            AskWhyNot(
                try ThingTests.question("elena-alvarez", day: "2026-03-05"), patient: nil,
                now: world.base.world.clock.now(), desk: world.base.desk), as: world.manager)
    }

    private static func join(_ patient: ID<Patient>, _ world: BumpWorld) async throws {
        _ = try await world.spine.perform(
            BookAppointment(
                .slot(try ThingTests.question("elena-alvarez", day: "2026-03-05"), patient: patient),
                desk: world.base.desk), as: world.manager)
    }

    @Test(
        "nobody is offered a place in a group whose room is closed, and why is told as booking tells it",
        arguments: TestStores.engines)
    func room(engine: Engine) async throws {
        let rules = VisitRules(
            resources: [ResourceNeed(type: .room, features: ["test-procedure"])], groupSize: 3)
        let published = try PublishedDefinitions()
        published.publish(.resource(ThingTests.room))
        published.publish(.visitType(ThingTests.procedure(rules)))
        try await BumpWorld.with(engine, definitions: published) { world in
            let people = try await world.base.patients(2)
            try await Self.join(people[0], world)
            for inMemory in [true, false] {
                #expect(try await Self.offered(world, inMemory: inMemory).contains("09:00"))
            }
            #expect(try await Self.whyNot(world) == nil)
            let closed = try await world.record(
                AbsenceRequest(
                    kind: .resource, key: ThingTests.room.key, from: try Self.time("08:30"), to: try Self.time("10:30"),
                    reason: .maintenance, offers: false))
            for inMemory in [true, false] {
                let times = try await Self.offered(world, inMemory: inMemory)
                #expect(!times.contains("09:00") && times.contains("08:00") && times.contains("10:30"))
            }
            #expect(try await Self.whyNot(world) == .thingClosed)
            #expect(try await world.base.fault { try await Self.join(people[1], world) } == "slot.thing-closed")
            _ = try await world.spine.perform(WithdrawAbsence(closed, bump: world.bump), as: world.manager)
            for inMemory in [true, false] {
                #expect(try await Self.offered(world, inMemory: inMemory).contains("09:00"))
            }
            try await Self.join(people[1], world)
        }
    }

    @Test("of people who come together nobody joins a group whose practitioner is away when the others have her time")
    func trip() async throws {
        let alone = VisitTypeDefinition(
            key: "alone-test", names: LocalizedText("Alone"), minutes: 30, serviceLine: "primary-care",
            practitioners: ["elena-alvarez"], leadMinutes: 60, horizonDays: 60,
            rules: VisitRules(startsWithin: ClockRange("08:00-08:15")))
        var group = ThingTests.procedure(VisitRules(groupSize: 3, startsWithin: ClockRange("09:00-09:15")))
        group.practitioners = ["elena-alvarez"]
        let published = try PublishedDefinitions()
        published.publish(.visitType(alone))
        published.publish(.visitType(group))
        try await BumpWorld.with(.sqlite, definitions: published) { world in
            let people = try await world.base.patients(3)
            try await Self.join(people[0], world)
            func trips() async throws -> Int {
                let day = try Self.time("00:00").date
                let comers = [
                    FindTrips.Person(patient: people[1], visitType: "alone-test"),
                    FindTrips.Person(patient: people[2], visitType: "procedure-test"),
                ]
                return try await world.spine.ask(
                    FindTrips(
                        comers, SlotRequest(visitType: "alone-test", from: day, to: day, limit: 3),
                        together: TripTogether(withinMinutes: 240, oneAfterAnother: false),
                        now: world.base.world.clock.now(), desk: world.base.desk), as: world.manager
                ).trips.count
            }
            #expect(try await trips() == 1)
            _ = try await world.record(try world.request(from: "08:45", to: "10:00", offers: false))
            #expect(try await trips() == 0)
        }
    }
}
