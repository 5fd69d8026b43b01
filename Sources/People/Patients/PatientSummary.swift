package import ConversationsAPI
import JSON
package import Kernel
import PeopleAPI
package import SchedulingAPI
import Spine
package import Store
package import Vault

/// Everything known of a person in one piece: what one page shows and one API call answers.
package struct PatientSummary: Sendable {
    package let set: PatientSet
    let stored: PatientsStore.Stored
    package let record: PatientRecord
    package let contacts: [(contact: PatientContact, source: FieldSource)]
    package let identifiers: [(system: String, value: String, source: FieldSource)]
    let coverage: [(details: CoverageDetails, payer: String, source: FieldSource)]
    let consents: [ConsentSummary]
    /// What makes the record more sensitive than others.
    let labels: Labels
    let needs: [NeedSummary]
    package let next: AppointmentSummary?
    let grant: Grant

    var plain: PatientPlain { stored.plain }
    package var version: Int { stored.plain.version }
    package var language: String { stored.plain.language }
    package var mrn: String? { identifiers.first { $0.system == PatientCodes.mrn }?.value }
    /// Whether the caller's role has a right to a part: without it the part was never read.
    func shows(_ field: Permission) -> Bool { grant.caller.may(field) }
    var phones: [PhoneNumber] { contacts.compactMap(\.contact.phone) }

    func source(of field: PatientField) -> FieldSource { record.source(of: field, record: stored.recordSource) }
}

/// One way to reach a patient, opened.
package struct PatientContact: Sendable, Equatable {
    package let kind: String
    package let use: String
    /// E.164 or an e-mail address.
    package let value: String
    /// Whether somebody else can be reached there too.
    package let shared: Bool

    var phone: PhoneNumber? { kind == "phone" ? PhoneNumber(value) : nil }
    var display: String { phone?.display ?? value }
}

/// Reads the summary of the person a record belongs to.
package struct ReadPatient: Query {
    package static let permission = Permission.patientRead

    private let patient: ID<Patient>
    private let now: Instant
    private let sources: PatientSources

    package init(_ patient: ID<Patient>, now: Instant, sources: PatientSources) {
        self.patient = patient
        self.now = now
        self.sources = sources
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> PatientSummary {
        // Closed rows of the whole set are asked for together with its scope; what the policy hides is never opened.
        let whole = try sources.directory.set(of: patient, in: transaction)
        let records = try PatientsStore.stored(whole.members, in: transaction)
        let caller = access.caller
        // Minimum necessary: what the caller has no right to is not asked for.
        let ways = caller.may(.contactRead) ? try PatientsStore.contacts(of: whole.members, in: transaction) : nil
        let numbers =
            caller.may(.identifierRead) ? try PatientsStore.identifiers(of: whole.members, in: transaction) : nil
        let cards = caller.may(.coverageRead) ? try PatientsStore.coverage(of: whole.members, in: transaction) : nil
        let marks = try Policy.labels(of: whole.members, in: transaction)
        let (set, grant) = try sources.directory.grant(
            .patientRead, for: patient, of: whole, access: access, in: transaction)
        let consents = try sources.consents.consents(of: set, for: caller, in: transaction)
        let next =
            caller.may(.appointmentRead)
            ? try sources.appointments.next(of: set, after: now, for: caller, in: transaction) : nil
        let needs =
            caller.may(.needRead) ? try sources.messaging.openNeeds(of: set, grant: grant, in: transaction) : nil
        guard let stored = try records.get().first(where: { $0.plain.id == set.primary }) else {
            throw Fault.notFound("patient")
        }
        var record = try stored.open(grant)
        if ways == nil { record.removeAddress() }
        let labels = try marks.get().reduce(into: Labels()) {
            if set.members.contains($1.key) { $0.formUnion($1.value) }
        }
        return PatientSummary(
            set: set, stored: stored, record: record,
            contacts: try contacts((ways?.get() ?? []).filter { set.members.contains($0.patient) }, of: set, grant),
            identifiers: try (numbers?.get() ?? []).filter { set.members.contains($0.patient) }.map {
                ($0.system, try $0.open(grant), $0.source)
            },
            coverage: try (cards?.get() ?? []).filter { set.members.contains($0.patient) }.map {
                (try $0.open(grant), $0.payer, $0.source)
            },
            consents: try consents.get(), labels: labels, needs: try needs?.get() ?? [], next: try next?.get(),
            grant: grant)
    }

    /// The primary record's first; a number that stands in two linked records is listed once.
    private func contacts(
        _ rows: [PatientsStore.Contact], of set: PatientSet, _ grant: Grant
    ) throws -> [(contact: PatientContact, source: FieldSource)] {
        var contacts: [(contact: PatientContact, source: FieldSource)] = []
        for row in rows.filter({ $0.patient == set.primary }) + rows.filter({ $0.patient != set.primary }) {
            let value = try row.open(grant)
            if contacts.contains(where: { $0.contact.value == value }) { continue }
            contacts.append(
                (PatientContact(kind: row.kind, use: row.use, value: value, shared: row.shared), row.source))
        }
        return contacts
    }
}

/// Where the parts of a summary come from: the store of this area and what other areas answer.
package struct PatientSources: Sendable {
    package let directory: PeopleDirectory
    let messaging: any PatientMessaging
    let consents: any ConsentLedger
    let appointments: any AppointmentBook

    package init(
        directory: PeopleDirectory, messaging: any PatientMessaging, consents: any ConsentLedger,
        appointments: any AppointmentBook
    ) {
        self.directory = directory
        self.messaging = messaging
        self.consents = consents
        self.appointments = appointments
    }
}
