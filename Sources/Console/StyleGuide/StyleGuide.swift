import Kernel
import Vault
package import Web

/// Every component with its states, on one living page.
package struct StyleGuide: Sendable {
    private let shell: Shell

    package init(shell: Shell) {
        self.shell = shell
    }

    package var capability: Capability {
        Capability(
            "styleguide",
            routes: [
                .get(
                    "/styleguide",
                    .account { request, signedIn in
                        // For who shapes the practice's definitions; to others it is not there.
                        guard signedIn.may(.definitionWrite) else { throw Fault.notFound("page") }
                        let title = request.pages.text("console.nav.styleguide", request.language)
                        let view = View([
                            "shell": .view(shell.view(request, signedIn, title: title, section: "styleguide")),
                            "csrf": .text(signedIn.csrf),
                        ])
                        return .html(try request.pages.render("styleguide/index", view, request.language))
                    })
            ])
    }
}
