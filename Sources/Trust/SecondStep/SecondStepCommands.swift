import Kernel
package import Spine
package import Vault

/// Turns a person's second step on, with the code that proves the app has the secret.
package struct TurnOnSecondStep: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    /// The session it is done in; all others end.
    let session: Int64
    let secret: Redacted<[UInt8]>
    /// The step of the code that was given: used up by this.
    let step: Int64
    let codes: Redacted<[String]>

    package func run(_ context: CommandContext) throws -> Bool {
        let account = try context.ownAccount(user)
        guard try SecondStepStore.find(user, in: context.transaction) == nil else {
            throw Fault(.conflict, "second-step.on", "The second step is on already.")
        }
        let id = context.ids.nextRaw()
        let sealed = try context.vault.seal(AppSecret(secret.value), id: id, subject: account.keySubject)
        try SecondStepStore.insert(
            sealed, id: id, user: user, subject: account.keySubject, step: step, now: context.now,
            in: context.transaction)
        try SecondStepStore.replaceCodes(
            codes.value.map { SecondStep.hash($0, of: user, context.vault) }, of: user, in: context.transaction)
        _ = try SessionStore.endAll(of: user, except: session, now: context.now, in: context.transaction)
        try SessionStore.setSecondStep(session, true, in: context.transaction)
        context.noteAccount(user, "user.second-step-on")
        return true
    }
}

/// Takes a code, of the app or a recovery code. Throws `second-step.wrong` when it is neither or was used before.
package struct UseSecondStep: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let code: Redacted<String>

    /// How many recovery codes are left, when one of them was used; else nothing.
    package func run(_ context: CommandContext) throws -> Int? {
        context.concerns(.user(user))
        guard context.caller.actor == .user(user),
            let known = try SecondStepStore.find(user, in: context.transaction)
        else { throw Self.wrong }
        let plain = SecondStep.plain(code.value)
        if plain.utf8.count == 6 {
            let grant = try context.access.grant(.accountOwn, for: .user(user))
            let secret = try known.sealed.open(grant, of: .user(user), id: known.id, subject: known.keySubject).bytes
            guard let step = TOTP.step(of: plain, secret: secret, at: context.now, after: known.lastStep),
                try SecondStepStore.use(step, of: user, in: context.transaction)
            else { throw Self.wrong }
            return nil
        }
        let hash = SecondStep.hash(plain, of: user, context.vault)
        guard try SecondStepStore.useCode(hash, of: user, now: context.now, in: context.transaction) else {
            throw Self.wrong
        }
        context.emit(NewEvent(EventKind("user.recovery-code-used"), subjects: [.user(user)]))
        return try SecondStepStore.unusedCodes(of: user, in: context.transaction)
    }

    static var wrong: Fault { Fault(.invalid, "second-step.wrong", "This is not the code, or it was used before.") }
}

/// Ten new recovery codes in place of those there were.
package struct ReplaceRecoveryCodes: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let codes: Redacted<[String]>

    package func run(_ context: CommandContext) throws -> Bool {
        _ = try context.ownAccount(user)
        guard try SecondStepStore.find(user, in: context.transaction) != nil else {
            throw Fault(.conflict, "second-step.off", "The second step is not on.")
        }
        try SecondStepStore.replaceCodes(
            codes.value.map { SecondStep.hash($0, of: user, context.vault) }, of: user, in: context.transaction)
        context.noteAccount(user, "user.recovery-codes-replaced")
        return true
    }
}

/// Turns a person's own second step off. Whether their roles allow it, the caller has looked.
package struct TurnOffSecondStep: Command {
    package static let permission = Permission.accountOwn
    let user: ID<User>
    let session: Int64

    package func run(_ context: CommandContext) throws -> Bool {
        _ = try context.ownAccount(user)
        guard try SecondStepStore.remove(user, in: context.transaction) else {
            throw Fault(.conflict, "second-step.off", "The second step is not on.")
        }
        try SessionStore.setSecondStep(session, false, in: context.transaction)
        context.noteAccount(user, "user.second-step-off")
        return true
    }
}

/// For somebody who lost their devices: an administrator takes app, codes and passkeys away, and every session with them.
package struct ClearSecondStep: Command {
    package static let permission = Permission.userManage
    let user: ID<User>

    package func run(_ context: CommandContext) throws -> Bool {
        let hadApp = try SecondStepStore.remove(user, in: context.transaction)
        let passkeys = try PasskeyStore.removeAll(of: user, in: context.transaction)
        guard hadApp || passkeys > 0 else { throw Fault.notFound("second step") }
        _ = try SessionStore.endAll(of: user, now: context.now, in: context.transaction)
        context.noteAccount(user, "user.second-step-off")
        return true
    }
}

extension CommandContext {
    /// The caller's own account. Somebody else's is not found, whatever rights the caller has.
    func ownAccount(_ user: ID<User>) throws -> UserStore.Account {
        guard caller.actor == .user(user), let account = try UserStore.find(user, in: transaction),
            account.state == "active"
        else { throw Fault.notFound("user") }
        return account
    }

    /// For the audit trail and the log: what happened to an account.
    func noteAccount(_ user: ID<User>, _ kind: String) {
        concerns(.user(user))
        emit(NewEvent(EventKind(kind), subjects: [.user(user)]))
    }
}
