package import Kernel

/// What an engine wants to be told when many rows have come in at once.
package enum Statistics {
    /// Has the engine count anew what stands in its tables, so that it plans for them. PostgreSQL plans by such counts, and
    /// fresh tables have none until autovacuum comes by. SQLite plans by the shape of its indexes, and the counts of one
    /// moment would only make its plans differ from one installation to the next: nothing is done there.
    package static func refresh(in transaction: any Transaction) throws {
        guard transaction.engine == .postgres else { return }
        try transaction.execute(
            """
            DO $$
            DECLARE relation text;
            BEGIN
                FOR relation IN SELECT c.oid::regclass::text FROM pg_class c
                    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname
                LOOP
                    EXECUTE 'ANALYZE ' || relation;
                END LOOP;
            END $$
            """)
    }

    /// For the end of a bulk load: merges the search terms that many transactions left behind, then counts anew. Each in a
    /// transaction of its own; on a large index the merge takes seconds.
    package static func settle(_ tenant: ID<Tenant>, in database: any Database) async throws {
        try await database.write(tenant) { try TermIndex.merge(pages: nil, in: $0) }
        try await database.write(tenant) { try refresh(in: $0) }
    }
}
