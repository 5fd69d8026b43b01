import JSON
package import Kernel
package import Spine
import Store
package import Vault

/// Stores a key's hash. The text is made by the caller, who shows it once.
package struct AddAPIKey: Command {
    package static let permission = Permission.userManage
    package let name: String
    package let text: Redacted<String>
    package let roles: [String]
    /// Nil: `APIKeys.standardLifetime` days from now.
    package let expiresAt: Instant?
    /// Nil: all that its roles give; otherwise only these of them.
    package let permissions: Set<Permission>?
    /// Keys of locations; nil: all.
    package let locations: [String]?
    /// What the caller may hold; nil: the system itself sets a key up.
    let rules: AccountRules?

    package init(name: String, text: Redacted<String>, roles: [String], expiresAt: Instant?) {
        self.init(
            name: name, text: text, roles: roles, expiresAt: expiresAt, permissions: nil, locations: nil, rules: nil)
    }

    init(
        name: String, text: Redacted<String>, roles: [String], expiresAt: Instant?, permissions: Set<Permission>?,
        locations: [String]?, rules: AccountRules?
    ) {
        self.name = name
        self.text = text
        self.roles = roles
        self.expiresAt = expiresAt
        self.permissions = permissions
        self.locations = locations
        self.rules = rules
    }

    package func validate() throws {
        if name.isEmpty || name.utf8.count > 120 { throw Fault.invalid("name", "Give the key a name.") }
        if roles.isEmpty { throw Fault.invalid("roles", "Give at least one role.") }
        if permissions?.isEmpty == true { throw Fault.invalid("permissions", "Choose at least one right, or none.") }
        if locations?.isEmpty == true { throw Fault.invalid("locations", "Choose at least one location, or none.") }
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        try rules?.arePlaces(locations ?? [], context)
        try rules?.mayHold(roles, only: permissions, at: locations, context)
        let id: ID<APIKey> = context.newID()
        let end = expiresAt ?? context.now + .days(APIKeys.standardLifetime)
        guard end > context.now, end - context.now <= APIKeys.longestLifetime else {
            throw Fault.invalid("expiresAt", "A key ends after a year at the latest.")
        }
        try APIKeyStore.insert(
            APIKeyStore.Key(
                id: id, name: name, roles: roles, permissions: permissions, locations: locations,
                createdAt: context.now, expiresAt: end),
            hash: APIKeyStore.hash(text.value, context.vault), in: context.transaction)
        if case .user(let owner) = context.caller.actor { try KeyOwners.set(id, owner: owner, in: context.transaction) }
        context.emit(NewEvent(EventKind("api-key.added"), body: ["key": .string(id.text)]))
        return id.raw
    }
}

/// Gives a key a new secret and a new end. The old secret goes on for `overlap`, so that the program can be changed over.
package struct RotateAPIKey: Command {
    package static let permission = Permission.userManage
    package let id: ID<APIKey>
    package let text: Redacted<String>
    package let overlap: Duration
    package let lifetime: Duration
    let rules: AccountRules

    package func validate() throws {
        if overlap < .zero || overlap > APIKeys.longestOverlap {
            throw Fault.invalid("overlap", "The old secret goes on for a week at most.")
        }
        if lifetime <= .zero || lifetime > APIKeys.longestLifetime {
            throw Fault.invalid("lifetime", "A key ends after a year at the latest.")
        }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        guard let key = try APIKeyStore.key(id, in: context.transaction), key.revokedAt == nil else {
            throw Fault.notFound("key")
        }
        try rules.mayHold(key.roles, only: key.permissions, at: key.locations, context)
        // A secret that has run out does not come back.
        let old = min(key.expiresAt ?? context.now + overlap, context.now + overlap)
        guard
            try APIKeyStore.rotate(
                id, hash: APIKeyStore.hash(text.value, context.vault), oldUntil: old,
                expiresAt: context.now + lifetime, now: context.now, in: context.transaction)
        else { throw Fault.notFound("key") }
        context.emit(NewEvent(EventKind("api-key.rotated"), body: ["key": .string(id.text)]))
        return true
    }
}

package struct RevokeAPIKey: Command {
    package static let permission = Permission.userManage
    package let id: ID<APIKey>

    package init(id: ID<APIKey>) { self.id = id }

    package func run(_ context: CommandContext) throws -> Bool {
        guard try APIKeyStore.revoke(id, now: context.now, in: context.transaction) else {
            throw Fault.notFound("key")
        }
        context.emit(NewEvent(EventKind("api-key.revoked"), body: ["key": .string(id.text)]))
        return true
    }
}
