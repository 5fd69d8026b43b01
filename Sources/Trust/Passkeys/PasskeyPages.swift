import HTTPTypes
import Kernel
import Logging
import Spine
import Store
import StudioAPI
import Vault
import Web

/// One's own passkeys: adding, naming and removing them. They stand under the second step's address, since who has to set
/// up a second step may do it with a passkey.
enum PasskeyPages {
    static let base = AccountPages.secondStep + "/passkeys"
}

/// A passkey of one's own, opened.
struct OwnPasskey: Sendable {
    let row: PasskeyStore.Passkey
    let details: PasskeyDetails
}

extension Trust {
    var passkeyRoutes: [Route] {
        let base = PasskeyPages.base
        return [
            .get(base, .account { request, signedIn in try await newPasskey(request, signedIn) }),
            Route(
                .post, base, largestBody: 32 << 10,
                .account { request, signedIn in try await addPasskey(request, signedIn) }),
            .post(
                base + "/confirmation",
                .account { request, signedIn in
                    try await confirm(request, signedIn, action: request.path) { .seeOther(base) }
                }),
            .post(base + "/{id}/name", .account { request, signedIn in try await renamePasskey(request, signedIn) }),
            .post(
                base + "/{id}/removal",
                .account { request, signedIn in
                    try await confirmed(request, signedIn) { try await removePasskey(request, signedIn) }
                }),
            .post(
                "/account/provider/removal",
                .account { request, signedIn in
                    try await confirmed(request, signedIn) { try await removeIdentity(request, signedIn) }
                }),
        ]
    }

    /// One's own passkeys with what is sealed of them.
    func passkeys(_ request: WebRequest, _ signedIn: SignedIn) async throws -> [OwnPasskey] {
        let user = signedIn.user
        return try await request.spine.read(.accountOwn, as: own(signedIn)) { transaction, access in
            let rows = try PasskeyStore.all(of: user, in: transaction)
            if rows.isEmpty { return [] }
            let grant = try access.grant(.accountOwn, for: .user(user))
            return try rows.map { OwnPasskey(row: $0, details: try $0.open(grant)) }
        }
    }

    // MARK: Adding one

    private func newPasskey(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard try await gatekeeper.isConfirmed(signedIn) else {
            return try await confirmationPage(
                request, signedIn, action: PasskeyPages.base + "/confirmation", problem: nil)
        }
        return try await newPasskeyPage(request, signedIn, name: nil, wrong: nil, problem: nil)
    }

    private func newPasskeyPage(
        _ request: WebRequest, _ signedIn: SignedIn, name: String?, wrong: String?, problem: View?
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let title = words.text("trust.passkey.add")
        let limits = try gatekeeper.limits(signedIn.caller.roles, request.tenant)
        let device = Sessions.device(userAgent: request.headers[.userAgent])
        var view = View([
            "shell": .view(shell(request, signedIn, title, "security")), "csrf": .text(signedIn.csrf),
            "problem": .optional(problem), "name": .text(name ?? device ?? words.text("trust.passkey.name-plain")),
            "wrong": .optional(wrong), "required": .flag(limits.needsSecondStep), "options": nil,
        ])
        if let place = PasskeyPlace(base: request.base) {
            let challenge = try await gatekeeper.challenge(
                .addPasskey, place, signedIn: signedIn, request: origin(signedIn))
            guard let challenge else { throw SessionRoutes.tooMany }
            let vault = try await request.spine.vault(request.tenant)
            let known = try await passkeys(request, signedIn)
            let organization = try definitions.configuration(of: request.tenant).organization?.value.name
            let options = PasskeyOptions.creation(
                challenge, place, handle: Passkeys.handle(signedIn.user, vault),
                login: try await address(of: signedIn.user, request, signedIn), name: signedIn.displayName,
                practice: organization ?? "Throughline", known: known.map(\.details.credential))
            view["options"] = .text(String(decoding: options, as: UTF8.self))
        }
        return .html(
            try request.pages.render("account/passkey", view, request.language),
            status: problem == nil && wrong == nil ? .ok : .unprocessableContent)
    }

    private func addPasskey(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard try await gatekeeper.isConfirmed(signedIn) else { return .seeOther(PasskeyPages.base) }
        let form = try request.form()
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        guard let name = form.trimmed("name"), name.count <= Passkeys.longestName else {
            return try await newPasskeyPage(
                request, signedIn, name: form["name"], wrong: words.text("trust.passkey.wrong.name"), problem: nil)
        }
        let added = try await newCredential(form["credential"] ?? "", request, signedIn)
        do {
            guard let added else { throw UsePasskey.wrong }
            _ = try await request.spine.perform(
                AddPasskey(
                    user: signedIn.user, session: signedIn.session, credential: added.credential,
                    rpID: added.place.rpID, name: name), as: own(signedIn))
        } catch let fault as Fault where ["passkey.wrong", "passkey.known", "passkey.many"].contains(fault.code) {
            let key = fault.code.split(separator: ".").last ?? "wrong"
            let problem = AccountPages.problem(
                request, title: "trust.passkey.not-added", text: words.text("trust.passkey.\(key).text"))
            return try await newPasskeyPage(request, signedIn, name: name, wrong: nil, problem: problem)
        }
        gatekeeper.forget()
        return .seeOther(AccountPages.security + "?done=passkey.added")
    }

    /// The credential that the browser made for the challenge it was given here; nil when it is not right.
    private func newCredential(
        _ field: String, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> (credential: PasskeyRules.NewCredential, place: PasskeyPlace)? {
        guard let place = PasskeyPlace(base: request.base), let given = PasskeyRegistration(field: field),
            let expected = try await gatekeeper.answered(
                given.clientData, .addPasskey, place, signedIn: signedIn,
                request: origin(signedIn))
        else { return nil }
        do {
            return (
                try PasskeyRules.registration(
                    clientData: given.clientData, attestation: given.attestation, expected), place
            )
        } catch {
            request.spine.logger.info("a passkey was not taken", metadata: ["reason": "\(error.rawValue)"])
            return nil
        }
    }

    // MARK: Those there are

    private func renamePasskey(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id = try request.id("id", of: PasskeyStore.Passkey.self)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        guard let name = try request.form().trimmed("name"), name.count <= Passkeys.longestName else {
            let problem = AccountPages.problem(
                request, title: "trust.passkey.not-named", text: words.text("trust.passkey.wrong.name"))
            return try await security(request, signedIn, problem: problem)
        }
        _ = try await request.spine.perform(
            RenamePasskey(user: signedIn.user, id: id.raw, name: name), as: own(signedIn))
        return .seeOther(AccountPages.security + "?done=passkey.named")
    }

    private func removePasskey(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id = try request.id("id", of: PasskeyStore.Passkey.self)
        let limits = try gatekeeper.limits(signedIn.caller.roles, request.tenant)
        let command = RemovePasskey(
            user: signedIn.user, session: signedIn.session, id: id.raw, needsSecondStep: limits.needsSecondStep,
            issuer: try await federation.settings(request.tenant)?.issuer)
        return try await lessWays(request, signedIn, done: "passkey.removed") {
            _ = try await request.spine.perform(command, as: own(signedIn))
        }
    }

    private func removeIdentity(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let settings = try await federation.settings(request.tenant) else { throw Fault.notFound("page") }
        let command = RemoveIdentity(user: signedIn.user, issuer: settings.issuer)
        return try await lessWays(request, signedIn, done: "provider.removed") {
            _ = try await request.spine.perform(command, as: own(signedIn))
        }
    }

    /// Takes a way to sign in away; when it is the last one, or one that the role needs, the page says so.
    private func lessWays(
        _ request: WebRequest, _ signedIn: SignedIn, done: String, _ act: () async throws -> Void
    ) async throws -> WebResponse {
        do {
            try await act()
        } catch let fault as Fault where ["sign-in.last", "second-step.required"].contains(fault.code) {
            let words = TrustWords(request: request, zone: try zone(request.tenant))
            let key = fault.code == "sign-in.last" ? "last" : "required"
            let problem = AccountPages.problem(
                request, title: "trust.ways.\(key).title", text: words.text("trust.ways.\(key).text"))
            return try await security(request, signedIn, problem: problem)
        }
        gatekeeper.forget()
        return .seeOther(AccountPages.security + "?done=\(done)")
    }

    // MARK: On the page about security

    func passkeyPanel(_ request: WebRequest, _ signedIn: SignedIn, _ words: TrustWords) async throws -> View {
        let place = PasskeyPlace(base: request.base)
        let rows = try await passkeys(request, signedIn).map { passkey in
            let row = passkey.row
            let address = "\(PasskeyPages.base)/\(ID<PasskeyStore.Passkey>(raw: row.id).text)"
            return View([
                "name": .text(passkey.details.name), "made": .text(words.moment(row.createdAt)),
                "used": .text(row.lastUsedAt.map(words.moment) ?? words.text("trust.never")),
                "blocked": .flag(row.blockedAt != nil), "naming": .text(address + "/name"),
                "removal": .text(address + "/removal"), "id": .text(ID<PasskeyStore.Passkey>(raw: row.id).text),
                "elsewhere": .optional(row.rpID == place?.rpID ? nil : row.rpID),
            ])
        }
        return View([
            "rows": .views(rows), "has": .flag(!rows.isEmpty), "possible": .flag(place != nil),
            "mayAdd": .flag(place != nil && rows.count < Passkeys.most), "new": .text(PasskeyPages.base),
        ])
    }

    /// Nil when nobody signs in elsewhere.
    func providerPanel(_ request: WebRequest, _ signedIn: SignedIn, _ words: TrustWords) async throws -> View? {
        guard let settings = try await federation.settings(request.tenant) else { return nil }
        let vault = try await request.spine.vault(request.tenant)
        let user = signedIn.user
        let identity = try await request.spine.database.read(request.tenant) {
            try IdentityStore.find(of: user, issuer: settings.issuer, vault, in: $0)
        }
        let name = ["name": settings.name]
        return View([
            "title": .text(words.text("trust.provider.title", name)), "linked": .flag(identity != nil),
            "since": .optional(
                identity.map { words.text("trust.provider.since", ["when": words.moment($0.createdAt)]) }),
            "about": .text(words.text(identity == nil ? "trust.provider.unlinked" : "trust.provider.linked", name)),
        ])
    }
}
