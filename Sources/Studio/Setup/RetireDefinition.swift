import JSON
import Kernel
package import Spine
package import StudioAPI
package import Vault

/// Takes a definition out of force, with why. Nothing may stand under it from now on, and nothing that stays may be
/// wrong without it; both are looked at in the transaction.
package struct RetireDefinition: Command {
    package static let permission = Permission.definitionWrite

    package let kind: DefinitionKind
    package let key: String
    /// The version that was looked at.
    package let version: Int
    package let reason: String
    package let zones: Set<String>
    package let permissions: Set<Permission>
    package let uses: any DefinitionUses

    package init(
        _ kind: DefinitionKind, _ key: String, version: Int, reason: String, zones: Set<String>,
        permissions: Set<Permission>, uses: any DefinitionUses
    ) {
        self.kind = kind
        self.key = key
        self.version = version
        self.reason = reason
        self.zones = zones
        self.permissions = permissions
        self.uses = uses
    }

    package func validate() throws {
        if reason.isEmpty || reason.count > 200 {
            throw Fault.invalid("reason", "Say why, in at most 200 characters.")
        }
        guard SetupKind(kind)?.isSingle == false else {
            throw Fault(.unprocessable, "definition.kept", "A \(kind.rawValue) cannot be retired.")
        }
    }

    package func run(_ context: CommandContext) throws -> Int {
        let transaction = context.transaction
        // First: publications stand in a row, so what is read from here on is what the one before left.
        let revision = try DefinitionStore.nextRevision(in: transaction)
        let published = try DefinitionStore.published(in: transaction).map { try DefinitionStore.decode($0.document) }
        guard try SetupStore.newest(kind, key, in: transaction) == version,
            let definition = published.first(where: { $0.kind == kind && $0.key == key })
        else {
            throw Fault(
                .conflict, "definition.changed", "It was changed meanwhile.", remedy: "Look at the newest version.")
        }
        let found = SetupCheck(without: definition, among: published, zones: zones, permissions: permissions)
        guard found.errors.isEmpty else {
            throw Fault(
                .unprocessable, "definition.errors",
                "Without it there are \(found.errors.count) errors; nothing was retired.",
                fields: found.errors.map { .init("\($0.kind.rawValue)/\($0.key) \($0.path)", $0.sentence) })
        }
        let inTheWay = try uses.uses(of: kind, key, at: context.now, in: transaction)
        guard inTheWay.isEmpty else {
            throw Fault(
                .unprocessable, "definition.used", "Something still stands under it; nothing was retired.",
                remedy: "Move it, call it off or end it first.",
                fields: inTheWay.map { .init($0.kind.rawValue, String($0.count)) })
        }
        var user: ID<User>?
        if case .user(let id) = context.caller.actor { user = id }
        let number = try DefinitionStore.publish(
            definition, document: try DefinitionStore.encode(definition), revision: revision, at: context.now,
            origin: .retirement, by: user, because: reason, in: transaction)
        context.concerns(.tenant)
        context.emit(
            NewEvent(
                EventKind("definition.retired"),
                body: ["definition": .string("\(kind.rawValue)/\(key)"), "version": .int(Int64(number))]))
        return number
    }
}
