import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
package import Vault

/// A way to reach a patient, as somebody tells it.
package enum ContactEntry: Sendable, Equatable {
    case phone(PhoneNumber, use: String)
    case email(String)

    /// E.164, or the address as it is written.
    var text: String {
        switch self {
        case .phone(let number, _): number.e164
        case .email(let text): text
        }
    }

    /// `mobile`, `home`, `work`.
    var use: String {
        switch self {
        case .phone(_, let use): use
        case .email: "home"
        }
    }

    /// A patient has at most so many.
    static let most = 20

    func check() throws(Fault) {
        switch self {
        case .phone(_, let use) where !PatientCodes.phoneUses.contains(use):
            throw Fault.invalid("use", "One of mobile, home, work.")
        case .email(let text) where !PatientRules.isEmail(text):
            throw Fault.invalid("value", "An e-mail address has an @ in it.")
        default: return
        }
    }

    /// What is wrong with all the ways a patient is to have.
    static func problems(_ entries: [ContactEntry]) -> [Fault.Field] {
        var problems: [Fault.Field] = []
        if entries.count > most { problems.append(Fault.Field("contacts", "At most twenty contact points.")) }
        var seen: Set<String> = []
        for (index, entry) in entries.enumerated() {
            do {
                try entry.check()
            } catch {
                problems += error.fields.map { Fault.Field("contacts[\(index)].\($0.path)", $0.message) }
            }
            if !seen.insert(entry.text.lowercased()).inserted {
                problems.append(Fault.Field("contacts[\(index)]", "This stands in the list twice."))
            }
        }
        return problems
    }

    func prepared(
        _ subject: ID<KeySubject>, directory: PeopleDirectory, context: CommandContext
    ) throws -> PreparedPatient.Contact {
        var terms = SearchTerms(index: directory.indexes.index(context.vault))
        let id = context.ids.nextRaw()
        let sealed = try context.vault.seal(ContactValue(text), id: id, subject: subject)
        switch self {
        case .phone(let number, _):
            return .init(id: id, kind: "phone", term: terms.add(phone: number), use: use, sealed: sealed)
        case .email:
            return .init(id: id, kind: "email", term: terms.add(email: text), use: use, sealed: sealed)
        }
    }
}

/// Adds a way to reach a patient.
package struct AddContactPoint: Command {
    package static let name = "AddContactPoint"
    package static let permission = Permission.patientWrite
    package let patient: ID<Patient>
    package let value: ContactEntry
    package let source: String
    private let directory: PeopleDirectory

    package init(_ patient: ID<Patient>, _ value: ContactEntry, source: String, directory: PeopleDirectory) {
        self.patient = patient
        self.value = value
        self.source = source
        self.directory = directory
    }

    package func validate() throws { try value.check() }

    package func run(_ context: CommandContext) throws -> PatientVersion {
        let opened = try OpenedPatient(patient, directory: directory, context: context)
        let plain = opened.stored.plain
        let present = try PatientsStore.contacts(of: [patient], in: context.transaction).get()
        guard present.count < ContactEntry.most else {
            throw Fault(.conflict, "patient.contact-points", "A patient has at most twenty contact points.")
        }
        let values = try present.map { try $0.open(opened.grant) }
        guard !values.contains(value.text) else {
            throw Fault(.conflict, "patient.contact-known", "This patient already has that phone number or address.")
        }
        let contact = try value.prepared(plain.keySubject, directory: directory, context: context)
        try PatientsStore.insert(
            contact, rank: present.count, patient: patient, subject: plain.keySubject, source: source,
            at: context.now, in: context.transaction)
        try opened.indexAnew(opened.record, directory: directory, context: context)
        let version = try opened.save(opened.record, plain: plain, context: context)
        context.emit(
            NewEvent(
                .patientContactAdded, patient: patient,
                body: ["kind": .string(contact.kind), "source": .string(source)]))
        return PatientVersion(patient, version: version)
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
