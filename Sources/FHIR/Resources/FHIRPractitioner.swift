package import JSON

/// A Practitioner (FHIR R4).
package struct FHIRPractitioner: Sendable {
    package let id: String?
    package let identifiers: [FHIRIdentifier]
    package let isActive: Bool?
    package let names: [FHIRHumanName]
    package let telecoms: [FHIRContactPoint]
    package let addresses: [FHIRAddress]
    package let gender: FHIRGender?
    /// What each qualification is.
    package let qualifications: [FHIRConcept]

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Practitioner")
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        isActive = try root.bool("active")
        names = try root.list("name", FHIRHumanName.init)
        telecoms = try root.list("telecom", FHIRContactPoint.init)
        addresses = try root.list("address", FHIRAddress.init)
        gender = try root.code("gender")
        qualifications = try root.list("qualification") { (element) throws(FHIRElementError) in
            try element.requiredOne("code", FHIRConcept.init)
        }
    }

    /// The US National Provider Identifier.
    package var npi: String? {
        identifiers.first { $0.system == "http://hl7.org/fhir/sid/us-npi" && $0.value != nil }?.value
            ?? identifiers.first { $0.type?.hasCode("NPI") == true && $0.value != nil }?.value
    }
}

/// A PractitionerRole (FHIR R4): who works where as what.
package struct FHIRPractitionerRole: Sendable {
    package let id: String?
    package let isActive: Bool?
    package let practitioner: FHIRReference?
    package let organization: FHIRReference?
    package let codes: [FHIRConcept]
    package let specialties: [FHIRConcept]
    package let locations: [FHIRReference]
    package let telecoms: [FHIRContactPoint]

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "PractitionerRole")
        id = try root.string("id")
        isActive = try root.bool("active")
        practitioner = try root.one("practitioner", FHIRReference.init)
        organization = try root.one("organization", FHIRReference.init)
        codes = try root.list("code", FHIRConcept.init)
        specialties = try root.list("specialty", FHIRConcept.init)
        locations = try root.list("location", FHIRReference.init)
        telecoms = try root.list("telecom", FHIRContactPoint.init)
    }
}

/// An Organization (FHIR R4).
package struct FHIROrganization: Sendable {
    package let id: String?
    package let identifiers: [FHIRIdentifier]
    package let isActive: Bool?
    package let types: [FHIRConcept]
    package let name: String?
    package let telecoms: [FHIRContactPoint]
    package let addresses: [FHIRAddress]
    package let partOf: FHIRReference?

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Organization")
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        isActive = try root.bool("active")
        types = try root.list("type", FHIRConcept.init)
        name = try root.string("name")
        telecoms = try root.list("telecom", FHIRContactPoint.init)
        addresses = try root.list("address", FHIRAddress.init)
        partOf = try root.one("partOf", FHIRReference.init)
    }
}

/// A Location (FHIR R4).
package struct FHIRLocation: Sendable {
    package enum Status: String, Sendable {
        case active, suspended, inactive
    }

    package let id: String?
    package let identifiers: [FHIRIdentifier]
    package let status: Status?
    package let name: String?
    package let telecoms: [FHIRContactPoint]
    package let address: FHIRAddress?
    package let position: FHIRPosition?
    package let managingOrganization: FHIRReference?
    package let partOf: FHIRReference?

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Location")
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        status = try root.code("status")
        name = try root.string("name")
        telecoms = try root.list("telecom", FHIRContactPoint.init)
        address = try root.one("address", FHIRAddress.init)
        position = try root.one("position") { (element) throws(FHIRElementError) in
            FHIRPosition(
                latitude: try element.required("latitude", element.decimal("latitude")),
                longitude: try element.required("longitude", element.decimal("longitude")))
        }
        managingOrganization = try root.one("managingOrganization", FHIRReference.init)
        partOf = try root.one("partOf", FHIRReference.init)
    }
}
