package import StudioAPI
package import TimeZones

/// What is known of the person a visit is for. Nil is not known, and refuses nothing.
package struct SlotVisitor: Hashable, Sendable {
    /// Nothing is booked for who has died.
    package var hasDied: Bool
    /// Whether there was a completed visit.
    package var isEstablished: Bool?
    package var birthDate: CivilDate?
    package var sex: AdministrativeGender?
    /// Those of the payers that the type names who pay; empty: somebody else does.
    package var payers: Set<String>?
    package var hasReferral: Bool?
    package var hasAuthorization: Bool?
    /// The last day of a visit on the referral; nil: it does not run out.
    package var referralUntil: CivilDate?
    /// The days that the authorization is for; nil: any.
    package var authorizedDays: ClosedRange<CivilDate>?
    /// Codes of what is known of the need.
    package var facts: Set<String>?
    /// BCP 47.
    package var language: String?
    package var needsInterpreter: Bool

    package static let unknown = SlotVisitor()

    package init(
        isEstablished: Bool? = nil, birthDate: CivilDate? = nil, sex: AdministrativeGender? = nil,
        payers: Set<String>? = nil, hasReferral: Bool? = nil, hasAuthorization: Bool? = nil, facts: Set<String>? = nil,
        language: String? = nil, needsInterpreter: Bool = false, hasDied: Bool = false
    ) {
        self.hasDied = hasDied
        self.isEstablished = isEstablished
        self.birthDate = birthDate
        self.sex = sex
        self.payers = payers
        self.hasReferral = hasReferral
        self.hasAuthorization = hasAuthorization
        self.facts = facts
        self.language = language
        self.needsInterpreter = needsInterpreter
    }

    /// The age in completed years on a day. Who was born on 29 February has the birthday on 1 March of other years.
    package func years(on day: CivilDate) -> Int? {
        birthDate.map { born in
            let had = (day.month, day.day) >= (born.month, born.day)
            return day.year - born.year - (had ? 0 : 1)
        }
    }

    /// The language that somebody has to interpret: nil when nobody has to.
    func interpreted(by practitioner: PractitionerDefinition) -> String? {
        guard needsInterpreter, let language else { return nil }
        return practitioner.languages.contains { Self.isSame($0, language) } ? nil : language
    }

    /// Whether two tags name one language, whatever the country.
    package static func isSame(_ tag: String, _ other: String) -> Bool {
        func primary(_ tag: String) -> String { tag.prefix { $0 != "-" && $0 != "_" }.lowercased() }
        return primary(tag) == primary(other)
    }

    /// Why the type is not for this person, whoever does it; of the rules that hold on every day.
    func refusal(_ type: VisitTypeDefinition) -> SlotRefusal? {
        if hasDied { return .deceased }
        switch (type.patients, isEstablished) {
        case (.new, true): return .newOnly
        case (.established, false): return .establishedOnly
        case (.any, _), (.new, _), (.established, _): break
        }
        let rules = type.rules.eligibility
        if let sex, sex != .unknown, !rules.sexes.isEmpty, !rules.sexes.contains(sex) { return .sexNotAllowed }
        if let payers, !rules.payers.isEmpty, payers.isDisjoint(with: rules.payers) { return .payerNotAccepted }
        if rules.referral, hasReferral == false { return .referralNeeded }
        if needsAuthorization(rules), hasAuthorization == false { return .authorizationNeeded }
        if !missingFacts(type).isEmpty { return .factsMissing }
        return nil
    }

    /// What has to be asked before, in the type's order; empty when there is no need of which it could be known.
    func missingFacts(_ type: VisitTypeDefinition) -> [String] {
        guard let facts else { return [] }
        return type.rules.eligibility.facts.filter { !facts.contains($0) }
    }

    private func needsAuthorization(_ rules: VisitEligibility) -> Bool {
        guard let asking = rules.authorization else { return false }
        return asking.payers.isEmpty || (payers.map { !$0.isDisjoint(with: asking.payers) } ?? false)
    }

    /// Whether some day may be refused that another is not.
    func dependsOnDay(_ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition) -> Bool {
        let rules = type.rules.eligibility
        return rules.ages != nil || practitioner.ages != nil || referralUntil != nil || authorizedDays != nil
    }

    /// Why the type or the practitioner is not for somebody of this age, or with these papers, on that day.
    func refusal(_ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition, on day: CivilDate) -> SlotRefusal?
    {
        let rules = type.rules.eligibility
        if rules.referral, let referralUntil, day > referralUntil { return .referralNeeded }
        if needsAuthorization(rules), let authorizedDays, !authorizedDays.contains(day) { return .authorizationNeeded }
        guard let years = years(on: day) else { return nil }
        if let ages = rules.ages, !ages.contains(years: years) { return .ageNotAllowed }
        if let ages = practitioner.ages, !ages.contains(years: years) { return .practitionerAge }
        return nil
    }

    func refusal(_ practitioner: PractitionerDefinition) -> SlotRefusal? {
        isEstablished == false && !practitioner.acceptsNew ? .noNewPatients : nil
    }
}
