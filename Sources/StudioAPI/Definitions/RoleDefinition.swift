package import Vault

/// Which places' patients a role reaches.
package enum LocationScope: String, Codable, Sendable, CaseIterable {
    case everywhere
    /// Those that each user is assigned to.
    case assigned
}

/// A set of permissions that a user or an API key is given by name.
package struct RoleDefinition: Definition {
    package static let kind = DefinitionKind.role

    package var key: String
    package var names: LocalizedText
    /// Permission keys: `patient.read`.
    package var permissions: [String]
    package var locationScope: LocationScope

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, permissions, locationScope
    }

    package init(key: String, names: LocalizedText, permissions: [String], locationScope: LocationScope) {
        self.key = key
        self.names = names
        self.permissions = permissions
        self.locationScope = locationScope
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        permissions = try fields.required(.permissions)
        locationScope = try fields.required(.locationScope)
    }

    package var grants: Set<Permission> { Set(permissions.map { Permission($0) }) }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(!permissions.isEmpty, "permissions", "A role without a permission can do nothing.")
        findings.requireDistinct(permissions, "permissions")
        for (index, permission) in permissions.enumerated() {
            let parts = permission.split(separator: ".", omittingEmptySubsequences: false)
            findings.require(
                parts.count == 2 && parts.allSatisfy { isKey(String($0)) }, "permissions[\(index)]",
                "“\(permission)” is no permission; they are a noun and a verb, such as patient.read.")
        }
        return findings.problems
    }
}
