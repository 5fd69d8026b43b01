import Kernel
import Logging
package import PeopleAPI
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
        /// Whose records the person never opens, and what stands for them in others' care.
        let own: Set<ID<Patient>>
        let parties: [String]
        let checkedAt: Instant
    }

    private struct Found: Sendable {
        let session: SessionStore.Session
        let account: UserStore.Account
        let own: Set<ID<Patient>>
        let parties: [String]
    }

    /// What the rights of a caller depend on.
    private struct Rights: Hashable, Sendable {
        let tenant: ID<Tenant>
        let revision: Int
        let roles: [String]
        let places: [String]
    }

    private struct SeenKey: Sendable {
        let key: APIKeyStore.Key
        let checkedAt: Instant
    }

    /// How long a check is trusted before the row is read again: removal of access takes effect within this.
    package static let trust: Duration = .milliseconds(500)
    /// How often open streams are looked at.
    package static var streamPause: Duration { SessionWatch.pause }
    private static let largestCache = 10_000

    let spine: Spine
    let definitions: any DefinitionReading
    let breached: BreachedPasswords
    /// Knows which records are one person's; nil: none are laid over one another.
    let directory: (any PatientDirectory)?
    private let watch: SessionWatch
    private let sessions = Mutex<[String: Seen]>([:])
    private let keys = Mutex<[String: SeenKey]>([:])
    private let rights = Mutex<[Rights: RoleRights]>([:])

    package init(
        spine: Spine, definitions: any DefinitionReading, breached: BreachedPasswords = .none,
        directory: (any PatientDirectory)? = nil
    ) {
        self.directory = directory
        self.spine = spine
        self.definitions = definitions
        self.breached = breached
        watch = SessionWatch(spine: spine, definitions: definitions, directory: directory)
    }

    // MARK: Identities

    package func signedIn(cookie: String, request: RequestOrigin) async throws -> SignedIn? {
        guard (20...100).contains(cookie.utf8.count) else { return nil }
        let now = spine.clock.now()
        let vault = try await spine.vault(request.tenant)
        let slot = request.tenant.text + cookie
        var seen = sessions.withLock { $0[slot] }
        if seen == nil || now - (seen?.checkedAt ?? now) > Self.trust {
            seen = try await look(cookie, request: request, vault: vault, now: now)
            sessions.withLock { sessions in
                if sessions.count > Self.largestCache { sessions.removeAll() }
                sessions[slot] = seen
            }
        }
        guard let seen, seen.account.state == "active" else { return nil }
        let limits = try limits(seen.account.roles, request.tenant)
        guard seen.session.times.hold(limits, at: now) else { return nil }
        let mustSetUp = limits.needsSecondStep && !seen.session.hasSecondStep
        let given = try roleRights(seen.account.roles, places: seen.account.locations ?? [], request.tenant)
        let rights = mustSetUp ? [] : given.permissions
        let user = seen.account.id
        // Asked each time: what was opened in an emergency ends to the second.
        let opened =
            rights.contains(.patientBreakGlass)
            ? try await spine.database.read(request.tenant) { try BreakGlassStore.opened(by: user, at: now, in: $0) }
            : [:]
        let caller = Caller(
            tenant: request.tenant, actor: .user(user), permissions: rights, locations: given.locations,
            purpose: given.usualPurpose, purposes: given.purposes,
            roles: seen.account.roles, correlation: request.correlation, origin: "console",
            remote: request.remote, opened: opened, own: seen.own,
            relationship: try relationship(given.needsRelationship, seen.account, seen.parties, request.tenant, now))
        return SignedIn(
            caller: caller, user: seen.account.id, displayName: seen.account.displayName,
            initials: String(seen.account.displayName.split(separator: " ").prefix(2).compactMap(\.first)),
            csrf: Base64URL.encode(Array(vault.keyedHash(Array(cookie.utf8), label: "csrf").prefix(18))),
            session: seen.session.id, detour: mustSetUp ? AccountPages.secondStep : nil)
    }

    private func look(
        _ cookie: String, request: RequestOrigin, vault: TenantVault, now: Instant
    ) async throws -> Seen? {
        let hash = SessionStore.tokenHash(cookie, vault)
        let tenant = request.tenant
        // What a role may do is as fresh as who has it.
        try await definitions.refresh(of: tenant)
        let directory = directory
        let found = try await spine.database.read(tenant) { transaction -> Found? in
            guard let session = try SessionStore.find(hash, in: transaction),
                let account = try UserStore.find(session.user, in: transaction)
            else { return nil }
            let user = account.id
            return Found(
                session: session, account: account,
                own: try StaffTies.own(of: [user], directory, in: transaction)[user] ?? [],
                parties: try CareRelations.parties(of: [user], in: transaction)[user] ?? [])
        }
        guard let found else { return nil }
        let (stored, account) = (found.session, found.account)
        var session = stored
        let times = session.times
        let isWork = !request.isBackground && account.state == "active" && now - times.seenAt > .minutes(1)
        if isWork, times.hold(try limits(account.roles, tenant), at: now) {
            let id = session.id
            _ = try await spine.database.write(tenant) { try SessionStore.touch(id, now: now, in: $0) }
            session.times = Sessions.Times(
                createdAt: times.createdAt, seenAt: now, expiresAt: times.expiresAt, endedAt: times.endedAt)
        }
        return Seen(
            account: account, session: session, own: found.own, parties: found.parties, checkedAt: now)
    }

    /// What was read of sessions and keys is read anew: after one of them was ended here. Other nodes learn of it within
    /// `trust`.
    func forget() {
        sessions.withLock { $0.removeAll() }
        keys.withLock { $0.removeAll() }
    }

    /// Returns when the session no longer holds (true) or what its person may see has changed (false); nil: the task
    /// was cancelled.
    package func ended(_ signedIn: SignedIn) async -> Bool? {
        await watch.ended(
            signedIn.session, tenant: signedIn.caller.tenant,
            began: signedIn.detour == nil ? SessionWatch.Began(of: signedIn.caller) : nil)
    }

    func limits(_ roles: [String], _ tenant: ID<Tenant>) throws -> Sessions.Limits {
        try Self.limits(roles, tenant, definitions)
    }

    static func limits(
        _ roles: [String], _ tenant: ID<Tenant>, _ definitions: any DefinitionReading
    ) throws -> Sessions.Limits {
        limits(roles, try definitions.configuration(of: tenant))
    }

    static func limits(_ roles: [String], _ configuration: Configuration) -> Sessions.Limits {
        Sessions.Limits(roles: roles.compactMap { configuration.roles[$0]?.value })
    }

    package func caller(bearer: String, request: RequestOrigin) async throws -> Caller? {
        guard (20...200).contains(bearer.utf8.count) else { return nil }
        let now = spine.clock.now()
        let slot = request.tenant.text + bearer
        var seen = keys.withLock { $0[slot] }
        if seen == nil || now - (seen?.checkedAt ?? now) > Self.trust {
            let vault = try await spine.vault(request.tenant)
            let hash = APIKeyStore.hash(bearer, vault)
            try await definitions.refresh(of: request.tenant)
            let key = try await spine.database.read(request.tenant) { try APIKeyStore.find(hash, now: now, in: $0) }
            if let key, key.holds(at: now) { await noteUse(of: key, tenant: request.tenant, now: now) }
            seen = key.map { SeenKey(key: $0, checkedAt: now) }
            keys.withLock { keys in
                if keys.count > Self.largestCache { keys.removeAll() }
                keys[slot] = seen
            }
        }
        guard let key = seen?.key, key.holds(at: now) else { return nil }
        let given = try roleRights(key.roles, places: [], request.tenant)
        return Caller(
            tenant: request.tenant, actor: .apiKey(key.id),
            permissions: key.permissions.map { given.permissions.intersection($0) } ?? given.permissions,
            locations: key.locations.map { .only(Set($0.map(LocationKeys.id))) } ?? .all,
            purpose: given.usualPurpose, purposes: given.purposes, roles: key.roles, correlation: request.correlation,
            origin: "api", remote: request.remote,
            // A program has a part in nobody's care.
            relationship: given.needsRelationship ? .needed(parties: [], at: now) : .notNeeded)
    }

    /// For the list of keys. That it cannot be written keeps nobody out: what the key asks for is refused by itself then.
    private func noteUse(of key: APIKeyStore.Key, tenant: ID<Tenant>, now: Instant) async {
        if let usedAt = key.usedAt, now - usedAt < APIKeyStore.usedEvery { return }
        do {
            _ = try await spine.database.write(tenant) { transaction in
                try APIKeyStore.used(key.id, now: now, in: transaction)
                return true
            }
        } catch {
            spine.logger.warning("the use of a key could not be noted", metadata: ["key": "\(key.id.text)"])
        }
    }

    /// Worked out once for each configuration.
    func roleRights(_ roles: [String], places: [String], _ tenant: ID<Tenant>) throws -> RoleRights {
        let configuration = try definitions.configuration(of: tenant)
        let key = Rights(tenant: tenant, revision: configuration.revision, roles: roles, places: places)
        if let known = rights.withLock({ $0[key] }) { return known }
        let answer = RoleRights(roles, places: places, configuration)
        rights.withLock { rights in
            if rights.count > Self.largestCache { rights.removeAll() }
            rights[key] = answer
        }
        return answer
    }

    /// Whether one has to have a part in the care, and whose part counts.
    func relationship(
        _ needed: Bool, _ account: UserStore.Account, _ own: [String], _ tenant: ID<Tenant>, _ now: Instant
    ) throws -> Caller.Relationship {
        guard needed else { return .notNeeded }
        let configuration = try definitions.configuration(of: tenant)
        return .needed(parties: Self.parties(account.id, roles: account.roles, own, configuration), at: now)
    }

    /// The person, the teams of their roles, and what else stands for them.
    static func parties(
        _ user: ID<User>, roles: [String], _ own: [String], _ configuration: Configuration
    ) -> Set<String> {
        let teams = configuration.teams.filter { !$0.value.value.roles.allSatisfy { !roles.contains($0) } }.keys
        return Set([CareParty.user(user)] + teams.map(CareParty.team) + own)
    }
}
