package import Kernel
package import Store

/// Names of the staff, for owners in lists and pickers. Implemented by the Trust area.
///
/// A staff member's display name is plain: it is the name on the badge; their address and sign-in name are sealed.
package protocol StaffDirectory: Sendable {
    func names(of users: [ID<User>], in transaction: any Transaction) throws -> [ID<User>: StaffName]
    /// Everybody who can own needs, by name.
    func active(in transaction: any Transaction) throws -> [StaffName]
}

package struct StaffName: Sendable, Equatable {
    package let id: ID<User>
    package let name: String
    package let initials: String

    package init(id: ID<User>, name: String) {
        self.id = id
        self.name = name
        initials = String(name.split(separator: " ").prefix(2).compactMap(\.first)).uppercased()
    }
}
