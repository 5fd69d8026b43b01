import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// The list of roles and a page for each.
extension Trust {
    var roleRoutes: [Route] {
        [
            .get("/roles", .page(.roleManage) { request, signedIn in try await roles(request, signedIn) }),
            .get(
                "/roles/new",
                .page(.roleManage) { request, signedIn in try await rolePage(request, signedIn, .new, key: nil) }),
            .post("/roles", .page(.roleManage) { request, signedIn in try await saveRole(request, signedIn) }),
            .get(
                "/roles/{key}",
                .page(.roleManage) { request, signedIn in
                    let (key, found) = try role(request)
                    return try await rolePage(
                        request, signedIn, RoleForm(found.value, version: found.version), key: key)
                }),
            .post("/roles/{key}", .page(.roleManage) { request, signedIn in try await saveRole(request, signedIn) }),
            .post(
                "/roles/{key}/blueprint",
                .page(.roleManage) { request, signedIn in
                    try await confirmed(request, signedIn) { try await resetRole(request, signedIn) }
                }),
        ]
    }

    private func role(_ request: WebRequest) throws -> (String, Published<RoleDefinition>) {
        guard let key = request.parameters["key"],
            let role = try definitions.configuration(of: request.tenant).roles[key]
        else { throw Fault.notFound("role") }
        return (key, role)
    }

    /// The rights this program describes, and so can give.
    func knownPermissions(_ request: WebRequest) -> Set<Permission> {
        let prefix = "trust.permission."
        return Set(
            request.pages.catalogue.keys.filter { $0.hasPrefix(prefix) }
                .map { Permission(String($0.dropFirst(prefix.count))) })
    }

    // MARK: The list

    private func roles(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let configuration = try definitions.configuration(of: request.tenant)
        let publisher = publisher
        let (holders, shipped) = try await request.spine.read(.roleManage, as: signedIn.caller) { transaction, _ in
            (try RoleStore.holders(in: transaction), try publisher.fromBlueprint(.role, in: transaction))
        }
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let catalogue = request.pages.catalogue
        let rows = configuration.roles.sorted { $0.value.names[request.language] < $1.value.names[request.language] }
            .map { key, role -> View in
                let sensitive = role.value.grants.filter(PermissionGroups.sensitive.contains).count
                return View([
                    "key": .text(key), "name": .text(role.value.names[request.language]),
                    "people": .number(holders.people[key] ?? 0), "keys": .number(holders.keys[key] ?? 0),
                    "rights": .text(catalogue.count("trust.roles.rights", request.language, role.value.grants.count)),
                    "sensitive": .optional(
                        sensitive == 0
                            ? nil : catalogue.count("trust.roles.sensitive", request.language, sensitive)),
                    "scope": .text(words.text("trust.roles.scope.\(role.value.locationScope.rawValue)")),
                    "step": .view(words.onOff(role.value.requiresSecondStep ?? false)),
                    "standing": .view(standing(role.value, shipped[key], words)),
                ])
            }
        let title = words.text("trust.roles.title")
        return .html(
            try request.pages.render(
                "roles/index",
                View([
                    "shell": .view(shell(request, signedIn, title, "roles")), "csrf": .text(signedIn.csrf),
                    "count": .number(rows.count), "rows": .views(rows), "hasRows": .flag(!rows.isEmpty),
                ]), request.language))
    }

    /// How a role stands to the last one that came from a blueprint.
    private func standing(_ role: RoleDefinition, _ shipped: AnyDefinition?, _ words: TrustWords) -> View {
        guard case .role(let original)? = shipped else {
            return View(["label": .text(words.text("trust.roles.own")), "tone": "blue", "icon": "edit"])
        }
        if original.plain == role.plain {
            return View(["label": .text(words.text("trust.roles.same")), "tone": "grey", "icon": "check"])
        }
        return View(["label": .text(words.text("trust.roles.differs")), "tone": "amber", "icon": "edit"])
    }

    // MARK: One role

    private struct Known: Sendable {
        let versions: [DefinitionVersion]
        let shipped: AnyDefinition?
        let names: [ID<User>: String]
        let holders: (people: [String: Int], keys: [String: Int])
    }

    private func known(_ key: String?, _ request: WebRequest, _ signedIn: SignedIn) async throws -> Known {
        let publisher = publisher
        return try await request.spine.read(.roleManage, as: signedIn.caller) { transaction, _ in
            let versions = try key.map { try publisher.versions(.role, $0, in: transaction) } ?? []
            let names = try Staff().names(of: versions.compactMap(\.publishedBy), in: transaction)
            return Known(
                versions: versions,
                shipped: try key.flatMap { try publisher.fromBlueprint(.role, in: transaction)[$0] },
                names: names.mapValues(\.name), holders: try RoleStore.holders(in: transaction))
        }
    }

    private func rolePage(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: RoleForm, key: String?, problem: View? = nil
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let found = try await known(key, request, signedIn)
        let catalogue = request.pages.catalogue
        let history = found.versions.prefix(20).map { version -> View in
            let by =
                version.publishedBy.map { found.names[$0] ?? words.text("trust.audit.former") }
                ?? words.text("trust.roles.origin.\(version.origin.rawValue)")
            return View([
                "version": .text(words.text("trust.roles.version", ["n": String(version.version)])),
                "when": .text(words.moment(version.publishedAt)), "by": .text(by),
            ])
        }
        var view = View([
            "shell": .view(shell(request, signedIn, words.text("trust.roles.title"), "roles")),
            "csrf": .text(signedIn.csrf), "problem": .optional(problem),
            "form": .view(form.view(words, known: knownPermissions(request))),
            "action": .text(key.map { "/roles/" + $0 } ?? "/roles"), "isNew": .flag(key == nil),
            "history": .views(history), "hasHistory": .flag(!history.isEmpty), "people": "", "name": "",
        ])
        if let key, let role = try definitions.configuration(of: request.tenant).roles[key] {
            view["name"] = .text(role.value.names[request.language])
            view["people"] = .text(
                catalogue.count("trust.roles.people", request.language, found.holders.people[key] ?? 0))
            view["standing"] = .view(standing(role.value, found.shipped, words))
            if case .role(let original)? = found.shipped, original.plain != role.value.plain {
                view["difference"] = .view(difference(role.value, original, key, words))
            } else {
                view["difference"] = nil
            }
        } else {
            view["standing"] = nil
            view["difference"] = nil
        }
        return .html(
            try request.pages.render("roles/role", view, request.language),
            status: form.wrong.isEmpty && problem == nil ? .ok : .unprocessableContent)
    }

    /// What is other than in the blueprint, in words.
    private func difference(
        _ role: RoleDefinition, _ original: RoleDefinition, _ key: String, _ words: TrustWords
    ) -> View {
        let catalogue = words.request.pages.catalogue
        let tell = { (rights: Set<Permission>) in
            rights.map(\.rawValue).sorted().map { right in
                let name = "trust.permission.\(right)"
                return View(["text": .text(catalogue.has(name) ? words.text(name) : right)])
            }
        }
        let more = tell(role.grants.subtracting(original.grants))
        let fewer = tell(original.grants.subtracting(role.grants))
        return View([
            "more": .views(more), "hasMore": .flag(!more.isEmpty), "fewer": .views(fewer),
            "hasFewer": .flag(!fewer.isEmpty), "onlyOther": .flag(more.isEmpty && fewer.isEmpty), "key": .text(key),
        ])
    }

    // MARK: Saving

    private func saveRole(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let configuration = try definitions.configuration(of: request.tenant)
        let key = request.parameters["key"]
        if let key, configuration.roles[key] == nil { throw Fault.notFound("role") }
        var form =
            key.flatMap { configuration.roles[$0] }.map { RoleForm($0.value, version: $0.version) } ?? .new
        form.read(try request.form(), known: knownPermissions(request), words)
        if key == nil, form.wrong.isEmpty, configuration.roles[form.role.key] != nil {
            form.wrong["name-en"] = words.text("trust.roles.wrong.taken")
        }
        guard form.wrong.isEmpty else { return try await rolePage(request, signedIn, form, key: key) }
        let checked = form
        return try await confirmed(request, signedIn) {
            try await publish(checked, request, signedIn, key: key)
        }
    }

    private func publish(
        _ form: RoleForm, _ request: WebRequest, _ signedIn: SignedIn, key: String?
    ) async throws -> WebResponse {
        do {
            _ = try await request.spine.perform(
                SaveRole(
                    role: form.role, version: form.version, publisher: publisher, definitions: definitions),
                as: signedIn.caller)
        } catch let fault as Fault where ["role.changed", "role.own", "role.last-administrator"].contains(fault.code) {
            let text = request.pages.text("trust.\(fault.code)", request.language)
            return try await rolePage(
                request, signedIn, form, key: key,
                problem: AccountPages.problem(request, title: "trust.roles.refused", text: text))
        }
        try await definitions.refresh(of: request.tenant)
        gatekeeper.forget()
        return .seeOther("/roles/\(form.role.key)?done=role.saved")
    }

    private func resetRole(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let (key, current) = try role(request)
        guard case .role(let original)? = try await known(key, request, signedIn).shipped else {
            throw Fault.notFound("role")
        }
        return try await publish(
            RoleForm(original, version: current.version), request, signedIn, key: key)
    }
}
