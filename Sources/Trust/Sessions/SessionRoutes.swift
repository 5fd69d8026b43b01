import Spine
import HTTPTypes
package import Kernel
package import Web

/// Signing in and out.
package struct SessionRoutes: Sendable {
    private let gatekeeper: Gatekeeper
    private let secure: Bool
    /// The shell of a page without a person.
    let bare: @Sendable (WebRequest, String) -> View
    private let tenantName: @Sendable (ID<Tenant>) -> String
    private let safeReturn: @Sendable (String?) -> String

    /// `bare`: the shell of a page without a person.
    package init(
        gatekeeper: Gatekeeper, secure: Bool, bare: @escaping @Sendable (WebRequest, String) -> View,
        tenantName: @escaping @Sendable (ID<Tenant>) -> String, safeReturn: @escaping @Sendable (String?) -> String
    ) {
        self.gatekeeper = gatekeeper
        self.secure = secure
        self.bare = bare
        self.tenantName = tenantName
        self.safeReturn = safeReturn
    }

    package var routes: [Route] {
        [
            .get(
                "/session",
                .open(reason: "the sign-in page") { request in
                    try page(request, login: "", back: request.query["return"], problem: nil)
                }),
            Route(
                .post, "/session", largestBody: 8 << 10,
                .open(reason: "signing in") { request in try await begin(request) }),
            .post("/session/end", .account { request, signedIn in try await end(request, signedIn) }),
        ]
    }

    private func begin(_ request: WebRequest) async throws -> WebResponse {
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(
                .forbidden, "csrf.site", "This sign-in came from another site.",
                remedy: "Open the sign-in page and try again.")
        }
        let form = try request.form()
        guard let login = form.trimmed("login"), let password = form["password"], login.utf8.count <= 254,
            password.utf8.count <= 512
        else {
            return try page(
                request, login: form["login"] ?? "", back: form["return"], problem: "trust.session.wrong")
        }
        let origin = RequestOrigin(
            tenant: request.tenant, correlation: request.spine.ids.nextRaw(), remote: request.remote)
        do {
            guard let session = try await gatekeeper.signIn(email: login, password: password, request: origin) else {
                return try page(request, login: login, back: form["return"], problem: "trust.session.wrong")
            }
            var response = WebResponse.seeOther(safeReturn(form["return"]))
            response.headers[.setCookie] =
                "\(Server.cookieName(secure: secure))=\(session.token); Path=/; HttpOnly; SameSite=Lax"
                + (secure ? "; Secure" : "")
            return response
        } catch let fault as Fault where fault.category == .tooMany {
            return try page(request, login: login, back: form["return"], problem: "trust.session.wait")
        }
    }

    private func end(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let name = Server.cookieName(secure: secure)
        if let cookie = request.cookies[name] { try await gatekeeper.signOut(cookie: cookie, signedIn: signedIn) }
        var response = WebResponse.seeOther("/session")
        response.headers[.setCookie] =
            "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
        return response
    }

    /// The page, with what was wrong. A wrong password is a form that was not right (422): a 401 has to name a way to
    /// authenticate (RFC 9110, 15.5.2), and a form is none.
    private func page(_ request: WebRequest, login: String, back: String?, problem: String?) throws -> WebResponse {
        let language = request.language
        let title = request.pages.text("trust.session.title", language)
        var view = View([
            "shell": .view(bare(request, title)), "csrf": "", "tenant": .text(tenantName(request.tenant)),
            "login": .text(login), "return": .text(safeReturn(back)), "wait": .flag(problem == "trust.session.wait"),
        ])
        guard let problem else { return .html(try request.pages.render("session/new", view, language)) }
        view["problem"] = .view(
            View([
                "tone": "red", "role": "alert", "icon": "alert",
                "title": .text(request.pages.text(problem + ".title", language)),
                "text": .text(request.pages.text(problem + ".text", language)),
            ]))
        return .html(
            try request.pages.render("session/new", view, language),
            status: problem == "trust.session.wait" ? .tooManyRequests : .unprocessableContent)
    }
}
