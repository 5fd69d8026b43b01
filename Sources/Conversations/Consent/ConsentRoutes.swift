import ConversationsAPI
import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// The consent pages: a patient's ledger with a form to write down what they said, and how everybody stands.
struct ConsentRoutes {
    let messaging: Messaging
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View

    var routes: [Route] {
        [
            .get("/consent", heavy: true, .page(.consentRead) { try await everybody($0, $1) }),
            .get("/patients/{id}/consent", .page(.patientRead) { try await ledger($0, $1) }),
            .post("/patients/{id}/consent", .page(.consentWrite) { try await record($0, $1) }),
        ]
    }

    // MARK: One patient

    private func ledger(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await ledgerPage(request, signedIn, ConsentForm(), status: .ok)
    }

    private func ledgerPage(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: ConsentForm, status: HTTPResponse.Status
    ) async throws -> WebResponse {
        let words = try InboxWords(request, messaging: messaging)
        let read = try await request.spine.ask(
            ReadConsentLedger(patient: try request.id("id"), messaging: messaging), as: signedIn.caller)
        let pages = ConsentPages(words: words, names: read.names)
        var view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("ledger.title"), "patients")),
            "name": .text(read.card.name), "back": .text("/patients/\(read.card.id.text)"), "form": .none,
            "problem": .none, "hasRows": .flag(!read.entries.isEmpty), "none": .none,
            "rows": .views(read.entries.map(pages.row)),
            "standing": .views(
                ChannelStanding.all(read.standing).map { standing in
                    View([
                        "label": .text(words.text(standing.textKey)), "tone": .text(standing.tone),
                        "icon": .optional(standing.icon),
                    ])
                }),
            "stopped": .flag(pages.numberIsStopped(read.entries)),
        ])
        if read.entries.isEmpty {
            view["none"] = .view(
                View([
                    "icon": "shield", "title": .text(words.text("ledger.none.title")),
                    "text": .text(words.text("ledger.none.text")),
                    "action": .view(
                        View([
                            "href": .text("/patients/\(read.card.id.text)"),
                            "label": .text(words.text("ledger.none.action")),
                        ])),
                ]))
        }
        if signedIn.may(.consentWrite) {
            view["form"] = .view(pages.form(form, action: "/patients/\(read.card.id.text)/consent"))
        }
        if let wrong = form.wrong {
            view["problem"] = .view(
                View([
                    "tone": "red", "icon": "alert", "role": "alert", "title": .text(words.text("ledger.wrong")),
                    "text": .text(words.text(wrong)),
                ]))
        }
        return .html(try request.pages.render("consent/ledger", view, request.language), status: status)
    }

    private func record(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let words = try InboxWords(request, messaging: messaging)
        var form = ConsentForm(try request.form())
        guard let said = form.said(words) else {
            return try await ledgerPage(request, signedIn, form, status: .unprocessableContent)
        }
        do {
            _ = try await request.spine.perform(
                RecordConsent(of: patient, said: said, messaging: messaging), as: signedIn.caller)
        } catch let fault as Fault where fault.category == .invalid {
            let key = "ledger.wrong.\(fault.fields.first?.path ?? "")"
            form.wrong = request.pages.catalogue.has(key) ? key : "ledger.wrong.decision"
            return try await ledgerPage(request, signedIn, form, status: .unprocessableContent)
        }
        return .seeOther("/patients/\(patient.text)/consent?done=consent.\(said.given ? "given" : "withdrawn")")
    }

    // MARK: Everybody

    private func everybody(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try InboxWords(request, messaging: messaging)
        let read = try await request.spine.ask(
            ReadConsentOverview(now: words.now, messaging: messaging), as: signedIn.caller)
        let pages = ConsentPages(words: words, names: read.names)
        var view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("ledger.overview.title"), "consent")),
            "hasCounts": .flag(!read.counts.isEmpty), "counts": .views(read.counts.map(pages.count)),
            "hasRows": .flag(!read.withdrawals.isEmpty), "none": .none,
            "rows": .views(
                read.withdrawals.map { entry in
                    var row = pages.row(entry)
                    row["who"] = .text(
                        entry.patient.flatMap { read.patients[$0] } ?? words.text("ledger.overview.number"))
                    row["href"] = .optional(
                        entry.patient.flatMap { read.patients[$0] == nil ? nil : "/patients/\($0.text)/consent" })
                    return row
                }),
        ])
        if read.counts.isEmpty {
            view["none"] = .view(
                View([
                    "icon": "shield", "title": .text(words.text("ledger.overview.none.title")),
                    "text": .text(words.text("ledger.overview.none.text")),
                    "action": signedIn.may(.patientSearch)
                        ? .view(
                            View(["href": "/patients", "label": .text(words.text("ledger.overview.none.action"))]))
                        : .none,
                ]))
        }
        return .html(try request.pages.render("consent/index", view, request.language))
    }
}

/// A patient's ledger, under one grant.
struct ReadConsentLedger: Query {
    static let permission = Permission.patientRead
    /// More than a person ever says.
    private static let limit = 200

    let patient: ID<Patient>
    let messaging: Messaging

    struct Ledger: Sendable {
        let card: PatientCard
        let entries: [ConsentStore.Entry]
        let standing: [ConsentSummary]
        let names: [ID<User>: StaffName]
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Ledger {
        let (set, grant) = try messaging.patients.grant(
            .patientRead, for: patient, access: access, in: transaction)
        guard let card = try messaging.patients.cards(of: [set.primary], grant: grant, in: transaction)[set.primary]
        else { throw Fault.notFound("patient") }
        let entries = try ConsentStore.history(of: set.members, limit: Self.limit, in: transaction)
            .filter { ConsentSummary.labels(channel: $0.channel).isDisjoint(with: access.caller.hidden) }
        let users = Array(Set(entries.compactMap(\.recordedBy)))
        return Ledger(
            card: card, entries: entries,
            standing: try messaging.consents(of: set, for: access.caller, in: transaction).get(),
            names: try messaging.staff.names(of: users, in: transaction))
    }
}

/// How everybody stands, and the newest withdrawals with the names of those whose record the caller may open.
struct ReadConsentOverview: Query {
    static let permission = Permission.consentRead
    private static let limit = 50

    let now: Instant
    let messaging: Messaging

    struct Overview: Sendable {
        let counts: [ConsentStore.Count]
        let withdrawals: [ConsentStore.Entry]
        let patients: [ID<Patient>: String]
        let names: [ID<User>: StaffName]
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Overview {
        access.noteCommand("consent.list", subject: nil)
        let withdrawals = try ConsentStore.withdrawals(for: access.caller, limit: Self.limit, in: transaction)
        let patients = Array(Set(withdrawals.compactMap(\.patient))).sorted()
        var names: [ID<Patient>: String] = [:]
        var hidden = Set(patients)
        if !patients.isEmpty {
            let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
            let grant = try access.grant(.consentRead, forList: patients.map { ($0, scopes[$0] ?? []) })
            names = try messaging.patients.names(of: patients, grant: grant, in: transaction)
            hidden = hidden.filter { !grant.covers(.patient($0)) }
        }
        let shown = withdrawals.filter { entry in entry.patient.map { !hidden.contains($0) } ?? true }
        return Overview(
            counts: try ConsentStore.counts(at: now, for: access.caller, in: transaction).filter {
                ConsentSummary.labels(channel: $0.channel).isDisjoint(with: access.caller.hidden)
            }, withdrawals: shown, patients: names,
            names: try messaging.staff.names(of: Array(Set(shown.compactMap(\.recordedBy))), in: transaction))
    }
}
