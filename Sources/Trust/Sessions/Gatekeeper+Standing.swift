package import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
package import Vault
import Web

extension Gatekeeper {
    /// Whether somebody who has begun something long may go on: their session holds and their roles give the right.
    /// It is asked of the store each time, so whoever took access away, on whatever node, is heard.
    func stillMay(_ permission: Permission, _ signedIn: SignedIn) async throws -> Bool {
        let (tenant, id) = (signedIn.caller.tenant, signedIn.session)
        try await definitions.refresh(of: tenant)
        let found = try await spine.database.read(tenant) { transaction -> Open? in
            guard let session = try SessionStore.find(id, in: transaction),
                let account = try UserStore.find(session.user, in: transaction), account.state == "active"
            else { return nil }
            return Open(session: session, account: account)
        }
        guard let found else { return false }
        let roles = found.account.roles
        let limits = try limits(roles, tenant)
        guard found.session.times.hold(limits, at: spine.clock.now()),
            found.session.hasSecondStep || !limits.needsSecondStep
        else { return false }
        return try roleRights(roles, places: found.account.locations ?? [], tenant).permissions.contains(permission)
    }

    private struct Open: Sendable {
        let session: SessionStore.Session
        let account: UserStore.Account
    }

    /// A member of the staff with the rights they have at this moment, without a session: for what they have left to be
    /// done in their name. Nil: they are no longer with us, or may not come in at present.
    package func standing(
        of user: ID<User>, tenant: ID<Tenant>, origin: String, remote: String? = nil
    ) async throws -> Caller? {
        try await definitions.refresh(of: tenant)
        let directory = directory
        let found = try await spine.database.read(tenant) { transaction -> Standing? in
            guard let account = try UserStore.find(user, in: transaction), account.state == "active" else { return nil }
            return Standing(
                account: account, own: try StaffTies.own(of: [user], directory, in: transaction)[user] ?? [],
                parties: try CareRelations.parties(of: [user], in: transaction)[user] ?? [])
        }
        guard let found else { return nil }
        let account = found.account
        let given = try roleRights(account.roles, places: account.locations ?? [], tenant)
        return Caller(
            tenant: tenant, actor: .user(user), permissions: given.permissions, locations: given.locations,
            purpose: given.usualPurpose, purposes: given.purposes, roles: account.roles,
            correlation: spine.ids.nextRaw(), origin: origin, remote: remote, own: found.own,
            relationship: try relationship(
                given.needsRelationship, account, found.parties, tenant, spine.clock.now()))
    }

    private struct Standing: Sendable {
        let account: UserStore.Account
        let own: Set<ID<Patient>>
        let parties: [String]
    }
}
