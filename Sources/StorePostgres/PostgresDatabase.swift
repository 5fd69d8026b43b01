import CPostgres
package import Kernel
package import Store
import Synchronization

/// The engine for several nodes: PostgreSQL 15 or later through libpq, on a pool of connections each with a thread of
/// its own.
///
/// Reads see one snapshot (`REPEATABLE READ READ ONLY`); writes are `READ COMMITTED` with the rule in a constraint.
/// A closure runs again after a serialization failure or deadlock, and when its connection turns out to have died
/// before its first statement. While the server is away callers get `unavailable` within about half a second; the pool
/// recovers by itself.
///
/// The portable migration text says `BLOB`; the first `migrate` makes it a domain over `BYTEA`. The same call makes
/// sure of the extension `btree_gist` (for exclusion constraints), which needs the right CREATE on the database, or
/// an administrator who has run `CREATE EXTENSION btree_gist SCHEMA public` before.
package final class PostgresDatabase: Store.Database {
    package let engine = Engine.postgres

    package struct Options: Sendable {
        /// How many connections, and so how many transactions at once.
        package var connections = 8
        /// The schema all tables live in, made by the first `migrate`: 1…63 of `a…z`, `0…9`, `_`. Nil: the server's
        /// `search_path`. Each test takes one of its own.
        package var schema: String?
        /// Seconds to wait for the server to accept a connection.
        package var connectTimeout = 5
        /// Prepared statements kept per connection.
        package var largestStatementCache = 256

        package init() {}
    }

    private let pool: PostgresPool
    private let schema: String?
    /// Whether this object has made sure of schema, extension and domain.
    private let isFurnished = Mutex(false)

    /// Reads the URL (`postgres://user@host/database?…`, all parameters of libpq) and starts the threads; connects with
    /// the first use. Throws a `Fault` when the URL or the schema's name cannot be read.
    package init(url: String, options: Options = Options()) throws {
        let settings = try PostgresConnection.Settings(url: url, options: options)
        schema = options.schema
        pool = PostgresPool(settings, connections: max(1, options.connections))
    }

    package func read<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await pool.submit(tenant, .read) { try body($0) }
    }

    package func write<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await pool.submit(tenant, .write) { try body($0) }
    }

    /// Blocks the calling thread, which must not be one of this pool's own: a full pool would wait for itself.
    package func readNow<Value: Sendable>(
        _ tenant: ID<Tenant>, _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) throws -> Value {
        try pool.wait(tenant, .read) { try body($0) }
    }

    /// Holds an advisory lock of this schema until the commit, so nodes that start at once take turns.
    package func migrate(_ body: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        if !isFurnished.withLock({ $0 }) {
            try await pool.submit(.installation, .migrate) { [schema] in try Self.furnish(schema, $0) }
            isFurnished.withLock { $0 = true }
        }
        try await pool.submit(.installation, .migrate) { transaction in
            try transaction.run("SELECT pg_advisory_xact_lock(\(Self.lockClass), hashtext(current_schema()))")
            try body(transaction)
        }
    }

    package func close() async {
        await pool.stop()
    }

    /// Deletes the schema named in the options with all it holds. For tests and trials: does nothing without that name.
    package func dropSchema() async throws {
        guard let schema else { return }
        try await pool.submit(.installation, .migrate) { transaction in
            _ = try transaction.run("DROP SCHEMA IF EXISTS \"\(schema)\" CASCADE")
        }
        isFurnished.withLock { $0 = false }
    }

    /// The first half of our advisory locks' keys, so that they do not meet another program's: "THRO" in ASCII.
    private static let lockClass: Int32 = 0x5448_524F

    /// Makes the schema, the extension for exclusion constraints and the domain `blob`, where missing.
    private static func furnish(_ schema: String?, _ transaction: PostgresTransaction) throws {
        // One lock for the whole database: an extension belongs to no schema, and `IF NOT EXISTS` does not wait.
        try transaction.run("SELECT pg_advisory_xact_lock(\(lockClass), 0)")
        if let schema { try transaction.run("CREATE SCHEMA IF NOT EXISTS \"\(schema)\"") }
        if try transaction.run("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'").isEmpty {
            try transaction.run("CREATE EXTENSION btree_gist SCHEMA public")
        }
        let blob = "SELECT 1 FROM pg_type WHERE typname = 'blob' AND typnamespace = current_schema()::regnamespace"
        if try transaction.run(blob).isEmpty { try transaction.run("CREATE DOMAIN blob AS bytea") }
    }
}

extension PostgresConnection.Settings {
    init(url: String, options: PostgresDatabase.Options) throws {
        guard let parsed = PQconninfoParse(url, nil) else {
            throw Fault(
                .invalid, "store.postgres-url", "The URL of the PostgreSQL database cannot be read.",
                remedy: "Write postgres://user@host:5432/database.")
        }
        PQconninfoFree(parsed)
        if let schema = options.schema {
            let letters = "abcdefghijklmnopqrstuvwxyz0123456789_"
            guard (1...63).contains(schema.utf8.count), schema.allSatisfy(letters.contains) else {
                throw Fault(
                    .invalid, "store.postgres-schema", "A schema's name is 1 to 63 of a-z, 0-9 and _.")
            }
        }
        self.init(
            url: url, schema: options.schema, connectTimeout: options.connectTimeout,
            largestStatementCache: options.largestStatementCache)
    }
}
