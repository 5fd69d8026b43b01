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
    var isSnapshot: Bool { mode == .read }
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
        try watch { try connection.rows(bound(sql)).rows }
    }

    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try watch { try connection.forEach(bound(sql), body) }
    }

    func forEachRaw(_ sql: SQL, _ body: (UnsafeBufferPointer<RawValue>) throws -> Void) throws {
        try watch { try connection.forEachRaw(bound(sql), body) }
    }

    func execute(_ sql: SQL) throws -> Int {
        try watch { try connection.rows(bound(sql)).changed }
    }

    func send(_ sql: SQL) throws {
        try watch { try connection.send(bound(sql)) }
    }

    func ask(_ sql: SQL) throws -> Asked<[Row]> {
        let answer = PostgresAnswer()
        try watch { try connection.send(bound(sql), to: answer) }
        return Asked {
            if !answer.isComplete { try self.watch { try self.connection.flush() } }
            return answer.rows
        }
    }

    /// Runs a statement of the engine itself.
    @discardableResult func run(_ text: String) throws -> [Row] {
        try watch { try connection.rows(PostgresParameters.Bound(text: text)).rows }
    }

    private func bound(_ sql: SQL) -> PostgresParameters.Bound {
        PostgresParameters.Bound(sql, tenant: tenant, kept: mode != .migrate)
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure.error }
        // What was sent before and is refused is no failure of this part.
        try takeAnswers()
        connection.queue(Self.savepoint)
        let kept = actions.count
        do {
            let value = try body()
            try takeAnswers()
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

    private func watch<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure.error }
        isSent = true
        do {
            let value = try body()
            if !connection.isWaiting { started = true }
            return value
        } catch let refusal as PostgresFailure {
            if refusal.consequence != .lost { started = true }
            // A statement in the body of a `forEach` may have told of it already.
            failure = failure ?? refusal
            throw refusal.error
        }
    }

    private func takeAnswers() throws {
        if connection.isWaiting { try watch { try connection.flush() } }
    }

    // MARK: The end

    /// Commits. Throws `uncertain` when the connection broke on the way.
    func commit() throws {
        if let failure { throw failure.error }
        guard isSent else { return connection.discardQueue() }
        // A connection that had died unnoticed shows it before the commit is asked for.
        if !started { try takeAnswers() }
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
        // What was sent and not waited for is undone, so its failure is of no interest.
        try? connection.flush()
        // It fails only when the connection breaks, and then the server rolls back by itself.
        if !connection.broken { _ = try? connection.command("ROLLBACK") }
    }
}
