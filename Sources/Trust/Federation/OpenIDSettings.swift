package import Kernel

/// The identity provider at which a practice's staff sign in.
package struct OpenIDSettings: Sendable {
    /// As the provider names itself, exactly.
    package let issuer: String
    package let clientID: String
    package let clientSecret: Redacted<String>
    /// What people know it by: "Sign in with NAME".
    package let name: String
    /// Values of `amr` or `acr` that say the provider asked for a second step; none: ours is asked for.
    package let secondStep: Set<String>
    /// For development and tests: the provider may be on this machine without TLS.
    package let allowsPlainLoopback: Bool

    package init(
        issuer: String, clientID: String, clientSecret: Redacted<String>, name: String, secondStep: Set<String> = [],
        allowsPlainLoopback: Bool = false
    ) throws {
        guard Outbound.isAllowed(issuer, allowsPlainLoopback: allowsPlainLoopback), !issuer.contains("?") else {
            throw Fault(
                .invalid, "config.openid.issuer", "An issuer is not an https address.",
                remedy: "Write it as the provider names itself, as in https://login.example.org.")
        }
        guard !clientID.isEmpty, !clientSecret.value.isEmpty, (1...40).contains(name.count) else {
            throw Fault(
                .invalid, "config.openid", "A sign-in at an identity provider is half configured.",
                remedy: "Set openid.TENANT.issuer, clientId, clientSecret and name, or none of them.")
        }
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.name = name
        self.secondStep = secondStep
        self.allowsPlainLoopback = allowsPlainLoopback
    }
}
