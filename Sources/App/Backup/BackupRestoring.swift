import Conversations
import Foundation
import Kernel
import Spine
import Store
import Trust
import Vault

/// Restores a backup into a new place: the data as they were, the keys as they are now.
///
/// Who was disposed of after the backup stays unreadable, because the key is gone, and is disposed of once more, so that
/// no hash or plain column of theirs comes back. What was due to go out is looked up before it is sent: it may have gone
/// since. The anchors of the audit trail that are newer than the backup are set aside as evidence.
struct BackupRestoring {
    struct Report {
        var disposals = 0
        /// Effects that were due when the backup was made.
        var due = 0
        /// Legal holds that last, also those that were released after the backup.
        var holds = 0
        /// Migrations that had come since.
        var migrated: [String] = []
        /// Where newer anchors were set aside, and how many.
        var anchors: (file: String, count: Int)?
    }

    let contents: BackupContents
    let settings: AppSettings
    let progress: (Int64) -> Void

    private var options: Installation.Options { settings.installation }
    private var target: KeyFolder { KeyFolder(besideData: options.directory) }

    func run() async throws -> Report {
        try refuseToOverwrite()
        let copiesKeys = BackupMaking.absolute(target.path) != BackupMaking.absolute(contents.keys.path)
        do {
            try FileManager.default.createDirectory(
                atPath: options.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            if copiesKeys { try copyKeys() }
            return try await load()
        } catch {
            cleanUp(copiesKeys)
            throw error
        }
    }

    /// Half a restore must not look like one. The first error tells; what cannot be removed is in the new place.
    private func cleanUp(_ copiedKeys: Bool) {
        // See above, for each of these.
        try? options.dataStore.remove()
        try? options.keyStore.remove()  // as well
        try? FileManager.default.removeItem(atPath: options.directory)  // as well
        if copiedKeys { try? FileManager.default.removeItem(atPath: target.path) }  // as well
    }

    /// Nothing that is there is touched: neither a directory with something in it nor a schema nor other keys.
    private func refuseToOverwrite() throws {
        guard contents.isOnPostgres == (options.databaseURL != nil) else {
            throw Fault(
                .invalid, "restore.engine",
                contents.isOnPostgres
                    ? "The backup is of a PostgreSQL database." : "The backup is of an embedded SQLite database.",
                remedy: contents.isOnPostgres ? "Give --database." : "Leave out --database.")
        }
        func refuse(_ what: String, _ place: String) -> Fault {
            Fault(
                .conflict, "restore.not-empty", "\(what) already; a restore overwrites nothing.",
                remedy: "Restore into a new place, or move this one away first.", place: place)
        }
        let isThere = FileManager.default.fileExists(atPath: options.directory)
        let found =
            isThere
            ? try FileManager.default.contentsOfDirectory(atPath: options.directory).filter { !NodeClaim.isLock($0) }
            : []
        guard found.isEmpty else { throw refuse("There is something in the data directory", options.directory) }
        if BackupMaking.absolute(target.path) != BackupMaking.absolute(contents.keys.path),
            FileManager.default.fileExists(atPath: target.path)
        {
            throw refuse("There is a key folder", target.path)
        }
        for (place, name) in [(options.dataStore, options.schema), (options.keyStore, options.schema + "_keys")] {
            if case .schema = place, try place.isThere() { throw refuse("There is a schema of this name", name) }
        }
    }

    private func copyKeys() throws {
        try FileManager.default.createDirectory(
            atPath: target.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in try FileManager.default.contentsOfDirectory(atPath: contents.keys.path) {
            let from = contents.keys.path + "/" + name
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: from, isDirectory: &isFolder), !isFolder.boolValue,
                let data = FileManager.default.contents(atPath: from)
            else { continue }
            try DurableFile.write(Array(data), to: target.path + "/" + name)
        }
        try DurableFile.synchronise(folder: target.path)
    }

    private func load() async throws -> Report {
        let started = ContinuousClock.now
        let data = options.dataStore
        if contents.isOnPostgres {
            try await BackupVerifying.makeTables(
                contents, data, options.keyStore, assets: settings.assets)
        }
        try contents.read(into: try StoreLoader(data), progress: progress)
        try KeyStoreCopy.load(from: contents.keys, into: try StoreLoader(options.keyStore))
        var report = Report()
        let heads = try await examine(data)
        report.migrated = try await finish(&report, heads)
        try BackupJournal(target).append(
            .init(
                act: .restore, at: options.clock.now(), backup: contents.manifest.id,
                folder: BackupMaking.absolute(contents.folder.path), failure: nil,
                seconds: started.duration(to: .now).seconds, bytes: contents.manifest.bytes))
        return report
    }

    /// Looks at what was restored before anything changes it; the heads of the audit trail's chains in it.
    private func examine(_ place: StorePlace) async throws -> [AuditAnchor] {
        let database = try place.database()
        do {
            let audit = try await contents.auditFindings(database, scratch: target.path)
            let problems = [try await contents.schemaProblem(database, place)].compactMap { $0 } + audit.findings
            guard problems.isEmpty else {
                throw Fault(
                    .invalid, "restore.findings",
                    "What was restored is not whole: \(problems.joined(separator: "; ")).",
                    remedy: "Restore an earlier backup.")
            }
            var heads: [AuditAnchor] = []
            let at = contents.manifest.at
            for tenant in contents.manifest.tenants.compactMap({ ID<Tenant>($0.id) }) {
                heads += try await database.read(tenant) { try AuditChain.heads(at: at, in: $0) }
            }
            await database.close()
            return heads
        } catch {
            await database.close()
            throw error
        }
    }

    /// Opens the whole program on it; the migrations that had come since.
    private func finish(_ report: inout Report, _ heads: [AuditAnchor]) async throws -> [String] {
        let before = Set(contents.manifest.migrations)
        let platform = try await Platform.open(settings)
        do {
            let tenants = try await platform.installation.tenants.all()
            for tenant in tenants {
                let (disposals, due) = try await platform.settleAfterRestore(tenant)
                report.disposals += disposals
                report.due += due
                let holds = try await platform.installation.database.read(tenant) { try LegalHolds.lasting(in: $0) }
                report.holds += holds
                try await platform.installation.chain.link(tenant: tenant)
            }
            // Last, so that a restore that failed has left the anchors as they were.
            report.anchors = try target.setAsideAnchors(
                after: heads, named: "before-restore-of-" + contents.manifest.id)
            for tenant in tenants { try await platform.installation.chain.anchor(tenant: tenant) }
            let now = try await BackupMaking.migrations(of: platform.installation.database)
            await platform.close()
            return now.filter { !before.contains($0) }.map { String($0.prefix { $0 != " " }) }
        } catch {
            await platform.close()
            throw error
        }
    }
}

extension Platform {
    /// What old data need before they are worked on, as a recorded run: disposals done once more, and doubt about what was
    /// due. How many of each.
    func settleAfterRestore(_ tenant: ID<Tenant>) async throws -> (disposals: Int, due: Int) {
        let spine = installation.spine
        let disposed = try await DisposalVerification(
            keyDatabase: installation.keyDatabase, certificates: installation.certificates
        ).run(tenant: tenant).targets
        // Nobody else works on it yet, so nobody has to be waited for.
        let disposal = SubjectDisposal(
            spine: spine, tables: tables, certificates: installation.certificates, directory: directory,
            strangers: ContactHistory(), settling: .zero)
        return try await spine.run(
            "restore", tenant: tenant, purpose: .systemMaintenance, permissions: [.subjectDispose], origin: "cli"
        ) { caller in
            var count = 0
            for target in disposed {
                switch target.subject {
                case .patient, .user, .conversation:
                    _ = try await disposal.dispose(target.subject, reason: "restore", as: caller)
                    count += 1
                case .practitioner, .tenant: continue
                }
            }
            let now = spine.clock.now()
            let due = try await spine.database.write(tenant) { try Outbox.doubtWhatWasDue(at: now, in: $0) }
            return ((count, due), count)
        }
    }
}
