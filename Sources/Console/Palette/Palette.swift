import ConversationsAPI
package import Kernel
import Vault
package import Web

/// Ctrl K: one box that finds patients, actions and pages. It offers only what the person may open.
package struct Palette: Sendable {
    /// A patient as the search finds them.
    package struct Found: Sendable {
        package let id: ID<Patient>
        package let name: String
        package let initials: String
        package let detail: String

        package init(id: ID<Patient>, name: String, initials: String, detail: String) {
            self.id = id
            self.name = name
            self.initials = initials
            self.detail = detail
        }
    }

    private let search: @Sendable (WebRequest, SignedIn, String) async throws -> [Found]

    package init(search: @escaping @Sendable (WebRequest, SignedIn, String) async throws -> [Found]) {
        self.search = search
    }

    package var capability: Capability {
        Capability(
            "palette", routes: [.get("/palette", .account { request, signedIn in try await answer(request, signedIn) })]
        )
    }

    private func answer(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let text = String((request.query.trimmed("q") ?? "").prefix(100))
        let language = request.language
        let words = { (key: String) in request.pages.text(key, language) }
        let found = text.count >= 2 && signedIn.may(.patientSearch) ? try await search(request, signedIn, text) : []
        let patients = found.enumerated().map { index, patient in
            View([
                "id": .text("p\(index)"), "href": .text("/patients/\(patient.id.text)"), "title": .text(patient.name),
                "detail": .text(patient.detail),
                "avatar": .view(
                    View(["initials": .text(patient.initials), "tone": .number(Shell.tone(patient.id.raw))])),
            ])
        }
        let groups = [
            group(words("console.palette.patients"), patients),
            group(words("console.palette.actions"), actions(text, signedIn, words)),
            group(words("console.palette.pages"), pages(text, signedIn, words)),
        ].compactMap { $0 }
        var view = View(["groups": .views(groups)])
        if groups.isEmpty { view["none"] = .text(words("console.palette.none")) }
        return .html(try request.pages.render("palette/results", view, language))
    }

    private func group(_ label: String, _ options: [View]) -> View? {
        options.isEmpty ? nil : View(["label": .text(label), "options": .views(options)])
    }

    private func actions(_ text: String, _ signedIn: SignedIn, _ words: (String) -> String) -> [View] {
        var actions: [(String, String, String, Permission)] = []
        actions.append(("new-patient", "/patients/new", "plus", .patientWrite))
        return actions.filter { signedIn.may($0.3) }.compactMap { name, href, icon, _ in
            option("a-" + name, href, icon, words("console.palette.action.\(name)"), text)
        }
    }

    private func pages(_ text: String, _ signedIn: SignedIn, _ words: (String) -> String) -> [View] {
        let pages: [(String, String, String, Permission?, String)] = [
            ("today", "/", "today", nil, "G T"), ("inbox", "/inbox", "inbox", .needRead, "G I"),
            ("schedule", "/schedule", "calendar", .scheduleRead, "G S"),
            ("zones", "/schedule/zone-changes", "clock", .scheduleRead, ""),
            ("arrivals", "/arrivals", "arrival", .scheduleRead, ""),
            ("patients", "/patients", "people", .patientSearch, "G P"),
            ("dashboard", "/dashboard", "chart", .dashboardRead, "G D"), ("users", "/users", "key", .userManage, ""),
            ("audit", "/audit", "shield", .auditRead, ""),
            ("consent", "/consent", "quiet", .consentRead, ""),
            ("setup", "/setup", "form", .definitionWrite, ""),
            ("styleguide", "/styleguide", "swatch", .definitionWrite, ""),
        ]
        return pages.filter { page in page.3.map(signedIn.may) ?? true }.compactMap { name, href, icon, _, keys in
            option("n-" + name, href, icon, words("console.nav.\(name)"), text).map {
                $0.setting("detail", .text(keys))
            }
        }
    }

    /// Shown when nothing is typed or a word of the title begins with it.
    private func option(_ id: String, _ href: String, _ icon: String, _ title: String, _ text: String) -> View? {
        let typed = text.lowercased()
        guard typed.isEmpty || title.lowercased().split(separator: " ").contains(where: { $0.hasPrefix(typed) }) else {
            return nil
        }
        return View(["id": .text(id), "href": .text(href), "icon": .text(icon), "title": .text(title)])
    }
}
