import Kernel
package import Spine
import StudioAPI
package import Vault

/// Gives a fresh tenant the one role it needs before its first blueprint: `administrator`, with every right this build
/// knows. A blueprint's own role of that name takes its place.
package struct SeedAdministrator: Command {
    package static let permission = Permission.definitionWrite
    package let permissions: Set<Permission>

    package init(permissions: Set<Permission>) { self.permissions = permissions }

    package func run(_ context: CommandContext) throws -> Bool {
        let revision = try DefinitionStore.revision(in: context.transaction)
        if revision > 0 { return false }
        let role = AnyDefinition.role(
            RoleDefinition(
                key: "administrator", names: LocalizedText("Administrator", spanish: "Administración"),
                permissions: permissions.map(\.rawValue).sorted(), locationScope: .everywhere))
        _ = try DefinitionStore.publish(
            role, document: try DefinitionStore.encode(role), revision: 1, at: context.now, in: context.transaction)
        return true
    }
}
