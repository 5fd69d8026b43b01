/// The keys a blueprint has, to see which mention leads nowhere.
struct References {
    let locations: [String: LocationDefinition]
    let serviceLines: Set<String>
    let resources: [ResourceDefinition]
    let practitioners: [String: PractitionerDefinition]
    let visitTypes: [String: VisitTypeDefinition]
    let roles: Set<String>
    let serviceLevels: Set<String>
    let reminderPlans: Set<String>

    init(_ blueprint: Blueprint) {
        locations = Dictionary(blueprint.locations.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        resources = blueprint.resources
        serviceLines = Set(blueprint.serviceLines.map(\.key))
        practitioners = Dictionary(
            blueprint.practitioners.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        visitTypes = Dictionary(blueprint.visitTypes.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        roles = Set(blueprint.roles.map(\.key))
        serviceLevels = Set(blueprint.serviceLevels.map(\.key))
        reminderPlans = Set(blueprint.reminderPlans.map(\.key))
    }

    func problems(of blueprint: Blueprint) -> [DefinitionProblem] {
        var missing = Mentions()
        for practitioner in blueprint.practitioners { check(practitioner, &missing) }
        for visit in blueprint.visitTypes {
            let from = Mentions.Place(.visitType, visit.key)
            missing.require(visit.serviceLine, in: serviceLines, .serviceLine, from, "serviceLine")
            missing.require(visit.practitioners, in: practitioners.keys, .practitioner, from, "practitioners")
            missing.require(visit.locations, in: locations.keys, .location, from, "locations")
            check(visit.rules, from, &missing)
            if let plan = visit.reminderPlan {
                missing.require(plan, in: reminderPlans, .reminderPlan, from, "reminderPlan")
            }
        }
        for location in blueprint.locations {
            for (index, way) in location.travel.enumerated() {
                missing.require(
                    way.location, in: locations.keys, .location, .init(.location, location.key),
                    "travel[\(index)].location")
            }
        }
        for resource in blueprint.resources {
            let from = Mentions.Place(.resource, resource.key)
            missing.require(resource.locations, in: locations.keys, .location, from, "locations")
            for (index, exception) in resource.exceptions.enumerated() {
                guard let location = exception.location else { continue }
                missing.require(location, in: locations.keys, .location, from, "exceptions[\(index)].location")
            }
        }
        for level in blueprint.serviceLevels {
            guard let location = level.location else { continue }
            missing.require(location, in: locations.keys, .location, .init(.serviceLevel, level.key), "location")
        }
        for policy in blueprint.referralPolicies {
            let from = Mentions.Place(.referralPolicy, policy.key)
            if let location = policy.location {
                missing.require(location, in: locations.keys, .location, from, "location")
            }
            missing.require(
                policy.serviceLines.map(\.serviceLine), in: serviceLines, .serviceLine, from, "serviceLines")
        }
        for team in blueprint.teams {
            let from = Mentions.Place(.team, team.key)
            missing.require(team.roles, in: roles, .role, from, "roles")
            missing.require(team.locations, in: locations.keys, .location, from, "locations")
            missing.require(team.serviceLevel, in: serviceLevels, .serviceLevel, from, "serviceLevel")
        }
        return missing.problems
    }

    private func check(_ rules: VisitRules, _ from: Mentions.Place, _ missing: inout Mentions) {
        for (index, duration) in rules.durations.enumerated() {
            missing.require(
                duration.practitioners, in: practitioners.keys, .practitioner, from,
                "rules.durations[\(index)].practitioners")
        }
        for (index, link) in rules.linked.enumerated() {
            missing.require(link.visitType, in: visitTypes.keys, .visitType, from, "rules.linked[\(index)].visitType")
        }
    }

    private func check(_ practitioner: PractitionerDefinition, _ missing: inout Mentions) {
        let from = Mentions.Place(.practitioner, practitioner.key)
        missing.require(practitioner.serviceLines, in: serviceLines, .serviceLine, from, "serviceLines")
        for (index, template) in practitioner.templates.enumerated() {
            let path = "templates[\(index)]"
            missing.require(template.location, in: locations.keys, .location, from, "\(path).location")
            missing.require(template.visitTypes, in: visitTypes.keys, .visitType, from, "\(path).visitTypes")
        }
        for (index, exception) in practitioner.exceptions.enumerated() {
            let path = "exceptions[\(index)]"
            if let location = exception.location {
                missing.require(location, in: locations.keys, .location, from, "\(path).location")
            }
            missing.require(exception.visitTypes, in: visitTypes.keys, .visitType, from, "\(path).visitTypes")
        }
    }
}

/// Gathers the mentions of keys that nothing has.
private struct Mentions {
    struct Place {
        let kind: DefinitionKind
        let key: String

        init(_ kind: DefinitionKind, _ key: String) {
            self.kind = kind
            self.key = key
        }
    }

    private(set) var problems: [DefinitionProblem] = []

    mutating func require(
        _ key: String, in known: some Collection<String>, _ kind: DefinitionKind, _ from: Place, _ path: String
    ) {
        if known.contains(key) { return }
        problems.append(
            DefinitionProblem(from.kind, from.key, path, "There is no \(kind.rawValue) with the key “\(key)”."))
    }

    mutating func require(
        _ keys: [String], in known: some Collection<String>, _ kind: DefinitionKind, _ from: Place, _ path: String
    ) {
        for (index, key) in keys.enumerated() { require(key, in: known, kind, from, "\(path)[\(index)]") }
    }
}
