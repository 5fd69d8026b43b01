import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
package import Vault

/// Adds a way to reach a patient.
package struct AddContactPoint: Command {
    package enum Value: Sendable, Equatable {
        case phone(PhoneNumber, use: String)
        case email(String)
    }

    package static let name = "AddContactPoint"
    package static let permission = Permission.patientWrite
    package let patient: ID<Patient>
    package let value: Value
    package let source: String
    private let directory: PeopleDirectory

    package init(_ patient: ID<Patient>, _ value: Value, source: String, directory: PeopleDirectory) {
        self.patient = patient
        self.value = value
        self.source = source
        self.directory = directory
    }

    package func validate() throws {
        switch value {
        case .phone(_, let use) where !PatientCodes.phoneUses.contains(use):
            throw Fault.invalid("use", "One of mobile, home, work.")
        case .email(let text) where !PatientRules.isEmail(text):
            throw Fault.invalid("value", "An e-mail address has an @ in it.")
        default: return
        }
    }

    package func run(_ context: CommandContext) throws -> PatientVersion {
        let opened = try OpenedPatient(patient, directory: directory, context: context)
        let plain = opened.stored.plain
        let present = try PatientsStore.contacts(of: [patient], in: context.transaction)
        guard present.count < 20 else {
            throw Fault(.conflict, "patient.contact-points", "A patient has at most twenty contact points.")
        }
        let contact = try prepared(plain.keySubject, context: context)
        let values = try present.map { try $0.open(opened.grant) }
        guard !values.contains(contact.text) else {
            throw Fault(.conflict, "patient.contact-known", "This patient already has that phone number or address.")
        }
        try PatientsStore.insert(
            contact.row, rank: present.count, patient: patient, subject: plain.keySubject, source: source,
            at: context.now, in: context.transaction)
        try opened.indexAnew(opened.record, directory: directory, context: context)
        let version = try opened.save(opened.record, plain: plain, context: context)
        context.emit(
            NewEvent(
                .patientContactAdded, patient: patient,
                body: ["kind": .string(contact.row.kind), "source": .string(source)]))
        return PatientVersion(patient, version: version)
    }

    private func prepared(
        _ subject: ID<KeySubject>, context: CommandContext
    ) throws -> (row: PreparedPatient.Contact, text: String) {
        var terms = SearchTerms(index: directory.indexes.index(context.vault))
        let id = context.ids.nextRaw()
        switch value {
        case .phone(let number, let use):
            let sealed = try context.vault.seal(ContactValue(number.e164), id: id, subject: subject)
            return (.init(id: id, kind: "phone", term: terms.add(phone: number), use: use, sealed: sealed), number.e164)
        case .email(let text):
            let sealed = try context.vault.seal(ContactValue(text), id: id, subject: subject)
            return (.init(id: id, kind: "email", term: terms.add(email: text), use: "home", sealed: sealed), text)
        }
    }
}

/// The records that are one person after a link was made or taken away.
package struct LinkedPatients: Sendable, Codable, Equatable {
    package let primary: String
    package let members: [String]

    package init(_ set: PatientSet) {
        primary = set.primary.text
        members = set.members.map(\.text)
    }
}

/// Lays a record over another: both are then one person, and nothing is moved.
package struct LinkPatients: Command {
    package static let name = "LinkPatients"
    package static let permission = Permission.patientWrite
    package let patient: ID<Patient>
    package let primary: ID<Patient>
    private let directory: PeopleDirectory

    package init(_ patient: ID<Patient>, to primary: ID<Patient>, directory: PeopleDirectory) {
        self.patient = patient
        self.primary = primary
        self.directory = directory
    }

    package func validate() throws {
        if patient == primary { throw Fault.invalid("primary", "A record cannot be linked to itself.") }
    }

    package func run(_ context: CommandContext) throws -> LinkedPatients {
        let transaction = context.transaction
        for id in [patient, primary] {
            _ = try directory.grant(.patientWrite, for: id, access: context.access, in: transaction)
        }
        // A chain of links could not be taken apart one by one.
        let own = try directory.set(of: patient, in: transaction)
        let other = try directory.set(of: primary, in: transaction)
        guard own.members.count == 1, other.primary == primary else {
            throw Fault(
                .conflict, "patient.linked", "One of these records is already linked.",
                remedy: "Link to the primary record, or take the other link away first.")
        }
        try PatientsStore.link(patient, to: primary, at: context.now, in: transaction)
        context.concerns(.patient(primary))
        context.emit(
            NewEvent(
                .patientLinked, patient: primary, subjects: [.patient(patient)], body: ["record": .string(patient.text)]
            ))
        return LinkedPatients(try directory.set(of: primary, in: transaction))
    }
}

/// Takes a link away: both records stand as they were, each with what was added to it since.
package struct UnlinkPatients: Command {
    package static let name = "UnlinkPatients"
    package static let permission = Permission.patientWrite
    package let patient: ID<Patient>
    private let directory: PeopleDirectory

    package init(_ patient: ID<Patient>, directory: PeopleDirectory) {
        self.patient = patient
        self.directory = directory
    }

    package func run(_ context: CommandContext) throws -> LinkedPatients {
        let transaction = context.transaction
        let (set, _) = try directory.grant(.patientWrite, for: patient, access: context.access, in: transaction)
        guard try PatientsStore.unlink(patient, in: transaction) else { throw Fault.notFound("patient-link") }
        context.concerns(.patient(patient))
        context.emit(
            NewEvent(
                .patientUnlinked, patient: set.primary, subjects: [.patient(patient)],
                body: ["record": .string(patient.text)]))
        return LinkedPatients(PatientSet(patient))
    }
}
