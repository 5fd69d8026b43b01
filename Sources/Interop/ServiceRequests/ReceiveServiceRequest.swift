import FHIR
import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Vault
import Web

// ServiceRequests that another system sends one by one: `POST /fhir/ServiceRequest`.
//
// - The patient is named by our own id (`Patient/` and 13 characters), or by an identifier that an import brought in.
// - A request is known again by its identifier, also when an import brought it: sent twice, it stands once; sent with
//   another status or priority, the referral follows.
// - It goes to the patient's shelf as it came, with everything that we do not model.

/// Takes one request.
struct ReceiveServiceRequest: Command {
    static let name = "ReceiveServiceRequest"
    static let permission = Permission.referralWrite
    let resource: JSONValue
    let summary: FHIRSummary
    let content: ServiceRequestContent
    let raw: [UInt8]
    let directory: any PatientIntake
    let documents: any ClinicalDocuments
    let referrals: any ReferralIntake

    struct Answer: Codable, Sendable {
        /// Nil: a request that is over and was never known is no work.
        let taken: ReceivedReferral.Taken?
    }

    func run(_ context: CommandContext) throws -> Answer {
        let keys = RecordKeys(vault: context.vault, source: "fhir")
        guard let patient = try patient(keys, context) else {
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: context.caller, in: context.transaction)
            throw context.access.absent(Self.permission, "patient")
        }
        guard let identifier = content.identifier else {
            throw Fault.invalid("identifier", "A request needs an identifier with a value.")
        }
        let taken = try referrals.receive(
            content.received(for: patient, identifier: identifier, source: "fhir"), context: context)
        guard taken != nil, let plain = try directory.plain(of: [patient], in: context.transaction)[patient] else {
            return Answer(taken: taken)
        }
        _ = try documents.record(
            NewClinicalDocument(
                patient: patient, keySubject: plain.keySubject, type: "ServiceRequest", code: content.code,
                codeSystem: content.codeSystem, title: content.text, primaryAt: content.authoredAt,
                sourceHash: keys.record("ServiceRequest", "\(identifier.system)|\(identifier.value)"),
                contentHash: keys.content(raw), raw: raw, source: "api", labels: content.labels), context: context)
        return Answer(taken: taken)
    }

    /// Hidden ones are found too; whether the caller may act for them is asked with the referral, in the words of absent.
    private func patient(_ keys: RecordKeys, _ context: CommandContext) throws -> ID<Patient>? {
        guard let subject = summary.patient else { throw Fault.invalid("subject", "Say whose it is.") }
        if case .literal("Patient", let id, _)? = subject.target { return ID<Patient>(id) }
        guard let identifier = subject.identifier, let value = identifier.value else {
            throw Fault.invalid("subject", "Patient/ and an id of ours, or an identifier.")
        }
        let key = keys.identifier("Patient", system: identifier.system ?? "", value: value)
        return try FHIRImportStore.patient(named: key, in: context.transaction)?.patient
    }
}

extension Interop {
    var serviceRequests: Capability {
        Capability(
            "service-requests",
            routes: [.post("/fhir/ServiceRequest", .api(.referralWrite, Self.description, receive))])
    }

    private static let description = APIOperation(
        "createServiceRequest", tag: "Referrals",
        "Takes a FHIR R4 ServiceRequest as a referral or order; the same identifier stands once",
        body: [
            "type": "object", "required": ["resourceType", "status", "subject", "identifier"],
            "properties": [
                "resourceType": ["type": "string", "enum": ["ServiceRequest"]], "status": ["type": "string"],
                "priority": ["type": "string"], "subject": ["type": "object"],
                "identifier": ["type": "array", "items": ["type": "object"]],
            ],
        ], status: 201,
        answer: [
            "type": "object", "required": ["effect"],
            "properties": [
                "referral": ["type": "string", "minLength": 13, "maxLength": 13],
                "effect": ["type": "string", "enum": ["recorded", "updated", "unchanged", "closed", "ignored"]],
            ],
        ])

    private func receive(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let resource = try Self.resource(request)
        let summary: FHIRSummary
        do {
            summary = try FHIRSummary(of: resource)
        } catch {
            throw Fault(.invalid, "fhir.element", "An element of the resource is not of its type.", place: error.path)
        }
        let authored = summary.dateMicros.map { Instant(microseconds: $0) }
        guard summary.type == "ServiceRequest",
            let content = ServiceRequestContent(resource, authoredAt: authored)
        else { throw Fault.invalid("resourceType", "A ServiceRequest with a status of FHIR R4.") }
        var writer = JSONWriter(reserving: request.body.count)
        writer.value(resource)
        let answer = try await request.spine.perform(
            ReceiveServiceRequest(
                resource: resource, summary: summary, content: content, raw: writer.bytes, directory: directory,
                documents: documents, referrals: referrals), as: caller)
        var json = JSONWriter()
        json.beginObject()
        json.field("referral", ifPresent: answer.taken.map { Crockford.encode($0.id) })
        json.field("effect", answer.taken?.effect.rawValue ?? "ignored")
        json.endObject()
        var response = WebResponse.json(json.bytes, status: .created)
        if let taken = answer.taken {
            response.headers[.location] = "/api/v1/referrals/" + Crockford.encode(taken.id)
        }
        return response
    }

    /// `application/fhir+json`, or `application/json`.
    private static func resource(_ request: WebRequest) throws(Fault) -> JSONValue {
        let type = (request.headers[.contentType] ?? "").lowercased()
        guard type.hasPrefix("application/fhir+json") else { return try request.json() }
        do {
            let value = try JSONValue(parsing: request.body)
            guard value.object != nil else { throw Fault.invalid("", "The body must be a JSON object.") }
            return value
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.invalid, "request.json", "The body is not valid JSON.")
        }
    }
}
