import Kernel
import Store
import Vault

/// The ways in which somebody can sign in. One has to remain: who removes the last is locked out.
struct SignInWays: Sendable {
    let password: Bool
    let passkeys: Int
    let provider: Bool
    let app: Bool

    var any: Bool { password || passkeys > 0 || provider }
    /// Whether there is something that counts as a second step.
    var secondStep: Bool { app || passkeys > 0 }

    /// `issuer`: the identity provider that is configured; a link to another one lets nobody in.
    static func left(
        of account: UserStore.Account, issuer: String?, _ vault: TenantVault, in transaction: any Transaction
    ) throws -> SignInWays {
        let identity = try issuer.map { try IdentityStore.find(of: account.id, issuer: $0, vault, in: transaction) }
        return SignInWays(
            password: Password.isUsable(account.passwordHash),
            passkeys: try PasskeyStore.count(of: account.id, in: transaction),
            provider: identity.flatMap(\.self) != nil,
            app: try SecondStepStore.find(account.id, in: transaction) != nil)
    }

    static var last: Fault {
        Fault(
            .conflict, "sign-in.last", "This is your last way to sign in.",
            remedy: "Add another one first: a passkey, or a password from an administrator.")
    }
}
