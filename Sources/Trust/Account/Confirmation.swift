import HTTPTypes
import Kernel
import Spine
import Store
import Vault
import Web

/// "Confirm that it is you": before what is sensitive, unless it was confirmed within the last five minutes. With the
/// password, with a passkey, or at the identity provider.
extension Trust {
    private static let password = "confirm-password"
    private static let passkey = "confirm-passkey"

    /// Runs `act`, or shows the page that asks first. What was sent goes along on that page and comes back with the
    /// password or passkey, so nothing has to be typed twice.
    func confirmed(
        _ request: WebRequest, _ signedIn: SignedIn, _ act: () async throws -> WebResponse
    ) async throws -> WebResponse {
        if try await gatekeeper.isConfirmed(signedIn) { return try await act() }
        guard request.method == .post, try hasConfirmation(request) else {
            return try await confirmationPage(request, signedIn, action: request.path, problem: nil)
        }
        return try await confirm(request, signedIn, action: request.path, act)
    }

    private func hasConfirmation(_ request: WebRequest) throws -> Bool {
        let form = try request.form()
        return form[Self.password] != nil || form[Self.passkey] != nil
    }

    /// Takes what was given, and goes on with `act` when it is right.
    func confirm(
        _ request: WebRequest, _ signedIn: SignedIn, action: String, _ act: () async throws -> WebResponse
    ) async throws -> WebResponse {
        let form = try request.form()
        let origin = origin(signedIn)
        let answer: Gatekeeper.Confirmation
        let given: String
        if let field = form[Self.passkey] {
            given = "passkey"
            if let place = PasskeyPlace(base: request.base), let passkey = PasskeyAssertion(field: field) {
                answer = try await gatekeeper.confirm(
                    passkey: passkey, place: place, signedIn: signedIn, request: origin)
            } else {
                answer = .wrong
            }
        } else {
            given = "password"
            answer = try await gatekeeper.confirm(
                password: form[Self.password] ?? "", signedIn: signedIn, request: origin)
        }
        switch answer {
        case .right: return try await act()
        case .wait(let wait):
            return try await confirmationPage(
                request, signedIn, action: action, problem: AccountPages.wait(request, wait))
        case .wrong:
            let key = given == "passkey" ? "trust.confirm.wrong.passkey" : "trust.confirm.wrong.title"
            let text = request.pages.text("trust.confirm.wrong.text", request.language)
            return try await confirmationPage(
                request, signedIn, action: action, problem: AccountPages.problem(request, title: key, text: text))
        }
    }

    func confirmationPage(
        _ request: WebRequest, _ signedIn: SignedIn, action: String, problem: View?
    ) async throws -> WebResponse {
        let sent = request.method == .post ? try request.form().fields : []
        let kept = sent.filter { !["csrf", Self.password, Self.passkey].contains($0.name) }
        let title = request.pages.text("trust.confirm.title", request.language)
        let provider = try await federation.settings(request.tenant)
        let vault = try await request.spine.vault(request.tenant)
        let user = signedIn.user
        let ways = try await request.spine.database.read(request.tenant) { transaction in
            try UserStore.find(user, in: transaction).map {
                try SignInWays.left(of: $0, issuer: provider?.issuer, vault, in: transaction)
            }
        }
        let view = View([
            "shell": .view(shell(request, signedIn, title, "security")), "csrf": .text(signedIn.csrf),
            "problem": .optional(problem), "action": .text(action), "field": .text(Self.password),
            "kept": .views(kept.map { View(["name": .text($0.name), "value": .text($0.value)]) }),
            "password": .flag(ways?.password ?? true),
            "passkey": .optional(try await passkeyToConfirm(request, signedIn, ways)),
            "provider": .optional(ways?.provider == true ? provider.map { providerToConfirm($0, request) } : nil),
        ])
        return .html(
            try request.pages.render("account/confirm", view, request.language),
            status: problem == nil ? .ok : .unprocessableContent)
    }

    private func providerToConfirm(_ settings: OpenIDSettings, _ request: WebRequest) -> View {
        View([
            "label": .text(
                request.pages.text("trust.confirm.provider", request.language, ["name": settings.name])),
            "href": "/account/confirmation/provider",
        ])
    }

    /// The field and the challenge for somebody who has passkeys; nil for others.
    private func passkeyToConfirm(
        _ request: WebRequest, _ signedIn: SignedIn, _ ways: SignInWays?
    ) async throws -> View? {
        guard let ways, ways.passkeys > 0, let place = PasskeyPlace(base: request.base) else { return nil }
        let known = try await passkeys(request, signedIn).filter {
            $0.row.rpID == place.rpID && $0.row.blockedAt == nil
        }
        let challenge = try await gatekeeper.challenge(
            .confirmByPasskey, place, signedIn: signedIn, request: origin(signedIn))
        guard let challenge, !known.isEmpty else { return nil }
        let options = PasskeyOptions.request(challenge, place, allowed: known.map(\.details.credential))
        return View([
            "field": .text(Self.passkey), "options": .text(String(decoding: options, as: UTF8.self)),
        ])
    }
}
