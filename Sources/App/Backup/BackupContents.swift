import Foundation
import Kernel
import Store
import Vault

/// A backup that was found, with its manifest checked by the keys it is read with.
struct BackupContents {
    let folder: BackupFolder
    let manifest: BackupManifest
    let keys: KeyFolder

    /// `wanted`: the beginning of an id; the latest backup if absent.
    init(_ folder: BackupFolder, at wanted: String?, keys: KeyFolder) throws {
        self.folder = folder
        self.keys = keys
        let id = try folder.find(wanted)
        guard FileManager.default.fileExists(atPath: keys.path) else {
            throw Fault(
                .unavailable, "keys.missing", "There is no key folder here.",
                remedy: "Give --keys with the key folder that belongs to the backup, or put it beside --data.",
                place: keys.path)
        }
        manifest = try folder.manifest(id, keys: keys)
        try manifest.checkKeys(keys)
    }

    var isOnPostgres: Bool { manifest.engine == Engine.postgres.rawValue }

    /// Reads and authenticates everything; with a loader it is loaded as it is read. It blocks.
    func read(into loader: StoreLoader? = nil, progress: (Int64) -> Void = { _ in }) throws {
        let reader = try folder.reader(manifest, keys: keys)
        let parts = Dictionary(
            manifest.parts.map { ($0.part.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard Set(parts.keys) == Set(reader.index.parts.map(\.name)) else {
            throw Fault(
                .invalid, "backup.damaged", "The backup is damaged: its index and its manifest name different parts.",
                remedy: "Use another copy of it, or an earlier backup.", place: folder.folder(of: manifest.id))
        }
        let names = manifest.parts.map(\.part.name)
        var bytes: Int64 = 0
        var told: Int64 = 0
        for name in loader?.ordered(names) ?? names {
            guard let part = parts[name] else { continue }
            try loader?.begin(part.part)
            try reader.read(part.content) { chunk in
                try loader?.add(chunk)
                bytes += Int64(chunk.count)
                if bytes - told >= 256 << 20 {
                    told = bytes
                    progress(bytes)
                }
            }
        }
        try loader?.finish()
    }

    /// The program's migrations that had run when the backup was made: what its tables are made with.
    func migrations(of program: [Migration]) throws -> [Migration] {
        let known = Dictionary(
            program.map { ("\($0.id) \($0.fingerprint)", $0) }, uniquingKeysWith: { first, _ in first })
        return try manifest.migrations.map { line in
            guard let migration = known[line] else {
                throw Fault(
                    .unsupported, "restore.newer",
                    "The backup has a schema step that this release does not know: \(line).",
                    remedy: "Restore with the release that made the backup (\(manifest.program)), or a newer one.")
            }
            return migration
        }
    }

    /// What is wrong with a restored schema; nil when it is the one that was backed up.
    func schemaProblem(_ database: any Database, _ place: StorePlace) async throws -> String? {
        // Another server's version may tell the same schema in other words.
        guard try place.engineVersion() == manifest.engineVersion else { return nil }
        let found = try await BackupMaking.schema(of: database)
        return found == manifest.schema ? nil : "the schema is not the one that was backed up"
    }

    /// What is wrong with the restored audit trail, by the anchors the backup carries. `scratch`: a folder in which they
    /// are written down for the while.
    func auditFindings(_ database: any Database, scratch: String) async throws -> (records: Int, findings: [String]) {
        let file = scratch + "/anchors-of-" + manifest.id + "-" + String(UInt32.random(in: 0 ... .max), radix: 16)
        defer { try? FileManager.default.removeItem(atPath: file) }  // it holds hashes that stand in the manifest
        let anchors = AuditAnchors(path: file, key: try keys.signingKey())
        for anchor in manifest.anchors { try anchors.append(anchor) }
        let verification = AuditVerification(database: database, anchors: anchors)
        var records = 0
        var findings: [String] = []
        for tenant in manifest.tenants {
            guard let id = ID<Tenant>(tenant.id) else { continue }
            let report = try await verification.run(tenant: id, at: nil)
            records += report.records
            findings += report.findings.map { "\(tenant.key): \($0)" }
        }
        return (records, findings)
    }
}

extension StorePlace {
    /// Opens the store with what it takes to look at it.
    func database() throws -> any Database {
        switch self {
        case .file(let path): try StoreOpening.file(path)
        case .schema(let url, let name): try StoreOpening.schema(url, name)
        }
    }
}
