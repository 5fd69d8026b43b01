import Vault
package import Web

/// Definitions are versioned documents in one table: published or retired. Applying a blueprint publishes what differs
/// from what is published, in one transaction, and nothing when nothing differs: it is idempotent. A definition that is
/// missing from the folder stays; retiring is an act of its own.
extension Capability {
    package static let definitions = Capability(
        "definitions", schema: DefinitionSchema.migrations,
        tables: [TableRule("definition", .none(reason: "configuration, no person in it"))],
        permissions: [.definitionRead, .definitionWrite])
}
