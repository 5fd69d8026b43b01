import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Setup {
    // MARK: All of it

    /// What there is, and everything that the checker finds in what is published.
    func overview(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let problems = published(words)
        let kinds = SetupKind.allCases.map { kind -> View in
            let found = problems.filter { $0.kind == kind.kind }
            let count = words.configuration.all(kind).count
            return View([
                "href": .text(kind.path), "name": .text(words.text("setup.\(kind.rawValue)")),
                "about": .text(words.text("about.\(kind.rawValue)")),
                "count": .optional(kind.isSingle ? nil : String(count)),
                "badge": .optional(badge(found, words)),
            ])
        }
        let findings = problems.filter { SetupKind($0.kind) != nil }.map { finding($0, words) }
        return .html(
            try request.pages.render(
                "setup/index",
                View([
                    "shell": .view(shell(request, signedIn, words.text("setup.title"), "setup")),
                    "csrf": .text(signedIn.csrf), "kinds": .views(kinds), "findings": .views(findings),
                    "hasFindings": .flag(!findings.isEmpty), "count": .number(findings.count),
                ]), request.language))
    }

    private func published(_ words: SetupWords) -> [DefinitionProblem] {
        words.configuration.findings(zones: Set(zones.names), permissions: words.permissions, on: words.today)
    }

    private func badge(_ problems: [DefinitionProblem], _ words: SetupWords) -> View? {
        let errors = problems.filter { $0.severity == .error }.count
        if errors > 0 {
            return View(["label": .text(words.count("list.errors", errors)), "tone": "red", "icon": "alert"])
        }
        if problems.isEmpty { return nil }
        return View([
            "label": .text(words.count("list.warnings", problems.count)), "tone": "amber", "icon": "info",
        ])
    }

    // MARK: One kind

    func list(_ request: WebRequest, _ signedIn: SignedIn, _ kind: SetupKind) async throws -> WebResponse {
        let words = try words(request)
        let staff = staff
        let (changed, retired, names) = try await request.spine.read(
            .definitionWrite, as: signedIn.caller
        ) { transaction, _ in
            let changed = try SetupStore.changed(kind.kind, in: transaction)
            let retired = try SetupStore.retired(kind.kind, in: transaction)
            let users = (changed.values + retired.map(\.version)).compactMap(\.publishedBy)
            return (changed, retired, try staff.names(of: users, in: transaction))
        }
        let by = { (version: SetupStore.Version?) in
            version?.publishedBy.map { names[$0]?.name ?? words.text("form.former") }
                ?? words.text("origin.\(version?.origin.rawValue ?? "blueprint")")
        }
        let problems = published(words).filter { $0.kind == kind.kind }
        let rows = words.configuration.all(kind).map { definition, _ -> View in
            let key = definition.key
            let last = changed[key]
            return View([
                "href": .text(kind.path(key)), "name": .text(words.name(kind.kind, key) ?? key),
                "detail": .text(detail(definition, words)),
                "badge": .optional(badge(problems.filter { $0.key == key }, words)),
                "when": .text(last.map { words.moment($0.publishedAt) } ?? ""),
                "by": .text(by(last)),
            ])
        }
        let gone = retired.map { key, version in
            View([
                "href": .text(kind.path(key)), "name": .text(words.name(kind.kind, key) ?? key),
                "when": .text(words.moment(version.publishedAt)), "by": .text(by(version)),
                "why": .text(version.reason ?? ""),
            ])
        }
        let title = words.text("setup.\(kind.rawValue)")
        let findings = problems.map { finding($0, words) }
        return .html(
            try request.pages.render(
                "setup/list",
                View([
                    "shell": .view(shell(request, signedIn, title, "setup")), "csrf": .text(signedIn.csrf),
                    "title": .text(title), "about": .text(words.text("about.\(kind.rawValue)")),
                    "new": .text(kind.path + "/new"), "newLabel": .text(words.text("new.\(kind.rawValue)")),
                    "rows": .views(rows), "count": .number(rows.count), "hasRows": .flag(!rows.isEmpty),
                    "empty": .view(
                        View([
                            "icon": "calendar", "title": .text(words.text("none.\(kind.rawValue)")),
                            "text": .text(words.text("about.\(kind.rawValue)")),
                            "action": .view(
                                View([
                                    "href": .text(kind.path + "/new"),
                                    "label": .text(words.text("new.\(kind.rawValue)")),
                                ])),
                        ])),
                    "findings": .views(findings), "hasFindings": .flag(!findings.isEmpty),
                    "retired": .views(gone), "hasRetired": .flag(!gone.isEmpty),
                ]), request.language))
    }

    /// What one wants to know of it in a list.
    private func detail(_ definition: AnyDefinition, _ words: SetupWords) -> String {
        let parts: [String] =
            switch definition {
            case .visitType(let visit):
                [
                    words.count("amount.minutes", visit.minutes), words.label(visit.serviceLine, .serviceLines),
                    words.text("code.modality.\(visit.modality.rawValue)"),
                ]
            case .practitioner(let person):
                [
                    person.serviceLines.map { words.label($0, .serviceLines) }.joined(separator: ", "),
                    words.count("list.blocks", person.templates.count),
                ]
            case .resource(let thing):
                [
                    words.text("code.resource-type.\(thing.type.rawValue)"),
                    thing.locations.isEmpty
                        ? words.text("f.exceptions.location.none")
                        : thing.locations.map { words.label($0, .locations) }.joined(separator: ", "),
                ]
            case .location(let place):
                ["\(place.address.city), \(place.address.state)", place.zone.replacing("_", with: " ")]
            default: []
            }
        return parts.filter { !$0.isEmpty }.joined(separator: " · ")
    }
}
