import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

/// Thursday 5 March 2026: a visit from 9:00 to 9:40 that was marked as missed at 9:10.
@Suite("Arriving after a no-show")
struct LateArrivalTests {
    private static func with(
        _ engine: Engine, _ body: @escaping (BookingWorld, ID<Appointment>) async throws -> Void
    ) async throws {
        try await BookingWorld.with(engine) { world in
            let visit = ID<Appointment>(raw: try await world.book(try await world.patient()).id)
            world.world.clock.advance(by: .days(3) + .hours(1) + .minutes(10))
            _ = try await world.world.spine.perform(MarkNoShow(visit, desk: world.desk), as: world.agent)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
            try await body(world, visit)
        }
    }

    private func arrive(_ world: BookingWorld, _ visit: ID<Appointment>) async throws -> RetakenTime? {
        try await world.world.spine.perform(ArriveAppointment(visit, desk: world.desk), as: world.agent).retaken
    }

    /// Somebody else's time with the practitioner, in minutes from now.
    private func take(_ world: BookingWorld, from: Int, to: Int) async throws {
        let key = BookableResource.practitioner("elena-alvarez").key
        let now = world.world.clock.now()
        try await world.world.stores.main.write(world.world.tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner)
                VALUES (\(.tenant), \(key), 0, \(now + .minutes(from)), \(now + .minutes(to)), 77)
                """)
        }
    }

    /// Minutes of the practitioner that the visit has.
    private func minutes(_ world: BookingWorld, _ visit: ID<Appointment>) async throws -> Int {
        let key = BookableResource.practitioner("elena-alvarez").key
        let rows = try await world.base.rows(
            """
            SELECT start_at, end_at FROM booking_interval
            WHERE tenant = \(.tenant) AND owner = \(visit) AND resource = \(key)
            """)
        return try rows.reduce(0) { sum, row in
            let start: Int64 = try row.value(at: 0), end: Int64 = try row.value(at: 1)
            return sum + Int((end - start) / 60_000_000)
        }
    }

    @Test("the time that is left is the visit's again, and nobody else's", arguments: TestStores.engines)
    func all(engine: Engine) async throws {
        try await Self.with(engine) { world, visit in
            #expect(try await arrive(world, visit) == .all)
            #expect(try await minutes(world, visit) == 30)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM event WHERE body LIKE '%\"time\":%all%'") == 1)
            _ = try await world.world.spine.perform(CompleteAppointment(visit, desk: world.desk), as: world.agent)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }

    @Test(
        "what somebody else has stays theirs, and the patient is checked in all the same", arguments: TestStores.engines
    )
    func givenAway(engine: Engine) async throws {
        for (from, to, left, expected) in [(0, 30, 0, RetakenTime.nothing), (10, 20, 20, .part), (20, 60, 20, .part)] {
            try await Self.with(engine) { world, visit in
                try await take(world, from: from, to: to)
                #expect(try await arrive(world, visit) == expected)
                #expect(try await minutes(world, visit) == left)
                #expect(try await world.count("SELECT COUNT(*) FROM appointment WHERE status = 'arrived'") == 1)
                #expect(try await world.count("SELECT COUNT(*) FROM booking_interval WHERE owner = 77") == 1)
            }
        }
    }

    @Test("a hold that ran out is in nobody's way; after the visit's end nothing is left to take")
    func overByNow() async throws {
        try await Self.with(.sqlite) { world, visit in
            let key = BookableResource.practitioner("elena-alvarez").key
            let now = world.world.clock.now()
            try await world.world.stores.main.write(world.world.tenant) { transaction in
                try transaction.send(
                    """
                    INSERT INTO booking_interval (tenant, resource, lane, start_at, end_at, owner, expires_at)
                    VALUES (\(.tenant), \(key), 0, \(now), \(now + .minutes(20)), 78, \(now - .minutes(1)))
                    """)
            }
            #expect(try await arrive(world, visit) == .all)
            #expect(try await minutes(world, visit) == 30)
        }
        try await Self.with(.sqlite) { world, visit in
            world.world.clock.advance(by: .hours(1))
            let retaken = try await arrive(world, visit)
            #expect(retaken == .over)
            #expect(try await world.count("SELECT COUNT(*) FROM booking_interval") == 0)
        }
    }

    @Test("who is checked in without having been missed is told nothing of it")
    func usual() async throws {
        try await BookingWorld.with(.sqlite) { world in
            let visit = ID<Appointment>(raw: try await world.book(try await world.patient()).id)
            world.world.clock.advance(by: .days(3) + .hours(1))
            #expect(try await arrive(world, visit) == nil)
            #expect(try await arrive(world, visit) == nil)
        }
    }
}
