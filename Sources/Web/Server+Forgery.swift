import HTTPTypes
import Kernel
import Vault

// Requests that somebody's browser makes without their will.

extension Server {
    /// Each state change carries the session's token, in the form or (for htmx) in a header; a request that a browser
    /// marks as cross-site is refused before the token is looked at.
    func guardForgery(_ request: WebRequest, _ signedIn: SignedIn) throws {
        if request.method == .get || request.method == .head { return }
        if let site = request.headers[.fetchSite], site == "cross-site" { throw Self.foreign }
        let given: String?
        if let header = request.headers[.csrfToken] {
            given = header
        } else {
            given = try request.form()["csrf"]
        }
        guard let given, Timing.equal(Array(given.utf8), Array(signedIn.csrf.utf8)) else { throw Self.forged }
    }

    private static var forged: Fault {
        Fault(.forbidden, "csrf.token", "The page was too old to save from.", remedy: "Reload the page and try again.")
    }

    private static var foreign: Fault {
        Fault(.forbidden, "csrf.site", "The page was not one of ours.", remedy: "Open it here and try again.")
    }
}
