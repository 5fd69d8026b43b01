package import Kernel
package import Vault

/// Which places' patients a role reaches.
package enum LocationScope: String, Codable, Sendable, CaseIterable {
    case everywhere
    /// Those that each user is assigned to.
    case assigned
}

/// Whether a role reaches only patients in whose care its people have a part.
package enum CareRelationship: String, Codable, Sendable, CaseIterable {
    case required
    case none
}

/// What a role's people look at records for. Absent: operations.
package enum RolePurpose: String, Codable, Sendable, CaseIterable {
    case treatment, payment, operations

    package var purpose: Purpose {
        switch self {
        case .treatment: .treatment
        case .payment: .payment
        case .operations: .operations
        }
    }
}

/// A set of permissions that a user or an API key is given by name.
package struct RoleDefinition: Definition {
    package static let kind = DefinitionKind.role

    package var key: String
    package var names: LocalizedText
    /// Permission keys: `patient.read`.
    package var permissions: [String]
    package var locationScope: LocationScope
    /// Whether its people must sign in with a second step. Absent: they may.
    package var requiresSecondStep: Bool?
    /// Minutes without work after which its people are signed out. Absent: 15.
    package var idleMinutes: Int?
    /// Hours after which its people sign in again, whatever happens in between. Absent: 12.
    package var sessionHours: Int?
    /// Absent: none is asked for.
    package var relationship: CareRelationship?
    /// What records are looked at for; rights that may be used for some purposes only ask for one of them.
    package var purposes: [RolePurpose]?
    /// One of `purposes`: what an act is written down for that may be done for any. Absent: operations, when it is among
    /// them, or else the first.
    package var usually: RolePurpose?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, permissions, locationScope, requiresSecondStep, idleMinutes, sessionHours
        case relationship, purposes, usually
    }

    package init(
        key: String, names: LocalizedText, permissions: [String], locationScope: LocationScope,
        requiresSecondStep: Bool? = nil, idleMinutes: Int? = nil, sessionHours: Int? = nil,
        relationship: CareRelationship? = nil, purposes: [RolePurpose]? = nil, usually: RolePurpose? = nil
    ) {
        self.key = key
        self.names = names
        self.permissions = permissions
        self.locationScope = locationScope
        self.requiresSecondStep = requiresSecondStep
        self.idleMinutes = idleMinutes
        self.sessionHours = sessionHours
        self.relationship = relationship
        self.purposes = purposes
        self.usually = usually
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        permissions = try fields.required(.permissions)
        locationScope = try fields.required(.locationScope)
        requiresSecondStep = try fields.optional(.requiresSecondStep)
        idleMinutes = try fields.optional(.idleMinutes)
        sessionHours = try fields.optional(.sessionHours)
        relationship = try fields.optional(.relationship)
        purposes = try fields.optional(.purposes)
        usually = try fields.optional(.usually)
    }

    package var grants: Set<Permission> { Set(permissions.map { Permission($0) }) }
    package var looksFor: Set<Purpose> { Set((purposes ?? [.operations]).map(\.purpose)) }
    package var usualPurpose: Purpose { usually?.purpose ?? Self.usualPurpose(of: looksFor) }

    /// What stands for these purposes where no role says what is usual.
    package static func usualPurpose(of purposes: Set<Purpose>) -> Purpose {
        if purposes.isEmpty || purposes.contains(.operations) { return .operations }
        return Purpose.allCases.first(where: purposes.contains) ?? .operations
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(!permissions.isEmpty, "permissions", "A role without a permission can do nothing.")
        findings.requireDistinct(permissions, "permissions")
        if let purposes {
            findings.require(!purposes.isEmpty, "purposes", "Name one, or leave it out.")
            findings.requireDistinct(purposes, "purposes")
        }
        if let usually {
            findings.require(looksFor.contains(usually.purpose), "usually", "Name one of purposes, or leave it out.")
        }
        findings.require((1...480).contains(idleMinutes ?? 15), "idleMinutes", "Give 1 to 480 minutes.")
        findings.require((1...72).contains(sessionHours ?? 12), "sessionHours", "Give 1 to 72 hours.")
        for (index, permission) in permissions.enumerated() {
            let parts = permission.split(separator: ".", omittingEmptySubsequences: false)
            findings.require(
                parts.count == 2 && parts.allSatisfy { isKey(String($0)) }, "permissions[\(index)]",
                "“\(permission)” is no permission; they are a noun and a verb, such as patient.read.")
        }
        return findings.problems
    }
}
