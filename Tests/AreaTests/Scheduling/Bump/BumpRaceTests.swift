import Foundation
import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
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

    /// A practice with a kind of visit for three at a time, and a place in the group that meets on Thursday at nine.
    private func withGroup(
        _ engine: Engine, _ body: @escaping (BumpWorld, BookAppointment) async throws -> Void
    ) async throws {
        let published = try PublishedDefinitions()
        published.publish(.visitType(ThingTests.procedure(VisitRules(groupSize: 3))))
        try await BumpWorld.with(engine, definitions: published) { world in
            let people = try await world.base.patients(2)
            let question = try ThingTests.question("elena-alvarez", day: "2026-03-05")
            func place(_ index: Int) -> BookAppointment {
                BookAppointment(.slot(question, patient: people[index]), desk: world.base.desk)
            }
            _ = try await world.spine.perform(place(0), as: world.manager)
            try await body(world, place(1))
        }
    }

    @Test("who is about to join a group when the absence begins is on its list too", arguments: TestStores.engines)
    func joining(engine: Engine) async throws {
        try await withGroup(engine) { world, join in
            let second = try await beside(world) { try $0.run(join).id }
            let listed = try await world.lines().map(\.appointment)
            #expect(listed.count == 2 && listed.contains(second))
        }
    }

    @Test("nobody joins a group of whose absence they could not know when they looked", arguments: TestStores.engines)
    func joiningLate(engine: Engine) async throws {
        try await withGroup(engine) { world, join in
            let request = try world.request(offers: false)
            let (spine, manager, bump) = (world.spine, world.manager, world.bump)
            let begun = Flag()
            let command = Work<Int64> { context in
                let id = try context.run(RecordAbsence(request, bump: bump))
                begun.raise()
                Thread.sleep(forTimeInterval: 0.4)
                return id
            }
            async let recorded = spine.perform(command, as: manager)
            for _ in 0..<1_000 where !begun.isUp { try await Task.sleep(for: .milliseconds(5)) }
            let refused = try await world.base.fault { _ = try await spine.perform(join, as: manager) }
            _ = try await recorded
            #expect(refused == "slot.absent")
            #expect(try await world.lines().count == 1)
            #expect(try await world.base.count("SELECT COUNT(*) FROM appointment") == 1)
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
