import Foundation
import Kernel
import Spine
import Store
import Trust
import Vault

/// Makes one backup, beside a running server.
///
/// Everything in it is of one moment. It writes nothing into the stores. The key store is not in it: its present state is
/// written beside the other keys, after the data were read, so that it holds every key the data need.
struct BackupMaking {
    let options: Installation.Options
    let installation: Installation
    let folder: BackupFolder
    /// Stores everything, also what an earlier backup has.
    let isFull: Bool
    /// Bytes read so far, from time to time.
    let progress: (Int64) -> Void
    let note: (String) -> Void

    func run() async throws -> BackupManifest {
        let now = installation.spine.clock.now()
        let id = BackupFolder.freshID(at: now)
        let journal = BackupJournal(installation.keyFolder)
        do {
            let manifest = try await make(id, at: now)
            try journal.append(
                .init(act: .backup, at: now, backup: id, folder: Self.absolute(folder.path), failure: nil))
            return manifest
        } catch {
            let code = (error as? Fault)?.code ?? (error as? StoreError)?.fault.code ?? "backup.failed"
            try journal.append(
                .init(act: .backup, at: now, backup: id, folder: Self.absolute(folder.path), failure: code))
            throw error
        }
    }

    private func make(_ id: String, at now: Instant) async throws -> BackupManifest {
        let keys = installation.keyFolder
        let key = try keys.backupKey(creating: true)
        let tenants = try await installation.tenants.list()
        guard !tenants.isEmpty else {
            throw Fault(
                .notFound, "tenant.none", "There is no tenant yet.", remedy: "Run throughline init --data DIR first.")
        }
        let held = try folder.hold()
        let schema = try await Self.schema(of: installation.database)
        let migrations = try await Self.migrations(of: installation.database)
        var anchors: [AuditAnchor] = []
        for tenant in tenants {
            anchors += try await installation.database.read(tenant.id) { try AuditChain.heads(at: now, in: $0) }
        }
        let beginning = try folder.beginning(id)
        var isFinished = false
        // A backup that failed is no backup; a folder that stays is removed by the next one.
        defer { if !isFinished { try? FileManager.default.removeItem(atPath: beginning) } }
        let base = isFull ? nil : base(keys: keys, tenants: tenants.map(\.id.text))
        let (parts, result) = try content(id, in: beginning, key: key, base: base?.index)
        guard try await Self.schema(of: installation.database) == schema else {
            throw Fault(
                .conflict, "backup.schema-changed", "The schema changed while the backup was made.",
                remedy: "Run it again when the upgrade has ended.")
        }
        let generation = try await KeyStoreCopy.generation(in: installation.keyDatabase)
        try KeyStoreCopy(options).write(generation: generation, at: now)
        let manifest = BackupManifest(
            id: id, at: now, program: Version.text, engine: installation.database.engine.rawValue,
            engineVersion: try options.dataStore.engineVersion(),
            tenants: tenants.map { .init(id: $0.id.text, key: $0.key) }, schema: schema, migrations: migrations,
            key: key.name, keys: Self.absolute(keys.path), bases: result.bases,
            baseKeys: result.bases.map { base?.manifest.keyName(of: $0) ?? key.name }, data: result.data,
            index: result.index, storedBytes: result.storedBytes, reusedBytes: result.reusedBytes,
            parts: zip(parts, result.parts).map { .init(part: $0, content: $1) }, anchors: anchors)
        try folder.finish(manifest, in: beginning, keys: keys)
        isFinished = true
        try held.close()
        return manifest
    }

    private func content(
        _ id: String, in beginning: String, key: BackupKey, base: BackupIndex?
    ) throws -> ([StorePlace.Part], BackupWriter.Result) {
        let writer = try BackupWriter(folder: beginning, id: id, key: key, base: base)
        var parts: [StorePlace.Part] = []
        var bytes: Int64 = 0
        var told: Int64 = 0
        try options.dataStore.read { part in
            parts.append(part)
            writer.begin(part.name)
        } _: { chunk in
            try writer.add(chunk)
            bytes += Int64(chunk.count)
            if bytes - told >= 256 << 20 {
                told = bytes
                progress(bytes)
            }
        }
        return (parts, try writer.finish())
    }

    /// What the latest backup in the folder has, if it is of these tenants and keys and all it needs is there. It may be
    /// sealed under an earlier key.
    private func base(keys: KeyFolder, tenants: [String]) -> (manifest: BackupManifest, index: BackupIndex)? {
        do {
            guard let latest = try folder.ids().last else { return nil }
            let manifest = try folder.manifest(latest, keys: keys)
            guard manifest.engine == installation.database.engine.rawValue, manifest.tenants.map(\.id) == tenants
            else { return nil }
            for id in [latest] + manifest.bases {
                let wanted = try folder.manifest(id, keys: keys).data.bytes
                let file = folder.folder(of: id) + "/data"
                let found = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int64
                guard found == wanted else {
                    throw Fault(.invalid, "backup.damaged", "A file has another size than it had.", place: file)
                }
            }
            return (manifest, try folder.reader(manifest, keys: keys).index)
        } catch {
            note("The earlier backups cannot be built upon, so this one stores everything: \(error)")
            return nil
        }
    }

    static func schema(of database: any Database) async throws -> String {
        Hex.encode(ContentHash.of(Array(try await SchemaDump.text(of: database).utf8)))
    }

    static func migrations(of database: any Database) async throws -> [String] {
        try await database.read(.installation) { transaction in
            try transaction.rows("SELECT id, fingerprint FROM migration ORDER BY id").map {
                "\(try $0["id"] as String) \(try $0["fingerprint"] as String)"
            }
        }
    }

    static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
