/// The clocks that referrals, orders and results run by, and when one may be given up. Without one published, `builtIn`
/// holds.
package struct ReferralPolicyDefinition: Definition {
    package static let kind = DefinitionKind.referralPolicy

    /// Minutes of running time. What is left out of a service line's own target is that of the practice.
    package struct Target: Codable, Sendable, Equatable {
        /// From its coming in to the first attempt to reach the patient.
        package var firstContactMinutes: Int?
        /// From its coming in (or coming back) to a visit that is booked.
        package var scheduleMinutes: Int?
        /// From its coming in to the visit itself.
        package var seenMinutes: Int?
        /// From the visit to the report that closes the loop.
        package var closeLoopMinutes: Int?
        /// From a report's or result's coming in to somebody's having looked at it.
        package var acknowledgeMinutes: Int?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case firstContactMinutes, scheduleMinutes, seenMinutes, closeLoopMinutes, acknowledgeMinutes
        }

        package init(
            firstContactMinutes: Int? = nil, scheduleMinutes: Int? = nil, seenMinutes: Int? = nil,
            closeLoopMinutes: Int? = nil, acknowledgeMinutes: Int? = nil
        ) {
            self.firstContactMinutes = firstContactMinutes
            self.scheduleMinutes = scheduleMinutes
            self.seenMinutes = seenMinutes
            self.closeLoopMinutes = closeLoopMinutes
            self.acknowledgeMinutes = acknowledgeMinutes
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            firstContactMinutes = try fields.optional(.firstContactMinutes)
            scheduleMinutes = try fields.optional(.scheduleMinutes)
            seenMinutes = try fields.optional(.seenMinutes)
            closeLoopMinutes = try fields.optional(.closeLoopMinutes)
            acknowledgeMinutes = try fields.optional(.acknowledgeMinutes)
        }

        /// With the other's minutes where this has none.
        package func filled(from other: Target?) -> Target {
            Target(
                firstContactMinutes: firstContactMinutes ?? other?.firstContactMinutes,
                scheduleMinutes: scheduleMinutes ?? other?.scheduleMinutes,
                seenMinutes: seenMinutes ?? other?.seenMinutes,
                closeLoopMinutes: closeLoopMinutes ?? other?.closeLoopMinutes,
                acknowledgeMinutes: acknowledgeMinutes ?? other?.acknowledgeMinutes)
        }

        fileprivate var named: [(name: String, minutes: Int?)] {
            [
                ("firstContactMinutes", firstContactMinutes), ("scheduleMinutes", scheduleMinutes),
                ("seenMinutes", seenMinutes), ("closeLoopMinutes", closeLoopMinutes),
                ("acknowledgeMinutes", acknowledgeMinutes),
            ]
        }
    }

    /// What another service line does otherwise.
    package struct LineTargets: Codable, Sendable, Equatable {
        /// Key.
        package var serviceLine: String
        package var targets: [NeedPriority: Target]

        private enum CodingKeys: String, CodingKey, CaseIterable { case serviceLine, targets }

        package init(serviceLine: String, targets: [NeedPriority: Target]) {
            self.serviceLine = serviceLine
            self.targets = targets
        }

        package init(from decoder: any Decoder) throws {
            serviceLine = try StrictFields<CodingKeys>(decoder).required(.serviceLine)
            targets = try decoder.container(keyedBy: CodingKeys.self)
                .nestedContainer(keyedBy: AnyName.self, forKey: .targets).map(by: NeedPriority.self, Target.self)
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(serviceLine, forKey: .serviceLine)
            var nested = container.nestedContainer(keyedBy: AnyName.self, forKey: .targets)
            try nested.encode(map: targets)
        }
    }

    package var key: String
    package var names: LocalizedText
    package var running: ServiceLevelDefinition.RunningTime
    /// Key; there exactly when the clocks run in opening hours.
    package var location: String?
    /// One for each priority, with all its minutes.
    package var targets: [NeedPriority: Target]
    package var serviceLines: [LineTargets]
    /// So many attempts to reach the patient, before one may be closed as unreachable.
    package var attempts: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, running, location, targets, serviceLines, attempts
    }

    package init(
        key: String, names: LocalizedText, running: ServiceLevelDefinition.RunningTime, location: String? = nil,
        targets: [NeedPriority: Target], serviceLines: [LineTargets] = [], attempts: Int
    ) {
        self.key = key
        self.names = names
        self.running = running
        self.location = location
        self.targets = targets
        self.serviceLines = serviceLines
        self.attempts = attempts
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        running = try fields.required(.running)
        location = try fields.optional(.location)
        targets = try decoder.container(keyedBy: CodingKeys.self)
            .nestedContainer(keyedBy: AnyName.self, forKey: .targets).map(by: NeedPriority.self, Target.self)
        serviceLines = try fields.list(.serviceLines)
        attempts = try fields.required(.attempts)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(names, forKey: .names)
        try container.encode(running, forKey: .running)
        try container.encodeIfPresent(location, forKey: .location)
        var nested = container.nestedContainer(keyedBy: AnyName.self, forKey: .targets)
        try nested.encode(map: targets)
        try container.encode(serviceLines, forKey: .serviceLines)
        try container.encode(attempts, forKey: .attempts)
    }

    /// The minutes of one priority in one service line.
    package func target(_ priority: NeedPriority, serviceLine: String?) -> Target {
        let own = serviceLines.first { $0.serviceLine == serviceLine }?.targets[priority] ?? Target()
        return own.filled(from: targets[priority])
    }
}

extension ReferralPolicyDefinition {
    private static let day = 1_440

    /// What holds until a practice publishes its own: by the calendar, day and night.
    package static let builtIn = ReferralPolicyDefinition(
        key: "referrals", names: LocalizedText("Referrals", spanish: "Remisiones"), running: .aroundTheClock,
        targets: [
            .routine: target(contact: 2, schedule: 14, seen: 42, close: 14, acknowledge: 5),
            .urgent: target(contact: 1, schedule: 3, seen: 14, close: 7, acknowledge: 2),
            .asap: target(contact: 1, schedule: 2, seen: 7, close: 5, acknowledge: 1),
            .stat: target(contact: 1, schedule: 1, seen: 2, close: 2, acknowledge: 1),
        ], attempts: 3)

    private static func target(contact: Int, schedule: Int, seen: Int, close: Int, acknowledge: Int) -> Target {
        Target(
            firstContactMinutes: contact * day, scheduleMinutes: schedule * day, seenMinutes: seen * day,
            closeLoopMinutes: close * day, acknowledgeMinutes: acknowledge * day)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(
            (location != nil) == (running == .openingHours), "location",
            running == .openingHours
                ? "Say by whose opening hours the clocks run." : "Clocks that run day and night need no location.")
        findings.require((1...20).contains(attempts), "attempts", "It is 1 to 20 attempts, not \(attempts).")
        for priority in NeedPriority.allCases {
            let path = "targets.\(priority.rawValue)"
            guard let target = targets[priority] else {
                findings.error(path, "The priority \(priority.rawValue) has no target.")
                continue
            }
            for (name, minutes) in target.named where minutes == nil {
                findings.error("\(path).\(name)", "The practice's own target has all its minutes.")
            }
            check(target, path, &findings)
        }
        findings.requireDistinct(serviceLines.map(\.serviceLine), "serviceLines")
        for (index, line) in serviceLines.enumerated() {
            for priority in NeedPriority.allCases {
                guard line.targets[priority] != nil else { continue }
                check(
                    target(priority, serviceLine: line.serviceLine),
                    "serviceLines[\(index)].targets.\(priority.rawValue)", &findings)
            }
        }
        return findings.problems
    }

    private func check(_ target: Target, _ path: String, _ findings: inout Findings) {
        for (name, minutes) in target.named {
            guard let minutes else { continue }
            findings.require(
                (1...1_051_200).contains(minutes), "\(path).\(name)",
                "It is 1 minute to two years of minutes, not \(minutes).")
        }
        let order = [target.firstContactMinutes, target.scheduleMinutes, target.seenMinutes].compactMap { $0 }
        findings.require(
            zip(order, order.dropFirst()).allSatisfy { $0 <= $1 }, path,
            "The first contact comes before the booking, and the booking before the visit.")
    }
}
