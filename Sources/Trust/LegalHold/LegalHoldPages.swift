import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import Vault
import Web

/// The list of holds, with the forms that place and release one.
extension Trust {
    var legalHoldRoutes: [Route] {
        [
            .get(
                "/legal-holds", heavy: true,
                .page(.legalHoldManage) { request, signedIn in try await showHolds(request, signedIn) }),
            .post(
                "/legal-holds",
                .page(.legalHoldManage) { request, signedIn in try await placeHold(request, signedIn) }),
            .post(
                "/legal-holds/{id}/release",
                .page(.legalHoldManage) { request, signedIn in try await releaseHold(request, signedIn) }),
        ]
    }

    /// What stands in the forms, and what is wrong with it.
    private struct Typed {
        /// Whose holds these are, and who gets a new one; nil: everybody's, and nobody is chosen yet.
        var patient: ID<Patient>?
        /// The id as it was typed by who may not search.
        var record = ""
        var matter = ""
        var reason = ""
        /// patient, matter or reason, and the text that says why.
        var wrong: (field: String, text: String)?
        /// The hold whose release was refused, why, and the note.
        var release: (hold: ID<LegalHold>, text: String, note: String)?

        var isWrong: Bool { wrong != nil || release != nil }
    }

    /// Everybody's holds, or those of one person with the form for a new one.
    private func showHolds(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let text = request.query.trimmed("patient") else {
            return try await holds(request, signedIn, typed: Typed())
        }
        guard let patient = ID<Patient>(text) else { throw Fault.notFound("patient") }
        return try await holds(request, signedIn, typed: Typed(patient: patient))
    }

    private func placeHold(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        var typed = Typed(
            record: form.trimmed("patient") ?? "", matter: form.trimmed("matter") ?? "",
            reason: form.trimmed("reason") ?? "")
        guard let patient: ID<Patient> = ID(typed.record) else {
            typed.wrong = ("patient", "trust.holds.wrong.patient")
            return try await holds(request, signedIn, typed: typed)
        }
        do {
            _ = try await request.spine.perform(
                PlaceLegalHold(patient, matter: typed.matter, reason: typed.reason, directory: directory),
                as: signedIn.caller)
            return .seeOther("/legal-holds")
        } catch let fault as Fault where fault.category == .notFound {
            typed.wrong = ("patient", "trust.holds.wrong.patient")
        } catch let fault as Fault where fault.code == "hold.disposing" {
            typed.patient = patient
            typed.wrong = ("patient", "trust.holds.wrong.disposing")
        } catch let fault as Fault where fault.category == .invalid {
            let field = fault.fields.first?.path == "matter" ? "matter" : "reason"
            typed.patient = patient
            typed.wrong = (field, "trust.holds.wrong.\(field)")
        }
        return try await holds(request, signedIn, typed: typed)
    }

    private func releaseHold(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let note = try request.form().trimmed("note") ?? ""
        let hold: ID<LegalHold> = try request.id("id")
        let command = ReleaseLegalHold(hold, note: note)
        do {
            try command.validate()
        } catch let fault as Fault where fault.category == .invalid {
            return try await holds(
                request, signedIn, typed: Typed(release: (hold, "trust.holds.wrong.note", note)))
        }
        // What the hold kept may be disposed of from here on.
        return try await confirmed(request, signedIn) {
            do {
                _ = try await request.spine.perform(command, as: signedIn.caller)
                return .seeOther("/legal-holds")
            } catch let fault as Fault where fault.code == "hold.released" {
                return try await holds(
                    request, signedIn, typed: Typed(release: (hold, "trust.holds.wrong.released", note)))
            }
        }
    }

    private struct Read: Sendable {
        struct Line: Sendable {
            let row: HoldRow
            let matter: String
            let reason: String
            let name: String?
            let releasedBy: ID<User>?
            let releasedAt: Instant?
            let note: String?
        }

        let lines: [Line]
        let staff: [ID<User>: StaffName]
        /// The name of whom the page is about.
        let name: String?
    }

    private func holds(_ request: WebRequest, _ signedIn: SignedIn, typed: Typed) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let caller = signedIn.caller
        let (directory, staff, patient) = (directory, Staff(), typed.patient)
        let read = try await request.spine.read(.legalHoldManage, as: caller) { transaction, access in
            let person = try patient.map {
                try directory.grant(.legalHoldManage, for: $0, access: access, in: transaction)
            }
            let found = try LegalHoldStore.entries(
                of: person?.set.members, for: caller, limit: 100, in: transaction)
            let patients = Array(Set(found.map(\.row.patient))).sorted()
            let scopes = try Policy.scopeRows(of: patients, for: caller, in: transaction)
            let grant = try access.grant(
                .legalHoldManage, forList: patients.map { ($0, scopes[$0] ?? []) })
            let names = try directory.names(of: patients, grant: grant, in: transaction)
            let lines = try found.map { entry in
                let row = entry.row
                let words = try entry.words.open(
                    grant, of: .patient(row.patient), id: row.id.raw, subject: row.keySubject)
                let note = try entry.release.map {
                    try $0.words.open(grant, of: .patient(row.patient), id: row.id.raw, subject: row.keySubject).note
                }
                return Read.Line(
                    row: row, matter: words.matter, reason: words.reason, name: names[row.patient],
                    releasedBy: entry.release?.by, releasedAt: entry.release?.at, note: note)
            }
            let people = Set(lines.map(\.row.placedBy) + lines.compactMap(\.releasedBy))
            let name = try person.flatMap { person in
                try patient.flatMap { try directory.names(of: [$0], grant: person.grant, in: transaction)[$0] }
            }
            return Read(lines: lines, staff: try staff.names(of: Array(people), in: transaction), name: name)
        }
        let audit = AuditWords(words: words, names: read.staff)
        let views = read.lines.map { line in view(line, words, audit, typed) }
        func wrong(_ field: String) -> View.Value {
            .optional(typed.wrong?.field == field ? typed.wrong.map { words.text($0.text) } : nil)
        }
        let title = words.text("trust.holds.title")
        let isSearching = patient == nil && signedIn.may(.patientSearch)
        return .html(
            try request.pages.render(
                "legal-hold/holds",
                View([
                    "shell": .view(shell(request, signedIn, title, "holds")), "csrf": .text(signedIn.csrf),
                    "person": .optional(patient.map { person($0, read.name, words) }),
                    "find": .optional(isSearching ? try await find(request, signedIn, words, at: "/legal-holds") : nil),
                    "hasForm": .flag(!isSearching), "record": .text(typed.record),
                    "matter": .text(typed.matter), "reason": .text(typed.reason),
                    "wrongPatient": wrong("patient"), "wrongMatter": wrong("matter"), "wrongReason": wrong("reason"),
                    "hasHolds": .flag(!views.isEmpty), "holds": .views(views),
                ]), request.language), status: typed.isWrong ? .unprocessableContent : .ok)
    }

    private func person(_ patient: ID<Patient>, _ name: String?, _ words: TrustWords) -> View {
        View([
            "id": .text(patient.text), "href": .text("/patients/" + patient.text),
            "name": .text(name ?? words.text("trust.audit.patient", ["id": patient.text])),
        ])
    }

    private func view(_ line: Read.Line, _ words: TrustWords, _ audit: AuditWords, _ typed: Typed) -> View {
        let row = line.row
        let id = words.text("trust.audit.patient", ["id": row.patient.text])
        let isRefused = typed.release?.hold == row.id
        var view = View([
            "id": .text(row.id.text), "who": .text(line.name ?? id), "record": .text(id),
            "href": .text("/patients/\(row.patient.text)"), "matter": .text(line.matter),
            "reason": .text(line.reason), "lasts": .flag(line.releasedAt == nil),
            "placed": .text(
                words.text(
                    "trust.holds.placed",
                    ["who": audit.who(.user(row.placedBy)), "when": words.moment(row.placedAt)])),
            "note": .text(isRefused ? typed.release?.note ?? "" : line.note ?? ""),
            "wrong": .optional(isRefused ? typed.release.map { words.text($0.text) } : nil),
            "state": .view(
                View([
                    "label": .text(words.text(line.releasedAt == nil ? "trust.holds.lasts" : "trust.holds.ended")),
                    "tone": .text(line.releasedAt == nil ? "amber" : "grey"),
                    "icon": .text(line.releasedAt == nil ? "lock" : "check"),
                ])),
        ])
        if let by = line.releasedBy, let at = line.releasedAt {
            view["released"] = .text(
                words.text("trust.holds.released", ["who": audit.who(.user(by)), "when": words.moment(at)]))
        }
        return view
    }
}
