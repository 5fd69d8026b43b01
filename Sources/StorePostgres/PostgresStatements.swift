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

    fileprivate func isPrepared(_ fingerprint: SQL.Fingerprint, for types: [Oid]) -> Bool {
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
        guard let statement = known[fingerprint]?.first(where: { $0.isPrepared(fingerprint, for: types) }) else {
            return nil
        }
        uses += 1
        statement.lastUse = uses
        return statement
    }

    /// A statement that is about to be prepared, and the one that must be deallocated to make room.
    mutating func make(
        _ fingerprint: SQL.Fingerprint, types: [Oid]
    ) -> (made: PostgresStatement, oldest: PostgresStatement?) {
        names += 1
        uses += 1
        let latest = known[fingerprint]?.last?.types ?? types
        let merged = zip(types, latest).map { $0 == PostgresType.unspecified ? $1 : $0 }
        let statement = PostgresStatement(name: "s\(names)", fingerprint: fingerprint, types: merged)
        statement.lastUse = uses
        known[fingerprint, default: []].append(statement)
        count += 1
        guard count > limit, let oldest = known.values.joined().min(by: { $0.lastUse < $1.lastUse }) else {
            return (statement, nil)
        }
        forget(oldest)
        return (statement, oldest)
    }

    /// One that the server refused to prepare, or has to forget.
    mutating func forget(_ statement: PostgresStatement) {
        let before = known[statement.fingerprint]?.count ?? 0
        known[statement.fingerprint]?.removeAll { $0 === statement }
        count -= before - (known[statement.fingerprint]?.count ?? 0)
    }

    mutating func forgetAll() {
        known = [:]
        count = 0
    }
}
