import HTTPTypes
import JSON
import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Setup {
    /// The fields of the longest form, a practitioner's with all blocks and days, and some more.
    static let mostFields = 4_000

    /// Everything is checked against everything, which takes some milliseconds.
    private func route(
        _ method: HTTPRequest.Method, _ path: String,
        _ handler: @escaping @Sendable (WebRequest, SignedIn) async throws -> WebResponse
    ) -> Route {
        Route(method, path, heavy: true, .page(.definitionWrite, handler))
    }

    var routes: [Route] {
        [route(.get, "/setup") { request, signedIn in try await overview(request, signedIn) }]
            + SetupKind.allCases.flatMap { $0.isSingle ? single($0) : several($0) }
    }

    private func single(_ kind: SetupKind) -> [Route] {
        [
            route(.get, kind.path) { request, signedIn in try await show(request, signedIn, kind) },
            route(.post, kind.path) { request, signedIn in try await act(request, signedIn, kind) },
        ]
    }

    private func several(_ kind: SetupKind) -> [Route] {
        [
            route(.get, kind.path) { request, signedIn in try await list(request, signedIn, kind) },
            route(.get, kind.path + "/new") { request, signedIn in
                try await show(request, signedIn, kind, isNew: true)
            },
            route(.post, kind.path) { request, signedIn in try await act(request, signedIn, kind, isNew: true) },
            route(.get, kind.path + "/{key}") { request, signedIn in try await show(request, signedIn, kind) },
            route(.post, kind.path + "/{key}") { request, signedIn in try await act(request, signedIn, kind) },
            route(.get, kind.path + "/{key}/retirement") { request, signedIn in
                try await showRetiring(request, signedIn, kind)
            },
            route(.post, kind.path + "/{key}/retirement") { request, signedIn in
                try await retire(request, signedIn, kind)
            },
        ]
    }

    func words(_ request: WebRequest) throws -> SetupWords {
        let configuration = try definitions.configuration(of: request.tenant)
        let zone = try zones.zone(configuration.organization?.value.zone ?? "Etc/UTC")
        return SetupWords(request: request, configuration: configuration, zone: zone)
    }

    /// One definition in its form, and where it stands.
    struct Editing: Sendable {
        let kind: SetupKind
        /// Nil: it is not there yet.
        let key: String?
        let tree: FormTree
        /// 0: nothing is published.
        let version: Int
        /// It is shown as it stood last; publishing puts it back.
        var isRetired = false

        var action: String { key.map { kind.path($0) } ?? kind.path }
    }

    func editing(_ request: WebRequest, _ kind: SetupKind, isNew: Bool, _ words: SetupWords) throws -> Editing {
        if isNew { return Editing(kind: kind, key: nil, tree: kind.blank, version: 0) }
        let key: String =
            switch kind {
            case .waitlist: words.configuration.waitlistPolicy?.key ?? WaitlistPolicyDefinition.builtIn.key
            case .referrals: words.configuration.referralPolicy?.key ?? ReferralPolicyDefinition.builtIn.key
            default: request.parameters["key"] ?? ""
            }
        if let found = words.configuration.found(kind, key) {
            return Editing(kind: kind, key: key, tree: try FormTree(found.definition), version: found.version)
        }
        if let found = words.configuration.foundRetired(kind, key) {
            return Editing(
                kind: kind, key: key, tree: try FormTree(found.definition), version: found.version, isRetired: true)
        }
        guard let builtIn = kind.builtIn else { throw Fault.notFound("definition") }
        return Editing(kind: kind, key: key, tree: try FormTree(builtIn), version: 0)
    }

    private func show(
        _ request: WebRequest, _ signedIn: SignedIn, _ kind: SetupKind, isNew: Bool = false
    ) async throws -> WebResponse {
        let words = try words(request)
        let editing = try editing(request, kind, isNew: isNew, words)
        var form = FormPage(editing: editing, state: FormState(editing.tree, kind.allFields), version: editing.version)
        if editing.version > 0 { form.found = try check(editing.tree.definition(), words).own }
        return try await page(request, signedIn, form, words)
    }

    // MARK: What is sent

    private func act(
        _ request: WebRequest, _ signedIn: SignedIn, _ kind: SetupKind, isNew: Bool = false
    ) async throws -> WebResponse {
        let sent = try request.form(atMost: Self.mostFields)
        try await definitions.refresh(of: request.tenant)
        let words = try words(request)
        let editing = try editing(request, kind, isNew: isNew, words)
        var state = FormState(sent, kind.allFields)
        let order = sent["do"] ?? "check"
        var version = sent["version"].flatMap { Int($0) } ?? 0
        switch order {
        case "check", "publish", "rebase": break
        default:
            state.act(order, kind.allFields)
            return try await page(
                request, signedIn, FormPage(editing: editing, state: state, version: version), words)
        }
        if order == "rebase" { version = editing.version }
        guard version == editing.version else {
            var form = FormPage(editing: editing, state: state, version: version)
            form.isStale = true
            return try await page(request, signedIn, form, words)
        }
        return try await check(request, signedIn, editing, state, sent, words)
    }

    /// The form read, looked at by the checker, and shown as what would change; or published.
    private func check(
        _ request: WebRequest, _ signedIn: SignedIn, _ editing: Editing, _ state: FormState, _ sent: FormFields,
        _ words: SetupWords
    ) async throws -> WebResponse {
        var form = FormPage(editing: editing, state: state, version: editing.version)
        let reader = FormReader(
            state, onto: editing.tree, editing.kind.allFields, options: { words.options($0) })
        form.wrong = reader.wrong
        guard form.wrong.isEmpty else { return try await page(request, signedIn, form, words) }
        let definition: AnyDefinition
        do {
            definition = try Self.keyed(reader.tree, editing, words)
        } catch let wrong as Wrongly {
            form.wrong = [wrong.wrong]
            return try await page(request, signedIn, form, words)
        }
        let found = check(definition, words)
        form.found = found.own
        form.elsewhere = found.elsewhere
        guard found.errors.isEmpty else {
            form.isRefused = true
            return try await page(request, signedIn, form, words)
        }
        let after = try FormTree(definition)
        let changes = SetupChanges(editing.tree, after, editing.kind, words).changes
        if editing.version > 0, after == editing.tree, !editing.isRetired {
            form.isUnchanged = true
            return try await page(request, signedIn, form, words)
        }
        form.changes = changes
        guard sent["do"] == "publish" else { return try await preview(request, signedIn, form, words) }
        form.reason = sent.trimmed("reason") ?? ""
        guard !form.reason.isEmpty, form.reason.count <= 200 else {
            form.wrong = [.init("reason", "reason")]
            return try await preview(request, signedIn, form, words)
        }
        do {
            _ = try await request.spine.perform(
                PublishDefinition(
                    definition, version: editing.version, reason: form.reason, zones: Set(zones.names),
                    permissions: words.permissions), as: signedIn.caller)
        } catch let fault as Fault where ["definition.changed", "definition.errors"].contains(fault.code) {
            // Somebody was faster: what they published is looked at now.
            try await definitions.refresh(of: request.tenant)
            form.isStale = true
            let words = try self.words(request)
            form.editing = try self.editing(request, editing.kind, isNew: editing.key == nil, words)
            return try await page(request, signedIn, form, words)
        }
        try await definitions.refresh(of: request.tenant)
        return .seeOther("\(editing.kind.path(definition.key))?done=setup.published")
    }

    func check(_ definition: AnyDefinition, _ words: SetupWords) -> SetupCheck {
        SetupCheck(
            definition, among: words.configuration.published, zones: Set(zones.names), permissions: words.permissions,
            on: words.today)
    }

    /// What is wrong with a form that was read well field by field.
    struct Wrongly: Error {
        let wrong: FormReader.Wrong
    }

    /// The definition of a tree; one that is not there yet gets a key of its name.
    private static func keyed(_ tree: FormTree, _ editing: Editing, _ words: SetupWords) throws -> AnyDefinition {
        var tree = tree
        let named = editing.kind == .practitioners ? "name.given" : editing.kind == .locations ? "name" : "names.en"
        if editing.key == nil {
            let name =
                editing.kind == .practitioners
                ? "\(tree["name.given"]?.string ?? "") \(tree["name.family"]?.string ?? "")"
                : tree[named]?.string ?? ""
            let key = FormReader.key(name)
            guard !key.isEmpty else { throw Wrongly(wrong: .init(named, "name")) }
            guard words.configuration.found(editing.kind, key) == nil else {
                throw Wrongly(wrong: .init(named, "taken"))
            }
            guard words.configuration.foundRetired(editing.kind, key) == nil else {
                throw Wrongly(wrong: .init(named, "taken-retired"))
            }
            tree["key"] = .string(key)
        }
        do {
            return try tree.definition()
        } catch let error as DecodingError {
            throw Wrongly(wrong: .init(error.path, "shape"))
        }
    }
}

extension DecodingError {
    /// Where, as a path of the form: `templates[0].from`.
    fileprivate var path: String {
        let context: Context
        switch self {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return ""
        }
        var path = ""
        for key in context.codingPath {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return path
    }
}
