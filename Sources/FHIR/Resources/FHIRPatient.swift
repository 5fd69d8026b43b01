package import JSON

/// A Patient (FHIR R4, with the US Core extensions that we keep).
package struct FHIRPatient: Sendable {
    /// `deceased[x]`.
    package enum Deceased: Sendable, Hashable {
        case no
        case yes
        case at(FHIRDateTime)
    }

    /// US Core race or ethnicity.
    package struct Category: Sendable, Hashable {
        /// Codings of the OMB categories.
        package let ombCategories: [FHIRCoding]
        package let detailed: [FHIRCoding]
        package let text: String?
    }

    package struct Communication: Sendable, Hashable {
        /// Its codes are BCP 47 tags: `en-US`, `es`.
        package let language: FHIRConcept
        package let isPreferred: Bool
    }

    /// `multipleBirth[x]`.
    package enum MultipleBirth: Sendable, Hashable {
        case no
        case yes
        case order(Int)
    }

    package let id: String?
    package let identifiers: [FHIRIdentifier]
    package let isActive: Bool?
    package let names: [FHIRHumanName]
    package let telecoms: [FHIRContactPoint]
    package let gender: FHIRGender?
    /// A date, maybe partial.
    package let birthDate: FHIRDateTime?
    /// `nil` where nothing is said.
    package let deceased: Deceased?
    package let addresses: [FHIRAddress]
    package let maritalStatus: FHIRConcept?
    package let multipleBirth: MultipleBirth?
    package let communications: [Communication]
    package let generalPractitioners: [FHIRReference]
    package let managingOrganization: FHIRReference?
    package let race: Category?
    package let ethnicity: Category?
    /// US Core `birthsex`: `M`, `F`, `UNK`, `OTH`, `ASKU`.
    package let birthSex: String?
    package let mothersMaidenName: String?
}

extension FHIRPatient {
    private static let usCore = "http://hl7.org/fhir/us/core/StructureDefinition/"

    package init(_ resource: JSONValue) throws(FHIRElementError) {
        let root = try FHIRElement(resource: resource, type: "Patient")
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        isActive = try root.bool("active")
        names = try root.list("name", FHIRHumanName.init)
        telecoms = try root.list("telecom", FHIRContactPoint.init)
        gender = try root.code("gender")
        birthDate = try root.date("birthDate")
        deceased = try Self.deceased(root)
        addresses = try root.list("address", FHIRAddress.init)
        maritalStatus = try root.one("maritalStatus", FHIRConcept.init)
        multipleBirth = try Self.multipleBirth(root)
        communications = try root.list("communication", Communication.init)
        generalPractitioners = try root.list("generalPractitioner", FHIRReference.init)
        managingOrganization = try root.one("managingOrganization", FHIRReference.init)
        race = try root.extensionElement(Self.usCore + "us-core-race").map(Category.init)
        ethnicity = try root.extensionElement(Self.usCore + "us-core-ethnicity").map(Category.init)
        birthSex = try root.extensionElement(Self.usCore + "us-core-birthsex")?.string("valueCode")
        mothersMaidenName = try root.extensionElement(
            "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName")?.string("valueString")
    }

    private static func deceased(_ root: FHIRElement) throws(FHIRElementError) -> Deceased? {
        if let date = try root.dateTime("deceasedDateTime") { return .at(date) }
        return try root.bool("deceasedBoolean").map { $0 ? .yes : .no }
    }

    private static func multipleBirth(_ root: FHIRElement) throws(FHIRElementError) -> MultipleBirth? {
        if let order = try root.integer("multipleBirthInteger") { return .order(order) }
        return try root.bool("multipleBirthBoolean").map { $0 ? .yes : .no }
    }

    package var isDeceased: Bool {
        switch deceased {
        case .yes, .at: true
        case .no, nil: false
        }
    }

    /// Identifiers whose type has that code of HL7 table 0203: `MR` medical record, `SS` social security, `DL` driver's
    /// licence, `PPN` passport.
    package func identifiers(ofType code: String) -> [FHIRIdentifier] {
        identifiers.filter { $0.type?.hasCode(code) == true }
    }

    /// The medical record number: of several the one in use.
    package var medicalRecordNumber: FHIRIdentifier? {
        let all = identifiers(ofType: "MR").filter { $0.value != nil }
        return all.first { $0.use == .usual } ?? all.first { $0.use != .old } ?? all.first
    }

    /// By type, or by the system of US social security numbers.
    package var socialSecurityNumber: FHIRIdentifier? {
        identifiers(ofType: "SS").first { $0.value != nil }
            ?? identifiers.first { $0.system == "http://hl7.org/fhir/sid/us-ssn" && $0.value != nil }
    }

    /// The name to file the patient under: official, else usual, else the first that is neither old nor maiden.
    package var officialName: FHIRHumanName? {
        names.first { $0.use == .official } ?? names.first { $0.use == .usual }
            ?? names.first { $0.use != .old && $0.use != .maiden } ?? names.first
    }

    /// What the patient wants to be called, where it is told apart: a nickname, or a usual beside an official name.
    package var preferredName: FHIRHumanName? {
        names.first { $0.use == .nickname }
            ?? (names.contains { $0.use == .official } ? names.first { $0.use == .usual } : nil)
    }

    /// BCP 47 tag of the preferred language, or of the only one.
    package var preferredLanguage: String? {
        let chosen = communications.first(where: \.isPreferred) ?? (communications.count == 1 ? communications[0] : nil)
        return chosen?.language.primary?.code
    }
}

extension FHIRPatient.Category {
    init(_ element: FHIRElement) throws(FHIRElementError) {
        var omb: [FHIRCoding] = []
        var detailed: [FHIRCoding] = []
        var text: String?
        for part in try element.elements("extension") {
            switch part.object["url"]?.string {
            case "ombCategory": if let coding = try part.one("valueCoding", FHIRCoding.init) { omb.append(coding) }
            case "detailed": if let coding = try part.one("valueCoding", FHIRCoding.init) { detailed.append(coding) }
            case "text": text = try part.string("valueString")
            default: break
            }
        }
        (ombCategories, self.detailed, self.text) = (omb, detailed, text)
    }
}

extension FHIRPatient.Communication {
    init(_ element: FHIRElement) throws(FHIRElementError) {
        language = try element.requiredOne("language", FHIRConcept.init)
        isPreferred = try element.bool("preferred") ?? false
    }
}
