import HTTPTypes
import Kernel
import Spine
import Store
import TimeZones
import Vault
import Web

/// The register of requests, a page for each, and what is agreed and disclosed of one patient.
extension Trust {
    var privacyRoutes: [Route] {
        [
            .get("/privacy/requests", .page(.privacyManage) { try await requestList($0, $1) }),
            .get(
                "/privacy/requests/new",
                .page(.privacyManage) { request, signedIn in
                    let form = PrivacyForm.request(today: try today(request).iso)
                    return try await newRequest(request, signedIn, patient: request.query["patient"] ?? "", form)
                }),
            .post("/privacy/requests", .page(.privacyManage) { try await recordRequest($0, $1) }),
            .get("/privacy/requests/{id}", .page(.privacyManage) { try await requestPage($0, $1) }),
            .post(
                "/privacy/requests/{id}/assignment",
                .page(.privacyManage) { request, signedIn in
                    guard let user: ID<User> = try request.form().id("assigned") else {
                        throw Fault.invalid("assigned", "Choose somebody who works here.")
                    }
                    return try await step(request, signedIn, .assign(user), nil)
                }),
            .post(
                "/privacy/requests/{id}/extension",
                .page(.privacyManage) { request, signedIn in
                    let reason = try request.form().trimmed("reason") ?? ""
                    return try await step(request, signedIn, .extend(reason: reason), "extension")
                }),
            .post(
                "/privacy/requests/{id}/decision",
                .page(.privacyManage) { request, signedIn in
                    let form = try request.form()
                    let reason = form.trimmed("reason") ?? ""
                    let refuses = form["decision"] == RequestState.refused.rawValue
                    return try await step(
                        request, signedIn, refuses ? .refuse(reason: reason) : .fulfil(note: reason), "decision")
                }),
            .post(
                "/privacy/requests/{id}/disagreement",
                .page(.privacyManage) { request, signedIn in
                    let statement = try request.form().trimmed("statement") ?? ""
                    return try await step(request, signedIn, .disagree(statement: statement), "disagreement")
                }),
            .post(
                "/privacy/requests/{id}/record",
                .page(.recordExport) { request, signedIn in try await answerWithRecord(request, signedIn) }),
        ] + patientPrivacyRoutes
    }

    /// The day it is at the practice.
    func today(_ request: WebRequest) throws -> CivilDate {
        try zone(request.tenant).civil(at: request.spine.clock.now().microseconds).date
    }

    // MARK: A new request

    private func recordRequest(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let day = try today(request)
        let text = form.trimmed("patient") ?? ""
        let empty = PrivacyForm.request(today: day.iso)
        guard let kind = form["kind"].flatMap(RequestKind.init(rawValue:)),
            let law = form["law"].flatMap(PrivacyLaw.init(rawValue:)),
            let channel = form["channel"].flatMap(RequestChannel.init(rawValue:)),
            let asker = form["asker"].flatMap(RequestAsker.init(rawValue:))
        else { throw Fault.invalid("kind", "Choose what is asked for.") }
        guard let patient: ID<Patient> = ID(text) else {
            return try await newRequest(request, signedIn, patient: text, empty.filled(form), wrongPatient: true)
        }
        guard let received = form["received"].flatMap({ CivilDate(iso: $0) }) else {
            let fault = Fault.invalid("received", "A day.")
            return try await newRequest(request, signedIn, patient: text, empty.filled(form, wrong: fault))
        }
        let details = RequestDetails(
            text: form.trimmed("text") ?? "", representative: form.trimmed("representative"),
            identity: form.trimmed("identity") ?? "")
        do {
            let made = try await request.spine.perform(
                RecordPrivacyRequest(
                    patient,
                    NewPrivacyRequest(
                        kind: kind, law: law, channel: channel, asker: asker, receivedOn: received, details: details),
                    today: day, directory: directory), as: signedIn.caller)
            return .seeOther("/privacy/requests/\(ID<PrivacyRequest>(raw: made).text)")
        } catch let fault as Fault where fault.category == .invalid {
            return try await newRequest(request, signedIn, patient: text, empty.filled(form, wrong: fault))
        } catch let fault as Fault where fault.category == .notFound {
            return try await newRequest(request, signedIn, patient: text, empty.filled(form), wrongPatient: true)
        }
    }

    // MARK: A step

    /// What was typed stays on the page when it was not enough.
    private func step(
        _ request: WebRequest, _ signedIn: SignedIn, _ step: RequestStep, _ form: String?
    ) async throws -> WebResponse {
        let id: ID<PrivacyRequest> = try request.id("id")
        do {
            _ = try await request.spine.perform(
                StepPrivacyRequest(id, step, directory: directory), as: signedIn.caller)
            return .seeOther("/privacy/requests/" + id.text)
        } catch let fault as Fault where fault.category == .invalid && form != nil {
            return try await requestPage(request, signedIn, wrong: form)
        }
    }

    /// Hands the whole record to who asked for it: to the patient or who stands for them, so it is no disclosure.
    private func answerWithRecord(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<PrivacyRequest> = try request.id("id")
        let form = try request.form()
        return try await confirmed(request, signedIn) {
            let row = try await request.spine.read(.privacyManage, as: signedIn.caller) { transaction, _ in
                try PrivacyStore.find(id, in: transaction)
            }
            guard let patient = row?.patient else { throw Fault.notFound("request") }
            // Closed to whoever may not see the patient; then noted, then read.
            _ = try await request.spine.perform(
                StepPrivacyRequest(id, .noteExport, directory: directory), as: signedIn.caller)
            return try await record(of: patient, form, request, signedIn)
        }
    }

    /// The record as one file to keep. Its name holds the id alone.
    func record(
        of patient: ID<Patient>, _ form: FormFields, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> WebResponse {
        let folder = try await recordExport(request).folder(
            of: patient, language: form["language"].flatMap(Language.init(rawValue:)), spine: request.spine,
            as: signedIn.caller)
        return WebResponse(
            .ok,
            headers: [
                .contentType: "application/zip",
                .contentDisposition: "attachment; filename=\"record-\(patient.text).zip\"",
                .cacheControl: "no-store",
            ], bytes: folder.zip)
    }

    private func recordExport(_ request: WebRequest) -> RecordExport {
        RecordExport(
            tables: tables, directory: directory, definitions: definitions, zones: zones,
            catalogue: request.pages.catalogue)
    }
}
