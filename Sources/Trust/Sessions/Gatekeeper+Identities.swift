import Kernel
import Spine
import Store
import Vault
import Web

/// Signing in and confirming with what an identity provider said.
extension Gatekeeper {
    /// Unknown here, not linked and not to be linked, or of somebody whose access was taken away: the answer is the same.
    func signIn(
        identity: IDToken, settings: OpenIDSettings, device: String? = nil, request: RequestOrigin
    ) async throws -> SignInAnswer {
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        let subject = IdentityStore.hash(identity.subject, issuer: settings.issuer, vault)
        let (account, steps) = try await spine.database.read(request.tenant) { transaction in
            let known = try IdentityStore.find(subject: subject, in: transaction)
            let account =
                try known.map { try UserStore.find($0.user, in: transaction) }
                ?? (try Self.newcomer(identity, vault, in: transaction))
            return (account, try SecondSteps.of(account?.id ?? ID(raw: 0), in: transaction))
        }
        guard let account, account.state == "active" else {
            try await note(request, user: account?.id, outcome: .denied, reason: "unknown-identity")
            return .wrong
        }
        do {
            let use = UseIdentity(user: account.id, issuer: settings.issuer, subject: Redacted(identity.subject))
            _ = try await spine.perform(use, as: own(account.id, request))
        } catch let fault as Fault where fault.code == "identity.other" {
            try await note(request, user: account.id, outcome: .denied, reason: "unknown-identity")
            return .wrong
        }
        let isStrong = !settings.secondStep.isDisjoint(with: identity.methods)
        if !isStrong, try isAsked(steps, of: account, request.tenant) {
            return .secondStep(try secondStepToken(account, now: now, vault))
        }
        return .session(
            try await begin(account, hasSecondStep: isStrong, attempt: nil, device: device, request: request, vault))
    }

    /// How long a provider's name for a person is at least, to be one that no other program gives to somebody else. Serial
    /// numbers, of the staff for instance, are shorter.
    private static let shortestExternalName = 16

    /// Whose account it is, the first time somebody comes: the one that provisioning made for what the provider calls them
    /// (SCIM's `externalId`), or else the one whose address it has checked. Nobody when that is two different people.
    private static func newcomer(
        _ identity: IDToken, _ vault: TenantVault, in transaction: any Transaction
    ) throws -> UserStore.Account? {
        let isLong = identity.subject.utf8.count >= shortestExternalName
        let external = UserStore.externalHash(identity.subject, vault)
        let named = isLong ? try ProvisioningStore.find(external: external, in: transaction) : []
        let addressed = try identity.verifiedEmail.flatMap { email in
            try UserStore.find(login: UserStore.loginHash(email, vault), in: transaction)
        }
        guard let first = named.first else { return addressed }
        guard named.count == 1, addressed == nil || addressed?.id == first.id else { return nil }
        return first
    }

    /// Confirms who somebody is: the provider has to have asked them just now.
    func confirm(
        identity: IDToken, settings: OpenIDSettings, user: ID<User>, session: Int64, request: RequestOrigin
    ) async throws -> Bool {
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        let subject = IdentityStore.hash(identity.subject, issuer: settings.issuer, vault)
        let known = try await spine.database.read(request.tenant) { try IdentityStore.find(subject: subject, in: $0) }
        guard known?.user == user, let at = identity.authenticatedAt, now - at < Sessions.confirmation,
            at <= now + IDToken.drift
        else {
            try await note(
                request, user: user, outcome: .denied, reason: "unknown-identity", act: "session.confirm")
            return false
        }
        _ = try await spine.database.write(request.tenant) { transaction in
            try SessionStore.confirm(session, now: now, in: transaction)
        }
        try await note(request, user: user, outcome: .permitted, reason: nil, act: "session.confirm")
        return true
    }
}
