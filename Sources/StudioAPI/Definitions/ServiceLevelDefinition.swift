/// How soon something must be looked at: FHIR Task.priority.
package enum NeedPriority: String, Codable, Sendable, CaseIterable, Hashable {
    case routine, urgent, asap, stat
}

/// The clocks that a need runs by.
package struct ServiceLevelDefinition: Definition {
    package static let kind = DefinitionKind.serviceLevel

    /// When the clocks run.
    package enum RunningTime: String, Codable, Sendable, CaseIterable {
        case aroundTheClock = "24x7"
        /// Only while `location` is open.
        case openingHours = "opening-hours"
    }

    /// Minutes of running time from the opening of the need.
    package struct Target: Codable, Sendable, Equatable {
        package var firstResponseMinutes: Int
        package var resolutionMinutes: Int

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case firstResponseMinutes, resolutionMinutes
        }

        package init(firstResponseMinutes: Int, resolutionMinutes: Int) {
            self.firstResponseMinutes = firstResponseMinutes
            self.resolutionMinutes = resolutionMinutes
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            firstResponseMinutes = try fields.required(.firstResponseMinutes)
            resolutionMinutes = try fields.required(.resolutionMinutes)
        }
    }

    package var key: String
    package var names: LocalizedText
    package var running: RunningTime
    /// Key; there exactly when the clocks run in opening hours.
    package var location: String?
    /// One for each priority.
    package var targets: [NeedPriority: Target]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, running, location, targets
    }

    package init(
        key: String, names: LocalizedText, running: RunningTime, location: String? = nil,
        targets: [NeedPriority: Target]
    ) {
        self.key = key
        self.names = names
        self.running = running
        self.location = location
        self.targets = targets
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        running = try fields.required(.running)
        location = try fields.optional(.location)
        targets = try decoder.container(keyedBy: CodingKeys.self)
            .nestedContainer(keyedBy: AnyName.self, forKey: .targets).map(by: NeedPriority.self, Target.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(names, forKey: .names)
        try container.encode(running, forKey: .running)
        try container.encodeIfPresent(location, forKey: .location)
        var nested = container.nestedContainer(keyedBy: AnyName.self, forKey: .targets)
        try nested.encode(map: targets)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(
            (location != nil) == (running == .openingHours), "location",
            running == .openingHours
                ? "Say by whose opening hours the clocks run." : "Clocks that run day and night need no location.")
        for priority in NeedPriority.allCases {
            let path = "targets.\(priority.rawValue)"
            guard let target = targets[priority] else {
                findings.error(path, "The priority \(priority.rawValue) has no target.")
                continue
            }
            findings.require(
                (1...525_600).contains(target.firstResponseMinutes), "\(path).firstResponseMinutes",
                "It is 1 minute to a year of minutes, not \(target.firstResponseMinutes).")
            findings.require(
                (1...525_600).contains(target.resolutionMinutes), "\(path).resolutionMinutes",
                "It is 1 minute to a year of minutes, not \(target.resolutionMinutes).")
            findings.require(
                target.firstResponseMinutes <= target.resolutionMinutes, "\(path).resolutionMinutes",
                "A need cannot be due for closing before its first answer is due.")
        }
        for (lower, higher) in zip(NeedPriority.allCases, NeedPriority.allCases.dropFirst()) {
            guard let slow = targets[lower], let fast = targets[higher] else { continue }
            findings.require(
                fast.firstResponseMinutes <= slow.firstResponseMinutes, "targets.\(higher.rawValue)",
                "\(higher.rawValue) may wait longer for its first answer than \(lower.rawValue).")
        }
        return findings.problems
    }
}
