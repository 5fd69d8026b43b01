import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import Vault
import Web

/// The privacy officer's list of links, and making one.
extension Trust {
    var accessLinkRoutes: [Route] {
        [
            .get(
                "/audit/links", .page(.auditShare) { request, signedIn in try await links(request, signedIn) }),
            .post(
                "/audit/links", .page(.auditShare) { request, signedIn in try await share(request, signedIn) }),
            .post(
                "/audit/links/{id}/revocation",
                .page(.auditShare) { request, signedIn in
                    _ = try await request.spine.perform(RevokeAccessLink(try request.id("id")), as: signedIn.caller)
                    return .seeOther("/audit/links")
                }),
            .get(
                "/who-looked/{token}", heavy: true,
                .open(reason: "a patient's own list, by a sealed link that runs out") { request in
                    try await whoLooked(request)
                }),
        ]
    }

    private func share(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let text = form.trimmed("patient") ?? ""
        guard let patient: ID<Patient> = ID(text) else {
            return try await links(request, signedIn, wrong: "trust.links.wrong.patient", typed: text)
        }
        let days = form["days"].flatMap { Int($0) } ?? AccessReport.standardLifetime
        let asked = form.trimmed("proxy") ?? ""
        let proxy: ID<PatientProxy>? = ID(asked)
        if !asked.isEmpty, proxy == nil {
            return try await links(request, signedIn, wrong: "trust.links.wrong.proxy", typed: text, proxy: asked)
        }
        do {
            let made = try await request.spine.perform(
                ShareAccessReport(patient, days: days, directory: directory, for: proxy, proxies: proxies),
                as: signedIn.caller)
            let vault = try await request.spine.vault(request.tenant)
            let token = try AccessReport.token(ID(raw: made.link), vault: vault)
            return try await links(request, signedIn, made: request.base + "/who-looked/" + token)
        } catch let fault as Fault where fault.fields.first?.path == "proxy" {
            return try await links(request, signedIn, wrong: "trust.links.wrong.proxy", typed: text, proxy: asked)
        } catch let fault as Fault where fault.category == .notFound {
            return try await links(request, signedIn, wrong: "trust.links.wrong.patient", typed: text, proxy: asked)
        }
    }

    private func links(
        _ request: WebRequest, _ signedIn: SignedIn, made: String? = nil, wrong: String? = nil, typed: String? = nil,
        proxy: String? = nil
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let caller = signedIn.caller
        let staff = Staff()
        let (links, names) = try await request.spine.read(.auditShare, as: caller) { transaction, _ in
            let links = try AccessLinkStore.newest(for: caller, limit: 200, in: transaction)
            return (links, try staff.names(of: Array(Set(links.map(\.madeBy))), in: transaction))
        }
        let now = request.spine.clock.now()
        let rows = links.map { link -> View in
            let state = link.revokedAt != nil ? "revoked" : link.holds(at: now) ? "active" : "expired"
            let patient = words.text("trust.audit.patient", ["id": link.patient.text])
            return View([
                "id": .text(link.id.text), "patient": .text(patient),
                "href": .text("/audit?patient=" + link.patient.text),
                "by": .text(names[link.madeBy]?.name ?? words.text("trust.audit.former")),
                "made": .text(words.moment(link.madeAt)), "ends": .text(words.moment(link.expiresAt)),
                "state": .view(words.state(state)), "isProxy": .flag(link.proxy != nil),
                "mayRevoke": .flag(state == "active"),
            ])
        }
        let catalogue = request.pages.catalogue
        let days = AccessReport.lifetimes.map { days in
            View([
                "value": .text(String(days)),
                "label": .text(catalogue.count("trust.links.days", request.language, days)),
                "chosen": .flag(days == AccessReport.standardLifetime),
            ])
        }
        let patient = typed ?? request.query["patient"].flatMap { ID<Patient>($0)?.text } ?? ""
        let title = words.text("trust.links.title")
        return .html(
            try request.pages.render(
                "access-report/links",
                View([
                    "shell": .view(shell(request, signedIn, title, "audit")), "csrf": .text(signedIn.csrf),
                    "secret": .optional(made), "wrong": .optional(wrong.map { words.text($0) }),
                    "patient": .text(patient),
                    "proxy": .optional((proxy ?? request.query["proxy"]).flatMap { ID<PatientProxy>($0)?.text }),
                    "days": .views(days), "hasRows": .flag(!rows.isEmpty),
                    "rows": .views(rows),
                ]), request.language), status: wrong == nil ? .ok : .unprocessableContent)
    }
}
