import HTTPTypes
import Kernel
import Logging
import Spine
import Store
import Vault
import Web

/// Signing in at the practice's identity provider, and confirming there who one is.
extension SessionRoutes {
    static let callback = "/session/provider/callback"

    var providerRoutes: [Route] {
        [
            // By a link and not by a form: the page's policy lets forms lead to our own addresses alone.
            .get(
                "/session/provider",
                .open(reason: "leads on to the identity provider") { request in
                    try await leave(request, .signInAtProvider, back: safeReturn(request.query["return"]))
                }),
            .get(
                Self.callback,
                .open(reason: "where the identity provider sends people back to") { request in
                    try await comeBack(request)
                }),
            .get(
                "/account/confirmation/provider",
                .account { request, signedIn in
                    try await leave(
                        request, .confirmAtProvider, back: AccountPages.security + "?done=account.confirmed",
                        signedIn: signedIn)
                }),
        ]
    }

    // MARK: There

    private func leave(
        _ request: WebRequest, _ purpose: SignInCeremonies.Purpose, back: String, signedIn: SignedIn? = nil
    ) async throws -> WebResponse {
        guard let settings = try await federation.settings(request.tenant) else { throw Fault.notFound("page") }
        if purpose == .signInAtProvider, !Self.comesFromUs(request) {
            return .seeOther("/session?return=" + FormFields.encode(back))
        }
        let addresses: OpenIDProvider.Addresses
        do {
            addresses = try await federation.provider.addresses(settings)
        } catch {
            return try await away(request, settings, back: back, error)
        }
        let vault = try await request.spine.vault(request.tenant)
        let journey = Federation.Journey(state: Secret.bytes(Federation.Journey.stateBytes), vault)
        let (browser, field) = browser(request)
        let ceremony = SignInCeremonies.Ceremony(
            purpose: purpose, origin: request.base, user: signedIn?.user, session: signedIn?.session,
            browser: SignInCeremonies.browser(browser, vault), back: back)
        let hash = SignInCeremonies.hash(journey.state, vault)
        let address = SignInWaits.address(request.remote, vault)
        let now = request.spine.clock.now()
        let may = try await request.spine.database.write(request.tenant) { transaction in
            try SignInCeremonies.begin(ceremony, hash: hash, address: address, now: now, in: transaction)
        }
        guard may else { throw Self.tooMany }
        var response = WebResponse.seeOther(
            journey.address(
                addresses, settings, redirect: request.base + Self.callback, language: request.language,
                anew: purpose == .confirmAtProvider))
        response.headers.append(field)
        return response
    }

    /// Whether somebody chose this on a page of ours: a session never begins by a link of others, who get as far as the
    /// sign-in page. Browsers say it themselves over TLS and to this machine; of the rest the page they come from says,
    /// which another site can hide but not make up.
    private static func comesFromUs(_ request: WebRequest) -> Bool {
        if let site = request.headers[.fetchSite] { return site == "same-origin" }
        guard let page = request.headers[.referer] else { return false }
        return page == request.base || page.hasPrefix(request.base + "/")
    }

    // MARK: And back

    private func comeBack(_ request: WebRequest) async throws -> WebResponse {
        guard let settings = try await federation.settings(request.tenant) else { throw Fault.notFound("page") }
        let vault = try await request.spine.vault(request.tenant)
        let now = request.spine.clock.now()
        guard let state = request.query["state"].flatMap({ Base64URL.decode($0) }),
            state.count == Federation.Journey.stateBytes, let browser = request.cookies[browserCookie]
        else { return try await refuse(request, settings, "lost") }
        let hash = SignInCeremonies.hash(state, vault)
        let ceremony = try await request.spine.database.write(request.tenant) { transaction in
            try SignInCeremonies.take(hash, [.signInAtProvider, .confirmAtProvider], now: now, in: transaction)
        }
        guard let ceremony, ceremony.origin == request.base,
            ceremony.browser == SignInCeremonies.browser(browser, vault)
        else { return try await refuse(request, settings, "lost") }
        // A provider that names itself has to be ours (RFC 9207), so that no answer of another one is taken for its.
        if let issuer = request.query["iss"], issuer != settings.issuer {
            return try await refuse(request, settings, "lost")
        }
        if let error = request.query["error"] {
            return try await refuse(
                request, settings, error == "access_denied" ? "cancelled" : "failed", back: ceremony.back)
        }
        guard let code = request.query["code"], (1...2048).contains(code.utf8.count) else {
            return try await refuse(request, settings, "failed", back: ceremony.back)
        }
        let identity: IDToken
        do {
            identity = try await federation.token(
                code: code, Federation.Journey(state: state, vault), redirect: ceremony.origin + Self.callback,
                settings, now: now)
        } catch let fault as Fault {
            return try await away(request, settings, back: ceremony.back, fault)
        } catch {
            let reason = (error as? IDToken.Problem)?.rawValue ?? "code"
            request.spine.logger.warning(
                "the identity provider's statement was refused", metadata: ["reason": "\(reason)"])
            return try await refuse(request, settings, "failed", back: ceremony.back)
        }
        if ceremony.purpose == .confirmAtProvider {
            return try await confirm(request, identity, settings, ceremony)
        }
        let answer = try await gatekeeper.signIn(
            identity: identity, settings: settings, device: device(request), request: origin(request))
        switch answer {
        case .session, .secondStep: return try await arrival(answer, request, back: ceremony.back)
        case .wrong, .wait: return try await refuse(request, settings, "unknown", back: ceremony.back)
        }
    }

    private func confirm(
        _ request: WebRequest, _ identity: IDToken, _ settings: OpenIDSettings,
        _ ceremony: SignInCeremonies.Ceremony
    ) async throws -> WebResponse {
        // It has to be the session that asked, and it has to hold still.
        let cookie = request.cookies[Server.cookieName(secure: secure)] ?? ""
        guard let signedIn = try await gatekeeper.signedIn(cookie: cookie, request: origin(request)),
            let user = ceremony.user, signedIn.user == user, signedIn.session == ceremony.session
        else { return .seeOther("/session") }
        let isRight = try await gatekeeper.confirm(
            identity: identity, settings: settings, user: user, session: signedIn.session, request: origin(request))
        return .seeOther(
            isRight ? safeReturn(ceremony.back) : AccountPages.security + "?problem=not-confirmed")
    }

    // MARK: When it does not work

    private func refuse(
        _ request: WebRequest, _ settings: OpenIDSettings, _ key: String, back: String? = nil
    ) async throws -> WebResponse {
        if key == "lost" { request.note(.strayReturn, route: Self.callback) }
        return try await page(
            request, login: "", back: back, problem: problem(request, settings, key), status: .unprocessableContent)
    }

    /// The provider cannot be reached, or talks nonsense: the password goes on working.
    private func away(
        _ request: WebRequest, _ settings: OpenIDSettings, back: String?, _ error: any Error
    ) async throws -> WebResponse {
        request.spine.logger.warning(
            "the identity provider is away",
            metadata: [
                "reason": "\((error as? Fault)?.code ?? "unknown")", "told": "\((error as? Fault)?.message ?? "-")",
            ])
        return try await page(
            request, login: "", back: back, problem: problem(request, settings, "away"), status: .serviceUnavailable)
    }

    private func problem(_ request: WebRequest, _ settings: OpenIDSettings, _ key: String) -> View {
        let values = ["name": settings.name]
        return View([
            "tone": "red", "role": "alert", "icon": "alert",
            "title": .text(request.pages.text("trust.provider.\(key).title", request.language, values)),
            "text": .text(request.pages.text("trust.provider.\(key).text", request.language, values)),
        ])
    }
}
