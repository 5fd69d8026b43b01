import GRDB
import GRDBSQLite
import Kernel
import Store

/// The prepared statements of one connection, found by fingerprint: a hot statement is neither put together nor hashed
/// as a text again.
///
/// Unchecked, because what guards it is the connection's serial queue, inside which alone it is touched: GRDB hands out its
/// `Database` nowhere else.
final class SQLiteStatements: @unchecked Sendable {
    final class Prepared {
        let statement: Statement
        let layout: Store.Row.Layout

        init(_ statement: Statement) {
            self.statement = statement
            layout = Store.Row.Layout(statement.columnNames)
        }
    }

    /// The set of statements is finite; this only bounds a mistake.
    private static let largestCache = 4000
    private var known: [Store.SQL.Fingerprint: Prepared] = [:]

    /// The prepared statement; a fresh one when that one is being stepped, in a `forEach` round this call.
    func idle(_ sql: Store.SQL, in db: GRDB.Database) throws -> Prepared {
        let fingerprint = sql.fingerprint
        if let prepared = known[fingerprint], sqlite3_stmt_busy(prepared.statement.sqliteStatement) == 0 {
            return prepared
        }
        let fresh = Prepared(
            try db.makeStatement(sql: SQLiteLayout.statement(sql.rendered(for: .sqlite, tenant: ID(raw: 0)).text)))
        if known.count >= Self.largestCache { known = [:] }
        if known[fingerprint] == nil { known[fingerprint] = fresh }
        return fresh
    }

    /// A connection closes only when its statements are gone.
    func clear() { known = [:] }
}
