package import PeopleAPI
package import StudioAPI
package import TimeZones

// What somebody may do for somebody else: a pure function over who they are to each other, the rules and the day.
//
// - The day is that of the place where the patient lives: what depends on a birthday or on the day of a court order
//   changes at midnight there, at whatever moment somebody asks.
// - A parent or guardian goes as far as the stage of the child's age allows, until the majority, unless the child is
//   emancipated. Custody narrows it: who only visits is told of visits and asks for none, who has none is told nothing.
// - Somebody whom an adult chose, or a health care agent, goes as far as was granted.
// - Confidential care of a minor is closed to parents from the age the rules name, whatever else they may do.
// - What cannot be known (the day of birth) is decided against access.

/// Who decides for a child, from a day on.
package enum Custody: String, Sendable, CaseIterable {
    case joint, sole
    /// May see the child and hear of visits, and decides nothing.
    case visiting
    case none
}

package struct CustodySpan: Sendable, Equatable {
    package let from: CivilDate
    package let custody: Custody

    package init(from: CivilDate, _ custody: Custody) {
        self.from = from
        self.custody = custody
    }
}

/// What was agreed or ordered.
package struct ProxyTerms: Sendable, Equatable {
    package let basis: ProxyBasis
    /// How far it goes at most.
    package let ceiling: ProxyPolicyDefinition.Access
    package let from: CivilDate
    /// The first day on which it holds no more.
    package let until: CivilDate?
    /// In the order of days; before the first, custody is joint.
    package let custody: [CustodySpan]

    package init(
        basis: ProxyBasis, ceiling: ProxyPolicyDefinition.Access, from: CivilDate, until: CivilDate? = nil,
        custody: [CustodySpan] = []
    ) {
        self.basis = basis
        self.ceiling = ceiling
        self.from = from
        self.until = until
        self.custody = custody.sorted { $0.from < $1.from }
    }

    /// Of somebody who is neither parent nor guardian it says nothing.
    func custody(on day: CivilDate) -> Custody { custody.last { $0.from <= day }?.custody ?? .joint }
}

/// Whom it is about.
package struct ProxySubject: Sendable, Equatable {
    package let birthDate: CivilDate?
    package let isEmancipated: Bool
    package let isDeceased: Bool

    package init(birthDate: CivilDate?, isEmancipated: Bool = false, isDeceased: Bool = false) {
        self.birthDate = birthDate
        self.isEmancipated = isEmancipated
        self.isDeceased = isDeceased
    }
}

extension ProxyAct {
    var needs: ProxyPolicyDefinition.Access {
        switch self {
        case .seeVisits, .book, .message: .limited
        case .seeRecord, .sign, .seeAccesses: .full
        }
    }
}

/// How far a proxy goes on one day, and what holds them back from more.
package struct ProxyStanding: Sendable, Equatable {
    package let access: ProxyPolicyDefinition.Access
    package let reason: ProxyReason?

    package init(access: ProxyPolicyDefinition.Access, reason: ProxyReason?) {
        self.access = access
        self.reason = reason
    }
}

package enum ProxyRules {
    package static func standing(
        _ terms: ProxyTerms, for subject: ProxySubject, rules: ProxyPolicyDefinition, on day: CivilDate
    ) -> ProxyStanding {
        if day < terms.from { return ProxyStanding(access: .none, reason: .notYet) }
        if let until = terms.until, day >= until { return ProxyStanding(access: .none, reason: .ended) }
        if subject.isDeceased { return ProxyStanding(access: .none, reason: .deceased) }
        var limits = [ProxyStanding(access: terms.ceiling, reason: .granted)]
        switch terms.basis {
        case .agent, .chosen: break
        case .parent, .guardian:
            guard let birthDate = subject.birthDate else {
                return ProxyStanding(access: .none, reason: .birthDateUnknown)
            }
            let age = birthDate.wholeYears(until: day)
            if age >= rules.majority {
                // A court can keep an adult in somebody's care; being a parent cannot.
                if terms.basis == .parent { return ProxyStanding(access: .none, reason: .majority) }
            } else {
                if subject.isEmancipated { return ProxyStanding(access: .none, reason: .emancipated) }
                let stage = rules.stages.last { $0.age <= age }
                limits.append(ProxyStanding(access: stage?.access ?? .none, reason: .age))
            }
            switch terms.custody(on: day) {
            case .joint, .sole: break
            case .visiting: limits.append(ProxyStanding(access: .limited, reason: .custody))
            case .none: limits.append(ProxyStanding(access: .none, reason: .custody))
            }
        }
        let narrowest = limits.dropFirst().reduce(limits[0]) { $1.access < $0.access ? $1 : $0 }
        return narrowest.access == .full ? ProxyStanding(access: .full, reason: nil) : narrowest
    }

    /// - confidential: whether what is asked for is care that a minor may have without their parents' knowledge.
    package static func decide(
        _ act: ProxyAct, confidential: Bool = false, _ terms: ProxyTerms, for subject: ProxySubject,
        rules: ProxyPolicyDefinition, on day: CivilDate
    ) -> ProxyDecision {
        let standing = standing(terms, for: subject, rules: rules, on: day)
        guard standing.access >= act.needs else { return .deny(standing.reason ?? .granted) }
        guard terms.basis == .parent || terms.basis == .guardian else { return .permit }
        if act == .book, terms.custody(on: day) == .visiting { return .deny(.custody) }
        if confidential, let birthDate = subject.birthDate {
            let age = birthDate.wholeYears(until: day)
            if age >= rules.confidentialFrom, age < rules.majority { return .deny(.confidential) }
        }
        return .permit
    }

    /// The next day on which the standing becomes another, by the calendar alone.
    package static func nextChange(
        _ terms: ProxyTerms, for subject: ProxySubject, rules: ProxyPolicyDefinition, after day: CivilDate
    ) -> (day: CivilDate, standing: ProxyStanding)? {
        var days = [terms.from] + terms.custody.map(\.from)
        if let until = terms.until { days.append(until) }
        if let birthDate = subject.birthDate {
            days += (rules.stages.map(\.age) + [rules.majority]).compactMap { birthday($0, of: birthDate) }
        }
        let now = standing(terms, for: subject, rules: rules, on: day)
        for candidate in days.filter({ $0 > day }).sorted() {
            let then = standing(terms, for: subject, rules: rules, on: candidate)
            if then != now { return (candidate, then) }
        }
        return nil
    }

    /// Somebody born on 29 February has the birthday on 1 March in a year without one, as `wholeYears` counts.
    static func birthday(_ age: Int, of birthDate: CivilDate) -> CivilDate? {
        CivilDate(year: birthDate.year + age, month: birthDate.month, day: birthDate.day)
            ?? CivilDate(year: birthDate.year + age, month: 3, day: 1)
    }
}
