import Kernel
import Store

/// How a table keeps sealed values, so that `Resealing` can move them to the newest format. A table with a column
/// `sealed` and none of these fails a test.
package enum SealedRows: Sendable {
    /// Primary key `(tenant, id)`; bound to that id, under the row's `key_subject`.
    case rows(SealKind)
    /// Primary key `(tenant, patient, id)`; bound to the id, under the row's `key_subject`.
    case patientRows(SealKind)
    /// In a way of its own.
    case column(SealedColumn)

    package func column(of table: StaticString) -> SealedColumn {
        switch self {
        case .rows(let kind): .rows(of: table, kind)
        case .patientRows(let kind): .patientRows(of: table, kind)
        case .column(let column): column
        }
    }
}

/// Reads and writes the sealed values of one table.
package struct SealedColumn: Sendable {
    /// Reads a batch of rows after a place and seals anew those in the scope.
    let read: @Sendable (ResealPlace, _ limit: Int, ResealScope, TenantVault, any Transaction) throws -> ResealBatch
    /// Writes one of them, unless the row has changed since; the number of rows changed.
    let write: @Sendable (ResealedRow, any Transaction) throws -> Int
    /// The kinds of values in it.
    package let kinds: [SealKind]

    /// Rows with the primary key `(tenant, id)`, bound to that id, under `key_subject`.
    static func rows(of table: StaticString, _ kind: SealKind) -> SealedColumn {
        let table = SQL(stringLiteral: table)
        return SealedColumn(
            read: { place, limit, scope, vault, transaction in
                let rows = try transaction.rows(
                    """
                    SELECT id, key_subject, \(scope.value(vault)) AS sealed FROM \(table)
                    WHERE tenant = \(.tenant) AND id > \(place.first)\(scope.condition) ORDER BY id LIMIT \(limit)
                    """)
                return try batch(rows, limit, kind, scope, vault) { ResealPlace(first: try $0["id"]) }
            },
            write: { row, transaction in
                try transaction.execute(
                    """
                    UPDATE \(table) SET sealed = \(row.new)
                    WHERE tenant = \(.tenant) AND id = \(row.place.first) AND sealed = \(row.old)
                    """)
            }, kinds: [kind])
    }

    /// Rows with the primary key `(tenant, patient, id)`, bound to the id, under `key_subject`.
    static func patientRows(of table: StaticString, _ kind: SealKind) -> SealedColumn {
        let table = SQL(stringLiteral: table)
        return SealedColumn(
            read: { place, limit, scope, vault, transaction in
                let rows = try transaction.rows(
                    """
                    SELECT patient, id, key_subject, \(scope.value(vault)) AS sealed FROM \(table)
                    WHERE tenant = \(.tenant) AND (patient, id) > (\(place.first), \(place.second))\(scope.condition)
                    ORDER BY patient, id LIMIT \(limit)
                    """)
                return try batch(rows, limit, kind, scope, vault) {
                    ResealPlace(first: try $0["patient"], second: try $0["id"])
                }
            },
            write: { row, transaction in
                try transaction.execute(
                    """
                    UPDATE \(table) SET sealed = \(row.new)
                    WHERE tenant = \(.tenant) AND patient = \(row.place.first) AND id = \(row.place.second)
                        AND sealed = \(row.old)
                    """)
            }, kinds: [kind])
    }

    /// The table of revisions: `kinds` says what each kind of thing keeps.
    package static func revisions(_ kinds: [String: SealKind]) -> SealedColumn {
        SealedColumn(
            read: { place, limit, scope, vault, transaction in
                let rows = try transaction.rows(
                    """
                    SELECT kind, id, version, row_id, key_subject, \(scope.value(vault)) AS sealed FROM revision
                    WHERE tenant = \(.tenant) AND (kind, id, version) > (\(place.text), \(place.first), \(place.second))
                        \(scope.condition)
                    ORDER BY kind, id, version LIMIT \(limit)
                    """)
                return try batch(rows, limit, kinds, scope, vault)
            },
            write: { row, transaction in
                try transaction.execute(
                    """
                    UPDATE revision SET sealed = \(row.new)
                    WHERE tenant = \(.tenant) AND kind = \(row.place.text) AND id = \(row.place.first)
                        AND version = \(row.place.second) AND sealed = \(row.old)
                    """)
            }, kinds: kinds.values.sorted { $0.number < $1.number })
    }

    /// Rows that are gone of themselves long before a format is: nothing is sealed anew.
    package static func passing(reason _: String) -> SealedColumn {
        SealedColumn(read: { _, _, _, _, _ in ResealBatch() }, write: { _, _ in 0 }, kinds: [])
    }

    // MARK: Reading

    private static func batch(
        _ rows: [Row], _ limit: Int, _ kind: SealKind, _ scope: ResealScope, _ vault: TenantVault,
        place: (Row) throws -> ResealPlace
    ) throws -> ResealBatch {
        var batch = ResealBatch(rows, limit)
        for row in rows {
            let place = try place(row)
            try batch.add(place, try row["sealed"]) { old in
                try scope.resealed(old, by: vault, kind: kind, id: place.rowID, subject: try row["key_subject"])
            }
        }
        return batch
    }

    private static func batch(
        _ rows: [Row], _ limit: Int, _ kinds: [String: SealKind], _ scope: ResealScope, _ vault: TenantVault
    ) throws -> ResealBatch {
        var batch = ResealBatch(rows, limit)
        for row in rows {
            let name: String = try row["kind"]
            let place = ResealPlace(text: name, first: try row["id"], second: try row["version"])
            try batch.add(place, try row["sealed"]) { old in
                guard let kind = kinds[name] else {
                    throw Fault(.internalError, "sealed.kind", "A revision is of an unknown kind.")
                }
                return try scope.resealed(
                    old, by: vault, kind: kind, id: try row["row_id"], subject: try row["key_subject"])
            }
        }
        return batch
    }
}

/// Which values of a table are sealed anew.
enum ResealScope: Sendable {
    /// Those of an older format.
    case olderFormat
    /// Those of the rows that are named which stand under the earlier key of a subject.
    case earlierKey(of: ID<KeySubject>, rows: SQL)

    /// The column, or null when it is known to be up to date: that is not carried out of the store.
    func value(_ vault: TenantVault) -> SQL {
        switch self {
        case .olderFormat: "CASE WHEN substr(sealed, 1, 1) = \([vault.newestSealVersion]) THEN NULL ELSE sealed END"
        case .earlierKey: "sealed"
        }
    }

    var condition: SQL {
        switch self {
        case .olderFormat: ""
        case .earlierKey(let subject, let rows): " AND (\(rows)) AND key_subject = \(subject)"
        }
    }

    func resealed(
        _ old: [UInt8], by vault: TenantVault, kind: SealKind, id: Int64, subject: ID<KeySubject>
    ) throws -> [UInt8]? {
        switch self {
        case .olderFormat: try vault.resealed(old, kind: kind, id: id, subject: subject)
        case .earlierKey: try vault.rekeyed(old, kind: kind, id: id, subject: subject)
        }
    }
}

/// A place in a table's order: the columns of its primary key after the tenant.
struct ResealPlace: Sendable, Equatable {
    var text = ""
    var first: Int64 = 0
    var second: Int64 = 0

    /// The row's own id: the last number of its key.
    var rowID: Int64 { second == 0 ? first : second }

    /// For messages: ids only.
    var description: String {
        [text, Crockford.encode(first), second == 0 ? "" : Crockford.encode(second)].filter { !$0.isEmpty }
            .joined(separator: "/")
    }
}

/// A row sealed anew, not yet written.
struct ResealedRow: Sendable {
    let place: ResealPlace
    let old: [UInt8]
    let new: [UInt8]
}

/// What was found in a stretch of a table.
struct ResealBatch: Sendable {
    private(set) var seen = 0
    private(set) var rows: [ResealedRow] = []
    /// Rows whose key was disposed of.
    private(set) var unreadable = 0
    /// Rows that do not open though their key is there: each its place.
    private(set) var failed: [String] = []
    /// Where the next batch begins; nil when the table has ended.
    private(set) var next: ResealPlace?
    private var hasMore = false

    init() {}

    init(_ rows: [Row], _ limit: Int) {
        hasMore = rows.count == limit
    }

    /// Takes one row, in the table's order. `old` is nil when it is up to date.
    mutating func add(_ place: ResealPlace, _ old: [UInt8]?, _ reseal: ([UInt8]) throws -> [UInt8]?) throws {
        seen += 1
        if hasMore { next = place }
        guard let old else { return }
        do {
            if let new = try reseal(old) { rows.append(ResealedRow(place: place, old: old, new: new)) }
        } catch let fault as Fault where fault.code == "sealed.disposed" {
            unreadable += 1
        } catch let fault as Fault where fault.code.hasPrefix("sealed.") {
            failed.append("\(place.description): \(fault.code)")
        }
    }
}
