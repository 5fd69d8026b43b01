/// How long data are kept, and what happens then.
package struct RetentionDefinition: Definition {
    package static let kind = DefinitionKind.retention

    /// Which data a rule is about.
    package enum DataKind: String, Codable, Sendable, CaseIterable {
        /// Everything of a person, from the last visit or word of theirs.
        case patientRecords = "patient-records"
        /// What people wrote whom nobody knows yet, from the last message.
        case unknownConversations = "unknown-conversations"
        /// The audit trail: it is never deleted by a schedule.
        case auditRecords = "audit-records"
    }

    /// What happens to what has been kept long enough.
    package enum Action: String, Codable, Sendable, CaseIterable {
        /// It is disposed of, with a certificate.
        case dispose
        /// It is put on a list, and a person decides.
        case review
        /// It is told, and nothing happens.
        case report
    }

    package struct Rule: Codable, Sendable, Equatable {
        package var data: DataKind
        package var afterYears: Int?
        package var afterDays: Int?
        /// For those who were minors: this many years after they came of age, when that is later.
        package var afterMajorityYears: Int?
        package var action: Action

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case data, afterYears, afterDays, afterMajorityYears, action
        }

        package init(
            data: DataKind, afterYears: Int? = nil, afterDays: Int? = nil, afterMajorityYears: Int? = nil,
            action: Action
        ) {
            self.data = data
            self.afterYears = afterYears
            self.afterDays = afterDays
            self.afterMajorityYears = afterMajorityYears
            self.action = action
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            data = try fields.required(.data)
            afterYears = try fields.optional(.afterYears)
            afterDays = try fields.optional(.afterDays)
            afterMajorityYears = try fields.optional(.afterMajorityYears)
            action = try fields.required(.action)
        }
    }

    package var key: String
    package var names: LocalizedText
    /// The age at which people come of age where the practice is. Absent: 18.
    package var majorityAge: Int?
    /// At most one for each kind of data; what has none is kept.
    package var rules: [Rule]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, majorityAge, rules
    }

    package init(key: String, names: LocalizedText, majorityAge: Int? = nil, rules: [Rule]) {
        self.key = key
        self.names = names
        self.majorityAge = majorityAge
        self.rules = rules
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        majorityAge = try fields.optional(.majorityAge)
        rules = try fields.required(.rules)
    }

    package func rule(for data: DataKind) -> Rule? { rules.first { $0.data == data } }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(!rules.isEmpty, "rules", "A retention schedule without a rule says nothing.")
        findings.requireDistinct(rules.map(\.data.rawValue), "rules")
        findings.require((16...25).contains(majorityAge ?? 18), "majorityAge", "Give 16 to 25 years.")
        for (index, rule) in rules.enumerated() { check(rule, "rules[\(index)]", &findings) }
        return findings.problems
    }

    private func check(_ rule: Rule, _ path: String, _ findings: inout Findings) {
        func absent(_ value: Int?, _ name: String) {
            findings.require(value == nil, "\(path).\(name)", "\(rule.data.rawValue) have no \(name).")
        }
        switch rule.data {
        case .patientRecords:
            absent(rule.afterDays, "afterDays")
            findings.require(
                (1...100).contains(rule.afterYears ?? 0), "\(path).afterYears", "Give 1 to 100 years.")
            findings.require(
                (0...30).contains(rule.afterMajorityYears ?? 0), "\(path).afterMajorityYears", "Give 0 to 30 years.")
            findings.require(
                rule.action != .report, "\(path).action", "Patient records are disposed of or reviewed.")
        case .unknownConversations:
            absent(rule.afterYears, "afterYears")
            absent(rule.afterMajorityYears, "afterMajorityYears")
            findings.require(
                (1...3650).contains(rule.afterDays ?? 0), "\(path).afterDays", "Give 1 to 3650 days.")
            findings.require(
                rule.action != .report, "\(path).action", "Conversations are disposed of or reviewed.")
        case .auditRecords:
            absent(rule.afterDays, "afterDays")
            absent(rule.afterMajorityYears, "afterMajorityYears")
            // 45 CFR 164.316(b)(2)(i).
            findings.require(
                (6...100).contains(rule.afterYears ?? 0), "\(path).afterYears",
                "The law asks for six years at least: give 6 to 100.")
            findings.require(
                rule.action == .report, "\(path).action", "The audit trail is never deleted by a schedule: report.")
        }
    }
}
