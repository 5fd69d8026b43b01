import Foundation
import Kernel
import Store
import Vault

/// Proves that a backup can be restored: everything is read and authenticated, loaded in a scratch place, looked at and
/// removed again.
struct BackupVerifying {
    struct Report {
        /// False: a PostgreSQL backup was read without a server to load it into.
        var isOpened = false
        var auditRecords = 0
        /// Each a plain sentence. Empty: it can be restored.
        var findings: [String] = []
    }

    let contents: BackupContents
    /// For a backup of PostgreSQL.
    let databaseURL: String?
    /// Where the scratch place is made.
    let scratch: String
    let assets: String?
    let clock: any Clock
    let progress: (Int64) -> Void

    func run() async throws -> Report {
        let journal = BackupJournal(contents.keys)
        let started = ContinuousClock.now
        do {
            let report = try await look()
            let failure = !report.findings.isEmpty ? "backup.findings" : report.isOpened ? nil : "backup.not-opened"
            var done = entry(failure)
            done.seconds = started.duration(to: .now).seconds
            done.bytes = contents.manifest.bytes
            try journal.append(done)
            return report
        } catch {
            try journal.append(entry((error as? Fault)?.code ?? "backup.failed"))
            throw error
        }
    }

    private func entry(_ failure: String?) -> BackupJournal.Entry {
        .init(
            act: .verify, at: clock.now(), backup: contents.manifest.id,
            folder: BackupMaking.absolute(contents.folder.path), failure: failure)
    }

    private func look() async throws -> Report {
        let name = "verify_" + contents.manifest.id.suffix(16) + "_" + String(UInt32.random(in: 0 ... .max), radix: 16)
        if contents.isOnPostgres {
            guard let databaseURL else {
                try contents.read(progress: progress)
                return Report()
            }
            let data = StorePlace.schema(url: databaseURL, name: "throughline_" + name)
            let keys = StorePlace.schema(url: databaseURL, name: "throughline_" + name + "_keys")
            do {
                let report = try await load(data, keys)
                try data.remove()
                try keys.remove()
                return report
            } catch {
                // The first error tells; what cannot be removed is a schema that is called throughline_verify_….
                try? data.remove()
                try? keys.remove()  // as well
                throw error
            }
        }
        let folder = scratch + "/throughline_" + name
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a scratch folder, told by its name
        return try await load(.file(folder + "/throughline.sqlite"), .file(folder + "/keys.sqlite"))
    }

    private func load(_ data: StorePlace, _ keys: StorePlace) async throws -> Report {
        if case .schema = data { try await Self.makeTables(contents, data, keys, assets: assets) }
        try contents.read(into: try StoreLoader(data), progress: progress)
        try KeyStoreCopy.load(from: contents.keys, into: try StoreLoader(keys))
        let database = try data.database()
        let keyDatabase = try keys.database()
        do {
            let report = try await examine(database, keyDatabase, data)
            await database.close()
            await keyDatabase.close()
            return report
        } catch {
            await database.close()
            await keyDatabase.close()
            throw error
        }
    }

    private func examine(_ data: any Database, _ keys: any Database, _ place: StorePlace) async throws -> Report {
        var report = Report()
        report.isOpened = true
        if data.engine == .sqlite {
            let found = try await data.read(.installation) { transaction in
                try transaction.rows("PRAGMA integrity_check(5)").map { try $0.value(at: 0) as String }
            }
            report.findings += found.filter { $0 != "ok" }.map { "SQLite says: \($0)" }
        }
        if let problem = try await contents.schemaProblem(data, place) { report.findings.append(problem) }
        let audit = try await contents.auditFindings(data, scratch: scratch)
        report.auditRecords = audit.records
        report.findings += audit.findings
        let store = KeyStore(
            database: keys, master: try contents.keys.master(), clock: clock, ids: IDSource(clock: clock, node: 0))
        for tenant in contents.manifest.tenants {
            guard let id = ID<Tenant>(tenant.id) else { continue }
            _ = try await store.openTenant(id)
        }
        return report
    }

    /// The tables as they were when the backup was made, and the key store's.
    static func makeTables(
        _ contents: BackupContents, _ data: StorePlace, _ keys: StorePlace, assets: String?
    ) async throws {
        let program = try await Platform.knownMigrations(assets: assets)
        for (place, steps) in [(data, try contents.migrations(of: program)), (keys, KeyStore.migrations)] {
            let database = try place.database()
            do {
                _ = try await Migrations.run(steps, on: database)
            } catch {
                await database.close()
                throw error
            }
            await database.close()
        }
    }
}

extension Platform {
    /// Every migration of the data store that this program knows: found by putting it together on nothing.
    static func knownMigrations(assets: String?) async throws -> [Migration] {
        let folder =
            FileManager.default.temporaryDirectory.path + "/throughline_steps_"
            + String(UInt64.random(in: .min ... .max), radix: 16)
        // A scratch folder with two empty databases and keys that seal nothing.
        defer {
            for path in [folder, folder + ".keys"] {
                // It is called throughline_steps_… and holds nothing.
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        let settings = AppSettings(data: folder, assets: assets)
        let installation = try await Installation(settings.installation, creating: true, logger: logger(settings))
        let platform = try Platform(installation, settings)
        let migrations = platform.migrations
        await platform.close()
        return migrations
    }
}
