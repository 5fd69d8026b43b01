package import Kernel

/// A value as both engines store it.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case boolean(Bool)
}

/// What can be bound to a statement.
package protocol SQLBindable: Sendable {
    var sqlValue: SQLValue { get }
}

/// What can be read from a column. SQLite has no boolean: 0 and 1 read as one.
package protocol SQLReadable: Sendable {
    init?(sqlValue: SQLValue)
}

extension Int64: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .integer(self) }
    package init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Int: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .integer(Int64(self)) }
    package init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = Int(value)
    }
}

extension Double: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .real(self) }
    package init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        default: return nil
        }
    }
}

extension String: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .text(self) }
    package init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Bool: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .boolean(self) }
    package init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .boolean(let value): self = value
        case .integer(let value) where value == 0 || value == 1: self = value == 1
        default: return nil
        }
    }
}

extension [UInt8]: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .blob(self) }
    package init?(sqlValue: SQLValue) {
        guard case .blob(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Instant: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .integer(microseconds) }
    package init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(microseconds: value)
    }
}

extension ID: SQLBindable, SQLReadable {
    package var sqlValue: SQLValue { .integer(raw) }
    package init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(raw: value)
    }
}

extension Optional: SQLReadable where Wrapped: SQLReadable {
    package init?(sqlValue: SQLValue) {
        if case .null = sqlValue {
            self = Optional<Wrapped>.none
            return
        }
        guard let value = Wrapped(sqlValue: sqlValue) else { return nil }
        self = Optional<Wrapped>.some(value)
    }
}

/// One result row. Columns are read by name: `let name: String = try row["name"]`.
package struct Row: Sendable {
    /// The names of a result's columns, shared by its rows.
    package final class Layout: Sendable {
        package let names: [String]
        /// Length and first seven bytes of each name: they tell most names apart at one look.
        private let marks: [UInt64]

        package init(_ names: [String]) {
            self.names = names
            marks = names.map { name in
                var name = name
                return name.withUTF8(Self.mark)
            }
        }

        private static func mark(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
            bytes.prefix(7).reduce(UInt64(truncatingIfNeeded: bytes.count)) { $0 << 8 | UInt64($1) }
        }

        func index(of column: StaticString) -> Int? {
            column.withUTF8Buffer { bytes in
                let mark = Self.mark(bytes)
                for (index, other) in marks.enumerated() where other == mark {
                    if bytes.count <= 7 || names[index].utf8.elementsEqual(bytes) { return index }
                }
                return nil
            }
        }
    }

    package let layout: Layout
    package let values: [SQLValue]

    package init(layout: Layout, values: [SQLValue]) {
        self.layout = layout
        self.values = values
    }

    /// The column's value. Throws when the column is missing or of another type: a defect in the statement, told by name.
    package subscript<Value: SQLReadable>(_ column: StaticString) -> Value {
        get throws(Fault) {
            guard let index = layout.index(of: column) else {
                throw Fault(.internalError, "store.column-missing", "The statement has no column \(column).")
            }
            if let value = Value(sqlValue: values[index]) { return value }
            throw Fault(.internalError, "store.column-type", "Column \(column) does not hold a \(Value.self).")
        }
    }

    /// The value at a position, for hot paths whose statement stands beside them.
    package func value<Value: SQLReadable>(at index: Int, as _: Value.Type = Value.self) throws(Fault) -> Value {
        if index < values.count, let value = Value(sqlValue: values[index]) { return value }
        throw Fault(.internalError, "store.column-type", "Column \(index) does not hold a \(Value.self).")
    }
}
