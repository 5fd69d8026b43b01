import Kernel
package import StudioAPI
package import TimeZones
package import Vault

/// What the checker of blueprints says of a practice in which one definition is another, or is gone.
package struct SetupCheck: Sendable {
    /// What is said of the definition itself: errors, then warnings.
    package let own: [DefinitionProblem]
    /// What is said of others and was not said before.
    package let elsewhere: [DefinitionProblem]

    package var errors: [DefinitionProblem] { (own + elsewhere).filter { $0.severity == .error } }

    package init(
        _ definition: AnyDefinition, among published: [AnyDefinition], zones: Set<String>, permissions: Set<Permission>,
        on today: CivilDate? = nil
    ) {
        // In its place: some findings name others in their order.
        let place = published.firstIndex { $0.kind == definition.kind && $0.key == definition.key }
        var changed = published
        if let place { changed[place] = definition } else { changed.append(definition) }
        self.init(
            of: definition, published, changed, zones: zones, permissions: permissions, on: today)
    }

    /// Of a practice without a definition: `own` is empty.
    package init(
        without definition: AnyDefinition, among published: [AnyDefinition], zones: Set<String>,
        permissions: Set<Permission>, on today: CivilDate? = nil
    ) {
        self.init(
            of: definition, published, published.filter { $0.kind != definition.kind || $0.key != definition.key },
            zones: zones, permissions: permissions, on: today)
    }

    private init(
        of definition: AnyDefinition, _ published: [AnyDefinition], _ changed: [AnyDefinition], zones: Set<String>,
        permissions: Set<Permission>, on today: CivilDate?
    ) {
        let after = Blueprint(changed).problems(zones: zones, permissions: permissions, on: today)
        let known = Set(
            Blueprint(published).problems(zones: zones, permissions: permissions, on: today).map(\.description))
        let isOwn = { (problem: DefinitionProblem) in
            problem.kind == definition.kind && problem.key == definition.key
        }
        own = Self.sorted(after.filter(isOwn))
        elsewhere = Self.sorted(after.filter { !isOwn($0) && !known.contains($0.description) })
    }

    static func sorted(_ problems: [DefinitionProblem]) -> [DefinitionProblem] {
        problems.filter { $0.severity == .error } + problems.filter { $0.severity == .warning }
    }
}

extension Configuration {
    /// Everything that the checker says of what is published: errors, then warnings.
    package func findings(
        zones: Set<String>, permissions: Set<Permission>, on today: CivilDate?
    ) -> [DefinitionProblem] {
        SetupCheck.sorted(Blueprint(published).problems(zones: zones, permissions: permissions, on: today))
    }

    /// Everything that is published.
    var published: [AnyDefinition] {
        var all: [AnyDefinition] = []
        if let organization { all.append(.organization(organization.value)) }
        if let consentPolicy { all.append(.consentPolicy(consentPolicy.value)) }
        if let proxyPolicy { all.append(.proxyPolicy(proxyPolicy.value)) }
        if let referralPolicy { all.append(.referralPolicy(referralPolicy.value)) }
        if let waitlistPolicy { all.append(.waitlistPolicy(waitlistPolicy.value)) }
        if let delayPolicy { all.append(.delayPolicy(delayPolicy.value)) }
        if let retention { all.append(.retention(retention.value)) }
        all += locations.values.map { .location($0.value) }
        all += serviceLines.values.map { .serviceLine($0.value) }
        all += practitioners.values.map { .practitioner($0.value) }
        all += resources.values.map { .resource($0.value) }
        all += visitTypes.values.map { .visitType($0.value) }
        all += reminderPlans.values.map { .reminderPlan($0.value) }
        all += roles.values.map { .role($0.value) }
        all += messageTemplates.values.map { .messageTemplate($0.value) }
        all += serviceLevels.values.map { .serviceLevel($0.value) }
        all += teams.values.map { .team($0.value) }
        return all.sorted { ($0.kind.rawValue, $0.key) < ($1.kind.rawValue, $1.key) }
    }

    /// The published definition of a kind that has forms, and its version.
    func found(_ kind: SetupKind, _ key: String) -> (definition: AnyDefinition, version: Int)? {
        switch kind {
        case .visitTypes: visitTypes[key].map { (.visitType($0.value), $0.version) }
        case .practitioners: practitioners[key].map { (.practitioner($0.value), $0.version) }
        case .resources: resources[key].map { (.resource($0.value), $0.version) }
        case .locations: locations[key].map { (.location($0.value), $0.version) }
        case .waitlist: waitlistPolicy.map { (.waitlistPolicy($0.value), $0.version) }
        case .referrals: referralPolicy.map { (.referralPolicy($0.value), $0.version) }
        }
    }

    /// Everything of a kind, by the name that people sort it by.
    func all(_ kind: SetupKind) -> [(definition: AnyDefinition, version: Int)] {
        let keys: [String] =
            switch kind {
            case .visitTypes: sortedVisitTypes(.english).map(\.key)
            case .practitioners: sortedPractitioners.map(\.key)
            case .resources:
                resources.values.sorted { ($0.type.rawValue, $0.key) < ($1.type.rawValue, $1.key) }.map(\.key)
            case .locations: sortedLocations.map(\.key)
            case .waitlist: [waitlistPolicy?.key ?? ""]
            case .referrals: [referralPolicy?.key ?? ""]
            }
        return keys.compactMap { found(kind, $0) }
    }
}
