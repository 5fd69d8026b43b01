import Kernel
import StudioAPI
import Vault

/// What roles and places together let somebody do: worked out here alone, for who signs in and for who watches over
/// what goes on.
struct RoleRights: Sendable, Equatable {
    let permissions: Set<Permission>
    let locations: Caller.Locations
    let purposes: Set<Purpose>
    /// What is written down where nothing else is asked: what the roles agree on.
    let usualPurpose: Purpose
    /// Asked for unless one of the roles asks for none.
    let needsRelationship: Bool

    /// A role that is not published gives nothing. `places`: keys of locations; it counts unless a role reaches
    /// everywhere.
    init(_ roles: [String], places: [String], _ configuration: Configuration) {
        let known = roles.compactMap { configuration.roles[$0]?.value }
        permissions = known.reduce(into: []) { $0.formUnion($1.grants) }
        let purposes: Set<Purpose> = known.reduce(into: []) { $0.formUnion($1.looksFor) }
        self.purposes = purposes
        let usual = Set(known.map(\.usualPurpose))
        usualPurpose = usual.count == 1 ? usual.first ?? .operations : RoleDefinition.usualPurpose(of: purposes)
        let reachesAll = known.contains { $0.locationScope == .everywhere }
        locations = reachesAll ? .all : .only(Set(places.map(LocationKeys.id)))
        needsRelationship = !known.isEmpty && known.allSatisfy { $0.relationship == .required }
    }

    /// Those that a caller was made with.
    init(of caller: Caller) {
        permissions = caller.permissions
        locations = caller.locations
        purposes = caller.purposes
        usualPurpose = caller.purpose
        needsRelationship = caller.relationship != .notNeeded
    }
}
