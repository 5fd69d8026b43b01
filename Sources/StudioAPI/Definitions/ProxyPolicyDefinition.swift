/// What a parent or guardian may do for a child, by the child's age. The law of the practice's state, as its counsel reads
/// it: without one published, `builtIn` holds.
package struct ProxyPolicyDefinition: Definition {
    package static let kind = DefinitionKind.proxyPolicy

    /// How far a proxy may go.
    package enum Access: String, Codable, Sendable, CaseIterable, Comparable {
        /// Nothing.
        case none
        /// Visits and messages, and nothing of the clinical record.
        case limited
        /// All that the patient could do themselves, but for care that is confidential.
        case full

        package static func < (left: Access, right: Access) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .none ? 0 : self == .limited ? 1 : 2 }
    }

    /// From a birthday on.
    package struct Stage: Codable, Sendable, Equatable {
        package var age: Int
        package var access: Access

        private enum CodingKeys: String, CodingKey, CaseIterable { case age, access }

        package init(age: Int, access: Access) {
            self.age = age
            self.access = access
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            age = try fields.required(.age)
            access = try fields.required(.access)
        }
    }

    package var key: String
    package var names: LocalizedText
    /// The birthday on which a parent's right ends.
    package var majority: Int
    /// In the order of age; the first begins at birth.
    package var stages: [Stage]
    /// The birthday from which a minor's confidential care is closed to parents, whatever the stage.
    package var confidentialFrom: Int

    private enum CodingKeys: String, CodingKey, CaseIterable { case key, names, majority, stages, confidentialFrom }

    package init(key: String, names: LocalizedText, majority: Int, stages: [Stage], confidentialFrom: Int) {
        self.key = key
        self.names = names
        self.majority = majority
        self.stages = stages
        self.confidentialFrom = confidentialFrom
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        majority = try fields.required(.majority)
        stages = try fields.required(.stages)
        confidentialFrom = try fields.required(.confidentialFrom)
    }

    /// What holds until a practice publishes its own: full access until twelve, limited until eighteen.
    package static let builtIn = ProxyPolicyDefinition(
        key: "proxies", names: LocalizedText("Proxies", spanish: "Representantes"), majority: 18,
        stages: [Stage(age: 0, access: .full), Stage(age: 12, access: .limited)], confidentialFrom: 12)

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require((14...25).contains(majority), "majority", "It is from 14 to 25 years, not \(majority).")
        findings.require(
            (0...majority).contains(confidentialFrom), "confidentialFrom", "It is no later than the majority.")
        findings.require(
            (1...10).contains(stages.count), "stages", "There are 1 to 10 stages, not \(stages.count).")
        findings.require(stages.first?.age == 0, "stages[0].age", "The first stage begins at birth: 0.")
        for (index, stage) in stages.enumerated() where index > 0 {
            findings.require(
                stage.age > stages[index - 1].age && stage.age < majority, "stages[\(index)].age",
                "Stages stand in the order of age and begin before the majority.")
        }
        return findings.problems
    }
}
