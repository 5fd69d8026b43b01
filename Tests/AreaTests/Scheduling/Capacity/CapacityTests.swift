import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// Monday 2 March 2026, 8:00 in Denver; Dr. Alvarez sees people there on Mondays, Tuesdays and Thursdays.
@Suite("Reading capacity")
struct CapacityTests {
    private func reader(_ world: BookingWorld) -> Caller {
        world.world.caller(
            ConversationsWorld.agentRights.union([.capacityRead]), actor: world.agent.actor)
    }

    @Test(
        "visits are counted where and when they are, missed and called off ones told apart",
        arguments: TestStores.engines)
    func counts(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let lin = try await world.patient("Lin", number: 143)
            _ = try await world.book(maria, "09:00")
            let called = try await world.book(lin, "10:00")
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: called.id), reason: .patient, telling: false, desk: world.desk),
                as: world.agent)
            let caller = reader(world)
            let now = world.world.clock.now()
            var choice = CapacityChoice(period: .next4, practitioner: "elena-alvarez")
            let answer = try await world.world.spine.ask(
                ReadCapacity(choice, now: now, desk: world.desk), as: caller)
            #expect(answer.visits.count == 2 && answer.count.total.visits == 1 && !answer.isCut)
            #expect(answer.count.total.offered > 0)
            choice.period = .past4
            let past = try await world.world.spine.ask(
                ReadCapacity(choice, now: now, desk: world.desk), as: caller)
            #expect(past.visits.isEmpty && past.count.total.offered > 0)
            choice.period = .next4
            for (part, count) in [(ListCapacityVisits.Part.booked, 1), (.missed, 0), (.late, 0)] {
                let list = try await world.world.spine.ask(
                    ListCapacityVisits(choice, part, days: nil, now: now, desk: world.desk), as: caller)
                #expect(list.total == count && list.visits.count == count, "\(part)")
            }
        }
    }

    @Test(
        "time in a recorded absence, or at a place that is closed, is not offered until it is taken back",
        arguments: TestStores.engines)
    func absences(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let caller = reader(world.base)
            let (spine, bump, desk) = (world.spine, world.bump, world.base.desk)
            func sessions(_ choice: CapacityChoice) async throws -> [OfferedSession] {
                try await spine.ask(
                    ReadCapacity(choice, now: world.base.world.clock.now(), desk: desk), as: caller
                ).sessions
            }
            func record(_ request: AbsenceRequest, then look: () async throws -> Void) async throws {
                let id = try await world.record(request)
                try await look()
                _ = try await spine.perform(WithdrawAbsence(id, bump: bump), as: world.manager)
            }
            let thursday = try #require(CivilDate(iso: "2026-03-05")).daysSinceEpoch
            let hers = CapacityChoice(period: .next4, practitioner: "elena-alvarez")
            let before = try await sessions(hers)
            #expect(before.contains { $0.day == thursday && $0.from == 480 && $0.to == 720 })
            try await record(try world.request(from: "00:00", to: "23:59")) {
                let during = try await sessions(hers)
                #expect(during == before.filter { $0.day != thursday })
            }
            try await record(try world.request(from: "10:00", to: "11:00")) {
                let during = try await sessions(hers).filter { $0.day == thursday && $0.to <= 720 }
                #expect(during.map(\.from) == [480, 660] && during.map(\.to) == [600, 720])
            }
            let here = CapacityChoice(period: .next4, location: "denver-northside")
            let open = try await sessions(here)
            let closing = try world.request(.location, "denver-northside", from: "00:00", to: "23:59")
            try await record(closing) {
                let during = try await sessions(here)
                #expect(during == open.filter { $0.day != thursday } && during.count < open.count)
            }
            let after = try await sessions(hers)
            #expect(after == before)
        }
    }

    @Test("who may not read capacity gets nothing of it")
    func rights() async throws {
        try await BookingWorld.with(.sqlite) { world in
            let now = world.world.clock.now()
            await #expect(throws: Fault.self) {
                _ = try await world.world.spine.ask(
                    ReadCapacity(CapacityChoice(), now: now, desk: world.desk), as: world.agent)
            }
        }
    }

    @Test("what is available is recorded once a day, and read again", arguments: TestStores.engines)
    func recorded(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let job = try #require(
                world.area.capabilities.flatMap(\.recurring).first { $0.name == "daily-availability" })
            let spine = world.world.spine, tenant = world.world.tenant
            let written = try await job.run(spine, tenant)
            #expect(written > 5)
            #expect(try await job.run(spine, tenant) == 0)
            let first = try await spine.ask(
                ReadAvailability(days: 28, now: world.world.clock.now(), desk: world.desk), as: reader(world))
            #expect(first.recorded.count == written && first.now.count == written)
            #expect(first.now.contains { $0.days(3) != nil })
            for next in first.now {
                let row = first.recorded.first { $0.visitType == next.visitType && $0.location == next.location }
                #expect(row?.third == next.days(3) && row?.first == next.days(1))
            }
            world.world.clock.advance(by: .days(1))
            #expect(try await job.run(spine, tenant) == written)
        }
    }

    @Test(
        "demand is what was asked for, told apart by who had been here and by language", arguments: TestStores.engines)
    func demand(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            _ = try await world.book(maria, "09:00")
            let read = try await world.world.spine.ask(
                ReadWhatIf(now: world.world.clock.now(), desk: world.desk), as: reader(world))
            #expect(read.visits == 1 && read.inputs.demand.count == 1)
            let demand = try #require(read.inputs.demand.first)
            #expect(demand.visitType == "annual-physical" && !demand.isEstablished && demand.wishDays == 3)
            #expect(abs(demand.perWeek - 1.0 / 8) < 1e-9)
            #expect(!(read.inputs.bookings.people["elena-alvarez"]?.visits.isEmpty ?? true))
        }
    }
}
