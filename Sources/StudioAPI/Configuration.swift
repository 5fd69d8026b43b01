package import Kernel
package import Store

/// A published definition and its number: running things keep the version they began with.
@dynamicMemberLookup
package struct Published<Value: Definition>: Sendable, Equatable {
    /// 1 and up, per kind and key.
    package let version: Int
    package let value: Value

    package init(version: Int, value: Value) {
        self.version = version
        self.value = value
    }

    package subscript<Field>(dynamicMember path: KeyPath<Value, Field>) -> Field { value[keyPath: path] }
}

/// What is published for a tenant at one moment: an immutable value, looked up by key.
///
/// A lookup that finds nothing is for the caller to judge: a row may name a definition that was retired since. Words
/// for such a row are asked of `known`.
package struct Configuration: Sendable, Equatable {
    /// Grows with each publication of the tenant: equal numbers mean equal configurations. 0: nothing is published.
    package let revision: Int
    package private(set) var organization: Published<OrganizationDefinition>?
    package private(set) var consentPolicy: Published<ConsentPolicyDefinition>?
    package private(set) var proxyPolicy: Published<ProxyPolicyDefinition>?
    package private(set) var referralPolicy: Published<ReferralPolicyDefinition>?
    package private(set) var waitlistPolicy: Published<WaitlistPolicyDefinition>?
    package private(set) var delayPolicy: Published<DelayPolicyDefinition>?
    /// How long data are kept. Nil: nothing is disposed of by a schedule.
    package private(set) var retention: Published<RetentionDefinition>?
    package private(set) var locations: [String: Published<LocationDefinition>] = [:]
    package private(set) var serviceLines: [String: Published<ServiceLineDefinition>] = [:]
    package private(set) var practitioners: [String: Published<PractitionerDefinition>] = [:]
    package private(set) var resources: [String: Published<ResourceDefinition>] = [:]
    package private(set) var visitTypes: [String: Published<VisitTypeDefinition>] = [:]
    package private(set) var reminderPlans: [String: Published<ReminderPlanDefinition>] = [:]
    package private(set) var roles: [String: Published<RoleDefinition>] = [:]
    package private(set) var messageTemplates: [String: Published<MessageTemplateDefinition>] = [:]
    package private(set) var serviceLevels: [String: Published<ServiceLevelDefinition>] = [:]
    package private(set) var teams: [String: Published<TeamDefinition>] = [:]
    /// What was published once and was retired.
    package let retired: RetiredDefinitions

    package init(
        revision: Int, _ definitions: [(version: Int, definition: AnyDefinition)],
        retired: [(version: Int, definition: AnyDefinition)] = []
    ) {
        self.revision = revision
        self.retired = RetiredDefinitions(retired)
        for (version, definition) in definitions {
            let key = definition.key
            switch definition {
            case .organization(let value): organization = Published(version: version, value: value)
            case .consentPolicy(let value): consentPolicy = Published(version: version, value: value)
            case .location(let value): locations[key] = Published(version: version, value: value)
            case .serviceLine(let value): serviceLines[key] = Published(version: version, value: value)
            case .practitioner(let value): practitioners[key] = Published(version: version, value: value)
            case .visitType(let value): visitTypes[key] = Published(version: version, value: value)
            case .reminderPlan(let value): reminderPlans[key] = Published(version: version, value: value)
            case .role(let value): roles[key] = Published(version: version, value: value)
            case .messageTemplate(let value): messageTemplates[key] = Published(version: version, value: value)
            case .serviceLevel(let value): serviceLevels[key] = Published(version: version, value: value)
            case .proxyPolicy(let value): proxyPolicy = Published(version: version, value: value)
            case .referralPolicy(let value): referralPolicy = Published(version: version, value: value)
            case .waitlistPolicy(let value): waitlistPolicy = Published(version: version, value: value)
            case .delayPolicy(let value): delayPolicy = Published(version: version, value: value)
            case .retention(let value): retention = Published(version: version, value: value)
            case .resource(let value): resources[key] = Published(version: version, value: value)
            case .team(let value): teams[key] = Published(version: version, value: value)
            }
        }
    }

    /// The one template that the system uses by itself; for `reply`, the first by key.
    package func template(
        for use: TemplateUse, on channel: MessageChannel = .sms
    )
        -> Published<MessageTemplateDefinition>?
    {
        messageTemplates.values.filter { $0.use == use && $0.channel == channel }.min { $0.key < $1.key }
    }

    /// Templates that an agent may choose from, by key.
    package func replyTemplates(on channel: MessageChannel = .sms) -> [Published<MessageTemplateDefinition>] {
        messageTemplates.values.filter { $0.use == .reply && $0.channel == channel }.sorted { $0.key < $1.key }
    }

    /// The team that a need goes to when nothing else routes it.
    package var intakeTeam: Published<TeamDefinition>? {
        teams.values.filter(\.takesNewNeeds).min { $0.key < $1.key }
    }

    /// Locations in the order people list them: by name.
    package var sortedLocations: [Published<LocationDefinition>] {
        locations.values.sorted { ($0.name, $0.key) < ($1.name, $1.key) }
    }

    /// Practitioners by family name, then given name.
    package var sortedPractitioners: [Published<PractitionerDefinition>] {
        practitioners.values.sorted {
            ($0.value.name.family, $0.value.name.given, $0.key) < ($1.value.name.family, $1.value.name.given, $1.key)
        }
    }

    /// Visit types by their name in a language.
    package func sortedVisitTypes(_ language: Language) -> [Published<VisitTypeDefinition>] {
        visitTypes.values.sorted { ($0.names[language], $0.key) < ($1.names[language], $1.key) }
    }

    /// When patients are reminded of a visit of this type: its own plan, else the practice's standard. `nil`: neither is
    /// published, and what is built in holds.
    package func reminderPlan(for visitType: String) -> Published<ReminderPlanDefinition>? {
        visitTypes[visitType]?.value.reminderPlan.flatMap { reminderPlans[$0] }
            ?? reminderPlans[ReminderPlanDefinition.standardKey]
    }

    /// Which practitioners may do a visit type, by key.
    package func practitioners(for visit: VisitTypeDefinition) -> [Published<PractitionerDefinition>] {
        practitioners.values.filter { $0.value.mayDo(visit) }.sorted { $0.key < $1.key }
    }
}

/// How the other areas read configuration. Implemented by Studio.
package protocol DefinitionReading: Sendable {
    /// What is published now. From memory, so it may be asked inside a transaction; a publication on this node shows at
    /// once, one on another node within a second.
    func configuration(of tenant: ID<Tenant>) throws -> Configuration
    /// A definition as it was in one of its versions, also when it was replaced or retired since. `nil`: there never
    /// was such a version.
    func definition(
        _ kind: DefinitionKind, _ key: String, version: Int, in transaction: any Transaction
    ) throws -> AnyDefinition?
    /// Returns when everything that was published before the call, on whatever node, is what `configuration` gives.
    func refresh(of tenant: ID<Tenant>) async throws
}

extension DefinitionReading {
    /// For readers whose definitions never change.
    package func refresh(of tenant: ID<Tenant>) async throws {}
}
