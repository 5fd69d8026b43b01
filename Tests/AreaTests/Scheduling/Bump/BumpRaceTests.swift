import Foundation
import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import Synchronization
import TestKit
import Testing
import TimeZones
import Vault

/// An absence that is recorded while others book and move.
@Suite("Bump list, at the same time")
struct BumpRaceTests {
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isUp: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }

    /// Runs `work` in a transaction that stays open for a while, and an absence beside it.
    private func beside(
        _ world: BumpWorld, _ work: @escaping @Sendable (CommandContext) throws -> Int64
    ) async throws -> ID<Appointment> {
        let begun = Flag()
        let command = Work<Int64> { context in
            let id = try work(context)
            begun.raise()
            Thread.sleep(forTimeInterval: 0.4)
            return id
        }
        let (spine, manager) = (world.spine, world.manager)
        async let done = spine.perform(command, as: manager)
        for _ in 0..<1_000 where !begun.isUp { try await Task.sleep(for: .milliseconds(5)) }
        #expect(begun.isUp)
        _ = try await world.record(try world.request(offers: false))
        return ID(raw: try await done)
    }

    @Test(
        "a visit whose booking is not yet through when the absence begins is on its list", arguments: TestStores.engines
    )
    func booking(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let patient = try await world.base.patients(1)[0]
            let (desk, question) = (world.base.desk, try BookingWorld.question("09:00"))
            let visit = try await beside(world) { context in
                try context.run(BookAppointment(.slot(question, patient: patient), desk: desk)).id
            }
            #expect(try await world.lines().map(\.appointment) == [visit])
            #expect(try await world.base.slots().isEmpty)
        }
    }

    @Test(
        "a visit that is moved out of the way meanwhile is not on the list, and not called off",
        arguments: TestStores.engines)
    func moving(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let patient = try await world.base.patients(1)[0]
            let visit = try await world.base.book(patient, "09:00")
            let (desk, question) = (world.base.desk, try BookingWorld.question("09:00", day: "2026-03-12"))
            let moved = try await beside(world) { context in
                try context.run(MoveAppointment(ID(raw: visit.id), to: .slot(question), desk: desk)).id
            }
            #expect(moved.raw == visit.id)
            #expect(try await world.lines().isEmpty)
            #expect(try await world.lists("closed") == 1)
        }
    }

    @Test("of many who book while an absence begins each is refused or listed", arguments: TestStores.engines)
    func many(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let times = ["08:00", "08:45", "09:30", "10:15", "11:00"]
            let people = try await world.base.patients(times.count)
            let outcomes = await BookingTests.together(times.count + 1) { index in
                if index == times.count {
                    _ = try await world.record(try world.request(offers: false))
                    return "recorded"
                }
                return try await world.base.fault { _ = try await world.base.book(people[index], times[index]) }
                    ?? "booked"
            }
            #expect(outcomes.last == "recorded")
            let refusals: Set = ["slot.absent", "slot.taken"]
            #expect(outcomes.dropLast().allSatisfy { $0 == "booked" || refusals.contains($0) }, "\(outcomes)")
            #expect(try await world.lines().count == outcomes.count { $0 == "booked" })
        }
    }
}
