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

/// Takes somebody's access away: no sign-in any more, and every session ends. Nobody does it to themselves.
package struct SuspendUser: Command {
    package static let permission = Permission.userManage
    package let user: ID<User>

    package init(user: ID<User>) { self.user = user }

    package func run(_ context: CommandContext) throws -> Bool {
        if context.caller.actor == .user(user) {
            throw Fault(.conflict, "user.self", "You cannot take away your own access.")
        }
        guard try UserStore.setState(user, "suspended", in: context.transaction) else { throw Fault.notFound("user") }
        _ = try SessionStore.endAll(of: user, now: context.now, in: context.transaction)
        context.noteAccount(user, "user.suspended")
        return true
    }
}

/// Gives access back.
package struct RestoreUser: Command {
    package static let permission = Permission.userManage
    package let user: ID<User>

    package init(user: ID<User>) { self.user = user }

    package func run(_ context: CommandContext) throws -> Bool {
        // Who was disposed of has no password and stays away.
        guard let account = try UserStore.find(user, in: context.transaction), !account.passwordHash.isEmpty,
            try UserStore.setState(user, "active", in: context.transaction)
        else { throw Fault.notFound("user") }
        context.noteAccount(user, "user.restored")
        return true
    }
}
