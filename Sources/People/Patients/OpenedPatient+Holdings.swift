import Kernel
import PeopleAPI
import Spine
import Store
import Vault

/// What belongs to a patient and stands in rows of its own: ways to be reached and record numbers.
extension OpenedPatient {
    /// Brings the ways to reach the patient to exactly these, in this order. What stays as it is keeps its source.
    func replaceContacts(
        by wanted: [ContactEntry], source: String, directory: PeopleDirectory, context: CommandContext
    ) throws {
        let transaction = context.transaction
        let patient = stored.plain.id
        var present: [String: PatientsStore.Contact] = [:]
        for contact in try PatientsStore.contacts(of: [patient], in: transaction).get() {
            let value = try contact.open(grant)
            if wanted.contains(where: { $0.text == value }), present[value] == nil {
                present[value] = contact
            } else {
                try PatientsStore.deleteContact(contact.id, of: patient, in: transaction)
            }
        }
        let now = FieldSource(source: source, at: context.now)
        for (rank, entry) in wanted.enumerated() {
            if let contact = present[entry.text] {
                let same = contact.kind == "email" || contact.use == entry.use
                try PatientsStore.update(
                    contact.id, of: patient, use: same ? contact.use : entry.use, rank: rank,
                    source: same ? contact.source : now, in: transaction)
            } else {
                try PatientsStore.insert(
                    try entry.prepared(stored.plain.keySubject, directory: directory, context: context), rank: rank,
                    patient: patient, subject: stored.plain.keySubject, source: source, at: context.now,
                    in: transaction)
            }
        }
    }

    /// Brings the record numbers to exactly these. Numbers of other systems stay.
    func replaceRecordNumbers(
        by wanted: [String], source: String, directory: PeopleDirectory, context: CommandContext
    ) throws {
        let transaction = context.transaction
        var kept: Set<String> = []
        for number in try PatientsStore.identifiers(of: [stored.plain.id], in: transaction).get()
        where number.system == PatientCodes.mrn {
            let value = try number.open(grant)
            if wanted.contains(value) {
                kept.insert(value)
            } else {
                try PatientsStore.deleteIdentifier(number.id, of: stored.plain.id, in: transaction)
            }
        }
        for number in wanted where kept.insert(number).inserted {
            try insert(
                recordNumber: number, mayBeDisputed: true, source: source, directory: directory, context: context)
        }
    }

    /// `mayBeDisputed`: somebody types it who is not to learn whose it is; else one that is taken is refused by the schema.
    func insert(
        recordNumber: String, mayBeDisputed: Bool = false, source: String, directory: PeopleDirectory,
        context: CommandContext
    ) throws {
        var terms = SearchTerms(index: directory.indexes.index(context.vault))
        let id = context.ids.nextRaw()
        let sealed = try context.vault.seal(IdentifierValue(recordNumber), id: id, subject: stored.plain.keySubject)
        let term = terms.add(identifier: recordNumber)
        try PatientsStore.insert(
            .init(id: id, system: PatientCodes.mrn, term: term, sealed: sealed),
            isDisputed: mayBeDisputed && RecordNumbers.isDisputed(term, context), patient: stored.plain, source: source,
            at: context.now, in: context.transaction)
    }
}
