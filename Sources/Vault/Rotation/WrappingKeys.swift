import Crypto
import Kernel
import Store

/// A tenant's keys that wrap subjects' keys, by version. More than one only while a rotation is under way.
struct WrappingKeys: Sendable {
    /// The version that wraps what is new.
    var current: Int64
    var keys: [Int64: SymmetricKey]

    /// The number that binds a wrapped key to its version. Subjects are positive and the root is 0.
    static func name(_ version: Int64) -> Int64 { -version }
}

/// A subject's keys: the one that seals, and while it is being replaced the one before it.
struct SubjectKeys: Sendable, Equatable {
    let current: SymmetricKey
    var previous: SymmetricKey?
}

/// A subject's row of the key store.
struct StoredSubjectKey: Sendable {
    let subject: Int64
    let wrapped: [UInt8]
    let previous: [UInt8]?
    /// The version that wraps both.
    let wrapping: Int64

    init(_ row: Row) throws {
        subject = try row["subject"]
        wrapped = try row["wrapped"]
        previous = try row["previous"]
        wrapping = try row["wrapping"]
    }

    func unwrapped(by outer: SymmetricKey, tenant: ID<Tenant>) throws -> SubjectKeys {
        SubjectKeys(
            current: try Wrap.unwrap(wrapped, by: outer, tenant: tenant, name: subject),
            previous: try previous.map { try Wrap.unwrap($0, by: outer, tenant: tenant, name: subject) })
    }
}

/// A tenant's rows of the key store.
struct StoredTenantKeys: Sendable {
    let root: [UInt8]
    let current: Int64
    let versions: [(version: Int64, wrapped: [UInt8])]

    /// Nil when the tenant has no key.
    static func read(in transaction: any Transaction) throws -> StoredTenantKeys? {
        let root = try transaction.row("SELECT wrapped, wrapping FROM tenant_key WHERE tenant = \(.tenant)")
        guard let root else { return nil }
        let versions = try transaction.rows(
            "SELECT version, wrapped FROM wrapping_key WHERE tenant = \(.tenant) AND wrapped IS NOT NULL")
        return StoredTenantKeys(
            root: try root["wrapped"], current: try root["wrapping"],
            versions: try versions.map { (try $0["version"], try $0["wrapped"]) })
    }

    func opened(by master: MasterKey, tenant: ID<Tenant>) throws -> (root: SymmetricKey, wrapping: WrappingKeys) {
        let root = try master.unwrap(root, tenant: tenant, name: 0)
        var keys: [Int64: SymmetricKey] = [0: root]
        for (version, wrapped) in versions {
            keys[version] = try master.unwrap(wrapped, tenant: tenant, name: WrappingKeys.name(version))
        }
        return (root, WrappingKeys(current: current, keys: keys))
    }
}

extension DisposalStore {
    /// Raises a generation, so that nodes ask what changed and the copy of the key store is written anew. Its row is
    /// locked until the end of the transaction.
    @discardableResult
    static func raiseGeneration(in transaction: any Transaction) throws -> Int64 {
        let raised: Int64? = try transaction.value(
            """
            INSERT INTO key_generation (tenant, generation) VALUES (\(.tenant), 1)
            ON CONFLICT (tenant) DO UPDATE SET generation = key_generation.generation + 1 RETURNING generation
            """)
        guard let raised else { throw Fault(.internalError, "keys.generation", "A generation was not raised.") }
        return raised
    }

    /// The same for the installation's: whoever wraps something by the master key and whoever changes that key wait for
    /// each other by it. Take it before any other lock.
    static func raiseInstallation(in transaction: any Transaction) throws {
        let raised: Int64? = try transaction.value(
            """
            INSERT INTO key_generation (tenant, generation) VALUES (\(ID<Tenant>.installation), 1)
            ON CONFLICT (tenant) DO UPDATE SET generation = key_generation.generation + 1 RETURNING generation
            """)
        guard raised != nil else { throw Fault(.internalError, "keys.generation", "A generation was not raised.") }
    }
}
