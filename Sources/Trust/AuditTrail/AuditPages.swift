import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// The trail as people read it: newest first, filtered, a page at a time, or as a file. Looking at it is on the trail
/// too, and so is each file that was made of it.
extension Trust {
    var auditRoutes: [Route] {
        [
            .get("/audit", heavy: true, .page(.auditRead) { request, signedIn in try await trail(request, signedIn) }),
            .get(
                "/audit/export", heavy: true,
                .page(.auditRead) { request, signedIn in try await exportTrail(request, signedIn) }),
        ]
    }

    private static let page = 50

    func filter(of request: WebRequest) -> AuditFilter {
        let catalogue = request.pages.catalogue
        return AuditFilter(request.query) { catalogue.has("trust.audit.action.\($0)") }
    }

    /// What a page of the trail needs, read at once.
    private struct Read: Sendable {
        var lines: [AuditTrailStore.Line] = []
        var names: [ID<User>: StaffName] = [:]
        var commands: [Int64: AuditTrailStore.TypedCommand] = [:]
        var everyone: [StaffName] = []
        var last: Instant?
        var blocks = 0
    }

    private func trail(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let zone = try zone(request.tenant)
        let words = TrustWords(request: request, zone: zone)
        let vault = try await request.spine.vault(request.tenant)
        let filter = filter(of: request)
        let (from, end) = filter.range(in: zone)
        let before = try request.query["before"].map { try Cursor($0, for: "audit", vault: vault).values.first ?? 0 }
        let below = [before, end].compactMap { $0 }.min()
        let (staff, directory) = (Staff(), directory)
        let read = try await request.spine.read(.auditRead, as: signedIn.caller) { transaction, access in
            access.noteCommand("audit.list", subject: filter.patient.map(DataSubject.patient))
            var wanted = filter
            wanted.patients = try filter.patient.map { try directory.set(of: $0, in: transaction).members } ?? []
            var read = Read()
            read.lines = try AuditTrailStore.page(
                wanted, from: from, below: below, limit: Self.page + 1, in: transaction)
            read.names = try staff.names(of: read.lines.compactMap(\.user), in: transaction)
            read.commands = try AuditTrailStore.commands(of: read.lines, in: transaction)
            read.everyone = try staff.active(in: transaction)
            if let head = try AuditTrailStore.head(in: transaction) { (read.last, read.blocks) = head }
            return read
        }
        let audit = AuditWords(words: words, names: read.names, commands: read.commands)
        let shown = Array(read.lines.prefix(Self.page))
        var view = View([
            "shell": .view(shell(request, signedIn, words.text("trust.audit.title"), "audit")),
            "csrf": .text(signedIn.csrf), "choices": .views(choices(filter, read.everyone, words)),
            "from": .text(filter.from?.iso ?? ""), "to": .text(filter.to?.iso ?? ""),
            "patient": .text(filter.patient?.text ?? ""), "remote": .text(filter.remote ?? ""),
            "isFiltered": .flag(!filter.query.isEmpty),
            "chain": .view(chain(read.last, read.blocks, words)), "hasRows": .flag(!shown.isEmpty),
            "rows": .views(shown.map(audit.view)), "exports": .views(exports(filter, words)),
            "mayShare": .flag(signedIn.may(.auditShare)), "maySignals": .flag(signedIn.may(.snoopingReview)),
            "person": .optional(person(filter, signedIn, words)),
        ])
        if shown.isEmpty {
            view["none"] = .view(
                View([
                    "icon": "shield", "title": .text(words.text("trust.audit.none.title")),
                    "text": .text(words.text("trust.audit.none.text")),
                    "action": .view(
                        View(["href": "/audit", "label": .text(words.text("trust.audit.none.action"))])),
                ]))
        }
        if read.lines.count > Self.page, let last = shown.last {
            let cursor = try Cursor(last.id).text(for: "audit", vault: vault)
            let query = ([filter.query].filter { !$0.isEmpty } + ["before=" + cursor]).joined(separator: "&")
            view["next"] = .view(View(["shown": .text(""), "href": .text("/audit?" + query)]))
        }
        return .html(try request.pages.render("audit/index", view, request.language))
    }

    /// The patient that the trail is about, and what can be done about them.
    private func person(_ filter: AuditFilter, _ signedIn: SignedIn, _ words: TrustWords) -> View? {
        filter.patient.map { patient in
            View([
                "id": .text(patient.text), "label": .text(words.text("trust.audit.patient", ["id": patient.text])),
                "href": .text("/patients/" + patient.text), "mayShare": .flag(signedIn.may(.auditShare)),
                "mayOpen": .flag(signedIn.may(.patientRead)),
            ])
        }
    }

    /// The fields that choose among a list.
    private func choices(_ filter: AuditFilter, _ everyone: [StaffName], _ words: TrustWords) -> [View] {
        func choice(_ name: String, _ label: String, _ options: [(String, String)], _ chosen: String?) -> View {
            View([
                "name": .text(name), "label": .text(words.text(label)),
                "options": .views(
                    options.map { value, label in
                        View(["value": .text(value), "label": .text(label), "chosen": .flag(value == (chosen ?? ""))])
                    }),
            ])
        }
        let actors = [
            ("", words.text("trust.audit.everyone")), ("system", words.text("trust.audit.system")),
            ("key", words.text("trust.audit.programs")),
        ]
        let prefix = "trust.audit.action."
        let actions = words.request.pages.catalogue.keys.filter { $0.hasPrefix(prefix) }
            .map { (String($0.dropFirst(prefix.count)), words.text($0)) }.sorted { $0.1 < $1.1 }
        let acts = ([""] + AuditFilter.acts).map { ($0, words.text("trust.audit.act.\($0.isEmpty ? "all" : $0)")) }
        return [
            choice(
                "actor", "trust.audit.who", actors + everyone.map { ($0.id.text, $0.name) }, filter.actor),
            choice("act", "trust.audit.act", acts + actions, filter.act),
            choice(
                "purpose", "trust.audit.purpose",
                [("", words.text("trust.audit.any"))]
                    + Purpose.allCases.map { ($0.rawValue, words.text("trust.purpose.\($0.rawValue)")) },
                filter.purpose?.rawValue),
            choice(
                "outcome", "trust.audit.outcome",
                [("", words.text("trust.audit.any"))]
                    + AuditFilter.outcomes.map { ($0.rawValue, words.text("trust.state.\($0.rawValue)")) },
                filter.outcome?.rawValue),
            choice(
                "origin", "trust.audit.origin",
                [("", words.text("trust.audit.any"))]
                    + AuditFilter.origins.map { ($0, words.text("trust.audit.place.\($0)")) }, filter.origin),
        ]
    }

    private func exports(_ filter: AuditFilter, _ words: TrustWords) -> [View] {
        AuditExport.Format.allCases.map { format in
            let query = [filter.query].filter { !$0.isEmpty } + ["format=" + format.rawValue]
            return View([
                "href": .text("/audit/export?" + query.joined(separator: "&")),
                "label": .text(words.text("trust.audit.export.\(format.rawValue)")),
            ])
        }
    }

    private func chain(_ last: Instant?, _ blocks: Int, _ words: TrustWords) -> View {
        guard let last else {
            return View(["tone": "grey", "icon": "shield", "text": .text(words.text("trust.audit.chain.none"))])
        }
        return View([
            "tone": "green", "icon": "shield",
            "text": .text(
                words.text("trust.audit.chain", ["blocks": String(blocks), "when": words.moment(last)])),
        ])
    }
}

extension AuditTrailStore.Line {
    var user: ID<User>? {
        if case .user(let user) = actor { return user }
        return nil
    }
}
