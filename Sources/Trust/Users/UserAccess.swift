import ConversationsAPI
import JSON
package import Kernel
package import Spine
package import Vault

/// A new password of one's own. Every other session ends.
package struct ChangePassword: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let session: Int64
    let passwordHash: Redacted<String>

    package func run(_ context: CommandContext) throws -> Int {
        _ = try context.ownAccount(user)
        try UserStore.setPassword(user, passwordHash.value, in: context.transaction)
        context.noteAccount(user, "user.password-changed")
        return try SessionStore.endAll(of: user, except: session, now: context.now, in: context.transaction)
    }
}

/// Ends one of one's own sessions, on a device that is no longer at hand.
package struct EndOwnSession: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let session: Int64

    package func run(_ context: CommandContext) throws -> Bool {
        _ = try context.ownAccount(user)
        guard try SessionStore.end(session, of: user, now: context.now, in: context.transaction) else {
            throw Fault.notFound("session")
        }
        context.noteAccount(user, "user.session-ended")
        return true
    }
}

/// Ends all of one's own sessions but the one it is done in.
package struct EndOtherSessions: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let session: Int64

    package func run(_ context: CommandContext) throws -> Int {
        _ = try context.ownAccount(user)
        context.noteAccount(user, "user.session-ended")
        return try SessionStore.endAll(of: user, except: session, now: context.now, in: context.transaction)
    }
}

/// Ends every session of somebody.
package struct EndUserSessions: Command {
    package static let permission = Permission.userManage
    package let user: ID<User>

    package init(user: ID<User>) { self.user = user }

    package func run(_ context: CommandContext) throws -> Int {
        guard try UserStore.find(user, in: context.transaction) != nil else { throw Fault.notFound("user") }
        context.noteAccount(user, "user.session-ended")
        return try SessionStore.endAll(of: user, now: context.now, in: context.transaction)
    }
}

/// Takes somebody's access away: no sign-in any more, every session and live stream ends, the keys they answer for are
/// revoked or handed over, and so is their open work. Nobody does it to themselves.
struct SuspendUser: Command {
    static let permission = Permission.userManage
    let user: ID<User>
    let leaving: AccountRules.Leaving
    let rules: AccountRules

    func run(_ context: CommandContext) throws -> Bool {
        if context.caller.actor == .user(user) {
            throw Fault(.conflict, "user.self", "You cannot take away your own access.")
        }
        guard let account = try UserStore.find(user, in: context.transaction) else { throw Fault.notFound("user") }
        try rules.keepsAnAdministrator(account, roles: account.roles, isActive: false, context)
        guard try UserStore.setState(user, "suspended", in: context.transaction) else { throw Fault.notFound("user") }
        try rules.leave(account, leaving, context)
        return true
    }
}

/// Gives access back: the rights of the account's roles are given once more.
struct RestoreUser: Command {
    static let permission = Permission.userManage
    let user: ID<User>
    let rules: AccountRules

    func run(_ context: CommandContext) throws -> Bool {
        guard let account = try UserStore.find(user, in: context.transaction), !account.isDisposed else {
            throw Fault.notFound("user")
        }
        try rules.mayGive(account.roles, to: user, context)
        guard try UserStore.setState(user, "active", in: context.transaction) else { throw Fault.notFound("user") }
        // Whoever is here again is seen by the identity provider again.
        try ProvisioningStore.bringBack(user, in: context.transaction)
        context.noteAccount(user, "user.restored")
        return true
    }
}

/// Gives somebody other roles and places. They hold from the next request on, in open sessions and live streams too.
struct MoveUser: Command {
    static let permission = Permission.userManage
    let user: ID<User>
    let displayName: String
    let roles: [String]
    let locations: [String]?
    /// The version that was looked at.
    let version: Int
    let rules: AccountRules

    func validate() throws {
        var problems: [Fault.Field] = []
        if displayName.isEmpty || displayName.utf8.count > 120 { problems.append(.init("name", "Give a name.")) }
        if roles.isEmpty { problems.append(.init("roles", "Give at least one role.")) }
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    func run(_ context: CommandContext) throws -> Bool {
        guard let account = try UserStore.find(user, in: context.transaction), !account.isDisposed else {
            throw Fault.notFound("user")
        }
        guard account.version == version else {
            throw Fault(
                .conflict, "user.changed", "This account was changed meanwhile.", remedy: "Look at it again.")
        }
        let grant = try context.access.grant(.userManage, for: .user(user))
        guard let details = try UserStore.details(of: [user], grant: grant, in: context.transaction)[user] else {
            throw Fault.notFound("user")
        }
        var shape = account.shape(details)
        shape.displayName = displayName
        shape.roles = roles
        shape.locations = locations
        return try rules.change(account, details, to: shape, context)
    }
}

/// Hands the open work of somebody over, whether they leave or not.
struct HandOverWork: Command {
    static let permission = Permission.userManage
    let user: ID<User>
    let receiver: WorkReceiver
    let rules: AccountRules

    func run(_ context: CommandContext) throws -> Int {
        guard try UserStore.find(user, in: context.transaction) != nil else { throw Fault.notFound("user") }
        let count = try rules.work.handOver(from: user, to: receiver, context: context)
        context.concerns(.user(user))
        // Without the number: it would tell of records out of a reader's reach.
        context.emit(NewEvent(EventKind("user.work-handed-over"), subjects: [.user(user)]))
        return count
    }
}
