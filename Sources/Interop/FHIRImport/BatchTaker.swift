import FHIR
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Vault

/// Entries of one file that named a patient who was not there yet.
struct WaitingEntries: Sendable {
    /// What to read again: the file alone.
    let input: ImportInput
    /// The line of each entry, for the report, should it fail in the end.
    var lines: [Int: Int] = [:]
}

/// Takes the batches of one run, one after another, and keeps its account.
actor BatchTaker {
    private let spine: Spine
    private let caller: Caller
    private let vault: TenantVault
    private let source: String
    private let directory: any PatientIntake
    private let documents: any ClinicalDocuments
    private let referrals: any ReferralIntake
    private let keys: RecordKeys
    private var report = ImportReport()
    private var aliases: [String: [String: [UInt8]]] = [:]
    private var waitingByFile: [String: WaitingEntries] = [:]
    private var unresolved: Set<[UInt8]> = []
    private var tenantSubject: ID<KeySubject>?
    private var nextStatistics = 300

    /// More targets that lead to nothing are not remembered: the figure says "at least" then.
    private static let rememberedTargets = 100_000
    private static let patientsAtOnce = 32

    init(
        spine: Spine, caller: Caller, vault: TenantVault, source: String, directory: any PatientIntake,
        documents: any ClinicalDocuments, referrals: any ReferralIntake
    ) {
        self.referrals = referrals
        self.spine = spine
        self.caller = caller
        self.vault = vault
        self.source = source
        self.directory = directory
        self.documents = documents
        keys = RecordKeys(vault: vault, source: source)
    }

    func take(_ items: [FHIRItem], of input: ImportInput, isSecondReading: Bool) async throws -> ImportCounts {
        var entries: [(entry: FHIREntry, file: String)] = []
        for item in items {
            switch item {
            case .entry(let entry):
                let file = input.fullName(of: entry.place.file)
                entries.append((entry, file))
                if isSecondReading {
                    waitingByFile[file]?.lines[entry.place.entry ?? -1] = nil
                } else {
                    report.read(1, of: file)
                }
            case .fault(let fault):
                let file = input.fullName(of: fault.place.file)
                report.read(1, of: file)
                report.fail(RecordPlace(fault.place, file: file), fault.reason.description)
            }
        }
        noteAliases(entries)
        var patients: [PreparedRecord] = []
        var records: [PreparedRecord] = []
        for prepared in await prepare(entries) {
            switch prepared.result {
            case .success(let record):
                if case .patient = record.body { patients.append(record) } else { records.append(record) }
            case .failure(.skip(let reason)): report.skip(prepared.place, reason)
            case .failure(.broken(let reason)): report.fail(prepared.place, reason)
            }
        }
        try await takePatients(patients)
        try await takeRecords(records, input, isSecondReading: isSecondReading)
        forgetAliases(but: entries.last?.file)
        try await refreshStatistics()
        return ImportCounts(entries: report.entries, failed: report.failedCount)
    }

    // MARK: Reading

    private func noteAliases(_ entries: [(entry: FHIREntry, file: String)]) {
        for (entry, file) in entries {
            guard let alias = RecordReader.alias(of: entry), let id = RecordReader.identity(of: entry) else { continue }
            aliases[file, default: [:]][alias] = keys.record(entry.resourceType, id)
        }
    }

    /// Names within a file are needed as long as entries of it are to come.
    private func forgetAliases(but current: String?) {
        for file in aliases.keys where file != current && waitingByFile[file] == nil { aliases[file] = nil }
    }

    private typealias Prepared = (place: RecordPlace, result: Result<PreparedRecord, RecordRefusal>)

    /// Reads, hashes and writes the JSON of the entries on all cores.
    private func prepare(_ entries: [(entry: FHIREntry, file: String)]) async -> [Prepared] {
        let reader = RecordReader(keys: keys, aliases: aliases)
        let size = 100
        return await withTaskGroup(of: (Int, [Prepared]).self) { group in
            for start in stride(from: 0, to: entries.count, by: size) {
                let part = entries[start..<min(start + size, entries.count)]
                group.addTask {
                    (
                        start,
                        part.map { (RecordPlace($0.entry.place, file: $0.file), reader.read($0.entry, file: $0.file)) }
                    )
                }
            }
            var parts: [(Int, [Prepared])] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    // MARK: Patients

    private func takePatients(_ records: [PreparedRecord]) async throws {
        if records.isEmpty { return }
        let wanted = records.map(\.key)
        let known = try await spine.read(.patientImport, as: caller) { transaction, _ in
            try wanted.map { try FHIRImportStore.patient($0, in: transaction)?.contentHash }
        }
        var seen: Set<[UInt8]> = []
        var round: [PreparedRecord] = []
        for (record, contentHash) in zip(records, known) {
            if contentHash == record.contentHash {
                report.left()
                continue
            }
            // The same patient twice, or a full round: what came before goes in first.
            if !seen.insert(record.key).inserted || round.count == Self.patientsAtOnce {
                try await takeAtOnce(round)
                round = []
                seen = [record.key]
            }
            round.append(record)
        }
        try await takeAtOnce(round)
    }

    private func takeAtOnce(_ records: [PreparedRecord]) async throws {
        let outcomes = try await withThrowingTaskGroup(of: (Int, Attempt).self) { group in
            for (index, record) in records.enumerated() {
                guard case .patient(let person) = record.body else { continue }
                let command = TakePatient(
                    record: record, person: person, source: source, directory: directory, documents: documents)
                group.addTask { [spine, caller] in
                    (index, try await Attempt.of { try await spine.perform(command, as: caller) })
                }
            }
            var outcomes: [(Int, Attempt)] = []
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted { $0.0 < $1.0 }
        }
        for (index, outcome) in outcomes { note(outcome, of: records[index]) }
    }

    // MARK: Everything else

    private func takeRecords(
        _ records: [PreparedRecord], _ input: ImportInput, isSecondReading: Bool
    ) async throws {
        if records.isEmpty { return }
        let command = try await command(for: records)
        let caller = caller
        do {
            let taken = try await spine.perform(command, as: caller)
            note(taken, of: records, input, isSecondReading: isSecondReading)
        } catch let fault as Fault where fault.category != .unavailable {
            // One of them stands in the way: each alone, so that it fails alone.
            if records.count == 1 {
                note(.failed(Attempt.reason(fault)), of: records[0])
                return
            }
            for record in records { try await takeRecords([record], input, isSecondReading: isSecondReading) }
        }
    }

    private func command(for records: [PreparedRecord]) async throws -> TakeRecords {
        let hasExternal = records.contains { if case .external = $0.body { true } else { false } }
        if hasExternal && tenantSubject == nil {
            let kept = try await spine.read(.patientImport, as: caller) { transaction, _ in
                try FHIRImportStore.externalSubject(in: transaction)
            }
            if let kept { tenantSubject = kept } else { tenantSubject = try await vault.newSubject() }
        }
        return TakeRecords(
            records: records, tenantSubject: tenantSubject, source: source, directory: directory, documents: documents,
            referrals: referrals)
    }

    private func note(
        _ taken: TakenRecords, of records: [PreparedRecord], _ input: ImportInput, isSecondReading: Bool
    ) {
        for target in taken.unresolved where unresolved.count < Self.rememberedTargets { unresolved.insert(target) }
        for (record, outcome) in zip(records, taken.outcomes) {
            if outcome == .waiting, !isSecondReading, let entry = record.place.entry {
                let file = record.place.file
                var waiting = waitingByFile[file] ?? WaitingEntries(input: input.narrowed(to: file))
                if waiting.lines[entry] != nil {
                    report.skip(record.place, "stands in a file that was named twice")
                    continue
                }
                waiting.lines[entry] = record.place.line
                waitingByFile[file] = waiting
                continue
            }
            note(.done(outcome), of: record)
        }
    }

    /// Ever more rarely: each time four times as much has come in.
    private func refreshStatistics() async throws {
        guard report.takenCount >= nextStatistics else { return }
        while nextStatistics <= report.takenCount { nextStatistics *= 4 }
        let documents = documents
        try await spine.database.write(caller.tenant) { transaction in
            try FHIRImportStore.refreshStatistics(in: transaction)
            try documents.refreshStatistics(in: transaction)
        }
    }

    // MARK: The account

    private func note(_ attempt: Attempt, of record: PreparedRecord) {
        switch attempt {
        case .failed(let reason): report.fail(record.place, reason)
        case .done(.taken): report.took(record.type, record.notes)
        case .done(.updated): report.changed(record.type, record.notes)
        case .done(.unchanged): report.left()
        case .done(.exists): report.skip(record.place, "its ifNoneExist matches another record, which stands")
        case .done(.ambiguous): report.fail(record.place, "its ifNoneExist matches several records")
        case .done(.waiting):
            if case .document(let document) = record.body, case .among = document.owner {
                report.fail(record.place, "names no patient, and its references do not lead to exactly one")
            } else {
                report.fail(record.place, "names a patient that is neither in these files nor known from this source")
            }
        }
    }

    func waiting() -> [String: WaitingEntries] { waitingByFile }

    /// What did not come again in the second reading was not read: the file changed meanwhile.
    func endSecondReading(of file: String) {
        guard let waiting = waitingByFile.removeValue(forKey: file) else { return }
        for (entry, line) in waiting.lines.sorted(by: { $0.key < $1.key }) {
            report.fail(
                RecordPlace(file: file, entry: entry, line: line),
                "could not be read a second time; the file changed meanwhile")
        }
    }

    func finish(seconds: Double, ignored: [String]) async throws -> ImportReport {
        let targets = Array(unresolved)
        report.unresolvedReferences = try await spine.read(.patientImport, as: caller) { transaction, _ in
            try targets.reduce(0) { try FHIRImportStore.isKnown($1, in: transaction) ? $0 : $0 + 1 }
        }
        report.seconds = seconds
        report.ignoredFiles = ignored
        return report
    }
}

/// What came of one command.
private enum Attempt: Sendable {
    case done(RecordOutcome)
    case failed(String)

    /// A storage that is away is no fault of the entry: it ends the import.
    static func of(_ body: () async throws -> RecordOutcome) async throws -> Attempt {
        do {
            return .done(try await body())
        } catch let fault as Fault where fault.category != .unavailable {
            return .failed(reason(fault))
        }
    }

    static func reason(_ fault: Fault) -> String {
        if let cause = fault.cause as? StoreError, cause.kind == .unique,
            cause.constraint?.contains("patient_identifier") == true
        {
            return "another patient already has this medical record number"
        }
        if !fault.fields.isEmpty { return fault.fields.map { "\($0.path): \($0.message)" }.joined(separator: " ") }
        return fault.message
    }
}
