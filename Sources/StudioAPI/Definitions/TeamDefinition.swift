/// FHIR CareTeam: a working group that owns needs.
package struct TeamDefinition: Definition {
    package static let kind = DefinitionKind.team

    package var key: String
    package var names: LocalizedText
    /// Keys of the roles whose users belong to it.
    package var roles: [String]
    /// Keys of the places whose needs it takes. Empty: every place.
    package var locations: [String]
    /// Key of the service level of its needs.
    package var serviceLevel: String
    /// Whether a need that nothing else routes goes here. True for exactly one team of a blueprint.
    package var takesNewNeeds: Bool
    /// What makes the conversations of its needs more sensitive than others.
    package var labels: [String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, roles, locations, serviceLevel, takesNewNeeds, labels
    }

    package init(
        key: String, names: LocalizedText, roles: [String], locations: [String] = [], serviceLevel: String,
        takesNewNeeds: Bool = false, labels: [String] = []
    ) {
        self.key = key
        self.names = names
        self.roles = roles
        self.locations = locations
        self.serviceLevel = serviceLevel
        self.takesNewNeeds = takesNewNeeds
        self.labels = labels
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        roles = try fields.required(.roles)
        locations = try fields.list(.locations)
        serviceLevel = try fields.required(.serviceLevel)
        takesNewNeeds = try fields.optional(.takesNewNeeds, default: false)
        labels = try fields.list(.labels)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(!roles.isEmpty, "roles", "A team without a role has no members.")
        findings.requireDistinct(roles, "roles")
        findings.requireDistinct(locations, "locations")
        findings.check(labels: labels)
        return findings.problems
    }
}
