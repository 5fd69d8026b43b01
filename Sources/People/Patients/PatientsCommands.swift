package import ConversationsAPI
import JSON
package import Kernel
package import PeopleAPI
package import Spine
import Store
package import TimeZones
package import Vault

/// What a command on a patient answers with; 64-bit ids travel as their 13 characters.
package struct PatientVersion: Sendable, Codable, Equatable {
    package let patient: String
    package let version: Int

    package init(_ id: ID<Patient>, version: Int) {
        patient = id.text
        self.version = version
    }

    package var id: ID<Patient>? { ID(patient) }
}

/// Registers a person.
package struct RegisterPatient: Command {
    package static let name = "RegisterPatient"
    package static let permission = Permission.patientWrite
    package static let freshSubjects = 1
    package let person: NewPatient
    /// Sealed and hashed beforehand, so that the transaction only inserts; nil: done inside.
    package let prepared: PreparedPatient?
    /// What the person agreed to while being registered, written down with it.
    package let consents: [ConsentSummary]
    /// Searches that must find nobody: somebody at a desk is asked first whether it is one of those they find.
    package let unlessFound: [FindPatients]
    private let directory: PeopleDirectory
    private let ledger: (any ConsentLedger)?

    package init(
        _ person: NewPatient, prepared: PreparedPatient? = nil, directory: PeopleDirectory,
        consents: [ConsentSummary] = [], ledger: (any ConsentLedger)? = nil, unlessFound: [FindPatients] = []
    ) {
        self.unlessFound = unlessFound
        self.person = person
        self.prepared = prepared
        self.directory = directory
        self.consents = consents
        self.ledger = ledger
    }

    package func validate() throws {
        let problems = PatientRules.problems(person)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        precondition(consents.isEmpty || ledger != nil, "consent needs a ledger to be written into")
    }

    package func run(_ context: CommandContext) throws -> PatientVersion {
        for query in unlessFound where try !query.run(context.transaction, context.access).hits.isEmpty {
            throw Fault(
                .conflict, "patient.alike", "Somebody like this is registered already.",
                remedy: "Look whether it is the same person.")
        }
        try PatientRules.check(person, today: CivilDate.utc(context.now))
        let patient = try prepared ?? directory.prepare(person, context: context)
        // One number at most: an identifier of a new patient is a record number.
        let isDisputed = try patient.identifiers.contains { try RecordNumbers.isDisputed($0.term, context) }
        try PatientsStore.insert(patient, isDisputed: isDisputed, at: context.now, in: context.transaction)
        context.emit(PeopleDirectory.registered(patient))
        let id = patient.id
        for word in consents { try ledger?.record(word, of: id, context: context) }
        context.concerns(.patient(id))
        return PatientVersion(id, version: 1)
    }
}

/// A change of one field: left alone, or set to a value, or emptied.
package enum FieldChange<Value: Sendable & Equatable>: Sendable, Equatable {
    case keep
    case set(Value?)

    func applied(to old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .set(let value): value
        }
    }

    var isSet: Bool { self != .keep }
}

/// What is to change about a patient; fields that are not named stay.
package struct PatientChanges: Sendable, Equatable {
    package var given: FieldChange<[String]> = .keep
    package var family: FieldChange<String> = .keep
    package var preferredName: FieldChange<String> = .keep
    package var birthDate: FieldChange<CivilDate> = .keep
    package var gender: FieldChange<String> = .keep
    package var language: FieldChange<String> = .keep
    package var needsInterpreter: FieldChange<Bool> = .keep
    package var addressLines: FieldChange<[String]> = .keep
    package var city: FieldChange<String> = .keep
    package var state: FieldChange<String> = .keep
    package var postalCode: FieldChange<String> = .keep
    package var zone: FieldChange<String> = .keep
    package var contactPreference: FieldChange<String> = .keep
    package var flags: FieldChange<[String]> = .keep
    package var deceased: FieldChange<Bool> = .keep
    /// All ways to reach the patient from now on, the first choice first.
    package var contacts: FieldChange<[ContactEntry]> = .keep
    /// All record numbers from now on.
    package var recordNumbers: FieldChange<[String]> = .keep
    /// The newest coverage; what there was stays behind it, so that it cannot be emptied.
    package var coverage: NewCoverage?

    package init() {}

    /// What is named here, as events tell it: never a value.
    var names: [String] {
        let held: [(String, Bool)] = [
            ("contacts", contacts.isSet), ("mrn", recordNumbers.isSet), ("coverage", coverage != nil),
        ]
        return fields.map(\.rawValue) + held.filter(\.1).map(\.0)
    }

    /// The demographic fields that are named here.
    var fields: [PatientField] {
        let named: [(PatientField, Bool)] = [
            (.name, given.isSet || family.isSet), (.preferredName, preferredName.isSet), (.birthDate, birthDate.isSet),
            (.gender, gender.isSet), (.language, language.isSet), (.needsInterpreter, needsInterpreter.isSet),
            (.address, addressLines.isSet || city.isSet || state.isSet || postalCode.isSet), (.zone, zone.isSet),
            (.contactPreference, contactPreference.isSet), (.flags, flags.isSet), (.deceased, deceased.isSet),
        ]
        return named.filter(\.1).map(\.0)
    }

    func applied(to old: PatientRecord) -> PatientRecord {
        var record = old
        record.given = given.applied(to: old.given) ?? []
        record.family = family.applied(to: old.family)
        record.preferredName = preferredName.applied(to: old.preferredName)
        record.birthDate = birthDate.applied(to: old.birthDate)
        record.gender = gender.applied(to: old.gender)
        record.needsInterpreter = needsInterpreter.applied(to: old.needsInterpreter) ?? false
        record.addressLines = addressLines.applied(to: old.addressLines) ?? []
        record.city = city.applied(to: old.city)
        record.state = state.applied(to: old.state)
        record.postalCode = postalCode.applied(to: old.postalCode)
        record.contactPreference = contactPreference.applied(to: old.contactPreference)
        record.flags = flags.applied(to: old.flags) ?? []
        return record
    }
}

/// Changes a patient's demographics, if the version is still the one that was read.
package struct UpdatePatient: Command {
    package static let name = "UpdatePatient"
    package static let permission = Permission.patientWrite
    package let patient: ID<Patient>
    /// From `If-Match`; nil: whatever the version is.
    package let expected: Int?
    package let changes: PatientChanges
    package let source: String
    private let directory: PeopleDirectory

    package init(
        _ patient: ID<Patient>, expected: Int?, changes: PatientChanges, source: String, directory: PeopleDirectory
    ) {
        self.patient = patient
        self.expected = expected
        self.changes = changes
        self.source = source
        self.directory = directory
    }

    package func validate() throws {
        var problems: [Fault.Field] = []
        if case .set(let contacts) = changes.contacts { problems += ContactEntry.problems(contacts ?? []) }
        if case .set(let numbers) = changes.recordNumbers {
            problems += PatientRules.problems(recordNumbers: numbers ?? [])
        }
        if let coverage = changes.coverage { problems += PatientRules.problems(coverage) }
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    package func run(_ context: CommandContext) throws -> PatientVersion {
        let opened = try OpenedPatient(patient, directory: directory, context: context)
        try opened.expect(version: expected)
        let old = opened.stored.plain
        var record = changes.applied(to: opened.record)
        let now = FieldSource(source: source, at: context.now)
        for field in changes.fields { record.sources[field] = now }
        let plain = PatientPlain(
            id: old.id, keySubject: old.keySubject,
            language: changes.language.applied(to: old.language) ?? old.language,
            birthYear: record.birthDate?.year, deceased: changes.deceased.applied(to: old.deceased) ?? false,
            zone: changes.zone.applied(to: old.zone), version: old.version)
        try PatientRules.check(opened.asPerson(record, plain), today: CivilDate.utc(context.now))
        if record.fullName.isEmpty, try !isReachable(context) {
            throw Fault.invalid("family", "A name, a phone number or an e-mail address is needed.")
        }
        let version = try opened.save(record, plain: plain, context: context)
        try takeHoldings(opened, context)
        let searched: Set<PatientField> = [.name, .preferredName, .birthDate]
        if changes.contacts.isSet || changes.recordNumbers.isSet || changes.fields.contains(where: searched.contains) {
            try opened.indexAnew(record, directory: directory, context: context)
        }
        context.emit(
            NewEvent(
                .patientUpdated, patient: patient,
                body: ["fields": .array(changes.names.map { .string($0) }), "source": .string(source)]))
        return PatientVersion(patient, version: version)
    }

    /// Whether there will be a way to reach the patient.
    private func isReachable(_ context: CommandContext) throws -> Bool {
        if case .set(let contacts) = changes.contacts { return !(contacts ?? []).isEmpty }
        return try !PatientsStore.contacts(of: [patient], in: context.transaction).get().isEmpty
    }

    /// What belongs to the patient and stands in rows of its own.
    private func takeHoldings(_ opened: OpenedPatient, _ context: CommandContext) throws {
        if case .set(let contacts) = changes.contacts {
            try opened.replaceContacts(by: contacts ?? [], source: source, directory: directory, context: context)
        }
        if case .set(let numbers) = changes.recordNumbers {
            try opened.replaceRecordNumbers(by: numbers ?? [], source: source, directory: directory, context: context)
        }
        if let coverage = changes.coverage { try directory.cover(patient, by: coverage, context: context) }
    }
}

/// Records a wish or need that is not demographics: "mornings after 8", "needs a ride". One of a kind counts.
package struct RecordPreference: Command {
    package static let name = "RecordPreference"
    package static let permission = Permission.patientWrite
    package let patient: ID<Patient>
    package let expected: Int?
    package let kind: String
    package let code: String
    package let note: String?
    package let source: String
    private let directory: PeopleDirectory

    package init(
        _ patient: ID<Patient>, expected: Int? = nil, kind: String, code: String, note: String?, source: String,
        directory: PeopleDirectory
    ) {
        self.patient = patient
        self.expected = expected
        self.kind = kind
        self.code = code
        self.note = note
        self.source = source
        self.directory = directory
    }

    package func validate() throws {
        var problems: [Fault.Field] = []
        if !PatientCodes.preferenceKinds.contains(kind) {
            problems.append(
                Fault.Field("kind", "One of \(PatientCodes.preferenceKinds.sorted().joined(separator: ", "))."))
        }
        if kind == "channel" && !PatientCodes.contactPreferences.contains(code) {
            problems.append(Fault.Field("code", "One of sms, phone, email, portal, none."))
        } else if !PatientCodes.isCode(code) {
            problems.append(Fault.Field("code", "A code of lower-case letters, digits and dashes."))
        }
        if let note, !PatientRules.isText(note) {
            problems.append(Fault.Field("note", "At most 200 letters on one line."))
        }
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    package func run(_ context: CommandContext) throws -> PatientVersion {
        let opened = try OpenedPatient(patient, directory: directory, context: context)
        try opened.expect(version: expected)
        var record = opened.record
        let now = FieldSource(source: source, at: context.now)
        if kind == "channel" {
            record.contactPreference = code
            record.sources[.contactPreference] = now
        }
        record.preferences.removeAll { $0.kind == kind }
        record.preferences.append(Preference(kind: kind, code: code, note: note, source: now))
        let version = try opened.save(record, plain: opened.stored.plain, context: context)
        context.emit(
            NewEvent(
                .patientPreferenceRecorded, patient: patient, body: ["kind": .string(kind), "code": .string(code)]))
        return PatientVersion(patient, version: version)
    }
}
