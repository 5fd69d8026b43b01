import FHIR
import JSON
import Testing

@Suite("FHIR coverage") struct FHIRCoverageTests {
    @Test("a coverage of its own") func own() throws {
        let coverage = try FHIRCoverage(
            resource(
                #"""
                {"resourceType":"Coverage","id":"c","status":"active","type":{"coding":[{"code":"EHCPOL"}]},
                "subscriberId":"S1",
                "beneficiary":{"reference":"Patient/4"},"relationship":{"coding":[{"code":"self"}]},
                "period":{"end":"2012-03-17"},
                "payor":[{"reference":"Organization/2"},{"display":"Acme"}],"order":1,
                "class":[{"type":{"coding":[{"code":"group"}]},"value":"CB135","name":"Corporate"}]}
                """#))
        #expect(coverage.status == .active)
        #expect(coverage.subscriberID == "S1")
        #expect(coverage.payerName == "Acme")
        #expect(coverage.classes.first?.value == "CB135")
        #expect(coverage.period?.end?.localDay == "2012-03-17")
        #expect(!coverage.isNone)
        #expect(coverage.usedDuring == nil)
    }

    private func bill(_ type: String, insurance: String, contained: String = "") -> String {
        """
        {"resourceType":"\(type)","patient":{"reference":"urn:uuid:1"},"billablePeriod":{"start":"2020-01-01",
        "end":"2020-01-02"},
        "contained":[\(contained)],"insurance":[\(insurance)]}
        """
    }

    private let contained = #"""
        {"resourceType":"ServiceRequest","id":"referral"},
        {"resourceType":"Coverage","id":"coverage","status":"active","type":{"text":"NO_INSURANCE"},
        "beneficiary":{"reference":"urn:uuid:1"},"payor":[{"display":"NO_INSURANCE"}]}
        """#

    @Test("the coverage that a bill contains is found, and having none is recognised") func fromBill() throws {
        let text = bill(
            "ExplanationOfBenefit", insurance: ##"{"coverage":{"reference":"#coverage"}}"##, contained: contained)
        let found = try FHIRCoverage.used(by: resource(text))
        #expect(found.count == 1)
        #expect(found.first?.isNone == true)
        #expect(found.first?.status == .active)
        #expect(found.first?.beneficiary.target == .uuid("1"))
        #expect(found.first?.usedDuring?.start?.text == "2020-01-01")
    }

    @Test("a bill that only names the payer gives a coverage of that name") func nameOnly() throws {
        let found = try FHIRCoverage.used(
            by: resource(bill("Claim", insurance: #"{"coverage":{"display":"Medicare"}}"#)))
        #expect(found.map(\.payerName) == ["Medicare"])
        #expect(found.first?.status == nil)
        #expect(found.first?.isNone == false)
    }

    @Test("a coverage that lives elsewhere is not repeated; one that is missing is an error") func elsewhere() throws {
        #expect(
            try FHIRCoverage.used(by: resource(bill("Claim", insurance: #"{"coverage":{"reference":"Coverage/1"}}"#)))
                .isEmpty)
        #expect(throws: FHIRElementError.self) {
            try FHIRCoverage.used(by: resource(bill("Claim", insurance: ##"{"coverage":{"reference":"#no"}}"##)))
        }
        #expect(throws: FHIRElementError.self) { try FHIRCoverage.used(by: resource(bill("Claim", insurance: "{}"))) }
        #expect(throws: FHIRElementError.self) { try FHIRCoverage.used(by: resource(#"{"resourceType":"Patient"}"#)) }
    }
}
