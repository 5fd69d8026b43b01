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

/// How one record is protected, with the forms that change it; why a record is not shown; who of the staff is whom.
extension Trust {
    var protectionRoutes: [Route] {
        [
            .get("/patients/{id}/protection", .page(.labelWrite) { try await protection($0, $1) }),
            .post("/patients/{id}/protection", .page(.labelWrite) { try await label($0, $1) }),
            .post("/patients/{id}/protection/consent", .page(.labelWrite) { try await part2Consent($0, $1) }),
            .post("/patients/{id}/protection/care", .page(.careWrite) { try await relate($0, $1) }),
            .get("/patients/{id}/why", .page(.policyExplain) { try await why($0, $1) }),
            .get("/users/practitioners", .page(.userManage) { try await practitioners($0, $1) }),
            .post("/users/practitioners", .page(.userManage) { try await namePractitioner($0, $1) }),
        ]
    }

    // MARK: One record

    private struct Protected: Sendable {
        let name: String
        let labels: Labels
        let consents: [ConsentSummary]
        let relations: [CareRelations.Relation]
        let staff: [StaffName]
    }

    private func protection(
        _ request: WebRequest, _ signedIn: SignedIn, wrong: String? = nil
    ) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let (directory, ledger, now) = (directory, consents, request.spine.clock.now())
        let read = try await request.spine.read(.labelWrite, as: signedIn.caller) { transaction, access in
            let (set, grant) = try directory.grant(.labelWrite, for: patient, access: access, in: transaction)
            let names = try directory.names(of: [set.primary], grant: grant, in: transaction)
            let labels = try Policy.labels(of: set.members, in: transaction).get().values.reduce(into: Labels()) {
                $0.formUnion($1)
            }
            return Protected(
                name: names[set.primary] ?? "", labels: labels,
                consents: try ledger.consents(of: set, for: access.caller, in: transaction).get(),
                relations: try CareRelations.all(of: set.members, at: now, in: transaction),
                staff: try Staff().active(in: transaction))
        }
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let configuration = try definitions.configuration(of: request.tenant)
        let base = "/patients/\(patient.text)"
        let part2 = read.consents.first { $0.purpose == ConsentSummary.part2 && $0.given }
        let isPart2Seen = !signedIn.caller.hidden.contains(.substanceUse)
        let consent = View([
            "action": .text(base + "/protection/consent"), "csrf": .text(signedIn.csrf),
            "stands": .flag(part2 != nil && read.labels.contains(.part2Consent)),
            "document": .text(part2?.document ?? ""),
            "until": .text(part2?.expiresAt.map(words.moment) ?? ""),
            "wrong": .optional(wrong.map { words.text($0) }),
        ])
        let care = View([
            "action": .text(base + "/protection/care"), "csrf": .text(signedIn.csrf),
            "users": .views(read.staff.map { View(["value": .text($0.id.text), "label": .text($0.name)]) }),
        ])
        return .html(
            try request.pages.render(
                "protection/patient",
                View([
                    "shell": .view(shell(request, signedIn, words.text("protection.title"), "patients")),
                    "csrf": .text(signedIn.csrf), "name": .text(read.name), "back": .text(base),
                    "action": .text(base + "/protection"),
                    "labels": .views(
                        Labels.kinds.map { kind in
                            View([
                                "value": .text(kind.code), "chosen": .flag(read.labels.contains(kind.label)),
                                "label": .text(words.text("labels.label.\(kind.code)")),
                                "about": .text(words.text("labels.about.\(kind.code)")),
                            ])
                        }),
                    "consent": .optional(isPart2Seen ? consent : nil),
                    "hasRelations": .flag(!read.relations.isEmpty),
                    "relations": .views(
                        read.relations.map { relation($0, read.staff, configuration, words, signedIn, base) }),
                    "care": .optional(signedIn.may(.careWrite) ? care : nil),
                ]), request.language), status: wrong == nil ? .ok : .unprocessableContent)
    }

    private func relation(
        _ relation: CareRelations.Relation, _ staff: [StaffName], _ configuration: Configuration, _ words: TrustWords,
        _ signedIn: SignedIn, _ base: String
    ) -> View {
        let parts = relation.party.split(separator: ":", maxSplits: 1).map(String.init)
        let key = parts.last ?? ""
        let user = parts.first == "user" ? ID<User>(key) : nil
        let who: String
        switch parts.first {
        case "team": who = configuration.teams[key]?.value.names[words.request.language] ?? key
        case "practitioner": who = configuration.known(practitioner: key)?.name.display ?? key
        default: who = staff.first { $0.id == user }?.name ?? words.text("trust.audit.former")
        }
        let source = String(relation.source.prefix { $0 != ":" })
        let mayEnd = source == "hand" && user != nil && signedIn.may(.careWrite)
        let end = View([
            "action": .text(base + "/protection/care"), "csrf": .text(signedIn.csrf), "user": .text(user?.text ?? ""),
            "who": .text(who),
        ])
        return View([
            "who": .text(who), "because": .text(words.text("protection.source.\(source)")),
            "until": .text(
                relation.until.microseconds > 4_000_000_000_000_000
                    ? words.text("protection.until.open") : words.moment(relation.until)),
            "end": .optional(mayEnd ? end : nil),
        ])
    }

    private func label(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let form = try request.form()
        let labels = Labels(codes: Labels.kinds.map(\.code).filter { form["label-" + $0] != nil })
        _ = try await request.spine.perform(LabelPatient(patient, labels, directory: directory), as: signedIn.caller)
        return .seeOther(try await after(patient, request, signedIn))
    }

    /// Back to the page, unless the labels have put the record out of the labeller's own reach.
    private func after(
        _ patient: ID<Patient>, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> String {
        let labels = try await request.spine.database.read(request.tenant) {
            try Policy.labels(of: [patient], in: $0).get()[patient] ?? []
        }
        let isHidden = !labels.isDisjoint(with: signedIn.caller.hidden)
        return isHidden ? "/patients" : "/patients/\(patient.text)/protection?done=patient.labelled"
    }

    private func part2Consent(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let form = try request.form()
        var until: Instant?
        if form["decision"] == "given" {
            guard let date = form.trimmed("until").flatMap({ CivilDate(iso: $0) }) else {
                return try await protection(request, signedIn, wrong: "protection.wrong.until")
            }
            // Through the last day, in the practice's zone.
            until = Instant(microseconds: try zone(request.tenant).startOfDay(date.adding(days: 1)))
        }
        do {
            _ = try await request.spine.perform(
                RecordPart2Consent(
                    patient, until: until, document: form.trimmed("document"), directory: directory, ledger: consents),
                as: signedIn.caller)
        } catch let fault as Fault where fault.category == .invalid {
            let isDay = fault.fields.first?.path == "until"
            return try await protection(
                request, signedIn, wrong: isDay ? "protection.wrong.until" : "protection.wrong.document")
        }
        return .seeOther("/patients/\(patient.text)/protection?done=consent.\(until == nil ? "withdrawn" : "given")")
    }

    private func relate(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let form = try request.form()
        guard let user: ID<User> = form.id("user") else { throw Fault.invalid("user", "Choose who it is.") }
        let days = form["end"] == nil ? form["days"].flatMap { Int($0) } ?? 90 : nil
        _ = try await request.spine.perform(
            RelateToCare(patient, user, days: days, directory: directory), as: signedIn.caller)
        return .seeOther("/patients/\(patient.text)" + (signedIn.may(.labelWrite) ? "/protection" : ""))
    }

    // MARK: Why not

    /// Tells who is entitled to know why a record is not shown to them. The question stands on the trail.
    private func why(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let decision = try await request.spine.read(.policyExplain, as: signedIn.caller) { transaction, access in
            access.noteCommand(Permission.policyExplain.rawValue, subject: .patient(patient))
            let scopes = try Policy.scopeRows(of: [patient], for: access.caller, in: transaction)
            return scopes[patient].map { Policy.decide(access.caller, .patientRead, .patient($0)) }
        }
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        var key = "absent"
        var isDenied = false
        switch decision {
        case nil: break
        case .permit?: key = "permit"
        case .deny(let reason)?: (key, isDenied) = (reason.rawValue, true)
        }
        let glass = isDenied && signedIn.may(.patientBreakGlass)
        return .html(
            try request.pages.render(
                "protection/why",
                View([
                    "shell": .view(shell(request, signedIn, words.text("protection.why.title"), "patients")),
                    "csrf": .text(signedIn.csrf), "patient": .text(patient.text),
                    "title": .text(words.text("protection.why.\(key)")),
                    "text": .text(words.text("protection.why.\(key).text")),
                    "open": .optional(key == "permit" ? "/patients/\(patient.text)" : nil),
                    "glass": .optional(glass ? "/break-glass?patient=\(patient.text)" : nil),
                ]), request.language))
    }

    // MARK: Staff and practitioners

    private func practitioners(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let read = try await request.spine.read(.userManage, as: signedIn.caller) { transaction, _ in
            let staff = try Staff().active(in: transaction)
            let parties = try CareRelations.parties(of: staff.map(\.id), in: transaction)
            return staff.map { (name: $0, parties: parties[$0.id] ?? []) }
        }
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let known = try definitions.configuration(of: request.tenant).practitioners.values.map(\.value)
            .sorted { $0.name.listed < $1.name.listed }
        return .html(
            try request.pages.render(
                "protection/practitioners",
                View([
                    "shell": .view(shell(request, signedIn, words.text("protection.staff.title"), "users")),
                    "csrf": .text(signedIn.csrf),
                    "rows": .views(
                        read.map { row in
                            View([
                                "user": .text(row.name.id.text), "name": .text(row.name.name),
                                "csrf": .text(signedIn.csrf),
                                "choices": .views(
                                    known.map { practitioner in
                                        let party = CareParty.practitioner(practitioner.key)
                                        return View([
                                            "value": .text(practitioner.key), "label": .text(practitioner.name.listed),
                                            "chosen": .flag(row.parties.contains(party)),
                                        ])
                                    }),
                            ])
                        }),
                ]), request.language))
    }

    private func namePractitioner(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let user: ID<User> = form.id("user") else { throw Fault.notFound("user") }
        let key = form.trimmed("practitioner")
        if let key, try definitions.configuration(of: request.tenant).practitioners[key] == nil {
            throw Fault.invalid("practitioner", "There is no such practitioner.")
        }
        _ = try await request.spine.perform(NameStaffPractitioner(user, practitioner: key), as: signedIn.caller)
        gatekeeper.forget()
        return .seeOther("/users/practitioners")
    }
}
