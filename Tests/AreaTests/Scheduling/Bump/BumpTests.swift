import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Bump list")
struct BumpTests {
    private func rights(_ world: BookingWorld) -> Caller {
        world.world.caller(
            ConversationsWorld.agentRights.union([.bumpRead, .bumpWrite]), actor: world.agent.actor)
    }

    private func record(_ world: BookingWorld) async throws -> ID<ScheduleAbsence> {
        let from = try #require(CivilDateTime(iso: "2026-03-05T07:00"))
        let to = try #require(CivilDateTime(iso: "2026-03-05T18:00"))
        let request = AbsenceRequest(kind: .practitioner, key: "elena-alvarez", from: from, to: to, reason: .illness)
        let bump = BumpDesk(world.desk)
        return ID(raw: try await world.world.spine.perform(RecordAbsence(request, bump: bump), as: rights(world)))
    }

    private func lines(_ world: BookingWorld) async throws -> [(id: ID<BumpedVisit>, state: String, held: Bool)] {
        try await world.base.rows(
            "SELECT id, state, hold FROM bump_visit WHERE tenant = \(.tenant) ORDER BY rank, id"
        ).map { row in
            let hold: Int64? = try row["hold"]
            return (try row["id"], try row["state"], hold != nil)
        }
    }

    @Test(
        "an absence takes its time at once, and its visits wait with a time held for each",
        arguments: TestStores.engines)
    func recorded(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(3)
            _ = try await world.book(people[0], "09:00")
            _ = try await world.book(people[1], "10:00")
            _ = try await record(world)
            #expect(try await world.slots().isEmpty)
            let refused = try await world.fault { _ = try await world.book(people[2], "11:00") }
            #expect(refused == "slot.taken")
            try await world.settle()
            let lines = try await lines(world)
            #expect(lines.map(\.state) == ["waiting", "waiting"] && lines.allSatisfy(\.held))
            let distinct = try await world.count(
                "SELECT COUNT(DISTINCT start_at) FROM slot_hold WHERE tenant = \(.tenant) AND state = 'held'")
            #expect(distinct == 2)
        }
    }

    @Test(
        "placing moves a visit once, leaves no free time behind, and the last one closes the list",
        arguments: TestStores.engines)
    func placed(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let first = try await world.book(people[0], "09:00")
            _ = try await world.book(people[1], "10:00")
            _ = try await record(world)
            try await world.settle()
            let bump = BumpDesk(world.desk)
            let lines = try await lines(world)
            #expect(try await world.world.spine.perform(PlaceBumped(lines[0].id, bump: bump), as: rights(world)))
            let again = try await world.world.spine.perform(PlaceBumped(lines[0].id, bump: bump), as: rights(world))
            #expect(!again)
            #expect(
                try await world.count(
                    "SELECT COUNT(*) FROM appointment WHERE tenant = \(.tenant) AND id = \(first.id) AND placement = 1")
                    == 1)
            _ = try await world.world.spine.perform(CancelBumped(lines[1].id, bump: bump), as: rights(world))
            try await world.settle()
            #expect(try await world.slots().isEmpty)
            #expect(try await self.lines(world).map(\.state).sorted() == ["cancelled", "moved"])
            #expect(try await world.count("SELECT COUNT(*) FROM schedule_absence WHERE state = 'closed'") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM waitlist_opening") == 0)
        }
    }

    @Test("an absence that is withdrawn gives its time back and keeps its visits", arguments: TestStores.engines)
    func withdrawn(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(1)
            _ = try await world.book(people[0], "09:00")
            let before = try await world.slots()
            let id = try await record(world)
            try await world.settle()
            let bump = BumpDesk(world.desk)
            #expect(try await world.world.spine.perform(WithdrawAbsence(id, bump: bump), as: rights(world)))
            #expect(try await world.slots() == before)
            #expect(try await lines(world).map(\.state) == ["kept"])
            #expect(try await world.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 0)
        }
    }
}
