import Crypto
package import Kernel
import Store
import Synchronization
import Vault
import Web

/// Sign-in of staff at an identity provider: OpenID Connect, authorization code flow with PKCE (S256).
///
/// What goes out and comes back is held together by `state`: 32 random bytes, good once, for ten minutes, in the browser
/// that began. `nonce` and the PKCE verifier are derived from it with the tenant's key, so nothing more has to be kept.
package final class Federation: Sendable {
    package let provider: OpenIDProvider
    private let configured: @Sendable (ID<Tenant>) async throws -> OpenIDSettings?
    private let known = Mutex<[ID<Tenant>: OpenIDSettings?]>([:])

    /// `configured`: the settings of a tenant; nil when its people do not sign in elsewhere.
    package init(
        provider: OpenIDProvider, configured: @escaping @Sendable (ID<Tenant>) async throws -> OpenIDSettings?
    ) {
        self.provider = provider
        self.configured = configured
    }

    /// Configuration holds until the program is started anew.
    package func settings(_ tenant: ID<Tenant>) async throws -> OpenIDSettings? {
        if let known = known.withLock({ $0[tenant] }) { return known }
        let settings = try await configured(tenant)
        known.withLock { $0[tenant] = settings }
        return settings
    }

    /// What belongs to one `state`.
    struct Journey: Sendable {
        static let stateBytes = 32
        let state: [UInt8]
        let nonce: String
        let verifier: String

        init(state: [UInt8], _ vault: TenantVault) {
            self.state = state
            nonce = Base64URL.encode(vault.keyedHash(state, label: "openid-nonce"))
            verifier = Base64URL.encode(vault.keyedHash(state, label: "openid-verifier"))
        }

        /// Where the browser goes. `anew`: the provider has to ask who it is, even if it knows.
        func address(
            _ addresses: OpenIDProvider.Addresses, _ settings: OpenIDSettings, redirect: String, language: Language,
            anew: Bool
        ) -> String {
            var fields = [
                ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", redirect),
                ("scope", "openid email"), ("state", Base64URL.encode(state)), ("nonce", nonce),
                ("code_challenge", Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8))))),
                ("code_challenge_method", "S256"), ("ui_locales", language.rawValue),
            ]
            if anew { fields += [("prompt", "login"), ("max_age", "0")] }
            let query = fields.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
            return addresses.authorization + (addresses.authorization.contains("?") ? "&" : "?") + query
        }
    }

    /// Changes the code for the token and checks it. Throws `IDToken.Problem`, a fault when the provider is away, and
    /// `Refused` when it does not take the code.
    func token(
        code: String, _ journey: Journey, redirect: String, _ settings: OpenIDSettings, now: Instant
    ) async throws -> IDToken {
        let text = try await provider.redeem(code: code, verifier: journey.verifier, redirect: redirect, settings)
        guard let text else { throw Refused() }
        let check = { (keys: [ProviderKey]) in
            try await IDToken(
                text, keys: keys, issuer: settings.issuer, clientID: settings.clientID, nonce: journey.nonce, now: now)
        }
        do {
            return try await check(try await provider.keys(settings, anew: false))
        } catch IDToken.Problem.unknownKey {
            return try await check(try await provider.keys(settings, anew: true))
        }
    }

    struct Refused: Error {}
}
