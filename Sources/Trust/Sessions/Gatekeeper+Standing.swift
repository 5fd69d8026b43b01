package import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
package import Vault

extension Gatekeeper {
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
