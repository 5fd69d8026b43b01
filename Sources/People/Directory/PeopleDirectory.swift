import JSON
package import Kernel
package import PeopleAPI
package import Spine
package import Store
import TimeZones
package import Vault

/// What other areas may know of and do with patients. It depends on nothing but the store, so that it can be made first.
package struct PeopleDirectory: PatientDirectory {
    package let indexes: TenantIndexes

    package init(indexes: TenantIndexes = TenantIndexes()) {
        self.indexes = indexes
    }

    package func set(of patient: ID<Patient>, in transaction: any Transaction) throws -> PatientSet {
        try PatientsStore.set(of: patient, in: transaction)
    }

    package func plain(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> [ID<Patient>: PatientPlain] {
        try PatientsStore.plain(patients, in: transaction)
    }

    package func reachable(
        at phone: PhoneNumber, vault: TenantVault, in transaction: any Transaction
    ) throws -> [ID<Patient>] {
        try PatientsStore.reachable(term: indexes.index(vault).term(.phone, phone.digits), in: transaction)
    }

    package func reachable(
        atEmail email: String, vault: TenantVault, in transaction: any Transaction
    ) throws -> [ID<Patient>] {
        let term = indexes.index(vault).term(.email, SearchTerms.normalised(email: email))
        return try PatientsStore.reachable(term: term, kind: "email", in: transaction)
    }

    package func names(
        of patients: [ID<Patient>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<Patient>: String] {
        let covered = patients.filter { grant.covers(.patient($0)) }
        if covered.isEmpty { return [:] }
        var names: [ID<Patient>: String] = [:]
        for stored in try PatientsStore.stored(covered, in: transaction).get() {
            names[stored.plain.id] = try stored.open(grant).fullName
        }
        return names
    }

    package func cards(
        of patients: [ID<Patient>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<Patient>: PatientCard] {
        let covered = patients.filter { grant.covers(.patient($0)) }
        if covered.isEmpty { return [:] }
        let contacts = Dictionary(
            grouping: try PatientsStore.contacts(of: covered, in: transaction).get(), by: \.patient)
        let caller = grant.caller
        let identifiers = Dictionary(
            grouping: caller.may(.identifierRead)
                ? try PatientsStore.identifiers(of: covered, in: transaction).get() : [], by: \.patient)
        let coverage = Dictionary(
            grouping: caller.may(.coverageRead) ? try PatientsStore.coverage(of: covered, in: transaction).get() : [],
            by: \.patient)
        var cards: [ID<Patient>: PatientCard] = [:]
        for stored in try PatientsStore.stored(covered, in: transaction).get() {
            let id = stored.plain.id
            cards[id] = try Self.card(
                stored, record: try stored.open(grant), contacts: contacts[id] ?? [],
                mrn: identifiers[id]?.first { $0.system == PatientCodes.mrn }?.open(grant),
                coverage: coverage[id]?.first?.open(grant), grant: grant)
        }
        return cards
    }

    package func payers(
        of patients: [ID<Patient>], among named: Set<String>, in transaction: any Transaction
    ) throws -> Set<String>? {
        let known = try PatientsStore.payers(of: patients, in: transaction)
        return known.isEmpty ? nil : named.filter { known.contains($0) || known.contains(PatientCodes.payer($0)) }
    }

    package func register(_ person: NewPatient, context: CommandContext) throws -> ID<Patient> {
        try PatientRules.check(person, today: CivilDate.utc(context.now))
        let patient = try prepare(person, context: context)
        try PatientsStore.insert(patient, at: context.now, in: context.transaction)
        context.emit(Self.registered(patient))
        return patient.id
    }

    /// Seals and hashes a person to register; takes one fresh key subject of the context.
    func prepare(_ person: NewPatient, context: CommandContext) throws -> PreparedPatient {
        try PreparedPatient(
            person, id: context.newID(), subject: try context.takeSubject(), ids: context.ids, vault: context.vault,
            index: indexes.index(context.vault))
    }

    /// The event of a registration.
    static func registered(_ patient: PreparedPatient) -> NewEvent {
        NewEvent(.patientRegistered, patient: patient.id, body: ["source": .string(patient.source)])
    }

    static func card(
        _ stored: PatientsStore.Stored, record: PatientRecord, contacts: [PatientsStore.Contact], mrn: String?,
        coverage: CoverageDetails?, grant: Grant
    ) throws -> PatientCard {
        var phones: [PatientPhone] = []
        var email: String?
        for contact in contacts {
            let value = try contact.open(grant)
            if contact.kind == "email" {
                email = email ?? value
            } else if let number = PhoneNumber(value) {
                phones.append(PatientPhone(number: number, use: contact.use, shared: contact.shared))
            }
        }
        var flags = record.flags
        if stored.plain.deceased { flags.insert("deceased", at: 0) }
        if record.needsInterpreter { flags.append("interpreter") }
        if phones.contains(where: \.shared) { flags.append("shared-phone") }
        return PatientCard(
            id: stored.plain.id, name: record.fullName, preferredName: record.preferredName,
            givenName: record.given.first ?? record.fullName, initials: record.initials, birthDate: record.birthDate,
            gender: record.gender, mrn: mrn, language: stored.plain.language, needsInterpreter: record.needsInterpreter,
            phones: phones, email: email, contactPreference: record.contactPreference, coverage: coverage?.wording,
            flags: flags, deceased: stored.plain.deceased, zone: stored.plain.zone)
    }
}

extension CoverageDetails {
    /// "Harbor Mutual, Choice PPO".
    var wording: String { [payer, plan].compactMap { $0 }.joined(separator: ", ") }
}

extension EventKind {
    package static let patientRegistered = EventKind("patient.registered")
    package static let patientUpdated = EventKind("patient.updated")
    package static let patientContactAdded = EventKind("patient.contact-added")
    package static let patientPreferenceRecorded = EventKind("patient.preference-recorded")
    package static let patientLinked = EventKind("patient.linked")
    package static let patientUnlinked = EventKind("patient.unlinked")
}

extension CivilDate {
    /// The day of an instant in UTC.
    static func utc(_ instant: Instant) -> CivilDate {
        let seconds = instant.seconds
        return CivilDate(daysSinceEpoch: Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400))
    }
}
