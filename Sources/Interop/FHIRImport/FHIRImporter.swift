import FHIR
import Foundation
package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import Vault

/// One thing to import from.
package struct ImportInput: Sendable {
    private enum Origin: Sendable {
        case path(String)
        case bytes([UInt8], name: String)
    }

    private let origin: Origin
    private let isDirectory: Bool

    /// A file, or a directory with all files below it.
    package static func path(_ path: String) -> ImportInput {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        return ImportInput(origin: .path(path), isDirectory: exists && isDirectory.boolValue)
    }

    /// A file that is in memory already; the ending of its name tells the format.
    package static func bytes(_ bytes: [UInt8], name: String) -> ImportInput {
        ImportInput(origin: .bytes(bytes, name: name), isDirectory: false)
    }

    func open() -> FHIRSource {
        switch origin {
        case .path(let path): FHIRSource(paths: [path])
        case .bytes(let bytes, let name): FHIRSource(bytes: bytes, name: name)
        }
    }

    /// The path of a file that the source names below its directory.
    func fullName(of name: String) -> String {
        guard isDirectory, case .path(let path) = origin else { return name }
        return path.hasSuffix("/") ? path + name : path + "/" + name
    }

    /// One file of it, by its full name.
    func narrowed(to file: String) -> ImportInput {
        guard case .path = origin else { return self }
        return ImportInput(origin: .path(file), isDirectory: false)
    }
}

/// How far an import is.
package struct ImportProgress: Sendable, Equatable {
    /// Entries read so far.
    package let entries: Int
    package let failed: Int
    package let consumedBytes: Int
    package let totalBytes: Int
    /// Seconds since the start.
    package let seconds: Double
    /// Whether entries that waited for their patient are read once more.
    package let isSecondReading: Bool

    package var entriesPerSecond: Double { seconds > 0 ? Double(entries) / seconds : 0 }

    /// Estimated from the bytes read; nil as long as nothing can be told.
    package var secondsLeft: Double? {
        guard consumedBytes > 0, seconds > 0, totalBytes >= consumedBytes else { return nil }
        return seconds / Double(consumedBytes) * Double(totalBytes - consumedBytes)
    }
}

/// Imports FHIR R4 files of one source: streamed, in batches, each batch one transaction, the next one read meanwhile.
package struct FHIRImporter: Sendable {
    /// An entry counts towards both limits of a batch.
    private static let batchEntries = 400
    private static let batchBytes = 16 << 20
    /// From so many new records on, the store is put in order at the end; fewer wait for its ordinary upkeep.
    private static let bulk = 1000

    let spine: Spine
    let directory: any PatientIntake
    let documents: any ClinicalDocuments
    let referrals: any ReferralIntake

    /// - Parameter source: names the sender, in lower-case letters, digits and dashes: the same id from another sender is
    ///   another record.
    package func run(
        _ inputs: [ImportInput], tenant: ID<Tenant>, source: String = "fhir",
        progress: @Sendable (ImportProgress) -> Void = { _ in }
    ) async throws -> ImportReport {
        guard (1...40).contains(source.utf8.count), source.utf8.allSatisfy(Self.isCodeByte) else {
            throw Fault.invalid("source", "A source is named in lower-case letters, digits and dashes, at most 40.")
        }
        return try await spine.run(
            "import-fhir", tenant: tenant, purpose: .operations,
            permissions: [.patientImport, .patientWrite, .referralRead, .referralWrite],
            origin: "cli"
        ) { caller in
            let vault = try await spine.vault(tenant)
            let taker = BatchTaker(
                spine: spine, caller: caller, vault: vault, source: source, directory: directory, documents: documents,
                referrals: referrals)
            let report = try await read(inputs, taker, progress)
            if report.takenCount >= Self.bulk { try await Statistics.settle(tenant, in: spine.database) }
            return (report, report.entries)
        }
    }

    private static func isCodeByte(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
    }

    private func read(
        _ inputs: [ImportInput], _ taker: BatchTaker, _ progress: (ImportProgress) -> Void
    ) async throws -> ImportReport {
        let started = spine.clock.now()
        let sources = inputs.map { (input: $0, source: $0.open()) }
        let total = sources.reduce(0) { $0 + $1.source.totalBytes }
        var done = 0
        for (input, source) in sources {
            let before = done
            try await pass(source, of: input, taker, only: nil) { counts in
                let seconds = Double((spine.clock.now() - started).microseconds) / 1_000_000
                progress(
                    ImportProgress(
                        entries: counts.entries, failed: counts.failed, consumedBytes: before + source.consumedBytes,
                        totalBytes: total, seconds: seconds, isSecondReading: false))
            }
            done += source.totalBytes
        }
        for (file, waiting) in await taker.waiting().sorted(by: { $0.key < $1.key }) {
            let input = waiting.input
            try await pass(input.open(), of: input, taker, only: Set(waiting.lines.keys)) { counts in
                let seconds = Double((spine.clock.now() - started).microseconds) / 1_000_000
                progress(
                    ImportProgress(
                        entries: counts.entries, failed: counts.failed, consumedBytes: total, totalBytes: total,
                        seconds: seconds, isSecondReading: true))
            }
            await taker.endSecondReading(of: file)
        }
        let seconds = Double((spine.clock.now() - started).microseconds) / 1_000_000
        return try await taker.finish(seconds: seconds, ignored: sources.flatMap(\.source.ignoredFiles))
    }

    /// Reads one input to its end. One batch is written while the next is read.
    private func pass(
        _ source: FHIRSource, of input: ImportInput, _ taker: BatchTaker, only: Set<Int>?,
        _ progress: (ImportCounts) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: ImportCounts.self) { group in
            var isEnded = false
            while !isEnded {
                let batch = Self.batch(from: source, only: only)
                isEnded = batch.isEnded
                if let counts = try await group.next() { progress(counts) }
                if batch.items.isEmpty { continue }
                let items = batch.items
                group.addTask { try await taker.take(items, of: input, isSecondReading: only != nil) }
            }
            if let counts = try await group.next() { progress(counts) }
        }
    }

    /// The next items, at most so many and so large; those whose entry is not in `only` are passed over.
    private static func batch(from source: FHIRSource, only: Set<Int>?) -> (items: [FHIRItem], isEnded: Bool) {
        var items: [FHIRItem] = []
        var bytes = 0
        while items.count < batchEntries && bytes < batchBytes {
            guard let item = source.next() else { return (items, true) }
            switch item {
            case .entry(let entry):
                if let only, !only.contains(entry.place.entry ?? -1) { continue }
                bytes += entry.raw.count
            case .fault:
                // It was told in the first reading.
                if only != nil { continue }
            }
            items.append(item)
        }
        return (items, false)
    }
}

/// What a batch changed of the figures that progress shows.
package struct ImportCounts: Sendable {
    let entries: Int
    let failed: Int
}
