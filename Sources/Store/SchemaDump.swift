import Kernel

/// The schema as the engine itself tells it: what is committed in `docs/schema`, so that a reviewer sees each change.
package enum SchemaDump {
    /// Every table with its indexes and rules, in a fixed order, without the schema's name.
    package static func text(of database: any Database) async throws -> String {
        let engine = database.engine
        let parts = try await database.read(.installation) { transaction in
            try transaction.rows(engine == .sqlite ? sqlite : postgres).map { try $0["statement"] as String }
        }
        return parts.map { $0 + ";\n" }.joined(separator: "\n")
    }

    /// Both stores of an installation as one document.
    package static func document(data: any Database, keys: any Database) async throws -> String {
        let engine = data.engine == .sqlite ? "SQLite" : "PostgreSQL"
        return """
            -- Made by `throughline schema` on \(engine); not edited by hand.

            -- The data store

            \(try await text(of: data))
            -- The key store

            \(try await text(of: keys))
            """
    }

    /// The text of each statement as it ran; FTS5's own tables follow from `term_index`.
    private static let sqlite: SQL = """
        SELECT sql AS statement FROM sqlite_master
        WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite#_%' ESCAPE '#' AND name NOT LIKE 'term#_index#_%' ESCAPE '#'
        ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name
        """

    /// Put together from the catalogue: PostgreSQL keeps no text.
    private static let postgres: SQL = """
        WITH relation AS (
            SELECT c.oid, c.relname, c.reloptions FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'),
        item AS (
            SELECT a.attrelid AS oid, 0 AS part, a.attnum::text COLLATE "C" AS name, a.attnum AS number,
                a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
                || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS body
            FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            UNION ALL
            SELECT k.conrelid, 1, k.conname::text COLLATE "C", 0,
                'CONSTRAINT ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
            FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')),
        statement AS (
            SELECT '' AS relation, 0 AS part, t.typname::text COLLATE "C" AS name,
                'CREATE DOMAIN ' || t.typname || ' AS ' || format_type(t.typbasetype, t.typtypmod) AS statement
            FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype = 'd'
            UNION ALL
            SELECT r.relname::text, 1, '', 'CREATE TABLE ' || r.relname || ' (' || chr(10) || '    '
                || string_agg(i.body, ',' || chr(10) || '    ' ORDER BY i.part, i.number, i.name) || chr(10) || ')'
                || COALESCE(' WITH (' || array_to_string(r.reloptions, ', ') || ')', '')
            FROM relation r JOIN item i ON i.oid = r.oid GROUP BY r.relname, r.reloptions
            UNION ALL
            SELECT r.relname::text, 2, c.relname::text COLLATE "C",
                replace(pg_get_indexdef(x.indexrelid), quote_ident(current_schema()) || '.', '')
            FROM relation r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class c ON c.oid = x.indexrelid
            WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.conrelid = r.oid)
            UNION ALL
            SELECT r.relname::text, 3, g.tgname::text COLLATE "C",
                replace(pg_get_triggerdef(g.oid), quote_ident(current_schema()) || '.', '')
            FROM relation r JOIN pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal)
        SELECT statement FROM statement ORDER BY relation COLLATE "C", part, name
        """
}
