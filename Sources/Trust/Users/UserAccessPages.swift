import Kernel
import PeopleAPI
import Spine
import StudioAPI
import Vault
import Web

/// Adding people, and taking their access away.
extension Trust {
    var accessRoutes: [Route] {
        [
            .post("/users", .page(.userManage) { request, signedIn in try await addUser(request, signedIn) }),
            .get("/users/{id}", .page(.userManage) { request, signedIn in try await user(request, signedIn) }),
            .post(
                "/users/{id}/sessions/ending",
                .page(.userManage) { request, signedIn in
                    try await act(EndUserSessions(user: try request.id("id")), request, signedIn, "user.signed-out")
                }),
            .post(
                "/users/{id}/suspension",
                .page(.userManage) { request, signedIn in
                    try await act(SuspendUser(user: try request.id("id")), request, signedIn, "user.suspended")
                }),
            .post(
                "/users/{id}/restoration",
                .page(.userManage) { request, signedIn in
                    try await confirmed(request, signedIn) {
                        try await act(RestoreUser(user: try request.id("id")), request, signedIn, "user.restored")
                    }
                }),
            .post(
                "/users/{id}/second-step/removal",
                .page(.userManage) { request, signedIn in
                    try await confirmed(request, signedIn) {
                        try await act(
                            ClearSecondStep(user: try request.id("id")), request, signedIn, "second-step.cleared")
                    }
                }),
        ]
    }

    private func act<C: Command>(
        _ command: C, _ request: WebRequest, _ signedIn: SignedIn, _ done: String
    ) async throws -> WebResponse {
        let id: ID<User> = try request.id("id")
        _ = try await request.spine.perform(command, as: signedIn.caller)
        gatekeeper.forget()
        return .seeOther("/users/\(id.text)?done=\(done)")
    }

    private func addUser(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        var form = UserForm(try request.form(), configuration, words)
        guard form.wrong.isEmpty else { return try await users(request, signedIn, newcomer: form) }
        let checked = form
        return try await confirmed(request, signedIn) {
            let password = Secret.password()
            let everywhere = configuration.roles[checked.role]?.value.locationScope == .everywhere
            do {
                _ = try await request.spine.perform(
                    AddUser(
                        email: checked.email, displayName: checked.name, roles: [checked.role],
                        locations: everywhere ? nil : checked.locations.sorted(),
                        passwordHash: try await Password.hash(password)), as: signedIn.caller)
            } catch let fault as Fault where fault.code == "user.exists" {
                form.wrong["email"] = words.text("trust.users.wrong.exists")
                return try await users(request, signedIn, newcomer: form)
            }
            return try await users(
                request, signedIn, welcome: UserForm.Welcome(name: checked.name, password: password))
        }
    }

    // MARK: One person

    private func user(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<User> = try request.id("id")
        let configuration = try definitions.configuration(of: request.tenant)
        let now = request.spine.clock.now()
        let found = try await request.spine.read(.userManage, as: signedIn.caller) { transaction, access in
            guard let account = try UserStore.find(id, in: transaction) else { throw Fault.notFound("user") }
            let grant = try access.grant(.userManage, for: .user(id))
            return (
                account, try UserStore.addresses(of: [id], grant: grant, in: transaction)[id] ?? "",
                try SecondSteps.of(id, in: transaction), try SessionStore.open(of: id, in: transaction)
            )
        }
        let (account, login, steps, sessions) = found
        let hasStep = steps.app || steps.passkey
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let limits = try gatekeeper.limits(account.roles, request.tenant)
        let rows = sessions.filter { $0.times.hold(limits, at: now) }.map { session in
            words.session(session, current: session.id == signedIn.session, end: nil)
        }
        let isSelf = id == signedIn.user
        let roles = account.roles.map { key in
            View([
                "label": .text(configuration.roles[key]?.value.names[request.language] ?? key), "tone": "blue",
            ])
        }
        let staff = StaffName(id: id, name: account.displayName)
        let view = View([
            "shell": .view(shell(request, signedIn, account.displayName, "users")), "csrf": .text(signedIn.csrf),
            "id": .text(id.text), "name": .text(account.displayName), "initials": .text(staff.initials),
            "tone": .number(tone(id.raw)), "login": .text(login), "roles": .views(roles),
            "state": .view(words.state(account.state)), "step": .view(words.onOff(hasStep)),
            "sessions": .views(rows), "hasSessions": .flag(!rows.isEmpty),
            "maySuspend": .flag(!isSelf && account.state == "active"),
            "mayRestore": .flag(account.state == "suspended" && !account.passwordHash.isEmpty),
            "mayClear": .flag(!isSelf && hasStep),
        ])
        return .html(try request.pages.render("users/person", view, request.language))
    }
}
