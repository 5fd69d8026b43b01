import CPostgres
import Store

/// The rows of a statement that are still on their way.
final class PostgresStream {
    var columns: PostgresColumns?
    var ended = false
    private var kept: [Row] = []
    private var taken = 0

    func add(_ row: Row) { kept.append(row) }

    func take() -> Row? {
        guard taken < kept.count else { return nil }
        taken += 1
        return kept[taken - 1]
    }
}

/// What came of a statement, once the connection has taken it.
final class PostgresAnswer {
    private(set) var rows: [Row] = []
    private(set) var changed = 0
    private(set) var isComplete = false

    func take(_ result: OpaquePointer, _ columns: PostgresColumns) throws {
        changed = Int(String(cString: PQcmdTuples(result))) ?? 0  // empty for a command that counts no rows
        let count = PQntuples(result)
        rows.reserveCapacity(Int(count))
        for index in 0..<count { rows.append(try columns.row(result, index)) }
        isComplete = true
    }
}

extension PostgresColumns {
    func row(_ result: OpaquePointer, _ index: Int32) throws -> Row {
        var values: [SQLValue] = []
        values.reserveCapacity(types.count)
        for (column, type) in types.enumerated() {
            values.append(try PostgresColumn.value(result, row: index, column: Int32(column), type: type))
        }
        return Row(layout: layout, values: values)
    }
}
