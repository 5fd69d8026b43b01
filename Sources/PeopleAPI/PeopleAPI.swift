package import Kernel
package import Spine
package import Store
package import TimeZones
package import Vault

/// What other areas may know of and do with patients. Implemented by the People area.
package protocol PatientDirectory: Sendable {
    /// The overlay a patient belongs to: itself alone, or all members of its link.
    func set(of patient: ID<Patient>, in transaction: any Transaction) throws -> PatientSet
    /// The plain columns: no grant needed. Missing ids are left out.
    func plain(of patients: [ID<Patient>], in transaction: any Transaction) throws -> [ID<Patient>: PatientPlain]
    /// The patients (primaries of their sets) who can be reached at this number; several when it is shared.
    func reachable(at phone: PhoneNumber, vault: TenantVault, in transaction: any Transaction) throws -> [ID<Patient>]
    /// The same for an e-mail address, however it is spelt.
    func reachable(atEmail email: String, vault: TenantVault, in transaction: any Transaction) throws -> [ID<Patient>]
    /// Full names, for a list that shows nothing more; patients the grant does not cover are left out.
    func names(
        of patients: [ID<Patient>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<Patient>: String]
    /// Names and ways to reach them, for a list; patients the grant does not cover are left out.
    func cards(
        of patients: [ID<Patient>], grant: Grant, in transaction: any Transaction
    ) throws -> [ID<Patient>: PatientCard]
    /// Which of these payers, each named as on a card or by its key, are those of the newest coverage of one of the
    /// records; nil: none of them has any. Nothing is opened.
    func payers(
        of patients: [ID<Patient>], among named: Set<String>, in transaction: any Transaction
    ) throws -> Set<String>?
    /// Registers a person; takes one fresh key subject of the context.
    func register(_ person: NewPatient, context: CommandContext) throws -> ID<Patient>
}

/// What is plain about a patient.
package struct PatientPlain: Sendable {
    package let id: ID<Patient>
    package let keySubject: ID<KeySubject>
    /// BCP-47.
    package let language: String
    package let birthYear: Int?
    package let deceased: Bool
    /// IANA zone of the patient's home when it is known.
    package let zone: String?
    package let version: Int
    /// The first three digits of the postal code, when it is known.
    package let region: String?

    package init(
        id: ID<Patient>, keySubject: ID<KeySubject>, language: String, birthYear: Int?, deceased: Bool, zone: String?,
        version: Int, region: String? = nil
    ) {
        self.region = region
        self.id = id
        self.keySubject = keySubject
        self.language = language
        self.birthYear = birthYear
        self.deceased = deceased
        self.zone = zone
        self.version = version
    }
}

/// The header of a patient's page, opened.
package struct PatientCard: Sendable {
    package let id: ID<Patient>
    /// "Maria Delgado Ruiz".
    package let name: String
    /// What she wants to be called; nil: the given name.
    package let preferredName: String?
    package let givenName: String
    package let initials: String
    package let birthDate: CivilDate?
    package let gender: String?
    package let mrn: String?
    package let language: String
    package let needsInterpreter: Bool
    package let phones: [PatientPhone]
    package let email: String?
    /// sms, phone, email, portal or none.
    package let contactPreference: String?
    /// "Harbor Mutual PPO", "Self-pay".
    package let coverage: String?
    /// Codes: deceased, interpreter, fall-risk, shared-phone, vip …
    package let flags: [String]
    package let deceased: Bool
    package let zone: String?

    package init(
        id: ID<Patient>, name: String, preferredName: String?, givenName: String, initials: String,
        birthDate: CivilDate?, gender: String?, mrn: String?, language: String, needsInterpreter: Bool,
        phones: [PatientPhone], email: String?, contactPreference: String?, coverage: String?, flags: [String],
        deceased: Bool, zone: String?
    ) {
        self.id = id
        self.name = name
        self.preferredName = preferredName
        self.givenName = givenName
        self.initials = initials
        self.birthDate = birthDate
        self.gender = gender
        self.mrn = mrn
        self.language = language
        self.needsInterpreter = needsInterpreter
        self.phones = phones
        self.email = email
        self.contactPreference = contactPreference
        self.coverage = coverage
        self.flags = flags
        self.deceased = deceased
        self.zone = zone
    }
}

extension PatientCard {
    /// The number that texts go to: the mobile phone, else the first one there is.
    package var textPhone: PatientPhone? { phones.first { $0.use == "mobile" } ?? phones.first }
}

package struct PatientPhone: Sendable, Equatable {
    package let number: PhoneNumber
    /// mobile, home, work.
    package let use: String
    /// Whether others can be reached there too.
    package let shared: Bool

    package init(number: PhoneNumber, use: String, shared: Bool) {
        self.number = number
        self.use = use
        self.shared = shared
    }
}

/// A person to register. Everything but a way to tell them apart may be missing: people write before they have a record.
package struct NewPatient: Sendable {
    package var given: [String] = []
    package var family: String?
    package var preferredName: String?
    package var birthDate: CivilDate?
    /// FHIR administrative gender: male, female, other, unknown.
    package var gender: String?
    package var language = "en"
    package var needsInterpreter = false
    package var mrn: String?
    package var phones: [(number: PhoneNumber, use: String)] = []
    package var email: String?
    package var addressLines: [String] = []
    package var city: String?
    package var state: String?
    package var postalCode: String?
    package var zone: String?
    package var contactPreference: String?
    package var coveragePayer: String?
    package var coveragePlan: String?
    package var memberID: String?
    package var flags: [String] = []
    package var deceased = false
    /// Where the record came from: console, api, sms, import, generated.
    package var source = "console"
    /// Locations the patient belongs to; empty: seen from everywhere.
    package var locations: [ID<Location>] = []
    /// What makes the record more sensitive than others.
    package var labels: Labels = []
    /// The label that tells no reason.
    package var restricted: Bool {
        get { labels.contains(.restricted) }
        set { if newValue { labels.insert(.restricted) } else { labels.remove(.restricted) } }
    }

    package init() {}
}
