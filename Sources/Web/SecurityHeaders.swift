import HTTPTypes

/// Headers that every answer carries.
package enum SecurityHeaders {
    /// The content policy of a page that these sites may show in a frame; none: no site may.
    package static func contentPolicy(framedBy sites: [String]) -> String {
        policy + "frame-ancestors " + (sites.isEmpty ? "'none'" : sites.joined(separator: " "))
    }

    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; "

    static func apply(to response: inout WebResponse, overTLS: Bool) {
        for field in fields where !response.headers.contains(field.name) { response.headers.append(field) }
        // A browser ignores it over plain HTTP, and it must not be sent there. Source: RFC 6797, 7.2.
        if overTLS { response.headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
    }

    private static let fields: [HTTPField] = [
        HTTPField(name: .contentSecurityPolicy, value: contentPolicy(framedBy: [])),
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
        HTTPField(name: .referrerPolicy, value: "same-origin"),
        HTTPField(name: .openerPolicy, value: "same-origin"),
        HTTPField(name: .resourcePolicy, value: "same-origin"),
        HTTPField(name: .permissionsPolicy, value: "camera=(), microphone=(), geolocation=()"),
        HTTPField(name: .cacheControl, value: "no-store"),
    ]
}
