import HTTPTypes
import Kernel
import Vault
import Web

/// "Confirm that it is you": before what is sensitive, unless it was confirmed within the last five minutes.
extension Trust {
    private static let field = "confirm-password"

    /// Runs `act`, or shows the page that asks for the password first. What was sent goes along on that page and comes
    /// back with the password, so nothing has to be typed twice.
    func confirmed(
        _ request: WebRequest, _ signedIn: SignedIn, _ act: () async throws -> WebResponse
    ) async throws -> WebResponse {
        if try await gatekeeper.isConfirmed(signedIn) { return try await act() }
        guard request.method == .post, let password = try request.form()[Self.field] else {
            return try confirmationPage(request, signedIn, action: request.path, problem: nil)
        }
        return try await confirm(password, request, signedIn, action: request.path, act)
    }

    /// Takes the password given, and goes on with `act` when it is right.
    func confirm(
        _ password: String, _ request: WebRequest, _ signedIn: SignedIn, action: String,
        _ act: () async throws -> WebResponse
    ) async throws -> WebResponse {
        let answer = try await gatekeeper.confirm(
            password: password, signedIn: signedIn, request: origin(signedIn, remote: request.remote))
        switch answer {
        case .right: return try await act()
        case .wait(let wait):
            return try confirmationPage(request, signedIn, action: action, problem: AccountPages.wait(request, wait))
        case .wrong:
            let text = request.pages.text("trust.confirm.wrong.text", request.language)
            return try confirmationPage(
                request, signedIn, action: action,
                problem: AccountPages.problem(request, title: "trust.confirm.wrong.title", text: text))
        }
    }

    /// The password that came with a page of its own.
    func confirmationPassword(_ request: WebRequest) throws -> String { try request.form()[Self.field] ?? "" }

    func confirmationPage(
        _ request: WebRequest, _ signedIn: SignedIn, action: String, problem: View?
    ) throws -> WebResponse {
        let sent = request.method == .post ? try request.form().fields : []
        let kept = sent.filter { $0.name != "csrf" && $0.name != Self.field }
        let title = request.pages.text("trust.confirm.title", request.language)
        let view = View([
            "shell": .view(shell(request, signedIn, title, "security")), "csrf": .text(signedIn.csrf),
            "problem": .optional(problem), "action": .text(action), "field": .text(Self.field),
            "kept": .views(kept.map { View(["name": .text($0.name), "value": .text($0.value)]) }),
        ])
        return .html(
            try request.pages.render("account/confirm", view, request.language),
            status: problem == nil ? .ok : .unprocessableContent)
    }
}
