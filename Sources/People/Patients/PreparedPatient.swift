package import Kernel
package import PeopleAPI
import Synchronization
import TimeZones
package import Vault

/// A new patient with everything sealed and every search term made, ready to be inserted.
///
/// Hashing and sealing are most of the work of a registration, and need no transaction: the API and the generator do
/// them beside the one writer, so that it only inserts.
package struct PreparedPatient: Sendable {
    struct Contact: Sendable {
        let id: Int64
        let kind: String
        let term: Int64
        let use: String
        let sealed: Sealed<ContactValue>
    }

    struct Identifier: Sendable {
        let id: Int64
        let system: String
        let term: Int64
        let sealed: Sealed<IdentifierValue>
    }

    struct Coverage: Sendable {
        let id: Int64
        let payer: String
        let sealed: Sealed<CoverageDetails>
    }

    package let id: ID<Patient>
    package let subject: ID<KeySubject>
    let language: String
    let birthYear: Int?
    let deceased: Bool
    let zone: String?
    let region: String?
    let source: String
    /// A keyed hash of the record's id at its source; nil when it has none.
    let sourceKey: Int64?
    let sealed: Sealed<PatientRecord>
    let contacts: [Contact]
    let identifiers: [Identifier]
    let coverage: Coverage?
    let terms: [Int64]
    let locations: [ID<Location>]
    let labels: Labels

    package init(
        _ person: NewPatient, id: ID<Patient>, subject: ID<KeySubject>, sourceKey: Int64? = nil, ids: IDSource,
        vault: TenantVault, index: BlindIndex
    ) throws {
        self.id = id
        self.subject = subject
        self.sourceKey = sourceKey
        let record = PatientRecord(person)
        language = person.language
        birthYear = person.birthDate?.year
        deceased = person.deceased
        zone = person.zone
        region = record.region
        source = person.source
        locations = person.locations
        labels = person.labels
        sealed = try vault.seal(record, id: id.raw, subject: subject)

        var terms = SearchTerms(index: index)
        terms.add(record)
        var contacts: [Contact] = []
        for phone in person.phones {
            let term = terms.add(phone: phone.number)
            guard !contacts.contains(where: { $0.term == term }) else { continue }
            let row = ids.nextRaw()
            contacts.append(
                Contact(
                    id: row, kind: "phone", term: term, use: phone.use,
                    sealed: try vault.seal(ContactValue(phone.number.e164), id: row, subject: subject)))
        }
        if let email = person.email {
            let row = ids.nextRaw()
            contacts.append(
                Contact(
                    id: row, kind: "email", term: terms.add(email: email), use: "home",
                    sealed: try vault.seal(ContactValue(email), id: row, subject: subject)))
        }
        self.contacts = contacts
        identifiers =
            try person.mrn.map { mrn in
                let row = ids.nextRaw()
                return [
                    Identifier(
                        id: row, system: PatientCodes.mrn, term: terms.add(identifier: mrn),
                        sealed: try vault.seal(IdentifierValue(mrn), id: row, subject: subject))
                ]
            } ?? []
        coverage = try person.coveragePayer.map { payer in
            let row = ids.nextRaw()
            let details = CoverageDetails(payer: payer, plan: person.coveragePlan, memberID: person.memberID)
            return Coverage(
                id: row, payer: PatientCodes.payer(payer), sealed: try vault.seal(details, id: row, subject: subject))
        }
        self.terms = terms.all
    }
}

extension PatientRecord {
    /// The sealed part of a person to register.
    package init(_ person: NewPatient) {
        self.init()
        given = person.given
        family = person.family
        preferredName = person.preferredName
        birthDate = person.birthDate
        gender = person.gender
        addressLines = person.addressLines
        city = person.city
        state = person.state
        postalCode = person.postalCode
        needsInterpreter = person.needsInterpreter
        contactPreference = person.contactPreference
        flags = person.flags
    }
}

/// The blind index of each tenant, whose keys are prepared once.
package final class TenantIndexes: Sendable {
    private let indexes = Mutex<[ID<Tenant>: BlindIndex]>([:])

    package init() {}

    package func index(_ vault: TenantVault) -> BlindIndex {
        indexes.withLock { indexes in
            if let index = indexes[vault.tenant] { return index }
            let index = BlindIndex(vault: vault)
            indexes[vault.tenant] = index
            return index
        }
    }
}
