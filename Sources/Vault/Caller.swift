package import Kernel

/// Who asks, with everything the policy may look at. Made at the edge: from a session, an API key or a system run.
package struct Caller: Sendable {
    package enum Locations: Sendable, Equatable {
        case all
        case only(Set<ID<Location>>)
    }

    /// Whether the caller reaches only patients in whose care they, or a team of theirs, have a part.
    package enum Relationship: Sendable, Equatable {
        case notNeeded
        /// `parties`: the caller as `care_relation` names them (`CareParty`); `at`: the moment of the request.
        case needed(parties: Set<String>, at: Instant)
    }

    package let tenant: ID<Tenant>
    package let actor: Actor
    package let permissions: Set<Permission>
    package let locations: Locations
    package let relationship: Relationship
    /// The caller's own records and those of family, which nobody of the staff opens.
    package let own: Set<ID<Patient>>
    /// Why the caller looks, unless the act allows only another of `purposes`.
    package let purpose: Purpose
    /// Everything the caller may look for.
    package let purposes: Set<Purpose>
    /// The keys of the roles, for display and routing; the policy itself looks only at permissions.
    package let roles: [String]
    /// Ties together the events and audit records of one request.
    package let correlation: Int64
    /// Where the request came from: `console`, `api`, `webhook`, `cli`, `system`.
    package let origin: String
    /// The network address that the request came from, as far as our own proxies tell; nil: there was no request.
    package let remote: String?
    /// Patients out of the caller's reach that they have opened in an emergency, and until when. Those that had run out
    /// when the request came in are not among them; a caller that outlives its request puts them down (`closed`).
    package let opened: [ID<Patient>: Instant]
    /// The labels that hide what carries them from this caller.
    package let hidden: Labels
    /// Whether records under 42 CFR Part 2 are there only with the patient's consent on record. Not asked of the system
    /// itself, which works for the programme that keeps the record, nor of the patient and who acts for them (§2.23), nor
    /// in an emergency (§2.51).
    package let needsPart2Consent: Bool

    package init(
        tenant: ID<Tenant>, actor: Actor, permissions: Set<Permission>, locations: Locations = .all,
        purpose: Purpose = .operations, purposes: Set<Purpose> = [], roles: [String] = [], correlation: Int64,
        origin: String, remote: String? = nil, opened: [ID<Patient>: Instant] = [:], own: Set<ID<Patient>> = [],
        relationship: Relationship = .notNeeded
    ) {
        self.tenant = tenant
        self.actor = actor
        self.permissions = permissions
        self.locations = locations
        self.relationship = relationship
        self.own = own
        self.purpose = purpose
        self.purposes = purposes.union([purpose])
        self.roles = roles
        self.correlation = correlation
        self.origin = origin
        self.remote = remote
        self.opened = opened
        let isFree =
            switch actor {
            case .system, .patient: true
            default: false
            }
        needsPart2Consent = !isFree && purpose != .emergency
        var hidden = Labels.hiding
        for kind in Labels.kinds where permissions.contains(kind.permission) {
            let allowed = isFree ? nil : Policy.purposes[kind.permission]
            if allowed?.isDisjoint(with: self.purposes) ?? false { continue }
            hidden.remove(kind.label)
        }
        self.hidden = hidden
    }

    /// The same caller without what was opened in an emergency.
    package var closed: Caller {
        Caller(
            tenant: tenant, actor: actor, permissions: permissions, locations: locations, purpose: purpose,
            purposes: purposes, roles: roles, correlation: correlation, origin: origin, remote: remote, own: own,
            relationship: relationship)
    }

    /// The same caller at a later moment.
    package func at(_ now: Instant) -> Caller {
        guard case .needed(let parties, _) = relationship else { return self }
        return Caller(
            tenant: tenant, actor: actor, permissions: permissions, locations: locations, purpose: purpose,
            purposes: purposes, roles: roles, correlation: correlation, origin: origin, remote: remote,
            opened: opened, own: own, relationship: .needed(parties: parties, at: now))
    }

    /// Why the caller does this, as the trail tells it; nil: for none of the reasons for which it may be done.
    package func purpose(for action: Permission) -> Purpose? {
        guard let allowed = Policy.purposes[action], !allowed.contains(purpose) else { return purpose }
        if case .system = actor { return purpose }
        return Purpose.allCases.first { allowed.contains($0) && purposes.contains($0) }
    }

    /// Whether the caller has a right, for a purpose it may be used for: what pages and answers ask before a field.
    package func may(_ action: Permission) -> Bool {
        permissions.contains(action) && purpose(for: action) != nil
    }
}

/// Names of those who have a part in somebody's care, as `care_relation` keeps them.
package enum CareParty {
    package static func user(_ user: ID<User>) -> String { "user:" + user.text }
    package static func team(_ key: String) -> String { "team:" + key }
    package static func practitioner(_ key: String) -> String { "practitioner:" + key }
}
