import Crypto
import Foundation

/// The provider's webhook signature, sent as `X-Twilio-Signature`.
///
/// base64 of HMAC-SHA1, keyed by the account's auth token, over the full URL as called (with its query, without its
/// fragment) followed by every POST parameter's name and value, sorted by name, with nothing in between.
/// Source: Twilio documentation, "Webhooks security: validate that webhook requests are coming from Twilio".
package struct WebhookSignature: Sendable {
    private let key: SymmetricKey

    package init(authToken: String) {
        key = SymmetricKey(data: Array(authToken.utf8))
    }

    package func sign(url: String, form: Form) -> String {
        var authenticator = HMAC<Insecure.SHA1>(key: key)
        authenticator.update(data: Array(url.utf8))
        // By bytes, not by Swift's canonical text order: the receiving libraries sort code points.
        let sorted = form.fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for field in sorted {
            authenticator.update(data: Array(field.name.utf8))
            authenticator.update(data: Array(field.value.utf8))
        }
        return Data(authenticator.finalize()).base64EncodedString()
    }
}
