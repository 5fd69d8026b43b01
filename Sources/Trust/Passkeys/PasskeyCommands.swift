import Kernel
import Spine
import Vault

/// Adds a passkey to one's own account. Its session has taken both steps from then on: the device has just checked who
/// holds it.
struct AddPasskey: Command {
    static let permission = Permission.accountOwn
    let user: ID<User>
    let session: Int64
    let credential: PasskeyRules.NewCredential
    let rpID: String
    let name: String

    func validate() throws { try Self.check(name) }

    static func check(_ name: String) throws {
        if name.isEmpty || name.count > Passkeys.longestName {
            throw Fault.invalid("name", "Give the passkey a name of at most \(Passkeys.longestName) characters.")
        }
    }

    func run(_ context: CommandContext) throws -> Int64 {
        let account = try context.ownAccount(user)
        let hash = Passkeys.hash(credential.id, context.vault)
        guard try PasskeyStore.find(credential: hash, in: context.transaction) == nil else {
            throw Fault(.conflict, "passkey.known", "This passkey is already here.")
        }
        guard try PasskeyStore.all(of: user, in: context.transaction).count < Passkeys.most else {
            throw Fault(
                .conflict, "passkey.many", "You have \(Passkeys.most) passkeys.", remedy: "Remove one you do not use.")
        }
        let id = context.ids.nextRaw()
        let details = PasskeyDetails(credential: credential.id, key: credential.key, name: name)
        let passkey = PasskeyStore.Passkey(
            id: id, user: user, keySubject: account.keySubject, rpID: rpID, signCount: credential.signCount,
            createdAt: context.now, lastUsedAt: nil, blockedAt: nil,
            sealed: try context.vault.seal(details, id: id, subject: account.keySubject))
        try PasskeyStore.insert(passkey, hash: hash, in: context.transaction)
        try SessionStore.setSecondStep(session, true, in: context.transaction)
        context.noteAccount(user, "user.passkey-added")
        return id
    }
}

struct RenamePasskey: Command {
    static let permission = Permission.accountOwn
    let user: ID<User>
    let id: Int64
    let name: String

    func validate() throws { try AddPasskey.check(name) }

    func run(_ context: CommandContext) throws -> Bool {
        _ = try context.ownAccount(user)
        guard let passkey = try PasskeyStore.find(id, of: user, in: context.transaction) else {
            throw Fault.notFound("passkey")
        }
        context.concerns(.user(user))
        let old = try passkey.open(try context.access.grant(.accountOwn, for: .user(user)))
        let details = PasskeyDetails(credential: old.credential, key: old.key, name: name)
        let sealed = try context.vault.seal(details, id: passkey.id, subject: passkey.keySubject)
        try PasskeyStore.rename(passkey, sealed, in: context.transaction)
        return true
    }
}

/// Removes one of one's own passkeys, unless nothing would be left to sign in with.
struct RemovePasskey: Command {
    static let permission = Permission.accountOwn
    let user: ID<User>
    let session: Int64
    let id: Int64
    /// Whether the person's roles demand a second step.
    let needsSecondStep: Bool
    /// The identity provider that people sign in at, when there is one.
    let issuer: String?

    func run(_ context: CommandContext) throws -> Bool {
        let account = try context.ownAccount(user)
        guard try PasskeyStore.remove(id, of: user, in: context.transaction) else { throw Fault.notFound("passkey") }
        let left = try SignInWays.left(of: account, issuer: issuer, context.vault, in: context.transaction)
        guard left.any else { throw SignInWays.last }
        guard !needsSecondStep || left.secondStep else {
            throw Fault(
                .conflict, "second-step.required", "Your role needs the second step.",
                remedy: "Set up an authenticator app or another passkey first.")
        }
        context.noteAccount(user, "user.passkey-removed")
        return true
    }
}

/// Takes an assertion, to sign in or to confirm. Throws `passkey.wrong` when it is not right; false when it shows that
/// there is a copy of the key, which is then blocked.
struct UsePasskey: Command {
    static let permission = Permission.accountOwn
    let user: ID<User>
    let assertion: PasskeyAssertion
    let expected: PasskeyRules.Expected

    func run(_ context: CommandContext) throws -> Bool {
        context.concerns(.user(user))
        let hash = Passkeys.hash(assertion.id, context.vault)
        guard context.caller.actor == .user(user),
            let known = try PasskeyStore.find(credential: hash, in: context.transaction), known.user == user,
            known.blockedAt == nil, known.rpID == expected.place.rpID
        else { throw Self.wrong }
        let details = try known.open(try context.access.grant(.accountOwn, for: .user(user)))
        guard let key = PasskeyKey(stored: details.key) else { throw Self.wrong }
        let count: Int64
        do {
            count = try PasskeyRules.assertion(
                clientData: assertion.clientData, authenticatorData: assertion.authenticatorData,
                signature: assertion.signature, key: key, expected)
        } catch {
            throw Self.wrong
        }
        if PasskeyRules.isCloned(stored: known.signCount, given: count) {
            try PasskeyStore.block(known, now: context.now, in: context.transaction)
            context.noteAccount(user, "user.passkey-copied")
            return false
        }
        guard try PasskeyStore.use(known, count: count, now: context.now, in: context.transaction) else {
            throw Self.wrong
        }
        return true
    }

    static var wrong: Fault { Fault(.invalid, "passkey.wrong", "This passkey did not work.") }
}
