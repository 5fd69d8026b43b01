import Dispatch
package import Kernel
import Synchronization

/// The storage engines. What differs between them is a named feature with a reason.
package enum Engine: String, Sendable, CaseIterable {
    case sqlite, postgres

    package struct Feature: Sendable, CustomStringConvertible {
        package let description: String
        package let reason: String
    }

    /// Whether rows become visible in the order in which they were inserted. SQLite has one writer; PostgreSQL commits
    /// in any order, so events need the sequencer there.
    package var commitsInInsertionOrder: Bool { self == .sqlite }

    /// Whether concurrent writes share one durable commit by themselves. Otherwise whoever has many small ones gathers
    /// them first.
    package var commitsTogether: Bool { self == .sqlite }

    package var features: [Feature] {
        switch self {
        case .sqlite:
            [
                Feature(
                    description: "one writer", reason: "concurrent writes are committed together, each in its savepoint"
                ),
                Feature(
                    description: "term search by FTS5", reason: "an inverted index over 64-bit hashes, detail=none"),
                Feature(description: "overlap by trigger", reason: "there is no exclusion constraint"),
            ]
        case .postgres:
            [
                Feature(
                    description: "row locks",
                    reason: "several writers: SKIP LOCKED claims, READ COMMITTED with the rule in a constraint"),
                Feature(description: "term search by GIN", reason: "bigint[] with fastupdate=off"),
                Feature(
                    description: "overlap by EXCLUDE USING gist",
                    reason: "btree_gist over tenant, resource, lane and interval"),
            ]
        }
    }
}

/// An open transaction of one tenant. Synchronous: no network call can sit inside.
///
/// The closure that gets it may run again after a conflict, so it must not change anything but the database and its
/// own locals. A statement that is refused fails the transaction, also when its error is swallowed: to go on after one,
/// run it in a `savepoint`. A statement holds one command, no `;`.
package protocol Transaction: AnyObject {
    var tenant: ID<Tenant> { get }
    var engine: Engine { get }
    /// Whether it only reads, and everything it reads is of one moment.
    var isSnapshot: Bool { get }

    /// All rows of a query.
    func rows(_ sql: SQL) throws -> [Row]
    /// Rows one by one, without holding them all.
    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws
    /// The same without copying a value, for statements that read millions of rows. The values are valid only inside
    /// `body`, which runs no statement of its own. PostgreSQL holds the whole result meanwhile: ask for thousands at a
    /// time.
    func forEachRaw(_ sql: SQL, _ body: (UnsafeBufferPointer<RawValue>) throws -> Void) throws
    /// Runs a statement; the number of rows changed.
    @discardableResult func execute(_ sql: SQL) throws -> Int
    /// Runs a statement whose outcome the caller does not wait for: it travels together with what comes after it. When
    /// it is refused, a later statement, the end of the savepoint round it or the commit throws; so never to find out
    /// whether something may be done.
    func send(_ sql: SQL) throws
    /// Asks a question and goes on: what is asked before the first answer is looked at travels together.
    func ask(_ sql: SQL) throws -> Asked<[Row]>
    /// Runs `body` so that its failure undoes only itself.
    func savepoint<Value>(_ body: () throws -> Value) throws -> Value
    /// Called after a commit that is durable, on no particular thread; never after a rollback, nor when the savepoint it
    /// was asked for in was undone. A read ignores it.
    func afterCommit(_ action: @escaping @Sendable () -> Void)
}

extension Transaction {
    /// The first row, or nil.
    package func row(_ sql: SQL) throws -> Row? { try rows(sql).first }

    /// The first column of the first row, or nil when there is no row.
    package func value<Value: SQLReadable>(_ sql: SQL, as _: Value.Type = Value.self) throws -> Value? {
        try rows(sql).first?.value(at: 0, as: Value.self)
    }
}

/// What a question that was asked before it was needed will give. Valid inside its transaction.
package struct Asked<Value> {
    private let take: () throws -> Value

    package init(_ take: @escaping () throws -> Value) { self.take = take }

    /// Waits for it. Throws as `rows` does.
    package func get() throws -> Value { try take() }

    package func map<Other>(_ transform: @escaping (Value) throws -> Other) -> Asked<Other> {
        Asked<Other> { try transform(try take()) }
    }
}

/// A store of both engines' common subset: `read` sees one snapshot, `write` is one transaction, durable when it returns.
package protocol Database: Sendable {
    var engine: Engine { get }

    func read<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value

    func write<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value

    /// `read` for callers that are already on a storage thread (never on Swift's cooperative pool): it blocks.
    func readNow<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) throws -> Value

    /// A write transaction for schema changes, alone under the engine's lock.
    func migrate(_ body: @escaping @Sendable (any Transaction) throws -> Void) async throws

    func close() async
}

extension Database {
    /// The general way: a task runs the read while this thread waits. An engine with a direct way replaces it.
    package func readNow<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let outcome = ReadOutcome<Value>()
        Task.detached {
            do {
                outcome.set(.success(try await self.read(tenant, body)))
            } catch {
                outcome.set(.failure(error))
            }
            done.signal()
        }
        done.wait()
        return try outcome.take()
    }
}

private final class ReadOutcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    func set(_ new: Result<Value, any Error>) { result.withLock { $0 = new } }
    func take() throws -> Value {
        guard let result = result.withLock({ $0 }) else {
            throw StoreError(.other, message: "a blocking read ended without a result")
        }
        return try result.get()
    }
}

extension ID where Subject == Tenant {
    /// Rows that belong to the installation, not to a tenant: the tenant table, leases, migrations.
    package static var installation: ID<Tenant> { ID(raw: 0) }
}

/// What the storage said when it refused. Never holds a value of a row.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case unique, foreignKey, check, notNull, overlap
        /// A conflict with another transaction that outlasted its retries.
        case contention
        /// The disk is full.
        case full
        /// The disk failed or is read-only.
        case io
        /// The server is away or the connection broke before the commit was asked for.
        case unavailable
        /// The connection broke while the commit was under way: it may or may not have happened.
        case uncertain
        case other
    }

    package let kind: Kind
    /// The constraint, index or trigger that spoke, when the engine names it.
    package let constraint: String?
    package let message: String

    package init(_ kind: Kind, constraint: String? = nil, message: String) {
        self.kind = kind
        self.constraint = constraint
        self.message = message
    }

    package var description: String {
        "store.\(kind.rawValue)" + (constraint.map { " (\($0))" } ?? "") + ": \(message)"
    }

    /// The error as its caller should tell it.
    package var fault: Fault {
        switch kind {
        case .unique, .overlap:
            Fault(.conflict, "store.conflict", "Another record already holds this place.", cause: self)
        case .foreignKey, .check, .notNull:
            Fault(.internalError, "store.constraint", "The change would break a rule of the schema.", cause: self)
        case .contention:
            Fault(.unavailable, "store.contention", "Too many changes met at once.", remedy: "Try again.", cause: self)
        case .full:
            Fault(
                .unavailable, "store.full", "The disk is full; nothing of this request was saved.",
                remedy: "Free space on the data disk and try again.", cause: self)
        case .io:
            Fault(
                .unavailable, "store.io", "The data disk failed; nothing of this request was saved.",
                remedy: "Check the disk and its permissions.", cause: self)
        case .unavailable:
            Fault(
                .unavailable, "store.unavailable", "The database does not answer; nothing of this request was saved.",
                remedy: "Try again in a moment.", cause: self)
        case .uncertain:
            Fault(
                .unavailable, "store.uncertain", "The database went away while saving.",
                remedy: "Repeat the request with the same idempotency key.", cause: self)
        case .other:
            Fault(.internalError, "store.error", "The database refused a statement.", cause: self)
        }
    }
}
