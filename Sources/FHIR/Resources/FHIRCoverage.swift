package import JSON

/// A Coverage (FHIR R4), as a resource of its own or read out of a bill.
package struct FHIRCoverage: Sendable {
    package enum Status: String, Sendable {
        case active, cancelled, draft, enteredInError = "entered-in-error"
    }

    /// Group, plan and the like.
    package struct Class: Sendable, Hashable {
        package let type: FHIRConcept
        package let value: String
        package let name: String?
    }

    package let id: String?
    package let identifiers: [FHIRIdentifier]
    /// `nil` only where a bill names the payer and nothing else.
    package let status: Status?
    package let type: FHIRConcept?
    package let subscriberID: String?
    package let subscriber: FHIRReference?
    /// The patient.
    package let beneficiary: FHIRReference
    package let dependent: String?
    /// Of the patient to the subscriber: `self`, `spouse`, `child`, …
    package let relationship: FHIRConcept?
    package let period: FHIRPeriod?
    package let payors: [FHIRReference]
    package let classes: [Class]
    /// Rank among the coverages of the patient, from 1.
    package let order: Int?
    /// Name of the payer as the text says it, where it does.
    package let payerName: String?
    /// When a bill was made under it; `nil` for a coverage that stands by itself.
    package let usedDuring: FHIRPeriod?

    /// Whether this says that the patient pays: Synthea writes a coverage named `NO_INSURANCE`.
    package var isNone: Bool { payerName?.uppercased() == "NO_INSURANCE" }
}

extension FHIRCoverage {
    package init(_ resource: JSONValue) throws(FHIRElementError) {
        try self.init(FHIRElement(resource: resource, type: "Coverage"), usedDuring: nil)
    }

    private init(_ root: FHIRElement, usedDuring: FHIRPeriod?) throws(FHIRElementError) {
        id = try root.string("id")
        identifiers = try root.list("identifier", FHIRIdentifier.init)
        status = try root.requiredCode("status")
        type = try root.one("type", FHIRConcept.init)
        subscriberID = try root.string("subscriberId")
        subscriber = try root.one("subscriber", FHIRReference.init)
        beneficiary = try root.requiredOne("beneficiary", FHIRReference.init)
        dependent = try root.string("dependent")
        relationship = try root.one("relationship", FHIRConcept.init)
        period = try root.one("period", FHIRPeriod.init)
        payors = try root.list("payor", FHIRReference.init)
        guard !payors.isEmpty else { throw root.error("payor", .missing) }
        classes = try root.list("class") { (element) throws(FHIRElementError) in
            Class(
                type: try element.requiredOne("type", FHIRConcept.init),
                value: try element.requiredString("value"), name: try element.string("name"))
        }
        order = try root.integer("order")
        payerName = payors.lazy.compactMap(\.display).first ?? type?.text
        self.usedDuring = usedDuring
    }

    /// A coverage of which only the payer's name is known.
    private init(payerName: String, beneficiary: FHIRReference, usedDuring: FHIRPeriod?) {
        (id, identifiers, status, type) = (nil, [], nil, nil)
        (subscriberID, subscriber, dependent, relationship) = (nil, nil, nil, nil)
        (period, payors, classes, order) = (nil, [], [], nil)
        self.payerName = payerName
        self.beneficiary = beneficiary
        self.usedDuring = usedDuring
    }
}

extension FHIRCoverage {
    /// The coverages that an ExplanationOfBenefit or a Claim was made under, for senders that have no Coverage of their
    /// own: contained ones that `insurance` points to (`#id`), else the name that `insurance.coverage` shows. Coverages
    /// that live elsewhere are not repeated here.
    package static func used(by bill: JSONValue) throws(FHIRElementError) -> [FHIRCoverage] {
        let isClaim = bill["resourceType"]?.string == "Claim"
        let root = try FHIRElement(resource: bill, type: isClaim ? "Claim" : "ExplanationOfBenefit")
        let usedDuring = try root.one("billablePeriod", FHIRPeriod.init)
        let patient = try root.requiredOne("patient", FHIRReference.init)
        let contained = try root.elements("contained").filter { $0.object["resourceType"]?.string == "Coverage" }
        var found: [FHIRCoverage] = []
        for insurance in try root.elements("insurance") {
            guard let reference = try insurance.one("coverage", FHIRReference.init) else {
                throw insurance.error("coverage", .missing)
            }
            switch reference.target {
            case .contained(let id):
                guard let coverage = contained.first(where: { $0.object["id"]?.string == id }) else {
                    throw insurance.error("coverage", .invalid("the id of a contained Coverage"))
                }
                found.append(try FHIRCoverage(coverage, usedDuring: usedDuring))
            case nil:
                if let name = reference.display {
                    found.append(FHIRCoverage(payerName: name, beneficiary: patient, usedDuring: usedDuring))
                }
            default: break
            }
        }
        return found
    }
}
