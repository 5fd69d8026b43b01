import HTTPTypes
package import Kernel
import Spine
package import Web

/// Signing in and out.
package struct SessionRoutes: Sendable {
    let gatekeeper: Gatekeeper
    let federation: Federation
    let secure: Bool
    /// The shell of a page without a person.
    let bare: @Sendable (WebRequest, String) -> View
    private let tenantName: @Sendable (ID<Tenant>) -> String
    let safeReturn: @Sendable (String?) -> String

    /// `bare`: the shell of a page without a person.
    package init(
        gatekeeper: Gatekeeper, federation: Federation, secure: Bool,
        bare: @escaping @Sendable (WebRequest, String) -> View,
        tenantName: @escaping @Sendable (ID<Tenant>) -> String, safeReturn: @escaping @Sendable (String?) -> String
    ) {
        self.gatekeeper = gatekeeper
        self.federation = federation
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
                    try await page(request, login: "", back: request.query["return"], problem: nil)
                }),
            Route(
                .post, "/session", largestBody: 8 << 10,
                .open(reason: "signing in") { request in try await begin(request) }),
            .get(
                "/session/second-step",
                .open(reason: "the sign-in page's second step") { request in try await askForCode(request) }),
            Route(
                .post, "/session/second-step", largestBody: 8 << 10,
                .open(reason: "signing in") { request in try await takeCode(request) }),
            .post("/session/end", .account { request, signedIn in try await end(request, signedIn) }),
        ] + passkeyRoutes + providerRoutes
    }

    // MARK: The password

    private func begin(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        let form = try request.form()
        let back = form["return"]
        guard let login = form.trimmed("login"), let password = form["password"], login.utf8.count <= 254,
            password.utf8.count <= 512
        else {
            return try await page(request, login: form["login"] ?? "", back: back, problem: wrong(request, "wrong"))
        }
        let answer = try await gatekeeper.signIn(
            email: login, password: password, device: device(request), request: origin(request))
        switch answer {
        case .wrong:
            return try await page(request, login: login, back: back, problem: wrong(request, "wrong"))
        case .wait(let wait):
            return try waiting(try await page(request, login: login, back: back, problem: later(request, wait)), wait)
        case .secondStep, .session: return try await arrival(answer, request, back: back)
        }
    }

    /// Goes on to where the person wanted to be, or to the second step.
    func arrival(
        _ answer: Gatekeeper.SignInAnswer, _ request: WebRequest, back: String?
    ) async throws -> WebResponse {
        switch answer {
        case .session(let token):
            var response = try await entered(token, request, back: back)
            response.headers.append(cookie(secondStepCookie, "", maxAge: 0))
            return response
        case .secondStep(let token):
            let place = back.map { "?return=" + FormFields.encode(safeReturn($0)) } ?? ""
            var response = WebResponse.seeOther("/session/second-step" + place)
            response.headers.append(cookie(secondStepCookie, token, maxAge: 300))
            return response
        case .wrong, .wait: return .seeOther("/session")
        }
    }

    // MARK: The second step

    private func askForCode(_ request: WebRequest) async throws -> WebResponse {
        guard let token = request.cookies[secondStepCookie] else { return .seeOther("/session") }
        return try await codePage(request, token, back: request.query["return"], problem: nil)
    }

    private func takeCode(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        let form = try request.form()
        let back = form["return"]
        guard let token = request.cookies[secondStepCookie] else { return .seeOther("/session") }
        guard let code = form.trimmed("code"), code.utf8.count <= 40 else {
            return try await codePage(request, token, back: back, problem: wrong(request, "code"))
        }
        let answer = try await gatekeeper.secondStep(
            token: token, code: code, device: device(request), request: origin(request))
        switch answer {
        case nil, .secondStep: return .seeOther("/session")
        case .wrong: return try await codePage(request, token, back: back, problem: wrong(request, "code"))
        case .wait(let wait):
            return try waiting(try await codePage(request, token, back: back, problem: later(request, wait)), wait)
        case .session(let token): return try await arrival(.session(token), request, back: back)
        }
    }

    /// The new session begins, and the one that this browser had before ends.
    private func entered(_ token: String, _ request: WebRequest, back: String?) async throws -> WebResponse {
        let name = Server.cookieName(secure: secure)
        if let former = request.cookies[name],
            let signedIn = try await gatekeeper.signedIn(cookie: former, request: origin(request))
        {
            try await gatekeeper.signOut(signedIn: signedIn)
        }
        var response = WebResponse.seeOther(safeReturn(back))
        response.headers.append(cookie(name, token))
        return response
    }

    private func end(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await gatekeeper.signOut(signedIn: signedIn)
        var response = WebResponse.seeOther("/session")
        response.headers.append(cookie(Server.cookieName(secure: secure), "", maxAge: 0))
        response.headers[.clearSiteData] = "\"cache\", \"storage\""
        return response
    }

    // MARK: Parts

    var secondStepCookie: String { (secure ? "__Host-" : "") + "throughline-second-step" }

    func cookie(_ name: String, _ value: String, maxAge: Int? = nil) -> HTTPField {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        return HTTPField(
            name: .setCookie,
            value: "\(name)=\(value); Path=/\(age); HttpOnly; SameSite=Lax" + (secure ? "; Secure" : ""))
    }

    func refuseForeign(_ request: WebRequest) throws {
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(
                .forbidden, "csrf.site", "This sign-in came from another site.",
                remedy: "Open the sign-in page and try again.")
        }
    }

    func origin(_ request: WebRequest) -> RequestOrigin {
        RequestOrigin(tenant: request.tenant, correlation: request.spine.ids.nextRaw(), remote: request.remote)
    }

    func device(_ request: WebRequest) -> String? { Sessions.device(userAgent: request.headers[.userAgent]) }

    func wrong(_ request: WebRequest, _ key: String) -> View {
        AccountPages.problem(
            request, title: "trust.session.\(key).title",
            text: request.pages.text("trust.session.\(key).text", request.language))
    }

    func later(_ request: WebRequest, _ wait: Duration) -> View { AccountPages.wait(request, wait) }

    func waiting(_ page: WebResponse, _ wait: Duration) throws -> WebResponse {
        var page = page
        page.status = .tooManyRequests
        page.headers[.retryAfter] = String(wait.components.seconds + 1)
        return page
    }

    /// The page, with what was wrong. A wrong password is a form that was not right (422): a 401 has to name a way to
    /// authenticate (RFC 9110, 15.5.2), and a form is none.
    func page(
        _ request: WebRequest, login: String, back: String?, problem: View?, status: HTTPResponse.Status? = nil
    ) async throws -> WebResponse {
        let title = request.pages.text("trust.session.title", request.language)
        let back = safeReturn(back)
        let provider = try await federation.settings(request.tenant).map { settings in
            View([
                "label": .text(
                    request.pages.text("trust.provider.go", request.language, ["name": settings.name])),
                "href": .text("/session/provider?return=" + FormFields.encode(back)),
            ])
        }
        let view = View([
            "shell": .view(bare(request, title)), "csrf": "", "tenant": .text(tenantName(request.tenant)),
            "login": .text(login), "return": .text(back), "problem": .optional(problem),
            "passkey": .flag(PasskeyPlace(base: request.base) != nil), "provider": .optional(provider),
        ])
        return .html(
            try request.pages.render("session/new", view, request.language),
            status: status ?? (problem == nil ? .ok : .unprocessableContent))
    }

    private func codePage(
        _ request: WebRequest, _ token: String, back: String?, problem: View?
    ) async throws -> WebResponse {
        guard let steps = try await gatekeeper.mayGoOn(token: token, request: origin(request)) else {
            return .seeOther("/session")
        }
        let title = request.pages.text("trust.second.title", request.language)
        let view = View([
            "shell": .view(bare(request, title)), "csrf": "", "tenant": .text(tenantName(request.tenant)),
            "return": .text(safeReturn(back)), "problem": .optional(problem), "app": .flag(steps.app),
            "passkey": .flag(steps.passkey && PasskeyPlace(base: request.base) != nil),
        ])
        return .html(
            try request.pages.render("session/second-step", view, request.language),
            status: problem == nil ? .ok : .unprocessableContent)
    }
}
