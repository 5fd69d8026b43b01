import JSON
import Kernel
package import Spine
import Store
package import StudioAPI
package import Vault

/// Publishes every definition of a blueprint that differs from what is published.
package struct ApplyBlueprint: Command {
    package static let permission = Permission.definitionWrite

    package struct Outcome: Codable, Sendable, Equatable {
        package var published: [String] = []
        package var unchanged = 0
        /// Those that were edited or retired in the console and stay so.
        package var kept: [String] = []
        package var revision = 0
    }

    package let blueprint: Blueprint
    /// The names of the tz database in use.
    package let zones: Set<String>
    /// The permissions this build knows.
    package let permissions: Set<Permission>

    /// Whether what was edited in the console gives way to the blueprint.
    package let replacesEdits: Bool

    package init(
        _ blueprint: Blueprint, zones: Set<String>, permissions: Set<Permission>, replacesEdits: Bool = false
    ) {
        self.replacesEdits = replacesEdits
        self.blueprint = blueprint
        self.zones = zones
        self.permissions = permissions
    }

    package func validate() throws {
        let errors = blueprint.problems(zones: zones, permissions: permissions).filter { $0.severity == .error }
        if !errors.isEmpty {
            throw Fault(
                .invalid, "blueprint.invalid", "The blueprint has \(errors.count) problems; nothing was published.",
                fields: errors.map { .init("\($0.kind.rawValue)/\($0.key) \($0.path)", $0.sentence) })
        }
    }

    package func run(_ context: CommandContext) throws -> Outcome {
        let transaction = context.transaction
        var current: [String: String] = [:]
        var before: [AnyDefinition] = []
        for (_, document) in try DefinitionStore.published(in: transaction) {
            let definition = try DefinitionStore.decode(document)
            before.append(definition)
            current["\(definition.kind.rawValue)/\(definition.key)"] = document
        }
        let edited = replacesEdits ? [] : try DefinitionStore.edited(in: transaction)
        var outcome = Outcome(revision: try DefinitionStore.revision(in: transaction))
        var number: Int?
        for definition in blueprint.definitions {
            let name = "\(definition.kind.rawValue)/\(definition.key)"
            let document = try DefinitionStore.encode(definition)
            if current[name] == document {
                outcome.unchanged += 1
                continue
            }
            if edited.contains(name) {
                outcome.kept.append(name)
                continue
            }
            let revision = try number ?? DefinitionStore.nextRevision(in: transaction)
            number = revision
            let version = try DefinitionStore.publish(
                definition, document: document, revision: revision, at: context.now, in: transaction)
            outcome.published.append(name)
            outcome.revision = revision
            context.emit(
                NewEvent(
                    EventKind("definition.published"),
                    body: ["definition": .string(name), "version": .int(Int64(version))]))
        }
        if !outcome.kept.allSatisfy({ current[$0] != nil }) { try check(before, in: transaction) }
        return outcome
    }

    /// Where something stays retired, what was published must do without it.
    private func check(_ before: [AnyDefinition], in transaction: any Transaction) throws {
        let errors = { (definitions: [AnyDefinition]) in
            Blueprint(definitions).problems(zones: zones, permissions: permissions).filter { $0.severity == .error }
        }
        let known = Set(errors(before).map(\.description))
        let after = try DefinitionStore.published(in: transaction).map { try DefinitionStore.decode($0.document) }
        let new = errors(after).filter { !known.contains($0.description) }
        guard new.isEmpty else {
            throw Fault(
                .invalid, "blueprint.retired",
                "The blueprint needs what was retired in the console; nothing was published.",
                remedy: "Put it back in the console, or replace what was edited there.",
                fields: new.map { .init("\($0.kind.rawValue)/\($0.key) \($0.path)", $0.sentence) })
        }
    }
}
