import Kernel
import Spine
import Store
import Vault
import Web

/// Signing in and confirming with a passkey.
extension Gatekeeper {
    /// A fresh challenge for one use. Nil: this address has asked for too many. `browser`: the random cookie of a browser
    /// that has no session yet.
    func challenge(
        _ purpose: SignInCeremonies.Purpose, _ place: PasskeyPlace, browser: String? = nil,
        signedIn: SignedIn? = nil, request: RequestOrigin
    ) async throws -> [UInt8]? {
        let vault = try await spine.vault(request.tenant)
        let challenge = Secret.bytes(32)
        let ceremony = SignInCeremonies.Ceremony(
            purpose: purpose, origin: place.origin, user: signedIn?.user, session: signedIn?.session,
            browser: browser.map { SignInCeremonies.browser($0, vault) }, back: nil)
        let now = spine.clock.now()
        let hash = SignInCeremonies.hash(challenge, vault)
        let address = SignInWaits.address(request.remote, vault)
        let may = try await spine.database.write(request.tenant) { transaction in
            try SignInCeremonies.begin(ceremony, hash: hash, address: address, now: now, in: transaction)
        }
        return may ? challenge : nil
    }

    /// Takes back the challenge that these client data answer; nil when it was not for this. Whatever comes of it, it is
    /// used up.
    func answered(
        _ clientData: [UInt8], _ purpose: SignInCeremonies.Purpose, _ place: PasskeyPlace, browser: String? = nil,
        signedIn: SignedIn? = nil, request: RequestOrigin
    ) async throws -> PasskeyRules.Expected? {
        guard let challenge = PasskeyRules.challenge(in: clientData) else { return nil }
        let vault = try await spine.vault(request.tenant)
        let hash = SignInCeremonies.hash(challenge, vault)
        let now = spine.clock.now()
        let taken = try await spine.database.write(request.tenant) { transaction in
            try SignInCeremonies.take(hash, [purpose], now: now, in: transaction)
        }
        guard let taken, taken.origin == place.origin, taken.user == signedIn?.user,
            taken.session == signedIn?.session, taken.browser == browser.map({ SignInCeremonies.browser($0, vault) })
        else { return nil }
        return PasskeyRules.Expected(challenge: challenge, place: place)
    }

    /// The credential says who it is. Unknown, somebody else's, blocked, of somebody whose access was taken away, or not
    /// signed rightly: the answer is the same.
    func signIn(
        passkey: PasskeyAssertion, place: PasskeyPlace, browser: String, device: String? = nil, request: RequestOrigin
    ) async throws -> SignInAnswer {
        let vault = try await spine.vault(request.tenant)
        let now = spine.clock.now()
        let expected = try await answered(
            passkey.clientData, .signInByPasskey, place, browser: browser, request: request)
        let credential = Passkeys.hash(passkey.id, vault)
        let address = SignInWaits.address(request.remote, vault)
        let (answer, account) = try await spine.database.write(request.tenant) { transaction in
            let answer = try SignInWaits.begin(account: credential, address: address, now: now, in: transaction)
            let owner = try PasskeyStore.find(credential: credential, in: transaction)?.user
            return (answer, try UserStore.find(owner ?? ID(raw: 0), in: transaction))
        }
        guard case .may(let attempt) = answer else {
            try await note(request, user: account?.id, outcome: .denied, reason: "locked")
            return Self.waiting(answer, now)
        }
        guard let expected, let account, account.state == "active",
            passkey.userHandle == Passkeys.handle(account.id, vault)
        else {
            try await note(request, user: account?.id, outcome: .denied, reason: "wrong-passkey")
            return .wrong
        }
        guard try await use(passkey, of: account.id, expected, request, act: "session.begin") else { return .wrong }
        return .session(
            try await begin(account, hasSecondStep: true, attempt: attempt, device: device, request: request, vault))
    }

    /// Confirms who somebody is who is signed in.
    func confirm(
        passkey: PasskeyAssertion, place: PasskeyPlace, signedIn: SignedIn, request: RequestOrigin
    ) async throws -> Confirmation {
        let vault = try await spine.vault(request.tenant)
        let now = spine.clock.now()
        let expected = try await answered(
            passkey.clientData, .confirmByPasskey, place, signedIn: signedIn, request: request)
        let credential = Passkeys.hash(passkey.id, vault)
        let address = SignInWaits.address(request.remote, vault)
        let answer = try await spine.database.write(request.tenant) { transaction in
            try SignInWaits.begin(account: credential, address: address, now: now, in: transaction)
        }
        guard case .may(let attempt) = answer else {
            try await note(request, user: signedIn.user, outcome: .denied, reason: "locked", act: "session.confirm")
            if case .wait(let wait) = Self.waiting(answer, now) { return .wait(wait) }
            return .wrong
        }
        let handle = Passkeys.handle(signedIn.user, vault)
        guard let expected, passkey.userHandle.map({ $0 == handle }) ?? true else {
            try await note(
                request, user: signedIn.user, outcome: .denied, reason: "wrong-passkey", act: "session.confirm")
            return .wrong
        }
        guard try await use(passkey, of: signedIn.user, expected, request, act: "session.confirm") else {
            return .wrong
        }
        let session = signedIn.session
        _ = try await spine.database.write(request.tenant) { transaction in
            try SignInWaits.withdraw(attempt, in: transaction)
            try SessionStore.confirm(session, now: now, in: transaction)
        }
        try await note(request, user: signedIn.user, outcome: .permitted, reason: nil, act: "session.confirm")
        return .right
    }

    /// Whether the assertion is right; when it is not, that is written down.
    private func use(
        _ passkey: PasskeyAssertion, of user: ID<User>, _ expected: PasskeyRules.Expected, _ request: RequestOrigin,
        act: String
    ) async throws -> Bool {
        do {
            let command = UsePasskey(user: user, assertion: passkey, expected: expected)
            if try await spine.perform(command, as: own(user, request)) { return true }
            try await note(request, user: user, outcome: .denied, reason: "passkey-copied", act: act)
            return false
        } catch let fault as Fault where fault.code == "passkey.wrong" {
            try await note(request, user: user, outcome: .denied, reason: "wrong-passkey", act: act)
            return false
        }
    }
}
