import JSON
import Kernel
import Web

/// The record as a FHIR R4 Bundle: what the import of any Throughline takes in again, and other systems too.
///
/// What we own is written from its rows; what came in from elsewhere goes out as it came in, but that it names the
/// patient as this bundle does. Source: hl7.org/fhir/R4.
struct RecordFHIR {
    private let copy: RecordCopy
    private let files: RecordFiles
    private let words: RecordWords
    /// What sources call the patient: the ids of the Patient resources that came in, with the record each stands for.
    private let sourceIDs: [String: String]
    private let incoming: [(owner: String, resource: JSONValue)]

    init(_ copy: RecordCopy, files: RecordFiles, words: RecordWords) {
        self.copy = copy
        self.words = words
        self.files = files
        var sourceIDs: [String: String] = [:]
        var incoming: [(owner: String, resource: JSONValue)] = []
        for entry in copy.entries(of: "clinical_document") {
            guard let owner = entry.id("patient").map(Crockford.encode), case .json(let bytes)? = entry["content"],
                // What is no JSON stands in the other file as it is.
                let resource = try? JSONValue(parsing: bytes), let type = resource["resourceType"]?.string
            else { continue }
            if type == "Patient" {
                if let id = resource["id"]?.string { sourceIDs[id] = owner }
            } else {
                incoming.append((owner, resource))
            }
        }
        self.sourceIDs = sourceIDs
        self.incoming = incoming
    }

    var bundle: JSONValue {
        let own =
            copy.entries(of: "patient").map(patient) + copy.entries(of: "coverage").map(coverage)
            + copy.entries(of: "appointment").map(appointment) + copy.entries(of: "message").map(communication)
            + copy.entries(of: "contact_consent").map(consent)
        var taken: Set<String> = []
        let others = incoming.enumerated().map { index, document in
            entry(of: document.resource, owner: document.owner, index, &taken)
        }
        return [
            "resourceType": "Bundle", "type": "collection", "timestamp": .string(copy.madeAt.iso8601),
            "entry": .array(own.map { ["resource": $0] } + others),
        ]
    }

    // MARK: What is ours

    /// A member that may be absent.
    private func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    private func text(_ text: String?) -> JSONValue? { text.flatMap { $0.isEmpty ? nil : .string($0) } }
    private func list(_ values: [JSONValue]) -> JSONValue? { values.isEmpty ? nil : .array(values) }
    private func time(_ moment: Instant?) -> JSONValue? { moment.map { .string($0.iso8601) } }
    private func identity(_ entry: ExportedEntry) -> JSONValue? { entry.id("id").map { .string(Crockford.encode($0)) } }

    /// The record's owner; a row under a conversation names the person as a whole.
    private func reference(_ entry: ExportedEntry) -> JSONValue {
        let id = entry.id("patient").map(Crockford.encode) ?? copy.set.primary.text
        return ["reference": .string("Patient/" + id)]
    }

    private func patient(_ entry: ExportedEntry) -> JSONValue {
        let id = entry.id("id")
        var name = JSONObject()
        name["use"] = "official"
        name["family"] = text(entry.text("family"))
        name["given"] = list(entry.texts("given").map { .string($0) })
        var names: [JSONValue] = name.count > 1 ? [.object(name)] : []
        if let preferred = entry.text("preferred_name") {
            names.append(["use": "nickname", "text": .string(preferred), "given": [.string(preferred)]])
        }
        let mine = { (other: ExportedEntry) in other.id("patient") == id }
        let telecom = copy.entries(of: "contact_point").filter(mine).enumerated().map { place, point in
            object([
                ("system", text(point.text("kind"))), ("value", text(point.text("value"))),
                ("use", text(point.text("use")).flatMap { ["mobile", "home", "work"].contains($0) ? $0 : nil }),
                ("rank", .int(Int64(place + 1))),
            ])
        }
        let address = object([
            ("use", "home"), ("line", list(entry.texts("address_lines").map { .string($0) })),
            ("city", text(entry.text("city"))), ("state", text(entry.text("state"))),
            ("postalCode", text(entry.text("postal_code"))),
        ])
        let links = copy.set.members.filter { $0.raw != id && copy.set.primary.raw == id }.map { other -> JSONValue in
            ["other": ["reference": .string("Patient/" + other.text)], "type": "seealso"]
        }
        let language: JSONValue = [
            "language": ["coding": [["system": "urn:ietf:bcp:47", "code": .string(entry.text("language") ?? "en")]]],
            "preferred": true,
        ]
        return object([
            ("resourceType", "Patient"), ("id", identity(entry)),
            ("identifier", list(copy.entries(of: "patient_identifier").filter(mine).map(identifier))),
            ("name", list(names)), ("telecom", list(telecom)), ("gender", text(entry.text("gender"))),
            ("birthDate", text(entry.text("birth_date"))), ("deceasedBoolean", .bool(entry.flag("deceased"))),
            ("address", (address.object?.count ?? 0) > 1 ? [address] : nil), ("communication", [language]),
            ("link", list(links)),
        ])
    }

    private func identifier(_ entry: ExportedEntry) -> JSONValue {
        let isRecordNumber = entry.text("system") == "mrn"
        let type: JSONValue = [
            "coding": [["system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"]]
        ]
        return object([
            ("use", "usual"), ("type", isRecordNumber ? type : nil),
            ("system", isRecordNumber ? nil : text(entry.text("system"))), ("value", text(entry.text("value"))),
        ])
    }

    private func coverage(_ entry: ExportedEntry) -> JSONValue {
        let plan = entry.text("plan").map { plan -> JSONValue in
            [
                "type": [
                    "coding": [
                        ["system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "plan"]
                    ]
                ], "value": .string(plan), "name": .string(plan),
            ]
        }
        return object([
            ("resourceType", "Coverage"), ("id", identity(entry)), ("status", "active"),
            ("subscriberId", text(entry.text("member_id"))), ("beneficiary", reference(entry)),
            ("period", object([("start", time(entry.moment("recorded_at")))])),
            ("payor", [["display": .string(entry.text("payer_name") ?? entry.text("payer") ?? "")]]),
            ("class", plan.map { [$0] }),
        ])
    }

    private func appointment(_ entry: ExportedEntry) -> JSONValue {
        let status = entry.text("status") ?? "booked"
        let answer: JSONValue = status == "pending" ? "needs-action" : "accepted"
        var participants: [JSONValue] = [["actor": reference(entry), "status": answer]]
        for name in ["practitioner", "location"] {
            guard let key = entry.text(name) else { continue }
            let shown = words.value("appointment", name, key)
            participants.append(["actor": ["display": .string(shown)], "status": answer])
        }
        var minutes: JSONValue?
        if case .number(let number)? = entry["minutes"] { minutes = .int(number) }
        return object([
            ("resourceType", "Appointment"), ("id", identity(entry)), ("status", .string(status)),
            (
                "cancelationReason",
                (entry.text("cancel_reason") ?? entry.text("missed_reason")).map { ["text": .string($0)] }
            ),
            (
                "appointmentType",
                entry.text("visit_type").map { ["text": .string(words.value("appointment", "visit_type", $0))] }
            ),
            ("start", time(entry.moment("start_at"))), ("end", time(entry.moment("end_at"))),
            ("minutesDuration", minutes), ("created", time(entry.moment("created_at"))),
            ("comment", text(entry.text("note"))), ("participant", .array(participants)),
        ])
    }

    /// Source: hl7.org/fhir/R4/valueset-event-status.html.
    private static let messageStates = [
        "queued": "preparation", "held": "on-hold", "uncertain": "unknown", "failed": "not-done",
        "withdrawn": "stopped",
    ]

    private func communication(_ entry: ExportedEntry) -> JSONValue {
        let isIncoming = entry.text("direction") == "in"
        let id = entry.id("id")
        var payload: [JSONValue] = []
        if let words = text(entry.text("text")) { payload.append(["contentString": words]) }
        for media in copy.entries(of: "message_media") where media.id("message") == id {
            guard let name = files.name(of: media) else { continue }
            payload.append([
                "contentAttachment": object([
                    ("contentType", text(media.text("media_type"))), ("url", .string(name)),
                ])
            ])
        }
        let person = reference(entry)
        return object([
            ("resourceType", "Communication"), ("id", identity(entry)),
            ("status", .string(Self.messageStates[entry.text("state") ?? ""] ?? "completed")),
            ("medium", [["text": "SMS"]]), ("subject", person),
            ("topic", entry.text("purpose").map { ["text": .string($0)] }),
            ("sent", isIncoming ? nil : time(entry.moment("at"))),
            ("received", isIncoming ? time(entry.moment("at")) : nil),
            ("recipient", isIncoming ? nil : [person]), ("sender", isIncoming ? person : nil),
            ("payload", list(payload)),
        ])
    }

    private func consent(_ entry: ExportedEntry) -> JSONValue {
        let isGiven = entry.text("state") == "given"
        let what = [entry.text("channel"), entry.text("purpose"), entry.text("scope")].compactMap { $0 }
            .joined(separator: " / ")
        return object([
            ("resourceType", "Consent"), ("id", identity(entry)), ("status", isGiven ? "active" : "inactive"),
            (
                "scope",
                [
                    "coding": [
                        ["system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"]
                    ]
                ]
            ),
            (
                "category",
                [
                    [
                        "coding": [["system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"]],
                        "text": .string(what),
                    ]
                ]
            ),
            ("patient", reference(entry)), ("dateTime", time(entry.moment("recorded_at"))),
            ("policyRule", ["text": .string(entry.text("basis") ?? "express")]),
            (
                "provision",
                object([
                    ("type", isGiven ? "permit" : "deny"),
                    ("period", entry.moment("expires_at").map { ["end": .string($0.iso8601)] }),
                ])
            ),
        ])
    }
}

// What came in
extension RecordFHIR {
    /// Where a resource says whose it is. The same order as the import reads them in.
    private static let ownerMembers = ["patient", "subject", "beneficiary", "for", "individual", "candidate"]

    private func entry(
        of resource: JSONValue, owner: String, _ index: Int, _ taken: inout Set<String>
    ) -> JSONValue {
        guard case .object(var object) = renamed(resource) else { return ["resource": resource] }
        let type = object["resourceType"]?.string ?? ""
        for member in Self.ownerMembers {
            guard case .object(var named)? = object[member], mayBeOwner(named) else { continue }
            named["reference"] = .string("Patient/" + owner)
            object[member] = .object(named)
            break
        }
        // Two senders may have used one id.
        let id = object["id"]?.string
        if id == nil || !taken.insert("\(type)/\(id ?? "")").inserted {
            object["id"] = .string("\(owner)-\(index)")
            return ["resource": .object(object)]
        }
        guard let id, isUUID(id) else { return ["resource": .object(object)] }
        return ["fullUrl": .string("urn:uuid:" + id), "resource": .object(object)]
    }

    private func mayBeOwner(_ reference: JSONObject) -> Bool {
        guard let text = reference["reference"]?.string else { return reference["identifier"] != nil }
        return text.hasPrefix("Patient/") || text.hasPrefix("Patient?") || text.contains("/Patient/")
            || text.hasPrefix("urn:")
    }

    /// The same with every reference to one of the source's Patients led to ours.
    private func renamed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(renamed))
        case .object(let object):
            var renamed = JSONObject()
            for member in object.members {
                if member.key == "reference", let text = member.value.string, let own = ours(text) {
                    renamed[member.key] = .string("Patient/" + own)
                } else {
                    renamed[member.key] = self.renamed(member.value)
                }
            }
            return .object(renamed)
        default: return value
        }
    }

    private func ours(_ reference: String) -> String? {
        let isPatient = reference.hasPrefix("urn:uuid:") || reference.split(separator: "/").dropLast().last == "Patient"
        guard isPatient, let id = reference.split(whereSeparator: { $0 == "/" || $0 == ":" }).last else { return nil }
        return sourceIDs[String(id)]
    }

    private func isUUID(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/) != nil
    }
}
