package import JSON

/// An Encounter (FHIR R4).
package struct FHIREncounter: Sendable {
    package enum Status: String, Sendable {
        case planned, arrived, triaged, inProgress = "in-progress", onLeave = "onleave", finished, cancelled
        case enteredInError = "entered-in-error", unknown
    }

    package struct Participant: Sendable, Hashable {
        package let types: [FHIRConcept]
        package let individual: FHIRReference?
        package let period: FHIRPeriod?
    }

    package let id: String?
    package let identifiers: [FHIRIdentifier]
    package let status: Status
    /// `AMB`, `EMER`, `IMP`, `VR`, … of v3 ActCode.
    package let encounterClass: FHIRCoding
    package let types: [FHIRConcept]
    package let subject: FHIRReference?
    package let participants: [Participant]
    package let appointments: [FHIRReference]
    package let period: FHIRPeriod?
    package let reasons: [FHIRConcept]
    package let locations: [FHIRReference]
    package let serviceProvider: FHIRReference?

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Encounter")
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        status = try root.requiredCode("status")
        encounterClass = try root.requiredOne("class", FHIRCoding.init)
        types = try root.list("type", FHIRConcept.init)
        subject = try root.one("subject", FHIRReference.init)
        participants = try root.list("participant", Participant.init)
        appointments = try root.list("appointment", FHIRReference.init)
        period = try root.one("period", FHIRPeriod.init)
        reasons = try root.list("reasonCode", FHIRConcept.init)
        locations = try root.list("location") { (element) throws(FHIRElementError) in
            try element.requiredOne("location", FHIRReference.init)
        }
        serviceProvider = try root.one("serviceProvider", FHIRReference.init)
    }
}

extension FHIREncounter.Participant {
    init(_ element: FHIRElement) throws(FHIRElementError) {
        types = try element.list("type", FHIRConcept.init)
        individual = try element.one("individual", FHIRReference.init)
        period = try element.one("period", FHIRPeriod.init)
    }
}

/// A Condition (FHIR R4).
package struct FHIRCondition: Sendable {
    package let id: String?
    /// `active`, `recurrence`, `relapse`, `inactive`, `remission`, `resolved`.
    package let clinicalStatus: FHIRConcept?
    /// `confirmed`, `provisional`, `refuted`, `entered-in-error`, …
    package let verificationStatus: FHIRConcept?
    package let categories: [FHIRConcept]
    package let code: FHIRConcept?
    package let subject: FHIRReference
    package let encounter: FHIRReference?
    /// The date, or the start of the period; ages and texts are not dates.
    package let onset: FHIRDateTime?
    /// The date, or the start of the period in which it ended.
    package let abatement: FHIRDateTime?
    package let recordedDate: FHIRDateTime?

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Condition")
        id = try root.string("id")
        clinicalStatus = try root.one("clinicalStatus", FHIRConcept.init)
        verificationStatus = try root.one("verificationStatus", FHIRConcept.init)
        categories = try root.list("category", FHIRConcept.init)
        code = try root.one("code", FHIRConcept.init)
        subject = try root.requiredOne("subject", FHIRReference.init)
        encounter = try root.one("encounter", FHIRReference.init)
        onset = try root.dateTimeOrStart("onset")
        abatement = try root.dateTimeOrStart("abatement")
        recordedDate = try root.dateTime("recordedDate")
    }
}

/// An Appointment (FHIR R4).
package struct FHIRAppointment: Sendable {
    package enum Status: String, Sendable {
        case proposed, pending, booked, arrived, fulfilled, cancelled, noshow
        case enteredInError = "entered-in-error", checkedIn = "checked-in", waitlist
    }

    package struct Participant: Sendable, Hashable {
        package enum Status: String, Sendable {
            case accepted, declined, tentative, needsAction = "needs-action"
        }

        package let types: [FHIRConcept]
        package let actor: FHIRReference?
        package let status: Status
    }

    package let id: String?
    package let identifiers: [FHIRIdentifier]
    package let status: Status
    package let cancelationReason: FHIRConcept?
    package let serviceCategories: [FHIRConcept]
    package let serviceTypes: [FHIRConcept]
    package let specialties: [FHIRConcept]
    package let appointmentType: FHIRConcept?
    package let reasons: [FHIRConcept]
    package let description: String?
    package let comment: String?
    package let patientInstruction: String?
    /// A point in time, as `end`; a proposed appointment may have neither.
    package let start: FHIRDateTime?
    package let end: FHIRDateTime?
    package let minutesDuration: Int?
    package let created: FHIRDateTime?
    package let participants: [Participant]

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Appointment")
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        status = try root.requiredCode("status")
        cancelationReason = try root.one("cancelationReason", FHIRConcept.init)
        serviceCategories = try root.list("serviceCategory", FHIRConcept.init)
        serviceTypes = try root.list("serviceType", FHIRConcept.init)
        specialties = try root.list("specialty", FHIRConcept.init)
        appointmentType = try root.one("appointmentType", FHIRConcept.init)
        reasons = try root.list("reasonCode", FHIRConcept.init)
        description = try root.string("description")
        comment = try root.string("comment")
        patientInstruction = try root.string("patientInstruction")
        start = try root.instant("start")
        end = try root.instant("end")
        minutesDuration = try root.integer("minutesDuration")
        created = try root.dateTime("created")
        participants = try root.list("participant", Participant.init)
        guard !participants.isEmpty else { throw root.error("participant", .missing) }
    }
}

extension FHIRAppointment.Participant {
    init(_ element: FHIRElement) throws(FHIRElementError) {
        types = try element.list("type", FHIRConcept.init)
        actor = try element.one("actor", FHIRReference.init)
        status = try element.requiredCode("status")
    }
}
