import Kernel
import Logging
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Vault
import Web

@Suite("Publishing a definition from its form")
struct PublishDefinitionTests {
    private static func prepare(_ world: TestWorld) async throws -> VisitTypeDefinition {
        let blueprint = try SmallBlueprint.make()
        let apply = ApplyBlueprint(
            blueprint, zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions)
        _ = try await world.spine.perform(apply, as: world.caller(.definitionWrite))
        return blueprint.visitTypes[0]
    }

    private static func publish(
        _ visit: VisitTypeDefinition, version: Int, reason: String = "Asked for", _ world: TestWorld,
        as caller: Caller? = nil
    ) async throws -> Int {
        try await world.spine.perform(
            PublishDefinition(
                .visitType(visit), version: version, reason: reason, zones: SmallBlueprint.zones,
                permissions: SmallBlueprint.permissions), as: caller ?? world.caller(.definitionWrite))
    }

    private static func code(_ body: () async throws -> Int) async -> String? {
        do {
            _ = try await body()
            return nil
        } catch let fault as Fault {
            return fault.code
        } catch {
            return "\(error)"
        }
    }

    private static func state(_ world: TestWorld) async throws -> [String] {
        try await world.stores.main.read(world.tenant) { transaction in
            try transaction.rows(
                """
                SELECT version, state, origin, reason FROM definition
                WHERE tenant = \(.tenant) AND kind = 'visit-type' ORDER BY version
                """
            ).map { row in
                let version: Int = try row["version"]
                let (state, origin): (String, String) = (try row["state"], try row["origin"])
                let reason: String? = try row["reason"]
                return "\(version) \(state) \(origin) \(reason ?? "-")"
            }
        }
    }

    @Test("a new version stands with its reason, and the one before is retired", arguments: TestStores.engines)
    func published(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            var visit = try await Self.prepare(world)
            let shipped = visit
            visit.bufferAfter = 15
            #expect(try await Self.publish(visit, version: 1, world) == 2)
            // Gone back to what the blueprint says, it follows the next one again.
            #expect(try await Self.publish(shipped, version: 2, reason: "Back", world) == 3)
            let state = try await Self.state(world)
            #expect(
                state == ["1 retired blueprint -", "2 retired console Asked for", "3 published blueprint Back"])
        }
    }

    @Test("what is refused leaves everything as it was", arguments: TestStores.engines)
    func refused(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            let visit = try await Self.prepare(world)
            var never = visit
            never.minutes = 700
            var early = visit
            early.bufferAfter = 15
            let (impossible, changed) = (never, early)
            #expect(await Self.code { try await Self.publish(impossible, version: 1, world) } == "definition.errors")
            #expect(await Self.code { try await Self.publish(changed, version: 0, world) } == "definition.changed")
            #expect(await Self.code { try await Self.publish(changed, version: 9, world) } == "definition.changed")
            let noReason = await Self.code { try await Self.publish(changed, version: 1, reason: "", world) }
            #expect(noReason == "request.invalid")
            let nobody = world.caller(.patientRead)
            let denied = await Self.code { try await Self.publish(changed, version: 1, world, as: nobody) }
            #expect(denied != nil && denied != "definition.changed")
            #expect(try await Self.state(world) == ["1 published blueprint -"])
        }
    }

    @Test("of two who publish from one version, one is refused", arguments: TestStores.engines)
    func race(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            var visit = try await Self.prepare(world)
            visit.bufferAfter = 15
            let changed = visit
            async let one = Self.code { try await Self.publish(changed, version: 1, reason: "One", world) }
            async let other = Self.code { try await Self.publish(changed, version: 1, reason: "Other", world) }
            let codes = [await one, await other]
            #expect(codes.filter { $0 == nil }.count == 1)
            #expect(codes.contains("definition.changed"))
            #expect(try await Self.state(world).count == 2)
        }
    }

    @Test("what one change breaks elsewhere is an error, what was wrong before is none")
    func elsewhere() throws {
        var blueprint = try SmallBlueprint.make()
        let person = blueprint.practitioners[0]
        var idle = person
        idle.templates = []
        let found = SetupCheck(
            .practitioner(idle), among: blueprint.definitions, zones: SmallBlueprint.zones,
            permissions: SmallBlueprint.permissions)
        #expect(found.own.isEmpty)
        #expect(found.elsewhere.map(\.kind) == [.visitType])
        #expect(found.errors.count == 1)
        // A practice that is broken already can still be mended elsewhere.
        blueprint.practitioners = [idle]
        blueprint.locations[0].phone = "+13035550109"
        let mended = SetupCheck(
            .location(blueprint.locations[0]), among: blueprint.definitions, zones: SmallBlueprint.zones,
            permissions: SmallBlueprint.permissions)
        #expect(mended.errors.isEmpty)
    }
}
