import JSON
package import Kernel
package import PeopleAPI
package import Spine
import Store
import TimeZones
import Vault

extension PeopleDirectory: PatientIntake {
    package func update(_ patient: ID<Patient>, to person: NewPatient, context: CommandContext) throws -> Bool {
        try PatientRules.check(person, today: CivilDate.utc(context.now))
        let opened = try OpenedPatient(patient, directory: self, context: context)
        var change = SourceChange(opened, person, at: context.now)
        change.compare()
        let contacts = try takeContacts(person, opened, context)
        let mrn = try takeRecordNumber(person, opened, context)
        if change.fields.isEmpty && !contacts && !mrn { return false }
        _ = try opened.save(change.record, plain: change.plain, context: context)
        let searched: Set<PatientField> = [.name, .preferredName, .birthDate]
        if contacts || mrn || change.fields.contains(where: searched.contains) {
            try opened.indexAnew(change.record, directory: self, context: context)
        }
        var fields = change.fields.map(\.rawValue)
        if contacts { fields.append("contacts") }
        if mrn { fields.append("mrn") }
        context.emit(
            NewEvent(
                .patientUpdated, patient: patient,
                body: ["fields": .array(fields.map { .string($0) }), "source": .string(person.source)]))
        return true
    }

    package func cover(_ patient: ID<Patient>, by coverage: NewCoverage, context: CommandContext) throws {
        let texts = [coverage.payer, coverage.plan, coverage.memberID].compactMap { $0 }
        guard texts.allSatisfy(PatientRules.isText) else {
            throw Fault.invalid("coverage", "Payer, plan and member id are at most 200 letters on one line.")
        }
        guard let plain = try PatientsStore.plain([patient], in: context.transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        let id = context.ids.nextRaw()
        let details = CoverageDetails(payer: coverage.payer, plan: coverage.plan, memberID: coverage.memberID)
        let sealed = try context.vault.seal(details, id: id, subject: plain.keySubject)
        try PatientsStore.insert(
            PreparedPatient.Coverage(id: id, payer: PatientCodes.payer(coverage.payer), sealed: sealed), patient: plain,
            source: coverage.source, at: context.now, in: context.transaction)
    }

    /// Adds the contact points the source says now, and takes away those it once said and does not any more.
    private func takeContacts(
        _ person: NewPatient, _ opened: OpenedPatient, _ context: CommandContext
    ) throws -> Bool {
        let plain = opened.stored.plain
        let present = try PatientsStore.contacts(of: [plain.id], in: context.transaction).get()
        let values = try present.map { try $0.open(opened.grant) }
        let wanted =
            person.phones.map { ContactEntry.phone($0.number, use: $0.use) }
            + (person.email.map { [ContactEntry.email($0)] } ?? [])
        var changed = false
        for (contact, value) in zip(present, values)
        where contact.source.source == person.source && !wanted.contains(where: { $0.text == value }) {
            try PatientsStore.deleteContact(contact.id, of: plain.id, in: context.transaction)
            changed = true
        }
        var known = Set(values)
        for (rank, entry) in wanted.enumerated() where known.insert(entry.text).inserted {
            try PatientsStore.insert(
                try entry.prepared(plain.keySubject, directory: self, context: context), rank: rank, patient: plain.id,
                subject: plain.keySubject, source: person.source, at: context.now, in: context.transaction)
            changed = true
        }
        return changed
    }

    /// Puts the source's record number in the place of the one it gave before.
    private func takeRecordNumber(
        _ person: NewPatient, _ opened: OpenedPatient, _ context: CommandContext
    ) throws -> Bool {
        guard let mrn = person.mrn else { return false }
        let plain = opened.stored.plain
        let present = try PatientsStore.identifiers(of: [plain.id], in: context.transaction).get()
            .filter { $0.system == PatientCodes.mrn }
        if try present.contains(where: { try $0.open(opened.grant) == mrn }) { return false }
        for old in present where old.source.source == person.source {
            try PatientsStore.deleteIdentifier(old.id, of: plain.id, in: context.transaction)
        }
        try opened.insert(recordNumber: mrn, source: person.source, directory: self, context: context)
        return true
    }
}

/// What differs between a record and what its source says of it now. Pure.
private struct SourceChange {
    private let old: PatientPlain
    private let recorded: FieldSource
    private let person: NewPatient
    private let now: FieldSource
    private(set) var record: PatientRecord
    private(set) var plain: PatientPlain
    private(set) var fields: [PatientField] = []

    init(_ opened: OpenedPatient, _ person: NewPatient, at now: Instant) {
        old = opened.stored.plain
        recorded = opened.stored.recordSource
        record = opened.record
        plain = old
        self.person = person
        self.now = FieldSource(source: person.source, at: now)
    }

    mutating func compare() {
        let said = PatientRecord(person)
        take(.name, if: (record.given, record.family) != (said.given, said.family)) { record in
            record.given = said.given
            record.family = said.family
        }
        if said.preferredName != nil {
            take(.preferredName, if: record.preferredName != said.preferredName) {
                $0.preferredName = said.preferredName
            }
        }
        take(.birthDate, if: record.birthDate != said.birthDate) { $0.birthDate = said.birthDate }
        take(.gender, if: record.gender != said.gender) { $0.gender = said.gender }
        let address = { (record: PatientRecord) in
            record.addressLines + [record.city, record.state, record.postalCode].map { $0 ?? "" }
        }
        take(.address, if: address(record) != address(said)) { record in
            record.addressLines = said.addressLines
            record.city = said.city
            record.state = said.state
            record.postalCode = said.postalCode
        }
        let newLanguage = take(.language, if: old.language != person.language) { _ in }
        let newZone = take(.zone, if: person.zone != nil && old.zone != person.zone) { _ in }
        let newDeath = take(.deceased, if: old.deceased != person.deceased) { _ in }
        plain = PatientPlain(
            id: old.id, keySubject: old.keySubject, language: newLanguage ? person.language : old.language,
            birthYear: record.birthDate?.year, deceased: newDeath ? person.deceased : old.deceased,
            zone: newZone ? person.zone : old.zone, version: old.version)
    }

    /// Applies a difference unless somebody else set the field.
    @discardableResult
    private mutating func take(
        _ field: PatientField, if differs: Bool, _ apply: (inout PatientRecord) -> Void
    ) -> Bool {
        guard differs, record.source(of: field, record: recorded).source == person.source else { return false }
        apply(&record)
        record.sources[field] = now
        fields.append(field)
        return true
    }
}
