import JSON
import Kernel
import PeopleAPI
package import Spine
import Store
import Vault

extension EventKind {
    /// A source brought in this patient or something about them; one per patient and run.
    package static let patientImported = EventKind("patient.imported")
}

/// Takes one Patient in: registers the person, or brings the record up to date.
struct TakePatient: Command {
    static let name = "TakePatient"
    static let permission = Permission.patientImport
    static let freshSubjects = 1
    let record: PreparedRecord
    let person: NewPatient
    let source: String
    let directory: any PatientIntake
    let documents: any ClinicalDocuments

    func run(_ context: CommandContext) throws -> RecordOutcome {
        let transaction = context.transaction
        let run = context.caller.correlation
        if let known = try FHIRImportStore.patient(record.key, in: transaction) {
            context.concerns(.patient(known.patient))
            if known.contentHash == record.contentHash { return .unchanged }
            _ = try directory.update(known.patient, to: person, context: context)
            try addLabels(known.patient, transaction)
            try shelve(known.patient, known.subject, context)
            try FHIRImportStore.replaceIdentifiers(
                of: record.key, by: record.identifiers, patient: known.patient, isNew: false, in: transaction)
            try FHIRImportStore.update(record.key, contentHash: record.contentHash, run: run, in: transaction)
            if known.run != run { context.emit(Self.imported(known.patient, source: source)) }
            return .updated
        }
        if let existing = try FHIRImportStore.existing(for: record.key, condition: record.condition, in: transaction) {
            return existing
        }
        let patient = try directory.register(person, context: context)
        guard let plain = try directory.plain(of: [patient], in: transaction)[patient] else {
            throw Fault(.internalError, "import.patient", "A patient that was just registered is not there.")
        }
        context.concerns(.patient(patient))
        try shelve(patient, plain.keySubject, context)
        try FHIRImportStore.insert(
            record.key, patient: patient, subject: plain.keySubject, contentHash: record.contentHash, run: run,
            in: transaction)
        try FHIRImportStore.replaceIdentifiers(
            of: record.key, by: record.identifiers, patient: patient, isNew: true, in: transaction)
        context.emit(Self.imported(patient, source: source))
        return .taken
    }

    /// The resource as it came in, so that nothing of it is lost.
    private func shelve(_ patient: ID<Patient>, _ subject: ID<KeySubject>, _ context: CommandContext) throws {
        _ = try documents.record(
            NewClinicalDocument(
                patient: patient, keySubject: subject, type: record.type, sourceHash: record.key,
                contentHash: record.contentHash, raw: record.raw, source: "import",
                labels: person.labels),
            context: context)
    }

    /// What the source says makes the record more sensitive; what somebody here has said stays.
    private func addLabels(_ patient: ID<Patient>, _ transaction: any Transaction) throws {
        if person.labels.isEmpty { return }
        let known = try Policy.labels(of: [patient], in: transaction).get()[patient] ?? []
        try Policy.setLabels(known.union(person.labels), of: patient, in: transaction)
    }

    static func imported(_ patient: ID<Patient>, source: String) -> NewEvent {
        NewEvent(.patientImported, patient: patient, body: ["source": .string(source)])
    }
}
