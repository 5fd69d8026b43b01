import HTTPTypes
import Kernel
import Spine
import Store
import Vault
import Web

/// The page behind an invitation's link: a password of one's own.
extension Trust {
    var invitationRoutes: [Route] {
        [
            .get(
                "/invitations/{token}",
                .open(reason: "an invitation, by a random link for one use") { request in
                    guard let user = try await invited(request) else { return try invitationGone(request) }
                    return try await invitationPage(request, user)
                }),
            Route(
                .post, "/invitations/{token}", largestBody: 8 << 10,
                .open(reason: "an invitation, by a random link for one use") { request in
                    try await takeInvitation(request)
                }),
            .post(
                "/users/{id}/invitation",
                .page(.userManage) { request, signedIn in
                    try await confirmed(request, signedIn) { try await invite(request, signedIn) }
                }),
        ]
    }

    private func invite(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let token = Base64URL.encode(Secret.bytes(32))
        _ = try await request.spine.perform(
            InviteUser(user: try request.id("id"), token: Redacted(token), rules: rules), as: signedIn.caller)
        return try await user(request, signedIn, note: UserNote(link: request.base + "/invitations/" + token))
    }

    /// Whom the link in the address invites.
    private func invited(_ request: WebRequest) async throws -> ID<User>? {
        guard let token = request.parameters["token"], (20...100).contains(token.utf8.count) else {
            request.note(.deadLink, route: "/invitations/{token}")
            return nil
        }
        let hash = Invitations.hash(token, try await request.spine.vault(request.tenant))
        let now = request.spine.clock.now()
        let user = try await request.spine.database.read(request.tenant) {
            try InvitationStore.user(hash, at: now, in: $0)
        }
        if user == nil { request.note(.deadLink, route: "/invitations/{token}") }
        return user
    }

    private func origin(_ request: WebRequest) -> RequestOrigin {
        RequestOrigin(tenant: request.tenant, correlation: request.spine.ids.nextRaw(), remote: request.remote)
    }

    private func takeInvitation(_ request: WebRequest) async throws -> WebResponse {
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(
                .forbidden, "csrf.site", "This form came from another site.", remedy: "Open the link and try again.")
        }
        guard let user = try await invited(request), let token = request.parameters["token"] else {
            return try invitationGone(request)
        }
        let form = try request.form()
        let password = form["password"] ?? ""
        let names = try await names(of: user, request)
        if let problem = try await problem(password, of: names.own, login: names.login, request.tenant) {
            return try await invitationPage(request, user, wrong: ["password": "trust.password.\(problem.rawValue)"])
        }
        if password != form["again"] {
            return try await invitationPage(request, user, wrong: ["again": "trust.invitation.wrong.again"])
        }
        do {
            _ = try await request.spine.perform(
                AcceptInvitation(
                    user: user, token: Redacted(token), passwordHash: Redacted(try await Password.hash(password))),
                as: gatekeeper.own(user, origin(request)))
        } catch let fault as Fault where fault.code == "invitation.gone" {
            return try invitationGone(request)
        }
        gatekeeper.forget()
        return .seeOther("/session")
    }

    private struct Names: Sendable {
        let own: String
        let login: String
    }

    private func names(of user: ID<User>, _ request: WebRequest) async throws -> Names {
        try await request.spine.read(.accountOwn, as: gatekeeper.own(user, origin(request))) { transaction, access in
            let grant = try access.grant(.accountOwn, for: .user(user))
            return Names(
                own: try UserStore.find(user, in: transaction)?.displayName ?? "",
                login: try UserStore.addresses(of: [user], grant: grant, in: transaction)[user] ?? "")
        }
    }

    private func invitationPage(
        _ request: WebRequest, _ user: ID<User>, wrong: [String: String] = [:]
    ) async throws -> WebResponse {
        let text = { (key: String) in request.pages.text(key, request.language) }
        let fields = [("password", "trust.password.new"), ("again", "trust.invitation.again")].map { name, label in
            View([
                "name": .text(name), "label": .text(text(label)), "wrong": .optional(wrong[name].map(text)),
                "hint": .optional(name == "password" ? text("trust.password.hint") : nil),
            ])
        }
        let view = View([
            "shell": .view(sessions.bare(request, text("trust.invitation.title"))),
            "login": .text(try await names(of: user, request).login), "fields": .views(fields), "gone": false,
            "action": .text(request.path),
        ])
        return .html(
            try request.pages.render("invitations/accept", view, request.language),
            status: wrong.isEmpty ? .ok : .unprocessableContent)
    }

    private func invitationGone(_ request: WebRequest) throws -> WebResponse {
        let title = request.pages.text("trust.invitation.title", request.language)
        return .html(
            try request.pages.render(
                "invitations/accept",
                View([
                    "shell": .view(sessions.bare(request, title)), "login": "", "fields": .views([]), "gone": true,
                    "action": "",
                ]), request.language), status: .notFound)
    }
}
