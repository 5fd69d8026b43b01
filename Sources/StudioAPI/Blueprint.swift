/// A whole configuration: all definitions of a folder, before they are numbered and stored.
package struct Blueprint: Sendable, Equatable {
    package var organizations: [OrganizationDefinition] = []
    package var locations: [LocationDefinition] = []
    package var serviceLines: [ServiceLineDefinition] = []
    package var practitioners: [PractitionerDefinition] = []
    package var visitTypes: [VisitTypeDefinition] = []
    package var reminderPlans: [ReminderPlanDefinition] = []
    package var roles: [RoleDefinition] = []
    package var messageTemplates: [MessageTemplateDefinition] = []
    package var consentPolicies: [ConsentPolicyDefinition] = []
    package var serviceLevels: [ServiceLevelDefinition] = []
    package var teams: [TeamDefinition] = []
    package var proxyPolicies: [ProxyPolicyDefinition] = []
    package var waitlistPolicies: [WaitlistPolicyDefinition] = []
    package var retentions: [RetentionDefinition] = []
    package var resources: [ResourceDefinition] = []
    package var referralPolicies: [ReferralPolicyDefinition] = []
    package var delayPolicies: [DelayPolicyDefinition] = []

    package init(_ definitions: [AnyDefinition] = []) {
        for definition in definitions { add(definition) }
    }

    package mutating func add(_ definition: AnyDefinition) {
        switch definition {
        case .organization(let value): organizations.append(value)
        case .location(let value): locations.append(value)
        case .serviceLine(let value): serviceLines.append(value)
        case .practitioner(let value): practitioners.append(value)
        case .visitType(let value): visitTypes.append(value)
        case .reminderPlan(let value): reminderPlans.append(value)
        case .role(let value): roles.append(value)
        case .messageTemplate(let value): messageTemplates.append(value)
        case .consentPolicy(let value): consentPolicies.append(value)
        case .serviceLevel(let value): serviceLevels.append(value)
        case .team(let value): teams.append(value)
        case .proxyPolicy(let value): proxyPolicies.append(value)
        case .waitlistPolicy(let value): waitlistPolicies.append(value)
        case .retention(let value): retentions.append(value)
        case .resource(let value): resources.append(value)
        case .referralPolicy(let value): referralPolicies.append(value)
        case .delayPolicy(let value): delayPolicies.append(value)
        }
    }

    /// Every definition, kind by kind.
    package var definitions: [AnyDefinition] {
        var all: [AnyDefinition] = organizations.map(AnyDefinition.organization)
        all += locations.map(AnyDefinition.location)
        all += serviceLines.map(AnyDefinition.serviceLine)
        all += practitioners.map(AnyDefinition.practitioner)
        all += visitTypes.map(AnyDefinition.visitType)
        all += reminderPlans.map(AnyDefinition.reminderPlan)
        all += roles.map(AnyDefinition.role)
        all += messageTemplates.map(AnyDefinition.messageTemplate)
        all += consentPolicies.map(AnyDefinition.consentPolicy)
        all += serviceLevels.map(AnyDefinition.serviceLevel)
        all += teams.map(AnyDefinition.team)
        all += proxyPolicies.map(AnyDefinition.proxyPolicy)
        all += waitlistPolicies.map(AnyDefinition.waitlistPolicy)
        all += retentions.map(AnyDefinition.retention)
        all += resources.map(AnyDefinition.resource)
        all += referralPolicies.map(AnyDefinition.referralPolicy)
        all += delayPolicies.map(AnyDefinition.delayPolicy)
        return all
    }
}
