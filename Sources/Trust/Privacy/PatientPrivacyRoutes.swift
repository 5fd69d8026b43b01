import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// What is agreed with one patient, what was disclosed of them, and what they asked for.
extension Trust {
    var patientPrivacyRoutes: [Route] {
        [
            .get("/privacy/patients/{id}", .page(.privacyManage) { try await patientPrivacy($0, $1) }),
            .post("/privacy/patients/{id}/restrictions", .page(.privacyManage) { try await agree($0, $1) }),
            .post(
                "/privacy/patients/{id}/restrictions/{restriction}/ending",
                .page(.privacyManage) { request, signedIn in
                    _ = try await request.spine.perform(
                        EndRestriction(try request.id("restriction"), directory: directory), as: signedIn.caller)
                    return .seeOther("/privacy/patients/\(try request.id("id", of: Patient.self).text)")
                }),
            .post(
                "/privacy/patients/{id}/disclosures",
                .page(.privacyManage) { request, signedIn in try await disclose(request, signedIn, .byHand) }),
            .post(
                "/privacy/patients/{id}/disclosed-record",
                .page(.recordExport) { request, signedIn in try await disclose(request, signedIn, .export) }),
        ]
    }

    private func agree(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let form = try request.form()
        guard let kind = form["restriction"].flatMap(RestrictionKind.init(rawValue:)) else {
            throw Fault.invalid("restriction", "Choose what is agreed.")
        }
        let details = RestrictionDetails(whom: form.trimmed("whom") ?? "", note: form.trimmed("note"))
        do {
            _ = try await request.spine.perform(
                AgreeRestriction(patient, kind, details, request: form.id("request"), directory: directory),
                as: signedIn.caller)
            return .seeOther("/privacy/patients/" + patient.text)
        } catch let fault as Fault where fault.category == .invalid {
            return try await patientPrivacy(
                request, signedIn, typed: PrivacyForm.restriction.filled(form, wrong: fault))
        }
    }

    /// Written down by hand, or given out here: then the ledger is asked first, and refuses what was agreed otherwise.
    private func disclose(
        _ request: WebRequest, _ signedIn: SignedIn, _ door: NewDisclosure.Door
    ) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let form = try request.form()
        let day = try today(request)
        guard let basis = form["basis"].flatMap(DisclosureBasis.init(rawValue:)) else {
            throw Fault.invalid("basis", "Choose why.")
        }
        let whole = request.pages.text("privacy.disclosed.whole", request.language)
        let details = DisclosureDetails(
            recipient: form.trimmed("recipient") ?? "", address: form.trimmed("address"),
            what: door == .export ? whole : form.trimmed("what") ?? "", why: form.trimmed("why") ?? "",
            law: form.trimmed("statute"))
        let on = door == .export ? day : form["on"].flatMap { CivilDate(iso: $0) }
        let act: () async throws -> WebResponse = {
            do {
                guard let on else { throw Fault.invalid("on", "A day.") }
                _ = try await request.spine.perform(
                    RecordDisclosure(
                        patient, NewDisclosure(door: door, basis: basis, on: on, details: details), today: day,
                        directory: directory), as: signedIn.caller)
            } catch let fault as Fault where fault.category == .invalid || fault.code == "disclosure.restricted" {
                let typed = PrivacyForm.disclosure(door, today: day.iso).filled(form, wrong: fault)
                return try await patientPrivacy(
                    request, signedIn, typed: typed, isRestricted: fault.code == "disclosure.restricted")
            }
            if door == .byHand { return .seeOther("/privacy/patients/" + patient.text) }
            return try await record(of: patient, form, request, signedIn)
        }
        return door == .export ? try await confirmed(request, signedIn, act) : try await act()
    }

    private struct Read: Sendable {
        let name: String
        let requests: [RequestRow]
        let restrictions: [(row: RestrictionRow, details: RestrictionDetails)]
        let disclosures: [(row: DisclosureRow, details: DisclosureDetails)]
        let names: [ID<User>: StaffName]
    }

    func patientPrivacy(
        _ request: WebRequest, _ signedIn: SignedIn, typed: PrivacyForm? = nil, isRestricted: Bool = false
    ) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let (day, directory, staff) = (try today(request), directory, Staff())
        let from = words.zone.civil(at: (request.spine.clock.now() - Privacy.reach).microseconds).date
        let read = try await request.spine.read(.privacyManage, as: signedIn.caller) { transaction, access in
            let (set, grant) = try directory.grant(
                .privacyManage, for: patient, access: access, in: transaction)
            let disclosures = try PrivacyStore.disclosures(of: set.members, from: from.iso, in: transaction)
            return Read(
                name: try directory.names(of: [patient], grant: grant, in: transaction)[patient] ?? "",
                requests: try PrivacyStore.requests(of: set.members, in: transaction),
                restrictions: try PrivacyStore.restrictions(of: set.members, ended: true, in: transaction).map {
                    ($0, try $0.open(grant))
                },
                disclosures: try disclosures.map { ($0, try $0.open(grant)) },
                names: try staff.names(of: Array(Set(disclosures.map(\.recordedBy))), in: transaction))
        }
        let pages = PrivacyPages(words: words, today: day)
        func form(_ empty: PrivacyForm) -> [View] {
            (typed?.prefix == empty.prefix ? typed ?? empty : empty).views(words)
        }
        let problem = isRestricted ? "restricted" : nil
        let mayExport = signedIn.may(.recordExport)
        return .html(
            try request.pages.render(
                "privacy/patient",
                View([
                    "shell": .view(shell(request, signedIn, words.text("privacy.patient.title"), "privacy")),
                    "csrf": .text(signedIn.csrf), "id": .text(patient.text), "name": .text(read.name),
                    "problem": .optional(problem.map { pages.problem($0) }),
                    "hasRequests": .flag(!read.requests.isEmpty),
                    "requests": .views(read.requests.map { pages.line($0, name: nil, assigned: nil) }),
                    "hasRestrictions": .flag(!read.restrictions.isEmpty),
                    "restrictions": .views(read.restrictions.map { pages.restriction($0.row, $0.details) }),
                    "restrictionForm": .views(form(.restriction)),
                    "restrictionOpen": .flag(typed?.prefix == PrivacyForm.restriction.prefix),
                    "hasDisclosures": .flag(!read.disclosures.isEmpty),
                    "disclosures": .views(
                        read.disclosures.map { pages.disclosure($0.row, $0.details, by: read.names) }),
                    "byHandForm": .views(form(.disclosure(.byHand, today: day.iso))),
                    "byHandOpen": .flag(typed?.prefix == NewDisclosure.Door.byHand.rawValue),
                    "mayExport": .flag(mayExport), "exportForm": .views(form(.disclosure(.export, today: day.iso))),
                    "exportOpen": .flag(typed?.prefix == NewDisclosure.Door.export.rawValue),
                    "languages": .views(pages.languages),
                    "trail": .text("/audit/links?patient=" + patient.text),
                    "holds": .optional(
                        signedIn.may(.legalHoldManage) ? "/legal-holds?patient=" + patient.text : nil),
                    "mayShare": .flag(signedIn.may(.auditShare)),
                ]), request.language), status: typed == nil ? .ok : .unprocessableContent)
    }
}
