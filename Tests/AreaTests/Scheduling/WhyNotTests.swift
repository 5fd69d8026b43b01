import Kernel
import Scheduling
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// Reasons of rooms, devices and interpreters, and of a minute that nobody has.
@Suite("Why a thing or anybody cannot be had")
struct WhyNotTests {
    /// Not to be used on Tuesday 10 March.
    private static func repaired() throws -> ResourceDefinition {
        let day = DefinitionDate(try #require(CivilDate(iso: "2026-03-10")))
        return ResourceDefinition(
            key: "procedure-2", names: LocalizedText("Second room"), type: .room, locations: ["denver-northside"],
            features: ["other"], exceptions: [AvailabilityException(effect: .away, firstDay: day, lastDay: day)])
    }

    private static func with(_ engine: Engine, _ body: @escaping (BookingWorld) async throws -> Void) async throws {
        let type = ThingTests.procedure(
            VisitRules(resources: [ResourceNeed(type: .room, features: ["test-procedure"], after: 15)]))
        try await ThingTests.with(
            engine, [.resource(ThingTests.room), .resource(try repaired()), .visitType(type)]
        ) { world in
            try await body(world)
        }
    }

    @Test("each reason of a room or an interpreter is told, and none where it is free", arguments: TestStores.engines)
    func things(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let patient = try await world.patient()
            // The room is cleaned until 9:45.
            _ = try await world.world.spine.perform(
                BookAppointment(.slot(try ThingTests.question("elena-alvarez"), patient: patient), desk: world.desk),
                as: world.agent)
            let table: [(thing: String, place: String?, time: String, refusal: ThingRefusal?)] = [
                ("procedure-1", "flagstaff", "2026-03-09T09:00", .notHere),
                ("procedure-1", nil, "2026-03-08T02:30", .skippedByClocks),
                ("procedure-1", nil, "2026-03-09T06:59", .outsideHours),
                ("procedure-1", nil, "2026-03-09T08:59", nil),
                ("procedure-1", nil, "2026-03-09T09:00", .taken),
                ("procedure-1", nil, "2026-03-09T09:44", .taken),
                ("procedure-1", nil, "2026-03-09T09:45", nil),
                ("procedure-2", nil, "2026-03-09T09:00", nil),
                ("procedure-2", nil, "2026-03-10T09:00", .away),
                ("procedure-2", nil, "2026-03-10T06:59", .outsideHours),
                ("interpreter-navajo", nil, "2026-03-11T11:59", nil),
                ("interpreter-navajo", nil, "2026-03-11T12:00", .outsideHours),
                ("interpreter-spanish", "flagstaff", "2026-03-09T09:00", nil),
            ]
            for line in table {
                let start = try #require(CivilDateTime(iso: line.time))
                let refusal = try await world.world.spine.ask(
                    AskWhyNotThing(
                        line.thing, location: line.place, localStart: start, now: world.world.clock.now(),
                        desk: world.desk), as: world.agent)
                #expect(refusal == line.refusal, "\(line.thing) \(line.time)")
            }
            #expect(Set(table.compactMap(\.refusal)) == Set(ThingRefusal.allCases))
        }
    }

    @Test("what is at several places has a reason at one of them only", arguments: TestStores.engines)
    func somewhere(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let start = try #require(CivilDateTime(iso: "2026-03-09T09:00"))
            for (thing, code) in [("interpreter-spanish", "request.invalid"), ("no-such-room", "schedule.unknown")] {
                let fault = try await world.fault {
                    _ = try await world.world.spine.ask(
                        AskWhyNotThing(
                            thing, location: nil, localStart: start, now: world.world.clock.now(), desk: world.desk),
                        as: world.agent)
                }
                #expect(fault == code)
            }
        }
    }

    /// The reason of everybody at every place: nil where somebody can.
    private func reasons(_ world: BookingWorld, _ type: String, _ start: CivilDateTime) async throws -> [SlotRefusal?] {
        let plan = try world.desk.plans.plan(of: world.world.tenant)
        let definition = try #require(plan.visitTypes[type])
        var found: [SlotRefusal?] = []
        for person in plan.practitioners(for: definition) {
            for place in plan.locations {
                let question = SlotFinder.Question(
                    visitType: type, practitioner: person.key, location: place.key, localStart: start)
                found.append(
                    try await world.world.spine.ask(
                        AskWhyNot(question, patient: nil, now: world.world.clock.now(), desk: world.desk),
                        as: world.agent))
            }
        }
        return found
    }

    @Test(
        "where nobody can be had the reason is the nearest of all practitioners' at all places",
        arguments: TestStores.engines)
    func nobody(engine: Engine) async throws {
        try await Self.with(engine) { world in
            let patient = try await world.patient()
            _ = try await world.world.spine.perform(
                BookAppointment(.slot(try ThingTests.question("elena-alvarez"), patient: patient), desk: world.desk),
                as: world.agent)
            let order = SlotRefusal.allCases
            // The only room is taken; it is free again; nobody is open; no visit begins then; too soon.
            let expected: [(time: String, reason: SlotRefusal?)] = [
                ("2026-03-09T09:30", .noRoom), ("2026-03-09T09:45", nil), ("2026-03-15T10:00", .locationClosed),
                ("2026-03-09T09:50", .offStep), ("2026-03-02T08:15", .tooSoon),
            ]
            for (time, reason) in expected {
                let start = try #require(CivilDateTime(iso: time))
                let all = try await reasons(world, "procedure-test", start)
                let told = try await world.world.spine.ask(
                    AskWhyNobody(
                        visitType: "procedure-test", practitioners: nil, locations: nil, localStart: start,
                        patient: nil, now: world.world.clock.now(), desk: world.desk), as: world.agent)
                #expect(told == reason, "\(time)")
                let nearest = all.compactMap { $0 }.max { first, second in
                    (order.firstIndex(of: first) ?? 0) < (order.firstIndex(of: second) ?? 0)
                }
                #expect(all.count > 5 && told == (all.contains(nil) ? nil : nearest), "\(time)")
            }
        }
    }
}
