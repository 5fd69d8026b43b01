import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import Vault
import Web

extension Setup {
    /// A form as it is shown.
    struct FormPage: Sendable {
        var editing: Editing
        var state: FormState
        /// The version that was looked at.
        var version: Int
        var wrong: [FormReader.Wrong] = []
        var found: [DefinitionProblem] = []
        var elsewhere: [DefinitionProblem] = []
        var changes: [SetupChanges.Change] = []
        var reason = ""
        /// The checker has errors, so nothing may be published.
        var isRefused = false
        /// Another version was published meanwhile.
        var isStale = false
        var isUnchanged = false
    }

    private struct Past: Sendable {
        var history: [SetupStore.Version] = []
        var names: [ID<User>: String] = [:]
        /// The version that was looked at, when it is no longer the newest.
        var base: AnyDefinition?
    }

    private func past(_ form: FormPage, _ request: WebRequest, _ signedIn: SignedIn) async throws -> Past {
        guard let key = form.editing.key else { return Past() }
        let staff = staff
        let kind = form.editing.kind.kind
        let version = form.isStale ? form.version : 0
        return try await request.spine.read(.definitionWrite, as: signedIn.caller) { transaction, _ in
            let history = try SetupStore.history(kind, key, in: transaction)
            let names = try staff.names(of: history.compactMap(\.publishedBy), in: transaction)
            let base = try DefinitionStore.document(kind, key, version: version, in: transaction)
            return Past(
                history: history, names: names.mapValues(\.name), base: try base.map(DefinitionStore.decode))
        }
    }

    // MARK: The form

    func page(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: FormPage, _ words: SetupWords
    ) async throws -> WebResponse {
        let past = try await past(form, request, signedIn)
        let places = SetupPlaces(form.editing.kind.allFields, form.state)
        var told = SetupPlaces.Told()
        for wrong in form.wrong {
            told.wrong[places.path(of: wrong.path) ?? "", default: []].append(
                words.text("wrong.\(wrong.text)", ["value": wrong.value]))
        }
        let problems = ProblemWords(words: words)
        for problem in form.found {
            let path = places.path(of: problem.path) ?? ""
            let sentence = problems.sentence(problem)
            if problem.severity == .error {
                told.wrong[path, default: []].append(sentence)
            } else {
                told.warned[path, default: []].append(sentence)
            }
        }
        let isWrong = !form.wrong.isEmpty || form.isRefused
        var view = head(request, signedIn, form.editing, words)
        view["sections"] = .views(SetupForm(form.editing.kind, form.state, words, told: told).sections)
        view["version"] = .number(form.version)
        view["summary"] = .optional(summary(places, told, words))
        view["elsewhere"] = .optional(elsewhere(form.elsewhere, words))
        view["retired"] = .optional(form.editing.isRetired ? retired(past, words) : nil)
        view["retirement"] = .optional(retirement(form.editing))
        view["simulation"] = .optional(simulation(form.editing, signedIn))
        view["stale"] = .optional(form.isStale ? try stale(form, past, words) : nil)
        view["unchanged"] = .optional(form.isUnchanged ? words.text("form.unchanged") : nil)
        view["history"] = .views(history(past, words))
        view["hasHistory"] = .flag(!past.history.isEmpty)
        let status: HTTPResponse.Status = form.isStale ? .conflict : isWrong ? .unprocessableContent : .ok
        return .html(try request.pages.render("setup/form", view, request.language), status: status)
    }

    /// What stands above the form and above what it would change.
    private func head(
        _ request: WebRequest, _ signedIn: SignedIn, _ editing: Editing, _ words: SetupWords
    ) -> View {
        let kind = editing.kind
        let plural = words.text("setup.\(kind.rawValue)")
        let name = editing.key.map { words.name(kind.kind, $0) ?? plural } ?? words.text("new.\(kind.rawValue)")
        return View([
            "shell": .view(shell(request, signedIn, name, "setup")), "csrf": .text(signedIn.csrf),
            "name": .text(name), "up": .text(kind.isSingle ? "/setup" : kind.path),
            "upLabel": .text(kind.isSingle ? words.text("setup.title") : plural), "action": .text(editing.action),
            "about": .text(words.text("about.\(kind.rawValue)")),
            "builtIn": .flag(kind.isSingle && editing.version == 0),
        ])
    }

    /// Everything that was found, each leading to its field.
    private func summary(_ places: SetupPlaces, _ told: SetupPlaces.Told, _ words: SetupWords) -> View? {
        let list = { (found: [String: [String]]) in
            found.sorted { $0.key < $1.key }.flatMap { path, sentences in
                let label = places.label(path, words).map { $0 + ": " } ?? ""
                return sentences.map { sentence in
                    View([
                        "text": .text(label + sentence),
                        "href": .optional(path.isEmpty ? nil : "#" + FormTree.id(path)),
                    ])
                }
            }
        }
        let (wrong, warned) = (list(told.wrong), list(told.warned))
        if wrong.isEmpty, warned.isEmpty { return nil }
        return View([
            "wrong": .views(wrong), "hasWrong": .flag(!wrong.isEmpty), "warned": .views(warned),
            "hasWarned": .flag(!warned.isEmpty),
        ])
    }

    /// What it would do to others.
    func elsewhere(_ problems: [DefinitionProblem], _ words: SetupWords) -> View? {
        if problems.isEmpty { return nil }
        let rows = problems.map { finding($0, words) }
        let isError = problems.contains { $0.severity == .error }
        return View([
            "tone": .text(isError ? "red" : "amber"), "rows": .views(rows), "isError": .flag(isError),
        ])
    }

    /// A finding with a link to its field.
    func finding(_ problem: DefinitionProblem, _ words: SetupWords) -> View {
        let name = words.name(problem.kind, problem.key) ?? words.text("kind.\(problem.kind.rawValue)")
        var view = View([
            "text": .text(ProblemWords(words: words).sentence(problem)), "name": .text(name),
            "isError": .flag(problem.severity == .error), "href": nil,
        ])
        if let kind = SetupKind(problem.kind), let found = words.configuration.found(kind, problem.key),
            let tree = try? FormTree(found.definition)  // one that is no tree has no field to lead to
        {
            let places = SetupPlaces(kind.allFields, FormState(tree, kind.allFields))
            let anchor = places.path(of: problem.path).map { "#" + FormTree.id($0) } ?? ""
            view["href"] = .text(kind.path(problem.key) + anchor)
        }
        return view
    }

    /// What was changed meanwhile, by whom and why.
    private func stale(_ form: FormPage, _ past: Past, _ words: SetupWords) throws -> View {
        let newer = past.history.filter { $0.version > form.version }.map { self.version($0, past, words) }
        var changes: [SetupChanges.Change] = []
        if let base = past.base {
            changes = SetupChanges(try FormTree(base), form.editing.tree, form.editing.kind, words).changes
        }
        return View([
            "versions": .views(newer), "changes": .views(changes.map { view($0, words) }),
            "hasChanges": .flag(!changes.isEmpty), "href": .text(form.editing.action),
        ])
    }

    private func view(_ change: SetupChanges.Change, _ words: SetupWords) -> View {
        let nothing = words.text("form.nothing")
        return View([
            "label": .text(change.label), "was": .text(change.was.isEmpty ? nothing : change.was),
            "now": .text(change.now.isEmpty ? nothing : change.now),
        ])
    }

    private func history(_ past: Past, _ words: SetupWords) -> [View] {
        past.history.prefix(20).map { version($0, past, words) }
    }

    private func version(_ version: SetupStore.Version, _ past: Past, _ words: SetupWords) -> View {
        View([
            "version": .text(
                words.text(
                    version.isRetirement ? "form.version.retired" : "form.version", ["n": String(version.version)])),
            "when": .text(words.moment(version.publishedAt)), "by": .text(by(version, past, words)),
            "why": .text(version.reason ?? ""),
        ])
    }

    private func by(_ version: SetupStore.Version, _ past: Past, _ words: SetupWords) -> String {
        version.publishedBy.map { past.names[$0] ?? words.text("form.former") }
            ?? words.text("origin.\(version.origin.rawValue)")
    }

    // MARK: Retiring

    /// What stands above the form of what is retired.
    private func retired(_ past: Past, _ words: SetupWords) -> View? {
        past.history.first { $0.isRetirement }.map { version in
            let when = ["when": words.moment(version.publishedAt), "by": by(version, past, words)]
            return View(["title": .text(words.text("retired.title", when)), "why": .text(version.reason ?? "")])
        }
    }

    /// Where what is published is retired.
    private func retirement(_ editing: Editing) -> String? {
        guard let key = editing.key, !editing.kind.isSingle, !editing.isRetired else { return nil }
        return Self.retirement(editing.kind, key)
    }

    /// Where what is published is tried on a made-up practice.
    private func simulation(_ editing: Editing, _ signedIn: SignedIn) -> String? {
        editing.kind == .waitlist && signedIn.may(Permission("waitlist.read")) ? "/waitlist/simulation" : nil
    }

    // MARK: What would change

    func preview(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: FormPage, _ words: SetupWords
    ) async throws -> WebResponse {
        let problems = ProblemWords(words: words)
        let warnings = form.found.map { View(["text": .text(problems.sentence($0))]) }
        var view = head(request, signedIn, form.editing, words)
        view["version"] = .number(form.version)
        view["changes"] = .views(form.changes.map { self.view($0, words) })
        view["hasChanges"] = .flag(!form.changes.isEmpty)
        view["warnings"] = .views(warnings)
        view["hasWarnings"] = .flag(!warnings.isEmpty)
        view["elsewhere"] = .optional(elsewhere(form.elsewhere, words))
        view["reason"] = .text(form.reason)
        view["wrongReason"] = .optional(form.wrong.isEmpty ? nil : words.text("wrong.reason"))
        view["carried"] = .views(
            form.state.carried.map { View(["name": .text($0.name), "value": .text($0.value)]) })
        return .html(
            try request.pages.render("setup/preview", view, request.language),
            status: form.wrong.isEmpty ? .ok : .unprocessableContent)
    }
}
