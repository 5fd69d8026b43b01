import JSON
import Kernel
package import Spine
package import StudioAPI
package import Vault

/// Publishes every definition of a blueprint that differs from what is published.
package struct ApplyBlueprint: Command {
    package static let permission = Permission.definitionWrite

    package struct Outcome: Codable, Sendable, Equatable {
        package var published: [String] = []
        package var unchanged = 0
        package var revision = 0
    }

    package let blueprint: Blueprint

    package init(_ blueprint: Blueprint) { self.blueprint = blueprint }

    package func validate() throws {
        let errors = blueprint.problems().filter { $0.severity == .error }
        if !errors.isEmpty {
            throw Fault(
                .invalid, "blueprint.invalid", "The blueprint has \(errors.count) problems; nothing was published.",
                fields: errors.map { .init("\($0.kind.rawValue)/\($0.key) \($0.path)", $0.sentence) })
        }
    }

    package func run(_ context: CommandContext) throws -> Outcome {
        let transaction = context.transaction
        var current: [String: String] = [:]
        for (_, document) in try DefinitionStore.published(in: transaction) {
            let definition = try DefinitionStore.decode(document)
            current["\(definition.kind.rawValue)/\(definition.key)"] = document
        }
        var outcome = Outcome(revision: try DefinitionStore.revision(in: transaction))
        let revision = outcome.revision + 1
        for definition in blueprint.definitions {
            let name = "\(definition.kind.rawValue)/\(definition.key)"
            let document = try DefinitionStore.encode(definition)
            if current[name] == document {
                outcome.unchanged += 1
                continue
            }
            let version = try DefinitionStore.publish(
                definition, document: document, revision: revision, at: context.now, in: transaction)
            outcome.published.append(name)
            outcome.revision = revision
            context.emit(
                NewEvent(
                    EventKind("definition.published"),
                    body: ["definition": .string(name), "version": .int(Int64(version))]))
        }
        return outcome
    }
}
