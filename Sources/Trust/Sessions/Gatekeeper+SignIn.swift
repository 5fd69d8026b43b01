import Kernel
import Spine
import Store
import Vault
package import Web

/// Signing in: a password, and a second step for who has one.
extension Gatekeeper {
    package enum SignInAnswer: Sendable {
        case wrong
        /// The name or the address has to wait.
        case wait(Duration)
        /// The cookie of a new session.
        case session(String)
        /// The password was right; this is to come back with a code within five minutes.
        case secondStep(String)
    }

    private static let secondStepTime: Duration = .minutes(5)

    package func signIn(
        email: String, password: String, device: String? = nil, request: RequestOrigin
    ) async throws -> SignInAnswer {
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        let login = UserStore.loginHash(email, vault)
        let address = SignInWaits.address(request.remote, vault)
        let (answer, account, steps) = try await spine.database.write(request.tenant) { transaction in
            let answer = try SignInWaits.begin(account: login, address: address, now: now, in: transaction)
            let account = try UserStore.find(login: login, in: transaction)
            // Asked for nobody too, so that the answer takes as long.
            return (answer, account, try SecondSteps.of(account?.id ?? ID(raw: 0), in: transaction))
        }
        guard case .may(let attempt) = answer else {
            try await note(request, user: account?.id, outcome: .denied, reason: "locked")
            return Self.waiting(answer, now)
        }
        let matches = try await Password.verify(password, against: account?.passwordHash)
        guard let account, matches, account.state == "active" else {
            try await note(request, user: account?.id, outcome: .denied, reason: "wrong-credentials")
            return .wrong
        }
        if try isAsked(steps, of: account, request.tenant) {
            _ = try await spine.database.write(request.tenant) { try SignInWaits.withdraw(attempt, in: $0) }
            return .secondStep(try secondStepToken(account, now: now, vault))
        }
        return .session(
            try await begin(account, hasSecondStep: false, attempt: attempt, device: device, request: request, vault))
    }

    /// Whether a second step is asked for. A passkey is one where a role demands the second step: else whoever has the
    /// password alone could set up an app of their own.
    func isAsked(_ steps: SecondSteps, of account: UserStore.Account, _ tenant: ID<Tenant>) throws -> Bool {
        if steps.app { return true }
        return try steps.passkey && limits(account.roles, tenant).needsSecondStep
    }

    /// Goes on with a code. Nil: the first step was too long ago, or its password is no longer the account's.
    package func secondStep(
        token: String, code: String, device: String? = nil, request: RequestOrigin
    ) async throws -> SignInAnswer? {
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        guard let account = try await account(of: token, request, now: now, vault) else { return nil }
        let address = SignInWaits.address(request.remote, vault)
        let answer = try await spine.database.write(request.tenant) { transaction in
            try SignInWaits.begin(account: account.loginHash, address: address, now: now, in: transaction)
        }
        guard case .may(let attempt) = answer else {
            try await note(request, user: account.id, outcome: .denied, reason: "locked")
            return Self.waiting(answer, now)
        }
        do {
            _ = try await spine.perform(
                UseSecondStep(user: account.id, code: Redacted(code)), as: own(account.id, request))
        } catch let fault as Fault where fault.code == "second-step.wrong" {
            try await note(request, user: account.id, outcome: .denied, reason: "wrong-code")
            return .wrong
        }
        return .session(
            try await begin(account, hasSecondStep: true, attempt: attempt, device: device, request: request, vault))
    }

    /// With what a first step that was taken may still go on; nil: it may not.
    func mayGoOn(token: String, request: RequestOrigin) async throws -> SecondSteps? {
        let vault = try await spine.vault(request.tenant)
        guard let account = try await account(of: token, request, now: spine.clock.now(), vault) else { return nil }
        return try await spine.database.read(request.tenant) { try SecondSteps.of(account.id, in: $0) }
    }

    static func waiting(_ answer: SignInWaits.Answer, _ now: Instant) -> SignInAnswer {
        guard case .wait(let until) = answer else { return .wrong }
        return .wait(max(.seconds(1), until - now))
    }

    /// `attempt`: what was counted and came out right; nil where there was nothing to guess.
    func begin(
        _ account: UserStore.Account, hasSecondStep: Bool, attempt: SignInWaits.Attempt?, device: String?,
        request: RequestOrigin, _ vault: TenantVault
    ) async throws -> String {
        let now = spine.clock.now()
        let token = Base64URL.encode(Secret.bytes(32))
        let session = SessionStore.Session(
            id: spine.ids.nextRaw(), user: account.id,
            times: Sessions.Times(
                createdAt: now, seenAt: now,
                expiresAt: now + (try limits(account.roles, request.tenant)).absolute, endedAt: nil),
            confirmedAt: now, hasSecondStep: hasSecondStep, device: device, remote: request.remote)
        _ = try await spine.database.write(request.tenant) { transaction in
            if let attempt { try SignInWaits.right(attempt, in: transaction) }
            try SessionStore.insert(session, hash: SessionStore.tokenHash(token, vault), in: transaction)
        }
        try await note(request, user: account.id, outcome: .permitted, reason: nil)
        return token
    }

    // MARK: Between the steps

    /// Names the account, the moment, and the password it was right for: a new password makes it void.
    func secondStepToken(_ account: UserStore.Account, now: Instant, _ vault: TenantVault) throws -> String {
        let mark = vault.keyedHash(Array(account.passwordHash.utf8), label: "second-step").prefix(8)
        return try vault.sealToken(
            Array("\(account.id.text) \(now.microseconds) \(Hex.encode(Array(mark)))".utf8), label: "second-step")
    }

    private func account(
        of token: String, _ request: RequestOrigin, now: Instant, _ vault: TenantVault
    ) async throws -> UserStore.Account? {
        guard token.utf8.count <= 400, let plain = vault.openToken(token, label: "second-step") else { return nil }
        let parts = String(decoding: plain, as: UTF8.self).split(separator: " ").map(String.init)
        guard parts.count == 3, let user = ID<User>(parts[0]), let moment = Int64(parts[1]) else { return nil }
        guard now - Instant(microseconds: moment) < Self.secondStepTime else { return nil }
        guard let account = try await spine.database.read(request.tenant, { try UserStore.find(user, in: $0) }),
            account.state == "active"
        else { return nil }
        let mark = vault.keyedHash(Array(account.passwordHash.utf8), label: "second-step").prefix(8)
        return Timing.equal(Array(parts[2].utf8), Array(Hex.encode(Array(mark)).utf8)) ? account : nil
    }

    // MARK: Once signed in

    /// The caller for what everybody may do to their own account.
    func own(_ user: ID<User>, _ request: RequestOrigin) -> Caller {
        Caller(
            tenant: request.tenant, actor: .user(user), permissions: [.accountOwn], correlation: request.correlation,
            origin: "console", remote: request.remote)
    }

    package enum Confirmation: Sendable {
        case right, wrong
        case wait(Duration)
    }

    /// Asks somebody who is signed in for their password once more; right, it counts for `Sessions.confirmation`.
    package func confirm(
        password: String, signedIn: SignedIn, request: RequestOrigin
    ) async throws -> Confirmation {
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        let address = SignInWaits.address(request.remote, vault)
        guard
            let account = try await spine.database.read(request.tenant, { try UserStore.find(signedIn.user, in: $0) })
        else { return .wrong }
        let answer = try await spine.database.write(request.tenant) { transaction in
            try SignInWaits.begin(account: account.loginHash, address: address, now: now, in: transaction)
        }
        guard case .may(let attempt) = answer else {
            try await note(request, user: account.id, outcome: .denied, reason: "locked", act: "session.confirm")
            if case .wait(let wait) = Self.waiting(answer, now) { return .wait(wait) }
            return .wrong
        }
        guard try await Password.verify(password, against: account.passwordHash) else {
            try await note(
                request, user: account.id, outcome: .denied, reason: "wrong-credentials", act: "session.confirm")
            return .wrong
        }
        let session = signedIn.session
        _ = try await spine.database.write(request.tenant) { transaction in
            try SignInWaits.withdraw(attempt, in: transaction)
            try SessionStore.confirm(session, now: now, in: transaction)
        }
        try await note(request, user: account.id, outcome: .permitted, reason: nil, act: "session.confirm")
        return .right
    }

    /// Whether the person of this session showed a short while ago that it is them.
    package func isConfirmed(_ signedIn: SignedIn) async throws -> Bool {
        let id = signedIn.session
        let session = try await spine.database.read(signedIn.caller.tenant) { try SessionStore.find(id, in: $0) }
        guard let session else { return false }
        let age = spine.clock.now() - session.confirmedAt
        return age >= .zero && age < Sessions.confirmation
    }

    package func signOut(signedIn: SignedIn) async throws {
        forget()
        let now = spine.clock.now()
        try await spine.database.write(signedIn.caller.tenant) { transaction in
            try SessionStore.end(signedIn.session, now: now, in: transaction)
        }
        forget()
    }

    func note(
        _ request: RequestOrigin, user: ID<User>?, outcome: AuditEntry.Outcome, reason: String?,
        act: String = "session.begin"
    ) async throws {
        let actor: Actor = .user(user ?? ID(raw: 0))
        try await spine.audit.record(
            [
                AuditEntry(
                    actor: actor, action: act, purpose: .operations, outcome: outcome, reason: reason,
                    subject: user.map(DataSubject.user), correlation: request.correlation, origin: "console",
                    remote: request.remote)
            ], tenant: request.tenant)
    }
}
