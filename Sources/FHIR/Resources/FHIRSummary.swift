package import JSON

/// The few elements of a resource of any type by which it is listed, filtered and found; the rest may stay sealed.
package struct FHIRSummary: Sendable, Hashable {
    package let type: String
    package let id: String?
    package let status: String?
    /// First code of `category`: `vital-signs`, `laboratory`, …
    package let category: String?
    /// What it is: test, drug, diagnosis, kind of visit or document.
    package let code: FHIRCoding?
    /// What it is in words, also where there is no code. May be free text of the sender.
    package let text: String?
    /// The resource that says what it is, where a reference stands for the code: a Medication, a Device.
    package let codeReference: FHIRReference?
    /// When it happened or applied from; else when it was written.
    package let date: FHIRDateTime?
    /// Who it is about, if that is a patient or may be one.
    package let patient: FHIRReference?
    package let encounter: FHIRReference?

    /// Microseconds since 1970 UTC; of a partial date its first moment in UTC.
    package var dateMicros: Int64? { date?.sortMicros }
}

extension FHIRSummary {
    /// Throws where an element that counts is not of its type. What a type of resource does not have is `nil`.
    package init(of resource: JSONValue) throws(FHIRElementError) {
        guard let object = resource.object, let type = object["resourceType"]?.string else {
            throw FHIRElementError(path: "resourceType", problem: .missing)
        }
        let root = FHIRElement(object, path: .root(type))
        let concept = try Self.concept(root, type)
        self.type = type
        id = try root.string("id")
        // some have a CodeableConcept as status; those are listed without
        status = object["status"]?.string
        category = try Self.firstConcept(root, "category")?.primary?.code
        code = concept?.primary
        codeReference = try Self.codeReference(root)
        text = concept?.display ?? codeReference?.display
        date = try Self.date(root)
        patient = try Self.patient(root)
        encounter = try Self.encounter(root)
    }
}

// What it is
extension FHIRSummary {
    /// Members that say what a resource is, the better first. Where a type is not named: `code`, then `type`.
    private static let conceptMembers: [String: [String]] = [
        "Appointment": ["serviceType", "appointmentType", "serviceCategory", "reasonCode"],
        "CarePlan": ["category"],
        "CareTeam": ["category", "reasonCode"],
        "Communication": ["topic", "category", "reasonCode"],
        "CommunicationRequest": ["category", "reasonCode"],
        "Consent": ["category", "scope"],
        "DeviceRequest": ["codeCodeableConcept"],
        "Encounter": ["type", "class"],
        "FamilyMemberHistory": ["relationship"],
        "Goal": ["description"],
        "HealthcareService": ["type", "category"],
        "ImagingStudy": ["procedureCode", "modality"],
        "Immunization": ["vaccineCode"],
        "MedicationAdministration": ["medicationCodeableConcept"],
        "MedicationDispense": ["medicationCodeableConcept"],
        "MedicationRequest": ["medicationCodeableConcept"],
        "MedicationStatement": ["medicationCodeableConcept"],
        "PractitionerRole": ["code", "specialty"],
        "Provenance": ["activity"],
        "RelatedPerson": ["relationship"],
        "RiskAssessment": ["code", "method"],
        "Schedule": ["serviceType", "specialty", "serviceCategory"],
        "Slot": ["serviceType", "appointmentType", "serviceCategory"],
        "SupplyDelivery": ["type"],
        "SupplyRequest": ["itemCodeableConcept", "category"],
    ]

    private static let defaultConceptMembers = ["code", "type"]

    private static func codeReference(_ root: FHIRElement) throws(FHIRElementError) -> FHIRReference? {
        for member in ["medicationReference", "codeReference", "itemReference"] {
            if let reference = try reference(root, member) { return reference }
        }
        return nil
    }

    private static func concept(_ root: FHIRElement, _ type: String) throws(FHIRElementError) -> FHIRConcept? {
        if type == "SupplyDelivery",
            let item = try root.element("suppliedItem")?.one("itemCodeableConcept", FHIRConcept.init)
        {
            return item
        }
        var inWords: FHIRConcept?
        for member in conceptMembers[type] ?? defaultConceptMembers {
            guard let concept = try firstConcept(root, member) else { continue }
            if concept.primary?.code != nil { return concept }
            inWords = inWords ?? concept
        }
        return inWords
    }

    /// A CodeableConcept, a Coding, or the most telling of a list of them. US Core puts the general `assess-plan` in
    /// front of what a care plan really is.
    private static func firstConcept(_ root: FHIRElement, _ member: String) throws(FHIRElementError) -> FHIRConcept? {
        guard let value = root.object[member] else { return nil }
        if value.object != nil { return try root.one(member, concept(from:)) }
        if value.array?.first?.object == nil { return nil }
        let all = try root.list(member, concept(from:))
        return all.first { $0.primary?.code != nil && !$0.hasCode("assess-plan") } ?? all.first
    }

    private static func concept(from element: FHIRElement) throws(FHIRElementError) -> FHIRConcept {
        if element.object["code"] == nil { return try FHIRConcept(element) }
        return FHIRConcept(coding: try FHIRCoding(element))
    }
}

// When
extension FHIRSummary {
    /// When it happened or applies from, before when it was written. Dates of birth are not here: they stay sealed.
    private static let dateMembers = [
        "effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming",
        "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming",
        "occurredDateTime", "occurredPeriod", "onsetDateTime", "onsetPeriod", "identifiedDateTime", "identifiedPeriod",
        "timingDateTime", "timingPeriod", "servicedDate", "servicedPeriod", "createdDateTime", "createdPeriod",
        "started", "period", "billablePeriod", "servicePeriod", "planningHorizon", "start", "startDate", "sent",
        "received",
        "whenHandedOver", "whenPrepared", "executionPeriod", "dateTime", "date", "dateWritten", "authoredOn",
        "authored",
        "recordedDate", "recordedOn", "recorded", "receivedTime", "issued", "created", "statusDate", "dateAsserted",
    ]

    private static func date(_ root: FHIRElement) throws(FHIRElementError) -> FHIRDateTime? {
        if let collected = root.object["collection"]?.object {
            let collection = FHIRElement(collected, path: .member(root.path, "collection"))
            if let date = try date(of: "collectedDateTime", in: collection) { return date }
            if let date = try date(of: "collectedPeriod", in: collection) { return date }
        }
        for member in dateMembers {
            if let date = try date(of: member, in: root) { return date }
        }
        return nil
    }

    /// A date, the start or else the end of a Period, the first event of a Timing.
    private static func date(of member: String, in root: FHIRElement) throws(FHIRElementError) -> FHIRDateTime? {
        switch root.object[member] {
        case .string: return try root.dateTime(member)
        case .object:
            guard let element = try root.element(member) else { return nil }
            if let event = try element.strings("event").first {
                guard let date = FHIRDateTime(parsing: event) else {
                    throw element.error("event", .invalid("a date, or a date and time with its offset"))
                }
                return date
            }
            let bounds = try element.element("repeat")?.one("boundsPeriod", FHIRPeriod.init)
            let period = try FHIRPeriod(element)
            return bounds?.start ?? bounds?.end ?? period.start ?? period.end
        default: return nil
        }
    }
}

// Whose
extension FHIRSummary {
    private static let patientMembers = ["patient", "subject", "beneficiary", "for", "individual", "candidate"]

    private static func patient(_ root: FHIRElement) throws(FHIRElementError) -> FHIRReference? {
        for member in patientMembers {
            guard let reference = try reference(root, member), mayBePatient(reference) else { continue }
            return reference
        }
        guard root.object["resourceType"]?.string == "Appointment" else { return nil }
        for participant in try root.elements("participant") {
            if let actor = try reference(participant, "actor"), actor.type == "Patient" { return actor }
        }
        return nil
    }

    private static func mayBePatient(_ reference: FHIRReference) -> Bool {
        reference.type == "Patient"
            || (reference.type == nil && (reference.target != nil || reference.identifier != nil))
    }

    private static func encounter(_ root: FHIRElement) throws(FHIRElementError) -> FHIRReference? {
        if let encounter = try reference(root, "encounter") { return encounter }
        if let context = root.object["context"]?.object {
            if context["encounter"] != nil {
                return try reference(FHIRElement(context, path: .member(root.path, "context")), "encounter")
            }
            if let encounter = try reference(root, "context"), encounter.type == nil || encounter.type == "Encounter" {
                return encounter.target == nil && encounter.identifier == nil ? nil : encounter
            }
        }
        guard let item = root.object["item"]?.array?.first?.object else { return nil }
        return try reference(FHIRElement(item, path: .index(.member(root.path, "item"), 0)), "encounter")
    }

    /// A Reference, or the first of a list of them. Members of that name that are no objects are something else.
    private static func reference(_ root: FHIRElement, _ member: String) throws(FHIRElementError) -> FHIRReference? {
        switch root.object[member] {
        case .object: return try root.one(member, FHIRReference.init)
        case .array: return try root.elements(member).first.map(FHIRReference.init)
        default: return nil
        }
    }
}
