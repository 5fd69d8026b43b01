/// FHIR HealthcareService: what is offered; it groups visit types and figures.
package struct ServiceLineDefinition: Definition {
    package static let kind = DefinitionKind.serviceLine

    package var key: String
    package var names: LocalizedText

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names
    }

    package init(key: String, names: LocalizedText) {
        self.key = key
        self.names = names
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names")
        return findings.problems
    }
}
