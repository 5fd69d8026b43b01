import HTTPTypes
import Kernel
import Spine
import StudioAPI
import Vault
import Web

/// Keys of programs: the list, making one, and one key with a new secret or its end.
extension Trust {
    var apiKeyRoutes: [Route] {
        [
            .get("/keys", .page(.userManage) { request, signedIn in try await keys(request, signedIn) }),
            .get("/keys/new", .page(.userManage) { request, signedIn in try newKey(request, signedIn, APIKeyForm()) }),
            .post("/keys", .page(.userManage) { request, signedIn in try await addKey(request, signedIn) }),
            .get("/keys/{id}", .page(.userManage) { request, signedIn in try await key(request, signedIn) }),
            .post(
                "/keys/{id}/rotation", .page(.userManage) { request, signedIn in try await rotate(request, signedIn) }),
            .post(
                "/keys/{id}/revocation",
                .page(.userManage) { request, signedIn in
                    _ = try await request.spine.perform(RevokeAPIKey(id: try request.id("id")), as: signedIn.caller)
                    gatekeeper.forget()
                    return .seeOther("/keys")
                }),
        ]
    }

    // MARK: The list

    private func keys(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let now = request.spine.clock.now()
        let keys = try await request.spine.read(.userManage, as: signedIn.caller) { transaction, _ in
            try APIKeyStore.all(in: transaction)
        }
        let rows = keys.map { key -> View in
            let scope = words.scope(key, configuration)
            let isHeld = key.permissions != nil || key.locations != nil
            return View([
                "id": .text(key.id.text), "name": .text(key.name), "roles": .views(scope.roles),
                "held": .flag(isHeld),
                "ends": .text(key.expiresAt.map(words.moment) ?? words.text("trust.keys.endless")),
                "used": .text(key.usedAt.map(words.moment) ?? words.text("trust.never")),
                "state": .view(words.standing(key.standing(at: now))),
            ])
        }
        let soon = keys.count { $0.standing(at: now) == .soon }
        let title = words.text("trust.keys.title")
        return .html(
            try request.pages.render(
                "keys/index",
                View([
                    "shell": .view(shell(request, signedIn, title, "users")),
                    "count": .text(String(keys.count)), "hasKeys": .flag(!keys.isEmpty), "keys": .views(rows),
                    "soon": .optional(
                        soon == 0 ? nil : request.pages.catalogue.count("trust.keys.soon", request.language, soon)),
                    "empty": .view(
                        View([
                            "icon": "key", "title": .text(words.text("trust.keys.none")),
                            "text": .text(words.text("trust.keys.about")),
                            "action": .view(
                                View(["href": "/keys/new", "label": .text(words.text("trust.keys.new"))])),
                        ])),
                ]), request.language))
    }

    // MARK: Making one

    private func newKey(_ request: WebRequest, _ signedIn: SignedIn, _ form: APIKeyForm) throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let configuration = try definitions.configuration(of: request.tenant)
        let title = words.text("trust.keys.new")
        return .html(
            try request.pages.render(
                "keys/new",
                View([
                    "shell": .view(shell(request, signedIn, title, "users")), "csrf": .text(signedIn.csrf),
                    "form": .view(form.view(words, configuration)),
                ]), request.language), status: form.wrong.isEmpty ? .ok : .unprocessableContent)
    }

    private func addKey(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        var form = APIKeyForm(try request.form(), try definitions.configuration(of: request.tenant), words)
        guard form.wrong.isEmpty else { return try newKey(request, signedIn, form) }
        let checked = form
        return try await confirmed(request, signedIn) {
            let text = try await APIKeys.text(tenantKey: tenantKey(request.tenant))
            let id: Int64
            do {
                id = try await request.spine.perform(
                    AddAPIKey(
                        name: checked.name, text: Redacted(text), roles: [checked.role],
                        expiresAt: request.spine.clock.now() + .days(checked.days), permissions: checked.scope,
                        locations: checked.places, rules: rules), as: signedIn.caller)
            } catch let fault as Fault where Self.beyond.contains(fault.code) {
                form.wrong["role"] = words.text("trust.user.refused.\(fault.code)")
                return try newKey(request, signedIn, form)
            }
            return try await keyPage(ID(raw: id), request, signedIn, secret: text)
        }
    }

    /// More than whoever asks may themselves.
    private static let beyond: Set = ["role.beyond", "location.beyond", "care.beyond"]

    // MARK: One key

    private func key(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await keyPage(try request.id("id"), request, signedIn)
    }

    private func rotate(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<APIKey> = try request.id("id")
        let form = try request.form()
        let overlap = form["overlap"].flatMap { Int($0) } ?? APIKeys.overlaps[0]
        let days = form["days"].flatMap { Int($0) } ?? APIKeys.standardLifetime
        guard APIKeys.overlaps.contains(overlap), APIKeys.lifetimes.contains(days) else {
            throw Fault.invalid("overlap", "Choose one of those that are offered.")
        }
        return try await confirmed(request, signedIn) {
            let text = try await APIKeys.text(tenantKey: tenantKey(request.tenant))
            do {
                _ = try await request.spine.perform(
                    RotateAPIKey(
                        id: id, text: Redacted(text), overlap: .hours(overlap), lifetime: .days(days), rules: rules),
                    as: signedIn.caller)
            } catch let fault as Fault where Self.beyond.contains(fault.code) {
                let problem = AccountPages.problem(
                    request, title: "trust.user.refused",
                    text: request.pages.text("trust.user.refused.\(fault.code)", request.language))
                return try await keyPage(id, request, signedIn, problem: problem)
            }
            gatekeeper.forget()
            return try await keyPage(id, request, signedIn, secret: text)
        }
    }

    /// `secret`: the text of a key that was just made, shown this one time.
    private func keyPage(
        _ id: ID<APIKey>, _ request: WebRequest, _ signedIn: SignedIn, secret: String? = nil,
        problem: View? = nil
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let configuration = try definitions.configuration(of: request.tenant)
        let now = request.spine.clock.now()
        let found = try await request.spine.read(.userManage, as: signedIn.caller) { transaction, _ in
            try APIKeyStore.key(id, in: transaction)
        }
        guard let key = found else { throw Fault.notFound("key") }
        let scope = words.scope(key, configuration)
        let standing = key.standing(at: now)
        let old = key.previousUntil.flatMap { $0 > now && key.holds(at: now) ? words.moment($0) : nil }
        let overlaps = APIKeys.overlaps.map { hours -> View in
            let label =
                hours == 0
                ? words.text("trust.keys.overlap.none")
                : hours < 48
                    ? request.pages.catalogue.count("trust.keys.overlap.hours", request.language, hours)
                    : request.pages.catalogue.count("trust.keys.overlap.days", request.language, hours / 24)
            return View(["value": .text(String(hours)), "label": .text(label), "chosen": .flag(hours == 24)])
        }
        return .html(
            try request.pages.render(
                "keys/key",
                View([
                    "shell": .view(shell(request, signedIn, key.name, "users")), "csrf": .text(signedIn.csrf),
                    "problem": .optional(problem), "secret": .optional(secret), "id": .text(id.text),
                    "name": .text(key.name),
                    "state": .view(words.standing(standing)), "roles": .views(scope.roles),
                    "rights": .text(scope.rights), "places": .text(scope.places),
                    "made": .text(words.moment(key.createdAt)),
                    "rotated": .optional(key.rotatedAt.map(words.moment)),
                    "ends": .text(key.expiresAt.map(words.moment) ?? words.text("trust.keys.endless")),
                    "used": .text(key.usedAt.map(words.moment) ?? words.text("trust.never")),
                    "old": .optional(old.map { words.text("trust.keys.old", ["when": $0]) }),
                    "open": .flag(standing != .revoked), "overlaps": .views(overlaps),
                    "days": .views(words.days(chosen: APIKeys.standardLifetime)),
                ]), request.language), status: problem == nil ? .ok : .unprocessableContent)
    }
}
