import Foundation
package import Kernel
import Logging
package import Spine
package import Store
package import Vault

/// A tenant with its keys on fresh stores, a clock that stands still until it is moved, and callers with chosen rights.
package final class TestWorld: Sendable {
    package let stores: TestStores
    package let clock: ManualClock
    package let spine: Spine
    package let tenant: ID<Tenant>
    package let vault: TenantVault
    package let anchors: AuditAnchors
    package let chain: AuditChain

    /// Monday 2 March 2026, 15:00 UTC.
    package static let start = Instant(seconds: 1_772_463_600)

    /// The migrations every base brings.
    package static let baseMigrations: [Migration] =
        [
            TermIndex.migration, AuditStore.migration, AuditStore.addresses, AuditStore.search,
            Blobs.migration, Blobs.subjects,
            Resealing.migration,
            Idempotency.migration, SystemRuns.migration, SystemRuns.owner, Lease.migration, Subscriber.migration,
            Timers.migration,
            Outbox.migration, Revisions.migration,
        ] + Policy.migrations + EventStore.migrations

    package init(_ stores: TestStores, migrations: [Migration]) async throws {
        self.stores = stores
        clock = ManualClock(Self.start)
        let ids = IDSource(clock: clock, node: 1)
        let audit = AuditLog(database: stores.main, clock: clock, ids: ids, stream: 1)
        let folder = KeyFolder(besideData: stores.folder)
        try folder.create()
        let keys = KeyStore(database: stores.keys, master: try folder.master(), clock: clock, ids: ids)
        _ = try await Migrations.run(KeyStore.migrations, on: stores.keys)
        _ = try await Migrations.run(Self.baseMigrations + migrations, on: stores.main)
        spine = Spine(
            database: stores.main, keys: keys, audit: audit, clock: clock, ids: ids,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metrics: Metrics(), wakeups: Wakeups())
        tenant = ids.next()
        vault = try await keys.openTenant(tenant, creating: true)
        anchors = AuditAnchors(path: folder.anchorsPath, key: try folder.signingKey())
        chain = AuditChain(database: stores.main, log: audit, clock: clock, anchors: anchors)
    }

    package var audit: AuditLog { spine.audit }
    package var keys: KeyStore { spine.keys }
    package var ids: IDSource { spine.ids }

    /// Runs `body` in a fresh world and removes it afterwards, also when `body` throws.
    package static func with(
        _ engine: Engine, migrations: [Migration] = [], _ body: (TestWorld) async throws -> Void
    ) async throws {
        await TestStores.places.take()
        defer { TestStores.places.give() }
        let stores = try TestStores.open(engine)
        do {
            try await body(TestWorld(stores, migrations: migrations))
        } catch {
            try await stores.close()
            throw error
        }
        try await stores.close()
    }

    package func caller(
        _ permissions: Permission..., locations: Caller.Locations = .all, actor: Actor? = nil
    ) -> Caller {
        caller(Set(permissions), locations: locations, actor: actor)
    }

    package func caller(
        _ permissions: Set<Permission>, locations: Caller.Locations = .all, actor: Actor? = nil
    ) -> Caller {
        Caller(
            tenant: tenant, actor: actor ?? .user(ID(raw: 7)), permissions: permissions, locations: locations,
            purposes: [.treatment, .payment], correlation: spine.ids.nextRaw(), origin: "test")
    }

    /// Gives every committed event its position, as the sequencer does on PostgreSQL.
    package func sequence() async throws {
        let sequencer = Sequencer(holder: 1)
        while try await sequencer.place(tenant: tenant, limit: 1000, now: clock.now(), in: stores.main) ?? 0 > 0 {}
    }

    package func count(_ sql: SQL) async throws -> Int {
        try await stores.main.read(tenant) { try $0.value(sql) ?? 0 }
    }
}
