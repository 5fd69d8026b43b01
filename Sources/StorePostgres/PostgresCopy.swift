import CPostgres
import Kernel
import Store

/// Whole tables out of a schema and into one, by `COPY` in its binary format, on a connection of its own. It blocks.
///
/// Going out, everything is of one moment: one `REPEATABLE READ` transaction, with the tables held as they are. Going in,
/// everything or nothing is there: one transaction as well.
package final class PostgresCopy {
    package struct Table: Sendable, Equatable {
        package let name: String
        package let columns: [String]

        package init(name: String, columns: [String]) {
            self.name = name
            self.columns = columns
        }
    }

    private let handle: OpaquePointer
    private let schema: String

    /// Connects. Throws a `StoreError` of kind `unavailable` when there is no server.
    package init(url: String, schema: String) throws {
        var options = PostgresDatabase.Options()
        options.schema = schema
        let settings = try PostgresConnection.Settings(url: url, options: options)
        let parameters = [
            ("fallback_application_name", "throughline"), ("client_encoding", "UTF8"),
            ("connect_timeout", String(settings.connectTimeout)), ("keepalives_idle", "30"), ("dbname", settings.url),
        ]
        guard let handle = PostgresConnection.connect(parameters) else {
            throw StoreError(.unavailable, message: "no memory for a connection")
        }
        self.handle = handle
        self.schema = schema
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(handle)).split(separator: "\n").joined(separator: " ")
            throw StoreError(.unavailable, message: message)
        }
        try run("SET search_path = \(Self.quoted(schema)), public")
    }

    deinit {
        PQfinish(handle)
    }

    /// Whether the schema is there, with or without tables.
    package func isThere() throws -> Bool {
        try !texts("SELECT 1 FROM pg_namespace WHERE nspname = '\(schema)'").isEmpty
    }

    /// The server's major version: 15, 16, …
    package var majorVersion: Int { Int(PQserverVersion(handle)) / 10_000 }

    package func dropSchema() throws {
        try run("DROP SCHEMA IF EXISTS \(Self.quoted(schema)) CASCADE")
    }

    // MARK: Out

    /// Begins the snapshot; the tables in it, by name.
    package func beginReading() throws -> [Table] {
        try run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        // Each reading of an unchanged table begins at its start, so that its parts can be known again.
        try run("SET LOCAL synchronize_seqscans = off")
        try run("SET LOCAL statement_timeout = 0")
        let tables = try tables()
        if !tables.isEmpty {
            try run(
                "LOCK TABLE \(tables.map { Self.quoted($0.name) }.joined(separator: ", ")) IN ACCESS SHARE MODE")
        }
        return tables
    }

    /// Every row of a table, as the server sends it: a row at a time, with the format's own head and end.
    package func read(_ table: Table, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        try start("COPY \(Self.place(table)) TO STDOUT (FORMAT binary)", PGRES_COPY_OUT)
        var failure: (any Error)?
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(handle, &buffer, 0)
            defer { PQfreemem(buffer) }
            if count == -1 { break }
            guard count > 0, let buffer else { throw lost() }
            // What was asked for must leave the connection before the failure can.
            if failure != nil { continue }
            do {
                try take(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
            } catch {
                failure = error
            }
        }
        try finish()
        if let failure { throw failure }
    }

    package func endReading() throws { try run("COMMIT") }

    // MARK: In

    /// Begins the transaction; the tables in an order in which rows may refer to one another.
    package func beginWriting() throws -> [Table] {
        try run("BEGIN")
        try run("SET LOCAL statement_timeout = 0")
        return Self.ordered(try tables(), try references())
    }

    /// Begins to fill a table, in the place of the few rows that a fresh schema has; `write` and `endTable` follow.
    package func beginTable(_ table: Table) throws {
        try run("DELETE FROM \(Self.quoted(table.name))")
        try start("COPY \(Self.place(table)) FROM STDIN (FORMAT binary)", PGRES_COPY_IN)
    }

    package func write(_ bytes: [UInt8]) throws {
        let code = bytes.withUnsafeBytes { buffer in
            PQputCopyData(handle, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        guard code == 1 else { throw lost() }
    }

    package func endTable() throws {
        guard PQputCopyEnd(handle, nil) == 1 else { throw lost() }
        try finish()
    }

    /// Keeps it all, and has the server count what is there now, so that it plans for it.
    package func commit() throws {
        try run("COMMIT")
        for table in try tables() { try run("ANALYZE \(Self.quoted(table.name))") }
    }

    // MARK: The catalogue

    private func tables() throws -> [Table] {
        let rows = try texts(
            """
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = '\(schema)'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
                AND NOT a.attisdropped AND a.attgenerated = ''
            ORDER BY c.relname COLLATE "C", a.attnum
            """)
        var tables: [Table] = []
        for row in rows {
            if let last = tables.last, last.name == row[0] {
                tables[tables.count - 1] = Table(name: last.name, columns: last.columns + [row[1]])
            } else {
                tables.append(Table(name: row[0], columns: [row[1]]))
            }
        }
        return tables
    }

    /// Which table's rows refer to which.
    private func references() throws -> [(from: String, to: String)] {
        try texts(
            """
            SELECT f.relname, t.relname FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid
            JOIN pg_class t ON t.oid = k.confrelid
            WHERE k.contype = 'f' AND f.relnamespace = '\(schema)'::regnamespace AND f.oid <> t.oid
            """
        ).map { ($0[0], $0[1]) }
    }

    /// Those that are referred to come first. Tables that refer to one another in a ring keep their order.
    static func ordered(_ tables: [Table], _ references: [(from: String, to: String)]) -> [Table] {
        var left = tables
        var done: [Table] = []
        while !left.isEmpty {
            let names = Set(left.map(\.name))
            let free = left.filter { table in
                !references.contains { $0.from == table.name && names.contains($0.to) }
            }
            let next = free.isEmpty ? left : free
            done += next
            let taken = Set(next.map(\.name))
            left.removeAll { taken.contains($0.name) }
        }
        return done
    }

    // MARK: The connection

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private static func place(_ table: Table) -> String {
        quoted(table.name) + " (" + table.columns.map(quoted).joined(separator: ", ") + ")"
    }

    private func run(_ text: String) throws {
        let result = PQexec(handle, text)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
        default: throw failure(of: result)
        }
    }

    private func texts(_ query: String) throws -> [[String]] {
        let result = PQexec(handle, query)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_TUPLES_OK else { throw failure(of: result) }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { String(cString: PQgetvalue(result, row, $0)) }
        }
    }

    private func start(_ text: String, _ wanted: ExecStatusType) throws {
        let result = PQexec(handle, text)
        defer { PQclear(result) }
        guard PQresultStatus(result) == wanted else { throw failure(of: result) }
    }

    /// Takes the answers that follow a COPY.
    private func finish() throws {
        var failed: (any Error)?
        while let result = PQgetResult(handle) {
            defer { PQclear(result) }
            if PQresultStatus(result) != PGRES_COMMAND_OK { failed = failed ?? failure(of: result) }
        }
        if let failed { throw failed }
    }

    private func failure(of result: OpaquePointer?) -> any Error {
        guard let result, PQstatus(handle) == CONNECTION_OK else { return lost() }
        return PostgresErrors.failure(of: result, broken: false).error
    }

    private func lost() -> any Error { PostgresErrors.lost.error }
}
