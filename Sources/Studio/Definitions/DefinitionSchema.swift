import Store

enum DefinitionSchema {
    static let migrations = [
        Migration(
            "2026-11-22.studio.definitions",
            [
                """
                CREATE TABLE definition (
                    tenant BIGINT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version BIGINT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('published', 'retired')), document TEXT NOT NULL,
                    revision BIGINT NOT NULL, published_at BIGINT NOT NULL, PRIMARY KEY (tenant, kind, key, version))
                """,
                "CREATE UNIQUE INDEX definition_published ON definition (tenant, kind, key) WHERE state = 'published'",
                "CREATE INDEX definition_revision ON definition (tenant, revision)",
            ]),
        // Those of before came from blueprints.
        Migration(
            "2026-11-23.studio.definition-origins",
            [
                "ALTER TABLE definition ADD COLUMN origin TEXT",
                "ALTER TABLE definition ADD COLUMN published_by BIGINT",
                "CREATE TABLE definition_head (tenant BIGINT NOT NULL PRIMARY KEY, revision BIGINT NOT NULL)",
            ]),
        // Why, in the words of who published it in the console.
        Migration(
            "2026-11-23.studio.definition-reasons",
            ["ALTER TABLE definition ADD COLUMN reason TEXT"]),
    ]
}
