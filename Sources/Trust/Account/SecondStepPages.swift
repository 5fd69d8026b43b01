import HTTPTypes
import Kernel
import Spine
import Store
import StudioAPI
import Vault
import Web

/// Turning one's second step on and off.
extension Trust {
    private static let setUpTime: Duration = .minutes(30)

    var secondStepRoutes: [Route] {
        let base = AccountPages.secondStep
        return [
            .get(base, .account { request, signedIn in try await setUp(request, signedIn) }),
            .post(base, .account { request, signedIn in try await turnOn(request, signedIn) }),
            .post(
                base + "/confirmation",
                .account { request, signedIn in
                    try await confirm(request, signedIn, action: request.path) { .seeOther(base) }
                }),
            .post(base + "/codes", .account { request, signedIn in try await replaceCodes(request, signedIn) }),
            .post(base + "/removal", .account { request, signedIn in try await turnOff(request, signedIn) }),
        ]
    }

    // MARK: On

    private func setUp(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let user = signedIn.user
        let isOn = try await request.spine.database.read(request.tenant) {
            try SecondStepStore.find(user, in: $0) != nil
        }
        if isOn { return .seeOther(AccountPages.security) }
        guard try await gatekeeper.isConfirmed(signedIn) else {
            return try await confirmationPage(
                request, signedIn, action: AccountPages.secondStep + "/confirmation", problem: nil)
        }
        return try await setUpPage(request, signedIn, secret: Secret.bytes(TOTP.secretLength), problem: nil)
    }

    /// The secret travels in the page, encrypted for this person and session: nothing is stored before a code has shown
    /// that the app has it.
    private func setUpPage(
        _ request: WebRequest, _ signedIn: SignedIn, secret: [UInt8], problem: View?
    ) async throws -> WebResponse {
        let vault = try await request.spine.vault(request.tenant)
        let now = request.spine.clock.now().microseconds
        let plain = "\(signedIn.user.text) \(signedIn.session) \(now) \(Hex.encode(secret))"
        let issuer = try definitions.configuration(of: request.tenant).organization?.value.name ?? "Throughline"
        let login = try await address(of: signedIn.user, request, signedIn)
        let address = TOTP.address(secret: secret, account: login, issuer: issuer)
        let text = Base32.encode(secret)
        let groups = stride(from: 0, to: text.count, by: 4).map { text.dropFirst($0).prefix(4) }
        let limits = try gatekeeper.limits(signedIn.caller.roles, request.tenant)
        let title = request.pages.text("trust.second.set-up", request.language)
        var view = View([
            "shell": .view(shell(request, signedIn, title, "security")), "csrf": .text(signedIn.csrf),
            "problem": .optional(problem), "token": .text(try vault.sealToken(Array(plain.utf8), label: "set-up")),
            "secret": .text(groups.joined(separator: " ")), "address": .text(address),
            "required": .flag(limits.needsSecondStep), "picture": nil,
            "passkey": .optional(PasskeyPlace(base: request.base) == nil ? nil : PasskeyPages.base),
        ])
        if let code = QRCode(address) {
            view["picture"] = .view(
                View(["size": .number(code.size + 8), "path": .text(code.path(margin: 4))]))
        }
        return .html(
            try request.pages.render("account/second-step", view, request.language),
            status: problem == nil ? .ok : .unprocessableContent)
    }

    private func turnOn(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard try await gatekeeper.isConfirmed(signedIn) else { return .seeOther(AccountPages.secondStep) }
        let form = try request.form()
        let now = request.spine.clock.now()
        guard let secret = try await secret(of: form["token"] ?? "", request, signedIn, now: now) else {
            return .seeOther(AccountPages.secondStep)
        }
        let code = SecondStep.plain(form["code"] ?? "")
        guard let step = TOTP.step(of: code, secret: secret, at: now, after: 0) else {
            let text = request.pages.text("trust.second.wrong.text", request.language)
            return try await setUpPage(
                request, signedIn, secret: secret,
                problem: AccountPages.problem(request, title: "trust.session.code.title", text: text))
        }
        let codes = SecondStep.freshCodes()
        _ = try await request.spine.perform(
            TurnOnSecondStep(
                user: signedIn.user, session: signedIn.session, secret: Redacted(secret), step: step,
                codes: Redacted(codes)), as: own(signedIn))
        gatekeeper.forget()
        return try codesPage(request, signedIn, codes)
    }

    private func secret(
        of token: String, _ request: WebRequest, _ signedIn: SignedIn, now: Instant
    ) async throws -> [UInt8]? {
        let vault = try await request.spine.vault(request.tenant)
        guard token.utf8.count <= 600, let plain = vault.openToken(token, label: "set-up") else { return nil }
        let parts = String(decoding: plain, as: UTF8.self).split(separator: " ").map(String.init)
        guard parts.count == 4, parts[0] == signedIn.user.text, parts[1] == String(signedIn.session),
            let moment = Int64(parts[2]), now - Instant(microseconds: moment) < Self.setUpTime
        else { return nil }
        return Hex.decode(parts[3])
    }

    // MARK: Recovery codes

    private func replaceCodes(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await confirmed(request, signedIn) {
            let codes = SecondStep.freshCodes()
            _ = try await request.spine.perform(
                ReplaceRecoveryCodes(user: signedIn.user, codes: Redacted(codes)), as: own(signedIn))
            return try codesPage(request, signedIn, codes)
        }
    }

    /// The only time that the codes are shown.
    private func codesPage(_ request: WebRequest, _ signedIn: SignedIn, _ codes: [String]) throws -> WebResponse {
        let title = request.pages.text("trust.second.codes", request.language)
        return .html(
            try request.pages.render(
                "account/codes",
                View([
                    "shell": .view(shell(request, signedIn, title, "security")), "csrf": .text(signedIn.csrf),
                    "codes": .texts(codes), "next": .text(AccountPages.security),
                ]), request.language))
    }

    // MARK: Off

    private func turnOff(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await confirmed(request, signedIn) {
            let limits = try gatekeeper.limits(signedIn.caller.roles, request.tenant)
            if limits.needsSecondStep {
                throw Fault(
                    .conflict, "second-step.required", "Your role needs the second step.",
                    remedy: "Ask an administrator.")
            }
            _ = try await request.spine.perform(
                TurnOffSecondStep(user: signedIn.user, session: signedIn.session), as: own(signedIn))
            gatekeeper.forget()
            return .seeOther(AccountPages.security + "?done=second-step.off")
        }
    }
}
