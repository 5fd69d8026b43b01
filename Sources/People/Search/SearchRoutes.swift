import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension People {
    var searchRoutes: [Route] {
        [
            .get("/api/v1/patients", .api(.patientSearch, PatientsAPI.search, findPatients)),
            .get("/patients", .page(.patientSearch, indexPage)),
        ]
    }

    func findPatients(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let vault = try await request.spine.vault(caller.tenant)
        let query = FindPatients(
            try Self.searchText(request), after: try Self.cursor(request, list: FindPatients.cursorList, vault: vault),
            limit: try Self.limit(request, largest: FindPatients.largestPage, usual: 10),
            today: CivilDate.utc(request.spine.clock.now()), indexes: directory.indexes)
        let result = try await request.spine.ask(query, as: caller)
        return .json(
            PatientJSON.bytes(result, next: try result.next?.text(for: FindPatients.cursorList, vault: vault)))
    }

    static func searchText(_ request: WebRequest) throws(Fault) -> String? {
        guard let text = request.query["q"] else { return nil }
        guard text.count <= SearchQuery.longest else {
            throw Fault.invalid("q", "At most \(SearchQuery.longest) letters.")
        }
        return text
    }

    /// The list of patients; for htmx the table alone.
    func indexPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let text = try Self.searchText(request)
        let vault = try await request.spine.vault(request.tenant)
        let query = FindPatients(
            text, after: try Self.cursor(request, list: FindPatients.cursorList, vault: vault),
            limit: FindPatients.largestPage, today: CivilDate.utc(request.spine.clock.now()), indexes: directory.indexes
        )
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: nil, zones: zones)
        let (result, rows) = try await request.spine.read(.patientSearch, as: signedIn.caller) { transaction, access in
            let result = try query.run(transaction, access)
            return (result, try self.rows(result, wording, signedIn.caller, transaction))
        }
        let mayAdd = signedIn.may(.patientWrite)
        var view = results(text, result, rows, wording, mayAdd: mayAdd)
        if let next = result.next {
            let cursor = try next.text(for: FindPatients.cursorList, vault: vault)
            let href = "/patients?q=\(FormFields.encode(text ?? ""))&cursor=\(FormFields.encode(cursor))"
            view["next"] = .view(
                View(["shown": .text(wording.count("patients.shown", rows.count)), "href": .text(href)]))
        }
        if request.wantsFragment {
            return .html(try request.pages.render("patients/results", view, request.language))
        }
        view["disputed"] = .optional(try await disputedCount(request, signedIn))
        view["alike"] = .optional(try await alike(request, signedIn))
        view["query"] = .text(text ?? "")
        view["mayAdd"] = .flag(mayAdd)
        view["csrf"] = .text(signedIn.csrf)
        view["shell"] = .view(shell(request, signedIn, wording.text("patients.title"), "patients"))
        return .html(try request.pages.render("patients/index", view, request.language))
    }

    /// What the table shows beside each name; only for the rows that the result's grant covers.
    private func rows(
        _ result: SearchResult, _ wording: PatientWording, _ caller: Caller, _ transaction: any Transaction
    ) throws -> [View] {
        let contacts = Dictionary(
            grouping: result.hits.isEmpty || !caller.may(.contactRead)
                ? [] : try PatientsStore.contacts(of: result.hits.map(\.id), in: transaction).get(),
            by: \.patient)
        return try result.hits.map { hit in
            let whole = try directory.set(of: hit.id, in: transaction)
            let set = try visible(whole, hit.id, caller, transaction)
            let phone = try contacts[hit.id]?.first { $0.kind == "phone" }
                .flatMap { PhoneNumber(try $0.open(result.grant)) }
            let visit =
                caller.may(.appointmentRead)
                ? try sources.appointments.next(of: set, after: wording.now, for: caller, in: transaction).get() : nil
            let needs =
                caller.may(.needRead)
                ? try sources.messaging.openNeeds(of: PatientSet(hit.id), grant: result.grant, in: transaction).get()
                    .count
                : 0
            let born = hit.record.birthDate.map { "\(wording.plainDate($0)), \(wording.age($0))" }
            return View([
                "href": .text("/patients/\(hit.id.text)"), "name": .text(wording.name(hit.record)),
                "initials": .text(hit.record.initials), "tone": .number(PatientWording.tone(hit.id)),
                "born": .text(born ?? wording.text("patients.unknown")),
                "phone": .text(
                    phone?.display ?? wording.text(caller.may(.contactRead) ? "patients.none" : "patients.unseen")),
                "mrn": .text(
                    hit.mrn ?? wording.text(caller.may(.identifierRead) ? "patients.none" : "patients.unseen")),
                "visit": .text(visit.map { wording.localStart($0) } ?? wording.text("patients.none")),
                "needs": .text(String(needs)),
                "match": .optional(hit.soundsLike ? wording.text("patients.sounds-like") : nil),
            ])
        }
    }

    /// Of records that are laid over one another those the caller may see.
    private func visible(
        _ set: PatientSet, _ hit: ID<Patient>, _ caller: Caller, _ transaction: any Transaction
    ) throws -> PatientSet {
        if set.members.count == 1 { return set }
        let scopes = try Policy.scopeRows(of: set.members, for: caller, in: transaction)
        return PatientSet(
            primary: hit,
            members: set.members.filter {
                Policy.decide(caller, .patientSearch, .patient(scopes[$0] ?? [])) == .permit
            })
    }

    private func results(
        _ text: String?, _ result: SearchResult, _ rows: [View], _ wording: PatientWording, mayAdd: Bool
    ) -> View {
        let isBlank = text?.allSatisfy(\.isWhitespace) ?? true
        let heading: String
        if isBlank {
            heading = wording.text(rows.isEmpty ? "patients.none.heading" : "patients.newest")
        } else if rows.isEmpty {
            heading = wording.text("patients.none.heading")
        } else {
            heading = wording.count(result.next == nil ? "patients.found" : "patients.first", rows.count)
        }
        let add = View(["href": "/patients/new", "label": .text(wording.text("patients.new"))])
        let none = View([
            "icon": .text(isBlank ? "people" : "search"),
            "title": .text(
                isBlank
                    ? wording.text("patients.empty.title") : wording.text("patients.none.title", ["query": text ?? ""])),
            "text": .text(wording.text(isBlank ? "patients.empty.text" : "patients.none.text")),
            "action": .optional(mayAdd ? add : nil),
        ])
        return View([
            "heading": .text(heading), "hasRows": .flag(!rows.isEmpty), "rows": .views(rows),
            "none": .optional(rows.isEmpty ? none : nil), "next": nil, "problem": nil,
        ])
    }
}

extension PatientWording {
    func count(_ key: String, _ n: Int) -> String { pages.catalogue.count(key, language, n) }

    /// The full name, or words for somebody who has told none.
    func name(_ record: PatientRecord) -> String {
        record.fullName.isEmpty ? text("patients.unnamed") : record.fullName
    }
}
