import JSON
import Kernel
package import Spine
package import StudioAPI
package import Vault

/// Publishes a definition as it was edited in a form, with why. What the checker finds is looked at once more, against
/// everything that is published at that moment.
package struct PublishDefinition: Command {
    package static let permission = Permission.definitionWrite

    package let definition: AnyDefinition
    /// The version that was looked at; 0: there is none yet.
    package let version: Int
    package let reason: String
    package let zones: Set<String>
    package let permissions: Set<Permission>

    package init(
        _ definition: AnyDefinition, version: Int, reason: String, zones: Set<String>, permissions: Set<Permission>
    ) {
        self.definition = definition
        self.version = version
        self.reason = reason
        self.zones = zones
        self.permissions = permissions
    }

    package func validate() throws {
        if reason.isEmpty || reason.count > 200 {
            throw Fault.invalid("reason", "Say why, in at most 200 characters.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int {
        let transaction = context.transaction
        // First: publications stand in a row, so what is read from here on is what the one before left.
        let revision = try DefinitionStore.nextRevision(in: transaction)
        let newest = try SetupStore.newest(definition.kind, definition.key, in: transaction)
        guard newest == version else {
            throw Fault(
                .conflict, "definition.changed", "It was changed meanwhile.", remedy: "Look at the newest version.")
        }
        let published = try DefinitionStore.published(in: transaction).map { try DefinitionStore.decode($0.document) }
        let found = SetupCheck(definition, among: published, zones: zones, permissions: permissions)
        guard found.errors.isEmpty else {
            throw Fault(
                .unprocessable, "definition.errors", "It has \(found.errors.count) errors; nothing was published.",
                fields: found.errors.map { .init("\($0.kind.rawValue)/\($0.key) \($0.path)", $0.sentence) })
        }
        let shipped = try DefinitionStore.fromBlueprint(definition.kind, in: transaction)
        var user: ID<User>?
        if case .user(let id) = context.caller.actor { user = id }
        let number = try DefinitionStore.publish(
            definition, document: try DefinitionStore.encode(definition), revision: revision, at: context.now,
            origin: shipped.contains(definition) ? .blueprint : .console, by: user, because: reason, in: transaction)
        context.concerns(.tenant)
        context.emit(
            NewEvent(
                EventKind("definition.published"),
                body: [
                    "definition": .string("\(definition.kind.rawValue)/\(definition.key)"),
                    "version": .int(Int64(number)),
                ]))
        return number
    }
}
