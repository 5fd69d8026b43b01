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
        DisposalSchema.migration, RotationSchema.migration,
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

    /// Makes the tenant's keys when there are none, and opens them.
    package func openTenant(_ tenant: ID<Tenant>, creating: Bool = false) async throws -> TenantVault {
        if creating { try await create(tenant) }
        let at = clock.now()
        let (generation, stored): (Int64, StoredTenantKeys?) = try await database.read(tenant) { transaction in
            (try DisposalStore.generation(in: transaction), try StoredTenantKeys.read(in: transaction))
        }
        guard let stored else { throw Self.noTenant }
        let (root, wrapping) = try stored.opened(by: master, tenant: tenant)
        return TenantVault(
            tenant: tenant, root: root, wrapping: wrapping, store: self, generation: generation, at: at)
    }

    private func create(_ tenant: ID<Tenant>) async throws {
        let isThere = try await database.read(tenant) { transaction in
            try transaction.row("SELECT 1 FROM tenant_key WHERE tenant = \(.tenant)") != nil
        }
        if isThere { return }
        let (root, first) = (SymmetricKey(size: .bits256), SymmetricKey(size: .bits256))
        let (now, master) = (clock.now(), master)
        try await database.write(tenant) { transaction in
            // Before the master key is read: a rotation of it waits, or is waited for.
            try DisposalStore.raiseInstallation(in: transaction)
            let wrapped = try master.wrap(root, tenant: tenant, name: 0)
            let made = try transaction.execute(
                """
                INSERT INTO tenant_key (tenant, wrapped, created_at, wrapping)
                VALUES (\(.tenant), \(wrapped), \(now), 1) ON CONFLICT (tenant) DO NOTHING
                """)
            if made == 0 { return }
            let version = try master.wrap(first, tenant: tenant, name: WrappingKeys.name(1))
            try transaction.send(
                """
                INSERT INTO wrapping_key (tenant, version, wrapped, created_at)
                VALUES (\(.tenant), 1, \(version), \(now))
                """)
        }
    }

    func wrapByMaster(_ key: SymmetricKey, tenant: ID<Tenant>, name: Int64) throws -> [UInt8] {
        try master.wrap(key, tenant: tenant, name: name)
    }

    /// The keys that wrap subjects' keys, as they are now.
    func wrappingKeys(_ tenant: ID<Tenant>) async throws -> WrappingKeys {
        guard let stored = try await database.read(tenant, { try StoredTenantKeys.read(in: $0) }) else {
            throw Self.noTenant
        }
        return try stored.opened(by: master, tenant: tenant).wrapping
    }

    /// The same on a storage thread: it blocks.
    func wrappingKeysNow(_ tenant: ID<Tenant>) throws -> WrappingKeys {
        guard let stored = try database.readNow(tenant, { try StoredTenantKeys.read(in: $0) }) else {
            throw Self.noTenant
        }
        return try stored.opened(by: master, tenant: tenant).wrapping
    }

    static var noTenant: Fault {
        Fault(
            .unavailable, "keys.no-tenant", "The key store holds no key for this tenant.",
            remedy: "Put back the key store that belongs to this data directory.")
    }

    static var wrongKey: Fault {
        Fault(
            .unavailable, "keys.wrong", "A key does not open: the master key is not the one it was sealed with.",
            remedy: "Put back the key folder that belongs to this data directory.")
    }

    /// Stores wrapped keys, durable when it returns. False, and nothing is stored, when the tenant's key in use is
    /// another than the one of this version.
    func insert(
        _ keys: [(subject: Int64, wrapped: [UInt8])], wrapping version: Int64, tenant: ID<Tenant>
    ) async throws -> Bool {
        let now = clock.now()
        return try await database.write(tenant) { transaction in
            let current: Int64? = try transaction.value(
                "SELECT wrapping FROM tenant_key WHERE tenant = \(.tenant)\(SQL.forShare)")
            guard current == version else { return false }
            for key in keys {
                try transaction.send(
                    """
                    INSERT INTO subject_key (tenant, subject, wrapped, created_at, wrapping)
                    VALUES (\(.tenant), \(key.subject), \(key.wrapped), \(now), \(version))
                    """)
            }
            return true
        }
    }

    /// Nil when the key was disposed of or never was. It blocks.
    func stored(_ subject: Int64, tenant: ID<Tenant>) throws -> StoredSubjectKey? {
        try database.readNow(tenant) { transaction in
            try transaction.row(
                """
                SELECT subject, wrapped, previous, wrapping FROM subject_key
                WHERE tenant = \(.tenant) AND subject = \(subject) AND wrapped IS NOT NULL
                """
            ).map { try StoredSubjectKey($0) }
        }
    }

    /// Deletes subjects' keys for ever; how many there were to delete.
    func dispose(_ subjects: [Int64], tenant: ID<Tenant>) async throws -> Int {
        let now = clock.now()
        return try await database.write(tenant) { try DisposalStore.deleteKeys(subjects, at: now, in: $0) }
    }

    /// Whose keys were disposed of or replaced after a generation.
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
            throw KeyStore.wrongKey
        }
    }

    static func opens(_ wrapped: [UInt8], by outer: SymmetricKey, tenant: ID<Tenant>, name: Int64) -> Bool {
        // Another key than the right one is an expected input here.
        (try? unwrap(wrapped, by: outer, tenant: tenant, name: name)) != nil
    }

    private static func associated(_ tenant: ID<Tenant>, _ name: Int64) -> [UInt8] {
        BigEndian.bytes(tenant.raw) + BigEndian.bytes(name)
    }
}

enum BigEndian {
    static func bytes(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
