import Kernel
package import TimeZones
package import Vault

extension Blueprint {
    /// Everything that is wrong: in each document, and between them.
    ///
    /// - Parameters:
    ///   - zones: the names that the tz database in use has (`TimeZoneDatabase.names`).
    ///   - permissions: those that this build knows; a role that grants any other would grant nothing.
    ///   - today: visit types must be bookable from that day on; nil: at any time.
    package func problems(
        zones: Set<String>, permissions: Set<Permission>, on today: CivilDate? = nil
    ) -> [DefinitionProblem] {
        let references = References(self)
        var problems = definitions.flatMap { $0.value.problems() }
        problems += duplicates()
        problems += unknownZones(zones)
        problems += unknownPermissions(permissions)
        problems += references.problems(of: self)
        problems += contradictions(references)
        problems += visitContradictions(references)
        problems += unbookable(references, on: today)
        problems += missingParts()
        problems += untranslated()
        return problems
    }

    private func duplicates() -> [DefinitionProblem] {
        var seen: Set<String> = []
        return definitions.compactMap { definition in
            if seen.insert("\(definition.kind.rawValue) \(definition.key)").inserted { return nil }
            return DefinitionProblem(
                definition.kind, definition.key, "key", "Another \(definition.kind.rawValue) has this key.")
        }
    }

    private func unknownZones(_ known: Set<String>) -> [DefinitionProblem] {
        let named =
            organizations.map { (DefinitionKind.organization, $0.key, $0.zone) }
            + locations.map { (DefinitionKind.location, $0.key, $0.zone) }
        return named.filter { !known.contains($0.2) }.map { kind, key, zone in
            DefinitionProblem(kind, key, "zone", "The tz database has no zone “\(zone)”.")
        }
    }

    private func unknownPermissions(_ known: Set<Permission>) -> [DefinitionProblem] {
        roles.flatMap { role in
            role.permissions.enumerated().filter { !known.contains(Permission($0.element)) }.map { index, permission in
                DefinitionProblem(
                    .role, role.key, "permissions[\(index)]", "There is no permission “\(permission)”.")
            }
        }
    }

    /// What a blueprint must have for the system to run.
    private func missingParts() -> [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        func demand(_ condition: Bool, _ kind: DefinitionKind, _ key: String, _ path: String, _ sentence: String) {
            if !condition { problems.append(DefinitionProblem(kind, key, path, sentence)) }
        }
        demand(
            organizations.count == 1, .organization, "*", "",
            "A blueprint has exactly one organization; this one has \(organizations.count).")
        demand(
            consentPolicies.count == 1, .consentPolicy, "*", "",
            "A blueprint has exactly one consent policy; this one has \(consentPolicies.count).")
        demand(
            proxyPolicies.count <= 1, .proxyPolicy, proxyPolicies.last?.key ?? "*", "",
            "A blueprint has at most one proxy policy; this one has \(proxyPolicies.count).")
        demand(
            referralPolicies.count <= 1, .referralPolicy, referralPolicies.last?.key ?? "*", "",
            "A blueprint has at most one referral policy; this one has \(referralPolicies.count).")
        demand(
            waitlistPolicies.count <= 1, .waitlistPolicy, waitlistPolicies.last?.key ?? "*", "",
            "A blueprint has at most one waitlist policy; this one has \(waitlistPolicies.count).")
        demand(
            delayPolicies.count <= 1, .delayPolicy, delayPolicies.last?.key ?? "*", "",
            "A blueprint has at most one delay policy; this one has \(delayPolicies.count).")
        demand(
            retentions.count <= 1, .retention, "*", "",
            "A blueprint has at most one retention schedule; this one has \(retentions.count).")
        demand(!locations.isEmpty, .location, "*", "", "There is no location.")
        let takers = teams.filter(\.takesNewNeeds)
        demand(
            takers.count == 1, .team, takers.last?.key ?? "*", "takesNewNeeds",
            "Exactly one team takes new needs; here it is \(takers.count).")
        for use in TemplateUse.allCases where use.isAutomatic {
            let templates = messageTemplates.filter { $0.use == use && $0.channel == .sms }
            // Who offers no time that came free, lets nobody book in public or by text, or tells of no delay, needs no
            // words for it.
            let isUnused =
                use.isOfBumpList || use.isOfWaitlist && waitlistPolicies.isEmpty
                || use == .bookingCode && !visitTypes.contains { $0.rules.selfService.book }
                || use.isOfTextBooking && !visitTypes.contains { $0.rules.selfService.text }
                || use == .runningLate && delayPolicies.isEmpty
            let isEnough = templates.count == 1 || (templates.isEmpty && isUnused)
            demand(
                isEnough, .messageTemplate, templates.last?.key ?? "*", "use",
                "The use \(use.rawValue) has exactly one SMS template; here it is \(templates.count).")
            let mails = messageTemplates.filter { $0.use == use && $0.channel == .email }
            demand(
                mails.count <= 1, .messageTemplate, mails.last?.key ?? "*", "use",
                "The use \(use.rawValue) has at most one e-mail template; here it is \(mails.count).")
        }
        if let policy = consentPolicies.first {
            for template in messageTemplates {
                demand(
                    policy.basis(for: template.purpose, on: template.channel) != .never, .messageTemplate,
                    template.key, "purpose",
                    "The consent policy never allows \(template.purpose.rawValue) on \(template.channel.rawValue).")
            }
        }
        return problems
    }

    /// Texts that patients read must be there in each language of the organization.
    private func untranslated() -> [DefinitionProblem] {
        guard let organization = organizations.first else { return [] }
        var texts: [(DefinitionKind, String, String, LocalizedText)] = []
        for location in locations {
            texts.append((.location, location.key, "directions", location.directions))
            texts.append((.location, location.key, "parking", location.parking))
        }
        for resource in resources { texts.append((.resource, resource.key, "names", resource.names)) }
        for visit in visitTypes {
            texts.append((.visitType, visit.key, "names", visit.names))
            if let prep = visit.prep { texts.append((.visitType, visit.key, "prep", prep)) }
            for (path, text) in visit.rules.checkIn?.texts ?? [] { texts.append((.visitType, visit.key, path, text)) }
        }
        for template in messageTemplates {
            texts.append((.messageTemplate, template.key, "body", template.body))
            if let shared = template.shared { texts.append((.messageTemplate, template.key, "shared", shared)) }
        }
        return texts.flatMap { kind, key, path, text in
            organization.languages.filter { text.texts[$0] == nil }.map { language in
                DefinitionProblem(
                    kind, key, "\(path).\(language.rawValue)",
                    "The organization speaks this language, and the text is missing in it.")
            }
        }
    }
}
