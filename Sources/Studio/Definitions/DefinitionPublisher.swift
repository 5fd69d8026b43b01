package import Kernel
package import Store
package import StudioAPI

/// Publishes what pages of other areas have edited.
package struct DefinitionPublisher: DefinitionPublishing {
    package init() {}

    package func publish(
        _ definition: AnyDefinition, by user: ID<User>?, at now: Instant, in transaction: any Transaction
    ) throws -> Int {
        // Gone back to what the blueprint says, it follows the next one again.
        let shipped = try DefinitionStore.fromBlueprint(definition.kind, in: transaction)
        return try DefinitionStore.publish(
            definition, document: try DefinitionStore.encode(definition),
            revision: try DefinitionStore.nextRevision(in: transaction), at: now,
            origin: shipped.contains(definition) ? .blueprint : .console, by: user, in: transaction)
    }

    package func versions(
        _ kind: DefinitionKind, _ key: String, in transaction: any Transaction
    ) throws -> [DefinitionVersion] {
        try DefinitionStore.versions(kind, key, in: transaction)
    }

    package func fromBlueprint(
        _ kind: DefinitionKind, in transaction: any Transaction
    ) throws -> [String: AnyDefinition] {
        Dictionary(
            try DefinitionStore.fromBlueprint(kind, in: transaction).map { ($0.key, $0) },
            uniquingKeysWith: { first, _ in first })
    }
}
