import Crypto
package import Kernel
package import Store

/// Replaces a subject's key and seals everything anew that stands under it, beside running nodes.
///
/// 1. The new key is written beside the old one, in one transaction. From then on values are sealed under the new key;
///    either opens. A node that still holds the old one alone learns of it within `TenantVault.longestKeyAge`, and at once
///    when a value does not open.
/// 2. When no node can seal under the old key any more and what was under way has ended, every row is sealed anew.
/// 3. The old key is deleted. Backups that are older than the rotation cannot be read for this subject any more.
///
/// Cut off anywhere, run again it finishes what was begun and makes no further key.
package struct SubjectKeyRotation: Sendable {
    package enum Step: String, Sendable, CaseIterable { case begun, settled, table, sealed, ended }

    /// A table with sealed values, and which of its rows may stand under the subjects' keys.
    package struct Table: Sendable {
        let name: String
        let column: SealedColumn
        let rows: SQL

        package init(name: String, column: SealedColumn, rows: SQL) {
            self.name = name
            self.column = column
            self.rows = rows
        }
    }

    package struct Report: Sendable, Equatable {
        package internal(set) var subjects = 0
        /// Rows sealed anew, by table.
        package internal(set) var rows: [String: Int] = [:]
        /// Rows that opened under neither key: they were damaged before.
        package internal(set) var failures: [String] = []
        package internal(set) var wasResumed = false
    }

    private let vault: TenantVault
    private let database: any Database
    private let tables: [Table]
    private let settling: Duration
    private var store: KeyStore { vault.store }

    /// How long after the new key is there a request may still seal under the old one: the age of a key that is held,
    /// and time enough for what it was fetched for.
    package static let settling = TenantVault.longestKeyAge + .milliseconds(4500)

    package init(vault: TenantVault, database: any Database, tables: [Table], settling: Duration = Self.settling) {
        self.vault = vault
        self.database = database
        self.tables = tables
        self.settling = settling
    }

    /// Throws `sealed.disposed` when a subject's key is gone.
    package func run(
        _ subjects: [ID<KeySubject>], step: @Sendable (Step) throws -> Void = { _ in }
    ) async throws -> Report {
        var report = Report(subjects: subjects.count)
        for subject in subjects { report.wasResumed = try await begin(subject) || report.wasResumed }
        try step(.begun)
        try await Task.sleep(for: settling)
        try await Quiet.wait(database)
        vault.forget(subjects.map(\.raw))
        try step(.settled)
        // The second time finds nothing, unless somebody wrote in spite of it all.
        for subject in subjects {
            while try await seal(subject, &report, step) > 0 {}
        }
        try step(.sealed)
        try await end(subjects)
        vault.forget(subjects.map(\.raw))
        try step(.ended)
        return report
    }

    /// Whether an earlier run had begun.
    private func begin(_ subject: ID<KeySubject>) async throws -> Bool {
        let fresh = SymmetricKey(size: .bits256)
        for _ in 0..<3 {
            let keys = vault.wrappingKeys
            let (store, tenant) = (store, vault.tenant)
            let begun: Bool? = try await store.database.write(tenant) { transaction in
                let current: Int64? = try transaction.value(
                    "SELECT wrapping FROM tenant_key WHERE tenant = \(.tenant)\(SQL.forShare)")
                guard current == keys.current, let outer = keys.keys[keys.current] else { return nil }
                let generation = try DisposalStore.raiseGeneration(in: transaction)
                let row = try transaction.row(
                    """
                    SELECT subject, wrapped, previous, wrapping FROM subject_key
                    WHERE tenant = \(.tenant) AND subject = \(subject) AND wrapped IS NOT NULL\(SQL.forUpdate)
                    """)
                guard let row else { throw TenantVault.disposed }
                let stored = try StoredSubjectKey(row)
                if stored.previous != nil { return true }
                guard let inner = keys.keys[stored.wrapping] else { return nil }
                let old = try stored.unwrapped(by: inner, tenant: tenant).current
                let (new, earlier) = (
                    try Wrap.wrap(fresh, by: outer, tenant: tenant, name: subject.raw),
                    try Wrap.wrap(old, by: outer, tenant: tenant, name: subject.raw)
                )
                try transaction.send(
                    """
                    UPDATE subject_key SET wrapped = \(new), previous = \(earlier), wrapping = \(keys.current),
                        disposal_generation = \(generation)
                    WHERE tenant = \(.tenant) AND subject = \(subject)
                    """)
                return false
            }
            if let begun {
                vault.forget([subject.raw])
                return begun
            }
            // The tenant's key was replaced meanwhile.
            try await vault.reloadWrappingKeys()
        }
        throw KeyStore.wrongKey
    }

    /// Goes over all tables; how many rows were sealed anew.
    private func seal(
        _ subject: ID<KeySubject>, _ report: inout Report, _ step: @Sendable (Step) throws -> Void
    ) async throws -> Int {
        var written = 0
        var failures: [String] = []
        for table in tables {
            var place = ResealPlace()
            let scope = ResealScope.earlierKey(of: subject, rows: table.rows)
            while true {
                let (vault, from) = (vault, place)
                let found = try await database.read(vault.tenant) { try table.column.read(from, 200, scope, vault, $0) }
                if !found.rows.isEmpty {
                    let count = try await database.write(vault.tenant) { transaction in
                        try found.rows.reduce(0) { try $0 + table.column.write($1, transaction) }
                    }
                    written += count
                    report.rows[table.name, default: 0] += count
                }
                failures += found.failed.map { "\(table.name) \($0)" }
                guard let next = found.next else { break }
                place = next
            }
            try step(.table)
        }
        report.failures = Array(Set(report.failures + failures)).sorted()
        return written
    }

    private func end(_ subjects: [ID<KeySubject>]) async throws {
        try await store.database.write(vault.tenant) { transaction in
            let generation = try DisposalStore.raiseGeneration(in: transaction)
            try transaction.send(
                """
                UPDATE subject_key SET previous = NULL, disposal_generation = \(generation)
                WHERE tenant = \(.tenant) AND subject IN \(list: subjects) AND previous IS NOT NULL
                """)
        }
    }
}
