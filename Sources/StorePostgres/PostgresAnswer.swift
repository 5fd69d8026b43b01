import CPostgres
import Kernel
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

extension PostgresConnection {
    /// The rows of a statement, all of which are here before the first is looked at, without copying a value.
    func forEachRaw(
        _ bound: PostgresParameters.Bound, _ body: (UnsafeBufferPointer<RawValue>) throws -> Void
    ) throws {
        try start(bound, nil)
        try sync()
        try collect { result in
            let columns = PQnfields(result)
            let types = (0..<columns).map { PQftype(result, $0) }
            try withUnsafeTemporaryAllocation(of: RawValue.self, capacity: types.count) { values in
                values.initialize(repeating: .null)
                for row in 0..<PQntuples(result) {
                    for column in 0..<columns {
                        values[Int(column)] = try PostgresColumn.raw(result, row, column, types[Int(column)])
                    }
                    try body(UnsafeBufferPointer(values))
                }
            }
        }
    }
}

extension PostgresColumn {
    fileprivate static func raw(
        _ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: Oid
    ) throws -> RawValue {
        if PQgetisnull(result, row, column) == 1 { return .null }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        switch type {
        case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name: return .text(bytes)
        case PostgresType.bytea: return .blob(bytes)
        default:
            switch try value(result, row: row, column: column, type: type) {
            case .integer(let integer): return .integer(integer)
            case .boolean(let flag): return .boolean(flag)
            case .real(let real): return .real(real)
            case .null, .text, .blob:
                throw Fault(
                    .internalError, "store.column-type", "Column \(column) cannot be read where it stands.",
                    remedy: "Cast it to TEXT or BIGINT in the statement.")
            }
        }
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
