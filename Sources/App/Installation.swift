import Foundation
package import Kernel
package import Logging
package import Spine
package import Store
package import StorePostgres
import StoreSQLite
package import Trust
package import Vault

/// A data directory (or a PostgreSQL database) with its keys, opened: what every command of the program works on.
///
/// `DIR` holds `throughline.sqlite`, `keys.sqlite` (the second store) and `config.json`; `DIR.keys` beside it holds the
/// master key, the signing key, the backup key, the earlier ones, the audit anchors and the copy of the key store. With PostgreSQL the two stores are two schemas.
package final class Installation: Sendable {
    package let directory: String
    package let database: any Database
    package let keyDatabase: any Database
    package let keyFolder: KeyFolder
    package let spine: Spine
    package let tenants: TenantDirectory
    package let anchors: AuditAnchors
    package let certificates: DisposalCertificates
    package let chain: AuditChain
    package let keyStoreCopy: KeyStoreCopy
    package let feed = EventFeed()
    /// Wake-ups between nodes; nil on one machine.
    package let relay: PostgresWakeups?

    package struct Options: Sendable {
        package var directory: String
        package var databaseURL: String?
        /// 0…1023, unique among the nodes of one database.
        package var node = 0
        package var schema = "throughline"
        package var clock: any Clock = SystemClock()

        package init(directory: String, databaseURL: String? = nil) {
            self.directory = directory
            self.databaseURL = databaseURL
        }
    }

    /// Opens what is there. `creating` makes the directory and the keys when they are missing and there are no data
    /// yet.
    package init(_ options: Options, creating: Bool = false, logger: Logger) async throws {
        directory = options.directory
        keyFolder = KeyFolder(besideData: options.directory)
        keyStoreCopy = KeyStoreCopy(options)
        if creating {
            try FileManager.default.createDirectory(
                atPath: options.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Self.makeKeys(keyFolder, for: options)
        } else if !FileManager.default.fileExists(atPath: options.directory) {
            throw Fault(
                .unavailable, "data.missing", "There is no data directory here.",
                remedy: "Run throughline init --data DIR first.", place: options.directory)
        }
        let clock = options.clock
        let ids = IDSource(clock: clock, node: options.node)
        if let url = options.databaseURL {
            var main = PostgresDatabase.Options()
            main.schema = options.schema
            main.connections = 16
            database = try PostgresDatabase(url: url, options: main)
            var second = PostgresDatabase.Options()
            second.schema = options.schema + "_keys"
            second.connections = 4
            keyDatabase = try PostgresDatabase(url: url, options: second)
            relay = try PostgresWakeups(url: url)
        } else {
            guard creating || FileManager.default.fileExists(atPath: options.directory + "/throughline.sqlite") else {
                throw Fault(
                    .unavailable, "data.empty", "The data directory holds no database.",
                    remedy: "Run throughline init --data DIR first.", place: options.directory)
            }
            var main = SQLiteDatabase.Options()
            main.foldsLogOnClose = true
            database = try SQLiteDatabase(path: options.directory + "/throughline.sqlite", options: main)
            var second = main
            second.cachePerConnection = 8 << 20
            keyDatabase = try SQLiteDatabase(path: options.directory + "/keys.sqlite", options: second)
            relay = nil
        }
        let audit = AuditLog(database: database, clock: clock, ids: ids, stream: Int64(options.node))
        let wakeups = Wakeups()
        spine = Spine(
            database: database,
            keys: KeyStore(database: keyDatabase, master: try keyFolder.master(), clock: clock, ids: ids),
            audit: audit, clock: clock, ids: ids, logger: logger, metrics: Metrics(), wakeups: wakeups)
        tenants = TenantDirectory(database: database)
        let signing = try keyFolder.signingKey()
        anchors = AuditAnchors(path: keyFolder.anchorsPath, key: signing)
        certificates = DisposalCertificates(key: signing)
        chain = AuditChain(database: database, log: audit, clock: clock, anchors: anchors)
        if let relay {
            relay.listen("throughline_wake") { wakeups.wakeLocally() }
            wakeups.addRelay { _ in relay.notify("throughline_wake") }
        }
    }

    /// A new key over data that are there would open nothing, and hide that the right one is missing.
    private static func makeKeys(_ folder: KeyFolder, for options: Options) throws {
        guard let missing = folder.missing.first else { return }
        if try options.dataStore.holdsAnything() || options.keyStore.holdsAnything() || folder.wasInUse {
            throw folder.lack(of: missing)
        }
        try folder.create()
    }

    /// Brings both stores' schemas up to date; the ids of the steps taken.
    package func migrate(_ migrations: [Migration]) async throws -> [String] {
        let second = try await Migrations.run(KeyStore.migrations, on: keyDatabase)
        let first = try await Migrations.run(migrations, on: database)
        return second + first
    }

    /// Ids go on after the newest ones there are, also when the clock was set back since: no id is given twice, and the
    /// audit chain, which follows ids, goes on.
    package func resumeIDs() async throws {
        for tenant in try await tenants.all() {
            let newest: [Int64?] = try await database.read(tenant) { transaction in
                [
                    try transaction.value(
                        "SELECT id FROM audit_record WHERE tenant = \(.tenant)\(SQL.orAnybodys) ORDER BY id DESC LIMIT 1"
                    ),
                    try transaction.value(
                        "SELECT id FROM event WHERE tenant = \(.tenant)\(SQL.orAnybodys) ORDER BY id DESC LIMIT 1"),
                ]
            }
            let subject: Int64? = try await keyDatabase.read(tenant) { transaction in
                try transaction.value(
                    "SELECT subject FROM subject_key WHERE tenant = \(.tenant) ORDER BY subject DESC LIMIT 1")
            }
            for id in newest + [subject] { if let id { spine.ids.resume(after: id) } }
        }
    }

    /// Links and anchors what this process wrote last.
    package func finishTrail() async throws {
        for tenant in try await tenants.all() where try await chain.link(tenant: tenant) > 0 {
            try await chain.anchor(tenant: tenant)
        }
    }

    /// Links what this process wrote, and anchors the head of every chain by the key that signs now.
    package func attestTrail() async throws {
        for tenant in try await tenants.all() {
            try await chain.link(tenant: tenant)
            try await chain.anchor(tenant: tenant, anew: true)
        }
    }

    package func close() async {
        await relay?.close()
        await database.close()
        await keyDatabase.close()
    }
}
