import Kernel
import Spine
package import StudioAPI
package import TimeZones
import Vault
package import Web

/// Today: what waits for this person, who comes in next, and four numbers that open into their lists.
package struct Home: Sendable {
    /// What other areas contribute, by way of the composition root: rows as their own pages show them.
    package struct Sources: Sendable {
        package let needs: @Sendable (WebRequest, SignedIn) async throws -> [View]
        package let visits: @Sendable (WebRequest, SignedIn) async throws -> [View]
        package let figures: @Sendable (WebRequest, SignedIn) async throws -> [View]

        package init(
            needs: @escaping @Sendable (WebRequest, SignedIn) async throws -> [View],
            visits: @escaping @Sendable (WebRequest, SignedIn) async throws -> [View],
            figures: @escaping @Sendable (WebRequest, SignedIn) async throws -> [View]
        ) {
            self.needs = needs
            self.visits = visits
            self.figures = figures
        }
    }

    private let shell: Shell
    private let sources: Sources
    private let definitions: any DefinitionReading
    private let zones: TimeZoneDatabase

    package init(shell: Shell, sources: Sources, definitions: any DefinitionReading, zones: TimeZoneDatabase) {
        self.shell = shell
        self.sources = sources
        self.definitions = definitions
        self.zones = zones
    }

    package var capability: Capability {
        Capability("home", routes: [.get("/", .account { request, signedIn in try await page(request, signedIn) })])
    }

    private func page(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let language = request.language
        let pages = request.pages
        let rows = signedIn.may(.needRead) ? try await sources.needs(request, signedIn) : []
        let visits = signedIn.may(.scheduleRead) ? try await sources.visits(request, signedIn) : []
        let figures = signedIn.may(.dashboardRead) ? try await sources.figures(request, signedIn) : []
        let title = pages.text("console.nav.today", language)
        let configuration = try definitions.configuration(of: request.tenant)
        let zone = try zones.zone(configuration.organization?.zone ?? "Etc/UTC")
        let now = zone.civil(at: request.spine.clock.now().microseconds)
        let wording = DateWording(language == .spanish ? .spanish : .english)
        let first = signedIn.displayName.prefix { $0 != " " }
        let part =
            now.time.secondsOfDay < 12 * 3600 ? "morning" : now.time.secondsOfDay < 18 * 3600 ? "afternoon" : "evening"
        let view = View([
            "shell": .view(shell.view(request, signedIn, title: title, section: "today")), "csrf": .text(signedIn.csrf),
            "day": .text(wording.date(now.date, today: now.date)),
            "greeting": .text(pages.text("console.today.greeting.\(part)", language, ["name": String(first)])),
            "figures": .views(figures), "hasRows": .flag(!rows.isEmpty), "rows": .views(rows),
            "none": .optional(
                rows.isEmpty
                    ? empty(request, "none", icon: "inbox", href: signedIn.may(.needRead) ? "/inbox" : nil) : nil),
            "hasVisits": .flag(!visits.isEmpty), "visits": .views(visits),
            "noVisits": .optional(
                visits.isEmpty
                    ? empty(
                        request, "no-visits", icon: "calendar",
                        href: signedIn.may(.scheduleRead) ? "/schedule" : nil) : nil),
        ])
        return .html(try pages.render("home/index", view, language))
    }

    private func empty(_ request: WebRequest, _ name: String, icon: String, href: String?) -> View {
        func text(_ part: String) -> View.Value {
            .text(request.pages.text("console.today.\(name).\(part)", request.language))
        }
        return View([
            "icon": .text(icon), "title": text("title"), "text": text("text"),
            "action": .optional(href.map { View(["href": .text($0), "label": text("action")]) }),
        ])
    }
}
