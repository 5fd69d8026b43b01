package import Kernel
import Spine
package import Vault

/// What of a user is sealed.
package struct UserDetails: Sealable, Equatable {
    /// An address that an identity provider has told, besides the name to sign in with.
    struct Address: Sendable, Equatable {
        var value: String
        var type: String?
        var isPrimary: Bool
    }

    package static let sealKind = SealKind(400)
    /// The name to sign in with.
    package var email: String
    /// What an identity provider calls this person.
    var externalID: String?
    var givenName: String?
    var familyName: String?
    var formattedName: String?
    var addresses: [Address] = []

    package init(email: String) { self.email = email }

    package func pack(into packer: inout Packer) {
        packer.put(1, email)
        packer.put(2, externalID)
        packer.put(3, givenName)
        packer.put(4, familyName)
        packer.put(5, formattedName)
        packer.put(6, list: addresses) { address, inner in
            inner.put(1, address.value)
            inner.put(2, address.type)
            inner.put(3, address.isPrimary)
        }
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        email = try fields.required(1)
        externalID = fields.string(2)
        givenName = fields.string(3)
        familyName = fields.string(4)
        formattedName = fields.string(5)
        addresses = try fields.list(6) { (inner) throws(Fault) in
            Address(value: try inner.required(1), type: inner.string(2), isPrimary: inner.bool(3))
        }
    }
}

/// What an account is: who it is for, what they may do, where, and whether they may come in at all.
struct AccountShape: Sendable, Equatable {
    var details: UserDetails
    var displayName: String
    var roles: [String]
    /// Keys of locations; nil: none in particular, for roles that reach everywhere.
    var locations: [String]?
    var isActive = true
}

extension UserStore.Account {
    func shape(_ details: UserDetails) -> AccountShape {
        AccountShape(
            details: details, displayName: displayName, roles: roles, locations: locations,
            isActive: state == "active")
    }
}
