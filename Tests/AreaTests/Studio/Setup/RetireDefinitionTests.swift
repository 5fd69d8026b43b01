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

@Suite("Retiring a definition")
struct RetireDefinitionTests {
    /// Says the same of everything.
    private struct Uses: DefinitionUses {
        var found: [DefinitionUse] = []

        func uses(
            of kind: DefinitionKind, _ key: String, at now: Instant, in transaction: any Transaction
        ) throws -> [DefinitionUse] { found }
    }

    private static func blueprint() throws -> Blueprint {
        var blueprint = try SmallBlueprint.make()
        var other = try SmallBlueprint.location()
        other.key = "other"
        blueprint.locations.append(other)
        return blueprint
    }

    private static func apply(
        _ blueprint: Blueprint, replacing: Bool = false, _ world: TestWorld
    ) async throws -> ApplyBlueprint.Outcome {
        let apply = ApplyBlueprint(
            blueprint, zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions, replacesEdits: replacing)
        return try await world.spine.perform(apply, as: world.caller(.definitionWrite))
    }

    private static func retire(
        _ kind: DefinitionKind, _ key: String, version: Int = 1, reason: String = "Sold", uses: [DefinitionUse] = [],
        _ world: TestWorld, as caller: Caller? = nil
    ) async throws -> Int {
        try await world.spine.perform(
            RetireDefinition(
                kind, key, version: version, reason: reason, zones: SmallBlueprint.zones,
                permissions: SmallBlueprint.permissions, uses: Uses(found: uses)),
            as: caller ?? world.caller(.definitionWrite))
    }

    private static func code(_ body: () async throws -> Void) async throws -> String? {
        do {
            try await body()
            return nil
        } catch let fault as Fault {
            return fault.code
        }
    }

    private static func versions(_ key: String, _ world: TestWorld) async throws -> [String] {
        try await world.stores.main.read(world.tenant) { transaction in
            try transaction.rows(
                """
                SELECT version, state, origin, reason FROM definition
                WHERE tenant = \(.tenant) AND key = \(key) ORDER BY kind, version
                """
            ).map { row in
                let version: Int = try row["version"]
                let (state, origin): (String, String) = (try row["state"], try row["origin"])
                let reason: String? = try row["reason"]
                return "\(version) \(state) \(origin) \(reason ?? "-")"
            }
        }
    }

    private static func reader(_ world: TestWorld) async throws -> DefinitionReader {
        let reader = DefinitionReader(
            database: world.stores.main, clock: world.clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await reader.load(world.tenant)
        return reader
    }

    @Test(
        "it is a version of its own, every node reads it, and publishing puts it back", arguments: TestStores.engines)
    func retired(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            let blueprint = try Self.blueprint()
            _ = try await Self.apply(blueprint, world)
            // Another node, that has read what was published.
            let node = try await Self.reader(world)
            let before = try node.configuration(of: world.tenant)
            #expect(before.resources["interpreter"] != nil && before.retired.resources.isEmpty)
            #expect(try await Self.retire(.resource, "interpreter", world) == 2)
            try await node.refresh(of: world.tenant)
            let after = try node.configuration(of: world.tenant)
            #expect(after.revision > before.revision)
            #expect(after.resources["interpreter"] == nil)
            #expect(after.known(resource: "interpreter") == before.resources["interpreter"]?.value)
            #expect(after.retired.resources["interpreter"]?.version == 2)
            #expect(
                try await Self.versions("interpreter", world)
                    == ["1 retired blueprint -", "2 retired retirement Sold"])
            #expect(try await world.count("SELECT COUNT(*) FROM event WHERE kind = 'definition.retired'") == 1)
            // It is not there to be retired once more.
            #expect(
                try await Self.code { _ = try await Self.retire(.resource, "interpreter", version: 2, world) }
                    == "definition.changed")
            let back = PublishDefinition(
                .resource(blueprint.resources[0]), version: 2, reason: "Bought again", zones: SmallBlueprint.zones,
                permissions: SmallBlueprint.permissions)
            #expect(try await world.spine.perform(back, as: world.caller(.definitionWrite)) == 3)
            try await node.refresh(of: world.tenant)
            let again = try node.configuration(of: world.tenant)
            #expect(again.resources["interpreter"]?.version == 3 && again.retired.resources.isEmpty)
            #expect(
                try await Self.versions("interpreter", world).last == "3 published blueprint Bought again")
        }
    }

    @Test("what is refused leaves everything as it was", arguments: TestStores.engines)
    func refused(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            _ = try await Self.apply(try Self.blueprint(), world)
            func code(
                _ kind: DefinitionKind = .resource, _ key: String = "interpreter", version: Int = 1,
                reason: String = "Sold", uses: [DefinitionUse] = [], as caller: Caller? = nil
            ) async throws -> String? {
                try await Self.code {
                    _ = try await Self.retire(
                        kind, key, version: version, reason: reason, uses: uses, world, as: caller)
                }
            }
            #expect(try await code(uses: [DefinitionUse(.visits, 1)]) == "definition.used")
            // A practitioner's blocks are there, and only they can give the visit.
            #expect(try await code(.location, "main") == "definition.errors")
            #expect(try await code(.practitioner, "ana") == "definition.errors")
            #expect(try await code(version: 0) == "definition.changed")
            #expect(try await code(version: 2) == "definition.changed")
            #expect(try await code(.resource, "nothing", version: 0) == "definition.changed")
            #expect(try await code(reason: "") == "request.invalid")
            #expect(try await code(reason: String(repeating: "x", count: 201)) == "request.invalid")
            for kind in [DefinitionKind.waitlistPolicy, .referralPolicy, .organization, .role] {
                #expect(try await code(kind, "standard") == "definition.kept", "\(kind)")
            }
            let denied = try await code(as: world.caller(.definitionRead))
            #expect(denied != nil && denied != "definition.used")
            #expect(try await Self.versions("interpreter", world) == ["1 published blueprint -"])
            #expect(try await world.count("SELECT COUNT(*) FROM event WHERE kind = 'definition.retired'") == 0)
        }
    }

    @Test(
        "a folder that is applied leaves it retired, unless it is told to replace what was edited",
        arguments: TestStores.engines)
    func applied(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            let blueprint = try Self.blueprint()
            _ = try await Self.apply(blueprint, world)
            _ = try await Self.retire(.location, "other", world)
            let kept = try await Self.apply(blueprint, world)
            #expect(kept.kept == ["location/other"] && kept.published.isEmpty)
            // A folder that cannot do without it is refused as a whole.
            var needing = blueprint
            needing.practitioners[0].templates[0].location = "other"
            let refused = needing
            #expect(try await Self.code { _ = try await Self.apply(refused, world) } == "blueprint.retired")
            #expect(try await Self.versions("ana", world) == ["1 published blueprint -"])
            let back = try await Self.apply(refused, replacing: true, world)
            #expect(Set(back.published) == ["location/other", "practitioner/ana"] && back.kept.isEmpty)
            #expect(try await Self.reader(world).configuration(of: world.tenant).locations["other"]?.version == 3)
        }
    }

    @Test("what a removal breaks elsewhere is an error, what was wrong before is none")
    func elsewhere() throws {
        let blueprint = try Self.blueprint()
        func found(_ definition: AnyDefinition) -> SetupCheck {
            SetupCheck(
                without: definition, among: blueprint.definitions, zones: SmallBlueprint.zones,
                permissions: SmallBlueprint.permissions)
        }
        let place = found(.location(blueprint.locations[0]))
        #expect(place.own.isEmpty)
        #expect(Set(place.errors.map(\.kind)).isSuperset(of: [.practitioner, .resource, .referralPolicy]))
        #expect(found(.location(blueprint.locations[1])).errors.isEmpty)
        #expect(found(.resource(blueprint.resources[0])).errors.isEmpty)
    }
}
