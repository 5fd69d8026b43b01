import HTTPTypes
import Kernel
import Vault
import Web

/// Signing in with a passkey: the page's script asks for a challenge, the browser asks its authenticator, and a form
/// brings the answer.
extension SessionRoutes {
    var passkeyRoutes: [Route] {
        [
            Route(
                .post, "/session/passkey/challenge", largestBody: 1 << 10,
                .open(reason: "a random challenge to sign in with") { request in try await offerChallenge(request) }),
            Route(
                .post, "/session/passkey", largestBody: 32 << 10,
                .open(reason: "signing in") { request in try await takePasskey(request) }),
        ]
    }

    private func offerChallenge(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        guard let place = PasskeyPlace(base: request.base) else { throw Fault.notFound("page") }
        let (browser, field) = browser(request)
        let challenge = try await gatekeeper.challenge(
            .signInByPasskey, place, browser: browser, request: origin(request))
        guard let challenge else { throw Self.tooMany }
        var response = WebResponse.json(PasskeyOptions.request(challenge, place))
        response.headers.append(field)
        return response
    }

    private func takePasskey(_ request: WebRequest) async throws -> WebResponse {
        try refuseForeign(request)
        let form = try request.form()
        let back = form["return"]
        guard let place = PasskeyPlace(base: request.base), let cookie = request.cookies[browserCookie],
            let given = form["credential"].flatMap({ PasskeyAssertion(field: $0) })
        else { return try await page(request, login: "", back: back, problem: wrong(request, "passkey")) }
        let answer = try await gatekeeper.signIn(
            passkey: given, place: place, browser: cookie, device: device(request), request: origin(request))
        switch answer {
        case .wrong: return try await page(request, login: "", back: back, problem: wrong(request, "passkey"))
        case .wait(let wait):
            return try waiting(try await page(request, login: "", back: back, problem: later(request, wait)), wait)
        case .secondStep, .session: return try await arrival(answer, request, back: back)
        }
    }

    // MARK: Browsers that have no session yet

    /// What ties a challenge or a journey to the browser that it was made for.
    var browserCookie: String { (secure ? "__Host-" : "") + "throughline-sign-in" }

    /// The browser's random cookie, made when it has none, and the field that keeps it ten more minutes.
    func browser(_ request: WebRequest) -> (value: String, field: HTTPField) {
        let known = request.cookies[browserCookie].flatMap { Base64URL.decode($0) }
        let bytes = known?.count == SignInCeremonies.cookieBytes ? known : nil
        let value = Base64URL.encode(bytes ?? Secret.bytes(SignInCeremonies.cookieBytes))
        return (value, cookie(browserCookie, value, maxAge: 600))
    }

    static var tooMany: Fault {
        Fault(
            .tooMany, "sign-in.many", "Too many sign-ins have been begun from here.",
            remedy: "Wait some minutes and try again.")
    }
}
