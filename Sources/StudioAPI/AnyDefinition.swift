/// A definition of any kind, as one YAML document holds it: `kind:` beside the fields of that kind.
package enum AnyDefinition: Codable, Sendable, Equatable {
    case organization(OrganizationDefinition)
    case location(LocationDefinition)
    case serviceLine(ServiceLineDefinition)
    case practitioner(PractitionerDefinition)
    case visitType(VisitTypeDefinition)
    case reminderPlan(ReminderPlanDefinition)
    case role(RoleDefinition)
    case messageTemplate(MessageTemplateDefinition)
    case consentPolicy(ConsentPolicyDefinition)
    case serviceLevel(ServiceLevelDefinition)
    case team(TeamDefinition)
    case proxyPolicy(ProxyPolicyDefinition)
    case waitlistPolicy(WaitlistPolicyDefinition)
    case retention(RetentionDefinition)
    case resource(ResourceDefinition)
    case referralPolicy(ReferralPolicyDefinition)
    case delayPolicy(DelayPolicyDefinition)

    package init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: AnyName.self).decode(DefinitionKind.self, forKey: AnyName("kind"))
        switch kind {
        case .organization: self = .organization(try OrganizationDefinition(from: decoder))
        case .location: self = .location(try LocationDefinition(from: decoder))
        case .serviceLine: self = .serviceLine(try ServiceLineDefinition(from: decoder))
        case .practitioner: self = .practitioner(try PractitionerDefinition(from: decoder))
        case .visitType: self = .visitType(try VisitTypeDefinition(from: decoder))
        case .reminderPlan: self = .reminderPlan(try ReminderPlanDefinition(from: decoder))
        case .role: self = .role(try RoleDefinition(from: decoder))
        case .messageTemplate: self = .messageTemplate(try MessageTemplateDefinition(from: decoder))
        case .consentPolicy: self = .consentPolicy(try ConsentPolicyDefinition(from: decoder))
        case .serviceLevel: self = .serviceLevel(try ServiceLevelDefinition(from: decoder))
        case .team: self = .team(try TeamDefinition(from: decoder))
        case .proxyPolicy: self = .proxyPolicy(try ProxyPolicyDefinition(from: decoder))
        case .waitlistPolicy: self = .waitlistPolicy(try WaitlistPolicyDefinition(from: decoder))
        case .retention: self = .retention(try RetentionDefinition(from: decoder))
        case .resource: self = .resource(try ResourceDefinition(from: decoder))
        case .referralPolicy: self = .referralPolicy(try ReferralPolicyDefinition(from: decoder))
        case .delayPolicy: self = .delayPolicy(try DelayPolicyDefinition(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyName.self)
        try container.encode(kind, forKey: AnyName("kind"))
        try value.encode(to: encoder)
    }

    package var value: any Definition {
        switch self {
        case .organization(let definition): definition
        case .location(let definition): definition
        case .serviceLine(let definition): definition
        case .practitioner(let definition): definition
        case .visitType(let definition): definition
        case .reminderPlan(let definition): definition
        case .role(let definition): definition
        case .messageTemplate(let definition): definition
        case .consentPolicy(let definition): definition
        case .serviceLevel(let definition): definition
        case .team(let definition): definition
        case .proxyPolicy(let definition): definition
        case .waitlistPolicy(let definition): definition
        case .retention(let definition): definition
        case .resource(let definition): definition
        case .referralPolicy(let definition): definition
        case .delayPolicy(let definition): definition
        }
    }

    package var kind: DefinitionKind { type(of: value).kind }
    package var key: String { value.key }
}
