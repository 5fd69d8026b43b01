package import Kernel
package import Store
package import Vault

/// Somebody who acts for a patient.
package enum PatientProxy {}

/// What somebody is to the patient. FHIR RelatedPerson.relationship; codes of HL7 v3 RoleCode where they exist.
package enum ProxyBasis: String, Sendable, CaseIterable {
    case parent
    /// By order of a court; also of an adult.
    case guardian
    /// Named in an advance directive or power of attorney for health care.
    case agent
    /// Chosen by the patient: a spouse, a grown child, a carer.
    case chosen

    package var code: String {
        switch self {
        case .parent: "PRN"
        case .guardian: "GUARD"
        case .agent: "HPOWATT"
        case .chosen: "DELEGATEE"
        }
    }
}

/// Things that people do for each other.
package enum ProxyAct: String, Sendable, CaseIterable {
    case seeVisits = "see-visits"
    /// To ask for visits, to move them and to call them off.
    case book
    case message
    case seeRecord = "see-record"
    case sign
    /// The list of who looked at the record.
    case seeAccesses = "see-accesses"
}

/// Why it does not go further, or at all.
package enum ProxyReason: String, Sendable, CaseIterable {
    case notYet = "not-yet"
    case ended, deceased, emancipated, majority, custody, age
    case birthDateUnknown = "birth-date-unknown"
    case granted
    case confidential

    /// In plain words, for programs.
    package var sentence: String {
        switch self {
        case .notYet: "Their right has not begun."
        case .ended: "Their right has ended."
        case .deceased: "The patient has died."
        case .emancipated: "The minor decides for themselves."
        case .majority: "The patient is of age."
        case .custody: "Custody does not allow it."
        case .age: "The age of the child does not allow it."
        case .birthDateUnknown: "The date of birth is not known."
        case .granted: "It was not agreed that they may."
        case .confidential: "It is confidential care."
        }
    }
}

package enum ProxyDecision: Sendable, Equatable {
    case permit
    case deny(ProxyReason)
}

/// A proxy of a patient, with what was decided about one act on the day it is where the patient lives.
package struct ActingProxy: Sendable, Equatable {
    package let id: ID<PatientProxy>
    package let patient: ID<Patient>
    /// The proxy's own record, when they are a patient: for comparing, never for showing.
    package let person: ID<Patient>?
    package let name: String
    package let basis: ProxyBasis
    package let phone: PhoneNumber?
    package let decision: ProxyDecision

    package init(
        id: ID<PatientProxy>, patient: ID<Patient>, person: ID<Patient>?, name: String, basis: ProxyBasis,
        phone: PhoneNumber?, decision: ProxyDecision
    ) {
        self.id = id
        self.patient = patient
        self.person = person
        self.name = name
        self.basis = basis
        self.phone = phone
        self.decision = decision
    }

    package var mayAct: Bool { decision == .permit }
}

extension Labels {
    /// Care that a minor may have without their parents' knowledge.
    package static let confidentialCare: Labels = [
        .restricted, .behaviouralHealth, .substanceUse, .reproductive, .minor,
    ]
}

/// What other areas may ask of proxies. Implemented by the People area.
package protocol ProxyReading: Sendable {
    /// Whether this proxy may see now who looked at the patient's record: it is asked each time, since a birthday or an
    /// order of a court may have ended it. The grant covers the patient.
    func maySeeAccesses(
        _ proxy: ID<PatientProxy>, of patient: ID<Patient>, grant: Grant, at now: Instant,
        in transaction: any Transaction
    ) throws -> Bool
    /// Everybody who was written down as a proxy of one of these records, those whose right has ended too, each with
    /// whether they may do it at that moment. Records that the grant does not cover are left out.
    ///
    /// - Parameter confidential: whether it is about care that a minor may have without their parents' knowledge.
    func proxies(
        of patients: [ID<Patient>], for act: ProxyAct, confidential: Bool, grant: Grant, at moment: Instant,
        in transaction: any Transaction
    ) throws -> [ActingProxy]
    /// The records for which one of these persons is a proxy, as far as that was not ended by hand. What they may do is
    /// asked with `proxies`, under a grant that covers the records.
    func wards(of persons: [ID<Patient>], in transaction: any Transaction) throws -> [ID<Patient>]
}

extension ProxyReading {
    /// Whether everybody who can be reached at a number is the patient, or somebody alive who may know of the patient's
    /// visits at that moment: then a message there may say which visit it is and whose.
    ///
    /// What carries a label that hides, and whoever's record does, is named nowhere but at a number of their own.
    package func mayAllKnow(
        of set: PatientSet, labels: Labels, at number: PhoneNumber, directory: any PatientDirectory, grant: Grant,
        vault: TenantVault, at moment: Instant, in transaction: any Transaction
    ) throws -> Bool {
        guard labels.isDisjoint(with: .hiding) else { return false }
        let records = try Policy.labels(of: set.members, in: transaction).get()
        guard records.values.allSatisfy({ $0.isDisjoint(with: .hiding) }) else { return false }
        let others = try directory.reachable(at: number, vault: vault, in: transaction).filter { !set.contains($0) }
        if others.isEmpty { return true }
        let entitled = try proxies(
            of: set.members, for: .seeVisits, confidential: false, grant: grant, at: moment, in: transaction
        ).filter(\.mayAct).compactMap(\.person)
        let primaries = Set(try entitled.map { try directory.set(of: $0, in: transaction).primary })
        let plain = try directory.plain(of: others, in: transaction)
        return others.allSatisfy { primaries.contains($0) && plain[$0]?.deceased == false }
    }
}
