import Kernel
import Synchronization

/// One forward-only step of a capability's schema.
///
/// Ids are dated (`2026-11-22.people.1`) and sorted over all areas; a landed migration never changes (its text's hash is
/// kept and compared at start). Expand first, contract a release later: the previous release must run on the new schema.
package struct Migration: Sendable {
    package let id: String
    package let statements: [SQL]

    package init(_ id: String, _ statements: [SQL]) {
        self.id = id
        self.statements = statements
    }

    /// FNV-1a over both engines' text: tells that a landed migration was edited, not a defence against an attacker.
    package var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for engine in Engine.allCases {
            for statement in statements {
                for byte in statement.rendered(for: engine, tenant: .installation).text.utf8 {
                    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
                }
            }
        }
        return String(hash, radix: 16)
    }
}

/// Runs the migrations that have not run yet.
package enum Migrations {
    /// Brings the schema up to date and returns the ids of the steps taken, in order. Each step is one transaction.
    ///
    /// Throws when a landed step's text differs from what was run. Steps this program does not know are left alone: a
    /// newer release ran here, and its steps expand the schema, so that this release still works on it.
    package static func run(_ migrations: [Migration], on database: any Database) async throws -> [String] {
        let ordered = migrations.sorted { $0.id < $1.id }
        if let twice = zip(ordered, ordered.dropFirst()).first(where: { $0.id == $1.id }) {
            throw Fault(.internalError, "migration.duplicate", "Two migrations are called \(twice.0.id).")
        }
        try await database.migrate { transaction in
            try transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS migration (
                    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, position BIGINT NOT NULL)
                """)
        }
        let known = try await database.read(.installation) { transaction in
            try transaction.rows("SELECT id, fingerprint FROM migration ORDER BY position")
                .map { (id: try $0["id"] as String, fingerprint: try $0["fingerprint"] as String) }
        }
        let done = Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0.fingerprint) })
        var taken: [String] = []
        for migration in ordered {
            if let fingerprint = done[migration.id] {
                try compare(migration, with: fingerprint)
            } else if try await take(migration, on: database) {
                taken.append(migration.id)
            }
        }
        return taken
    }

    /// Runs one step. False: another node had run it while this one waited for the lock.
    private static func take(_ migration: Migration, on database: any Database) async throws -> Bool {
        let isTaken = Mutex(false)
        try await database.migrate { transaction in
            let fingerprint: String? = try transaction.value(
                "SELECT fingerprint FROM migration WHERE id = \(migration.id)")
            isTaken.withLock { $0 = fingerprint == nil }
            if let fingerprint { return try compare(migration, with: fingerprint) }
            for statement in migration.statements { try transaction.execute(statement) }
            try transaction.execute(
                """
                INSERT INTO migration (id, fingerprint, position)
                VALUES (\(migration.id), \(migration.fingerprint), (SELECT COUNT(*) FROM migration))
                """)
        }
        return isTaken.withLock { $0 }
    }

    private static func compare(_ migration: Migration, with fingerprint: String) throws {
        guard fingerprint == migration.fingerprint else {
            throw Fault(
                .internalError, "migration.edited", "Migration \(migration.id) was changed after it had run.",
                remedy: "Restore its text and put the change into a new migration.")
        }
    }
}
