import Vault
package import Web

/// Definitions are versioned documents in one table: published or retired. Applying a blueprint publishes what differs
/// from what is published, in one transaction, and nothing when nothing differs: it is idempotent. A definition that is
/// missing from the folder stays; retiring is an act of its own, and a version of its own with the last document. What
/// was edited or retired in the console stays so, and is named, unless the folder is applied with the order to replace
/// it.
extension Capability {
    package static let definitions = Capability(
        "definitions", schema: DefinitionSchema.migrations,
        tables: [
            TableRule("definition", .none(reason: "configuration, no person in it")),
            TableRule("definition_head", .none(reason: "the number of the last publication")),
        ],
        permissions: [.definitionRead, .definitionWrite])
}
