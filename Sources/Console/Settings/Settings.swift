import HTTPTypes
import Kernel
package import Web

/// A person's own choices, kept in cookies of their browser: theme, language, place.
package enum Settings {
    package static let capability = Capability(
        "settings",
        routes: [
            .post(
                "/settings/theme",
                .open(reason: "a colour scheme, also before sign-in") { request in
                    try choose(
                        request, field: "theme", as: .theme, among: ["light", "dark", "system"])
                }),
            .post(
                "/settings/language",
                .open(reason: "a language, also before sign-in") { request in
                    try choose(
                        request, field: "language", as: .language, among: Language.allCases.map(\.rawValue))
                }),
            .post(
                "/settings/location",
                .account { request, _ in
                    guard let value = try request.form()["location"], (1...80).contains(value.utf8.count),
                        value.utf8.allSatisfy({
                            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
                        })
                    else { throw Fault.invalid("location", "Choose a location.") }
                    return try answer(request, value, as: .place)
                }),
        ])

    private static func choose(
        _ request: WebRequest, field: String, as choice: Choice, among: [String]
    ) throws -> WebResponse {
        guard let value = try request.form()[field], among.contains(value) else {
            throw Fault.invalid(field, "Choose one of: \(among.joined(separator: ", ")).")
        }
        return try answer(request, value, as: choice)
    }

    private static func answer(_ request: WebRequest, _ value: String, as choice: Choice) throws -> WebResponse {
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(
                .forbidden, "csrf.site", "This choice came from another site.", remedy: "Choose it on a page of ours.")
        }
        var response = WebResponse.seeOther(Self.safeReturn(try request.form()["return"]))
        response.headers.append(request.keeping(value, as: choice))
        return response
    }

    /// Only a path of ours: no other host, no control characters.
    package static func safeReturn(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"), path.utf8.count < 2000,
            path.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return "/" }
        return path
    }
}
