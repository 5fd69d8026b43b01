import GRDB
import GRDBSQLite
import Kernel
import Store

/// One transaction on one GRDB connection.
///
/// GRDB owns the connection, the pool and the statement cache; values are bound and stepped through SQLite's own C
/// interface, because boxing each value costs more than the query on hot paths.
final class SQLiteTransaction: Transaction {
    let tenant: ID<Tenant>
    let engine = Engine.sqlite
    let isSnapshot: Bool
    private let db: GRDB.Database
    private let statements: SQLiteStatements
    private(set) var actions: [@Sendable () -> Void] = []
    /// The refusal that no savepoint has undone. As on PostgreSQL, the transaction accepts nothing more and cannot
    /// commit; so a caller who swallows one learns of it on both engines, and nothing runs after SQLite has rolled back
    /// by itself.
    private(set) var failure: (any Error)?

    init(db: GRDB.Database, statements: SQLiteStatements, tenant: ID<Tenant>, isSnapshot: Bool) {
        self.isSnapshot = isSnapshot
        self.db = db
        self.statements = statements
        self.tenant = tenant
    }

    func rows(_ sql: Store.SQL) throws -> [Store.Row] {
        var rows: [Store.Row] = []
        try forEach(sql) { rows.append($0) }
        return rows
    }

    func forEach(_ sql: Store.SQL, _ body: (Store.Row) throws -> Void) throws {
        try run(sql) { pointer, layout in
            let count = Int32(layout.names.count)
            while try step(pointer) {
                var values: [SQLValue] = []
                values.reserveCapacity(Int(count))
                for index in 0..<count { values.append(Self.value(pointer, index)) }
                try body(Store.Row(layout: layout, values: values))
            }
        }
    }

    func forEachRaw(_ sql: Store.SQL, _ body: (UnsafeBufferPointer<RawValue>) throws -> Void) throws {
        try run(sql) { pointer, layout in
            let count = layout.names.count
            try withUnsafeTemporaryAllocation(of: RawValue.self, capacity: count) { values in
                values.initialize(repeating: .null)
                while try step(pointer) {
                    for index in 0..<count { values[index] = Self.rawValue(pointer, Int32(index)) }
                    try body(UnsafeBufferPointer(values))
                }
            }
        }
    }

    func execute(_ sql: Store.SQL) throws -> Int {
        try run(sql) { pointer, _ in
            while try step(pointer) {}
        }
        return Int(sqlite3_changes(db.sqliteConnection))
    }

    func send(_ sql: Store.SQL) throws {
        _ = try execute(sql)
    }

    func ask(_ sql: Store.SQL) throws -> Asked<[Store.Row]> {
        let rows = try rows(sql)
        return Asked { rows }
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        let kept = actions.count
        do {
            try control("SAVEPOINT inner_part")
            let value = try body()
            // A body that swallowed an error has not done its work.
            if let failure { throw failure }
            try control("RELEASE inner_part")
            return value
        } catch {
            actions.removeSubrange(kept...)
            // A full or failing disk ends the whole transaction, savepoints included.
            if db.isInsideTransaction {
                try db.execute(sql: "ROLLBACK TO inner_part")
                try db.execute(sql: "RELEASE inner_part")
                failure = nil
            }
            throw SQLiteErrors.translate(error)
        }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        actions.append(action)
    }

    /// `BEGIN`, `COMMIT` and the like, through the statement cache.
    func control(_ text: String) throws {
        let pointer = try db.cachedStatement(sql: text).sqliteStatement
        defer { sqlite3_reset(pointer) }
        while try step(pointer) {}
    }

    private func run(_ sql: Store.SQL, _ body: (OpaquePointer, Store.Row.Layout) throws -> Void) throws {
        if let failure { throw failure }
        do {
            let prepared = try statements.idle(sql, in: db)
            let pointer = prepared.statement.sqliteStatement
            defer {
                sqlite3_reset(pointer)
                sqlite3_clear_bindings(pointer)
            }
            var index: Int32 = 0
            for value in sql.values(for: .sqlite, tenant: tenant) {
                index += 1
                try Self.bind(value, at: index, to: pointer)
            }
            try withExtendedLifetime(prepared) { try body(pointer, prepared.layout) }
        } catch let error as DatabaseError {
            let refusal = SQLiteErrors.translate(error)
            failure = failure ?? refusal
            throw refusal
        }
    }

    /// Rows that refer to nothing are refused at the end of their own job, not with the whole batch at its commit.
    func checkDeferredReferences() throws {
        var open: Int32 = 0
        var highest: Int32 = 0
        let code = sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &highest, 0)
        guard code == SQLITE_OK, open == 0 else {
            throw StoreError(.foreignKey, message: "FOREIGN KEY constraint failed")
        }
    }

    private func step(_ pointer: OpaquePointer) throws -> Bool {
        let code = sqlite3_step(pointer)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
            message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
    }

    /// SQLite's SQLITE_TRANSIENT: it copies the bytes before the call returns.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private static func bind(_ value: SQLValue, at index: Int32, to pointer: OpaquePointer) throws {
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(pointer, index)
        case .integer(let integer): code = sqlite3_bind_int64(pointer, index, integer)
        case .boolean(let flag): code = sqlite3_bind_int64(pointer, index, flag ? 1 : 0)
        case .real(let real): code = sqlite3_bind_double(pointer, index, real)
        case .text(var text):
            code = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(pointer, index, $0.baseAddress, Int32($0.count), transient)
                }
            }
        case .blob(let bytes):
            code =
                bytes.isEmpty
                ? sqlite3_bind_zeroblob(pointer, index, 0)
                : bytes.withUnsafeBytes {
                    sqlite3_bind_blob(pointer, index, $0.baseAddress, Int32($0.count), transient)
                }
        }
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "a value could not be bound")
        }
    }

    private static func rawValue(_ pointer: OpaquePointer, _ index: Int32) -> RawValue {
        switch sqlite3_column_type(pointer, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(pointer, index))
        case SQLITE_TEXT:
            let text = sqlite3_column_text(pointer, index)
            let count = Int(sqlite3_column_bytes(pointer, index))
            return .text(UnsafeRawBufferPointer(start: text, count: text == nil ? 0 : count))
        case SQLITE_BLOB:
            let blob = sqlite3_column_blob(pointer, index)
            let count = Int(sqlite3_column_bytes(pointer, index))
            return .blob(UnsafeRawBufferPointer(start: blob, count: blob == nil ? 0 : count))
        default: return .null
        }
    }

    private static func value(_ pointer: OpaquePointer, _ index: Int32) -> SQLValue {
        switch sqlite3_column_type(pointer, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(pointer, index))
        case SQLITE_TEXT:
            let text = sqlite3_column_text(pointer, index)
            let count = Int(sqlite3_column_bytes(pointer, index))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(pointer, index))
            guard let bytes = sqlite3_column_blob(pointer, index) else { return .blob([]) }
            return .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
        default: return .null
        }
    }
}

/// SQLite's result codes as store errors.
enum SQLiteErrors {
    static func translate(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let message = error.message ?? "SQLite result \(error.resultCode.rawValue)"
        switch error.resultCode.rawValue & 0xFF {
        case SQLITE_FULL:
            return StoreError(.full, message: message)
        case SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_CORRUPT, SQLITE_NOTADB:
            return StoreError(.io, message: message)
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StoreError(.contention, message: message)
        case SQLITE_CONSTRAINT:
            return StoreError(
                kind(error.extendedResultCode.rawValue, message), constraint: constraint(message), message: message)
        default:
            return StoreError(.other, message: message)
        }
    }

    private static func kind(_ code: Int32, _ message: String) -> StoreError.Kind {
        switch ResultCode(rawValue: code) {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID: .unique
        case .SQLITE_CONSTRAINT_FOREIGNKEY: .foreignKey
        case .SQLITE_CONSTRAINT_NOTNULL: .notNull
        case .SQLITE_CONSTRAINT_TRIGGER: message.hasPrefix("overlap:") ? .overlap : .check
        default: .check
        }
    }

    /// The part after the colon: the column list, the check's name, or a trigger's `overlap: NAME`.
    private static func constraint(_ message: String) -> String? {
        guard let colon = message.firstIndex(of: ":") else { return nil }
        let name = message[message.index(after: colon)...].drop { $0 == " " }
        return name.isEmpty ? nil : String(name)
    }
}
