import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

@Suite("What stands under a definition")
struct ScheduledUsesTests {
    private func uses(_ kind: DefinitionKind, _ key: String, _ world: BookingWorld) async throws -> [DefinitionUse] {
        let now = world.world.clock.now()
        return try await world.world.stores.main.read(world.world.tenant) {
            try ScheduledUses().uses(of: kind, key, at: now, in: $0)
        }
    }

    @Test("a visit stands there until it is over, and not when it is called off", arguments: TestStores.engines)
    func visits(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            let cancelled = try await world.book(people[0])
            _ = try await world.book(people[1], "10:00")
            let named: [(DefinitionKind, String)] = [
                (.practitioner, "elena-alvarez"), (.location, "denver-northside"), (.visitType, "annual-physical"),
            ]
            for (kind, key) in named {
                #expect(try await uses(kind, key, world) == [DefinitionUse(.visits, 2)], "\(key)")
            }
            #expect(try await uses(.practitioner, "elena", world).isEmpty)
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: cancelled.id), reason: .patient, telling: false, desk: world.desk),
                as: world.agent)
            #expect(try await uses(.practitioner, "elena-alvarez", world) == [DefinitionUse(.visits, 1)])
            // Thursday at 10:30 in Denver it goes on; at eleven it is over.
            world.world.clock.advance(by: .days(3) + .hours(2) + .minutes(30))
            #expect(try await uses(.location, "denver-northside", world) == [DefinitionUse(.visits, 1)])
            world.world.clock.advance(by: .minutes(30))
            for (kind, key) in named { #expect(try await uses(kind, key, world).isEmpty, "\(key)") }
        }
    }

    @Test("a time that is held stands there until it expires", arguments: TestStores.engines)
    func holds(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            _ = try await world.hold(try await world.patient())
            #expect(try await uses(.practitioner, "elena-alvarez", world) == [DefinitionUse(.holds, 1)])
            #expect(try await uses(.visitType, "annual-physical", world) == [DefinitionUse(.holds, 1)])
            world.world.clock.advance(by: .hours(2))
            #expect(try await uses(.practitioner, "elena-alvarez", world).isEmpty)
        }
    }

    @Test("a thing has the visits that need it", arguments: TestStores.engines)
    func things(engine: Engine) async throws {
        let type = ThingTests.procedure(
            VisitRules(resources: [ResourceNeed(type: .room, features: ["test-procedure"])]))
        try await ThingTests.with(engine, [.resource(ThingTests.room), .visitType(type)]) { world in
            let people = try await world.patients(2)
            let question = try ThingTests.question("elena-alvarez")
            let booked = try await world.world.spine.perform(
                BookAppointment(.slot(question, patient: people[0]), desk: world.desk), as: world.agent)
            let other = try ThingTests.question("elena-alvarez", "10:00")
            _ = try await world.world.spine.perform(
                HoldSlot(other, patient: people[1], desk: world.desk), as: world.agent)
            #expect(
                try await uses(.resource, "procedure-1", world)
                    == [DefinitionUse(.visits, 1), DefinitionUse(.holds, 1)])
            #expect(try await uses(.resource, "northside-ultrasound", world).isEmpty)
            world.world.clock.advance(by: .hours(2))
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: booked.id), reason: .patient, telling: false, desk: world.desk),
                as: world.agent)
            #expect(try await uses(.resource, "procedure-1", world).isEmpty)
        }
    }

    @Test("those who wait stand under each key they name", arguments: TestStores.engines)
    func waiting(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(2)
            _ = try await world.join(people[0])
            _ = try await world.join(people[1]) {
                $0.practitioners = ["elena-alvarez", "mei-chen"]
                $0.locations = ["denver-northside"]
            }
            let base = world.base
            #expect(try await uses(.visitType, "annual-physical", base) == [DefinitionUse(.waitlist, 2)])
            #expect(try await uses(.practitioner, "mei-chen", base) == [DefinitionUse(.waitlist, 1)])
            #expect(try await uses(.location, "denver-northside", base) == [DefinitionUse(.waitlist, 1)])
            // Part of a key is none.
            #expect(try await uses(.practitioner, "chen", base).isEmpty)
        }
    }

    @Test("an open referral stands under its visit type and its performer", arguments: TestStores.engines)
    func referrals(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            var new = NewReferral(patient: try await world.patient(), kind: .inbound, source: "console")
            new.visitType = "knee-surgery-consult"
            new.performer = "marcus-reyes"
            new.content.reason = "A torn meniscus."
            let clerk = world.world.caller(
                ConversationsWorld.agentRights.union([.referralRead, .referralWrite]), actor: world.agent.actor)
            let answer = try await world.world.spine.perform(RecordReferral(new, desk: world.desk), as: clerk)
            #expect(try await uses(.visitType, "knee-surgery-consult", world) == [DefinitionUse(.referrals, 1)])
            #expect(try await uses(.practitioner, "marcus-reyes", world) == [DefinitionUse(.referrals, 1)])
            _ = try await world.world.spine.perform(
                StepReferral(ID(raw: answer.id), .close(.duplicate, note: nil), desk: world.desk), as: clerk)
            #expect(try await uses(.visitType, "knee-surgery-consult", world).isEmpty)
        }
    }
}
