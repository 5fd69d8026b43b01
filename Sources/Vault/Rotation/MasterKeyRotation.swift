import Crypto
import Kernel
import Store

/// Replaces the master key beside running nodes. Only tenants' keys are wrapped by it, so it takes a moment.
///
/// 1. `master.key.next` is made. From then on either file opens what it wrapped.
/// 2. Every tenant's keys are wrapped by the new key, in one transaction.
/// 3. `master.key` is kept as `master.key.previous`, and `master.key.next` takes its name.
/// 4. What a process wrapped meanwhile by the old key is wrapped anew; the copy of the key store is written anew.
/// 5. `master.key.previous` is overwritten and deleted.
///
/// A running process reads the files when it opens a tenant's keys, and tries each. Cut off anywhere, run again it goes on
/// from what files are there.
package struct MasterKeyRotation: Sendable {
    package enum Step: String, Sendable, CaseIterable { case made, wrapped, kept, promoted, swept, copied, ended }

    package struct Report: Sendable, Equatable {
        /// Keys of tenants that were wrapped anew by this run.
        package internal(set) var keys = 0
        package internal(set) var wasResumed = false
    }

    private let folder: KeyFolder
    private let store: KeyStore

    package init(folder: KeyFolder, store: KeyStore) {
        self.folder = folder
        self.store = store
    }

    /// Only makes the next key, so that it can be brought to every node's key folder first.
    package func prepare() throws {
        let lock = try folder.lock()
        defer { lock.unlock() }
        try folder.makeNext(.master)
    }

    /// `copy` writes the copy of the key store anew; `step` is called after each step, which is durable then.
    package func run(
        copy: () async throws -> Void, step: (Step) throws -> Void = { _ in }
    ) async throws -> Report {
        let lock = try folder.lock()
        defer { lock.unlock() }
        var report = Report()
        let isPromoted = folder.has(.previous) && !folder.has(.next)
        report.wasResumed = folder.has(.previous) || folder.has(.next)
        if !isPromoted {
            try folder.makeNext(.master)
            try step(.made)
            report.keys += try await wrapAll(by: try folder.masterKey(.next))
            try step(.wrapped)
            try folder.keepPrevious(.master)
            try step(.kept)
            try folder.promoteNext(.master)
            try step(.promoted)
        }
        report.keys += try await wrapAll(by: try folder.masterKey(.current))
        try step(.swept)
        try await copy()
        try step(.copied)
        try folder.removePrevious(.master)
        try step(.ended)
        return report
    }

    /// Wraps by this key what is wrapped by another of the folder's; how many.
    private func wrapAll(by outer: SymmetricKey) async throws -> Int {
        let candidates = try folder.masters()
        return try await store.database.write(.installation) { transaction in
            try DisposalStore.raiseInstallation(in: transaction)
            var count = 0
            for row in try transaction.rows("SELECT tenant, wrapped FROM tenant_key ORDER BY tenant") {
                let tenant: ID<Tenant> = try row["tenant"]
                guard let fresh = try Self.wrap(try row["wrapped"], by: outer, candidates, tenant, 0) else { continue }
                try transaction.send("UPDATE tenant_key SET wrapped = \(fresh) WHERE tenant = \(tenant)")
                count += 1
            }
            let versions = try transaction.rows(
                "SELECT tenant, version, wrapped FROM wrapping_key WHERE wrapped IS NOT NULL ORDER BY tenant, version")
            for row in versions {
                let (tenant, version): (ID<Tenant>, Int64) = (try row["tenant"], try row["version"])
                let name = WrappingKeys.name(version)
                guard let fresh = try Self.wrap(try row["wrapped"], by: outer, candidates, tenant, name) else {
                    continue
                }
                try transaction.send(
                    "UPDATE wrapping_key SET wrapped = \(fresh) WHERE tenant = \(tenant) AND version = \(version)")
                count += 1
            }
            return count
        }
    }

    /// Nil when it is wrapped by `outer` already. Throws `keys.wrong` when none of the keys opens it.
    private static func wrap(
        _ wrapped: [UInt8], by outer: SymmetricKey, _ candidates: [SymmetricKey], _ tenant: ID<Tenant>, _ name: Int64
    ) throws -> [UInt8]? {
        if Wrap.opens(wrapped, by: outer, tenant: tenant, name: name) { return nil }
        let key = try MasterKey.unwrap(wrapped, byOneOf: candidates, tenant: tenant, name: name)
        return try Wrap.wrap(key, by: outer, tenant: tenant, name: name)
    }
}
