import CPostgres
import Store

/// A statement as one connection prepared it.
final class PostgresStatement {
    let name: String
    /// The declared types of its parameters; unspecified where every value so far was a null.
    let types: [Oid]
    fileprivate let fingerprint: SQL.Fingerprint
    fileprivate(set) var lastUse = 0
    /// Names and types of the result's columns, once a result was seen.
    var columns: PostgresColumns?

    fileprivate init(name: String, fingerprint: SQL.Fingerprint, types: [Oid]) {
        self.name = name
        self.fingerprint = fingerprint
        self.types = types
    }

    func isPrepared(_ fingerprint: SQL.Fingerprint, for types: [Oid]) -> Bool {
        self.fingerprint == fingerprint && takes(types)
    }

    /// Whether values of these types can be bound: a null fits every type.
    private func takes(_ wanted: [Oid]) -> Bool {
        zip(types, wanted).allSatisfy { $0 == $1 || $1 == PostgresType.unspecified }
    }
}

/// Names and types of a result's columns.
struct PostgresColumns {
    let layout: Row.Layout
    let types: [Oid]

    init(of result: OpaquePointer) {
        let count = PQnfields(result)
        layout = Row.Layout((0..<count).map { index in PQfname(result, index).map { String(cString: $0) } ?? "" })
        types = (0..<count).map { PQftype(result, $0) }
    }
}

/// The prepared statements of one connection, found by fingerprint; the least recently used one goes first.
///
/// A statement whose values are null now and then would otherwise be prepared once for each combination of nulls: a null
/// goes into whichever type is declared, and a new preparation keeps the types that are known.
struct PostgresStatements {
    private var known: [SQL.Fingerprint: [PostgresStatement]] = [:]
    private(set) var count = 0
    private var uses = 0
    private var names = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func find(_ fingerprint: SQL.Fingerprint, types: [Oid]) -> PostgresStatement? {
        guard let statement = known[fingerprint]?.first(where: { $0.isPrepared(fingerprint, for: types) }) else { return nil }
        uses += 1
        statement.lastUse = uses
        return statement
    }

    /// A new name for a statement that is about to be prepared.
    mutating func make(_ fingerprint: SQL.Fingerprint, types: [Oid]) -> PostgresStatement {
        names += 1
        let latest = known[fingerprint]?.last?.types ?? types
        let merged = zip(types, latest).map { $0 == PostgresType.unspecified ? $1 : $0 }
        return PostgresStatement(name: "s\(names)", fingerprint: fingerprint, types: merged)
    }

    /// Keeps a statement the server has prepared. Returns the one that must be deallocated to make room.
    mutating func keep(_ statement: PostgresStatement) -> PostgresStatement? {
        uses += 1
        statement.lastUse = uses
        known[statement.fingerprint, default: []].append(statement)
        count += 1
        guard count > limit,
            let oldest = known.values.joined().min(by: { $0.lastUse < $1.lastUse })
        else { return nil }
        known[oldest.fingerprint]?.removeAll { $0 === oldest }
        count -= 1
        return oldest
    }

    mutating func forgetAll() {
        known = [:]
        count = 0
    }
}
