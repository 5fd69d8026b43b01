import Crypto
package import Kernel
package import Store
import Synchronization

/// The second store: every tenant's key and every subject's key, each wrapped by the one above it, and what was disposed
/// of.
///
/// It is backed up only as its current state, so a disposed key is gone from every backup of the data. Each disposal
/// raises the tenant's generation; a node that holds keys in memory asks for the generation, and for what went since.
package final class KeyStore: Sendable {
    package static let migrations = [
        Migration(
            "2026-11-22.vault.keys",
            [
                """
                CREATE TABLE tenant_key (
                    tenant BIGINT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL, created_at BIGINT NOT NULL)
                """,
                """
                CREATE TABLE subject_key (
                    tenant BIGINT NOT NULL, subject BIGINT NOT NULL,
                    wrapped BLOB, created_at BIGINT NOT NULL, disposed_at BIGINT,
                    PRIMARY KEY (tenant, subject),
                    CHECK ((wrapped IS NULL) = (disposed_at IS NOT NULL)))
                """,
            ]),
        DisposalSchema.migration,
    ]

    let database: any Database
    private let master: MasterKey
    let clock: any Clock
    private let ids: IDSource
    let formats: SealFormats

    package init(
        database: any Database, master: MasterKey, clock: any Clock, ids: IDSource, formats: SealFormats = .current
    ) {
        self.database = database
        self.master = master
        self.clock = clock
        self.ids = ids
        self.formats = formats
    }

    /// Makes the tenant's key when there is none, and opens it.
    package func openTenant(_ tenant: ID<Tenant>, creating: Bool = false) async throws -> TenantVault {
        if creating {
            let wrapped = try Wrap.wrap(SymmetricKey(size: .bits256), by: master.key, tenant: tenant, name: 0)
            let now = clock.now()
            _ = try await database.write(tenant) { transaction in
                try transaction.send(
                    """
                    INSERT INTO tenant_key (tenant, wrapped, created_at) VALUES (\(.tenant), \(wrapped), \(now))
                    ON CONFLICT (tenant) DO NOTHING
                    """)
            }
        }
        let at = clock.now()
        let (generation, wrapped): (Int64, [UInt8]?) = try await database.read(tenant) { transaction in
            (
                try DisposalStore.generation(in: transaction),
                try transaction.value("SELECT wrapped FROM tenant_key WHERE tenant = \(.tenant)")
            )
        }
        guard let wrapped else {
            throw Fault(
                .unavailable, "keys.no-tenant", "The key store holds no key for this tenant.",
                remedy: "Put back the key store that belongs to this data directory.")
        }
        let key = try Wrap.unwrap(wrapped, by: master.key, tenant: tenant, name: 0)
        return TenantVault(tenant: tenant, key: key, store: self, generation: generation, at: at)
    }

    /// Stores wrapped keys, durable when it returns.
    func insert(_ keys: [(subject: Int64, wrapped: [UInt8])], tenant: ID<Tenant>) async throws {
        let now = clock.now()
        try await database.write(tenant) { transaction in
            for key in keys {
                try transaction.send(
                    """
                    INSERT INTO subject_key (tenant, subject, wrapped, created_at)
                    VALUES (\(.tenant), \(key.subject), \(key.wrapped), \(now))
                    """)
            }
        }
    }

    func wrapped(_ subject: Int64, tenant: ID<Tenant>) throws -> [UInt8]? {
        let row = try database.readNow(tenant) { transaction in
            try transaction.row("SELECT wrapped FROM subject_key WHERE tenant = \(.tenant) AND subject = \(subject)")
        }
        return try row?["wrapped"]
    }

    /// Deletes subjects' keys for ever; how many there were to delete.
    func dispose(_ subjects: [Int64], tenant: ID<Tenant>) async throws -> Int {
        let now = clock.now()
        return try await database.write(tenant) { try DisposalStore.deleteKeys(subjects, at: now, in: $0) }
    }

    /// What was disposed of after a generation.
    struct Disposals: Sendable {
        let generation: Int64
        let subjects: [Int64]
    }

    func disposals(after generation: Int64, tenant: ID<Tenant>) async throws -> Disposals {
        try await database.read(tenant) { try DisposalStore.disposals(after: generation, in: $0) }
    }

    /// The same on a storage thread: it blocks.
    func disposalsNow(after generation: Int64, tenant: ID<Tenant>) throws -> Disposals {
        try database.readNow(tenant) { try DisposalStore.disposals(after: generation, in: $0) }
    }

    func nextSubject() -> Int64 { ids.nextRaw() }
}

/// Wrapping of one key by another: AES-256-GCM with the tenant and the key's number as associated data.
enum Wrap {
    static func wrap(_ key: SymmetricKey, by outer: SymmetricKey, tenant: ID<Tenant>, name: Int64) throws -> [UInt8] {
        let plain = key.withUnsafeBytes { Array($0) }
        let box = try AES.GCM.seal(plain, using: outer, authenticating: associated(tenant, name))
        guard let combined = box.combined else {
            throw Fault(.internalError, "keys.wrap", "A key could not be wrapped.")
        }
        return Array(combined)
    }

    static func unwrap(
        _ wrapped: [UInt8], by outer: SymmetricKey, tenant: ID<Tenant>, name: Int64
    ) throws -> SymmetricKey {
        do {
            let box = try AES.GCM.SealedBox(combined: wrapped)
            return SymmetricKey(data: try AES.GCM.open(box, using: outer, authenticating: associated(tenant, name)))
        } catch {
            throw Fault(
                .unavailable, "keys.wrong", "A key does not open: the master key is not the one it was sealed with.",
                remedy: "Put back the key folder that belongs to this data directory.", cause: error)
        }
    }

    private static func associated(_ tenant: ID<Tenant>, _ name: Int64) -> [UInt8] {
        BigEndian.bytes(tenant.raw) + BigEndian.bytes(name)
    }
}

enum BigEndian {
    static func bytes(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
