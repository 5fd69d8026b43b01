import Kernel
import Spine
import Store
package import Vault
import Web

// Provisioning: the practice's identity provider keeps the accounts, by SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2.
//
// - A program with the right `user.provision` reads and changes accounts. It sees and sets who somebody is, whether they
//   may come in, and by groups what they may do; passwords it neither sees nor sets: somebody new comes in by the
//   provider's own sign-in, or by an invitation.
// - Groups are the practice's roles and locations; they are made in the console. Teams follow from roles.
// - `active: false` and DELETE are one thing here: access ends at once, everywhere. The account stays, as the author of
//   what it did; deleted, it is no longer found by SCIM, and the same name may be provisioned again, which brings it back
//   without its rights.
// - What holds at the console holds here: nobody is left without an administrator, and rights with which rights are given
//   come only from a program that has them itself.

extension Permission {
    /// To keep accounts from an identity provider.
    package static let userProvision = Permission("user.provision")
}

enum Provisioning {
    static let base = "/scim/v2"
    static let userSchema = "urn:ietf:params:scim:schemas:core:2.0:User"
    static let groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
    static let listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    static let patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    static let errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"
    static let searchSchema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
    /// The largest body taken.
    static let largestBody = 256 << 10
    static let largestPage = 200
    static let mostOperations = 100

    static let migration = Migration(
        "2026-11-23.trust.scim-removed",
        [
            """
            CREATE TABLE scim_removed (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, removed_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, user_id))
            """
        ])

    static let tables = [
        TableRule(
            "scim_removed", .none(reason: "which accounts an identity provider has deleted; ids only"),
            disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] })
    ]

    /// How errors look under `/scim`.
    static var problems: ProblemForm {
        ProblemForm(prefix: "/scim") { fault, status in SCIMError.response(fault, status: status) }
    }
}
