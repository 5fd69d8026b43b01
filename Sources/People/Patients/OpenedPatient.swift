import Kernel
import PeopleAPI
import Spine
import Store
import Vault

/// A patient's record opened inside a command, to be changed and saved with its revision.
struct OpenedPatient {
    let stored: PatientsStore.Stored
    let record: PatientRecord
    let grant: Grant

    /// Throws `patient.not-found` when the record is absent or hidden from this caller.
    init(_ patient: ID<Patient>, directory: PeopleDirectory, context: CommandContext) throws {
        let transaction = context.transaction
        grant = try directory.grant(.patientWrite, for: patient, access: context.access, in: transaction).grant
        guard let stored = try PatientsStore.stored([patient], in: transaction).get().first else {
            throw Fault.notFound("patient")
        }
        self.stored = stored
        record = try stored.open(grant)
        context.concerns(.patient(patient))
    }

    func expect(version: Int?) throws(Fault) {
        guard let version, version != stored.plain.version else { return }
        throw OpenedPatient.changed
    }

    /// Writes the row and the revisions; the new version.
    func save(_ new: PatientRecord, plain: PatientPlain, context: CommandContext) throws -> Int {
        guard
            try PatientsStore.update(plain, record: new, at: context.now, vault: context.vault, in: context.transaction)
        else { throw OpenedPatient.changed }
        let id = plain.id.raw
        if plain.version == 1 {
            // The first state was never written apart from the row: it is its own first revision until now.
            try Revisions.write(
                kind: "patient", id: id, version: 1, value: record, subject: plain.keySubject,
                recordedAt: stored.createdAt, context: context)
        }
        try Revisions.write(
            kind: "patient", id: id, version: plain.version + 1, value: new, subject: plain.keySubject, context: context
        )
        return plain.version + 1
    }

    /// Replaces the search terms by those of the changed record and all ways to reach the patient.
    func indexAnew(_ record: PatientRecord, directory: PeopleDirectory, context: CommandContext) throws {
        var terms = SearchTerms(index: directory.indexes.index(context.vault))
        terms.add(record)
        let transaction = context.transaction
        for contact in try PatientsStore.contacts(of: [stored.plain.id], in: transaction).get() {
            let value = try contact.open(grant)
            if contact.kind == "email" {
                _ = terms.add(email: value)
            } else if let number = PhoneNumber(value) {
                _ = terms.add(phone: number)
            }
        }
        for identifier in try PatientsStore.identifiers(of: [stored.plain.id], in: transaction).get() {
            _ = terms.add(identifier: try identifier.open(grant))
        }
        try TermIndex.put(stored.plain.id.raw, terms: terms.all, in: transaction)
    }

    /// The changed record in the shape the rules check; its contact points were checked when they came in.
    func asPerson(_ record: PatientRecord, _ plain: PatientPlain) -> NewPatient {
        var person = NewPatient()
        person.given = record.given
        person.family = record.family ?? (record.given.isEmpty ? record.preferredName ?? "-" : nil)
        person.preferredName = record.preferredName
        person.birthDate = record.birthDate
        person.gender = record.gender
        person.language = plain.language
        person.addressLines = record.addressLines
        person.city = record.city
        person.state = record.state
        person.postalCode = record.postalCode
        person.zone = plain.zone
        person.contactPreference = record.contactPreference
        person.flags = record.flags
        return person
    }

    private static var changed: Fault {
        Fault(
            .conflict, "patient.changed", "Somebody changed this patient meanwhile.",
            remedy: "Read the patient again and repeat the change with its new version.")
    }
}
