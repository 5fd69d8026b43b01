import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault

/// Monday 9 March 2026: two visits at 9:00 that need one of two rooms, marked as missed at 9:10.
@Suite("Rooms of who arrives after a no-show")
struct LateThingsTests {
    private static let rooms = ["procedure-1", "procedure-2"]

    private static func with(
        _ engine: Engine, _ body: @escaping (BookingWorld, [ID<Appointment>]) async throws -> Void
    ) async throws {
        let type = ThingTests.procedure(
            VisitRules(resources: [ResourceNeed(type: .room, features: ["test-procedure"], after: 15)]))
        var second = ThingTests.room
        second.key = rooms[1]
        try await ThingTests.with(
            engine, [.resource(ThingTests.room), .resource(second), .visitType(type)]
        ) { world in
            let people = try await world.patients(2)
            var visits: [ID<Appointment>] = []
            for (patient, practitioner) in zip(people, ["elena-alvarez", "daniel-okafor"]) {
                let question = try ThingTests.question(practitioner)
                let booked = try await world.world.spine.perform(
                    BookAppointment(.slot(question, patient: patient), desk: world.desk), as: world.agent)
                visits.append(ID(raw: booked.id))
            }
            for (visit, room) in zip(visits, rooms) {
                #expect(try await Self.had(world, visit) == [room])
            }
            // The clocks went forward on the eighth.
            world.world.clock.advance(by: .days(7) + .minutes(10))
            for visit in visits {
                _ = try await world.world.spine.perform(MarkNoShow(visit, desk: world.desk), as: world.agent)
            }
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
            try await body(world, visits)
        }
    }

    /// The rooms that a visit has, until 9:45.
    private static func had(_ world: BookingWorld, _ visit: ID<Appointment>) async throws -> [String] {
        let rows = try await world.base.rows(
            """
            SELECT resource, end_at FROM booking_interval WHERE tenant = \(.tenant) AND owner = \(visit)
                AND end_at = (SELECT end_at + 900000000 FROM appointment WHERE tenant = \(.tenant) AND id = \(visit))
            """)
        let keys = try rows.map { try $0.value(at: 0) as Int64 }
        return rooms.filter { keys.contains(BookableResource.thing($0).key) }
    }

    private func take(_ world: BookingWorld, _ room: String) async throws {
        let key = BookableResource.thing(room).key
        let now = world.world.clock.now()
        try await world.world.stores.main.write(world.world.tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                VALUES (\(.tenant), \(key), 0, \(now + .minutes(5)), \(now + .minutes(15)), 77)
                """)
        }
    }

    private func arrive(_ world: BookingWorld, _ visit: ID<Appointment>) async throws -> AppointmentAnswer {
        try await world.world.spine.perform(ArriveAppointment(visit, desk: world.desk), as: world.agent)
    }

    @Test("the room that the visit had is its own again", arguments: TestStores.engines)
    func same(engine: Engine) async throws {
        try await Self.with(engine) { world, visits in
            let answer = try await arrive(world, visits[1])
            #expect(answer.retaken == .all && answer.missing == nil)
            #expect(try await Self.had(world, visits[1]) == ["procedure-2"])
            _ = try await world.world.spine.perform(CompleteAppointment(visits[1], desk: world.desk), as: world.agent)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }

    @Test("another room that serves is taken where somebody has the first one", arguments: TestStores.engines)
    func other(engine: Engine) async throws {
        try await Self.with(engine) { world, visits in
            try await take(world, "procedure-2")
            let answer = try await arrive(world, visits[1])
            #expect(answer.retaken == .all && answer.missing == nil)
            #expect(try await Self.had(world, visits[1]) == ["procedure-1"])
        }
    }

    @Test(
        "where every room is taken the patient is checked in all the same, and it is told",
        arguments: TestStores.engines)
    func none(engine: Engine) async throws {
        try await Self.with(engine) { world, visits in
            _ = try await arrive(world, visits[0])
            try await take(world, "procedure-2")
            let answer = try await arrive(world, visits[1])
            #expect(answer.status == "arrived" && answer.retaken == .all)
            #expect(answer.missing == [.room])
            #expect(try await Self.had(world, visits[1]) == [])
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval WHERE owner = 77") == 1)
            let told = try await world.count("SELECT COUNT(*) FROM event WHERE body LIKE '%missing_things%room%'")
            #expect(told == 1)
        }
    }

    @Test("after its end a visit needs no room")
    func over() async throws {
        try await Self.with(.sqlite) { world, visits in
            world.world.clock.advance(by: .hours(1))
            let answer = try await arrive(world, visits[0])
            #expect(answer.retaken == .over && answer.missing == nil)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }
}
