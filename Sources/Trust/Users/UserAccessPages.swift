import ConversationsAPI
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import Vault
import Web

/// Adding people, moving them, and taking their access away.
extension Trust {
    var accessRoutes: [Route] {
        [
            .post("/users", .page(.userManage) { request, signedIn in try await addUser(request, signedIn) }),
            .get("/users/{id}", .page(.userManage) { request, signedIn in try await user(request, signedIn) }),
            .post(
                "/users/{id}/access",
                .page(.userManage) { request, signedIn in try await moveUser(request, signedIn) }),
            .post(
                "/users/{id}/work",
                .page(.userManage) { request, signedIn in
                    let receiver = try receiver(try request.form())
                    return try await act(
                        HandOverWork(user: try request.id("id"), receiver: receiver, rules: rules), request, signedIn,
                        "user.work-handed-over")
                }),
            .post(
                "/users/{id}/sessions/ending",
                .page(.userManage) { request, signedIn in
                    try await act(EndUserSessions(user: try request.id("id")), request, signedIn, "user.signed-out")
                }),
            .post(
                "/users/{id}/suspension",
                .page(.userManage) { request, signedIn in
                    // Nothing is asked first: it may be urgent, and it can be undone.
                    let form = try request.form()
                    let leaving = AccountRules.Leaving(
                        work: try receiver(form), keys: form["keys"] == "mine" ? signedIn.user : nil)
                    return try await act(
                        SuspendUser(user: try request.id("id"), leaving: leaving, rules: rules), request, signedIn,
                        "user.suspended")
                }),
            .post(
                "/users/{id}/restoration",
                .page(.userManage) { request, signedIn in
                    try await confirmed(request, signedIn) {
                        try await act(
                            RestoreUser(user: try request.id("id"), rules: rules), request, signedIn, "user.restored")
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

    /// Refusals that a form can tell its person, by their code.
    private static let told: Set = [
        "user.last-administrator", "user.self", "user.changed", "role.beyond", "location.beyond", "care.beyond",
    ]

    private func act<C: Command>(
        _ command: C, _ request: WebRequest, _ signedIn: SignedIn, _ done: String
    ) async throws -> WebResponse {
        let id: ID<User> = try request.id("id")
        do {
            _ = try await request.spine.perform(command, as: signedIn.caller)
        } catch let fault as Fault where Self.told.contains(fault.code) {
            return try await user(request, signedIn, note: UserNote(problem: refusal(fault, request)))
        }
        gatekeeper.forget()
        return .seeOther("/users/\(id.text)?done=\(done)")
    }

    private func refusal(_ fault: Fault, _ request: WebRequest) -> View {
        AccountPages.problem(
            request, title: "trust.user.refused",
            text: request.pages.text("trust.user.refused.\(fault.code)", request.language))
    }

    /// `own`, `team:KEY` or `user:ID`; nothing said: each need goes back to its team.
    private func receiver(_ form: FormFields) throws -> WorkReceiver {
        let text = form["to"] ?? "own"
        if text == "own" { return .ownTeams }
        if text.hasPrefix("team:") { return .team(String(text.dropFirst("team:".count))) }
        if text.hasPrefix("user:"), let id = ID<User>(text.dropFirst("user:".count)) { return .user(id) }
        throw Fault.invalid("to", "Say who takes the work over.")
    }

    private func addUser(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        var form = UserForm(try request.form(), configuration, words)
        guard form.wrong.isEmpty else { return try await users(request, signedIn, newcomer: form) }
        let checked = form
        return try await confirmed(request, signedIn) {
            let token = Base64URL.encode(Secret.bytes(32))
            do {
                _ = try await request.spine.perform(
                    AddUser(
                        email: checked.email, displayName: checked.name, roles: checked.roles.sorted(),
                        locations: checked.places(configuration), invitation: Redacted(token), rules: rules),
                    as: signedIn.caller)
            } catch let fault as Fault where fault.code == "user.exists" {
                form.wrong["email"] = words.text("trust.users.wrong.exists")
                return try await users(request, signedIn, newcomer: form)
            } catch let fault as Fault where ["role.beyond", "location.beyond", "care.beyond"].contains(fault.code) {
                form.wrong["role"] = words.text("trust.user.refused.\(fault.code)")
                return try await users(request, signedIn, newcomer: form)
            }
            return try await users(
                request, signedIn,
                welcome: UserForm.Welcome(name: checked.name, link: request.base + "/invitations/" + token))
        }
    }

    private func moveUser(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let sent = try request.form()
        let form = UserForm(sent, configuration, words, isNew: false)
        guard form.wrong.isEmpty, let version = sent["version"].flatMap({ Int($0) }) else {
            return try await user(request, signedIn, note: UserNote(form: form))
        }
        let id: ID<User> = try request.id("id")
        return try await confirmed(request, signedIn) {
            do {
                _ = try await request.spine.perform(
                    MoveUser(
                        user: id, displayName: form.name, roles: form.roles.sorted(),
                        locations: form.places(configuration), version: version, rules: rules),
                    as: signedIn.caller)
            } catch let fault as Fault where Self.told.contains(fault.code) {
                return try await user(
                    request, signedIn, note: UserNote(form: form, problem: refusal(fault, request)))
            }
            gatekeeper.forget()
            return .seeOther("/users/\(id.text)?done=user.moved")
        }
    }
}

/// What a person's page shows besides the person.
struct UserNote: Sendable {
    /// An invitation that was just made.
    var link: String?
    /// What was sent and was wrong.
    var form: UserForm?
    var problem: View?
}
