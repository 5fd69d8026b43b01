import Kernel
import Store

/// One transaction on one connection. `BEGIN` and savepoints travel with the statement that follows them.
///
/// After a refused statement PostgreSQL accepts nothing but the end of the savepoint round it; the same error is then
/// thrown again by every further statement, and the transaction cannot commit.
final class PostgresTransaction: Transaction {
    enum Mode {
        case read, write
        /// As `write`, without keeping statements: schema changes run once.
        case migrate

        var begin: String {
            self == .read ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN ISOLATION LEVEL READ COMMITTED"
        }
    }

    let tenant: ID<Tenant>
    let engine = Engine.postgres
    let mode: Mode
    private let connection: PostgresConnection
    private(set) var actions: [@Sendable () -> Void] = []
    /// The refusal that no savepoint has undone, or a conflict or lost connection, which none can undo.
    private(set) var failure: PostgresFailure?
    /// Whether a statement was answered: before that, a lost connection means only that it had died unnoticed.
    private(set) var started = false
    private var isSent = false

    private static let savepoint = "SAVEPOINT inner_part"
    private static let release = "RELEASE SAVEPOINT inner_part"
    private static let undo = "ROLLBACK TO SAVEPOINT inner_part"

    init(_ connection: PostgresConnection, tenant: ID<Tenant>, mode: Mode) {
        self.connection = connection
        self.tenant = tenant
        self.mode = mode
        connection.queue(mode.begin)
    }

    func rows(_ sql: SQL) throws -> [Row] {
        try run(sql) { try connection.rows($0, $1, cached: mode != .migrate).rows }
    }

    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try run(sql) { try connection.forEach($0, $1, cached: mode != .migrate, body) }
    }

    func execute(_ sql: SQL) throws -> Int {
        try run(sql) { try connection.rows($0, $1, cached: mode != .migrate).changed }
    }

    /// Runs a statement of the engine itself.
    @discardableResult func run(_ text: String) throws -> [Row] {
        try watch { try connection.rows(text, [], cached: false).rows }
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure.error }
        connection.queue(Self.savepoint)
        let kept = actions.count
        do {
            let value = try body()
            // A body that swallowed an error has not done its work.
            if let failure { throw failure.error }
            if !connection.unqueue(Self.savepoint) { connection.queue(Self.release) }
            return value
        } catch {
            actions.removeSubrange(kept...)
            if failure == nil || failure?.consequence == .refused {
                failure = nil
                if !connection.unqueue(Self.savepoint) {
                    connection.queue(Self.undo)
                    connection.queue(Self.release)
                }
            }
            throw error
        }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        actions.append(action)
    }

    private func run<Value>(_ sql: SQL, _ body: (String, [SQLValue]) throws -> Value) throws -> Value {
        let (text, values) = sql.rendered(for: .postgres, tenant: tenant)
        return try watch { try body(text, values) }
    }

    private func watch<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure.error }
        isSent = true
        do {
            let value = try body()
            started = true
            return value
        } catch let refusal as PostgresFailure {
            if refusal.consequence != .lost { started = true }
            // A statement in the body of a `forEach` may have told of it already.
            failure = failure ?? refusal
            throw refusal.error
        }
    }

    // MARK: The end

    /// Commits. Throws `uncertain` when the connection broke on the way.
    func commit() throws {
        if let failure { throw failure.error }
        guard isSent else { return connection.discardQueue() }
        let tag: String
        do {
            tag = try connection.command("COMMIT")
        } catch let refusal as PostgresFailure {
            failure = refusal
            throw refusal.consequence == .lost ? PostgresErrors.uncertain : refusal.error
        }
        guard tag == "COMMIT" else {
            throw StoreError(.other, message: "the transaction could not commit")
        }
    }

    /// Asks for the end of a read without waiting for it: its rows have been read. `finishCommands` takes the answer.
    func sendEnd() throws {
        guard isSent else { return connection.discardQueue() }
        try connection.sendCommand("COMMIT")
    }

    /// Leaves the connection without a transaction, or broken.
    func rollback() {
        connection.discardQueue()
        guard isSent, !connection.broken else { return }
        // It fails only when the connection breaks, and then the server rolls back by itself.
        _ = try? connection.command("ROLLBACK")
    }
}
