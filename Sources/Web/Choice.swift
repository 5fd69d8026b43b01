package import HTTPTypes

/// What a person chooses for a browser of theirs, kept in its cookies: no right hangs on any of it.
package enum Choice: String, Sendable, CaseIterable {
    case theme
    case language
    case place

    package func cookieName(secure: Bool) -> String { (secure ? "__Host-" : "") + "throughline-" + rawValue }

    /// The field that keeps a choice for a year. `value` has no character that a cookie gives a meaning to.
    package func field(_ value: String, secure: Bool) -> HTTPField {
        HTTPField(
            name: .setCookie,
            value: "\(cookieName(secure: secure))=\(value); Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
                + (secure ? "; Secure" : ""))
    }
}

extension WebRequest {
    /// What was chosen in this browser. Over TLS a cookie without the prefix does not count: a subdomain could set it.
    package func choice(_ choice: Choice) -> String? { cookies[choice.cookieName(secure: hasSecureCookies)] }

    package func keeping(_ value: String, as choice: Choice) -> HTTPField {
        choice.field(value, secure: hasSecureCookies)
    }
}
