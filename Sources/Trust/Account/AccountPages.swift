import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import Vault
import Web

/// What everybody can do about their own sign-in: the password, the second step, the devices that are signed in.
enum AccountPages {
    static let security = "/account/security"
    static let secondStep = "/account/second-step"

    /// A red notice.
    static func problem(_ request: WebRequest, title: String, text: String) -> View {
        View([
            "tone": "red", "role": "alert", "icon": "alert",
            "title": .text(request.pages.text(title, request.language)), "text": .text(text),
        ])
    }

    /// What one comes back with from the identity provider when it did not confirm who one is.
    static func notConfirmed(_ request: WebRequest) -> View? {
        guard request.query["problem"] == "not-confirmed" else { return nil }
        let text = request.pages.text("trust.confirm.provider.not.text", request.language)
        return problem(request, title: "trust.confirm.provider.not.title", text: text)
    }

    /// "Wait 4 minutes and try again."
    static func wait(_ request: WebRequest, _ wait: Duration) -> View {
        let minutes = Int((wait.components.seconds + 59) / 60)
        return problem(
            request, title: "trust.session.wait.title",
            text: request.pages.catalogue.count("trust.session.wait.text", request.language, max(1, minutes)))
    }
}

extension Trust {
    var accountRoutes: [Route] {
        [
            .get(
                AccountPages.security,
                .account { request, signedIn in
                    try await security(request, signedIn, problem: AccountPages.notConfirmed(request))
                }),
            .post("/account/password", .account { request, signedIn in try await changePassword(request, signedIn) }),
            .post(
                "/account/sessions/ending",
                .account { request, signedIn in
                    _ = try await request.spine.perform(
                        EndOtherSessions(user: signedIn.user, session: signedIn.session), as: own(signedIn))
                    gatekeeper.forget()
                    return .seeOther(AccountPages.security)
                }),
            .post(
                "/account/sessions/{id}/ending",
                .account { request, signedIn in
                    let session = try request.id("id", of: SessionStore.Session.self)
                    _ = try await request.spine.perform(
                        EndOwnSession(user: signedIn.user, session: session.raw), as: own(signedIn))
                    gatekeeper.forget()
                    return .seeOther(AccountPages.security)
                }),
        ] + secondStepRoutes + passkeyRoutes
    }

    func own(_ signedIn: SignedIn) -> Caller { gatekeeper.own(signedIn.user, origin(signedIn)) }

    func origin(_ signedIn: SignedIn) -> RequestOrigin {
        let caller = signedIn.caller
        return RequestOrigin(tenant: caller.tenant, correlation: caller.correlation, remote: caller.remote ?? "")
    }

    // MARK: The page

    func security(
        _ request: WebRequest, _ signedIn: SignedIn, wrong: [String: String] = [:], problem: View? = nil
    ) async throws -> WebResponse {
        let user = signedIn.user
        let found = try await request.spine.database.read(request.tenant) { transaction in
            (
                try SecondStepStore.find(user, in: transaction),
                try SecondStepStore.unusedCodes(of: user, in: transaction),
                try SessionStore.open(of: user, in: transaction), try UserStore.find(user, in: transaction)
            )
        }
        let (app, codes, sessions, account) = found
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let limits = try gatekeeper.limits(signedIn.caller.roles, request.tenant)
        let now = request.spine.clock.now()
        var step = View([
            "on": .flag(app != nil), "required": .flag(limits.needsSecondStep),
            "mayEnd": .flag(app != nil && !limits.needsSecondStep), "state": .view(words.onOff(app != nil)),
        ])
        step["codes"] = .text(request.pages.catalogue.count("trust.second.codes-left", request.language, codes))
        step["few"] = .flag(app != nil && codes < 3)
        if let app { step["since"] = .text(words.text("trust.second.since", ["when": words.moment(app.createdAt)])) }
        let open = sessions.filter { $0.times.hold(limits, at: now) }
        let rows = open.map { session in
            words.session(session, current: session.id == signedIn.session, end: "/account/sessions")
        }
        let title = words.text("trust.security.title")
        let view = View([
            "shell": .view(shell(request, signedIn, title, "security")), "csrf": .text(signedIn.csrf),
            "problem": .optional(problem), "password": .view(passwordForm(words, wrong)), "step": .view(step),
            "hasPassword": .flag(account.map { Password.isUsable($0.passwordHash) } ?? true),
            "passkeys": .view(try await passkeyPanel(request, signedIn, words)),
            "provider": .optional(try await providerPanel(request, signedIn, words)),
            "sessions": .views(rows), "hasOthers": .flag(open.count > 1),
            "rule": .text(
                words.text(
                    "trust.sessions.rule",
                    [
                        "minutes": String(limits.idle.components.seconds / 60),
                        "hours": String(limits.absolute.components.seconds / 3600),
                    ])),
        ])
        let isFine = request.method == .get || (wrong.isEmpty && problem == nil)
        return .html(
            try request.pages.render("account/security", view, request.language),
            status: isFine ? .ok : .unprocessableContent)
    }

    private func passwordForm(_ words: TrustWords, _ wrong: [String: String]) -> View {
        let field = { (name: String, label: String, completion: String) in
            View([
                "name": .text(name), "label": .text(words.text(label)), "completion": .text(completion),
                "wrong": .optional(wrong[name]),
                "hint": .optional(name == "new" ? words.text("trust.password.hint") : nil),
            ])
        }
        return View([
            "fields": .views([
                field("current", "trust.password.current", "current-password"),
                field("new", "trust.password.new", "new-password"),
            ])
        ])
    }

    // MARK: The password

    private func changePassword(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let new = form["new"] ?? ""
        let login = try await address(of: signedIn.user, request, signedIn)
        if let problem = try await problem(new, of: signedIn.displayName, login: login, request.tenant) {
            return try await security(
                request, signedIn, wrong: ["new": words.text("trust.password.\(problem.rawValue)")])
        }
        let answer = try await gatekeeper.confirm(
            password: form["current"] ?? "", signedIn: signedIn, request: origin(signedIn))
        switch answer {
        case .wait(let wait):
            return try await security(request, signedIn, problem: AccountPages.wait(request, wait))
        case .wrong:
            return try await security(request, signedIn, wrong: ["current": words.text("trust.password.wrong")])
        case .right: break
        }
        let hash = try await Password.hash(new)
        _ = try await request.spine.perform(
            ChangePassword(user: signedIn.user, session: signedIn.session, passwordHash: Redacted(hash)),
            as: own(signedIn))
        gatekeeper.forget()
        return .seeOther(AccountPages.security + "?done=password.changed")
    }

    /// One's own sign-in name, which is sealed.
    func address(of user: ID<User>, _ request: WebRequest, _ signedIn: SignedIn) async throws -> String {
        try await request.spine.read(.accountOwn, as: own(signedIn)) { transaction, access in
            let grant = try access.grant(.accountOwn, for: .user(user))
            return try UserStore.addresses(of: [user], grant: grant, in: transaction)[user] ?? ""
        }
    }
}

extension TrustWords {
    func onOff(_ on: Bool) -> View {
        View([
            "label": .text(text(on ? "trust.second.on" : "trust.second.off")), "tone": .text(on ? "green" : "grey"),
            "icon": .text(on ? "check" : "circle"),
        ])
    }

    /// A row of a list of sessions; `end`: where ending one is asked for, nil when this page does not.
    func session(_ session: SessionStore.Session, current: Bool, end: String?) -> View {
        let id = ID<SessionStore.Session>(raw: session.id).text
        return View([
            "device": .text(session.device ?? text("trust.sessions.unknown")), "remote": .text(session.remote ?? "–"),
            "begun": .text(moment(session.times.createdAt)), "seen": .text(moment(session.times.seenAt)),
            "current": .flag(current), "action": .optional(current ? nil : end.map { "\($0)/\(id)/ending" }),
        ])
    }
}
