package import Kernel
package import Store

/// A right to do one kind of thing: `patient.read`. Roles in blueprints name them; routes and commands demand them.
package struct Permission: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

extension Permission {
    package static let patientRead = Permission("patient.read")
    package static let patientWrite = Permission("patient.write")
    package static let patientSearch = Permission("patient.search")
    package static let patientRestricted = Permission("patient.restricted")
    /// To open a record out of one's reach in an emergency, with a reason and for a time.
    package static let patientBreakGlass = Permission("patient.break-glass")
    package static let patientImport = Permission("patient.import")
    package static let needRead = Permission("need.read")
    package static let needWrite = Permission("need.write")
    package static let messageRead = Permission("message.read")
    package static let messageSend = Permission("message.send")
    package static let appointmentRead = Permission("appointment.read")
    package static let appointmentWrite = Permission("appointment.write")
    package static let scheduleRead = Permission("schedule.read")
    package static let dashboardRead = Permission("dashboard.read")
    package static let eventRead = Permission("event.read")
    package static let userManage = Permission("user.manage")
    package static let auditRead = Permission("audit.read")
    package static let definitionRead = Permission("definition.read")
    package static let definitionWrite = Permission("definition.write")
}

/// Who asks, with everything the policy may look at. Made at the edge: from a session, an API key or a system run.
package struct Caller: Sendable {
    package enum Locations: Sendable, Equatable {
        case all
        case only(Set<ID<Location>>)
    }

    package let tenant: ID<Tenant>
    package let actor: Actor
    package let permissions: Set<Permission>
    package let locations: Locations
    package let purpose: Purpose
    /// The keys of the roles, for display and routing; the policy itself looks only at permissions.
    package let roles: [String]
    /// Ties together the events and audit records of one request.
    package let correlation: Int64
    /// Where the request came from: `console`, `api`, `webhook`, `cli`, `system`.
    package let origin: String
    /// Patients out of the caller's reach that they have opened in an emergency, and until when. Those that had run out
    /// when the request came in are not among them; a caller that outlives its request puts them down (`closed`).
    package let opened: [ID<Patient>: Instant]

    package init(
        tenant: ID<Tenant>, actor: Actor, permissions: Set<Permission>, locations: Locations = .all,
        purpose: Purpose = .operations, roles: [String] = [], correlation: Int64, origin: String,
        opened: [ID<Patient>: Instant] = [:]
    ) {
        self.tenant = tenant
        self.actor = actor
        self.permissions = permissions
        self.locations = locations
        self.purpose = purpose
        self.roles = roles
        self.correlation = correlation
        self.origin = origin
        self.opened = opened
    }

    /// The same caller without what was opened in an emergency.
    package var closed: Caller {
        Caller(
            tenant: tenant, actor: actor, permissions: permissions, locations: locations, purpose: purpose,
            roles: roles, correlation: correlation, origin: origin)
    }
}

/// What the policy knows of a thing somebody wants to touch.
package enum Resource: Sendable {
    /// Something without a person in it: a list page, a definition, the dashboard.
    case general
    /// A patient with the rows of `patient_scope`.
    case patient([PatientScopeRow])
    /// A conversation with somebody who is not known yet.
    case unknownPerson
}

/// One row of `patient_scope`: where a patient belongs and whether the record is restricted.
package struct PatientScopeRow: Sendable, Equatable {
    /// Nil: seen from every location.
    package let location: ID<Location>?
    package let restricted: Bool
    /// Whose row it is; nil where that does not matter.
    package let patient: ID<Patient>?

    package init(location: ID<Location>?, restricted: Bool, patient: ID<Patient>? = nil) {
        self.location = location
        self.restricted = restricted
        self.patient = patient
    }
}

package enum Decision: Sendable, Equatable {
    case permit
    case deny(Reason)

    package enum Reason: String, Sendable {
        case permission = "no-permission"
        case location = "other-location"
        case restricted = "restricted-record"
    }
}

/// The one policy: pure, used by commands, queries, search, exports, webhooks and live feeds.
package enum Policy {
    package static func decide(_ caller: Caller, _ action: Permission, _ resource: Resource) -> Decision {
        guard caller.permissions.contains(action) else { return .deny(.permission) }
        guard case .patient(let rows) = resource else { return .permit }
        if isOpened(caller, rows) { return .permit }
        let reachable = rows.filter { row in
            switch caller.locations {
            case .all: true
            case .only(let locations): row.location.map(locations.contains) ?? true
            }
        }
        guard !reachable.isEmpty else { return .deny(.location) }
        if caller.permissions.contains(.patientRestricted) { return .permit }
        return reachable.contains { !$0.restricted } ? .permit : .deny(.restricted)
    }

    /// Whether the caller has opened one of these patients in an emergency. The rights they have stay what they are.
    private static func isOpened(_ caller: Caller, _ rows: [PatientScopeRow]) -> Bool {
        !caller.opened.isEmpty && rows.contains { row in row.patient.map { caller.opened[$0] != nil } ?? false }
    }

    /// Whether an act is permitted only because the patient was opened in an emergency.
    package static func needsEmergency(_ caller: Caller, _ action: Permission, _ rows: [PatientScopeRow]) -> Bool {
        isOpened(caller, rows) && decide(caller.closed, action, .patient(rows)) != .permit
    }

    /// The same rule as a condition over `patient_scope`, for the patient in `column`: lists cannot ask row by row.
    /// A property test holds it equal to `decide`.
    package static func scope(_ caller: Caller, _ action: Permission, patient column: SQL) -> SQL {
        guard caller.permissions.contains(action) else { return "FALSE" }
        var condition: SQL =
            "EXISTS (SELECT 1 FROM patient_scope s WHERE s.tenant = \(.tenant) AND s.patient = \(column)"
        var reach: SQL = ""
        if case .only(let locations) = caller.locations {
            reach = reach + " AND (s.location = 0 OR s.location IN \(list: locations.sorted()))"
        }
        if !caller.permissions.contains(.patientRestricted) {
            reach = reach + " AND s.restricted = FALSE"
        }
        if caller.opened.isEmpty {
            condition = condition + reach
        } else {
            // With one more way in the partial index is of no use; few callers have it, and for hours.
            condition = condition + " AND (s.patient IN \(list: caller.opened.keys.sorted()) OR (TRUE\(reach)))"
        }
        return condition + .rowByRow + ")"
    }

    /// Whether every patient is in the caller's scope: then the condition can be left out of hot lists.
    package static func seesEveryone(_ caller: Caller) -> Bool {
        caller.locations == .all && caller.permissions.contains(.patientRestricted)
    }

    package static let migration = Migration(
        "2026-11-22.vault.patient-scope",
        [
            """
            CREATE TABLE patient_scope (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, location BIGINT NOT NULL,
                restricted BOOLEAN NOT NULL, PRIMARY KEY (tenant, patient, location))
            """
        ])

    /// Lists ask of each row whether its patient is in the caller's scope: answered from this index alone.
    package static let openIndex = Migration(
        "2026-11-22.vault.patient-scope-open",
        ["CREATE INDEX patient_scope_open ON patient_scope (tenant, patient, location) WHERE restricted = FALSE"])

    /// The scope rows of patients, by patient.
    package static func scopeRows(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> [ID<Patient>: [PatientScopeRow]] {
        var scopes: [ID<Patient>: [PatientScopeRow]] = [:]
        let rows = try transaction.rows(
            """
            SELECT patient, location, restricted FROM patient_scope
            WHERE tenant = \(.tenant) AND patient IN \(list: patients)
            """)
        for row in rows {
            let location: Int64 = try row["location"]
            let patient: ID<Patient> = try row["patient"]
            scopes[patient, default: []].append(
                PatientScopeRow(
                    location: location == 0 ? nil : ID(raw: location), restricted: try row["restricted"],
                    patient: patient))
        }
        return scopes
    }
}
