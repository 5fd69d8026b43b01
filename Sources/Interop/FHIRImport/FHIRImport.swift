import Kernel
import Vault

// FHIR import: records of other systems come in, as often as they are sent, and stand once.
//
// - A record is known by source, type and source id, of which only a keyed hash is kept, and its content by another.
//   Nothing new: nothing is written. New content under a known id: the record is updated.
// - A Patient becomes a patient of ours with contact points and record number; bills and Coverage tell the insurance. What
//   has a patient goes to the patient's shelf as it came in, sealed under the patient's key. Who and where (practitioners,
//   organizations, locations, medicines) stands in tables of this capability.
// - References are found within the file by `fullUrl`, over all files by type and id or by identifier. What names a
//   patient that has not come yet is read once more when everything else is in: files may come in any order, and nothing
//   waits in memory but numbers of entries.
// - An entry that cannot be taken fails alone and is listed with file, entry and line. What fails in a batch is tried alone.
// - The whole run is recorded with its purpose. The log gets one event per patient and run, `patient.imported`, never one
//   per result: a lifetime of results would drown the timeline.

/// What became of one entry inside the transaction.
package enum RecordOutcome: Sendable, Codable, Equatable {
    case taken
    case updated
    case unchanged
    /// Its `ifNoneExist` matches another record, which from now on stands for it too.
    case exists
    /// Its `ifNoneExist` matches several records.
    case ambiguous
    /// The patient it names is not known yet.
    case waiting
}

/// What came in about nobody in particular, as it came in: sealed, since free text may say anything.
struct ExternalContent: Sealable {
    static let sealKind = SealKind(500)
    /// How people call it, where that is not plain: the name of a practitioner.
    let title: String?
    let raw: [UInt8]

    init(title: String?, raw: [UInt8]) {
        self.title = title
        self.raw = raw
    }

    func pack(into packer: inout Packer) {
        packer.put(1, title)
        packer.put(2, bytes: raw)
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        title = fields.string(1)
        raw = fields.bytes(2) ?? []
    }
}

/// Turns what a source calls its records into keyed hashes: they are recognised again and never read.
struct RecordKeys: Sendable {
    private let vault: TenantVault
    private let source: String

    init(vault: TenantVault, source: String) {
        self.vault = vault
        self.source = source
    }

    func record(_ type: String, _ id: String) -> [UInt8] {
        hash([source, type, id], label: "interop-record")
    }

    /// Of an identifier, which means the same whoever sends it. `system` nil: the value under any system.
    func identifier(_ type: String, system: String?, value: String) -> [UInt8] {
        hash([type, system.map { "=" + $0 } ?? "*", value], label: "interop-identifier")
    }

    func content(_ bytes: [UInt8]) -> [UInt8] { vault.keyedHash(bytes, label: "interop-content") }

    func coverage(payer: String, plan: String?, memberID: String?) -> [UInt8] {
        hash([payer, plan ?? "", memberID ?? ""], label: "interop-coverage")
    }

    /// Each part with its length before it, so that no two lists of parts read the same.
    private func hash(_ parts: [String], label: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            bytes.append(contentsOf: "\(part.utf8.count):".utf8)
            bytes.append(contentsOf: part.utf8)
        }
        return vault.keyedHash(bytes, label: label)
    }
}
