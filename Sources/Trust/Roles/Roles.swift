import JSON
import Kernel
import Spine
import Store
import StudioAPI
package import Vault

// Roles: what people and programs may do, edited in the console.
//
// - A role is a definition: each change is a new version, and the old ones stay. It holds everywhere within a second,
//   in open sessions and live streams too.
// - What was edited here stays when a blueprint is applied; `blueprint apply` names it, and only `--replace-edits` takes
//   the blueprint's instead. The page says when a role differs from the last one that came from a blueprint.
// - Nobody widens a role that they hold themselves, and at least one active person keeps the rights to manage users and
//   roles.

extension Permission {
    /// To change what roles may do, and to give any of them.
    package static let roleManage = Permission("role.manage")
}

/// The rights there are, in groups that people know. A right is known when the catalogue describes it.
enum PermissionGroups {
    /// By the noun of the right; what none of them has comes last.
    private static let nouns: [(group: String, nouns: Set<String>)] = [
        ("patients", ["patient", "consent", "proxy", "care"]),
        ("parts", ["note", "identifier", "coverage", "clinical", "contact"]), ("labels", ["label"]),
        ("work", ["need", "message"]),
        ("visits", ["appointment", "schedule"]), ("figures", ["dashboard", "event"]),
        ("people", ["user", "role", "access-review"]),
        (
            "privacy",
            [
                "audit", "break-glass", "snooping", "subject", "privacy", "record", "legal-hold", "retention", "keys",
                "policy",
            ]
        ),
        ("configuration", ["definition"]),
    ]
    static let all = nouns.map(\.group) + ["other"]

    static func group(of permission: Permission) -> String {
        let noun = String(permission.rawValue.prefix { $0 != "." })
        return nouns.first { $0.nouns.contains(noun) }?.group ?? "other"
    }

    /// Rights whose use is looked at in an access review.
    static let sensitive: [Permission] = [
        .patientRestricted, .patientBreakGlass, .patientImport, .userManage, .userProvision, .roleManage,
        .definitionWrite, .auditRead, .auditShare, .breakGlassReview, .snoopingReview, .subjectDispose,
        .accessReviewRun, .recordExport, .legalHoldManage,
    ]
}

/// Publishes a role as it was edited.
struct SaveRole: Command {
    static let permission = Permission.roleManage
    let role: RoleDefinition
    /// The version that was looked at; 0: there is none yet.
    let version: Int
    let publisher: any DefinitionPublishing
    let definitions: any DefinitionReading

    func validate() throws {
        let errors = role.problems().filter { $0.severity == .error }
        if !errors.isEmpty { throw Fault.invalid(errors.map { .init($0.path, $0.sentence) }) }
    }

    func run(_ context: CommandContext) throws -> Int {
        let before = try publisher.versions(.role, role.key, in: context.transaction).first
        guard (before?.version ?? 0) == version else {
            throw Fault(.conflict, "role.changed", "This role was changed meanwhile.", remedy: "Look at it again.")
        }
        var known: RoleDefinition?
        if case .role(let role)? = before?.definition { known = role }
        if known?.plain == role.plain { return version }
        let added = role.grants.subtracting(known?.grants ?? [])
        let removed = (known?.grants ?? []).subtracting(role.grants)
        try mayWiden(known, added, context)
        try keepsAdministrators(context)
        var user: ID<User>?
        if case .user(let id) = context.caller.actor { user = id }
        let number = try publisher.publish(.role(role), by: user, at: context.now, in: context.transaction)
        context.concerns(.tenant)
        context.emit(
            NewEvent(
                EventKind("definition.published"),
                body: ["definition": .string("role/" + role.key), "version": .int(Int64(number))]))
        let names = { (set: Set<Permission>) in
            JSONValue.array(set.map(\.rawValue).sorted().map { .string($0) })
        }
        context.emit(
            NewEvent(
                EventKind("role.changed"),
                body: [
                    "role": .string(role.key), "version": .int(Int64(number)), "added": names(added),
                    "removed": names(removed),
                ]))
        return number
    }

    /// Throws when the caller would give themselves more than they have.
    private func mayWiden(_ known: RoleDefinition?, _ added: Set<Permission>, _ context: CommandContext) throws {
        guard case .user(let id) = context.caller.actor,
            try UserStore.find(id, in: context.transaction)?.roles.contains(role.key) ?? false
        else { return }
        let reaches = known?.locationScope == .assigned && role.locationScope == .everywhere
        let isBeyond = !added.isSubset(of: context.caller.permissions) || (reaches && context.caller.locations != .all)
        // A role that asks less of who has it is wider too.
        let isEasier =
            (known?.requiresSecondStep ?? false) && !(role.requiresSecondStep ?? false)
            || (role.idleMinutes ?? 15) > (known?.idleMinutes ?? 15)
            || (role.sessionHours ?? 12) > (known?.sessionHours ?? 12)
            || known?.relationship == .required && role.relationship != .required
            || !role.looksFor.isSubset(of: known?.looksFor ?? [])
        guard isBeyond || isEasier else { return }
        throw Fault(
            .forbidden, "role.own", "You hold this role yourself and cannot widen it.",
            remedy: "Ask another administrator.")
    }

    /// Throws when nobody would be left who can manage users and roles.
    private func keepsAdministrators(_ context: CommandContext) throws {
        var roles = try definitions.configuration(of: context.caller.tenant).roles.mapValues(\.value)
        roles[role.key] = role
        let accounts = try UserStore.locked(in: context.transaction)
        let remain = accounts.contains { account in
            let grants = account.roles.reduce(into: Set<Permission>()) { $0.formUnion(roles[$1]?.grants ?? []) }
            return grants.isSuperset(of: [.userManage, .roleManage])
        }
        guard remain else {
            throw Fault(
                .conflict, "role.last-administrator", "Nobody would be left who manages users and roles.",
                remedy: "Give these rights to somebody else first.")
        }
    }
}

/// How many people and keys have each role.
enum RoleStore {
    static func holders(in transaction: any Transaction) throws -> (people: [String: Int], keys: [String: Int]) {
        var people: [String: Int] = [:]
        for row in try transaction.rows(
            """
            SELECT roles, COUNT(*) AS n FROM user_account WHERE tenant = \(.tenant) AND state = 'active' GROUP BY roles
            """)
        {
            let roles: String = try row["roles"]
            let count: Int = try row["n"]
            for role in roles.split(separator: " ") { people[String(role), default: 0] += count }
        }
        var keys: [String: Int] = [:]
        for row in try transaction.rows(
            """
            SELECT roles, COUNT(*) AS n FROM api_key WHERE tenant = \(.tenant) AND revoked_at IS NULL GROUP BY roles
            """)
        {
            let roles: String = try row["roles"]
            let count: Int = try row["n"]
            for role in roles.split(separator: " ") { keys[String(role), default: 0] += count }
        }
        return (people, keys)
    }
}
