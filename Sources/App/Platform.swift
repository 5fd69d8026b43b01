import Console
import Conversations
import Foundation
import Insights
package import Interop
package import Kernel
package import Logging
import NIOCore
package import People
import PeopleAPI
import Scheduling
import Spine
package import Store
package import Studio
package import TimeZones
package import Trust
package import Vault
package import Web

/// The composition root: the only place that names drivers and lists areas. Everything else gets what it needs by `init`.
package final class Platform: Sendable {
    package let installation: Installation
    package let settings: AppSettings
    package let assets: Assets
    package let zones: TimeZoneDatabase
    package let definitions: DefinitionReader
    package let pages: Pages
    package let gatekeeper: Gatekeeper
    let areas: Areas
    /// The way to every address that an administrator can set.
    package let http: OutboundClient

    package var capabilities: [Capability] { areas.capabilities }
    package var directory: PeopleDirectory { areas.directory }
    package var interop: Interop { areas.interop }

    /// Takes a person's record out as a folder.
    package var recordExport: RecordExport {
        RecordExport(
            tables: areas.rules, directory: directory, definitions: definitions, zones: zones,
            catalogue: pages.catalogue)
    }

    init(_ installation: Installation, _ settings: AppSettings) throws {
        self.installation = installation
        self.settings = settings
        assets = try Assets.find(given: settings.assets, executable: Self.executablePath)
        zones = try TimeZoneDatabase(folder: assets.timeZoneFolder)
        definitions = DefinitionReader(
            database: installation.database, clock: installation.spine.clock, logger: installation.spine.logger)
        let catalogue = try Catalogue(folders: assets.stringFolders)
        pages = try Pages(templateFolders: assets.templateFolders, catalogue: catalogue)
        let breached = BreachedPasswords(path: settings.breachedPasswords, common: assets.commonPasswords)
        if breached.isMissing {
            installation.spine.logger.warning("the list of breached passwords is not there: none is refused by it")
        }
        if breached.lacksCommon {
            installation.spine.logger.warning("the list of common passwords is not there: bin/setup fetches it")
        }
        gatekeeper = Gatekeeper(
            spine: installation.spine, definitions: definitions, breached: breached,
            directory: PeopleDirectory())
        http = OutboundClient(rules: try OutboundRules(allow: settings.outboundAllow))
        try settings.checkOutbound(http)
        areas = try Areas(
            installation: installation, settings: settings, zones: zones, definitions: definitions,
            gatekeeper: gatekeeper,
            http: http, postcodes: Postcodes(file: assets.postcodeFile), catalogue: catalogue)
    }

    /// Where this program is, links followed.
    static var executablePath: String {
        let link = "/proc/self/exe"
        // Without /proc the first argument has to do.
        return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? CommandLine.arguments[0]
    }

    package static func logger(_ settings: AppSettings) -> Logger {
        var logger = Logger(label: "throughline") { JSONLogHandler(label: $0) }
        logger.logLevel = settings.logLevel
        return logger
    }

    /// Opens an installation with everything in it: keys, stores, schema, definitions, templates.
    package static func open(_ settings: AppSettings, creating: Bool = false) async throws -> Platform {
        let installation = try await Installation(settings.installation, creating: creating, logger: logger(settings))
        let platform = try Platform(installation, settings)
        _ = try await installation.migrate(platform.migrations)
        try await installation.resumeIDs()
        for tenant in try await installation.tenants.list() {
            try await platform.definitions.load(tenant.id)
            // A sign-in at an identity provider that is half configured is told now, not to the first who tries it.
            _ = try settings.openID(tenant.key)
            try settings.checkMail(of: tenant.key)
        }
        return platform
    }

    package func close() async {
        do {
            try await http.shutdown()
        } catch {
            installation.spine.logger.warning("the HTTP client did not close", metadata: ["error": "\(error)"])
        }
        do {
            try await installation.finishTrail()
        } catch {
            // A server links them (`AuditChain.linkLeft`).
            installation.spine.logger.warning("the last audit records are not linked", metadata: ["error": "\(error)"])
        }
        await installation.close()
    }

    /// The tenant a command line works on: the only one.
    package func onlyTenant() async throws -> ID<Tenant> {
        let tenants = try await installation.tenants.all()
        guard let tenant = tenants.first, tenants.count == 1 else {
            throw Fault(
                .notFound, "tenant.none", tenants.isEmpty ? "There is no tenant yet." : "There are several tenants.",
                remedy: "Run throughline init --data DIR first.")
        }
        return tenant
    }

    /// Every right this build knows.
    package var permissions: Set<Permission> {
        Set(capabilities.flatMap(\.permissions)).union(Labels.permissions).union(Permission.fields)
            .union([.policyExplain])
    }

    /// Every migration: the bases' and each capability's.
    package var migrations: [Migration] { Self.baseMigrations + capabilities.flatMap(\.schema) }
    /// Those of the key store too.
    package var allMigrations: [Migration] { KeyStore.migrations + migrations }

    static let baseMigrations: [Migration] =
        [
            TermIndex.migration, AuditStore.migration, AuditStore.addresses, AuditStore.search,
            Blobs.migration, Blobs.subjects,
            Resealing.migration,
            Idempotency.migration, SystemRuns.migration, SystemRuns.owner, Lease.migration, Subscriber.migration,
            Timers.migration,
            Outbox.migration, Revisions.migration, TenantDirectory.migration,
        ] + Policy.migrations + EventStore.migrations
}
