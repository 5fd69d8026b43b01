import CPostgres
import Store

/// A statement as one connection prepared it.
final class PostgresStatement {
    let name: String
    fileprivate let key: PostgresStatements.Key
    fileprivate(set) var lastUse = 0
    /// Names and types of the result's columns, once a result was seen.
    var columns: PostgresColumns?

    fileprivate init(name: String, key: PostgresStatements.Key) {
        self.name = name
        self.key = key
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

/// The prepared statements of one connection, by text and parameter types; the least recently used one goes first.
struct PostgresStatements {
    struct Key: Hashable {
        let text: String
        let types: [Oid]
    }

    private var known: [Key: PostgresStatement] = [:]
    private var uses = 0
    private var names = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { known.count }

    mutating func find(_ key: Key) -> PostgresStatement? {
        guard let statement = known[key] else { return nil }
        uses += 1
        statement.lastUse = uses
        return statement
    }

    /// A new name for a statement that is about to be prepared.
    mutating func make(_ key: Key) -> PostgresStatement {
        names += 1
        return PostgresStatement(name: "s\(names)", key: key)
    }

    /// Keeps a statement the server has prepared. Returns the one that must be deallocated to make room.
    mutating func keep(_ statement: PostgresStatement) -> PostgresStatement? {
        uses += 1
        statement.lastUse = uses
        known[statement.key] = statement
        guard known.count > limit, let oldest = known.values.min(by: { $0.lastUse < $1.lastUse }) else { return nil }
        known[oldest.key] = nil
        return oldest
    }

    mutating func forgetAll() {
        known = [:]
    }
}
