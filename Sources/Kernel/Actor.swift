/// Who does something: named in every event and audit record.
package enum Actor: Hashable, Sendable {
    case user(ID<User>)
    case apiKey(ID<APIKey>)
    case patient(ID<Patient>)
    /// A recorded run of the system itself, with its purpose: reminders, matching, import.
    case system(ID<SystemRun>)

    /// One letter for the plain `actor_kind` column.
    package var kind: String {
        switch self {
        case .user: "user"
        case .apiKey: "key"
        case .patient: "patient"
        case .system: "system"
        }
    }

    package var raw: Int64 {
        switch self {
        case .user(let id): id.raw
        case .apiKey(let id): id.raw
        case .patient(let id): id.raw
        case .system(let id): id.raw
        }
    }

    package init?(kind: String, raw: Int64) {
        switch kind {
        case "user": self = .user(ID(raw: raw))
        case "key": self = .apiKey(ID(raw: raw))
        case "patient": self = .patient(ID(raw: raw))
        case "system": self = .system(ID(raw: raw))
        default: return nil
        }
    }
}

/// Why data is used; recorded with every grant. The first five are HL7 v3 PurposeOfUse codes by their names.
package enum Purpose: String, Sendable, CaseIterable {
    case treatment = "TREAT"
    case operations = "HOPERAT"
    case payment = "HPAYMT"
    case patientRequest = "PATRQT"
    case emergency = "ETREAT"
    case systemMaintenance = "SYSADMIN"
}

/// Every by-patient read takes a set, never one id: the members of one person's overlay of records.
package struct PatientSet: Hashable, Sendable {
    /// The record that stands for the person on pages.
    package let primary: ID<Patient>
    /// All members, the primary among them, ascending.
    package let members: [ID<Patient>]

    package init(primary: ID<Patient>, members: [ID<Patient>]) {
        self.primary = primary
        self.members = members.contains(primary) ? members.sorted() : (members + [primary]).sorted()
    }

    package init(_ single: ID<Patient>) {
        primary = single
        members = [single]
    }

    package func contains(_ id: ID<Patient>) -> Bool { members.contains(id) }
}
