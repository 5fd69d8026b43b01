package import Kernel
import HTTPTypes
import Vault
package import Web

/// The page that tells what went wrong, what is safe and what to do. It never prints an error that was not foreseen.
package struct ProblemPage: Sendable {
    private let shell: Shell

    package init(shell: Shell) {
        self.shell = shell
    }

    package func answer(
        _ request: WebRequest, _ signedIn: SignedIn?, _ fault: Fault, _ correlation: Int64
    ) throws -> WebResponse {
        let status = Problem.status(fault.category)
        let language = request.language
        let kind = Self.kind(fault.category)
        func text(_ name: String) -> View.Value {
            .text(request.pages.text("console.problem.\(kind).\(name)", language))
        }
        let title = request.pages.text("console.problem.\(kind).title", language)
        let home = signedIn == nil ? "/session" : "/"
        let homeLabel = request.pages.text(
            signedIn == nil ? "console.problem.sign-in" : "console.problem.home", language)
        var view = View([
            "icon": .text(Self.icon(fault.category)), "title": .text(title), "happened": text("happened"),
            "safe": text("safe"),
            "remedy": text("remedy"), "status": .text(String(status.code)),
            "reference": .text(Crockford.encode(correlation)),
            "actions": .views([View(["href": .text(home), "label": .text(homeLabel), "primary": true])]),
            "csrf": .text(signedIn?.csrf ?? ""),
        ])
        if !fault.fields.isEmpty {
            view["happened"] = .text(
                request.pages.text("console.problem.\(kind).happened", language) + " "
                    + fault.fields.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }.joined(
                        separator: " "))
        } else if fault.category == .conflict || fault.category == .invalid || fault.category == .gone {
            view["happened"] = .text(fault.message)
            if let remedy = fault.remedy { view["remedy"] = .text(remedy) }
        }
        if let signedIn, let patient = Self.patient(request, signedIn, fault) {
            let more = [
                (Permission.policyExplain, "/patients/\(patient.text)/why", "console.problem.why"),
                (.patientBreakGlass, "/break-glass?patient=" + patient.text, "console.problem.glass"),
            ]
            view["actions"] = .views(
                [View(["href": .text(home), "label": .text(homeLabel), "primary": true])]
                    + more.filter { signedIn.may($0.0) }.map { _, href, label in
                        View([
                            "href": .text(href), "label": .text(request.pages.text(label, language)), "primary": false,
                        ])
                    })
        }
        guard let signedIn else {
            view["shell"] = .view(shell.bare(request, title: title))
            return .html(try request.pages.render("problem/bare", view, language), status: status)
        }
        view["shell"] = .view(shell.view(request, signedIn, title: title, section: ""))
        return .html(try request.pages.render("problem/index", view, language), status: status)
    }

    /// The patient whose page there is not, for somebody who could open one out of their reach or is entitled to know why.
    /// Whether there is such a patient makes no difference.
    private static func patient(_ request: WebRequest, _ signedIn: SignedIn, _ fault: Fault) -> ID<Patient>? {
        let parts = request.path.split(separator: "/")
        guard fault.category == .notFound, parts.count >= 2, parts[0] == "patients"
        else { return nil }
        return ID<Patient>(parts[1])
    }

    private static func kind(_ category: Fault.Category) -> String {
        switch category {
        case .notFound, .gone: "missing"
        case .forbidden, .unauthenticated: "forbidden"
        case .conflict, .unprocessable: "conflict"
        case .invalid, .tooLarge, .unsupported: "invalid"
        case .tooMany: "busy"
        case .unavailable: "away"
        case .internalError: "ours"
        }
    }

    private static func icon(_ category: Fault.Category) -> String {
        switch category {
        case .notFound, .gone: "search"
        case .forbidden, .unauthenticated: "shield"
        default: "alert"
        }
    }
}
