import Kernel
package import Spine
import Store
package import StudioAPI
import Synchronization
package import Vault
package import Web

/// Turns passwords into sessions, and cookies and keys into callers.
package final class Gatekeeper: Identities {
    private struct Seen: Sendable {
        let account: UserStore.Account
        let session: SessionStore.Session
        let checkedAt: Instant
    }

    /// What the rights of a caller depend on.
    private struct Rights: Hashable, Sendable {
        let tenant: ID<Tenant>
        let revision: Int
        let roles: [String]
    }

    private struct SeenKey: Sendable {
        let key: APIKeyStore.Key
        let checkedAt: Instant
    }

    /// How long a check is trusted before the row is read again: removal of access takes effect within this.
    private static let trust: Duration = .milliseconds(800)
    private static let largestCache = 10_000

    private let spine: Spine
    private let definitions: any DefinitionReading
    private let sessions = Mutex<[String: Seen]>([:])
    private let keys = Mutex<[String: SeenKey]>([:])
    private let rights = Mutex<[Rights: Set<Permission>]>([:])
    private let addresses = Throttle(limit: 20, per: .minutes(5))

    package init(spine: Spine, definitions: any DefinitionReading) {
        self.spine = spine
        self.definitions = definitions
    }

    // MARK: Signing in

    /// Checks a password. Nil: wrong name or password; throws `session.throttled` when the account or address must wait.
    package func signIn(
        email: String, password: String, request: RequestOrigin
    ) async throws -> (token: String, id: Int64)? {
        let now = spine.clock.now()
        guard addresses.allows(request.remote, now: now) else { throw Self.throttled }
        let vault = try await spine.vault(request.tenant)
        let hash = UserStore.loginHash(email, vault)
        let account = try await spine.database.read(request.tenant) { try UserStore.find(login: hash, in: $0) }
        if let account, let until = account.lockedUntil, until > now {
            // The same work as for any other attempt, so that a locked account looks like a wrong password.
            _ = try await Password.verify(password, against: account.passwordHash)
            try await note(request, user: account.id, outcome: .denied, reason: "locked")
            return nil
        }
        let matches = try await Password.verify(password, against: account?.passwordHash ?? Password.decoy)
        guard let account, matches, account.state == "active" else {
            addresses.note(request.remote, now: now)
            if let account {
                let failures = account.failures + 1
                let until = Sessions.wait(after: failures).map { now + $0 }
                _ = try await spine.database.write(request.tenant) {
                    try UserStore.noteFailure(account.id, failures: failures, lockedUntil: until, in: $0)
                }
            }
            try await note(request, user: account?.id, outcome: .denied, reason: "wrong-credentials")
            return nil
        }
        let token = Base64URL.encode(Secret.bytes(32))
        let id = spine.ids.nextRaw()
        let tokenHash = SessionStore.tokenHash(token, vault)
        _ = try await spine.database.write(request.tenant) { transaction in
            try UserStore.noteFailure(account.id, failures: 0, lockedUntil: nil, in: transaction)
            try SessionStore.insert(id: id, user: account.id, hash: tokenHash, now: now, in: transaction)
        }
        try await note(request, user: account.id, outcome: .permitted, reason: nil)
        return (token, id)
    }

    package func signOut(cookie: String, signedIn: SignedIn) async throws {
        sessions.withLock { $0[cookie] = nil }
        let now = spine.clock.now()
        try await spine.database.write(signedIn.caller.tenant) { transaction in
            try SessionStore.end(signedIn.session, now: now, in: transaction)
        }
    }

    private static var throttled: Fault {
        Fault(
            .tooMany, "session.throttled", "Too many attempts from this address.",
            remedy: "Wait five minutes and try again.")
    }

    private func note(
        _ request: RequestOrigin, user: ID<User>?, outcome: AuditEntry.Outcome, reason: String?
    ) async throws {
        let actor: Actor = .user(user ?? ID(raw: 0))
        try await spine.audit.record(
            [
                AuditEntry(
                    actor: actor, action: "session.begin", purpose: .operations, outcome: outcome, reason: reason,
                    subject: user.map(DataSubject.user), correlation: request.correlation, origin: "console")
            ], tenant: request.tenant)
    }

    // MARK: Identities

    package func signedIn(cookie: String, request: RequestOrigin) async throws -> SignedIn? {
        guard (20...100).contains(cookie.utf8.count) else { return nil }
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        let slot = request.tenant.text + cookie
        var seen = sessions.withLock { $0[slot] }
        if seen == nil || now - (seen?.checkedAt ?? now) > Self.trust {
            seen = try await look(cookie, tenant: request.tenant, vault: vault, now: now)
            sessions.withLock { sessions in
                if sessions.count > Self.largestCache { sessions.removeAll() }
                sessions[slot] = seen
            }
        }
        guard let seen, seen.account.state == "active",
            Sessions.holds(
                seenAt: seen.session.seenAt, expiresAt: seen.session.expiresAt, endedAt: seen.session.endedAt, now: now)
        else { return nil }
        let rights = try permissions(seen.account.roles, request.tenant)
        let user = seen.account.id
        // Asked each time: what was opened in an emergency ends to the second.
        let opened =
            rights.contains(.patientBreakGlass)
            ? try await spine.database.read(request.tenant) { try BreakGlassStore.opened(by: user, at: now, in: $0) }
            : [:]
        let caller = Caller(
            tenant: request.tenant, actor: .user(seen.account.id), permissions: rights,
            locations: try locations(seen.account, request.tenant), purpose: .operations, roles: seen.account.roles,
            correlation: request.correlation, origin: "console", opened: opened)
        return SignedIn(
            caller: caller, user: seen.account.id, displayName: seen.account.displayName,
            initials: String(seen.account.displayName.split(separator: " ").prefix(2).compactMap(\.first)),
            csrf: Base64URL.encode(Array(vault.keyedHash(Array(cookie.utf8), label: "csrf").prefix(18))),
            session: seen.session.id)
    }

    private func look(_ cookie: String, tenant: ID<Tenant>, vault: TenantVault, now: Instant) async throws -> Seen? {
        let hash = SessionStore.tokenHash(cookie, vault)
        let found = try await spine.database.read(tenant) { transaction -> (SessionStore.Session, UserStore.Account)? in
            guard let session = try SessionStore.find(hash, in: transaction),
                let account = try UserStore.find(session.user, in: transaction)
            else { return nil }
            return (session, account)
        }
        guard let (session, account) = found else { return nil }
        let holds = Sessions.holds(
            seenAt: session.seenAt, expiresAt: session.expiresAt, endedAt: session.endedAt, now: now)
        guard holds, now - session.seenAt > .minutes(1) else {
            return Seen(account: account, session: session, checkedAt: now)
        }
        _ = try await spine.database.write(tenant) { try SessionStore.touch(session.id, now: now, in: $0) }
        let touched = SessionStore.Session(
            id: session.id, user: session.user, seenAt: now, expiresAt: session.expiresAt, endedAt: session.endedAt)
        return Seen(account: account, session: touched, checkedAt: now)
    }

    package func caller(bearer: String, request: RequestOrigin) async throws -> Caller? {
        guard (20...200).contains(bearer.utf8.count) else { return nil }
        let now = spine.clock.now()
        let slot = request.tenant.text + bearer
        var seen = keys.withLock { $0[slot] }
        if seen == nil || now - (seen?.checkedAt ?? now) > Self.trust {
            let vault = try await spine.vault(request.tenant)
            let hash = APIKeyStore.hash(bearer, vault)
            let key = try await spine.database.read(request.tenant) { try APIKeyStore.find(hash, in: $0) }
            seen = key.map { SeenKey(key: $0, checkedAt: now) }
            keys.withLock { keys in
                if keys.count > Self.largestCache { keys.removeAll() }
                keys[slot] = seen
            }
        }
        guard let key = seen?.key, key.revokedAt == nil, key.expiresAt.map({ now < $0 }) ?? true else { return nil }
        return Caller(
            tenant: request.tenant, actor: .apiKey(key.id), permissions: try permissions(key.roles, request.tenant),
            locations: .all,
            purpose: .operations, roles: key.roles, correlation: request.correlation, origin: "api")
    }

    /// The rights of all roles together. A role that is not published gives none.
    private func permissions(_ roles: [String], _ tenant: ID<Tenant>) throws -> Set<Permission> {
        let configuration = try definitions.configuration(of: tenant)
        let key = Rights(tenant: tenant, revision: configuration.revision, roles: roles)
        if let known = rights.withLock({ $0[key] }) { return known }
        let granted: Set<Permission> = roles.reduce(into: []) {
            $0.formUnion(configuration.roles[$1]?.value.grants ?? [])
        }
        rights.withLock { rights in
            if rights.count > Self.largestCache { rights.removeAll() }
            rights[key] = granted
        }
        return granted
    }

    /// Everywhere, when one role reaches everywhere; otherwise where the user works.
    private func locations(_ account: UserStore.Account, _ tenant: ID<Tenant>) throws -> Caller.Locations {
        let configuration = try definitions.configuration(of: tenant)
        if account.roles.contains(where: { configuration.roles[$0]?.value.locationScope == .everywhere }) {
            return .all
        }
        return .only(Set((account.locations ?? []).map(LocationKeys.id)))
    }
}

/// Counts events per name over a sliding window; bounded.
final class Throttle: Sendable {
    private let limit: Int
    private let window: Duration
    private let seen = Mutex<[String: [Instant]]>([:])

    init(limit: Int, per window: Duration) {
        self.limit = limit
        self.window = window
    }

    func allows(_ name: String, now: Instant) -> Bool {
        seen.withLock { ($0[name] ?? []).filter { now - $0 < window }.count < limit }
    }

    func note(_ name: String, now: Instant) {
        seen.withLock { seen in
            if seen.count > 50_000 { seen.removeAll() }
            seen[name] = (seen[name] ?? []).filter { now - $0 < window } + [now]
        }
    }
}
