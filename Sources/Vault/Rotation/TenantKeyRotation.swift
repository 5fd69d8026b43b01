import Crypto
import Kernel
import Store

/// Replaces the key that wraps a tenant's subject keys, beside running nodes. What was derived from the tenant's root
/// (blind indexes, keyed hashes, tokens) is not touched.
///
/// 1. The new version is written and made the one in use, in one transaction. A node that wraps a new subject's key by the
///    old one is refused from then on and loads the new one; keys under either can be read.
/// 2. Subjects' keys are wrapped anew in batches. Each row says by which version it is wrapped, so a run that was cut off
///    goes on with those that are left.
/// 3. When none is left the old version is deleted.
///
/// Cut off anywhere, run again it finishes what was begun and begins nothing new.
package struct TenantKeyRotation: Sendable {
    package enum Step: String, Sendable, CaseIterable { case begun, batch, wrapped, retired }

    package struct Report: Sendable, Equatable {
        /// The version in use now.
        package internal(set) var version: Int64
        /// Subjects' keys that were wrapped anew by this run.
        package internal(set) var keys = 0
        /// Whether an earlier run had begun.
        package internal(set) var wasResumed: Bool
    }

    private let vault: TenantVault
    private let batch: Int
    private var store: KeyStore { vault.store }

    /// - batch: keys wrapped anew in one transaction.
    package init(vault: TenantVault, batch: Int = 10_000) {
        self.vault = vault
        self.batch = max(1, batch)
    }

    /// `step` is called after each step, which is durable then.
    package func run(step: @Sendable (Step, Report) throws -> Void = { _, _ in }) async throws -> Report {
        var report = try await begin()
        try await vault.reloadWrappingKeys()
        try step(.begun, report)
        while true {
            let before = report.keys
            try await sweep(&report, step)
            if report.keys == before { break }
        }
        try step(.wrapped, report)
        try await retire(report.version)
        try await vault.reloadWrappingKeys()
        try step(.retired, report)
        return report
    }

    private func begin() async throws -> Report {
        let fresh = SymmetricKey(size: .bits256)
        let (store, tenant, now) = (store, vault.tenant, store.clock.now())
        return try await store.database.write(tenant) { transaction in
            try DisposalStore.raiseInstallation(in: transaction)
            let known: Int64? = try transaction.value(
                "SELECT wrapping FROM tenant_key WHERE tenant = \(.tenant)\(SQL.forUpdate)")
            guard let current = known else { throw KeyStore.noTenant }
            let left: Int64? = try transaction.value(
                """
                SELECT COUNT(*) FROM wrapping_key
                WHERE tenant = \(.tenant) AND version < \(current) AND retired_at IS NULL
                """)
            if let left, left > 0 { return Report(version: current, wasResumed: true) }
            let next = current + 1
            // Version 0 has no row of its own before the first rotation.
            try transaction.send(
                """
                INSERT INTO wrapping_key (tenant, version, created_at)
                SELECT tenant, wrapping, created_at FROM tenant_key WHERE tenant = \(.tenant)
                ON CONFLICT (tenant, version) DO NOTHING
                """)
            let wrapped = try store.wrapByMaster(fresh, tenant: tenant, name: WrappingKeys.name(next))
            try transaction.send(
                """
                INSERT INTO wrapping_key (tenant, version, wrapped, created_at)
                VALUES (\(.tenant), \(next), \(wrapped), \(now))
                """)
            try transaction.send("UPDATE tenant_key SET wrapping = \(next) WHERE tenant = \(.tenant)")
            try DisposalStore.raiseGeneration(in: transaction)
            return Report(version: next, wasResumed: false)
        }
    }

    /// Goes once over all that is wrapped by an older version.
    private func sweep(_ report: inout Report, _ step: @Sendable (Step, Report) throws -> Void) async throws {
        let (tenant, limit, version) = (vault.tenant, batch, report.version)
        var place: Int64?
        while true {
            let from = place ?? .min
            let found = try await store.database.read(tenant) { transaction in
                try transaction.rows(
                    """
                    SELECT subject, wrapped, previous, wrapping FROM subject_key
                    WHERE tenant = \(.tenant) AND subject > \(from) AND wrapping < \(version) AND wrapped IS NOT NULL
                    ORDER BY subject LIMIT \(limit)
                    """
                ).map { try StoredSubjectKey($0) }
            }
            guard let last = found.last else { return }
            let fresh = try await wrapped(found, by: version)
            report.keys += try await store.database.write(tenant) { try Self.write(fresh, version, in: $0) }
            try step(.batch, report)
            place = last.subject
            if found.count < limit { return }
        }
    }

    private struct Rewrapped: Sendable {
        let old: StoredSubjectKey
        let wrapped: [UInt8]
        let previous: [UInt8]?
    }

    /// On every core: it is all arithmetic.
    private func wrapped(_ found: [StoredSubjectKey], by version: Int64) async throws -> [Rewrapped] {
        let (tenant, keys) = (vault.tenant, vault.wrappingKeys.keys)
        guard let outer = keys[version] else { throw KeyStore.wrongKey }
        let part = max(500, (found.count + 3) / 4)
        return try await withThrowingTaskGroup(of: [Rewrapped].self) { group in
            for start in stride(from: 0, to: found.count, by: part) {
                let slice = Array(found[start..<min(start + part, found.count)])
                group.addTask {
                    try slice.map { old in
                        guard let inner = keys[old.wrapping] else { throw KeyStore.wrongKey }
                        let plain = try old.unwrapped(by: inner, tenant: tenant)
                        func wrap(_ key: SymmetricKey) throws -> [UInt8] {
                            try Wrap.wrap(key, by: outer, tenant: tenant, name: old.subject)
                        }
                        return Rewrapped(
                            old: old, wrapped: try wrap(plain.current), previous: try plain.previous.map(wrap))
                    }
                }
            }
            var all: [Rewrapped] = []
            all.reserveCapacity(found.count)
            for try await part in group { all.append(contentsOf: part) }
            return all
        }
    }

    /// What was disposed of or replaced since it was read stays as it is; how many were written.
    ///
    /// The limit limits nothing: with it SQLite reads the list once and looks each key up, instead of reading the list for
    /// each key there is.
    private static func write(
        _ fresh: [Rewrapped], _ version: Int64, in transaction: any Transaction
    ) throws -> Int {
        let plain = fresh.filter { $0.previous == nil }.map { (id: $0.old.subject, bytes: $0.wrapped) }
        var count = 0
        if !plain.isEmpty {
            count = try transaction.execute(
                """
                UPDATE subject_key SET wrapped = fresh.bytes, wrapping = \(version)
                FROM (SELECT id, bytes FROM \(pairs: plain) AS given LIMIT \(plain.count)) AS fresh
                WHERE subject_key.tenant = \(.tenant) AND subject_key.subject = fresh.id
                    AND subject_key.wrapping < \(version) AND subject_key.wrapped IS NOT NULL
                    AND subject_key.previous IS NULL
                """)
        }
        for key in fresh where key.previous != nil {
            count += try transaction.execute(
                """
                UPDATE subject_key SET wrapped = \(key.wrapped), previous = \(key.previous), wrapping = \(version)
                WHERE tenant = \(.tenant) AND subject = \(key.old.subject) AND wrapped = \(key.old.wrapped)
                    AND previous = \(key.old.previous)
                """)
        }
        return count
    }

    private func retire(_ version: Int64) async throws {
        let now = store.clock.now()
        try await store.database.write(vault.tenant) { transaction in
            let left = try transaction.row(
                """
                SELECT 1 FROM subject_key
                WHERE tenant = \(.tenant) AND wrapping < \(version) AND wrapped IS NOT NULL LIMIT 1
                """)
            guard left == nil else {
                throw Fault(
                    .unavailable, "keys.left", "Some keys are still wrapped by the old tenant key; it stays.",
                    remedy: "Run the command again.")
            }
            try transaction.send(
                """
                UPDATE wrapping_key SET wrapped = NULL, retired_at = \(now)
                WHERE tenant = \(.tenant) AND version < \(version) AND retired_at IS NULL
                """)
            try DisposalStore.raiseGeneration(in: transaction)
        }
    }
}
