import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// The schedule, what is due by it, what is held, and what was done.
extension Trust {
    var retentionRoutes: [Route] {
        [
            .get(
                "/retention", heavy: true,
                .page(.retentionReview) { request, signedIn in try await retention(request, signedIn) }),
            .post(
                "/retention/{id}/decision",
                .page(.retentionReview) { request, signedIn in try await decide(request, signedIn) }),
        ]
    }

    private func decide(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let decision: DecideRetention.Decision
        switch form["decision"] {
        case "dispose": decision = .dispose
        case "keep": decision = .keep(years: form["years"].flatMap { Int($0) } ?? 1)
        default: throw Fault.invalid("decision", "Choose what happens.")
        }
        let command = DecideRetention(try request.id("id"), decision)
        guard decision == .dispose else { return try await carry(command, request, signedIn) }
        // It ends as an erasure does, so it asks for the same right and the same confirmation.
        try await request.spine.read(.subjectDispose, as: signedIn.caller) { _, _ in }
        return try await confirmed(request, signedIn) { try await carry(command, request, signedIn) }
    }

    private func carry(
        _ command: DecideRetention, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> WebResponse {
        do {
            _ = try await request.spine.perform(command, as: signedIn.caller)
            return .seeOther("/retention")
        } catch let fault as Fault where fault.category == .notFound || fault.code == "retention.decided" {
            return try await retention(request, signedIn, wrong: "trust.retention.wrong.decided")
        }
    }

    private struct Read: Sendable {
        let rows: [RetentionRow]
        let names: [ID<Patient>: String]
        let held: Set<ID<Patient>>
        let staff: [ID<User>: StaffName]
        let waiting: Int
        let oldestRecord: Instant?
    }

    private func retention(
        _ request: WebRequest, _ signedIn: SignedIn, wrong: String? = nil
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let schedule = try definitions.configuration(of: request.tenant).retention?.value
        let (caller, directory, staff) = (signedIn.caller, directory, Staff())
        let read = try await request.spine.read(.retentionReview, as: caller) { transaction, access in
            let found = try RetentionStore.rows(
                [.waiting, .held, .failed, .approved], for: caller, limit: 100, in: transaction)
            let patients = found.compactMap { row -> ID<Patient>? in
                if case .patient(let patient) = row.subject { patient } else { nil }
            }.sorted()
            let scopes = try Policy.scopeRows(of: patients, for: caller, in: transaction)
            let visible = Set(
                patients.filter { Policy.decide(caller, .retentionReview, .patient(scopes[$0] ?? [])) == .permit })
            let grant = try access.grant(
                .retentionReview, forList: visible.sorted().map { ($0, scopes[$0] ?? []) })
            let rows = found.filter { row in
                if case .patient(let patient) = row.subject { visible.contains(patient) } else { true }
            }
            let oldest: Instant? = try transaction.value(
                "SELECT recorded_at FROM audit_record WHERE tenant = \(.tenant) ORDER BY id LIMIT 1")
            return Read(
                rows: rows, names: try directory.names(of: visible.sorted(), grant: grant, in: transaction),
                held: try LegalHoldStore.held(visible.sorted(), in: transaction),
                staff: try staff.names(of: Array(Set(rows.compactMap(\.decidedBy))), in: transaction),
                waiting: try RetentionStore.count(.waiting, for: caller, in: transaction), oldestRecord: oldest)
        }
        // Nobody can say any more in whose reach a person was.
        let done =
            Policy.seesDisposed(caller)
            ? try await request.spine.vault(request.tenant).disposals(for: RetentionRounds.reason, limit: 50) : []
        let rules = schedule?.rules.map { rule in View(["text": .text(sentence(rule, words))]) } ?? []
        let items = read.rows.map { item($0, read, mayDispose: signedIn.may(.subjectDispose), words) }
        let audit = schedule?.rule(for: .auditRecords).map { auditSentence($0, read.oldestRecord, words) }
        let title = words.text("trust.retention.title")
        return .html(
            try request.pages.render(
                "retention/retention",
                View([
                    "shell": .view(shell(request, signedIn, title, "retention")), "csrf": .text(signedIn.csrf),
                    "hasSchedule": .flag(schedule != nil), "rules": .views(rules), "audit": .optional(audit),
                    "wrong": .optional(wrong.map { words.text($0) }),
                    "due": .text(
                        words.request.pages.catalogue.count(
                            "trust.retention.due", words.request.language, read.waiting)),
                    "hasItems": .flag(!items.isEmpty), "items": .views(items), "hasDone": .flag(!done.isEmpty),
                    "done": .views(done.map { doneView($0, words) }),
                ]), request.language), status: wrong == nil ? .ok : .conflict)
    }

    // MARK: Words

    private func sentence(_ rule: RetentionDefinition.Rule, _ words: TrustWords) -> String {
        let (catalogue, language) = (words.request.pages.catalogue, words.request.language)
        let span =
            rule.afterDays.map { catalogue.count("trust.retention.days", language, $0) }
            ?? catalogue.count("trust.retention.years", language, rule.afterYears ?? 0)
        var text = words.text("trust.retention.rule.\(rule.data.rawValue)", ["span": span])
        if let years = rule.afterMajorityYears {
            text += " " + catalogue.count("trust.retention.majority", language, years)
        }
        return text + " " + words.text("trust.retention.action.\(rule.action.rawValue)")
    }

    private func auditSentence(
        _ rule: RetentionDefinition.Rule, _ oldest: Instant?, _ words: TrustWords
    ) -> String {
        guard let oldest else { return words.text("trust.retention.audit.none") }
        let border = RetentionRule.years(-(rule.afterYears ?? 6), after: words.request.spine.clock.now())
        let key = oldest < border ? "trust.retention.audit.over" : "trust.retention.audit.within"
        return words.text(key, ["when": words.moment(oldest)])
    }

    private func item(_ row: RetentionRow, _ read: Read, mayDispose: Bool, _ words: TrustWords) -> View {
        var view = View([
            "id": .text(row.id.text), "when": .text(words.moment(row.dueAt)),
            "mayDispose": .flag(mayDispose && row.state != .approved),
        ])
        var state = row.state
        switch row.subject {
        case .patient(let patient):
            let id = words.text("trust.audit.patient", ["id": patient.text])
            view["who"] = .text(read.names[patient] ?? id)
            view["href"] = .text("/patients/" + patient.text)
            if read.held.contains(patient) { state = .held }
        default:
            view["who"] = .text(words.text("trust.retention.stranger", ["id": Crockford.encode(row.subject.raw)]))
        }
        let tone = ["waiting": "amber", "approved": "blue", "held": "violet", "failed": "red"][state.rawValue]
        let icon = ["waiting": "clock", "approved": "check", "held": "lock", "failed": "alert"][state.rawValue]
        view["state"] = .view(
            View([
                "label": .text(words.text("trust.retention.state.\(state.rawValue)")), "tone": .text(tone ?? "grey"),
                "icon": .text(icon ?? "circle"),
            ]))
        if let by = row.decidedBy {
            view["by"] = .text(AuditWords(words: words, names: read.staff).who(.user(by)))
        }
        return view
    }

    private func doneView(_ record: DisposalRecord, _ words: TrustWords) -> View {
        let isCertified = record.certificate != nil
        return View([
            "when": .text(words.moment(record.requestedAt)),
            "what": .text(words.text("trust.retention.kind.\(record.target.subject.kind)")),
            "rows": .number(record.rows.values.reduce(0, +)), "id": .text(record.id.text),
            "state": .view(
                View([
                    "label": .text(
                        words.text(isCertified ? "trust.retention.certified" : "trust.retention.unfinished")),
                    "tone": .text(isCertified ? "green" : "amber"), "icon": .text(isCertified ? "check" : "clock"),
                ])),
        ])
    }
}
