/// FHIR HealthcareService: what is offered; it groups visit types and figures.
package struct ServiceLineDefinition: Definition {
    package static let kind = DefinitionKind.serviceLine

    package var key: String
    package var names: LocalizedText
    /// What makes its visits more sensitive than others: `behavioural-health`.
    package var labels: [String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, labels
    }

    package init(key: String, names: LocalizedText, labels: [String] = []) {
        self.key = key
        self.names = names
        self.labels = labels
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        labels = try fields.list(.labels)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names")
        findings.check(labels: labels)
        return findings.problems
    }
}
