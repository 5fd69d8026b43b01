package import Kernel

/// What the policy knows of a thing somebody wants to touch.
package enum Resource: Sendable {
    /// Something without a person in it: a list page, a definition, the dashboard.
    case general
    /// A patient with the rows of `patient_scope`.
    case patient([PatientScopeRow])
    /// One thing about a person that carries labels of its own: a need, a visit, a document, an event. Nil: nobody knows
    /// yet whom it is about.
    case item(of: [PatientScopeRow]?, Labels)
    /// A conversation with somebody who is not known yet.
    case unknownPerson
}

/// One row of `patient_scope`: where a patient belongs and how sensitive the record is.
package struct PatientScopeRow: Sendable, Equatable {
    /// Nil: seen from every location.
    package let location: ID<Location>?
    package let labels: Labels
    /// Whose row it is; nil where that does not matter.
    package let patient: ID<Patient>?
    /// Whether the caller it was read for has a part in the patient's care. Asked only for those who need one.
    package let isRelated: Bool

    package init(
        location: ID<Location>?, labels: Labels, patient: ID<Patient>? = nil, isRelated: Bool = false
    ) {
        self.location = location
        self.labels = labels
        self.patient = patient
        self.isRelated = isRelated
    }

    package init(location: ID<Location>?, restricted: Bool, patient: ID<Patient>? = nil) {
        self.init(location: location, labels: restricted ? .restricted : [], patient: patient)
    }
}

package enum Decision: Sendable, Equatable {
    case permit
    case deny(Reason)

    package enum Reason: String, Sendable, CaseIterable {
        case permission = "no-permission"
        case purpose = "other-purpose"
        case ownRecord = "own-record"
        case location = "other-location"
        case relationship = "no-relationship"
        case restricted = "restricted-record"
        case label = "sensitive-label"
        case part2Consent = "part-2-consent"
    }
}

/// The one policy: pure, used by commands, queries, search, exports, webhooks and live feeds. `scope` is the same rule as
/// a condition in SQL. Why it is as it is: `docs/decisions/008-policy.md`.
package enum Policy {
    /// What may be done for some purposes only. What is not named here may be done for any.
    package static let purposes: [Permission: Set<Purpose>] = [
        .clinicalRead: [.treatment, .emergency, .patientRequest],
        .coverageRead: [.payment, .treatment, .operations, .emergency, .patientRequest],
        .labelSubstanceUse: [.treatment, .payment, .operations, .emergency],
    ]

    /// What watches over records rather than uses them: audit and evaluation, for which 42 CFR §2.53 asks no consent; how
    /// long they are kept (§2.16); and what the patient asks for themselves (§2.23). The right that sees through the label
    /// is asked for all the same.
    package static let oversight: Set<Permission> = [
        .labelWrite, Permission("break-glass.review"), Permission("snooping.review"), Permission("audit.share"),
        Permission("legal-hold.manage"), Permission("retention.review"), Permission("privacy.manage"),
        Permission("record.export"), Permission("subject.dispose"),
    ]

    static func needsPart2Consent(_ caller: Caller, _ action: Permission) -> Bool {
        caller.needsPart2Consent && !oversight.contains(action)
    }

    package static func decide(_ caller: Caller, _ action: Permission, _ resource: Resource) -> Decision {
        guard caller.permissions.contains(action) else { return .deny(.permission) }
        guard caller.purpose(for: action) != nil else { return .deny(.purpose) }
        switch resource {
        case .general, .unknownPerson: return .permit
        case .patient(let rows): return person(caller, action, rows)
        case .item(let rows, let labels):
            if rows == nil, labels.contains(.disposed), !seesDisposed(caller) { return .deny(.label) }
            if let rows {
                let decision = person(caller, action, rows)
                if decision != .permit || isOpened(caller, rows) { return decision }
            }
            let hasConsent = rows?.contains { $0.labels.contains(.part2Consent) } ?? false
            return obstacle(caller, action, labels, hasConsent: hasConsent).map(Decision.deny) ?? .permit
        }
    }

    private static func person(_ caller: Caller, _ action: Permission, _ rows: [PatientScopeRow]) -> Decision {
        if isOpened(caller, rows) { return .permit }
        if !caller.own.isEmpty, rows.contains(where: { row in row.patient.map(caller.own.contains) ?? false }) {
            return .deny(.ownRecord)
        }
        let reachable = rows.filter { row in
            switch caller.locations {
            case .all: true
            case .only(let locations): row.location.map(locations.contains) ?? true
            }
        }
        guard !reachable.isEmpty else { return .deny(.location) }
        if caller.relationship != .notNeeded, !rows.contains(where: \.isRelated) { return .deny(.relationship) }
        var reason: Decision.Reason?
        for row in reachable {
            guard let why = obstacle(caller, action, row.labels, hasConsent: row.labels.contains(.part2Consent))
            else { return .permit }
            reason = reason ?? why
        }
        return reason.map(Decision.deny) ?? .permit
    }

    /// What in these labels keeps a thing from the caller; nil: nothing.
    private static func obstacle(
        _ caller: Caller, _ action: Permission, _ labels: Labels, hasConsent: Bool
    ) -> Decision.Reason? {
        let hidden = labels.intersection(caller.hidden)
        if !hidden.isEmpty { return hidden == .restricted ? .restricted : .label }
        let isMissing = labels.contains(.substanceUse) && !hasConsent && needsPart2Consent(caller, action)
        return isMissing ? .part2Consent : nil
    }

    /// Whether the caller has opened one of these patients in an emergency. The rights they have stay what they are.
    private static func isOpened(_ caller: Caller, _ rows: [PatientScopeRow]) -> Bool {
        !caller.opened.isEmpty && rows.contains { row in row.patient.map { caller.opened[$0] != nil } ?? false }
    }

    /// Whether an act is permitted only because the patient was opened in an emergency.
    package static func needsEmergency(
        _ caller: Caller, _ action: Permission, _ rows: [PatientScopeRow], _ labels: Labels = []
    ) -> Bool {
        isOpened(caller, rows) && decide(caller.closed, action, .item(of: rows, labels)) != .permit
    }

    /// Whether every patient is in the caller's scope, and everything about them: then the condition can be left out of
    /// hot lists.
    package static func seesEveryone(_ caller: Caller) -> Bool {
        caller.locations == .all && caller.hidden.isEmpty && !caller.needsPart2Consent && caller.own.isEmpty
            && caller.relationship == .notNeeded
    }

    /// Whether what is left of people who were disposed of is there for the caller. Nobody can say any more who was in
    /// whose reach, so it is there for those alone who watch over the whole practice.
    package static func seesDisposed(_ caller: Caller) -> Bool { caller.may(Permission("audit.read")) }

    /// The same as `seesEveryone` for lists that hold what is left of people who were disposed of.
    package static func seesEverything(_ caller: Caller) -> Bool { seesEveryone(caller) && seesDisposed(caller) }
}
