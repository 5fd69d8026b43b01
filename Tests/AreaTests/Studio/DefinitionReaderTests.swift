import Kernel
import Logging
import Spine
import Store
import Studio
import StudioAPI
import Synchronization
import TestKit
import Testing
import Vault
import Web

@Suite("Reading definitions")
struct DefinitionReaderTests {
    /// What was logged, line by line.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }

        var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.level) \(event.message)") }
    }

    @Test(
        "a configuration that cannot be read again stays in force, which is told once, and the next good one is taken",
        arguments: TestStores.engines)
    func stale(engine: Engine) async throws {
        try await TestWorld.with(engine, migrations: Capability.definitions.schema) { world in
            let apply = ApplyBlueprint(
                try SmallBlueprint.make(), zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions)
            _ = try await world.spine.perform(apply, as: world.caller(.definitionWrite))
            let lines = Lines()
            let reader = DefinitionReader(database: world.stores.main, clock: world.clock, logger: lines.logger)
            try await reader.load(world.tenant)
            let before = try reader.configuration(of: world.tenant)
            let read: @Sendable (any Transaction) throws -> String? = {
                try $0.value("SELECT document FROM definition WHERE tenant = \(.tenant) AND kind = 'team'")
            }
            let document = try #require(try await world.stores.main.read(world.tenant, read))
            try await write("kind: nothing-we-know", revision: 7, world)
            for _ in 0..<3 {
                world.clock.advance(by: .seconds(2))
                #expect(try reader.configuration(of: world.tenant) == before)
                try await wait { !lines.all.isEmpty }
            }
            #expect(lines.all == ["error the published configuration could not be read again"])
            try await write(document, revision: 8, world)
            try await wait {
                world.clock.advance(by: .seconds(2))
                return try reader.configuration(of: world.tenant).revision == 8
            }
            #expect(try reader.configuration(of: world.tenant).teams["desk"]?.value == before.teams["desk"]?.value)
        }
    }

    private func write(_ document: String, revision: Int, _ world: TestWorld) async throws {
        _ = try await world.stores.main.write(world.tenant) { transaction in
            try transaction.execute(
                """
                UPDATE definition SET document = \(document), revision = \(revision)
                WHERE tenant = \(.tenant) AND kind = 'team'
                """)
        }
    }

    /// Until it is so; the reader works beside the questions.
    private func wait(until isSo: () throws -> Bool) async throws {
        for _ in 0..<500 {
            if try isSo() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it did not become so")
    }
}
