import Kernel
import Store
import Studio
import StudioAPI
import Synchronization

/// The shipped blueprint, to which a test publishes: every version stays to be read.
final class PublishedDefinitions: DefinitionReading {
    private struct State {
        var revision = 1
        var versions: [String: [AnyDefinition]] = [:]
    }

    private let state: Mutex<State>

    init() throws {
        var state = State()
        for definition in try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care").definitions {
            state.versions[Self.name(definition.kind, definition.key)] = [definition]
        }
        self.state = Mutex(state)
    }

    private static func name(_ kind: DefinitionKind, _ key: String) -> String { kind.rawValue + "/" + key }

    func publish(_ definition: AnyDefinition) {
        state.withLock { state in
            state.revision += 1
            state.versions[Self.name(definition.kind, definition.key), default: []].append(definition)
        }
    }

    func configuration(of tenant: ID<Tenant>) throws -> Configuration {
        state.withLock { state in
            Configuration(
                revision: state.revision,
                state.versions.values.compactMap { versions in versions.last.map { (versions.count, $0) } })
        }
    }

    func definition(
        _ kind: DefinitionKind, _ key: String, version: Int, in transaction: any Transaction
    ) throws -> AnyDefinition? {
        state.withLock { state in
            let versions = state.versions[Self.name(kind, key)] ?? []
            return versions.indices.contains(version - 1) ? versions[version - 1] : nil
        }
    }
}
