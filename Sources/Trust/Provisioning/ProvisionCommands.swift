import JSON
import Kernel
import Spine
import StudioAPI
import Vault

/// Adds an account, or brings one back that the provider had deleted: then without the rights it had.
struct ProvisionUser: Command {
    static let permission = Permission.userProvision
    static let freshSubjects = 1
    let shape: AccountShape
    let rules: AccountRules

    func run(_ context: CommandContext) throws -> Int64 {
        let login = UserStore.loginHash(shape.details.email, context.vault)
        guard let known = try UserStore.find(login: login, in: context.transaction),
            try ProvisioningStore.isRemoved(known.id, in: context.transaction)
        else {
            return try context.addAccount(shape, passwordHash: Password.none).raw
        }
        let grant = try context.access.grant(.userProvision, for: .user(known.id))
        guard let details = try UserStore.details(of: [known.id], grant: grant, in: context.transaction)[known.id]
        else { throw Fault.notFound("user") }
        var shape = shape
        shape.roles = []
        shape.locations = nil
        try ProvisioningStore.bringBack(known.id, in: context.transaction)
        // No way in is left from before their leaving: the address may be another person's by now.
        try UserStore.setPassword(known.id, Password.none, in: context.transaction)
        try IdentityStore.removeAll(of: known.id, in: context.transaction)
        _ = try PasskeyStore.removeAll(of: known.id, in: context.transaction)
        _ = try SecondStepStore.remove(known.id, in: context.transaction)
        _ = try rules.change(known, details, to: shape, context)
        return known.id.raw
    }
}

/// Changes an account to what `change` makes of it.
struct ChangeProvisionedUser: Command {
    static let permission = Permission.userProvision
    let user: ID<User>
    /// What the client believes to change; nil: whatever it is.
    let ifMatch: String?
    let rules: AccountRules
    let change: @Sendable (SCIMUser) throws -> AccountShape

    func run(_ context: CommandContext) throws -> Bool {
        guard let account = try ProvisioningStore.lock(user, in: context.transaction) else {
            throw Fault.notFound("user")
        }
        let grant = try context.access.grant(.userProvision, for: .user(user))
        guard let details = try UserStore.details(of: [user], grant: grant, in: context.transaction)[user] else {
            throw Fault.notFound("user")
        }
        context.concerns(.user(user))
        let seen = SCIMUser(account: account, details: details)
        if let ifMatch, !SCIMResource.names(ifMatch, seen.version) { throw SCIMError.version }
        return try rules.change(account, details, to: try change(seen), context)
    }
}

/// Takes an account out of the provider's sight: all its access ends at once, and it stays as the author of what it did.
struct RemoveProvisionedUser: Command {
    static let permission = Permission.userProvision
    let user: ID<User>
    let ifMatch: String?
    let rules: AccountRules

    func run(_ context: CommandContext) throws -> Bool {
        guard let account = try ProvisioningStore.lock(user, in: context.transaction) else {
            throw Fault.notFound("user")
        }
        context.concerns(.user(user))
        if let ifMatch, !SCIMResource.names(ifMatch, SCIMResource.version(String(account.version))) {
            throw SCIMError.version
        }
        try rules.keepsAnAdministrator(account, roles: account.roles, isActive: false, context)
        if try UserStore.setState(user, "suspended", in: context.transaction) {
            try rules.leave(account, AccountRules.Leaving(), context)
        }
        try ProvisioningStore.remove(user, at: context.now, in: context.transaction)
        return true
    }
}

/// Makes people members of a role or a location, and others no longer.
struct ChangeProvisionedGroup: Command {
    static let permission = Permission.userProvision
    let group: SCIMGroups.Group
    let ifMatch: String?
    let rules: AccountRules
    /// Who is to be a member, given who is.
    let change: @Sendable ([ID<User>]) throws -> Set<ID<User>>

    func run(_ context: CommandContext) throws -> Int {
        let everybody = try ProvisioningStore.page(offset: 0, limit: 20_000, in: context.transaction)
        let before = everybody.filter(group.has)
        if let ifMatch, !SCIMResource.names(ifMatch, SCIMGroups.version(group, before)) { throw SCIMError.version }
        let now = Set(before.map(\.id))
        let wanted = try change(before.map(\.id))
        let known = Set(everybody.map(\.id))
        if let stranger = wanted.subtracting(known).min() {
            throw SCIMError.fault("invalidValue", "There is no user \(stranger.text).")
        }
        let changed = now.symmetricDifference(wanted).sorted()
        if changed.isEmpty { return 0 }
        let grant = try context.access.grant(.userProvision, forList: [], and: changed.map { .user($0) })
        let details = try UserStore.details(of: changed, grant: grant, in: context.transaction)
        for id in changed {
            guard let account = try ProvisioningStore.lock(id, in: context.transaction), let detail = details[id] else {
                continue
            }
            _ = try rules.change(account, detail, to: shape(account, detail, joins: wanted.contains(id)), context)
        }
        return changed.count
    }

    private func shape(_ account: UserStore.Account, _ details: UserDetails, joins: Bool) -> AccountShape {
        var shape = account.shape(details)
        switch group.kind {
        case .role:
            shape.roles.removeAll { $0 == group.key }
            if joins { shape.roles.append(group.key) }
        case .location:
            var places = (shape.locations ?? []).filter { $0 != group.key }
            if joins { places.append(group.key) }
            shape.locations = places.isEmpty ? nil : places
        }
        return shape
    }
}
