import HTTPTypes
import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// Taking a definition out of force: a page that shows what stands in the way, and asks why. It comes back by
/// publishing it again from its form.
extension Setup {
    /// What is looked at before something is retired.
    private struct Retiring: Sendable {
        let kind: SetupKind
        let definition: AnyDefinition
        let version: Int
        var reason = ""
        var isHurried = false
        var isStale = false

        var address: String { Setup.retirement(kind, definition.key) }
    }

    static func retirement(_ kind: SetupKind, _ key: String) -> String { kind.path(key) + "/retirement" }

    /// Nil: it is retired already.
    private func retiring(_ request: WebRequest, _ kind: SetupKind, _ words: SetupWords) throws -> Retiring? {
        let key = request.parameters["key"] ?? ""
        if let found = words.configuration.found(kind, key) {
            return Retiring(kind: kind, definition: found.definition, version: found.version)
        }
        guard words.configuration.foundRetired(kind, key) != nil else { throw Fault.notFound("definition") }
        return nil
    }

    func showRetiring(_ request: WebRequest, _ signedIn: SignedIn, _ kind: SetupKind) async throws -> WebResponse {
        let words = try words(request)
        guard let retiring = try retiring(request, kind, words) else {
            return .seeOther(kind.path(request.parameters["key"] ?? ""))
        }
        return try await page(request, signedIn, retiring, words, status: .ok)
    }

    func retire(_ request: WebRequest, _ signedIn: SignedIn, _ kind: SetupKind) async throws -> WebResponse {
        let sent = try request.form()
        try await definitions.refresh(of: request.tenant)
        let words = try words(request)
        guard var retiring = try retiring(request, kind, words) else {
            return .seeOther(kind.path(request.parameters["key"] ?? ""))
        }
        retiring.reason = sent.trimmed("reason") ?? ""
        guard !retiring.reason.isEmpty, retiring.reason.count <= 200 else {
            retiring.isHurried = true
            return try await page(request, signedIn, retiring, words, status: .unprocessableContent)
        }
        do {
            _ = try await request.spine.perform(
                RetireDefinition(
                    kind.kind, retiring.definition.key, version: sent["version"].flatMap { Int($0) } ?? 0,
                    reason: retiring.reason, zones: Set(zones.names), permissions: words.permissions, uses: uses),
                as: signedIn.caller)
        } catch let fault as Fault where fault.code == "definition.changed" {
            // Somebody was faster: what they published is looked at now.
            try await definitions.refresh(of: request.tenant)
            let words = try self.words(request)
            guard var newest = try self.retiring(request, kind, words) else { return .seeOther(kind.path) }
            newest.reason = retiring.reason
            newest.isStale = true
            return try await page(request, signedIn, newest, words, status: .conflict)
        } catch let fault as Fault where ["definition.errors", "definition.used"].contains(fault.code) {
            try await definitions.refresh(of: request.tenant)
            return try await page(request, signedIn, retiring, self.words(request), status: .unprocessableContent)
        }
        try await definitions.refresh(of: request.tenant)
        return .seeOther("\(kind.path)?done=setup.retired")
    }

    // MARK: The page

    private func page(
        _ request: WebRequest, _ signedIn: SignedIn, _ retiring: Retiring, _ words: SetupWords,
        status: HTTPResponse.Status
    ) async throws -> WebResponse {
        let (kind, key, uses) = (retiring.kind, retiring.definition.key, self.uses)
        let found = SetupCheck(
            without: retiring.definition, among: words.configuration.published, zones: Set(zones.names),
            permissions: words.permissions, on: words.today)
        let now = request.spine.clock.now()
        let inTheWay = try await request.spine.read(.definitionWrite, as: signedIn.caller) { transaction, _ in
            try uses.uses(of: kind.kind, key, at: now, in: transaction)
        }
        let name = words.name(kind.kind, key) ?? key
        let title = words.text("retire.title", ["name": name])
        let rows = inTheWay.map { use in
            View([
                "text": .text(words.count("retire.use.\(use.kind.rawValue)", use.count)),
                "note": .text(words.text("retire.use.\(use.kind.rawValue).note")),
                "href": .optional(Self.address(of: use, kind, key, signedIn)),
            ])
        }
        let view = View([
            "shell": .view(shell(request, signedIn, title, "setup")), "csrf": .text(signedIn.csrf),
            "title": .text(title), "name": .text(name), "up": .text(kind.path(key)),
            "action": .text(retiring.address), "version": .number(retiring.version), "isStale": .flag(retiring.isStale),
            "uses": .views(rows), "hasUses": .flag(!rows.isEmpty),
            "elsewhere": .optional(elsewhere(found.elsewhere, words)),
            "mayRetire": .flag(rows.isEmpty && found.errors.isEmpty), "reason": .text(retiring.reason),
            "wrongReason": .optional(retiring.isHurried ? words.text("wrong.reason") : nil),
        ])
        return .html(try request.pages.render("setup/retire", view, request.language), status: status)
    }

    /// Where one can do something about it, for those who may.
    private static func address(
        of use: DefinitionUse, _ kind: SetupKind, _ key: String, _ signedIn: SignedIn
    ) -> String? {
        switch use.kind {
        case .visits:
            guard kind != .visitTypes, signedIn.may(Permission("bump.write")) else { return nil }
            return "/bump/new?subject=\(kind.kind.rawValue):\(key)"
        case .holds: return nil
        case .waitlist:
            guard signedIn.may(Permission("waitlist.read")) else { return nil }
            switch kind {
            case .visitTypes: return "/waitlist?type=\(key)"
            case .locations: return "/waitlist?location=\(key)"
            default: return "/waitlist"
            }
        case .referrals: return signedIn.may(Permission("referral.read")) ? "/referrals" : nil
        }
    }
}

extension Configuration {
    /// What was retired of a kind, as it stood last, and the version in which it was.
    func foundRetired(_ kind: SetupKind, _ key: String) -> (definition: AnyDefinition, version: Int)? {
        switch kind {
        case .visitTypes: retired.visitTypes[key].map { (.visitType($0.value), $0.version) }
        case .practitioners: retired.practitioners[key].map { (.practitioner($0.value), $0.version) }
        case .resources: retired.resources[key].map { (.resource($0.value), $0.version) }
        case .locations: retired.locations[key].map { (.location($0.value), $0.version) }
        case .waitlist, .referrals: nil
        }
    }
}
