import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Vault

/// What became of a batch, entry by entry, and the links of it that lead to nothing yet.
struct TakenRecords: Codable, Sendable {
    var outcomes: [RecordOutcome] = []
    var unresolved: [[UInt8]] = []
}

/// Takes a batch of records that are no patients in one transaction: all of it or nothing.
struct TakeRecords: Command {
    static let name = "TakeRecords"
    static let permission = Permission.patientImport
    let records: [PreparedRecord]
    /// Seals what belongs to nobody.
    let tenantSubject: ID<KeySubject>?
    let source: String
    let directory: any PatientIntake
    let documents: any ClinicalDocuments
    let referrals: any ReferralIntake

    func run(_ context: CommandContext) throws -> TakenRecords {
        var batch = RecordBatch(command: self, context: context)
        for record in records { try batch.take(record) }
        try batch.finish()
        return batch.taken
    }
}

/// One run of the command: what it looked up once, and what it did.
private struct RecordBatch {
    private let command: TakeRecords
    private let context: CommandContext
    private var transaction: any Transaction { context.transaction }
    private var owners: [[UInt8]: FHIRImportStore.ImportedPatient] = [:]
    private var missing: Set<[UInt8]> = []
    private var links: [[UInt8]: Bool] = [:]
    /// The newest coverage that this batch tells of.
    private var covered: [ID<Patient>: (at: Instant, claim: CoverageClaim)] = [:]
    private var touched: [ID<Patient>: FHIRImportStore.ImportedPatient] = [:]
    private(set) var taken = TakenRecords()

    init(command: TakeRecords, context: CommandContext) {
        self.command = command
        self.context = context
    }

    mutating func take(_ record: PreparedRecord) throws {
        switch record.body {
        case .patient: throw Fault(.internalError, "import.batch", "A patient came into a batch of other records.")
        case .document(let document): taken.outcomes.append(try take(record, document))
        case .external(let name, let npi, let title):
            taken.outcomes.append(try takeExternal(record, name: name, npi: npi, title: title))
        }
    }

    /// Names everybody whose record was written, in one audit record, and tells of each once a run.
    func finish() throws {
        if touched.isEmpty { return }
        let scopes = try Policy.scopeRows(of: touched.keys.sorted(), for: context.caller, in: transaction)
        _ = try context.access.grant(
            .patientImport, forList: touched.keys.sorted().map { (patient: $0, scope: scopes[$0] ?? []) })
        try saveCoverage()
        let run = context.caller.correlation
        for (patient, known) in touched.sorted(by: { $0.key < $1.key }) where known.run != run {
            context.emit(TakePatient.imported(patient, source: command.source))
            try FHIRImportStore.setRun(run, of: patient, in: transaction)
        }
    }

    // MARK: About a patient

    private mutating func take(_ record: PreparedRecord, _ document: PreparedDocument) throws -> RecordOutcome {
        let before = try command.documents.contentHash(of: record.key, in: transaction)
        if before == record.contentHash { return .unchanged }
        if before == nil,
            let existing = try FHIRImportStore.existing(for: record.key, condition: record.condition, in: transaction)
        {
            return existing
        }
        guard let owner = try owner(document.owner) else { return .waiting }
        _ = try command.documents.record(
            NewClinicalDocument(
                patient: owner.patient, keySubject: owner.subject, type: record.type, code: document.code,
                codeSystem: document.codeSystem, title: document.title, primaryAt: document.primaryAt,
                sourceHash: record.key, contentHash: record.contentHash, raw: record.raw, source: "import",
                labels: document.labels),
            context: context)
        if let request = document.request {
            let own = (system: "import:" + command.source, value: record.key.map { String($0) }.joined(separator: "."))
            _ = try command.referrals.receive(
                request.received(for: owner.patient, identifier: own, source: "import"), context: context)
        }
        if !record.identifiers.isEmpty {
            try FHIRImportStore.replaceIdentifiers(
                of: record.key, by: record.identifiers, patient: owner.patient, isNew: before == nil, in: transaction)
        }
        if before != nil || !document.links.isEmpty {
            try FHIRImportStore.replaceLinks(
                of: record.key, patient: owner.patient, by: document.links, isNew: before == nil, in: transaction)
        }
        for link in document.links where try !isKnown(link.target) { taken.unresolved.append(link.target) }
        if let claim = document.coverage { cover(owner, claim) }
        touched[owner.patient] = owner
        return before == nil ? .taken : .updated
    }

    private mutating func owner(_ named: RecordOwner) throws -> FHIRImportStore.ImportedPatient? {
        switch named {
        case .record(let key): return try patient(key)
        case .identifier(let identifier):
            let bearers = try FHIRImportStore.records(bearing: identifier, in: transaction)
            return bearers.count == 1 ? try patient(bearers[0]) : nil
        case .among(let keys):
            var found: FHIRImportStore.ImportedPatient?
            for key in keys {
                guard let patient = try patient(key), patient.patient != found?.patient else { continue }
                if found != nil { return nil }
                found = patient
            }
            return found
        }
    }

    private mutating func patient(_ key: [UInt8]) throws -> FHIRImportStore.ImportedPatient? {
        if let known = owners[key] { return known }
        if missing.contains(key) { return nil }
        let found = try FHIRImportStore.patient(named: key, in: transaction)
        if let found { owners[key] = found } else { missing.insert(key) }
        return found
    }

    private mutating func isKnown(_ target: [UInt8]) throws -> Bool {
        if links[target] == true { return true }
        let known = try FHIRImportStore.isKnown(target, in: transaction)
        links[target] = known
        return known
    }

    /// The newest statement of the batch counts, if it is not older than what is known.
    private mutating func cover(_ owner: FHIRImportStore.ImportedPatient, _ claim: CoverageClaim) {
        let from = claim.from ?? context.now
        if let last = covered[owner.patient]?.at ?? owner.coverageAt, from < last { return }
        covered[owner.patient] = (from, claim)
    }

    /// One of the same payer, plan and member moves only its date.
    private func saveCoverage() throws {
        for (patient, newest) in covered.sorted(by: { $0.key < $1.key }) {
            if newest.claim.hash != touched[patient]?.coverageHash {
                try command.directory.cover(patient, by: newest.claim.coverage, context: context)
            }
            try FHIRImportStore.setCoverage(newest.claim.hash, at: newest.at, of: patient, in: transaction)
        }
    }

    // MARK: About nobody

    private mutating func takeExternal(
        _ record: PreparedRecord, name: String?, npi: String?, title: String?
    ) throws -> RecordOutcome {
        let content = ExternalContent(title: title, raw: record.raw)
        let known = try FHIRImportStore.external(record.key, in: transaction)
        if let known {
            if known.contentHash == record.contentHash { return .unchanged }
            let sealed = try context.vault.seal(content, id: known.id, subject: known.subject)
            try FHIRImportStore.updateExternal(
                known.id, contentHash: record.contentHash, name: name, npi: npi, sealed: sealed, at: context.now,
                in: transaction)
        } else {
            if let existing = try FHIRImportStore.existing(
                for: record.key, condition: record.condition, in: transaction)
            {
                return existing
            }
            guard let subject = command.tenantSubject else {
                throw Fault(.internalError, "import.subject", "A batch has no key for what belongs to nobody.")
            }
            let id = context.ids.nextRaw()
            let sealed = try context.vault.seal(content, id: id, subject: subject)
            try FHIRImportStore.insertExternal(
                id, key: record.key, type: record.type, contentHash: record.contentHash, name: name, npi: npi,
                subject: subject, sealed: sealed, at: context.now, in: transaction)
        }
        try FHIRImportStore.replaceIdentifiers(
            of: record.key, by: record.identifiers, patient: nil, isNew: known == nil, in: transaction)
        return known == nil ? .taken : .updated
    }
}
